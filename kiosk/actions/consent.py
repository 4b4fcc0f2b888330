"""The signed consent: whose must have been seen before the injection, and seeing it."""

from __future__ import annotations

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.table import require_at_table
from kiosk.errors import Refusal
from kiosk.rules import consent as rules
from kiosk.rules import family
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store import audit, clinic_days, consents, families, people, topics, visits
from kiosk.store.columns import record


def require_consent(visit: visits.Visit) -> None:
    """Raises Refusal `consent_missing` where the signed form must have been seen before the injection, and was not.

    It does not matter which screening form was used: whoever may be a child needs a guardian's signature.
    """
    if is_missing(visit):
        raise Refusal("consent_missing", field="consent")


def is_missing(visit: visits.Visit) -> bool:
    """Must the signed form still be seen (`protocols/consent.toml` says of whom)?"""
    minor = may_be_minor(visit)
    if not protocols.consent().is_due(minor=minor):
        return False
    seen = consents.find(visit.id)
    return seen is None or (minor and not seen.guardian_name)


def may_be_minor(visit: visits.Visit) -> bool:
    """May this person be under age on the visit's day?"""
    on = clinic_days.get(visit.clinic_day_id).on
    return family.may_be_minor(visit.person.identity, protocols.family(), on)


def list_guardians(visit: visits.Visit) -> list[rules.Guardian]:
    """Who may have signed for this child: the guardian they come with, then whoever signed for a brother or sister."""
    mine = families.find_guardian(visit.person_id)
    found = [rules.Guardian(mine.id, mine.name, mine.phone, mine.id, mine.id)] if mine else []
    for row in consents.list_of_siblings(visit):
        sibling = visits.get(row.visit_id).person_id
        one = rules.Guardian(row.id, row.guardian_name, row.guardian_phone, row.guardian_id, sibling)
        if not any((one.id and one.id == other.id) or (one.name, one.phone) == (other.name, other.phone)
                   for other in found):  # fmt: skip
            found.append(one)
    return found


@act
def note_consent(by: Actor, now: Moment, visit_id: str, seen: bool, guardian: str, name: str, phone: str) -> str:
    """The signed form is seen at the injection table, where the doctor's had nobody who was known to be a child.

    `guardian`: whoever of `list_guardians`, or `rules.consent.TYPED` with a name and a phone. Returns the visit's id.
    Raises Refusal `consent_missing`, `already_consented`, and as `keep`.
    """
    require_open_day(now)
    visit = require_at_table(by, visit_id, "dose")
    if not is_missing(visit):
        raise Refusal("already_consented")
    if not seen:
        raise Refusal("consent_missing", field="consent")
    keep(by, now, visit, rules.Said(seen, guardian, name, phone))
    topics.touch(topics.table(by.station))
    return visit.id


def keep(by: Actor, now: Moment, visit: visits.Visit, said: rules.Said) -> None:
    """Writes down the signed form that was seen, for acts that do it on the way. A visit has one: the newer stands.

    Raises Refusal `guardian_minor`, and as `rules.consent.require_guardian`.
    """
    minor, signed = may_be_minor(visit), rules.Guardian("", "")
    if minor:
        signed = rules.require_guardian(said, list_guardians(visit), visit.person.name)
    if signed.id and family.is_minor(people.get(signed.id).identity, protocols.family(), now.on):
        raise Refusal("guardian_minor", field="guardian", age=protocols.family().adult_age)
    row = consents.find(visit.id) or consents.Consent(visit_id=visit.id)
    row.version, row.at, row.by = protocols.consent().form(minor=minor), now.at, by.id
    row.guardian_id, row.guardian_name, row.guardian_phone = signed.id, signed.name, signed.phone
    if row.id is None:
        record(row, now)
    audit.add(by, now, "consent.seen", visit.id, guardian=signed.id or "", typed=signed.code == rules.TYPED)
