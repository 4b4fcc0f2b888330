"""Slips that an operator asks for without a screen."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import click

from kiosk.cli.group import Group, language, say, settings_of
from kiosk.clock import Clock

at_station = click.option("--station", required=True, help="Code of the station whose printer is to print it.")


@click.group("print", cls=Group)
def print_() -> None:
    """Prints a slip about the site itself: the hub and the printer's agent must be running for it to come out."""


@print_.command()
@at_station
@click.pass_context
def width(ctx: click.Context, station: str) -> None:
    """Prints ruled lines: the highest number whose line has both its ends tells how wide the paper is."""
    from kiosk.actions import printers
    from kiosk.rules.actor import OPERATOR

    _print(ctx, lambda clock: printers.print_width(OPERATOR, clock.now(), str(uuid4()), station, language()))


@print_.command()
@at_station
@click.option("--child", is_flag=True, help="The form for a child, whose guardian signs.")
@click.pass_context
def blank(ctx: click.Context, station: str, child: bool) -> None:
    """Prints one person's form, to be filled in by hand while the power is away."""
    from kiosk import protocols
    from kiosk.actions import printers
    from kiosk.rules.actor import OPERATOR

    def ask(clock: Clock) -> str:
        now, forms = clock.now(), protocols.screening_forms()
        form = forms.children if child else forms.adults
        return printers.print_blank(OPERATOR, now, str(uuid4()), station, language(), clock.local(now.at), form)

    _print(ctx, ask)


@print_.command()
@click.argument("code")
@at_station
@click.pass_context
def badge(ctx: click.Context, code: str, station: str) -> None:
    """Prints the badge of the colleague whose badge code is CODE."""
    from kiosk.actions import printers
    from kiosk.errors import NotFound
    from kiosk.rules.actor import OPERATOR
    from kiosk.store import staff

    def ask(clock: Clock) -> str:
        member = staff.find_by_badge(code.upper())
        if member is None:
            raise NotFound("staff")
        return printers.print_badge(OPERATOR, clock.now(), str(uuid4()), station, member.id, language())

    _print(ctx, ask)


@print_.command()
@at_station
@click.option("--pair", default="", help="Also a code that pairs one device with this station, within 24 hours.")
@click.pass_context
def status(ctx: click.Context, station: str, pair: str) -> None:
    """Prints how this box is: addresses, versions, its machines and, with --pair, a pairing code."""
    from kiosk.actions import printers
    from kiosk.devices.box import measure
    from kiosk.rules.actor import OPERATOR
    from kiosk.rules.reach import addresses

    settings = settings_of(ctx)
    hub = settings.hub

    def ask(clock: Clock) -> str:
        now, box = clock.now(), measure(settings.folder)
        known = addresses(hub.staff_address, hub.addresses, hub.listen, box, settings.certificate("site"))
        return printers.print_status(
            OPERATOR, now, str(uuid4()), station, pair, language(), clock.local(now.at), tuple(known), hub.staff_address
        )  # fmt: skip

    _print(ctx, ask)


def _print(ctx: click.Context, ask: Callable[[Clock], str]) -> None:
    """Puts the slip in its printer's line and says so. Raises NotFound, Refusal."""
    from kiosk.app import create_app

    settings = settings_of(ctx)
    with create_app(settings).app_context():
        ask(Clock(settings.site.time_zone, settings.clock_shift))
    click.echo(say("cli.slip_queued"))
