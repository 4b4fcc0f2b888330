"""By whose word somebody is let in who is not expected."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk import wording
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.permissions import may
from kiosk.rules.staff import works_on
from kiosk.rules.words import StandbyState
from kiosk.store import rosters, staff, standby

# Asked of whoever gives their word, not of whoever uses a page.
APPROVES = "visit.approve"


@dataclass(frozen=True)
class Word:
    """Why somebody was let in who is not expected, and by whose word (a staff id); both "" for everybody else.

    `called`: they were called, or called in, for a dose that is left over: one is kept for them.
    """

    reason: str = ""
    by: str = ""
    called: bool = False


NOBODYS = Word()


def list_approvers(now: Moment) -> list[staff.Staff]:
    """Whose word lets somebody in: everybody who may approve and works here today."""
    return [one for one in staff.list_() if may(one.works_as, APPROVES) and works_on(one, now.on)]


def word_of_call(clinic_day_id: str, person_id: str, language: str) -> Word | None:
    """For whoever was called today for a dose that would be left over, and comes: the word of whoever called them."""
    call = standby.find_newest(clinic_day_id, person_id)
    if call is None or call.said is not StandbyState.COMING:
        return None
    return Word(wording.say("standby.approval", language), call.by, called=True)


def require_word(
    by: Actor, now: Moment, entry: rosters.RosterEntry | None, approval: str, approver: str, called: Word | None = None
) -> Word:
    """The word that lets this person in; nobody's for whoever is on the list and approved, `called` where it is given.

    Who may approve answers for it themself, everybody else names whose word it is. Raises Refusal `approval_missing`,
    `approver_missing`.
    """
    if entry is not None and entry.approved:
        return Word()
    if called is not None:
        return called
    if not approval.strip():
        raise Refusal("approval_missing", field="approval")
    if may(by.role, APPROVES):
        return Word(approval.strip()[:200], by.id)
    if approver not in {one.id for one in list_approvers(now)}:
        raise Refusal("approver_missing", field="approver")
    return Word(approval.strip()[:200], approver)
