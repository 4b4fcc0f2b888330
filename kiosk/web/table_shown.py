"""What the table page shows: who is here and the form that is due for them, who waits, what stands beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions.consent import is_missing
from kiosk.actions.day import find_day
from kiosk.rules.person import masked_number
from kiosk.rules.steps import Step
from kiosk.rules.words import Origin, VisitState
from kiosk.store import clinic_days, openings, records, stations, visits
from kiosk.store.visits import Visit
from kiosk.web import (
    consent_shown,
    finish_shown,
    identity_shown,
    injection_shown,
    observation_shown,
    queueing_shown,
    recovered_shown,
    screening_shown,
    shown,
    tickets_shown,
)

MOVES = ("receive", "recall", "no-show", "finish", "pass", "call-instead")
# What is refused of these is said in their own parts of the page.
OF_THE_LINE = "queueing"
Given = MultiDict[str, str] | None
Form = Callable[[Visit, Given, Mapping[str, str]], dict[str, Any]]

# What leads to a dose: not asked for of whoever has recovered.
OF_A_DOSE = ("identity", "consent", "dose")
# What is to be recorded next decides the form: (partial, what it shows).
FORMS: dict[str, tuple[str, Form]] = {
    "screening": ("partials/screening/screening.html", screening_shown.form),
    "identity": ("partials/identity/identity.html", identity_shown.form),
    "consent": ("partials/consent/consent.html", consent_shown.form),
    "dose": ("partials/injection/dose.html", injection_shown.dose),
    "departure": ("partials/finish/departure.html", finish_shown.departure),
}


@dataclass(frozen=True)
class Refused:
    """A form that was sent and refused: what was given, a sentence for each field ("": for all of it), whose it was."""

    given: Given = None
    wrong: Mapping[str, str] = field(default_factory=dict)
    visit: str = ""


NOTHING = Refused()


def url(name: str, **facts: Any) -> str:
    """The address of one of this table's acts."""
    return url_for(f"table.{name}", station=g.actor.station, **facts)


def served() -> tuple[str, ...]:
    """The steps for which this table calls people."""
    return protocols.steps().at_table(stations.get(g.actor.station).steps)


def here(refused: Refused) -> dict[str, Any]:
    """Who is at this table, and what can be done. `stamp` changes when that does."""
    day = clinic_days.find_open()
    visit = visits.find_at(day.id, g.actor.station) if day else None
    refused = NOTHING if request.blueprint == OF_THE_LINE else refused
    if visit is None:
        return _nobody(day, refused)
    left_open = _left_open(day)
    step = protocols.steps().get(visit.step)
    known = openings.may_read(g.actor.session, visit.person_id)
    called = visit.stands is VisitState.CALLED
    # What was sent for somebody who has gone on is never filled in for whoever is here now.
    gone, skipped = refused.visit not in ("", visit.id), "skip" in (refused.given or ())
    served_here = known and not called and not left_open
    due = _due(visit, step) if served_here else None
    recovered = (
        recovered_shown.at_table(visit, refused.given, refused.wrong) if due in (*OF_A_DOSE, "screening") else None
    )
    barred = bool(recovered and recovered["marked"]) and due in OF_A_DOSE
    due = None if barred else due
    partial, show = FORMS[due] if due else (None, None)
    sent = NOTHING if gone or skipped else refused
    form = show(visit, sent.given, sent.wrong) if show else None
    skip = _skip(visit, step, refused if skipped and not gone else NOTHING) if served_here else None
    absence = _absence(visit) if called and not left_open else None
    ticket = tickets_shown.last() if called else None
    now = (visit.id, visit.state, visit.step, visit.recalls, left_open, absence and absence["over"],
           ticket and ticket["stamp"])  # fmt: skip
    seen = shown.stamp(now, known, partial, form and form["stamp"], recovered and recovered["stamp"])
    return {
        "day": day,
        "left_open": left_open,
        "visit": visit,
        "known": known,
        "called": called,
        "absence": absence,
        "ticket": ticket,
        "walk_in": visit.origin == Origin.WALK_IN,
        "who": shown.who(visit.person.identity) if known else "",
        "number": masked_number(visit.person.number or "") if known else "",
        # For whoever calls and whoever screens; once the doctor has seen it, it only stands in the way.
        "declared": shown.declared(visit.id) if known and not barred and due in (None, "screening") else None,
        "step": step.label(g.language),
        "following": _following(visit),
        "partial": partial,
        "form": form,
        "skip": skip,
        "recovered": recovered,
        "barred": barred,
        "identity": identity_shown.badge(visit) if known else None,
        "refusal": next(iter(refused.wrong.values())) if gone else refused.wrong.get(""),
        "here_url": url("page", stamp=seen),
        "look_url": url("look", visit=visit.id),
        "move_urls": {move: url("move", visit=visit.id, move=move) for move in MOVES},
        "stamp": seen,
    }


