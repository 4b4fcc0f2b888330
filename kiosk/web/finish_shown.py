"""What the finish desk shows: the dose, what the platform says of it, its slip, and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions.finish import find_withheld, next_from
from kiosk.errors import NotFound
from kiosk.rules.dose import find_reason
from kiosk.rules.words import MessageState, Seen, SlipKind, VisitState
from kiosk.store import departures, doses, observations, openings, outbox, print_jobs, screenings, visits
from kiosk.web import certificates_shown, shown

SEEN = {Seen.YES: "finish.seen.yes", Seen.NOT_YET: "finish.seen.not_yet", Seen.NO_PHONE: "finish.seen.no_phone"}
# colour and words of a message on its way
SENT = {
    MessageState.WAITING: ("wait", "finish.sent.waiting"),
    MessageState.SENDING: ("wait", "finish.sent.sending"),
    MessageState.PARKED: ("look", "finish.sent.parked"),
}


def url(name: str, visit_id: str, **facts: Any) -> str:
    """The address of one of the finish desk's acts."""
    return url_for(f"finish.{name}", station=g.actor.station, visit=visit_id, **facts)


def is_here(visit_id: str) -> bool:
    """Is this person still served at this table? Raises NotFound for somebody whom this session has not opened."""
    visit = visits.get(visit_id)
    if visit.station != g.actor.station or not openings.may_read(g.actor.session, visit.person_id):
        raise NotFound("visit")
    return visit.stands is VisitState.AT_TABLE


def departure(visit: visits.Visit, given: MultiDict[str, str] | None, wrong: Mapping[str, str]) -> dict[str, Any]:
    """The form that lets somebody go. The platform's answer and the paper move by themselves: see `proof`."""
    dose = doses.find(visit.id)
    return {
        "tiles": _tiles(dose) if dose else [],
        "proof": proof(visit.id) if dose else None,
        "certificate": certificates_shown.panel(visit.id) if dose else None,
        "deferral": deferral(visit.id),
        "why_not": None if dose else why_not(visit.id),
        "void": None if dose else _void(visit.id),
        "choices": [(str(code), shown.say(word)) for code, word in SEEN.items()] if dose else [],
        "no_dose": str(Seen.NO_DOSE),
        "seen": given.get("seen", "") if given else "",
        "seen_refusal": wrong.get("seen"),
        "url": url("discharge", visit.id),
        "stamp": shown.stamp(visit.id, dose is not None),
    }


def _void(visit_id: str) -> str | None:
    """What stands where the slip would be: the dose was taken back, and why."""
    dose = doses.find_void(visit_id)
    reason = find_reason(protocols.doses().void_reasons, dose.void_reason) if dose else None
    return shown.say("finish.dose_void", why=reason.label(g.language)) if reason else None


def _tiles(dose: doses.Dose) -> list[tuple[str, str, str]]:
    """(what, worth, more): the vaccine and its lot; which dose and when the next is due; when, and observed until."""
    vaccine, following = protocols.vaccines().get(dose.lot.vaccine).name, next_from(dose)
    again = shown.say("finish.next", on=f"{following:%d/%m/%Y}") if following else shown.say("finish.next.none")
    return [
        (shown.say("finish.vaccine"), vaccine, shown.say("finish.lot", lot=dose.lot.number)),
        (shown.say("finish.dose"), str(dose.dose_number), again),
        (shown.say("finish.given"), shown.at(dose.given_at), _observed(dose.visit_id)),
    ]


def _observed(visit_id: str) -> str:
    """Until when they sat, and why they were let go before their time."""
    row = observations.find(visit_id)
    if row is None or row.ended_at is None:
        return ""
    return " · ".join(filter(None, [shown.say("finish.observed", until=shown.at(row.ended_at)), row.reason]))


def why_not(visit_id: str) -> str:
    """Why somebody leaves without a dose: the reason for a step left out, or what the doctor concluded."""
    skip, screening = departures.find_skip(visit_id), screenings.find(visit_id)
    if skip is not None:
        words = {word.code: word.label(g.language) for word in protocols.steps().skip_reasons}
        return " · ".join(filter(None, [words.get(skip.reason, skip.reason), skip.note]))
    if screening is not None:
        outcome = protocols.screening_forms().of(screening.version).outcome(screening.concluded)
        return " · ".join(filter(None, [outcome.label(g.language), screening.note]))
    return shown.say("finish.why_not.unknown")


def proof(visit_id: str, refusal: str | None = None) -> dict[str, Any]:
    """What the platform says of the visit's dose, and its paper; both move while the person stands here.

    Raises NotFound without a dose.
    """
    dose = doses.find(visit_id)
    if dose is None:
        raise NotFound("dose")
    message, job = outbox.find_of(dose.id), print_jobs.find_newest(dose.id, SlipKind.PROVISIONAL)
    paper = shown.paper(job)
    stamp = shown.stamp(message and (message.state, message.reason), job and job.id, paper["words"], refusal)
    return {
        "sent": _sent(message),
        "paper": paper,
        "printed": job is not None,
        "refusal": refusal,
        "print_url": url("print_slip", visit_id),
        "reprint_url": lambda _: url("reprint", visit_id),
        "seen_url": lambda id: url("confirm_paper", visit_id, job=id),
        "url": url("see_proof", visit_id, stamp=stamp),
    }  # fmt: skip


def deferral(visit_id: str, refusal: str | None = None) -> dict[str, Any] | None:
    """The slip for whom the doctor turned away, and its way to the printer; None for anybody else."""
    if find_withheld(visit_id) is None:
        return None
    job = print_jobs.find_newest(visit_id, SlipKind.DEFERRAL)
    paper = shown.paper(job)
    return {
        "paper": paper,
        "printed": job is not None,
        "refusal": refusal,
        "print_url": url("print_deferral", visit_id),
        "reprint_url": lambda visit: url("reprint_deferral", visit),
        "seen_url": lambda id: url("confirm_paper", visit_id, job=id),
        "url": url("see_deferral", visit_id, stamp=shown.stamp(job and job.id, paper["words"], refusal)),
    }


def _sent(message: outbox.Message | None) -> dict[str, Any]:
    if message is None:
        return {"kind": "look", "words": shown.say("finish.sent.none"), "more": shown.say("finish.sent.none.more")}
    if message.receipt is not None:
        facts = {"time": shown.at(message.receipt.at), "receipt": message.receipt.remote_id}
        return {"kind": "right", "words": shown.say("finish.sent.acknowledged", **facts), "more": None}
    kind, words = SENT[message.stands]
    # Why it is not taken is for the lead, who can do something about it.
    more = "finish.sent.parked.more" if message.stands is MessageState.PARKED else "finish.sent.waiting.more"
    return {"kind": kind, "words": shown.say(words), "more": shown.say(more) if message.reason else None}
