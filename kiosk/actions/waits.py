"""How long somebody waits until their number is called, reckoned from what the tables do now (`rules/waiting`).

What is told on arrival is kept with the visit, so that the day's report can say how often it was true.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk import protocols
from kiosk.rules import waiting
from kiosk.rules.moment import Moment
from kiosk.rules.waiting import Band, Called, Promise, Scale
from kiosk.rules.words import MoveKind, VisitState
from kiosk.store import clinic_days, day_plans, stations, visits, waits

# As many calls as the rules' own simulated days were given, and for how long people have come "of late".
CALLS = 200
TURNS = 8
OF_LATE = timedelta(minutes=30)
LEAST_OF_LATE = timedelta(minutes=10)
# A table that has called nobody for so long is not there, as long as another one is.
SILENT = timedelta(minutes=30)
# Steps of days whose calls are remembered; those of a day are never more.
MOST_KEPT = 16


@dataclass(frozen=True)
class _Heard:
    """What the calls of a step say; read again only when somebody was called."""

    mark: tuple[int, ...]
    rows: list[waits.Call]
    calls: list[Called]
    turns: list[str]
    scale: Scale


_KEPT: dict[tuple[str, str], _Heard] = {}


def band(day: clinic_days.ClinicDay, visit: visits.Visit, now: Moment) -> Band | None:
    """How many minutes until this visit is called for the step that it waits for.

    None for whoever waits for no call, and where nobody can say: no table works on the step, or nothing but the plan's
    pace speaks for a vague band, or the half is over before it ends.
    """
    if visit.stands is not VisitState.WAITING:
        return None
    return _band(day, visit.step, visit.lane, visits.count_before(visit), now)


def band_now(day: clinic_days.ClinicDay, step: str, lane: str, now: Moment) -> Band | None:
    """The same for somebody who begins to wait in this lane now, behind all others of it."""
    return _band(day, step, lane, None, now)


def tell(day: clinic_days.ClinicDay, visit: visits.Visit, now: Moment) -> Band | None:
    """The band that a ticket is to say, kept with the visit as what was promised; within an act.

    None, and nothing is promised, where nobody can say, and to somebody whom a volunteer must see first.
    """
    said = None if visit.attention else band(day, visit, now)
    visit.told_low, visit.told_high = (said.low_minutes, said.high_minutes) if said else (None, None)
    return said


def _band(day: clinic_days.ClinicDay, step: str, lane: str, before: int | None, now: Moment) -> Band | None:
    lines, heard = waits.list_lines(day.id, step, now.at - OF_LATE), _heard(day, step)
    waiting_now = {line.lane: line.people for line in lines}
    first = min((line.first for line in lines), default=None)
    going = waiting.pace(heard.calls, tables(day, step, heard.calls, now), first, now.at, _planned_pace(day))
    if going is None:
        return None
    mine = waiting_now.get(lane, 0) if before is None else before
    arrivals = _arrivals(day, lines, heard, now)
    least, most = waiting.ahead(protocols.lanes(), lane, mine, waiting_now, heard.turns, arrivals, going)
    told = waiting.band(going, least, most, heard.scale)
    return told if waiting.worth_telling(told, _minutes_left(day, now)) else None


def _minutes_left(day: clinic_days.ClinicDay, now: Moment) -> float | None:
    """Until the half closes by its plan; None where none was made."""
    plan = day_plans.get(day.plan_id) if day.plan_id else None
    return (datetime.combine(day.on, plan.closes, stations.zone()) - now.at) / waiting.MINUTE if plan else None


def tables(day: clinic_days.ClinicDay, step: str, calls: list[Called], now: Moment) -> set[str]:
    """The stations that work on this step now.

    Whoever has called for it within half an hour, or is busy with somebody; in a quiet hour whoever has called for it
    today; before the first call all that are set to serve it. Never one that is not set to.
    """
    serving = {station.code for station in stations.list_serving(step)}
    last = {call.station: call.at for call in calls if call.station in serving}
    if not last:
        return serving
    lately = {code for code, at in last.items() if at >= now.at - SILENT}
    return lately | (waits.list_busy(day.id) & serving) or set(last)


def _planned_pace(day: clinic_days.ClinicDay) -> int:
    plan = day_plans.get(day.plan_id) if day.plan_id else None
    return plan.pace_minutes if plan else protocols.capacity().pace_minutes


def _heard(day: clinic_days.ClinicDay, step: str) -> _Heard:
    mark, kept = waits.last_move(day.id), _KEPT.get((day.id, step))
    if kept is not None and kept.mark == mark:
        return kept
    rows = waits.list_calls(day.id, step, CALLS)
    calls = [Called(row.at, row.since, row.station, row.trusted) for row in rows]
    turns = [row.lane for row in reversed(rows) if row.kind == MoveKind.CALL][:TURNS]
    heard = _Heard(mark, rows, calls, turns, waiting.learn(_promises(rows, calls)))
    if len(_KEPT) >= MOST_KEPT:
        _KEPT.clear()
    _KEPT[day.id, step] = heard
    return heard


def _promises(rows: list[waits.Call], calls: list[Called]) -> list[Promise]:
    """What the tickets of the called had said, and how it was; a second call of somebody who was absent kept none."""
    first: dict[str, tuple[waits.Call, Called]] = {}
    for row, call in zip(rows, calls, strict=True):
        first.setdefault(row.visit_id, (row, call))
    found = [waiting.promised(row.told_low, row.told_high, row.checked_in_at, call) for row, call in first.values()]
    return [each for each in found if each]


def _arrivals(
    day: clinic_days.ClinicDay, lines: list[waits.Line], heard: _Heard, now: Moment
) -> dict[str, float]:  # fmt: skip
    """How many a minute have begun to wait in each lane of late: those who still do, and those who were called."""
    came = {line.lane: line.came for line in lines}
    lately = {row.visit_id: row.lane for row in heard.rows if row.since >= now.at - OF_LATE}
    for lane in lately.values():
        came[lane] = came.get(lane, 0) + 1
    minutes = max(LEAST_OF_LATE, min(OF_LATE, now.at - day.opened_at)) / waiting.MINUTE
    return {lane: people / minutes for lane, people in came.items()}
