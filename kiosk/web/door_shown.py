"""What the door of a zone shows: how many spots are free, who was asked in, who is next, and its forms."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import g, url_for

from kiosk import protocols
from kiosk.actions import doors, queueing, zones
from kiosk.rules.permissions import may
from kiosk.rules.words import VisitState
from kiosk.store import acts, clinic_days, stations, visits
from kiosk.store import zones as spots
from kiosk.web import shown, tickets_shown

LISTED = 8
JUST_NOW = timedelta(seconds=45)
# Of so many spots, that few are nearly none.
FEW = 5
DONE = {
    "doors.enter": "door.done.enter", "doors.undo_enter": "door.done.not_in", "doors.come_back": "door.done.back",
    "doors._let_in": "door.done.over",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Refused:
    """A form that was refused: which one ("": a button of the door itself), the field, the sentence, what was typed."""

    form: str = ""
    field: str = ""
    sentence: str = ""
    typed: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def beside(self, form: str, *fields: str) -> str | None:
        """The sentence that belongs beside one of these fields of a form."""
        return self.sentence if self.form == form and self.sentence and self.field in fields else None

    def kept(self, form: str, name: str) -> str:
        """What was typed there."""
        return self.typed.get(name, "")[:80] if self.form == form else ""


NOTHING = Refused()


def url(name: str, **facts: Any) -> str:
    """The address of one of this door's pages."""
    return url_for(f"door.{name}", station=g.actor.station, **facts)


def door(done: str | None, refused: Refused = NOTHING) -> dict[str, Any]:
    """How full the zone is, and who comes next. `done`: the key of what was done here a moment ago."""
    day, letter = clinic_days.find_open(), stations.get(g.actor.station).zone
    said = _done(done) or tickets_shown.last()
    needs: dict[str, Any] = {"day": day, "letter": letter, "answer": said, "refusal": refused.beside("", "", "number")}
    if day is not None:
        needs |= _zone(day, letter) | _asked(day, letter) | {"just": _just(day, letter)}
    seen = shown.stamp({name: each for name, each in needs.items() if name != "day"}, day is not None)
    return needs | {"door_url": url("page", done=done if said else None, stamp=seen), "give_url": url("give_away")}


def _zone(day: clinic_days.ClinicDay, letter: str) -> dict[str, Any]:
    room = zones.occupancy(day, letter)
    return {
        "capacity": room.capacity,
        "taken": room.taken,
        "free": room.free,
        "over": room.over,
        "state": "full" if room.full else "few" if room.free * FEW <= room.capacity else "room",
        "minutes": zones.minutes_to_spot(day, letter, g.now) if room.full else None,
        "planned": letter in spots.planned(day),
    }


def _asked(day: clinic_days.ClinicDay, letter: str) -> dict[str, Any]:
    lapsed = {one.visit.id for one in zones.list_lapsed(g.now, day, letter)}
    outside = spots.count_outside(day.id, letter)
    return {
        "asked": [
            {"number": visit.label, "spot": visit.spot, "minutes": max(0, (g.now.at - since) // timedelta(minutes=1)),
             "lapsed": visit.id in lapsed, "enter_url": url("enter", visit=visit.id)}
            for visit, since in spots.list_kept(day.id, letter) if visit.stands is not VisitState.HELD
        ],
        "keeps": protocols.queue().call_minutes,
        "next": [visit.label for visit in zones.list_next(day, letter, LISTED)],
        "outside": outside,
        "may_give": bool(lapsed and outside),
    }  # fmt: skip


def _just(day: clinic_days.ClinicDay, letter: str) -> list[dict[str, Any]]:
    """Who came in last and who left for good last, while a slip of the finger can still be undone."""
    since = g.now.at - timedelta(minutes=queueing.UNDO_MINUTES)
    came, left = spots.find_entered(day.id, letter, since), spots.find_left(day.id, letter, doors.LEFT, since)
    found = []
    if came is not None and doors.may_undo_enter(came, g.now):
        found.append((came, "enter", "door.undo.enter", "undo_enter"))
    if left is not None and doors.may_come_back(left):
        found.append((left, "left", "door.undo.left", "come_back"))
    return [
        {
            "number": visit.label,
            "words": shown.say(f"door.done.{done}", number=visit.label, spot=visit.spot or 0),
            "undo": shown.say(undo),
            "url": url(to, visit=visit.id),
        }
        for visit, done, undo, to in found
    ]


def _done(key: str | None) -> dict[str, Any] | None:
    """What this member of staff has just done here, in words."""
    act = acts.find(key) if key else None
    if act is None or act.by != g.actor.id or act.at < g.now.at - JUST_NOW or act.refusal:
        return None
    if act.name == "doors.give_away":
        return {"kind": "right", "sentence": shown.say("door.done.given", n=act.result), "more": None}
    if not act.name.startswith("doors."):
        return None
    sentence = _of(act.name, visits.get(str(act.result)))
    return {"kind": "right", "sentence": sentence, "more": None} if sentence else None


def _of(name: str, visit: visits.Visit) -> str | None:
    if name == "doors.go_out" and visit.stands is VisitState.LEFT:
        return shown.say("door.done.left", number=visit.label)
    if name == "doors.go_out":
        if visit.stands is not VisitState.HELD:
            return None  # they are back
        return shown.say("door.done.out", number=visit.label, reason=shown.held_for(visit))
    if name == "doors.come_back" and not visit.inside:
        return shown.say("door.done.back.outside", number=visit.label, zone=visit.zone)
    return shown.say(DONE[name], number=visit.label, spot=visit.spot or 0)


def forms(refused: Refused) -> dict[str, Any]:
    """The forms of the door: who shows a ticket, who goes out, whom somebody lets in by name."""
    queue = protocols.queue()
    chosen = refused.typed.get("reason", "")
    ways = [(doors.LEFT, shown.say("door.out.left"))]
    ways += [(each.code, shown.say("door.out.back", reason=each.label(g.language))) for each in queue.hold]
    return {
        "refused": refused,
        "ways": [(code, words, refused.form == "out" and code == chosen) for code, words in ways],
        "reasons": [
            (each.code, each.label(g.language), refused.form == "over" and each.code == chosen) for each in queue.admit
        ],
        "own_word": may(g.actor.role, doors.LETS_IN),
        "form_urls": {name: url(name) for name in ("show", "go_out", "let_in")},
    }
