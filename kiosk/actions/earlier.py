"""Doses that were given elsewhere, as a certificate says that somebody shows."""

from __future__ import annotations

from datetime import date

from kiosk import protocols
from kiosk.actions.day import find_day
from kiosk.rules import identity as rules
from kiosk.rules.actor import Actor
from kiosk.rules.codes import Certificate, Parsed
from kiosk.rules.moment import Moment
from kiosk.rules.words import EarlierSource, VisitState
from kiosk.store import audit, doses, people, scans, stations, topics, visits
from kiosk.store.columns import record

# Nobody had a COVID-19 vaccine before: a certificate that says so is misread.
FIRST_ON = date(2020, 12, 1)


def take_certificate(by: Actor, now: Moment, scan: scans.Scan, code: Parsed) -> int:
    """What a certificate says of the doses of whoever shows it, as far as we do not know it yet; how many were new.

    Part of the scan's own act; of any other code nothing is taken. The certificate must agree with who they are: its
    signature is unchecked, so it says what may have been given, never who this is. Not at a kiosk, where nobody of the
    staff sees who holds it. Of a day on which we know of a dose it says nothing new.
    """
    person = _holder(by, now, scan) if isinstance(code, Certificate) else None
    if person is None or not isinstance(code, Certificate) or not code.identity.name:
        return 0
    if not rules.agrees(person.identity, code):
        return 0
    known = {dose.given_on for dose in doses.history(person.id)}
    new = {dose.given_on: dose for dose in code.doses if dose.given_on and FIRST_ON <= dose.given_on < now.on}
    for given_on in sorted(new.keys() - known):
        row = doses.EarlierDose(
            person_id=person.id, visit_id=scan.visit_id, given_on=given_on, at=now.at,
            vaccine=protocols.vaccines().certified(new[given_on].product), place=new[given_on].issuer[:120],
            source=EarlierSource.CERTIFICATE,
        )  # fmt: skip
        record(row, now)
        audit.add(by, now, "dose.certified", row.id, vaccine=row.vaccine)
        topics.touch(topics.table(scan.station))
    return len(new.keys() - known)


def _holder(by: Actor, now: Moment, scan: scans.Scan) -> people.Person | None:
    """Whoever sits at this table; at a desk whom the certificate means."""
    day = find_day(now)
    visit = visits.find_at(day.id, by.station) if day else None
    if visit is not None and visit.stands is VisitState.AT_TABLE:
        return visit.person
    at_desk = stations.get(by.station).kind == "desk"
    return people.get(scan.person_id) if at_desk and scan.person_id else None
