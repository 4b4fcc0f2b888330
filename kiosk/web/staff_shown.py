"""What the staff pages show: who works here, and how each stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from flask import current_app, g, request, url_for

from kiosk import protocols
from kiosk.actions import printers
from kiosk.errors import NotFound
from kiosk.rules.printing import FINISHED
from kiosk.rules.staff import lacks_licence, works_on
from kiosk.rules.words import Role, SlipKind
from kiosk.store import day_plans, print_jobs, staff
from kiosk.web import shown

A_PAGE = 50
FOUND = 20
ROLES = [role for role in Role if role is not Role.DEVICE]


def colleagues() -> dict[str, Any]:
    """What partials/staff/colleagues.html needs: a page of whoever the address asks for."""
    gone, asked = request.args.get("gone") == "yes", request.args.get("role", "")
    role, searched = asked if asked in ROLES else "", "found" in request.args
    counts = {which: staff.count_by_role(g.now.on, gone=which) for which in (False, True)}
    n = counts[gone].get(role, 0) if role else sum(counts[gone].values())
    pages = 1 if searched else max(1, -(-n // A_PAGE))
    page = min(max(1, request.args.get("page", 1, int)), pages)
    found = request.args.getlist("found")[:FOUND]
    if searched:
        rows = staff.list_among(found)
    else:
        rows = staff.list_page(g.now.on, gone=gone, role=role, offset=(page - 1) * A_PAGE, limit=A_PAGE)
    which: dict[str, Any] = {
        "gone": "yes" if gone else None,
        "role": role or None,
        "found": found if searched else None,
    }
    listed, filters = _rows(rows), _filters(counts, gone, role, searched=searched)
    unlicensed = staff.count_unlicensed(g.now.on, protocols.staff().licensed)
    stamp = shown.stamp(listed, filters, page, pages, unlicensed)
    return {
        "colleagues": listed,
        "filters": filters,
        "searched": searched,
        "unlicensed": unlicensed,
        "page": page,
        "pages": pages,
        "page_url": lambda nth: url_for("staff.page", page=nth, **which),
        "colleagues_url": url_for("staff.page", page=page if page > 1 else None, **which, stamp=stamp),
    }


def _filters(
    counts: Mapping[bool, Mapping[str, int]], gone: bool, role: str, *, searched: bool
) -> list[tuple[str, int, str, bool]]:
    """(words, how many, address, is it this one): everybody, each role that somebody has, and whoever is gone."""
    here = counts[False]
    rows = [(shown.say("staff.all"), sum(here.values()), url_for("staff.page"), not (gone or role or searched))]
    rows += [
        (shown.say(f"station.role.{each}"), here[each], url_for("staff.page", role=each), role == each and not gone)
        for each in ROLES
        if here.get(each)
    ]
    away = sum(counts[True].values())
    return [*rows, (shown.say("staff.gone"), away, url_for("staff.page", gone="yes"), gone)] if away else rows


def _rows(rows: Collection[staff.Staff]) -> list[dict[str, Any]]:
    signed = {session.staff_id for session in staff.list_sessions_since(g.now.at - _idle())}
    posts: dict[str, list[str]] = {}
    for post in day_plans.list_postings(g.now.on):
        posts.setdefault(post.staff_id, []).append(shown.place(post.station))
    return [_row(row, row.id in signed, posts.get(row.id, [])) for row in rows]


def _row(row: staff.Staff, signed: bool, posts: Collection[str]) -> dict[str, Any]:
    here = works_on(row, g.now.on)
    return {
        "url": url_for("staff.colleague", id=row.id),
        "name": row.name,
        "role": shown.say(f"station.role.{row.role}"),
        "badge": row.badge,
        "licence": row.licence,
        "lacks_licence": here and lacks_licence(row, protocols.staff()),
        "until": _until(row),
        "here": here,
        "signed": signed and here,
        "posts": " · ".join(dict.fromkeys(posts)),
        "locked": here and row.locked_until is not None and row.locked_until > g.now.at,
    }


def _until(row: staff.Staff) -> str:
    """Until when they work here, in words."""
    if not row.active:
        return shown.say("staff.until.gone")
    if row.valid_until is None:
        return shown.say("staff.until.open")
    if row.valid_until == g.now.on:
        return shown.say("staff.until.today")
    code = "staff.until.day" if works_on(row, g.now.on) else "staff.until.over"
    return shown.say(code, on=f"{row.valid_until:%d/%m/%Y}")


def _idle() -> timedelta:
    """After so long a session is over."""
    return timedelta(minutes=current_app.config["SETTINGS"].hub.idle_minutes)


def one(row: staff.Staff) -> dict[str, Any]:
    """What the page of one colleague needs beside their badge and the forms."""
    since = g.now.at - _idle()
    sessions = [each for each in staff.list_open_sessions(row.id) if each.last_act_at >= since]
    posts = [shown.place(post.station) for post in day_plans.list_postings(g.now.on) if post.staff_id == row.id]
    namesakes = [each for each in staff.list_by_name(row.name_key) if each.id != row.id and works_on(each, g.now.on)]
    return {
        "colleague": _row(row, bool(sessions), posts),
        "sessions": [(each.opened_at, each.last_act_at, each.id == g.actor.session) for each in sessions],
        "namesakes": [(each.badge, shown.say(f"station.role.{each.role}")) for each in namesakes],
        "locked_until": row.locked_until,
        "itself": row.id == g.actor.id,
        "added_at": row.added_at,
        "for_today": row.role in protocols.staff().for_a_day,
    }


def badge(row: staff.Staff, paper: str) -> dict[str, Any]:
    """What partials/staff/badge.html needs. `paper`: the job of the badge that was just asked for, if any."""
    job = _asked(row, paper)
    slip = shown.paper(job) if job else None
    told = {"kind": slip["kind"] or "wait", "words": slip["words"]} if slip else None
    settled = job is None or job.stands in FINISHED
    stamp = shown.stamp(row.badge, told)
    return {
        "badge": row.badge,
        "picture_url": url_for("staff.picture", id=row.id),
        "printers": [(each.code, each.name(g.language)) for each in printers.list_printers()],
        "print_url": url_for("staff.print_badge", id=row.id),
        "asked": told,
        "badge_url": "" if settled else url_for("staff.colleague", id=row.id, paper=paper, stamp=stamp),
    }


def _asked(row: staff.Staff, paper: str) -> print_jobs.PrintJob | None:
    """The slip of this badge that the page asked for."""
    try:
        job = print_jobs.get(paper)
    except NotFound:
        return None
    return job if job.slip == SlipKind.BADGE and job.label == row.badge else None


def roles(chosen: str) -> list[dict[str, Any]]:
    """The roles to choose from: `licensed` and `for_a_day` say what the form asks of each."""
    known = protocols.staff()
    return [
        {
            "code": role.value,
            "words": shown.say(f"station.role.{role}"),
            "chosen": role.value == chosen,
            "licensed": role in known.licensed,
            "for_a_day": role in known.for_a_day,
        }
        for role in ROLES
    ]
