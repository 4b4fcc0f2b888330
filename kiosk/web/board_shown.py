"""What a board shows: the newest call, the last ones, free spots, the wait, the lanes' rule, the distance.

All of it is read from the rows each time, so that a hub that was gone shows what it showed before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import current_app, g, url_for

from kiosk import protocols
from kiosk.actions import waits
from kiosk.actions import zones as spots
from kiosk.config import Settings
from kiosk.config_tables import Board
from kiosk.errors import NotFound
from kiosk.rules import waiting
from kiosk.rules.voice import ToZone
from kiosk.rules.words import VisitState
from kiosk.store import announced, clinic_days, day_plans, stations, topics
from kiosk.store.announced import Announced
from kiosk.store.clinic_days import ClinicDay
from kiosk.web import shown, voice_shown

# So many of the last announcements of each kind are looked at: more than tables ever wait for at once.
LOOKED_AT = 40
# Beside the newest call: so many of those who are still awaited, and as many rows in all when fewer are.
MOST_AWAITED, ROWS = 8, 4
# A table's call that nobody has come to for so long is not said aloud any more: by then the table calls another.
SAID_FOR = timedelta(minutes=2)


def boards() -> tuple[Board, ...]:
    """The boards of the site, at least one."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.every_board


def board(code: str) -> Board:
    """The board with this code. Raises NotFound."""
    for one in boards():
        if one.code == code:
            return one
    raise NotFound("board")


def addresses() -> list[tuple[str, str]]:
    """(name, address) of each board. None of them speaks: that is the page of one machine, and opened there by hand."""
    return [(one.name.of(g.language), _address(one)) for one in boards()]


def needs(which: Board, *, speaks: bool) -> dict[str, Any]:
    """All that pages/board/board.html needs; `board_url` says by its stamp what is shown.

    `speaks`: it was opened as the loudspeaker. A board that the site keeps silent stays so.
    """
    day = clinic_days.find_open()
    known = stations.list_()  # read at once, and held: each is asked for several times
    rows = _calls(day, which) | _waiting(day, which, known) if day else _nobody()
    voice = voice_shown.player(which.voice and speaks)
    stamp = shown.stamp(sorted(rows.items()), voice)
    return rows | {
        "open": day is not None,
        "voice": voice,
        "events_url": url_for("events.stream", topic=topics.BOARD),
        "board_url": _address(which, voice=1 if speaks else None, stamp=stamp),
    }


def _address(which: Board, voice: int | None = None, stamp: str | None = None) -> str:
    if which == boards()[0]:
        return url_for("board.page", voice=voice, stamp=stamp)
    return url_for("board.one", code=which.code, voice=voice, stamp=stamp)


def _nobody() -> dict[str, Any]:
    """Nobody is called: there is no clinic day. `over`: one has ended today."""
    last = clinic_days.find_last_closed()
    over = last is not None and last.on == g.now.on
    return {"calling": None, "before": [], "announcements": [], "zones": [], "waits": [], "rules": [],
            "distance_metres": protocols.distance_m(), "over": over}  # fmt: skip


def _calls(day: ClinicDay, which: Board) -> dict[str, Any]:
    """The newest call that somebody is awaited for, the others before it, and what may still be said of them."""
    newest: dict[str, Announced] = {}
    for call in announced.list_announced(day.id, which.zones, LOOKED_AT):
        newest.setdefault(call.visit_id, call)
    awaited = [call for call in newest.values() if _is_awaited(call)]
    # A table that waits goes before a spot that is kept.
    others = sorted(awaited[1:], key=lambda call: call.asked_in)[:MOST_AWAITED]
    came = _last_of_each([call for call in newest.values() if _has_come(call)], {call.station for call in awaited})
    said = [call for call in awaited if abs(g.now.at - call.at) < _said_for(call)]
    return {
        "calling": _row(awaited[0]) if awaited else None,
        "before": [_row(call) for call in (*others, *came[: max(0, ROWS - len(others))])],
        "announcements": [_announcement(call) for call in sorted(said, key=lambda call: (call.asked_in, call.seq))],
        "over": False,
    }


