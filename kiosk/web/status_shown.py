"""What the holder of a ticket reads of it on their own phone: where they stand, in words. Never who they are."""

from __future__ import annotations

from typing import Any

from flask import g

from kiosk.actions import moves, queueing, waits
from kiosk.rules import waiting
from kiosk.rules.observation import is_over, release_at
from kiosk.rules.words import VisitState
from kiosk.store import clinic_days, observations, visits
from kiosk.web import shown


def find(token: str) -> tuple[clinic_days.ClinicDay, visits.Visit] | None:
    """The visit of the open clinic day that this token leads to; None for any other, whatever is wrong with it."""
    day = clinic_days.find_open()
    visit = visits.find_by_token(token) if day else None
    return (day, visit) if day and visit and visit.clinic_day_id == day.id else None


def standing(day: clinic_days.ClinicDay, visit: visits.Visit) -> dict[str, Any]:
    """What pages/status/status.html needs of a visit; nothing of who it is, and nothing of their health."""
    told = {
        VisitState.WAITING: _waiting, VisitState.CALLED: _called, VisitState.AT_TABLE: _at_table,
        VisitState.SEATED: _seated, VisitState.HELD: _held, VisitState.LEFT: _left,
    }  # fmt: skip
    facts = {"colour": "", "more": "", "ahead": None, "wait": None}
    return facts | {"number": visit.label} | told[visit.stands](day, visit)


def nobodys() -> dict[str, Any]:
    """The same for every code that is no ticket of this clinic day."""
    return {"number": None, "colour": "look", "said": shown.say("status.nobodys"), "more": shown.say("status.ask"),
            "ahead": None, "wait": None}  # fmt: skip


def _waiting(day: clinic_days.ClinicDay, visit: visits.Visit) -> dict[str, Any]:
    if visit.attention and visit.called_at is None:
        return {"said": shown.say("status.stay")}
    if visit.spot is not None and visit.entered_at is None:
        return {"colour": "go", "said": shown.say("status.enter", zone=visit.inside, spot=visit.spot)}
    where = "status.spot" if visit.spot is not None else "status.zone" if visit.inside else "status.outside"
    ahead, band = queueing.count_ahead(visit), waits.band(day, visit, g.now)
    return {
        "said": shown.say(where, zone=visit.inside or visit.zone, spot=visit.spot),
        "ahead": shown.say("status.ahead" if ahead else "status.next", n=ahead),
        "wait": waiting.worded(band, shown.say) if band else None,
    }


def _called(_day: clinic_days.ClinicDay, visit: visits.Visit) -> dict[str, Any]:
    return {"colour": "go", "said": shown.say("status.called", place=shown.place(visit.station))}


def _at_table(_day: clinic_days.ClinicDay, visit: visits.Visit) -> dict[str, Any]:
    return {"said": shown.say("status.at_table", place=shown.place(visit.station))}


def _seated(_day: clinic_days.ClinicDay, visit: visits.Visit) -> dict[str, Any]:
    place, row = shown.place(visit.station) or shown.step(visit.step), observations.find(visit.id)
    if row is None:
        return {"said": shown.say("status.seated", place=place)}
    if is_over(row.begun_at, g.now.at, row.minutes):
        return {"said": shown.say("status.seated.over", place=place), "more": shown.say("status.seated.unwell")}
    until = shown.at(release_at(row.begun_at, row.minutes))
    said = shown.say("status.seated.until", place=place, time=until)
    return {"said": said, "more": shown.say("status.seated.unwell")}


def _held(_day: clinic_days.ClinicDay, visit: visits.Visit) -> dict[str, Any]:
    if visit.held_for == moves.ABSENT:
        return {"colour": "look", "said": shown.say("status.absent"), "more": shown.say("status.absent.back")}
    return {"colour": "look", "said": shown.say("status.held"), "more": shown.say("status.held.back")}


def _left(_day: clinic_days.ClinicDay, _visit: visits.Visit) -> dict[str, Any]:
    return {"said": shown.say("status.left")}
