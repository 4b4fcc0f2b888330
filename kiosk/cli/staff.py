"""Who works here, at the machine itself: also the way back in when no site lead can sign in any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import click

from kiosk.cli.group import Group, say, settings_of
from kiosk.clock import Clock
from kiosk.rules.moment import Moment
from kiosk.rules.words import Role

new_pin = click.option(
    "--pin", envvar="KIOSK_PIN", prompt=True, hide_input=True, confirmation_prompt=True,
    help="4 to 8 digits; asked when absent. Also read from KIOSK_PIN, which no list of processes shows.",
)  # fmt: skip


@click.group(cls=Group)
def staff() -> None:
    """Who works here. Works beside a running hub and without one; the audit names the operator."""


@contextmanager
def _at(ctx: click.Context) -> Iterator[Moment]:
    """The site's database, and the moment."""
    from kiosk.app import create_app

    settings = settings_of(ctx)
    with create_app(settings).app_context():
        yield Clock(settings.site.time_zone, settings.clock_shift).now()


def _id_of(badge: str) -> str:
    """Whose badge it is. Raises NotFound."""
    from kiosk.errors import NotFound
    from kiosk.store import staff as known

    member = known.find_by_badge(badge.upper())
    if member is None:
        raise NotFound("staff")
    return member.id


@staff.command("list")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """Lists badge, role, name and how each stands: here, until when, gone, locked after wrong PINs."""
    from kiosk.rules.staff import works_on
    from kiosk.store import staff as known

    with _at(ctx) as now:
        for row in known.list_():
            stands = "here" if works_on(row, now.on) else "gone"
            until = f" until {row.valid_until}" if row.active and row.valid_until else ""
            locked = " locked" if row.locked_until and row.locked_until > now.at else ""
            click.echo(f"{row.badge:<12} {row.role:<11} {row.name} ({stands}{until}{locked})")


@staff.command("add")
@click.option("--name", required=True, help="Full name with its marks.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role if role is not Role.DEVICE]))
@click.option("--badge", default="", help="Code on the badge: letters and digits. Made up when absent.")
@click.option("--licence", default="", help="Number of the practice licence, for doctors and nurses.")
@new_pin
@click.pass_context
def add(ctx: click.Context, name: str, role: str, badge: str, licence: str, pin: str) -> None:
    """Adds a member of staff, who may then sign in with badge or name and PIN."""
    from kiosk.actions.staff import add_staff
    from kiosk.rules.actor import OPERATOR
    from kiosk.store import staff as known

    with _at(ctx) as now:
        code = known.get(add_staff(OPERATOR, now, str(uuid4()), name, role, badge, pin, licence)).badge
    click.echo(say("cli.staff_may_sign_in", badge=code))


@staff.command()
@click.argument("badge")
@new_pin
@click.pass_context
def pin(ctx: click.Context, badge: str, pin: str) -> None:
    """Sets a new PIN for whoever has BADGE, unlocks them and ends their sessions."""
    from kiosk.actions.staff import reset_pin
    from kiosk.rules.actor import OPERATOR

    with _at(ctx) as now:
        reset_pin(OPERATOR, now, str(uuid4()), _id_of(badge), pin)
    click.echo(say("cli.staff_may_sign_in", badge=badge.upper()))


@staff.command("badge")
@click.argument("badge")
@click.pass_context
def replace(ctx: click.Context, badge: str) -> None:
    """Gives whoever has BADGE a new code; the old one stops at once."""
    from kiosk.actions.staff import replace_badge
    from kiosk.rules.actor import OPERATOR
    from kiosk.store import staff as known

    with _at(ctx) as now:
        code = known.get(replace_badge(OPERATOR, now, str(uuid4()), _id_of(badge))).badge
    click.echo(say("cli.staff_may_sign_in", badge=code))


@staff.command()
@click.argument("badge")
@click.pass_context
def out(ctx: click.Context, badge: str) -> None:
    """Takes out whoever has BADGE: they no longer work here, and their sessions end."""
    from kiosk.actions.staff import take_out
    from kiosk.rules.actor import OPERATOR

    with _at(ctx) as now:
        take_out(OPERATOR, now, str(uuid4()), _id_of(badge))
    click.echo(say("cli.staff_out", badge=badge.upper()))
