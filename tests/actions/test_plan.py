"""Preparing a clinic day, and giving out its slots."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kiosk.actions import day, plan, posts, slots, stock
from kiosk.errors import NotFound
from kiosk.rules.words import DayHalf, Role
from kiosk.store import audit, clinic_days, day_plans, people, rosters, staff, stations
from kiosk.store import slots as appointments
from kiosk.store.database import db, writing
from tests.cast import Players, done_once, everything, key, now, refusal_of
from tests.conftest import STAFF

pytestmark = pytest.mark.usefixtures("inside")


def tomorrow() -> date:
    return now().on + timedelta(days=1)


@pytest.fixture
def planned(players: Players) -> str:
    """Tomorrow morning is planned as usual; the plan's id."""
    return plan.make_plan(players.lead, now(), key(), tomorrow(), "morning")


def seen(id: str) -> str:
    db.session.rollback()
    return day_plans.get(id).seen


def save(act, players: Players, id: str, *facts, at: float = 1):
    """The lead saves one section of the plan as they see it."""
    return act(players.lead, now(at), key(), id, seen(id), *facts)


def member(role: Role) -> staff.Staff:
    found = staff.find_by_badge(STAFF[role][1])
    assert found
    return found


def expect(on: date, *rows: dict, **file) -> list[str]:
    """More people are expected on that day; their ids. A row: what an entry or a person is beside the usual."""
    ids = []
    with writing():
        list_ = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at, **file)
        rosters.add(list_)
        for line, row in enumerate(rows, 1):
            person = people.Person(
                name=row.get("name", "Giàng Thị Bịa"), name_key="GIANG THI BIA", sex="female",
                born_year=row.get("born", 1990), guardian_id=row.get("guardian"),
            )  # fmt: skip
            db.session.add(person)
            db.session.flush()
            wanted = {name: worth for name, worth in row.items() if name not in ("name", "born", "guardian")}
            entry = {"priority_group": "", "line": line, "person_id": person.id} | wanted
            db.session.add(rosters.RosterEntry(roster_id=list_.id, on=on, **entry))
            ids.append(person.id)
    return ids


def slot_of(person: str, on: date) -> str | None:
    db.session.rollback()
    entry = rosters.find_entry(person, on)
    assert entry
    return f"{entry.slot_from:%H:%M}" if entry.slot_from else None


def test_a_plan_begins_with_every_station_and_the_usual_hours(players: Players) -> None:
    id = done_once(plan.make_plan, players.lead, tomorrow(), "morning", other=players.volunteer)
    row = day_plans.get(id)
    assert row.stations["injection-1"] == ["injection"]
    assert set(row.stations) == {
        "desk-1", "screening-1", "screening-2", "injection-1", "injection-2", "observation-1", "finish-1",
    }  # fmt: skip
    assert [slot.quota for slot in row.timetable] == [10] * 8, "two tables, six minutes, half an hour"
    assert row.protocols["capacity"]
    assert refusal_of(plan.make_plan, players.lead, tomorrow(), "morning") == "plan_there"


def test_what_is_past_or_open_is_not_planned(players: Players, opened: str) -> None:
    assert refusal_of(plan.make_plan, players.lead, now().on - timedelta(days=1), "morning") == "plan_past"
    assert refusal_of(plan.make_plan, players.lead, now().on, "morning") == "plan_opened"
    assert plan.make_plan(players.lead, now(), key(), now().on, "afternoon")


def test_the_plan_of_an_open_day_stays_as_it_was(players: Players) -> None:
    id = plan.make_plan(players.lead, now(), key(), now().on, "morning")
    day.open_day(players.lead, now(), key(), "morning")
    for act, facts in (
        (plan.set_hours, ("8:00", "11:00", "30", "6")), (plan.set_vaccine, ("", {})),
        (plan.set_quotas, ({},)), (plan.propose_quotas, ()), (plan.take_protocols, ()),
        (posts.post_staff, ({},)),
    ):  # fmt: skip
        assert refusal_of(act, players.lead, id, seen(id), *facts) == "plan_opened"
    assert refusal_of(plan.copy_plan, players.lead, now().on, "morning", id) == "plan_opened"


