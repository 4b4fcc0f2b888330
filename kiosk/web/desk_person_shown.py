"""Somebody whom this session has opened: who they are, their number and place, or the form that gives one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from flask import g, request

from kiosk import protocols
from kiosk.actions import arriving
from kiosk.errors import Refusal
from kiosk.rules.arrival import When
from kiosk.rules.words import StandbyState
from kiosk.store import clinic_days, families, people, rosters, standby, visits
from kiosk.web import (
    approval_shown,
    desk_line_shown,
    desk_shown,
    family_shown,
    identity_shown,
    number_shown,
    recovered_shown,
    refusals,
    shown,
    standby_shown,
)


def person(id: str, needs: dict[str, Any]) -> dict[str, Any]:
    """What partials/desk/person.html needs; `needs`: what differs. Raises NotFound for whom nobody here has opened."""
    row, day = desk_shown.require_opened(id), clinic_days.find_open()
    visit = visits.find(day.id, id) if day else None
    entry, let_in = rosters.find_entry(id, g.now.on), standby_shown.word(id)
    needs = {
        "refusal": None,
        "approval": approval_shown.asked(),
        "groups": shown.declaration_groups(but=unasked(row)),
        "check_in_key": str(uuid4()),
        "ticked": None,
        "member_refusal": None,
        "anyway": False,
    } | needs
    members = family_shown.members(row, day, needs["ticked"])
    needs = {"early": early([row.id, *(one["id"] for one in members)], day)} | needs
    line = desk_line_shown.place(visit) | desk_line_shown.acts(visit)
    return line | desk_shown.slips(id) | family_shown.family(row, day) | {
        "row": row,
        "who": shown.who(row.identity),
        "day": day,
        "number": " ".join(re.findall("...", row.number or "")),
        "document": desk_shown.document(row),
        "warning": number_shown.warning(row.identity),
        "entry": entry,
        "visit": visit,
        "identity": identity_shown.badge(visit) if visit else None,
        "let_in": let_in,
        "spoken_for": None if visit else _spoken_for(row, day, entry, called=let_in is not None),
        "waits_here": None if visit else waits_here(row.id, day),
        "check_in_url": desk_shown.url("check_in_by_hand", id=id),
        "members": members,
        "recovered": recovered_shown.is_marked(id),
        "recovered_url": desk_shown.url("mark_recovered", id=id),
    } | needs  # fmt: skip


def unasked(row: people.Person) -> frozenset[str]:
    """Groups of the declaration that nobody need answer who may be checked in on this person's page."""
    found = [
        arriving.unasked(g.now, one, rosters.find_entry(one.id, g.now.on), brings=False)
        for one in families.list_of(row.id)
    ]
    return frozenset.intersection(*found)


def early(
    ids: Sequence[str], day: clinic_days.ClinicDay | None, chosen: str = "", refusal: str | None = None
) -> dict[str, Any] | None:
    """Why somebody of these may be let in before their time: reasons to choose from; None where nobody is too early."""
    local, protocol = shown.clock().local(g.now.at), protocols.queue()
    entries = [rosters.find_entry(id, g.now.on) for id in ids if day and visits.find(day.id, id) is None]
    begins = [one.slot_from for one in entries if one and one.slot_from and arriving.when(one, local) is When.EARLY]
    if not begins:
        return None
    reasons = [(each.code, each.label(g.language), each.code == chosen) for each in protocol.early]
    said = shown.say("desk.early", time=f"{min(begins):%H:%M}", n=protocol.early_minutes)
    return {"reasons": reasons, "refusal": refusal, "sentence": said}


def _spoken_for(
    row: people.Person, day: clinic_days.ClinicDay | None, entry: rosters.RosterEntry | None, *, called: bool
) -> str | None:
    """The sentence with the figures, where no dose is left for this person; None: they may get a number."""
    if day is None:
        return None
    promised = called or bool(entry and entry.approved)
    try:
        arriving.require_dose(g.now, shown.clock().local(g.now.at), day, row, promised=promised)
    except Refusal as refusal:
        return refusals.sentence(refusal)
    return None


def waits_here(person_id: str, day: clinic_days.ClinicDay | None) -> str | None:
    """Since when this person waits at the site for a dose, as a sentence; None for whoever does not."""
    call = standby.find_newest(day.id, person_id) if day else None
    if call is None or call.said is not StandbyState.HERE:
        return None
    return shown.say("standby.waits_here", time=shown.at(call.at), by=shown.colleague(call.by))


def refused(
    row: people.Person, refusal: Refusal, ticked: Sequence[str], wrong: dict[str, str], key: str
) -> dict[str, Any]:
    """The form again as it was sent, with the sentence beside the field that it is about."""
    said, field, word = refusals.sentence(refusal), refusal.field, approval_shown.read()
    entry = rosters.find_entry(row.id, g.now.on)
    off_list = row.id in ticked and not (entry and entry.approved) and standby_shown.word(row.id) is None
    about_word = refusal if field in approval_shown.FIELDS else approval_shown.lacking(*word) if off_list else None
    day, chosen = clinic_days.find_open(), request.form.get("early", "")
    too_early = early([row.id, *ticked], day, chosen, said if field == "early" else None)
    beside = (*approval_shown.FIELDS, "member", *(("early",) if too_early else ()))
    spoken = {"spoken_for": said} if refusal.code == "doses_spoken_for" and ticked == [row.id] else {}
    return spoken | {
        "groups": shown.declaration_groups(request.form, wrong, unasked(row)),
        "check_in_key": key,
        "ticked": ticked,
        "approval": approval_shown.asked(*word, about_word),
        "early": too_early,
        "member_refusal": said if field == "member" else None,
        "refusal": None if wrong or spoken or field in beside else said,
        "anyway": "anyway" in request.form or refusal.code == "doses_spoken_for",
    }
