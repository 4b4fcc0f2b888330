"""What a day came to, read afresh from its file: waits, overtakes, promises, zones, and whether anything is missing."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from bench import report
from bench.day_people import MINUTE, most_at_once
from bench.day_run import Day
from bench.day_site import CAPACITY, Site
from kiosk.actions import queue_report
from kiosk.app import create_app
from kiosk.rules.queue_report import QueueDay
from kiosk.rules.words import MoveKind
from kiosk.store import clinic_days, doses, queue_moves, stock_moves
from kiosk.store.database import db
from kiosk.store.queue_moves import QueueMove
from kiosk.store.visits import Visit

UNEXPLAINED, ABOVE = "overtakes unexplained", "people above capacity without a name"
LOST, DOUBLED, BOOKS = "people, numbers or doses lost", "people, numbers or doses doubled", "doses that the books lack"
BROKEN, HITS, CROWD = "audit entries broken", "promised bands that held, %", "most people before their injection"
WAIT = "wait for the doctor, {}, minutes"
ENTERS = (MoveKind.ENTER, MoveKind.ASK_IN)


def of_day(site: Site, day: Day) -> dict[str, report.Figure]:
    """Every figure of what the hub has stored of this day."""
    with create_app(site.settings).app_context():
        clinic_day = clinic_days.find_open()
        assert clinic_day is not None
        rows = list(db.session.scalars(db.select(Visit)))
        moves = queue_moves.list_of(clinic_day.id, list(MoveKind))
        found = _waits(rows, moves) | _reported(queue_report.of_day(clinic_day, site.now().at)) | above(moves)
        found |= {CROWD: _crowd(site, rows)} | _whole(day, rows)
        db.session.remove()
        db.engine.dispose()
    return found | {BROKEN: _broken(site)}


def _first_calls(moves: Iterable[QueueMove]) -> dict[str, QueueMove]:
    first: dict[str, QueueMove] = {}
    for move in moves:
        if move.stands in queue_moves.CALLS and move.undone_at is None:
            first.setdefault(move.visit_id, move)
    return first


def _waits(rows: Sequence[Visit], moves: Sequence[QueueMove]) -> dict[str, report.Figure]:
    first, by_lane = _first_calls(moves), defaultdict(list)
    for visit in rows:
        if visit.id in first:
            by_lane[visit.lane].append((first[visit.id].at - visit.checked_in_at).total_seconds() / MINUTE)
    every = [minutes for lane in by_lane.values() for minutes in lane]
    figures: dict[str, report.Figure] = {WAIT.format("90th of 100"): _nth(every, 90)}
    for lane, minutes in sorted(by_lane.items()):
        said = {"people": len(minutes), "median": _nth(minutes, 50), "90th of 100": _nth(minutes, 90),
                "longest": _nth(minutes, 100)}  # fmt: skip
        figures |= {f"lane {lane}: {name}": figure for name, figure in said.items()}
    return figures


def _nth(every: Iterable[float], nth: int) -> float:
    ordered = sorted(every)
    return round(ordered[min(len(ordered) - 1, len(ordered) * nth // 100)], 1) if ordered else 0.0


def _reported(day: QueueDay) -> dict[str, report.Figure]:
    """Whatever the day's report says itself."""
    figures: dict[str, report.Figure] = {
        "calls": day.calls,
        "overtakes by the lanes' rule, of 100 calls": round(day.per_hundred(day.by_rule), 2),
        "overtakes by a named jump, of 100 calls": round(day.per_hundred(day.by_jump), 2),
        UNEXPLAINED: day.unexplained,
        HITS: round(100 * day.told.inside, 1),
        "promised bands": day.told.people,
        "promised bands: median width, minutes": day.told.width_minutes,
        "promised bands: median wait, minutes": round(day.told.wait_minutes, 1),
    }
    for zone in day.zones:
        figures |= {f"zone {zone.zone}: most at once": zone.peak, f"zone {zone.zone}: capacity": zone.capacity}
    return figures


def above(moves: Sequence[QueueMove]) -> dict[str, report.Figure]:
    """How far a zone was ever above its capacity, but for those who were let in by name."""
    above = named = 0
    for letter, capacity in CAPACITY.items():
        inside: dict[str, bool] = {}
        for move in moves:
            if move.zone == letter and move.stands in (*ENTERS, MoveKind.EXIT):
                inside.pop(move.visit_id, None)
                if move.stands in ENTERS:
                    inside[move.visit_id] = bool(move.reason)
                    named += bool(move.reason)
                above = max(above, len(inside) - capacity - sum(inside.values()))
    return {"let in above capacity by name": named, ABOVE: above}


def _crowd(site: Site, rows: Sequence[Visit]) -> int:
    """Who had a number and was neither injected nor gone, at the worst time."""
    done = {dose.visit_id: dose.given_at for dose in db.session.scalars(db.select(doses.Dose))}
    moments = [(site.seconds(visit.checked_in_at), 1) for visit in rows]
    moments += [(site.seconds(at), -1) for visit in rows if (at := done.get(visit.id) or visit.left_at)]
    return most_at_once(moments)


def _whole(day: Day, rows: Sequence[Visit]) -> dict[str, report.Figure]:
    came = [guest.visit for guest in day.people if guest.visit]
    numbers = Counter((visit.series, visit.n) for visit in rows)
    gaps = sum(
        max(n for letter, n in numbers if letter == series) - sum(letter == series for letter, _ in numbers)
        for series in {letter for letter, _ in numbers}
    )
    given = [dose.visit_id for dose in db.session.scalars(db.select(doses.Dose))]
    balance = stock_moves.balance()
    lost = len(set(came) ^ {visit.id for visit in rows}) + gaps + len(set(day.doses) ^ set(given))
    twice = len(rows) - len({visit.person_id for visit in rows}) + sum(n - 1 for n in numbers.values())
    states = Counter(visit.state for visit in rows)
    return {
        "people with a number": len(rows), "doses given": len(given), "went home": states["left"],
        "still in the line at the end": sum(states.values()) - states["left"],
        LOST: lost, DOUBLED: twice + len(given) - len(set(given)),
        BOOKS: abs(balance.difference) + abs(balance.given - len(given)),
    }  # fmt: skip


def _broken(site: Site) -> int:
    verified = subprocess.run(
        [sys.executable, "-m", "kiosk", "--folder", str(site.settings.folder), "audit", "verify"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    return verified.stderr.count("broken: ") if verified.returncode in (0, 1) else -1
