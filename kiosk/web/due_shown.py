"""What the page of people due a next dose shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import g, url_for

from kiosk import protocols
from kiosk.actions.due import MOST
from kiosk.rules.due import next_dose, windows
from kiosk.rules.person import masked_name, read_date
from kiosk.store import due

A_PAGE = 50
DAYS_AHEAD = 7
# Whoever types a later day has mistyped it.
A_YEAR = timedelta(days=366)
USUAL = 500


@dataclass(frozen=True)
class Asked:
    """What the page is about: a day (None where none was named that can be), a vaccine, `early`: the least interval."""

    on: date | None
    vaccine: str
    early: bool


def asked(given: Mapping[str, str]) -> Asked:
    """As the address or the form says; tomorrow where it says nothing."""
    typed = given.get("on", "").strip()[:20]
    on = read_date(typed) if typed else g.now.on + timedelta(days=1)
    known = {vaccine.code for vaccine in protocols.vaccines().vaccines}
    vaccine = given.get("vaccine", "")
    sound = on is not None and g.now.on <= on <= g.now.on + A_YEAR
    return Asked(on if sound else None, vaccine if vaccine in known else "", bool(given.get("early")))


def due_counts(on: date, early: bool) -> dict[str, dict[date, int]]:
    """How many people of each vaccine become due on which day, up to a week after `on`; earlier days are one: `on`."""
    counts: dict[str, dict[date, int]] = {}
    for begun, n in due.count_begun(g.now.on):
        dose = next_dose(protocols.vaccines(), begun)
        if dose is None:
            continue
        day = max(dose.earliest_on if early else dose.recommended_on, on)
        if day <= on + timedelta(days=DAYS_AHEAD):
            of_vaccine = counts.setdefault(dose.vaccine, {})
            of_vaccine[day] = of_vaccine.get(day, 0) + n
    return counts


def page_of(vaccine: str, on: date, early: bool, n: int, page: int) -> dict[str, Any]:
    """One page of the `n` people who are due for this vaccine."""
    due_now = windows(protocols.vaccines(), vaccine, on, early=early)
    pages = max(1, -(-n // A_PAGE))
    page = min(max(1, page), pages)
    rows = due.list_due(due_now, g.now.on, (page - 1) * A_PAGE, A_PAGE)
    return {"n": n, "page": page, "pages": pages, "people": [_shown(row) for row in rows]}


def needs(asked: Asked, page: int) -> dict[str, Any]:
    """What pages/due/due.html needs. Without a vaccine the one that most people wait for."""
    on = asked.on or g.now.on + timedelta(days=1)
    counts = due_counts(on, asked.early)
    ready = {code: days.get(on, 0) for code, days in counts.items()}
    vaccine = asked.vaccine or max(ready, key=lambda code: (ready[code], code), default="")
    nobody: dict[str, Any] = {"n": 0, "page": 1, "pages": 1, "people": []}
    shown_people = page_of(vaccine, on, asked.early, ready.get(vaccine, 0), page) if vaccine else nobody
    facts: dict[str, Any] = {"on": on.isoformat(), "early": "1" if asked.early else None}
    return shown_people | {
        "on": on,
        "early": asked.early,
        "vaccines": [
            {"name": named.name, "ready": ready[named.code], "current": named.code == vaccine,
             "later": [(day, n) for day, n in sorted(counts[named.code].items()) if day > on],
             "url": url_for("due.page", vaccine=named.code, **facts)}
            for named in protocols.vaccines().vaccines if named.code in counts
        ],
        "vaccine": protocols.vaccines().get(vaccine).name if vaccine else "",
        "facts": {"vaccine": vaccine, "on": on.isoformat()} | ({"early": "1"} if asked.early else {}),
        "most": min(shown_people["n"], USUAL),
        "at_once": MOST,
        "url": url_for("due.page"),
        "lists_page_url": url_for("roster.page"),
        "page_url": lambda page: url_for("due.page", vaccine=vaccine, page=page, **facts),
    }  # fmt: skip


def _shown(row: due.Due) -> dict[str, Any]:
    dose, last = next_dose(protocols.vaccines(), row.begun), row.begun.last
    return {
        "name": masked_name(row.identity.name),
        "year": row.identity.born_year or "",
        "number": dose.dose_number if dose else "",
        "last": last.given_on,
        "since": dose.recommended_on if dose else None,
    }
