"""The clinic day on the command line: its figures, and its end."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import click

from kiosk import protocols
from kiosk.cli.group import language, say, settings_of
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.rules import queue_report
from kiosk.rules import report as rules
from kiosk.rules.words import DayHalf

if TYPE_CHECKING:
    from kiosk.store.clinic_days import ClinicDay


class Half(NamedTuple):
    """One half of a date: its books, its queue in figures, and in words."""

    day: ClinicDay
    figures: rules.Figures
    queue: queue_report.QueueDay
    rows: Sequence[queue_report.Row]


WIDTH = 52


@click.command()
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="A date; without it that of the last clinic day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
@click.option(
    "--draft", is_flag=True, help="Write it to reports/ in the folder instead (PDF, JSON): nothing without a day."
)
@click.pass_context
def report(ctx: click.Context, on: datetime | None, *, as_json: bool, draft: bool) -> None:
    """Prints the figures of a day. Exit code 1 when its books do not balance."""
    from kiosk.app import create_app

    settings = settings_of(ctx)
    with create_app(settings).app_context():
        halves = _halves(on.date() if on else None, Clock(settings.site.time_zone, settings.clock_shift).now().at)
        if draft:
            _draft(settings, halves)
            return
    if not halves:
        raise click.ClickException(say("report.no_day"))
    unbalanced = [code for half in halves for code in rules.balance(half.figures)]
    if as_json:
        click.echo(json.dumps(_plain(halves), ensure_ascii=False))
    else:
        _print(settings, halves, unbalanced)
    sys.exit(bool(unbalanced))


def _draft(settings: Settings, halves: Sequence[Half]) -> None:
    from kiosk.cli import report_draft

    for half in halves:
        for path in report_draft.write(settings, half.day, _plain([half])):
            click.echo(say("cli.report_drafted", path=path))
    if not halves:
        click.echo(say("report.no_day"))


def _halves(on: date | None, at: datetime) -> list[Half]:
    from kiosk.actions import queue_report as queues
    from kiosk.store import clinic_days, figures

    last = clinic_days.find_last()
    on = on or (last.on if last else None)
    days = [clinic_days.find(on, half) for half in DayHalf] if on else []
    found = [(day, queues.of_day(day, at)) for day in days if day]
    return [Half(day, figures.of_day(day), queue, queues.worded(queue, language())) for day, queue in found]


def _plain(halves: Sequence[Half]) -> dict[str, object]:
    whole = rules.together([half.figures for half in halves])
    return {
        "on": str(halves[0].day.on),
        "provisional": True,
        **asdict(whole),
        "not_given": whole.not_given,
        "halves": [
            {"half": half.day.half, "opened_at": half.day.opened_at.isoformat(),
             "closed_at": half.day.closed_at.isoformat() if half.day.closed_at else None,
             "unbalanced": rules.balance(half.figures), **asdict(half.figures), "queue": asdict(half.queue)}
            for half in halves
        ],
    }  # fmt: skip


def _print(settings: Settings, halves: Sequence[Half], unbalanced: Sequence[str]) -> None:
    clock = Clock(settings.site.time_zone, settings.clock_shift)

    def hour(at: datetime | None) -> str:
        return f"{clock.local(at):%H:%M}" if at else "…"

    click.echo(f"{settings.site.name} ({settings.site.code}) · {halves[0].day.on:%d/%m/%Y}")
    for day in (half.day for half in halves):
        click.echo(f"{say(f'lead.half.{day.half}')} {hour(day.opened_at)}–{hour(day.closed_at)}")
    click.echo(say("report.provisional") + "\n")
    whole = rules.together([half.figures for half in halves])
    for depth, words, n in rules.rows(whole, say, _names()):
        click.echo(f"{'  ' * depth + words:<{WIDTH}} {n:>5}")
    for half in halves:
        _print_queue(half)
    for code in unbalanced:
        click.echo(say(f"report.balance.{code}"), err=True)
    if not unbalanced:
        click.echo("\n" + say("report.balanced"))


def _print_queue(half: Half) -> None:
    if half.rows:
        click.echo(f"\n{say('report.queue')} · {say(f'lead.half.{half.day.half}')}")
    for depth, words, figure in half.rows:
        click.echo(f"{'  ' * depth + words:<{WIDTH}} {figure:>5}")


def _names() -> rules.Names:
    spoken = language()
    return rules.Names(
        conclusions={each.conclusion: each.label(spoken) for each in protocols.screening_forms().adults.outcomes},
        vaccines={each.code: each.name for each in protocols.vaccines().vaccines},
        reasons={each.code: each.label(spoken) for each in protocols.steps().skip_reasons},
        voids={each.code: each.label(spoken) for each in protocols.doses().void_reasons},
    )


@click.command("close-day")
@click.option("--let-go", default=0, show_default=True, help="How many have left the site without finishing.")
@click.option("--keep-vials", is_flag=True, help="Open vials go on in the next half of the same date.")
@click.option("--sign", default="", help="Why the day ends although the platform does not have every dose.")
@click.pass_context
def close_day(ctx: click.Context, let_go: int, sign: str, *, keep_vials: bool) -> None:
    """Closes the open clinic day. Doses that the platform does not have need --sign with a reason."""
    from kiosk.actions import day as acts
    from kiosk.actions import forwarding
    from kiosk.app import create_app
    from kiosk.rules.actor import OPERATOR
    from kiosk.store import clinic_days, outbox

    settings = settings_of(ctx)
    now = Clock(settings.site.time_zone, settings.clock_shift).now()
    with create_app(settings).app_context():
        day = clinic_days.find_open()
        unsettled = outbox.list_unsettled(day.id) if day and sign else []
        if unsettled:
            ids = [message.id for message in unsettled]
            n = forwarding.sign_for(OPERATOR, now, str(uuid4()), ids, sign)
            click.echo(say("cli.day_signed", n=n))
        n = acts.close_day(OPERATOR, now, str(uuid4()), let_go, keep_vials=keep_vials)
    click.echo(say("cli.day_closed", n=n))
