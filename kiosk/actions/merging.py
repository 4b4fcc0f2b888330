"""The same person twice: looking at both, making them one, taking that back, and saying that they are two.

Nothing is moved. The row that goes leads to the one that stays, and what is written of either is read as one person's.
"""

from __future__ import annotations

from kiosk.actions.act import act
from kiosk.errors import NotFound, Refusal
from kiosk.rules import alike as rules
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store import alike, audit, clinic_days, families, merges, openings, people, topics, visits
from kiosk.store.columns import record


@act
def open_pair(by: Actor, now: Moment, one_id: str, other_id: str) -> list[str]:
    """Opens both for this session; returns their ids. Raises NotFound, Refusal `already_one`."""
    pair = _require_two(one_id, other_id)
    for person in pair:
        openings.put(by.session, person.id, now)
    ids = [person.id for person in pair]
    audit.add(by, now, "people.compared", ids[0], other=ids[1])
    return ids


@act
def merge(by: Actor, now: Moment, kept_id: str, gone_id: str) -> str:
    """Both rows are one person, and `kept_id` stands for them; returns the merge's id.

    Raises Refusal `already_one`; `two_numbers` (two personal numbers that differ in more than a digit), `not_alike`
    (nothing speaks for it), `guardian_of_other`; `numberless_kept` (field `kept`: a row without a number cannot stand
    for one that has it); `both_have_visits` (each has a number on the day that is open: two people may be walking).
    """
    kept, gone = _require_two(kept_id, gone_id)
    _require_alike(kept, gone)
    day = clinic_days.find_open()
    labels = [found.label for one in (kept, gone) if day and (found := visits.find(day.id, one.id))]
    if len(labels) == 2:
        raise Refusal("both_have_visits", one=labels[0], other=labels[1])
    row = merges.Merge(kept_id=kept.id, gone_id=gone.id, at=now.at, by=by.id)
    record(row, now)
    merges.lead_to(kept.id, gone.id)
    audit.add(by, now, "people.merged", row.id, kept=kept.id, gone=gone.id)
    topics.touch(topics.DESK)
    return row.id


def _require_two(one_id: str, other_id: str) -> tuple[people.Person, people.Person]:
    one, other = people.get(one_id), people.get(other_id)
    if one.id == other.id:
        raise Refusal("already_one")
    return one, other


def _require_alike(kept: people.Person, gone: people.Person) -> None:
    stays, goes = alike.known(kept), alike.known(gone)
    if rules.is_two(stays, goes):
        raise Refusal("two_numbers")
    guardians = {one.id for row in (kept, gone) if (one := families.find_guardian(row.id))}
    if guardians & {kept.id, gone.id}:
        raise Refusal("guardian_of_other")
    if not rules.likenesses(stays, goes):
        raise Refusal("not_alike")
    if not rules.may_stay(stays, goes):
        raise Refusal("numberless_kept", field="kept")


@act
def undo_merge(by: Actor, now: Moment, merge_id: str) -> str:
    """They are two people after all; returns the merge's id. What happened since stays with the one who was kept.

    Raises NotFound, Refusal `merge_undone`.
    """
    row = merges.get(merge_id)
    if row.undone_at is not None:
        raise Refusal("merge_undone")
    row.undone_at, row.undone_by = now.at, by.id
    merges.part(row)
    audit.add(by, now, "people.parted", row.id, kept=row.kept_id, gone=row.gone_id)
    topics.touch(topics.DESK)
    return row.id


@act
def keep_apart(by: Actor, now: Moment, one_id: str, other_id: str) -> list[str]:
    """Somebody has looked: these are two people, and nobody is asked again; returns their ids.

    Raises NotFound, Refusal `already_one`.
    """
    one, other = _require_two(one_id, other_id)
    if merges.find_apart(one.id, other.id) is None:
        merges.add_apart(one.id, other.id, now.at, by.id)
    audit.add(by, now, "people.kept_apart", one.id, other=other.id)
    return [one.id, other.id]


@act
def look_again(by: Actor, now: Moment, one_id: str, other_id: str) -> list[str]:
    """That they are two people was said too soon: the pair is proposed again. Raises NotFound when nobody said so."""
    row = merges.find_apart(one_id, other_id)
    if row is None:
        raise NotFound("apart")
    merges.forget_apart(row)
    audit.add(by, now, "people.looked_at_again", row.one_id, other=row.other_id)
    return [row.one_id, row.other_id]
