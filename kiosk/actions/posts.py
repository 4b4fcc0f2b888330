"""Who works where on a planned day, and which table has nobody who may answer for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.duty import ANSWERS_FOR
from kiosk.actions.plan import changed, changing
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.permissions import may
from kiosk.rules.staff import works_on
from kiosk.rules.words import DayHalf, Role
from kiosk.store import day_plans, staff, stations
from kiosk.store.day_plans import Posting
from kiosk.store.stations import Station


def may_work(role: Role, station: Station, served: Sequence[str]) -> bool:
    """May this role do anything at this station when it serves these steps? A kiosk wants somebody who helps."""
    steps = protocols.steps()
    asked = ["desk.use"] if station.kind in ("kiosk", "desk") else []
    asked += ["table.call"] if steps.at_table(served) else []
    asked += ["observation.watch"] if steps.in_room(served) else []
    return any(may(role, permission) for permission in asked)


def unanswered(served: Sequence[str], roles: Collection[Role]) -> bool:
    """Is anything recorded in these steps for which none of these roles may answer?"""
    steps = protocols.steps()
    recorded = {each for code in served for each in steps.get(code).must_record if each in ANSWERS_FOR}
    return any(not any(may(role, ANSWERS_FOR[each]) for role in roles) for each in recorded)


@act
def post_staff(by: Actor, now: Moment, plan_id: str, seen: str, posts: Mapping[str, str]) -> str:
    """Where each member of staff works, by their id ("": nowhere); returns the plan's id.

    Raises as `actions.plan.changing`, NotFound, Refusal `post_not_theirs` (a role that has nothing to do there),
    `staff_not_here` (taken out, or gone by that day).
    """
    plan = changing(now, plan_id, seen)
    day_plans.forget_postings(plan.on, DayHalf(plan.half))
    posted = {staff_id: code for staff_id, code in posts.items() if code}
    for staff_id, code in posted.items():
        member, station = staff.get(staff_id), stations.get(code)
        if not works_on(member, plan.on):
            raise Refusal("staff_not_here", field=f"post-{staff_id}")
        if not may_work(member.works_as, station, plan.stations.get(code, [])):
            raise Refusal("post_not_theirs", field=f"post-{staff_id}")
        day_plans.add(Posting(on=plan.on, half=plan.half, staff_id=member.id, station=code, at=now.at, by=by.id))
    return changed(by, now, plan, "staff_posted", posted=len(posted))
