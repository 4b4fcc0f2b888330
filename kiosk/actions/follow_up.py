"""What is still to be put right about somebody: noted at desk and table, closed by whoever has put it right."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.errors import NotAllowed, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.permissions import may, require_permission
from kiosk.rules.person import check_number, clean_text, require_number
from kiosk.rules.priority import RECOVERED
from kiosk.rules.words import DocumentKind, FollowUpKind, Role, VisitState
from kiosk.store import audit, clinic_days, corrections, follow_ups, people, rosters, topics, visits
from kiosk.store.columns import record

# Asked beside `follow_up.tend`.
CLOSES_RECOVERED = "recovered.close"
# The papers that say a personal number which is read off them and typed.
PAPERS = (DocumentKind.NATIONAL, DocumentKind.NOTICE)


@dataclass(frozen=True)
class Numbered:
    """What was said of a number that we do not have: typed off a paper, or the code of a reason why there is none.

    `sure`: whoever typed it has looked again at digits that do not fit the other fields.
    """

    typed: str = ""
    paper: str = ""
    reason: str = ""
    sure: bool = False


NOTHING_SAID = Numbered()


def note(
    by: Actor, now: Moment, person_id: str, visit_id: str | None, kind: FollowUpKind, reason: str, words: str = ""
) -> follow_ups.FollowUp:
    """Within an act: this is to be put right about this person. What is open already stays as it was noted."""
    row = follow_ups.find_open(person_id, kind)
    if row is None:
        row = follow_ups.FollowUp(person_id=person_id, visit_id=visit_id, kind=kind, reason=reason,
                                  note=clean_text(words)[:200], at=now.at, by=by.id)  # fmt: skip
        record(row, now)
        audit.add(by, now, "follow_up.noted", row.id, kind=kind, reason=reason, person=person_id)
    return row


def _close(by: Actor, now: Moment, row: follow_ups.FollowUp, words: str) -> None:
    row.closed_at, row.closed_by, row.closed_note = now.at, by.id, words
    audit.add(by, now, "follow_up.closed", row.id, kind=row.kind)


def learn_number(by: Actor, now: Moment, person: people.Person, said: Numbered, visit_id: str | None) -> None:
    """Within an act: the number that was typed off a paper becomes this person's.

    Raises Refusal `number_odd`, `number_zero_lost`, `number_paper_missing`, `number_of_another`, `number_on_other_row`
    (theirs as well, it seems: two rows are to be merged), and `number_unlikely` where birth year, sex or province speak
    against it, until whoever types it has looked again (`sure`).
    """
    number = require_number(said.typed)
    if said.paper not in PAPERS:
        raise Refusal("number_paper_missing", field="paper")
    owner = people.find_by_number(number)
    if owner is not None and owner.id != person.id:
        twice = (owner.name_key, owner.born_year) == (person.name_key, person.born_year)
        raise Refusal("number_on_other_row" if twice else "number_of_another", field="number")
    if not said.sure and check_number(number, person.identity, protocols.provinces(), now.on):
        raise Refusal("number_unlikely", field="number")
    row = corrections.Correction(person_id=person.id, visit_id=visit_id, document=said.paper,
                                 fields={"number": ["", number]}, at=now.at, by=by.id)  # fmt: skip
    person.number = number
    record(row, now)
    audit.add(by, now, "person.corrected", person.id, fields=["number"], document=said.paper)


def require_not_recovered(person_id: str) -> None:
    """Raises Refusal `recovered` while the commune's health station is to enter this person's doses.

    Gia Lai 628/CV-BCĐ, 4/11/2021, points 2 and 4: no dose of theirs is made here.
    """
    if follow_ups.find_open(person_id, FollowUpKind.RECOVERED):
        raise Refusal("recovered")


def note_listed(by: Actor, now: Moment, person_id: str, visit_id: str, entry: rosters.RosterEntry | None) -> None:
    """Within a check-in: what a list says of having recovered. Noted once: a doctor may take it back."""
    if entry is not None and entry.special == RECOVERED and not follow_ups.was_noted(person_id, FollowUpKind.RECOVERED):
        note(by, now, person_id, visit_id, FollowUpKind.RECOVERED, "listed")


@act
def mark_recovered(by: Actor, now: Moment, person_id: str, visit_id: str | None) -> str:
    """Desk or doctor: this person has recovered, the commune's health station enters their doses; the follow-up's id.

    Raises NotFound, NotAllowed.
    """
    require_permission(by.role, "recovered.mark")
    person = people.get(person_id)
    row = note(by, now, person.id, visit_id, FollowUpKind.RECOVERED, "said")
    audit.add(by, now, "person.marked_recovered", person.id)
    topics.touch(topics.TABLES, topics.DESK)
    return row.id


@act
def unmark_recovered(by: Actor, now: Moment, person_id: str, reason: str) -> str:
    """A doctor takes the mark back, with a reason; returns the person's id. Nothing marked: nothing happens.

    Raises NotFound, NotAllowed, Refusal `unmark_reason_missing`.
    """
    require_permission(by.role, "recovered.unmark")
    person, reason = people.get(person_id), clean_text(reason)[:200]
    if not reason:
        raise Refusal("unmark_reason_missing", field="unmark_reason")
    for row in follow_ups.list_open_of(person.id, FollowUpKind.RECOVERED):
        _close(by, now, row, reason)
    audit.add(by, now, "person.unmarked_recovered", person.id)
    topics.touch(topics.TABLES, topics.DESK)
    return person.id


@act
def close(by: Actor, now: Moment, follow_up_id: str, words: str, number: Numbered = NOTHING_SAID) -> str:
    """It has been put right: how, in a few words, or the number that was found; returns the follow-up's id.

    Raises NotFound, NotAllowed (`may_close`), Refusal `follow_up_closed`, `closing_note_missing`, `recovered_here` (a
    dose would be given to whom only a doctor may let have one), and as `learn_number`.
    """
    row, words = follow_ups.get(follow_up_id), clean_text(words)[:200]
    if not may_close(by.role, row):
        raise NotAllowed(CLOSES_RECOVERED)
    if is_done(row):
        raise Refusal("follow_up_closed")
    if row.kind == FollowUpKind.RECOVERED:
        _require_gone(row.person_id)
    if row.kind == FollowUpKind.NO_NUMBER and number.typed.strip():
        learn_number(by, now, people.get(row.person_id), number, None)
    elif not words:
        raise Refusal("closing_note_missing", field="note")
    _close(by, now, row, words)
    topics.touch(topics.TABLES, topics.DESK)
    return row.id


def may_close(role: Role, row: follow_ups.FollowUp) -> bool:
    """Whoever closes that somebody has recovered lets them have doses here again: the lead, once theirs are entered."""
    return row.kind != FollowUpKind.RECOVERED or may(role, CLOSES_RECOVERED)


def is_done(row: follow_ups.FollowUp) -> bool:
    """Has somebody closed it, or the number that was missing come by another way?"""
    learned = row.kind == FollowUpKind.NO_NUMBER and people.get(row.person_id).number
    return row.closed_at is not None or bool(learned)


def _require_gone(person_id: str) -> None:
    day = clinic_days.find_open()
    visit = visits.find(day.id, person_id) if day else None
    if visit is not None and visit.stands is not VisitState.LEFT:
        raise Refusal("recovered_here", number=visit.label)


@act
def export(by: Actor, now: Moment, kinds: list[str], rows: int) -> int:
    """Whoever these follow-ups are about leaves the site as a sheet for the commune's health station; how many rows."""
    audit.add(by, now, "follow_up.exported", kinds=kinds, rows=rows)
    return rows
