"""A family at the kiosk: who came with whoever holds the card, the numbers they got, and their papers."""

from __future__ import annotations

from flask import request

from kiosk.rules.person import masked_name
from kiosk.rules.words import CodeKind, VisitState
from kiosk.store import clinic_days, families, scans, visits

# So many fit on the screen; whoever is left is asked about when the card is held up again.
MOST = 9


def of_card(scan: scans.Scan) -> list[tuple[str, str]]:
    """Who may get a number with this card, (id, masked name and birth year), the guardian first; [] for one alone.

    A ticket leads to its number and nowhere else.
    """
    day = clinic_days.find_open()
    if day is None or scan.person_id is None or scan.kind == CodeKind.TICKET:
        return []
    family = families.find(scan.person_id, day)
    if not family.companions:
        return []
    may_come = {one.person.id for one in (family.holder, *family.companions) if one.awaited}
    those = [one.person for one in family.together if one.person.id in may_come]
    return [(one.id, f"{masked_name(one.name)} · {one.born_year or '–'}") for one in those][:MOST]


def ticked() -> list[str]:
    """The ids that the form carries: ticked just now, or on an earlier screen."""
    carried = request.form.get("members", "")
    return (carried.split(",") if carried else request.form.getlist("member"))[:MOST]


def in_address() -> list[str]:
    """The ids that the address of a screen after the form carries."""
    return request.args.getlist("member")[:MOST]


def numbers(visit: visits.Visit) -> list[tuple[str, str]]:
    """(number, masked name) of everybody of a family who is here today, lowest number first; [] for one alone."""
    those = sorted(_here(visit), key=lambda each: (each.series, each.n))
    return [(each.label, masked_name(each.person.name)) for each in those] if len(those) > 1 else []


def together(visit: visits.Visit) -> list[visits.Visit]:
    """The visits whose numbers were given at one touch, this one among them, in the order of their papers."""
    same = [each for each in _here(visit) if each.checked_in_at == visit.checked_in_at] or [visit]
    return sorted(same, key=lambda each: each.seq)


def _here(visit: visits.Visit) -> list[visits.Visit]:
    day = clinic_days.get(visit.clinic_day_id)
    family = families.find(visit.person_id, day)
    found = [one.visit for one in family.together if one.visit]
    return [each for each in found if each.id == visit.id or each.stands is not VisitState.LEFT]
