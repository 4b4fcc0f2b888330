"""Signing in and out, and who it is that shows a badge and a PIN."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import cache

from argon2.exceptions import VerificationError

from kiosk.actions.act import act
from kiosk.actions.site import token_hash
from kiosk.actions.staff import HASHER
from kiosk.errors import Refusal
from kiosk.rules import codes
from kiosk.rules.actor import Actor
from kiosk.rules.codes import BadgeCode
from kiosk.rules.moment import Moment
from kiosk.rules.person import name_key
from kiosk.rules.staff import works_on
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


def scanned_badge(text: str) -> str | None:
    """The badge code in what a hand scanner typed of a badge (`DTB1:V01`, capitals lost or not); None in all else."""
    code = codes.read_keyed(text.strip())
    return code.badge if isinstance(code, BadgeCode) else None


def who_may(who: str, pin: str) -> tuple[list[str], list[str]]:
    """Ids of whom the badge, its code or a name may mean, and of those whose PIN it is.

    Slow on purpose: before the act.
    """
    by_badge = staff.find_by_badge(scanned_badge(who) or who.strip().upper())
    found = [by_badge] if by_badge else staff.list_by_name(name_key(who)) if name_key(who) else []
    right = [row.id for row in found if _is_pin(row.pin_hash, pin)]
    if not found:
        _is_pin(_hash_of_nobody(), pin)  # an unknown name takes as long as a wrong PIN
    return [row.id for row in found], right


def whose_pin(member_id: str, pin: str) -> list[str]:
    """The id again, if it is this member's PIN; else nobody. Slow on purpose: before the act."""
    return [member_id] if _is_pin(staff.get(member_id).pin_hash, pin) else []


def require_known(
    by: Actor, now: Moment, found: list[str], right: list[str], attempts: int, lock_minutes: int
) -> staff.Staff:
    """The one member of staff who showed badge and PIN; within an act.

    Raises Refusal `sign_in_wrong`, or `sign_in_locked` after `attempts` wrong PINs in a row for `lock_minutes`; and, of
    whoever knew the PIN, `sign_in_over` (their last day has passed) and `sign_in_two` (two of that name have that PIN).
    """
    rows = [staff.get(id) for id in found]
    open_ = [row for row in rows if row.locked_until is None or row.locked_until <= now.at]
    if rows and not open_:
        until = min(row.locked_until for row in rows if row.locked_until)
        minutes = int((until - now.at) / timedelta(minutes=1)) + 1
        audit.add(by, now, "sign_in.refused", rows[0].id, locked=True)
        raise Refusal("sign_in_locked", keep=True, n=minutes)
    known = [row for row in open_ if row.id in right]
    if not known:
        for row in open_:
            row.failures += 1
            if row.failures >= attempts:
                row.failures, row.locked_until = 0, now.at + timedelta(minutes=lock_minutes)
        audit.add(by, now, "sign_in.refused", open_[0].id if open_ else "")
        raise Refusal("sign_in_wrong", keep=True)
    match, *others = [row for row in known if works_on(row, now.on)] or known
    if others:
        raise Refusal("sign_in_two", field="who")
    if not works_on(match, now.on):
        raise Refusal("sign_in_over", field="who", on=f"{match.valid_until:%d/%m/%Y}")
    match.failures, match.locked_until = 0, None
    return match


def sign_in(
    by: Actor, now: Moment, key: str, who: str, pin: str, token: str, attempts: int, lock_minutes: int, before: str = ""
) -> str:
    """Opens a session for the badge code or name `who`; returns its id; the browser keeps `token`.

    `before`: the session that this browser had until now; it ends, for a browser is in one person's hands. Another
    one of the same person goes on elsewhere: a tablet and a phone. Raises as `require_known`.
    """
    return _enter(by, now, key, *who_may(who, pin), token, attempts, lock_minutes, before)


@act
def _enter(
    by: Actor, now: Moment, found: list[str], right: list[str], token: str, attempts: int, lock_minutes: int,
    before: str,
) -> str:  # fmt: skip
    match = require_known(by, now, found, right, attempts, lock_minutes)
    opened = open_session(now, match, token, before)
    audit.add(opened, now, "sign_in.done", opened.session)
    return opened.session


def open_session(now: Moment, member: staff.Staff, token: str, before: str) -> Actor:
    """Within an act: this member's new session in the browser that had the session `before`, which ends ("": none)."""
    if before:
        staff.get_session(before).ended_at = now.at
    row = staff.StaffSession(staff_id=member.id, token_hash=token_hash(token), opened_at=now.at, last_act_at=now.at)
    staff.add(row)
    return Actor(member.id, member.works_as, session=row.id)


@act
def sign_out(by: Actor, now: Moment) -> None:
    """Ends the session; what it had opened is closed with it."""
    staff.get_session(by.session).ended_at = now.at
    audit.add(by, now, "sign_in.ended", by.session)