def _nobody(day: clinic_days.ClinicDay | None, refused: Refused) -> dict[str, Any]:
    seated = observation_shown.last_seated(g.actor.station)
    left_open, idle = _left_open(day), not served()
    waits = queueing_shown.the_line(day, served())
    inside, outside = waits.inside(g.actor.station), waits.outside(g.actor.station)
    closed = queueing_shown.closed_words(day) if day else None
    ticket = tickets_shown.last()
    now = (day is not None, bool(inside), bool(outside), seated, left_open, idle, closed)
    seen = shown.stamp(now, ticket and ticket["stamp"])
    return {
        "day": day,
        "left_open": left_open,
        "visit": None,
        "step": ", ".join(shown.step(code) for code in served()),
        "ticket": ticket,
        "idle": idle,
        "closed": closed,
        # Those who stand outside are asked in at the next tap, where a spot is free by then.
        "somebody_waits": bool(inside or outside),
        "all_outside": bool(outside and not inside),
        "seated": seated,
        "refusal": next(iter(refused.wrong.values()), None),
        "here_url": url("page", stamp=seen),
        "call_url": url("call_next"),
        "stamp": seen,
    }


def _absence(visit: Visit) -> dict[str, Any]:
    """How long ago the called person was called, whether that is long enough, and whether it was the last time."""
    queue = protocols.queue()
    seconds = max(0, int((g.now.at - (visit.called_at or g.now.at)).total_seconds()))
    return {
        "seconds": seconds,
        "clock": f"{seconds // 60}:{seconds % 60:02d}",
        "over": queue.may_give_up(visit.called_at, g.now.at),
        "last": visit.no_shows + 1 >= queue.attempts,
        "nth": visit.no_shows + 1,
    }


def _left_open(day: clinic_days.ClinicDay | None) -> str | None:
    """The sentence on another day's clinic day that nobody closed: until that is done nothing can be recorded."""
    if day is None or find_day(g.now) is not None:
        return None
    return shown.say("refusal.day_left_open", on=f"{day.on:%d/%m/%Y}")


def _due(visit: Visit, step: Step) -> str | None:
    """The first record that is missing and has a form; None when there is nothing to record."""
    due = next((record for record in step.missing(records.recorded(visit)) if record in FORMS), None)
    # Nobody is injected before the signed form was seen; the doctor's table saw it, but for whom it took for an adult.
    return "consent" if due == "dose" and is_missing(visit) else due


def _following(visit: Visit) -> str | None:
    """The next step by the data, or None after the last."""
    code = protocols.steps().after(visit.step)
    return shown.step(code) if code else None


def _skip(visit: Visit, step: Step, refused: Refused) -> dict[str, Any] | None:
    """Leaving the rest of this step out, for those whose role may."""
    if not step.skippable_by(g.actor.role):
        return None
    given: MultiDict[str, str] = refused.given or MultiDict()
    return {
        "url": url("skip", visit=visit.id),
        "reasons": [(word.code, word.label(g.language)) for word in protocols.steps().skip_reasons],
        "reason": given.get("reason", ""),
        "note": given.get("note", ""),
        "refusal": refused.wrong.get("reason"),
        "open": bool(given),
    }
