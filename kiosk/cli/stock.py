"""The site's vaccine on the command line: what there is, a delivery, and whether the books balance."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from uuid import uuid4

import click

from kiosk.cli.group import Group, say, settings_of
from kiosk.clock import Clock
from kiosk.rules.moment import Moment


@click.group(cls=Group)
def stock() -> None:
    """The site's vaccine. Works beside a running hub and without one; the audit names the operator."""


@contextmanager
def _at(ctx: click.Context) -> Iterator[Moment]:
    """The site's database, and the moment."""
    from kiosk.app import create_app

    settings = settings_of(ctx)
    with create_app(settings).app_context():
        yield Clock(settings.site.time_zone, settings.clock_shift).now()


@stock.command("list")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """Lists where unopened vials stand: place, vaccine, lot, last day, vials, doses."""
    from kiosk.store import stock_moves

    with _at(ctx) as now:
        for lot, place, n in stock_moves.list_unopened():
            over = " expired" if lot.expires_on < now.on else ""
            doses = n * (lot.doses_per_vial or 0)
            click.echo(f"{place:<14} {lot.vaccine:<14} {lot.number:<14} {lot.expires_on}{over} {n:>6} {doses:>6}")


@stock.command()
@click.argument("vaccine")
@click.argument("number")
@click.argument("expires")
@click.option("--vials", type=int, required=True, help="How many vials came.")
@click.option("--doses", type=int, required=True, help="Doses per vial, as its label says.")
@click.option("--open-hours", default="", help="Hours that an opened vial may be used by its leaflet: 6 or 6,5.")
@click.option("--start", type=float, help="Degrees Celsius when it set out.")
@click.option("--end", type=float, help="Degrees Celsius when it arrived.")
@click.option("--came-from", default="", help="The other site, where it did not come from the ministry's store.")
@click.option("--note", default="", help="Needed where it was too cold or too warm.")
@click.pass_context
def receive(
    ctx: click.Context, vaccine: str, number: str, expires: str, vials: int, doses: int, open_hours: str,
    start: float | None, end: float | None, came_from: str, note: str,
) -> None:  # fmt: skip
    """Enters a delivery of VACCINE (its code), lot NUMBER, last day EXPIRES (31/12/2026) in the books."""
    from kiosk.actions.stock import receive_lot
    from kiosk.rules.actor import OPERATOR
    from kiosk.store import lots, stock_moves

    with _at(ctx) as now:
        id = receive_lot(
            OPERATOR, now, str(uuid4()), vaccine, number, expires, vials, doses, temperature_start=start,
            temperature_end=end, came_from=came_from, open_hours=open_hours, note=note,
        )  # fmt: skip
        lot, unopened = lots.get(id), stock_moves.balance(id).unopened
    click.echo(say("cli.stock_received", lot=f"{lot.vaccine} {lot.number}", n=unopened))


@stock.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
@click.pass_context
def balance(ctx: click.Context, as_json: bool) -> None:
    """Prints the books in doses, lot by lot. Exit code 1 when something cannot be accounted for."""
    from kiosk.rules.stock import together
    from kiosk.store import stock_moves

    with _at(ctx):
        found = stock_moves.list_balances()
    rows = [(f"{lot.vaccine} {lot.number}", of) for lot, of in found]
    rows.append((say("stock.total"), together(of for _, of in found)))
    if as_json:
        click.echo(json.dumps({name: asdict(of) | {"difference": of.difference} for name, of in rows}))
    else:
        for name, of in rows:
            counts = "  ".join(f"{say(f'stock.of.{code}')} {n}" for code, n in asdict(of).items() if n)
            click.echo(f"{name}: {counts or 0}  ({say('stock.of.difference')} {of.difference})")
    sys.exit(any(of.difference for _, of in rows))