def test_two_leads_do_not_overwrite_each_other(players: Players, planned: str) -> None:
    mine = seen(planned)
    save(plan.set_quotas, players, planned, {"07:30": "4"})
    assert refusal_of(plan.set_hours, players.lead, planned, mine, "8:00", "11:00", "30", "6") == "plan_changed"


def test_other_hours_give_other_slots_and_keep_what_was_typed(players: Players, planned: str) -> None:
    save(plan.set_quotas, players, planned, {"08:00": "3"})
    done_once(plan.set_hours, players.lead, planned, seen(planned), "7h30", "9:00", "30", "5", other=players.volunteer)
    row = day_plans.get(planned)
    assert row.slots == [["07:30", "08:00", 12], ["08:00", "08:30", 3], ["08:30", "09:00", 12]]
    plan.make_plan(players.lead, now(), key(), tomorrow(), "afternoon")
    assert (
        refusal_of(plan.set_hours, players.lead, planned, seen(planned), "8:00", "14:00", "30", "6") == "hours_overlap"
    )


def test_only_lots_that_can_be_given_that_day_are_planned(players: Players, planned: str) -> None:
    year = now().on.year + 1
    fresh = stock.receive_lot(players.lead, now(), key(), "pfizer", "FR1", f"31/12/{year}", 50, 6)
    other = stock.receive_lot(players.lead, now(), key(), "astrazeneca", "AZ1", f"31/12/{year}", 50, 10)
    stale = stock.receive_lot(players.lead, now(), key(), "pfizer", "OLD1", f"{now().on:%d/%m/%Y}", 1, 6)
    done_once(plan.set_vaccine, players.lead, planned, seen(planned), "pfizer", {fresh: "120", other: ""})
    assert (day_plans.get(planned).vaccine, day_plans.get(planned).lots) == ("pfizer", {fresh: 120})
    for facts, code in (
        (("pfizer", {other: "5"}), "lot_of_another_vaccine"), (("pfizer", {stale: "5"}), "lot_expired"),
        (("pfizer", {fresh: "many"}), "count_odd"), (("water", {}), "vaccine_unknown"),
    ):  # fmt: skip
        assert refusal_of(plan.set_vaccine, players.lead, planned, seen(planned), *facts) == code
    with pytest.raises(NotFound):
        save(plan.set_vaccine, players, planned, "", {"nowhere": "5"})


def test_a_station_without_a_step_is_not_used_and_quotas_follow_the_tables(players: Players, planned: str) -> None:
    served = {"injection-1": ["injection", "screening"], "injection-2": [], "finish-1": ["finish"]}
    done_once(plan.set_stations, players.lead, planned, seen(planned), served, other=players.volunteer)
    row = day_plans.get(planned)
    assert row.stations == {"injection-1": ["screening", "injection"], "finish-1": ["finish"]}
    assert {slot.quota for slot in row.timetable} == {5}
    assert refusal_of(plan.set_stations, players.lead, planned, seen(planned), {"finish-1": ["plan"]}) == "step_unknown"


def test_quotas_are_typed_and_taken_back(players: Players, planned: str) -> None:
    done_once(plan.set_quotas, players.lead, planned, seen(planned), {"07:30": "25"}, other=players.volunteer)
    assert [slot.quota for slot in day_plans.get(planned).timetable][:2] == [25, 10]
    assert refusal_of(plan.set_quotas, players.lead, planned, seen(planned), {"07:30": "-1"}) == "count_odd"
    save(plan.propose_quotas, players, planned, at=2)
    assert day_plans.get(planned).timetable[0].quota == 10


