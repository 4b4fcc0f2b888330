"""The list on the command line, on its way out: the sheet with its results, and the phones to send a message to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import click

from kiosk import protocols, wording
from kiosk.cli.group import say, settings_of
from kiosk.clock import Clock
from kiosk.documents import roster_sheet
from kiosk.rules.actor import OPERATOR

DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("export")
@click.argument("on", metavar="DATE", type=DAY)
@click.argument("file", type=FILE)
@click.pass_context
def export(ctx: click.Context, on: datetime, file: Path) -> None:
    """Writes DATE's list to FILE (XLSX, the ministry's columns), with what each person was given, or why not.

    It speaks the site's language, as those do who read it.
    """
    from kiosk.actions import roster_export as acts
    from kiosk.app import create_app

    settings, n = settings_of(ctx), 0
    clock = Clock(settings.site.time_zone, settings.clock_shift)
    now, day, language = clock.now(), on.date(), settings.site.language

    def counted() -> Iterator[tuple[acts.Cells, str]]:
        nonlocal n
        for row in acts.sheet_rows(now, day, language, clock.local):
            n += 1
            yield row

    with create_app(settings).app_context():
        body = roster_sheet.write(counted(), protocols.roster(), wording.speaker(language))
        acts.export_sheet(OPERATOR, now, str(uuid4()), day, n)
    _save(file, body, n, day)


@click.command("phones")
@click.argument("on", metavar="DATE", type=DAY)
@click.argument("file", type=FILE)
@click.pass_context
def phones(ctx: click.Context, on: datetime, file: Path) -> None:
    """Writes to FILE (XLSX) the phones, by slot, of DATE's approved people who have no app."""
    from kiosk.actions import roster_export as acts
    from kiosk.app import create_app

    settings, day = settings_of(ctx), on.date()
    now = Clock(settings.site.time_zone, settings.clock_shift).now()
    with create_app(settings).app_context():
        rows = list(acts.phone_rows(day))
        acts.export_phones(OPERATOR, now, str(uuid4()), day, len(rows))
    _save(file, roster_sheet.write_phones(rows, wording.speaker(settings.site.language)), len(rows), day)


def _save(file: Path, body: bytes, n: int, on: date) -> None:
    """People's names and phones: nobody else on this machine may read the file."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_bytes(body)
    click.echo(say("cli.roster_exported", n=n, date=f"{on:%d/%m/%Y}", file=file))
