"""What the finish desk shows of the certificate: how far the asking is, and what may be done with what came back."""

from __future__ import annotations

from typing import Any

from flask import g, url_for

from kiosk.actions.certificates import VOID
from kiosk.rules import certificate as rules
from kiosk.rules.words import CertificateState, SlipKind
from kiosk.store import certificates, doses, outbox, print_jobs
from kiosk.web import shown

# What came back and must not be printed: with its reason, what is said.
REFUSED = {
    "of_another": "certificate.refused.of_another",
    "other_person": "certificate.refused.of_another",
    "unreadable": "certificate.refused.unreadable",
    VOID: "certificate.refused.dose_void",
}


def url(name: str, visit_id: str, **facts: Any) -> str:
    """The address of one of the certificate's acts."""
    return url_for(f"certificates.{name}", station=g.actor.station, visit=visit_id, **facts)


def panel(visit_id: str, refusal: str | None = None) -> dict[str, Any]:
    """How the visit's certificate stands; it moves while the person stands here."""
    row, dose = certificates.find(visit_id), doses.find(visit_id)
    job = print_jobs.find_newest(dose.id, SlipKind.CERTIFICATE) if dose else None
    state = row.stands if row else None
    given = state is CertificateState.GIVEN
    may_ask = not given and state is not CertificateState.ASKED and _received(visit_id)
    if row and state is CertificateState.ASKED and row.next_at is None:
        may_ask = True
    stamp = shown.stamp(
        row and (row.state, row.reason, row.attempts), job and (job.id, job.state, job.fault), may_ask, refusal
    )
    return {
        "notice": _notice(row),
        "ask": _ask(row) if may_ask else None,
        "given": given,
        "paper": shown.paper(job),
        "printed": job is not None,
        "refusal": refusal,
        "ask_url": url("ask", visit_id),
        "print_url": url("print_certificate", visit_id),
        "file_url": url("download", visit_id),
        "reprint_url": lambda _: url("reprint", visit_id),
        "seen_url": lambda id: url_for("finish.confirm_paper", station=g.actor.station, visit=visit_id, job=id),
        "url": url("see_certificate", visit_id, stamp=stamp),
    }  # fmt: skip


def _received(visit_id: str) -> bool:
    """Has the platform acknowledged this visit's dose?"""
    dose = doses.find(visit_id)
    message = outbox.find_of(dose.id) if dose else None
    return message is not None and message.receipt is not None


def _ask(row: certificates.Certificate | None) -> str:
    return shown.say("certificate.ask_again" if row else "certificate.ask")


def _notice(row: certificates.Certificate | None) -> dict[str, Any] | None:
    """Colour, sentence, and what to do; None while nobody has asked."""
    if row is None:
        return None
    if row.stands is CertificateState.GIVEN:
        return {"kind": "right", "words": _given(row), "more": None}
    if row.stands is CertificateState.REFUSED:
        words = REFUSED.get(row.reason, "certificate.refused.unreadable")
        return {"kind": "look", "words": shown.say(words), "more": shown.say("certificate.refused.more")}
    if row.stands is CertificateState.NONE_YET:
        return {"kind": "wait", "words": shown.say("certificate.none_yet"), "more": _again(row)}
    if row.reason:
        return {"kind": "look", "words": shown.say("certificate.no_answer"), "more": _again(row)}
    return {"kind": "wait", "words": shown.say("certificate.asked"), "more": None}


def _given(row: certificates.Certificate) -> str:
    count = len(rules.read(row.body).doses) if row.body else 0
    return shown.say("certificate.given", n=count)


def _again(row: certificates.Certificate) -> str:
    """When it is asked again by itself; the person need not wait for it."""
    if row.next_at is None:
        return shown.say("certificate.again.by_hand")
    return shown.say("certificate.again.at", time=shown.at(row.next_at))