def test_a_zone_is_as_large_as_it_is_until_the_lead_says_otherwise(players: Players, planned: str) -> None:
    done_once(plan.set_zones, players.lead, planned, seen(planned), {"A": plan.Zone("60", "2", "")})
    assert day_plans.get(planned).zones == {"A": {"area_m2": 60, "distance_m": 2, "capacity": 15}}
    save(plan.set_zones, players, planned, {"A": plan.Zone("18", "1", "")}, at=1)
    assert day_plans.get(planned).zones == {"A": {"area_m2": 18, "distance_m": 1, "capacity": 18}}
    save(plan.set_zones, players, planned, {"A": plan.Zone("60", "1", "40"), "Z": plan.Zone("9", "2", "")}, at=2)
    assert day_plans.get(planned).zones == {"A": {"area_m2": 60, "distance_m": 1, "capacity": 40}}
    assert (
        refusal_of(plan.set_zones, players.lead, planned, seen(planned), {"A": plan.Zone("60", "3", "")})
        == "distance_odd"
    )


def test_people_are_posted_where_their_role_has_something_to_do(players: Players, planned: str) -> None:
    nurse, doctor, technician = (member(role).id for role in (Role.VACCINATOR, Role.SCREENER, Role.TECHNICIAN))
    where = {nurse: "injection-1", doctor: "screening-1", technician: ""}
    done_once(posts.post_staff, players.lead, planned, seen(planned), where, other=players.volunteer)
    posted = {post.staff_id: post.station for post in day_plans.list_postings(tomorrow())}
    assert posted == {nurse: "injection-1", doctor: "screening-1"}
    found = day_plans.find_posting(tomorrow(), DayHalf.MORNING, nurse)
    assert found
    assert found.station == "injection-1"
    assert day_plans.find_posting(tomorrow(), DayHalf.AFTERNOON, nurse) is None
    for facts in ({technician: "injection-1"}, {nurse: "desk-1"}):
        assert refusal_of(posts.post_staff, players.lead, planned, seen(planned), facts) == "post_not_theirs"
    with writing():
        member(Role.VACCINATOR).valid_until = now().on
    assert refusal_of(posts.post_staff, players.lead, planned, seen(planned), where) == "staff_not_here"


@pytest.mark.parametrize(
    ("served", "roles", "wanting"),
    [
        (["injection"], {Role.VACCINATOR}, False), (["injection"], {Role.VOLUNTEER}, True),
        (["screening", "injection"], {Role.VACCINATOR}, True), (["screening", "injection"], {Role.SCREENER}, False),
        (["finish"], set(), False), ([], set(), False),
    ],
)  # fmt: skip
def test_a_table_needs_somebody_who_may_answer(served: list[str], roles: set[Role], *, wanting: bool) -> None:
    assert posts.unanswered(served, roles) is wanting


def test_a_former_day_is_copied_as_far_as_it_still_holds(players: Players, planned: str) -> None:
    nurse, volunteer = member(Role.VACCINATOR).id, member(Role.VOLUNTEER).id
    lot = stock.receive_lot(players.lead, now(), key(), "pfizer", "FR1", f"{tomorrow():%d/%m/%Y}", 50, 6)
    save(plan.set_vaccine, players, planned, "pfizer", {lot: "60"})
    save(plan.set_hours, players, planned, "8:00", "10:00", "60", "6", at=2)
    save(posts.post_staff, players, planned, {nurse: "injection-1", volunteer: "desk-1"}, at=3)
    save(plan.set_zones, players, planned, {"A": plan.Zone("60", "2", "")}, at=4)
    with writing():
        member(Role.VOLUNTEER).valid_until = tomorrow()
        day_plans.get(planned).protocols = {"capacity": "of long ago"}
    after = tomorrow() + timedelta(days=1)
    copy = done_once(plan.copy_plan, players.lead, after, "morning", planned, other=players.volunteer)
    row = day_plans.get(copy)
    assert (row.opens.hour, row.slots, row.zones["A"]["capacity"]) == (
        8,
        [["08:00", "09:00", 20], ["09:00", "10:00", 20]],
        15,
    )
    assert row.lots == {}, "it expires the day before"
    assert row.protocols["capacity"] != "of long ago"
    assert [(post.staff_id, post.station) for post in day_plans.list_postings(after)] == [(nurse, "injection-1")]
    assert plan.copy_plan(players.lead, now(5), key(), after, "morning", planned) == copy, "over what was there"


