"""What the pages of the list show: lists on their way and taken, the rows of one, and who is expected on a day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

from flask import g, url_for

from kiosk import protocols
from kiosk.actions import roster_export
from kiosk.rules.actor import OPERATOR
from kiosk.rules.person import birth_text, masked_name, masked_number
from kiosk.rules.words import RosterKind, RosterState, RowState, Sex
from kiosk.store import day_plans, expected, rosters, staged_rows
from kiosk.store.rosters import StagedRow
from kiosk.web import shown

A_PAGE = 50
LISTED = 30
PLANS = 20
# One tap approves of no more, so that it is done before somebody at the kiosk notices.
AT_ONCE = 500
# What needs a person's eye first.
TABS = (RowState.WRONG, RowState.CHANGED, RowState.NEW, RowState.DUPLICATE, RowState.SAME)
BUSY = (RosterState.WAITING, RosterState.READING, RosterState.LANDING)
COLOURS = {RosterState.LANDED: "right", RosterState.REVIEW: "look", RosterState.FAILED: "stop"}
SHOWS = ("", "unapproved", "special")


def lists() -> dict[str, Any]:
    """What partials/roster/lists.html needs: the days that are still to come, and the newest lists."""
    days = [
        {"on": row.on, "expected": row.expected, "unapproved": row.unapproved, "url": url_for("roster.day", on=row.on)}
        for row in expected.list_days(g.now.on)
    ]
    rows = [_listed(row) for row in expected.list_rosters(LISTED)]
    stamp = shown.stamp(days, rows)
    return {"days": days, "rosters": rows, "today": g.now.on, "lists_url": url_for("roster.page", stamp=stamp)}


def bringing() -> dict[str, Any]:
    """What the form that brings a list in needs; it suggests the next day that is prepared, else tomorrow."""
    prepared = [plan.on for plan in day_plans.list_newest(PLANS) if plan.on > g.now.on]
    on = min(prepared, default=g.now.on + timedelta(days=1))
    return {
        "on": f"{on:%d/%m/%Y}",
        "refusal": None,
        "field": None,
        "bring_url": url_for("roster.bring"),
        "blank_url": url_for("roster.blank"),
        "due_url": url_for("due.page"),
        "alike_url": url_for("alike.page"),
    }


def _listed(row: rosters.Roster) -> dict[str, Any]:
    counts = row.counts
    return {
        "name": _name(row),
        "url": url_for("roster.one", id=row.id),
        "at": row.landed_at or row.staged_at,
        "by": _who(row.landed_by or row.staged_by),
        "good": counts.get(RowState.NEW, 0) + counts.get(RowState.CHANGED, 0),
        "wrong": counts.get(RowState.WRONG, 0),
        **_standing(row),
    }


def _name(row: rosters.Roster) -> str:
    return row.file_name or shown.say(f"roster.kind.{row.kind}")


def _who(staff_id: str) -> str:
    if staff_id == OPERATOR.id:
        return shown.say("roster.by_command")
    return shown.colleague(staff_id) if staff_id else shown.say("desk.somebody")


def _standing(row: rosters.Roster) -> dict[str, Any]:
    """The state in words and colour."""
    state = "withdrawn" if row.withdrawn_at else row.state
    colour = "" if row.withdrawn_at else COLOURS.get(RosterState(row.state), "")
    return {"state": row.state, "words": shown.say(f"roster.state.{state}"), "colour": colour}


def one(row: rosters.Roster, show: str, page: int) -> dict[str, Any]:
    """What partials/roster/roster.html needs."""
    counts = {state: int(row.counts.get(state, 0)) for state in TABS}
    # What was taken is in the list of its day, no longer among the rows.
    open_tabs = TABS if row.state == RosterState.REVIEW else (RowState.WRONG, RowState.DUPLICATE)
    filled = [state for state in open_tabs if counts[state]] or [open_tabs[0]]
    chosen = RowState(show) if show in open_tabs else filled[0]
    readable = row.state in (RosterState.REVIEW, RosterState.LANDED)
    gone = _is_gone(row)
    pages = max(1, -(-counts[chosen] // A_PAGE))
    page = min(max(page, 1), pages)
    rows = expected.list_rows(row.id, chosen, (page - 1) * A_PAGE, A_PAGE) if readable and not gone else []
    needs = {
        "name": _name(row),
        "on": row.on,
        **_standing(row),
        "busy": row.state in BUSY,
        "done": row.done,
        "total": row.total,
        "at": row.landed_at or row.staged_at,
        "by": _who(row.landed_by or row.staged_by),
        "withdrawn": row.withdrawn_at,
        "reviewed": row.kind != RosterKind.SURVEY and readable,
        "tabs": [_tab(row, state, counts[state], state is chosen, state in open_tabs and not gone) for state in TABS],
        "good": counts[RowState.NEW] + counts[RowState.CHANGED],
        "same": counts[RowState.SAME],
        "seen": {f"{state}": counts[state] for state in (RowState.NEW, RowState.CHANGED)},
        "wrong": 0 if gone else counts[RowState.WRONG],
        "rows_gone": gone and not row.withdrawn_at and any(counts[state] for state in open_tabs),
        "rows": [_row(each) for each in rows],
        "chosen": f"{chosen}",
        "page": page,
        "pages": pages,
        "failure": _failure(row),
        "dates": _dates(row),
        "refusal": None,
    }
    stamp = shown.stamp(needs)
    urls = {act: url_for(f"roster.{end}", id=row.id) for act, end in _ACTS.items()}
    return needs | {
        "urls": urls,
        "page_url": lambda n: url_for("roster.one", id=row.id, show=chosen, page=n),
        "lists_page_url": url_for("roster.page"),
        "roster_url": url_for("roster.one", id=row.id, show=show or None, page=page, stamp=stamp),
    }


def _is_gone(row: rosters.Roster) -> bool:
    """Do the rows that did not land lie aside no longer?"""
    landed_at = row.landed_at or g.now.at
    return row.withdrawn_at is not None or landed_at <= g.now.at - staged_rows.KEPT


_ACTS = {"land": "land", "drop": "drop", "withdraw": "withdraw", "wrong": "export_wrong"}


def _tab(row: rosters.Roster, state: RowState, n: int, current: bool, opens: bool) -> dict[str, Any]:
    url = url_for("roster.one", id=row.id, show=state) if opens and n else None
    return {"words": shown.say(f"roster.row.{state}"), "n": n, "url": url, "current": current and bool(url)}


def _row(row: StagedRow) -> dict[str, Any]:
    """A row of the file: whom it is about, masked, and what has to be said of which cell."""
    year = re.search(r"(?:19|20)\d{2}", row.cells.get("birth", ""))
    return {
        "line": row.line,
        "name": masked_name(row.cells.get("name", "")),
        "born": year[0] if year else "",
        "reasons": [
            {"column": title, "why": why, "cell": cell if row.state == RowState.WRONG else ""}
            for title, why, cell in roster_export.worded(row, shown.say)
        ],
    }


def _failure(row: rosters.Roster) -> str | None:
    """Why the whole file cannot be taken."""
    if not row.refusal:
        return None
    return shown.say(f"refusal.{row.refusal['code']}", **row.refusal.get("facts", {}))


def _dates(row: rosters.Roster) -> list[tuple[date, str]]:
    if row.state != RosterState.LANDED or row.withdrawn_at:
        return []
    return [(on, url_for("roster.day", on=on)) for on in expected.list_dates(row.id)]


def day(on: date, show: str, slot: str, page: int) -> dict[str, Any]:
    """What pages/roster/day.html needs. `slot`: when it begins, as `07:30`; "none" for whoever has none; "" for all."""
    slots, show = expected.count_slots(on), show if show in SHOWS else ""
    unapproved, everybody = sum(each.unapproved for each in slots), sum(each.expected for each in slots)
    only = [*_only(show), *_within(slot)]
    n = expected.count_of(on, *only) if only else everybody
    pages = max(1, -(-n // A_PAGE))
    page = min(max(page, 1), pages)
    found = expected.list_of(on, *only, offset=(page - 1) * A_PAGE, limit=A_PAGE)

    def url(**other: Any) -> str:
        chosen = {"show": show, "slot": slot} | other
        return url_for("roster.day", on=on, **{name: value for name, value in chosen.items() if value})

    return {
        "on": on,
        "today": on == g.now.on,
        "expected": everybody,
        "unapproved": unapproved,
        "at_once": min(AT_ONCE, unapproved),
        "special": sum(each.special for each in slots),
        "slots": [_slot(each, slot, url) for each in slots],
        "shows": [(shown.say(f"roster.day.show.{each or 'all'}"), url(show=each), each == show) for each in SHOWS],
        "people": [_expected(person, entry) for person, entry in found],
        "n": n,
        "page": page,
        "pages": pages,
        "page_url": lambda nth: url(page=nth),
        "lists_page_url": url_for("roster.page"),
        "approve_url": url_for("roster.approve", on=on, show=show or None, slot=slot or None, page=page),
        "sheet_url": url_for("roster.export_sheet", on=on),
        "phones_url": url_for("roster.export_phones", on=on),
    }


def _slot(each: expected.Filled, chosen: str, url: Callable[..., str]) -> dict[str, Any]:
    """A slot, and the page of those who are expected in it; once more leads back to all."""
    code = f"{each.slot[0]:%H:%M}" if each.slot[0] else "none"
    return {
        "words": roster_export.slot_text(each.slot) or shown.say("roster.day.no_slot"),
        "n": each.expected,
        "unapproved": each.unapproved,
        "current": code == chosen,
        "url": url(slot="" if code == chosen else code),
    }


def _only(show: str) -> list[Any]:
    return {"unapproved": [expected.unapproved()], "special": [expected.special()]}.get(show, [])


def _within(slot: str) -> list[Any]:
    if slot == "none":
        return [expected.without_slot()]
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", slot)
    return [expected.in_slot(time(int(found[1]), int(found[2])))] if found else []


def _expected(person: Any, entry: rosters.RosterEntry) -> dict[str, Any]:
    identity = person.identity
    sex = "" if identity.sex is Sex.UNKNOWN else shown.say(f"station.sex.{identity.sex}")
    born = str(identity.born_year or "") or birth_text(identity)
    return {
        "entry": entry.id,
        "name": masked_name(person.name),
        "who": " · ".join(part for part in (sex, born) if part),
        "number": masked_number(person.number or ""),
        "slot": roster_export.slot_text((entry.slot_from, entry.slot_until)),
        "group": shown.say("roster.group", group=entry.priority_group) if entry.priority_group else "",
        "special": _special(entry.special),
        "approved": entry.approved,
        "approved_by": shown.colleague(entry.approved_by) if entry.approved_by else "",
    }


def _special(code: str) -> str:
    group = protocols.priority().special(code)
    return code if group is None else group.en if g.language == "en" else group.vi
