"""What the pages of what is still to be put right show: masked in the list, named for whoever has opened one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions.follow_up import is_done, may_close
from kiosk.errors import Refusal
from kiosk.rules.permissions import may
from kiosk.rules.person import birth_text, masked_name, masked_number
from kiosk.rules.words import FollowUpKind
from kiosk.store import follow_ups, people
from kiosk.store.follow_ups import FollowUp
from kiosk.web import number_shown, refusals, shown

A_PAGE = 50
# What the commune's health station puts right.
EXPORTED = (FollowUpKind.RECOVERED, FollowUpKind.NO_NUMBER)


def listed(kind: str, page: int) -> dict[str, Any]:
    """What pages/follow_up/follow_up.html needs: of the kind that is asked for, else of the first that has any."""
    counts = {each: follow_ups.count_open(each) for each in FollowUpKind}
    asked = FollowUpKind(kind) if kind in set(FollowUpKind) else max(FollowUpKind, key=lambda each: counts[each] > 0)
    pages = max(1, -(-counts[asked] // A_PAGE))
    page = min(max(1, page), pages)
    return {
        "kinds": [
            {"words": shown.say(f"follow_up.kind.{each}"), "n": n, "current": each is asked,
             "url": url_for("follow_up.page", kind=each)}
            for each, n in counts.items()
        ],
        "title": shown.say(f"follow_up.kind.{asked}"),
        "what": shown.say(f"follow_up.what.{asked}"),
        "rows": [_row(row) for row in follow_ups.list_open(asked, skip=(page - 1) * A_PAGE, limit=A_PAGE)],
        "page": page,
        "pages": pages,
        "page_url": lambda page: url_for("follow_up.page", kind=asked, page=page),
        "export_url": url_for("follow_up.export") if may(g.actor.role, "roster.manage") else None,
        "exported": sum(counts[each] for each in EXPORTED),
    }  # fmt: skip


def _row(row: FollowUp) -> dict[str, Any]:
    person = people.standing(row.person)
    return {
        "name": masked_name(person.name),
        "who": " · ".join(filter(None, [str(person.born_year or ""), shown.say(f"station.sex.{person.sex}")])),
        "reason": reason(row),
        "on": shown.clock().local(row.at).date(),
        "open_url": url_for("follow_up.open_person", id=row.id),
    }


def reason(row: FollowUp) -> str:
    """Why it is open, in words."""
    identity = protocols.identity()
    known = (*protocols.steps().skip_reasons, *identity.no_number, *identity.overrides)
    words = {each.code: each.label(g.language) for each in known}
    if row.kind == FollowUpKind.RECOVERED:
        return shown.say("follow_up.recovered.listed" if row.reason == "listed" else "follow_up.recovered.said")
    return words.get(row.reason, "")


def one(row: FollowUp, given: MultiDict[str, str], wrong: Mapping[str, str]) -> dict[str, Any]:
    """What pages/follow_up/one.html needs."""
    person, numberless = people.standing(row.person), row.kind == FollowUpKind.NO_NUMBER
    by, twice = shown.colleague(row.by), refusals.sentence(Refusal("number_on_other_row"))
    facts = {
        "station.number": masked_number(person.number or "") or shown.say("station.number.none"),
        "follow_up.old_number": masked_number(person.old_number),
        "follow_up.phone": person.phone,
        "station.address": person.address,
        "follow_up.reason": reason(row),
        "follow_up.note": row.note,
        "follow_up.since": shown.say("follow_up.since.by", on=f"{shown.clock().local(row.at):%d/%m/%Y}", staff=by),
    }
    return {
        "title": shown.say(f"follow_up.kind.{row.kind}"),
        "what": shown.say(f"follow_up.what.{row.kind}"),
        "name": person.name,
        "who": shown.who(person.identity),
        "facts": [(shown.say(code), words) for code, words in facts.items() if words],
        "number": number_shown.asked(person, given, wrong) if numberless else None,
        "note": given.get("note", "")[:200],
        "closed": is_done(row),
        "alike_url": url_for("alike.page") if may(g.actor.role, "person.merge") and twice in wrong.values() else None,
        "wrong": wrong,
        "close_url": url_for("follow_up.close", id=row.id) if may_close(g.actor.role, row) else None,
        "back_url": url_for("follow_up.page", kind=row.kind),
    }


def sheet_rows() -> list[dict[str, str]]:
    """Everybody whom the commune's health station is to look after, one row for each thing."""
    return [_cells(row) for row in follow_ups.list_open(*EXPORTED)]


def _cells(row: FollowUp) -> dict[str, str]:
    person = people.standing(row.person)
    return {
        "kind": shown.say(f"follow_up.kind.{row.kind}"),
        "name": person.name,
        "birth": birth_text(person.identity),
        "sex": shown.say(f"station.sex.{person.sex}"),
        "number": person.number or "",
        "old_number": person.old_number,
        "phone": person.phone,
        "address": person.address,
        "reason": reason(row),
        "since": f"{shown.clock().local(row.at):%d/%m/%Y}",
        "note": row.note,
    }