def _said_for(call: Announced) -> timedelta:
    """A spot is kept for longer than a table waits: whoever is asked in can be told after all the tables' calls."""
    return timedelta(minutes=protocols.queue().call_minutes) if call.asked_in else SAID_FOR


def _is_awaited(call: Announced) -> bool:
    """Is the person still to come to where this call leads?

    Where nobody watches a zone's door, whoever was asked in has their spot at once: they are shown for as long as one
    is kept.
    """
    if not call.asked_in:
        return call.state == VisitState.CALLED and call.stands_at == call.station
    if (call.inside, call.has, call.state) != (call.zone, call.spot, VisitState.WAITING):
        return False
    fresh = abs(g.now.at - call.at) < timedelta(minutes=protocols.queue().call_minutes)
    return call.entered_at is None or (call.entered_at == call.at and fresh)


def _has_come(call: Announced) -> bool:
    """Did the person come to the table? Whoever waits again for the same step did not."""
    if call.asked_in:
        return False
    at_it = call.state == VisitState.AT_TABLE and call.stands_at == call.station
    return at_it or call.state in (VisitState.SEATED, VisitState.LEFT) or call.takes != call.step


def _last_of_each(calls: Sequence[Announced], busy: set[str]) -> list[Announced]:
    """The newest call of each table that awaits nobody: one number a table, and how far the numbers have come."""
    last: dict[str, Announced] = {}
    for call in calls:
        if call.station not in busy:
            last.setdefault(call.station, call)
    return list(last.values())


def _row(call: Announced) -> dict[str, Any]:
    place = shown.say("board.spot", zone=call.zone, spot=call.spot) if call.asked_in else shown.place(call.station)
    return {"number": call.label, "place": place, "key": f"{call.label} {call.seq}"}


def _announcement(call: Announced) -> dict[str, Any]:
    to = ToZone(call.zone, call.spot or 0) if call.asked_in else voice_shown.to_station(call.station)
    said = voice_shown.announcement(call.series, call.n, to)
    return {"seq": call.seq, "made": shown.stamp(call.at), "clips": said.clips, "caption": said.caption,
            "seconds": int(_said_for(call).total_seconds())}  # fmt: skip


def _waiting(day: ClinicDay, which: Board, known: Sequence[stations.Station]) -> dict[str, Any]:
    """Free spots, the wait of somebody who comes now, by which rule people are called, and how far apart they sit."""
    tables = [station for station in known if protocols.steps().at_table(station.steps)]
    letters = which.zones or tuple(sorted({station.zone for station in tables}))
    served = {step for station in tables if station.zone in letters for step in station.steps}
    lanes = protocols.lanes().lanes
    return {
        "zones": [_zone(day, letter) for letter in letters],
        "waits": _waits(day, protocols.steps().at_table(served)),
        "rules": [(lane.letter if len(lanes) > 1 else "", lane.rule(g.language)) for lane in lanes],
        "distance_metres": _distance(day, letters),
    }


def _zone(day: ClinicDay, letter: str) -> dict[str, Any]:
    room = spots.occupancy(day, letter)
    words = "board.zone.full" if room.full else "board.zone"
    return {"words": shown.say(words, zone=letter, n=room.free), "full": room.full}


def _waits(day: ClinicDay, steps: Sequence[str]) -> list[tuple[str, str]]:
    """(letter, how long) of each lane for the first of these steps; one without a letter where they are all alike."""
    found = []
    for lane in protocols.lanes().lanes if steps else ():
        band = waits.band_now(day, steps[0], lane.code, g.now)
        if band is not None:
            found.append((lane.letter, waiting.worded(band, shown.say)))
    return [("", found[0][1])] if found and len({words for _, words in found}) == 1 else found


def _distance(day: ClinicDay, letters: Sequence[str]) -> int:
    """In metres: the largest that a zone of this board was planned with, else the site's."""
    plan = day_plans.get(day.plan_id) if day.plan_id else None
    planned = [int(plan.zones[letter]["distance_m"]) for letter in letters if plan and letter in plan.zones]
    return max(planned, default=protocols.distance_m())