def test_an_afternoon_copied_from_a_morning_keeps_its_hours(players: Players, planned: str) -> None:
    save(plan.set_stations, players, planned, {"injection-1": ["injection"]})
    row = day_plans.get(plan.copy_plan(players.lead, now(), key(), tomorrow(), "afternoon", planned))
    assert (row.stations, row.slots[0]) == ({"injection-1": ["injection"]}, ["13:30", "14:00", 5])


def test_versions_are_taken_when_the_lead_has_seen_them(players: Players, planned: str) -> None:
    with writing():
        day_plans.get(planned).protocols = {"capacity": "of long ago"}
    done_once(plan.take_protocols, players.lead, planned, seen(planned), other=players.volunteer)
    assert set(day_plans.get(planned).protocols) > {"capacity", "vaccines", "screening"}


def test_elders_come_first_then_groups_then_the_list(players: Players, planned: str) -> None:
    save(plan.set_hours, players, planned, "8:00", "9:00", "15", "6")
    save(plan.set_quotas, players, planned, dict.fromkeys(("08:00", "08:15", "08:30", "08:45"), "1"), at=2)
    young, late, grouped, elder, fifth = expect(
        tomorrow(), {}, {}, {"priority_group": "2"}, {"born": 1950}, {"born": 1991}
    )  # fmt: skip
    assert done_once(slots.spread_slots, players.lead, tomorrow(), other=players.volunteer) == 4
    assert [slot_of(each, tomorrow()) for each in (elder, grouped, young, late, fifth)] == [
        "08:00", "08:15", "08:30", "08:45", None,
    ]  # fmt: skip
    assert appointments.count(tomorrow()) == (4, 1, 0)


def test_families_come_together_and_the_unapproved_wait(players: Players, planned: str) -> None:
    save(plan.set_hours, players, planned, "8:00", "9:00", "30", "6")
    save(plan.set_quotas, players, planned, {"08:00": "2", "08:30": "3"}, at=2)
    mother, alone = expect(tomorrow(), {}, {"line": 2})
    child, refused = expect(tomorrow(), {"guardian": mother, "line": 9}, {"approved": False})
    (sibling,) = expect(tomorrow(), {"guardian": mother, "line": 10})
    slots.spread_slots(players.lead, now(3), key(), tomorrow())
    assert {slot_of(each, tomorrow()) for each in (mother, child, sibling)} == {"08:30"}
    assert (slot_of(alone, tomorrow()), slot_of(refused, tomorrow())) == ("08:00", None)
    assert appointments.count(tomorrow()).unapproved == 1


def test_a_family_is_one_also_after_its_guardian_was_found_twice(players: Players, planned: str) -> None:
    save(plan.set_hours, players, planned, "8:00", "9:00", "30", "6")
    save(plan.set_quotas, players, planned, {"08:00": "2", "08:30": "3"}, at=2)
    mother, gone, alone = expect(tomorrow(), {}, {"approved": False}, {"line": 2})
    child, sibling = expect(tomorrow(), {"guardian": gone, "line": 9}, {"guardian": mother, "line": 10})
    with writing():
        people.get(gone).merged_into = mother
        db.session.execute(db.delete(rosters.RosterEntry).where(rosters.RosterEntry.person_id == gone))
    slots.spread_slots(players.lead, now(3), key(), tomorrow())
    assert {slot_of(each, tomorrow()) for each in (mother, child, sibling)} == {"08:30"}
    (late,) = expect(tomorrow(), {"guardian": gone, "line": 11})
    save(plan.set_quotas, players, planned, {"08:00": "3", "08:30": "4"}, at=4)
    slots.spread_slots(players.lead, now(5), key(), tomorrow())
    assert (slot_of(late, tomorrow()), slot_of(alone, tomorrow())) == ("08:30", "08:00")


