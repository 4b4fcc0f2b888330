"""Handing a table over: one person goes, another comes, and whoever sits there keeps their place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.actions import duty, locking, sign_in
from kiosk.actions.act import act
from kiosk.actions.day import find_day
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.permissions import may
from kiosk.store import audit, duties, openings, staff, visits


@dataclass(frozen=True)
class Place:
    """The page that is handed over: the permission that it asks for, and its station; "" where there is none.

    `shown`: the id of whoever the page shows; any other id leads to nobody.
    """

    permission: str = ""
    station: str = ""
    shown: str = ""


def hand_over(
    by: Actor, now: Moment, key: str, who: str, pin: str, token: str, attempts: int, lock_minutes: int, place: Place
) -> str:
    """Ends this session and opens one for the badge code or name `who` in the same browser; returns its id.

    Where their role answers for what is recorded at `place` they sign on there with the same PIN; whoever is being
    served stays open, and is in the audit as seen by them. For the session's own member it is unlocked, no more.
    Raises as `sign_in.require_known`.
    """
    found, right = sign_in.who_may(who, pin)
    return _hand_over(
        locking.unseen(by), now, key, by.session, found, right, token, attempts, lock_minutes, place
    )  # fmt: skip


@act
def _hand_over(
    by: Actor, now: Moment, before: str, found: list[str], right: list[str], token: str, attempts: int,
    lock_minutes: int, place: Place,
) -> str:  # fmt: skip
    member = sign_in.require_known(by, now, found, right, attempts, lock_minutes)
    if member.id == by.id:
        locking.open_again(by, now, before)
        return before
    came = replace(sign_in.open_session(now, member, token, before), station=place.station)
    audit.add(came, now, "session.handed_over", came.session, before=before)
    if place.permission and may(came.role, place.permission):
        _answer(came, now, member)
        _keep_open(came, now, before, place.shown)
    return came.session


def _answer(by: Actor, now: Moment, member: staff.Staff) -> None:
    """They answer at this table from now on, where somebody must and their role may."""
    day = find_day(now)
    if day is None or not by.station or not duty.may_answer(by):
        return
    known = duties.find_at(day.id, by.station)
    if known is None or known.id != member.id:
        duty.sign_on(by, now, day, member)


def _keep_open(by: Actor, now: Moment, before: str, shown: str) -> None:
    """Who is served here, and who stands on the page, is seen by the one who comes as by the one who goes."""
    day = find_day(now)
    visit = visits.find_at(day.id, by.station) if day and by.station else None
    for person_id in {shown, visit.person_id if visit else ""} - {""}:
        if openings.may_read(before, person_id):
            openings.put(by.session, person_id, now)
            audit.add(by, now, "person.viewed", person_id)
