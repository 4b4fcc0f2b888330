"""The certificate at the finish desk: asked of the platform, printed or handed out as it came, never made here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kiosk import wording
from kiosk.actions.act import act
from kiosk.actions.printing import queue_visit_slip, void_queued
from kiosk.actions.table import require_at_table
from kiosk.errors import NotFound, Refusal
from kiosk.rules import certificate as rules
from kiosk.rules import slips
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import CertificateState, SlipKind
from kiosk.store import audit, certificates, doses, outbox, print_jobs, stations, topics, visits
from kiosk.store.columns import record

# How long until the platform is asked again by itself. The ministry signs centrally and later (Quyết định 5772/QĐ-BYT,
# 20/12/2021): after the last of these nobody stands at the desk any more, and a person asks again. House policy.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 180, 600, 1800))

# Why a certificate is not handed out whose dose was taken back.
VOID = "dose_void"


@act
def ask(by: Actor, now: Moment, visit_id: str) -> str:
    """The person wants their certificate: the forwarder asks for it, after the doses that are due; returns its id.

    Raises NotFound without a dose, Refusal `dose_not_received` (the platform knows of none), `certificate_given`.
    """
    visit = require_at_table(by, visit_id)
    dose = doses.find(visit.id)
    if dose is None:
        raise NotFound("dose")
    message = outbox.find_of(dose.id)
    if message is None or message.receipt is None:
        raise Refusal("dose_not_received")
    row = certificates.find(visit.id)
    if row is None:
        row = certificates.Certificate(
            visit_id=visit.id, state=CertificateState.ASKED, asked_at=now.at, asked_by=by.id
        )  # fmt: skip
        record(row, now)
    elif row.stands is CertificateState.GIVEN:
        raise Refusal("certificate_given")
    row.state, row.reason, row.attempts, row.next_at = CertificateState.ASKED, "", 0, now.at
    row.asked_at, row.asked_by = now.at, by.id
    audit.add(by, now, "certificate.asked", row.id)
    topics.touch(topics.TABLES)
    return row.id


@act
def give(by: Actor, now: Moment, id: str, body: dict[str, Any]) -> str:
    """The platform has returned this: kept as it came, unless it is not this person's; returns the state."""
    row = certificates.get(id)
    if row.stands is CertificateState.GIVEN or row.reason == VOID:
        audit.add(by, now, "certificate.none", row.id)
        return row.state
    try:
        rules.require_own(rules.read(body), visits.get(row.visit_id).person.identity)
    except Refusal as refusal:
        return _refuse(by, now, row, refusal.code.removeprefix("certificate_"))
    row.state, row.body, row.reason = CertificateState.GIVEN, body, ""
    row.attempts, row.next_at, row.answered_at = row.attempts + 1, None, now.at
    audit.add(by, now, "certificate.given", row.id)
    topics.touch(topics.TABLES)
    return row.state


@act
def refuse(by: Actor, now: Moment, id: str, reason: str) -> str:
    """What the platform returned must not be printed: a person looks; returns the state."""
    return _refuse(by, now, certificates.get(id), reason)


@act
def put_off(by: Actor, now: Moment, id: str, reason: str, wait_seconds: float | None = None) -> str:
    """The platform has none yet (`reason` ""), or could not be asked; returns the state.

    It is asked again by itself, less and less often but no sooner than it wishes (`wait_seconds`, at most an hour), and
    after a few times only when a person asks.
    """
    row = certificates.get(id)
    if not reason:
        row.state, row.answered_at = CertificateState.NONE_YET, now.at
    row.reason = reason
    wait = WAITS[row.attempts] if row.attempts < len(WAITS) else None
    row.next_at = now.at + max(wait, timedelta(seconds=wait_seconds or 0)) if wait else None
    row.attempts += 1
    audit.add(by, now, "certificate.put_off", row.id, reason=reason, attempts=row.attempts)
    topics.touch(topics.TABLES)
    return row.state


@act
def print_certificate(by: Actor, now: Moment, visit_id: str, local: datetime) -> str:
    """Words the certificate and puts it in this station's printer's line; returns the job's id. `local`: site time.

    Raises Refusal `certificate_missing`, `certificate_of_another`, `certificate_unreadable`, `certificate_printed` (a
    further one is a reprint); NotFound once the dose was taken back.
    """
    visit, row = _given(by, visit_id)
    dose = doses.find(visit.id)
    if dose is None:
        raise NotFound("dose")
    if print_jobs.find_newest(dose.id, SlipKind.CERTIFICATE):
        raise Refusal("certificate_printed")
    blocks = slips.certificate(facts(row, visit, local), *wording.speakers(visit.language))
    audit.add(by, now, "certificate.printed", row.id)
    return queue_visit_slip(by, now, SlipKind.CERTIFICATE, blocks, visit, about=dose.id).id


@act
def download(by: Actor, now: Moment, visit_id: str, local: datetime) -> str:
    """Somebody takes the certificate as a file; returns its id. Raises as `print_certificate`, but for the last."""
    visit, row = _given(by, visit_id)
    facts(row, visit, local)
    audit.add(by, now, "certificate.downloaded", row.id)
    return row.id


def withdraw(by: Actor, now: Moment, visit_id: str, dose_id: str) -> None:
    """Within an act that takes a dose back: what was asked for or returned tells of it, and is not handed out."""
    row = certificates.find(visit_id)
    if row is not None:
        row.state, row.reason, row.next_at, row.body = CertificateState.REFUSED, VOID, None, None
        audit.add(by, now, "certificate.withdrawn", row.id)
    void_queued(dose_id, SlipKind.CERTIFICATE, now)


def facts(row: certificates.Certificate, visit: visits.Visit, local: datetime) -> slips.CertificateFacts:
    """What the paper of this certificate says. Raises Refusal as `rules/certificate.require_own`, NotFound."""
    if row.body is None:
        raise NotFound("certificate")
    site = stations.site()
    # What looks like an official paper of somebody invented says that it is none.
    name = wording.say("certificate.practice", visit.language, site=site.name) if site.mode == "demo" else site.name
    return rules.facts(rules.read(row.body), visit.person.identity, name, local)


def require_own(visit_id: str) -> None:
    """Is what was printed still this person's, whose name or birth may have been corrected since?

    Raises NotFound, Refusal as `rules/certificate.require_own`.
    """
    row = certificates.find(visit_id)
    if row is None or row.body is None:
        raise NotFound("certificate")
    rules.require_own(rules.read(row.body), visits.get(visit_id).person.identity)


def _given(by: Actor, visit_id: str) -> tuple[visits.Visit, certificates.Certificate]:
    visit = require_at_table(by, visit_id)
    row = certificates.find(visit.id)
    if row is None or row.stands is not CertificateState.GIVEN:
        raise Refusal("certificate_missing")
    return visit, row


def _refuse(by: Actor, now: Moment, row: certificates.Certificate, reason: str) -> str:
    row.state, row.reason = CertificateState.REFUSED, reason
    row.attempts, row.next_at, row.answered_at = row.attempts + 1, None, now.at
    audit.add(by, now, "certificate.refused", row.id, reason=reason)
    topics.touch(topics.TABLES)
    return row.state
