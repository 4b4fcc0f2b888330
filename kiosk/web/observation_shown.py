"""What the observation room shows: who sits where, until when, and whom help is coming to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g, url_for

from kiosk.errors import NotFound
from kiosk.rules.observation import is_over, minutes_left, release_at
from kiosk.rules.person import masked_name
from kiosk.rules.words import HelpReason
from kiosk.store import clinic_days, departures, doses, help_calls, observations, openings, stations, visits
from kiosk.web import places, shown

CALLED_FOR = timedelta(minutes=10)
JUST_NOW = timedelta(minutes=2)


def url(name: str, **facts: Any) -> str:
    """The address of one of the room's pages."""
    return url_for(f"observation.{name}", station=g.actor.station, **facts)


def room(mine: str | None, refusal: str | None = None) -> dict[str, Any]:
    """Everybody who sits here: whose time is over comes first.

    `mine`: the call for help that was made a moment ago, its id.
    """
    day = clinic_days.find_open()
    sitting = observations.list_open(day.id, g.actor.station) if day else []
    sitting = sorted(sitting, key=lambda row: (release_at(row.begun_at, row.minutes), row.seat))
    # Whoever was unwell stays marked until they go, also when somebody has come.
    made = help_calls.list_made(g.actor.station, HelpReason.UNWELL, day.opened_at) if day else []
    calls = {call.visit_id: call for call in made}
    rows = [_row(row, calls.get(row.visit_id)) for row in sitting]
    called = _called(mine) if mine else None
    shows = [(row["id"], row["left"], row["known"], row["help"], row["calling"]) for row in rows]
    return {
        "day": day,
        "rows": rows,
        "over": [row["id"] for row in rows if row["over"]],
        "called": called,
        "refusal": refusal,
        "room_url": url(
            "page", call=mine if called else None, stamp=shown.stamp(day is not None, shows, called, refusal)
        ),
    }


def _row(row: observations.Observation, call: help_calls.HelpCall | None) -> dict[str, Any]:
    return _sitter(row) | {
        "given_at": row.begun_at,
        "until": release_at(row.begun_at, row.minutes),
        "over": is_over(row.begun_at, g.now.at, row.minutes),
        "help": shown.say("observation.help", time=shown.at(call.at)) if call else None,
        "calling": call is not None and call.taken_at is None,
        "early_url": url("page", early=row.visit_id),
        "unwell_url": url("call_doctor", visit=row.visit_id),
        "look_url": url("look", visit=row.visit_id),
    }


def _sitter(row: observations.Observation) -> dict[str, Any]:
    person = row.visit.person
    known = openings.may_read(g.actor.session, person.id)
    return {
        "id": row.visit_id,
        "seat": row.seat,
        "label": row.visit.label,
        "known": known,
        "name": person.name if known else masked_name(person.name),
        "who": shown.who(person.identity) if known else "",
        "left": minutes_left(row.begun_at, g.now.at, row.minutes),
        "release_url": url("release", visit=row.visit_id),
    }


def early(visit_id: str, reason: str = "", refusal: str | None = None) -> dict[str, Any] | None:
    """The form for letting somebody of this room go before their time; None once they have gone. Raises NotFound."""
    row = observations.get(visit_id)
    if row.station != g.actor.station:
        raise NotFound("observation")
    return _sitter(row) | {"reason": reason, "refusal": refusal} if row.ended_at is None else None


def _called(id: str) -> dict[str, str] | None:
    """A call for help that this room made a moment ago, and who is coming."""
    call = help_calls.get(id)
    if call.station != g.actor.station or not call.visit_id or call.at < g.now.at - CALLED_FOR:
        return None
    facts = {"seat": observations.get(call.visit_id).seat, "label": visits.get(call.visit_id).label}
    if call.taken_at is None:
        sentence = shown.say("observation.called", time=shown.at(call.at), **facts)
        return {"kind": "look", "sentence": sentence, "more": shown.say("observation.called.more")}
    sentence = shown.say("observation.coming", name=shown.colleague(call.taken_by), **facts)
    return {"kind": "right", "sentence": sentence, "more": shown.say("observation.called.more")}


def last_seated(station: str) -> str | None:
    """Where to send whoever was injected at this table within the last two minutes: room, seat, until when."""
    day = clinic_days.find_open()
    rooms = [row.code for row in stations.list_() if places.has_room(row)] if day else []
    sitting = [row for room in rooms for row in observations.list_open(day.id, room)] if day else []
    for row in sorted(sitting, key=lambda row: row.seq, reverse=True):
        dose = doses.find(row.visit_id) if row.begun_at > g.now.at - JUST_NOW else None
        if dose is not None and dose.station == station and not departures.skipped_since(g.actor.id, row.begun_at):
            return shown.say(
                "observation.last_seated", label=row.visit.label, place=shown.place(row.station), seat=row.seat,
                time=shown.at(release_at(row.begun_at, row.minutes)),
            )  # fmt: skip
    return None
