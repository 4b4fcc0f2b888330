"""Somebody whom no list expects: found among those we know, or added."""

from __future__ import annotations

from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.document import Document
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity, name_key
from kiosk.rules.words import DocumentKind, Sex
from kiosk.store import audit, people


def meet(by: Actor, now: Moment, identity: Identity, document: Document, *, somebody_else: bool) -> people.Person:
    """The person by their number or the `document` that they show, else added; within an act.

    Raises Refusal `sex_odd`, `number_of_another` (the number belongs to somebody of another name or birth year), and
    `person_alike` when somebody of that name and year is known, unless the volunteer has said that this is
    `somebody_else`: two people must not become one unseen.
    """
    if identity.sex is Sex.UNKNOWN:
        raise Refusal("sex_odd", field="sex")
    person = _find_known(identity, document)
    if person is not None:
        return person
    alike = people.list_alike(identity)
    if alike and not somebody_else:
        raise Refusal("person_alike", field="somebody_else", n=len(alike))
    person = people.add(identity, document)
    audit.add(by, now, "person.added", person.id, numbered=bool(identity.number), alike=len(alike),
              document=document.kind)  # fmt: skip
    return person


def _find_known(identity: Identity, document: Document) -> people.Person | None:
    """By the number of a document. Two offices may have given out one old card's number: only its owner is found."""
    person = people.find_by_number(identity.number) if identity.number else None
    known = [person] if person else people.list_by_document(document)
    named = (name_key(identity.name), identity.born_year)
    found = next((one for one in known if (one.name_key, one.born_year) == named), None)
    if known and found is None and document.kind is not DocumentKind.OLD_CARD:
        raise Refusal("number_of_another", field="number")
    return found