def test_slots_are_given_again_after_more_came_and_are_taken_back(players: Players, planned: str) -> None:
    named, first = expect(tomorrow(), {"slot_from": day_plans.get(planned).opens, "cells": {"slot": "07:30-08:00"}}, {})
    assert slots.spread_slots(players.lead, now(1), key(), tomorrow()) == 2
    (second,) = expect(tomorrow(), {})
    assert slots.spread_slots(players.lead, now(2), key(), tomorrow()) == 3
    assert done_once(slots.take_back_slots, players.lead, tomorrow(), other=players.volunteer) == 1
    assert [slot_of(each, tomorrow()) for each in (named, first, second)] == ["07:30", None, None]
    day.open_day(players.lead, replace(now(4), on=tomorrow()), key(), "morning")
    assert refusal_of(slots.take_back_slots, players.lead, tomorrow()) == "plan_opened"
    assert refusal_of(slots.spread_slots, players.lead, tomorrow()) == "plan_missing"


def test_morning_and_afternoon_are_filled_one_after_the_other(players: Players, planned: str) -> None:
    plan.make_plan(players.lead, now(), key(), tomorrow(), "afternoon")
    ids = expect(tomorrow(), *({} for _ in range(81)))
    assert slots.spread_slots(players.lead, now(1), key(), tomorrow()) == 81
    assert (slot_of(ids[79], tomorrow()), slot_of(ids[80], tomorrow())) == ("11:00", "13:30")


def test_of_two_lists_the_newest_decides(players: Players, planned: str) -> None:
    (person,) = expect(tomorrow(), {})
    expect(tomorrow(), landed_seq=7)
    with writing():
        newer = rosters.Roster(file_name="y", counts={}, staged_at=now().at, landed_at=now().at, landed_seq=9)
        rosters.add(newer)
        db.session.add(
            rosters.RosterEntry(roster_id=newer.id, on=tomorrow(), person_id=person, priority_group="", approved=False)
        )  # fmt: skip
    assert slots.spread_slots(players.lead, now(1), key(), tomorrow()) == 0
    assert appointments.count(tomorrow()) == (0, 0, 1)


def test_a_second_spreading_at_the_same_time_goes_over_no_quota(players: Players, planned: str) -> None:
    save(plan.set_quotas, players, planned, {"07:30": "1"}, at=1)
    expect(tomorrow(), {}, {})
    chosen = slots._choose(now(2), tomorrow())
    expect(tomorrow(), {"slot_from": day_plans.get(planned).opens})
    slots._give(players.lead, now(2), key(), tomorrow(), chosen, {})
    assert slots.room(tomorrow()).given[day_plans.get(planned).timetable[0]] == 1


def test_whoever_stands_on_two_lists_takes_one_place(players: Players, planned: str) -> None:
    save(plan.set_quotas, players, planned, {"07:30": "2"}, at=1)
    at = day_plans.get(planned).opens
    named, other = expect(tomorrow(), {"slot_from": at, "cells": {"slot": "07:30-08:00"}}, {})
    with writing():
        newer = rosters.Roster(file_name="y", counts={}, staged_at=now().at, landed_at=now().at, landed_seq=9)
        rosters.add(newer)
        db.session.add(
            rosters.RosterEntry(
                roster_id=newer.id, on=tomorrow(), person_id=named, priority_group="", slot_from=at,
                cells={"slot": "07:30-08:00"},
            )
        )  # fmt: skip
    assert slots.spread_slots(players.lead, now(2), key(), tomorrow()) == 2
    assert slot_of(other, tomorrow()) == "07:30"


