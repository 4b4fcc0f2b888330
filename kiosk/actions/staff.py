"""Who works here: added, changed, a lost badge, a forgotten PIN, gone and back again."""

from __future__ import annotations

import secrets
from datetime import date

from argon2 import PasswordHasher

from kiosk.actions.act import act
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import name_key, require_name
from kiosk.rules.staff import (
    BADGE_LENGTH,
    BADGE_SIGNS,
    badge_of,
    require_badge,
    require_licence,
    require_pin,
    require_role,
    works_on,
)
from kiosk.rules.words import Role
from kiosk.store import audit, staff, topics

# 19 MiB, two passes: about 30 ms on a desktop core; the library's default would take a Pi most of a second.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def add_staff(
    by: Actor, now: Moment, key: str, name: str, role: str, badge: str, pin: str, licence: str = "",
    until: date | None = None,
) -> str:  # fmt: skip
    """Adds a member of staff; returns their id. `badge`: "" has the machine make a code. `until`: their last day.

    Raises Refusal `role_odd`, `badge_taken`, `badge_odd`, `pin_odd`, `pin_trivial`, `licence_odd`, `last_day_odd`,
    `name_missing`, `name_odd`. The PIN is hashed before the transaction, which nobody shall wait for.
    """
    require_role(role)
    return _add(by, now, key, name, role, badge, HASHER.hash(require_pin(pin)), licence, until)


@act
def _add(
    by: Actor, now: Moment, name: str, role: str, badge: str, pin_hash: str, licence: str, until: date | None
) -> str:
    code = require_badge(badge) if badge else _new_badge()
    if staff.is_taken(code):
        raise Refusal("badge_taken", field="badge")
    _require_to_come(until, now)
    full = require_name(name)
    row = staff.Staff(
        name=full, name_key=name_key(full), badge=code, pin_hash=pin_hash, role=role, failures=0,
        licence=require_licence(licence), valid_until=until, added_at=now.at,
    )  # fmt: skip
    staff.add(row)
    audit.add(by, now, "staff.added", row.id, role=role, until=str(until or ""))
    return row.id


def _require_to_come(until: date | None, now: Moment) -> None:
    if until is not None and until < now.on:
        raise Refusal("last_day_odd", field="until")


def _new_badge() -> str:
    """A code that nobody has or ever had."""
    while True:
        code = badge_of("".join(secrets.choice(BADGE_SIGNS) for _ in range(BADGE_LENGTH)))
        if code and not staff.is_taken(code):
            return code


@act
def change_staff(
    by: Actor, now: Moment, id: str, name: str, role: str, licence: str, until: date | None
) -> list[str]:  # fmt: skip
    """Corrects what is known of a colleague; returns the names of the fields that changed.

    What their new role may do counts from their next request on. Raises NotFound, Refusal `last_site_lead` and as
    `add_staff`.
    """
    row, full = _here(id), require_name(name)
    before = {"name": row.name, "role": row.role, "licence": row.licence, "until": row.valid_until}
    after = {"name": full, "role": require_role(role).value, "licence": require_licence(licence), "until": until}
    changes = sorted(each for each, worth in after.items() if before[each] != worth)
    if "until" in changes:
        _require_to_come(until, now)
    if {"role", "until"} & set(changes) and (role != Role.SITE_LEAD or until is not None):
        _require_another_lead(row, now, "role" if "role" in changes else "until")
    was = row.role
    row.name, row.name_key, row.role = full, name_key(full), role
    row.licence, row.valid_until = require_licence(licence), until
    audit.add(by, now, "staff.changed", row.id, fields=changes, was=was, role=role, until=str(until or ""))
    topics.touch(topics.TABLES)
    return changes


def _here(id: str) -> staff.Staff:
    """Somebody who was not taken out. Raises NotFound."""
    row = staff.get(id)
    if not row.active:
        raise NotFound("staff")
    return row


def _require_another_lead(row: staff.Staff, now: Moment, field: str | None = None) -> None:
    """Somebody must stay who can let everybody else in. Raises Refusal `last_site_lead`."""
    if row.works_as is Role.SITE_LEAD and works_on(row, now.on) and not staff.count_other_leads(row.id):
        raise Refusal("last_site_lead", field=field)


@act
def replace_badge(by: Actor, now: Moment, id: str) -> str:
    """A lost badge: its code stops at once; returns the id of whose new one can be printed.

    Sessions go on: a badge alone opens none. Raises NotFound.
    """
    row = _here(id)
    row.badge = _new_badge()
    audit.add(by, now, "staff.badge_replaced", row.id)
    return row.id


def reset_pin(by: Actor, now: Moment, key: str, id: str, pin: str) -> int:
    """The colleague has typed a new PIN; wrong ones are forgotten. Ends their sessions and returns how many.

    Whoever resets their own stays signed in here. Raises NotFound, Refusal `pin_odd`, `pin_trivial`. The PIN is hashed
    before the transaction.
    """
    return _set_pin(by, now, key, id, HASHER.hash(require_pin(pin)))


@act
def _set_pin(by: Actor, now: Moment, id: str, pin_hash: str) -> int:
    row = _here(id)
    row.pin_hash, row.failures, row.locked_until = pin_hash, 0, None
    ended = _end_sessions(by, now, row)
    audit.add(by, now, "staff.pin_reset", row.id, sessions=ended)
    return ended


def _end_sessions(by: Actor, now: Moment, row: staff.Staff) -> int:
    """Ends every session of theirs but the one that does it."""
    others = [each for each in staff.list_open_sessions(row.id) if each.id != by.session]
    for session in others:
        session.ended_at = now.at
    return len(others)


@act
def unlock(by: Actor, now: Moment, id: str) -> str:
    """Lets somebody try again before the time after too many wrong PINs is over; returns their id. Raises NotFound."""
    row = _here(id)
    row.failures, row.locked_until = 0, None
    audit.add(by, now, "staff.unlocked", row.id)
    return row.id


@act
def end_sessions(by: Actor, now: Moment, id: str) -> int:
    """Signs somebody out wherever they are signed in, but for this browser; returns how many sessions ended."""
    ended = _end_sessions(by, now, staff.get(id))
    audit.add(by, now, "staff.sessions_ended", id, sessions=ended)
    return ended


@act
def take_out(by: Actor, now: Moment, id: str) -> int:
    """They no longer work here: sessions end, and nobody is on duty by them. Returns how many sessions ended.

    Raises NotFound, Refusal `last_site_lead`.
    """
    row = _here(id)
    _require_another_lead(row, now)
    row.active = False
    ended = _end_sessions(by, now, row)
    audit.add(by, now, "staff.taken_out", row.id, sessions=ended)
    topics.touch(topics.TABLES)
    return ended


@act
def take_back(by: Actor, now: Moment, id: str, only_today: bool) -> str:
    """They work here again, with badge and PIN as before: today only, or until further notice. Returns their id.

    Raises NotFound, Refusal `last_site_lead` (of somebody who is here already).
    """
    row = staff.get(id)
    if only_today:
        _require_another_lead(row, now)
    row.active, row.valid_until = True, now.on if only_today else None
    audit.add(by, now, "staff.taken_back", row.id, until=str(row.valid_until or ""))
    topics.touch(topics.TABLES)
    return row.id
