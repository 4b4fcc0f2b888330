"""The list on the command line: bring a file, look at what it says, let it land."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from kiosk.cli.group import Group, say, settings_of
from kiosk.clock import Clock
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import RosterState, RowState

if TYPE_CHECKING:
    from kiosk.importer import Brought
    from kiosk.store.rosters import Roster
SHOWN = 50
NOT_ALL = 3


@click.group(cls=Group)
def roster() -> None:
    """The list of who is expected."""


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day that rows without a date are for.")
@click.option("--review", is_flag=True, help="Only read it: it waits on the page of lists for somebody to look.")
@click.option("--yes", is_flag=True, help="Land the good rows although others are wrong.")
@click.option("--all", "everything", is_flag=True, help=f"Name every row with a reason, not only the first {SHOWN}.")
@click.pass_context
def import_(ctx: click.Context, file: Path, on: datetime | None, review: bool, yes: bool, everything: bool) -> None:
    """Imports a list: the ministry's sheet (XLS, XLSX), or any table as XLSX or CSV (UTF-8) with such titles.

    Name, birth and sex must be there (Họ và tên, Ngày sinh, Giới tính); --on or a column says the day.
    A list without a wrong row lands at once. With wrong rows the terminal is asked whether the good ones land; where
    there is no terminal nothing lands unless --yes is given.

    Exit code 0: every row is on the list now, or was before. 1: nothing landed. 3: the good rows landed, others did
    not.
    """
    from kiosk import importer
    from kiosk.app import create_app

    settings = settings_of(ctx)
    now = Clock(settings.site.time_zone, settings.clock_shift).now()
    with create_app(settings).app_context():
        day = on.date() if on else None
        brought = _read(importer.review, file, now, day)
        _explain(brought, file, everything)
        if review:
            click.echo(say("cli.roster_waits"))
            return
        wrong = brought.counts[RowState.WRONG]
        fresh = brought.counts[RowState.NEW] + brought.counts[RowState.CHANGED]
        if not fresh or (wrong and not yes and not _asked(fresh)):
            importer.drop(OPERATOR, now, str(uuid4()), brought.roster_id)
            if wrong:
                raise click.ClickException(say("cli.roster_refused"))
            click.echo(say("cli.roster_landed", n=0))
            return
        landed = importer.accept(OPERATOR, now, str(uuid4()), brought, _progress("cli.roster_landing"))
    click.echo(say("cli.roster_landed", n=landed.expected))
    sys.exit(NOT_ALL if landed.counts[RowState.WRONG] else 0)


def _read(review: Callable[..., Brought], file: Path, now: object, on: date | None) -> Brought:
    told = _progress("cli.roster_reading")
    return review(OPERATOR, now, str(uuid4()), file.name, file.read_bytes(), on, told)


def _progress(code: str) -> Callable[[Roster], None]:
    """Says how far it is, in one line that is written over; nothing where nobody looks on."""

    def told(row: Roster) -> None:
        if sys.stderr.isatty() and row.total:
            done = row.done >= row.total or row.state in (RosterState.REVIEW, RosterState.LANDED)
            click.echo("\r" + say(code, done=row.done, total=row.total), err=True, nl=done)

    return told


def _explain(brought: Brought, file: Path, everything: bool) -> None:
    """What the rows are, and each that is wrong, double or to be looked at with its reasons; nobody is named."""
    from kiosk.actions.roster_export import worded
    from kiosk.store import expected

    click.echo(say("cli.roster_read", n=sum(brought.counts.values()), **brought.counts))
    shown = hidden = 0
    for row in expected.stream_rows(brought.roster_id, ""):
        for reason, (column, why, _) in zip(row.reasons, worded(row, say), strict=True):
            if reason["code"] == "differs":
                continue  # the page shows what changes; a terminal's history is no place for it
            if shown >= SHOWN and not everything:
                hidden += 1
                continue
            shown += 1
            click.echo(f"{file}, {say('cli.roster_place', line=row.line, column=column)}: {why}", err=True)
    if hidden:
        click.echo(say("cli.roster_more", n=hidden), err=True)


def _asked(fresh: int) -> bool:
    return sys.stdin.isatty() and click.confirm(say("cli.roster_ask", n=fresh))
