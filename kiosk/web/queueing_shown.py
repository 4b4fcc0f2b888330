"""What a table shows of its line: who waits, who stands outside or is held, where else somebody can go, what can be
undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions import queueing
from kiosk.actions.day import find_day
from kiosk.actions.table import find_next, read_line
from kiosk.errors import NotFound
from kiosk.rules.permissions import may
from kiosk.rules.queueing import Reason
from kiosk.rules.words import MoveKind, VisitState
from kiosk.store import clinic_days, line, queue_moves, stations, topics, visits
from kiosk.store.visits import Visit
from kiosk.web import shown, tickets_shown
from kiosk.web.kept import Kept

LISTED = 20
OUTSIDE = 12
MINUTE = timedelta(minutes=1)
# The choices of the fold, each with its reasons in `protocols/queue.toml`.
WAYS = ("hold", "transfer", "back")
Sent = tuple[MultiDict[str, str] | None, Any]


def _url(act: str, **facts: Any) -> str:
    return url_for(f"queueing.{act}", station=g.actor.station, **facts)


def _page(**facts: Any) -> str:
    return url_for("table.page", station=g.actor.station, **facts)


def _mine(given: Any, *acts: str) -> bool:
    """Was it one of these acts of the line that was refused?"""
    return bool(given is not None and request.endpoint in {f"queueing.{act}" for act in acts})


def waiting(given: MultiDict[str, str] | None = None, wrong: Any = None) -> dict[str, Any]:
    """Who waits for this table, first come first; who stands outside; who is out of the line until they are back."""
    day, station = clinic_days.find_open(), stations.get(g.actor.station)
    steps = protocols.steps().at_table(station.steps)
    waits = the_line(day, steps)
    inside, outside = waits.inside(station.code), waits.outside(station.code)
    rows, count, count_outside = inside[:LISTED], len(inside), len(outside)
    outside = outside[:OUTSIDE]
    held = _held(day, steps) if day else []
    sent = [
        {"id": row.id, "label": row.label, "where": shown.place(row.bound_for)}
        for row in waits.sent(station.code)[:LISTED]
    ]
    first = find_next(waits, station.code)
    here = visits.find_at(day.id, station.code) if day else None
    # A refresh of a form that somebody fills in would lose it: what a ticket says stands here then.
    ticket = tickets_shown.last() if here is not None and here.stands is VisitState.AT_TABLE else None
    may_jump = here is None and find_day(g.now) is not None and may(g.actor.role, "queue.jump")
    seen = shown.stamp(
        count, [(row.label, row.lane, row.attention, _minutes(row), row.bound_for) for row in rows], may_jump,
        count_outside, [row.label for row in outside], held, sent, first and first.label, ticket and ticket["stamp"],
    )  # fmt: skip
    return {
        "waiting": rows,
        "count": count,
        "more": count - len(rows),
        "lanes": {code: protocols.lanes().get(code).label(g.language) for code in {row.lane for row in inside}},
        "first_lane": protocols.lanes().lanes[0].code,
        "next_visit": first,
        "jump_urls": {row.id: _page(jump=row.id) for row in rows} if may_jump else {},
        "outside": [row.label for row in outside],
        "outside_more": count_outside - len(outside),
        "count_outside": count_outside,
        "held": held,
        "sent": [one | {"jump_url": _page(jump=one["id"]) if may_jump else ""} for one in sent],
        "line_ticket": ticket,
        "line_refusal": (wrong or {}).get("") if _mine(given, "resume") else None,
        "waiting_url": _page(waiting=seen),
    }


def the_line(day: clinic_days.ClinicDay | None, steps: tuple[str, ...]) -> line.Line:
    """Who waits for these steps: read once for all tables that serve them."""
    if day is None or not steps:
        return NOBODY
    moved = topics.count_moves(topics.LINE, topics.TABLES)
    return LINES.once((day.id, steps), moved, lambda: read_line(day, steps))


NOBODY = line.Line((), (), None)
LINES: Kept[line.Line] = Kept(timedelta(seconds=5), 20)


def _minutes(visit: line.InLine) -> int:
    return max(0, int((g.now.at - visit.waiting_since) / MINUTE))


def _held(day: clinic_days.ClinicDay, steps: tuple[str, ...]) -> list[dict[str, Any]]:
    """Who is out of the line for these steps: why, since when, and how they come back."""
    rows = line.list_held(day.id, steps, LISTED)
    taken_out = {move.visit_id: move for move in queue_moves.list_holds([row.id for row in rows])} if rows else {}
    return [
        {
            "label": row.label,
            "why": shown.held_for(row),
            "note": taken_out[row.id].note if row.id in taken_out else "",
            "minutes": max(0, int((g.now.at - taken_out[row.id].at) / MINUTE)) if row.id in taken_out else 0,
            "url": _url("resume", visit=row.id),
        }
        for row in rows
    ]


def out_of_turn(given: MultiDict[str, str] | None = None, wrong: Any = None) -> dict[str, Any]:
    """The question why somebody is called before their turn; nobody is chosen at first."""
    refused = _mine(given, "jump")
    chosen = str((request.view_args or {}).get("visit", "")) if refused else request.args.get("jump", "")
    visit = _find_waiting(chosen)
    return {
        "jump": visit and {
            "label": visit.label,
            "url": _url("jump", visit=visit.id),
            "away_url": _page(),
            **_reasons(protocols.queue().jump, given if refused else None, wrong if refused else None),
        }
    }  # fmt: skip


def _find_waiting(chosen: str) -> Visit | None:
    try:
        visit = visits.get(chosen) if chosen else None
    except NotFound:
        return None
    day = clinic_days.find_open()
    return visit if visit is not None and day is not None and visit.clinic_day_id == day.id else None


def _reasons(reasons: tuple[Reason, ...], given: MultiDict[str, str] | None, wrong: Any) -> dict[str, Any]:
    sent: MultiDict[str, str] = given or MultiDict()
    return {
        "reasons": [(each.code, each.label(g.language), each.code == sent.get("reason")) for each in reasons],
        "note": sent.get("note", "")[:200],
        "to": sent.get("to", ""),
        "wrong": wrong or {},
        "open": given is not None,
    }


def elsewhere(given: MultiDict[str, str] | None = None, wrong: Any = None) -> dict[str, Any]:
    """What can be undone, and where else whoever is here can go."""
    day = clinic_days.find_open()
    visit = visits.find_at(day.id, g.actor.station) if day and find_day(g.now) else None
    move = _undoable(day) if day else None
    tables = _other_tables(visit) if visit else []
    offered = [way for way in WAYS if visit and _is_offered(way, visit, tables)]
    sent = request.endpoint or ""
    same = visit is not None and (request.view_args or {}).get("visit") == visit.id
    refused = _mine(given, *WAYS) and same and sent.removeprefix("queueing.") in offered
    seen = shown.stamp(visit and (visit.id, visit.state, visit.step), offered, tables, move and (move.id, move.kind))
    return {
        "moved": move and {
            "words": _did(move),
            "url": _url("undo", move=move.id),
        },
        "ways": [
            {
                "code": way,
                "url": _url(way, visit=visit.id),
                "tables": tables if way == "transfer" else [],
                **_reasons(
                    getattr(protocols.queue(), way),
                    given if refused and sent == f"queueing.{way}" else None,
                    wrong if refused and sent == f"queueing.{way}" else None,
                ),
            }
            for way in offered
            if visit
        ],
        # What was refused for somebody who has gone on, or cannot go there, is said, and filled in for nobody.
        "moves_refusal": _said(wrong) if _mine(given, "undo", *WAYS) and not refused else None,
        "moves_url": _page(moves=seen),
    }  # fmt: skip


def _said(wrong: Any) -> str | None:
    return next(iter((wrong or {}).values()), None)


def _is_offered(way: str, visit: Visit, tables: list[tuple[str, str]]) -> bool:
    if way == "back":
        return queueing.may_send_back(visit)
    return way != "transfer" or bool(tables)


def _other_tables(visit: Visit) -> list[tuple[str, str]]:
    """The tables in use that serve this person's step too."""
    if visit.step not in protocols.steps().at_table([visit.step]):
        return []
    serving = stations.list_serving(visit.step)
    return [(row.code, row.name(g.language)) for row in serving if row.code != g.actor.station]


def _undoable(day: clinic_days.ClinicDay) -> queue_moves.QueueMove | None:
    move = queue_moves.find_last_at(day.id, g.actor.station)
    return move if move is not None and queueing.may_undo(move, g.now) else None


def _did(move: queue_moves.QueueMove) -> str:
    """The move as one says it; of somebody who was called in vain for the last time, what became of them."""
    if move.stands is MoveKind.NO_SHOW and move.visit.state == VisitState.HELD:
        return shown.say("table.did.gone", number=move.visit.label, n=protocols.queue().attempts)
    if move.stands is MoveKind.TRANSFER:
        return shown.say("table.did.sent", number=move.visit.label, place=shown.place(move.visit.bound_for))
    return shown.say(f"table.did.{move.kind}", number=move.visit.label)


def closed_words(day: clinic_days.ClinicDay) -> str | None:
    """Whom this table lost when it was given other steps, while nothing was done here since."""
    move = queue_moves.find_last_at(day.id, g.actor.station)
    if move is None or move.stands is not MoveKind.CLOSED:
        return None
    return shown.say("table.closed", number=move.visit.label, step=shown.step(move.step))
