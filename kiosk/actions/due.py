"""People whose next dose is due become a list to look at: it lands as every list does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import birth_text
from kiosk.rules.words import RosterKind, RosterState, RowState, Sex
from kiosk.store import audit, due, rosters, staged_rows, topics
from kiosk.store.columns import new_id

# A site gives a few hundred doses a day; the write must be over before anybody at a kiosk notices.
MOST = 1_000


@act
def stage_due(by: Actor, now: Moment, on: date, people: Sequence[due.Due]) -> str:
    """Puts these people on a new list for this day, to be looked at before it counts; the list's id.

    Raises Refusal `due_day` (a day that is past), `due_nobody`, `due_too_many` (most).
    """
    if on < now.on:
        raise Refusal("due_day", field="on")
    if len(people) > MOST:
        raise Refusal("due_too_many", field="most", most=MOST)
    ids = [one.person_id for one in people]
    expected, groups = rosters.expected_among(ids, on), due.list_groups(ids)
    people = [one for one in people if one.person_id not in expected]
    if not people:
        raise Refusal("due_nobody", field="on")
    counts = {state.value: 0 for state in RowState} | {RowState.NEW.value: len(people)}
    row = rosters.Roster(
        id=new_id(), kind=RosterKind.DUE, file_name="", on=on, state=RosterState.REVIEW, done=len(people),
        total=len(people), counts=counts, staged_at=now.at, staged_by=by.id,
    )  # fmt: skip
    rosters.add(row)
    staged_rows.put([_row(row.id, line, one, on, groups) for line, one in enumerate(people, 1)])
    audit.add(by, now, "roster.staged", row.id, kind=RosterKind.DUE, rows=len(people))
    topics.touch(topics.ROSTERS)
    return row.id


def _row(roster_id: str, line: int, one: due.Due, on: date, groups: Mapping[str, str]) -> dict[str, object]:
    cells = _cells(one) | {
        "number_in_list": str(line), "group": groups.get(one.person_id, ""), "on": f"{on:%d/%m/%Y}",
    }  # fmt: skip
    return {
        "roster_id": roster_id, "line": line, "state": RowState.NEW, "reasons": [], "who": "",
        "cells": {code: cell for code, cell in cells.items() if cell}, "person_id": one.person_id,
    }  # fmt: skip


def _cells(one: due.Due) -> dict[str, str]:
    """What we know of them, as the ministry's sheet has it."""
    who, begun = one.identity, one.begun
    named = {vaccine.code: vaccine.name for vaccine in protocols.vaccines().vaccines}
    cells = {
        "name": who.name,
        "birth": birth_text(who),
        "sex": {Sex.MALE: "0", Sex.FEMALE: "1"}.get(who.sex, ""),
        "number": who.number or who.old_number or one.other_number,
        "phone": one.phone,
        "insurance": one.insurance,
        "workplace": one.workplace,
        "address": who.address,
        "vaccine_1": named.get(begun.first, begun.first),
        "date_1": f"{one.first_on:%d/%m/%Y}",
    }
    if begun.doses == 2:
        last = begun.last
        cells |= {"vaccine_2": named.get(last.vaccine, last.vaccine), "date_2": f"{last.given_on:%d/%m/%Y}"}
    return cells
