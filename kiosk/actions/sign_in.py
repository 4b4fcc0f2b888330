"""Signing in and out."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import cache

from argon2.exceptions import VerificationError

from kiosk.actions.act import act
from kiosk.actions.site import HASHER, token_hash
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import name_key
from kiosk.rules.words import Role
from kiosk.store import audit, staff

# Before somebody is known, the act is the sign-in page's.
NOBODY = Actor("nobody", Role.DEVICE)


@cache
def _hash_of_nobody() -> str:
    return HASHER.hash(secrets.token_hex(8))


def _is_pin(pin_hash: str, pin: str) -> bool:
    try:
        return HASHER.verify(pin_hash, pin)
    except VerificationError:
        return False


def who_may(who: str, pin: str) -> tuple[list[str], list[str]]:
    """Ids of whom the badge code or name may mean, and of those whose PIN it is. Slow on purpose: before the act."""
    by_badge = staff.find_by_badge(who.strip().upper())
    found = [by_badge] if by_badge else staff.list_by_name(name_key(who)) if name_key(who) else []
    right = [row.id for row in found if _is_pin(row.pin_hash, pin)]
    if not found:
        _is_pin(_hash_of_nobody(), pin)  # an unknown name takes as long as a wrong PIN
    return [row.id for row in found], right


def require_known(
    by: Actor, now: Moment, found: list[str], right: list[str], attempts: int, lock_minutes: int
) -> staff.Staff:
    """The one member of staff who showed badge and PIN; within an act.

    Raises Refusal `sign_in_wrong`, or `sign_in_locked` after `attempts` wrong PINs in a row for `lock_minutes`.
    """
    rows = [staff.get(id) for id in found]
    open_ = [row for row in rows if row.locked_until is None or row.locked_until <= now.at]
    if rows and not open_:
        until = min(row.locked_until for row in rows if row.locked_until)
        minutes = int((until - now.at) / timedelta(minutes=1)) + 1
        audit.add(by, now, "sign_in.refused", rows[0].id, locked=True)
        raise Refusal("sign_in_locked", keep=True, n=minutes)
    match = next((row for row in open_ if row.id in right), None)
    if match is None:
        for row in open_:
            row.failures += 1
            if row.failures >= attempts:
                row.failures, row.locked_until = 0, now.at + timedelta(minutes=lock_minutes)
        audit.add(by, now, "sign_in.refused", open_[0].id if open_ else "")
        raise Refusal("sign_in_wrong", keep=True)
    match.failures, match.locked_until = 0, None
    return match


def sign_in(by: Actor, now: Moment, key: str, who: str, pin: str, token: str, attempts: int, lock_minutes: int) -> str:
    """Opens a session for the badge code or name `who`; returns its id; the browser keeps `token`.

    Raises as `require_known`.
    """
    return _enter(by, now, key, *who_may(who, pin), token, attempts, lock_minutes)


@act
def _enter(
    by: Actor, now: Moment, found: list[str], right: list[str], token: str, attempts: int, lock_minutes: int
) -> str:
    match = require_known(by, now, found, right, attempts, lock_minutes)
    session = staff.StaffSession(staff_id=match.id, token_hash=token_hash(token), opened_at=now.at, last_act_at=now.at)
    staff.add(session)
    audit.add(Actor(match.id, match.works_as, session=session.id), now, "sign_in.done", session.id)
    return session.id


@act
def sign_out(by: Actor, now: Moment) -> None:
    """Ends the session; what it had opened is closed with it."""
    staff.get_session(by.session).ended_at = now.at
    audit.add(by, now, "sign_in.ended", by.session)