def test_a_half_that_opens_meanwhile_is_filled_no_more(players: Players, planned: str) -> None:
    (one,) = expect(tomorrow(), {})
    chosen = slots._choose(now(1), tomorrow())
    day.open_day(players.lead, replace(now(1), on=tomorrow()), key(), "morning")
    assert refusal_of(slots._give, players.lead, tomorrow(), chosen, {}) == "plan_missing"
    assert slot_of(one, tomorrow()) is None


def test_what_was_interrupted_goes_on(players: Players, planned: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "PIECE", 2)
    ids = expect(tomorrow(), *({} for _ in range(5)))
    form, chosen = key(), slots._choose(now(), tomorrow())
    entries = list(chosen)[:2]
    slots._give(players.lead, now(), slots._key(form, entries[0]), tomorrow(), {id: chosen[id] for id in entries}, {})
    assert slots.spread_slots(players.lead, now(1), form, tomorrow()) == 5
    assert all(slot_of(each, tomorrow()) for each in ids)
    assert slots.spread_slots(players.lead, now(2), form, tomorrow()) == 5


def test_no_slot_is_given_for_a_day_that_is_over_or_not_planned(players: Players) -> None:
    assert refusal_of(slots.spread_slots, players.lead, tomorrow()) == "plan_missing"
    assert refusal_of(slots.spread_slots, players.lead, now().on - timedelta(days=1)) == "plan_past"
    assert refusal_of(slots.take_back_slots, players.lead, now().on - timedelta(days=1)) == "plan_past"


def test_opening_takes_the_plan_over_and_closing_gives_the_stations_back(players: Players) -> None:
    id = plan.make_plan(players.lead, now(), key(), now().on, "morning")
    save(plan.set_stations, players, id, {"screening-1": ["screening"], "injection-1": ["injection", "finish"]})
    opened = day.open_day(players.lead, now(2), key(), "morning")
    assert clinic_days.get(opened).plan_id == id
    entry = audit.find_last("day.opened", opened)
    assert entry
    assert entry.facts["planned"] is True
    assert _steps() == {"screening-1": ["screening"], "injection-1": ["injection", "finish"]}
    day.close_day(players.lead, now(3), key(), 0)
    assert _steps()["injection-1"] == ["injection"]
    assert _steps()["injection-2"] == ["injection"]
    day.open_day(players.lead, now(4), key(), "morning")
    assert set(_steps()) == {"screening-1", "injection-1"}, "gone on with as it was planned"


def _steps() -> dict[str, list[str]]:
    db.session.rollback()
    rows = {row[0]: row for row in everything()["station"]}
    names = list(db.metadata.tables["station"].columns.keys())
    return {code: row[names.index("steps")] for code, row in rows.items() if row[names.index("steps")]}


def test_while_a_half_is_open_a_step_goes_from_one_table_to_another(players: Players) -> None:
    id = plan.make_plan(players.lead, now(), key(), now().on, "morning")
    day.open_day(players.lead, now(1), key(), "morning")
    served = {row.code: list(row.steps) for row in stations.list_()}
    moved = served | {"injection-1": [], "injection-2": served["injection-1"]}
    plan.set_stations(players.lead, now(2), key(), id, seen(id), moved)
    assert stations.get("injection-1").steps == []
    assert stations.get("injection-2").steps == served["injection-1"]
    assert refusal_of(plan.set_stations, players.lead, id, "an older page", moved) == "plan_changed"
    day.close_day(players.lead, now(3), key(), 0)
    assert stations.get("injection-1").steps == served["injection-1"]
    assert refusal_of(plan.set_stations, players.lead, id, seen(id), moved) == "plan_opened"
