"""Locking a screen that somebody leaves, and unlocking it with their PIN."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.actions import sign_in
from kiosk.actions.act import act
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store import audit, staff, topics
from kiosk.store.database import writing

# How exactly it is known when somebody last touched a page; so often at most it is written.
PRESENCE = timedelta(minutes=1)


@act
def lock(by: Actor, now: Moment) -> str:
    """Locks this session on every page that has it open; returns its id."""
    _lock(now, staff.get_session(by.session))
    audit.add(by, now, "session.locked", by.session)
    return by.session


def lock_by_badge(by: Actor, now: Moment, badge: str) -> bool:
    """Within a scan's act: locks every open session of whoever has this badge; False where they have none."""
    member = staff.find_by_badge(badge)
    open_ = staff.list_open_sessions(member.id) if member else []
    for session in open_:
        _lock(now, session)
    if member and open_:
        audit.add(by, now, "session.locked", member.id, badge=True, sessions=len(open_))
    return bool(open_)


def _lock(now: Moment, session: staff.StaffSession) -> None:
    session.locked_at = session.locked_at or now.at
    topics.touch(topics.TABLES, topics.DESK)  # its pages ask again, and are led to the lock


def unlock(by: Actor, now: Moment, key: str, pin: str, attempts: int, lock_minutes: int) -> str:
    """The PIN of whoever locked it opens the session again; returns its id.

    Raises as `sign_in.require_known`: a wrong PIN counts as one at the sign-in page does.
    """
    right = sign_in.whose_pin(by.id, pin)
    return _unlock(unseen(by), now, key, by.session, right, attempts, lock_minutes)


@act
def _unlock(by: Actor, now: Moment, session: str, right: list[str], attempts: int, lock_minutes: int) -> str:
    sign_in.require_known(by, now, [by.id], right, attempts, lock_minutes)
    open_again(by, now, session)
    return session


def open_again(by: Actor, now: Moment, session: str) -> None:
    """Within an act: whoever knows the PIN of this session has typed it."""
    row = staff.get_session(session)
    row.locked_at, row.last_act_at = None, now.at
    audit.add(by, now, "session.unlocked", row.id)


def unseen(by: Actor) -> Actor:
    """The same actor for an act that is tried without the PIN: a wrong one must not make the session look used."""
    return replace(by, session="")


def note_presence(by: Actor, now: Moment) -> None:
    """Somebody touches a page of this session, which does not lock for a while. Nothing of the site changes by it."""
    if now.at < staff.get_session(by.session).last_act_at + PRESENCE:
        return
    with writing():
        row = staff.get_session(by.session)
        row.last_act_at = max(row.last_act_at, now.at)
