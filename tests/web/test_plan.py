"""The page on which a clinic day is prepared."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from kiosk.actions import day, plan
from kiosk.rules.words import Role
from kiosk.store import audit, day_plans, lots, rosters, staff
from kiosk.store import slots as appointments
from kiosk.store.database import db, writing
from tests.cast import key, now


@pytest.fixture
def lead(signed_in):
    browser = signed_in(Role.SITE_LEAD)
    browser.get("/plan")
    return browser


def tomorrow():
    return now().on + timedelta(days=1)


@pytest.fixture
def planned(lead, players):
    """Tomorrow morning is planned; the plan's id."""
    return plan.make_plan(players.lead, now(), key(), tomorrow(), "morning")


def seen(id):
    db.session.rollback()
    return day_plans.get(id).seen


def section(text, name):
    """One section of the page."""
    return re.search(rf'<section id="{name}".*?</section>', text, re.S)[0]


def test_opens_on_tomorrow_for_the_lead_alone(client, lead, signed_in):
    assert client.get("/plan").location.startswith("/sign-in")
    text = lead.get("/plan").text
    assert f"Kế hoạch ngày {tomorrow():%d/%m/%Y}" in text
    assert "Buổi này chưa có kế hoạch" in text
    for role in (Role.VOLUNTEER, Role.TECHNICIAN, Role.SCREENER):
        assert signed_in(role).get("/plan").status_code == 403
    assert "/plan" in lead.get("/").text
    assert 'href="/plan"' in lead.get("/lead").text


@pytest.mark.parametrize("asked", ["", "soon", "9999-12-31", "0001-01-01", "2026-13-01"])
def test_an_odd_date_is_tomorrow(lead, asked):
    assert f"{tomorrow():%d/%m/%Y}" in lead.get(f"/plan?on={asked}&half=midnight").text


def test_makes_a_plan_once_and_shows_it(lead):
    same, on = key(), tomorrow()
    for _ in range(2):
        answer = lead.post("/plan/make", data={"key": same, "on": on, "half": "afternoon"})
        assert (answer.status_code, answer.location) == (303, f"/plan?on={on}&half=afternoon#begin")
    assert [row.half for row in day_plans.list_on(on)] == ["afternoon"]
    text = lead.get(f"/plan?on={on}").text
    assert "13:30–16:30 · mời 60 người" in text
    assert 'id="hours"' in text, "the half that is planned is shown first"
    refused = lead.act("/plan/make", on=on, half="afternoon")
    assert refused.status_code == 422
    assert "vừa được lập kế hoạch" in refused.text


def test_copies_a_former_plan(lead, planned):
    after = tomorrow() + timedelta(days=1)
    assert "Chép từ một buổi trước" in lead.get(f"/plan?on={after}").text
    assert lead.act("/plan/copy", on=after, half="morning", source=planned).status_code == 303
    assert day_plans.list_on(after)[0].slots == day_plans.get(planned).slots
    assert lead.act("/plan/copy", on=after, half="morning", source="nowhere").status_code == 404
    past = lead.act("/plan/copy", on=now().on - timedelta(days=1), half="morning", source=planned)
    assert past.status_code == 422
    assert "ngày này đã qua" in past.text


def test_a_refused_section_keeps_what_was_typed_and_says_it_beside_the_field(lead, planned):
    refused = lead.act(
        f"/plan/{planned}/hours", seen=seen(planned), opens="bảy giờ", closes="11:00", slot_minutes="30",
        pace_minutes="6",
    )  # fmt: skip
    assert refused.status_code == 422
    hours = section(refused.text, "hours")
    assert 'value="bảy giờ"' in hours
    assert "Ghi giờ như 7:30" in hours
    assert refused.text.count("Ghi giờ như 7:30") == 2, "also at the top, for the form may be far below"
    assert 'href="#hours"' in section(refused.text, "lacking")
    assert 'value="10"' in section(refused.text, "slots"), "the other sections show what is stored"


def test_saves_each_section_and_comes_back_to_it(lead, planned):
    def save(path, name, **typed):
        answer = lead.act(f"/plan/{planned}/{path}", seen=seen(planned), **typed)
        assert (answer.status_code, answer.location) == (303, f"/plan?on={tomorrow()}&half=morning#{name}")

    save("hours", "hours", opens="8:00", closes="10:00", slot_minutes="60", pace_minutes="6")
    received = {"new_vaccine": "pfizer", "number": "fr1", "expires": f"12/{now().on.year + 1}"}
    save("lots", "lots", **received, vials="50", doses_per_vial="6")
    lot = lots.find("pfizer", "FR1")
    save("vaccine", "lots", **{"vaccine": "pfizer", f"lot-{lot.id}": "90"})
    save("stations", "tables", **{"steps-injection-1": ["screening", "injection"]})
    nurse = staff.find_by_badge("N01")
    save("posts", "posts", **{f"post-{nurse.id}": "injection-1"})
    save("quotas", "slots", **{"quota-08:00": "7"})
    save("zones", "zones", **{"area-A": "40", "distance-A": "2", "capacity-A": ""})
    save("protocols", "protocols")
    row = day_plans.get(planned)
    assert (row.lots, row.stations) == ({lot.id: 90}, {"injection-1": ["screening", "injection"]})
    assert row.slots == [["08:00", "09:00", 7], ["09:00", "10:00", 10]]
    assert row.zones["A"]["capacity"] == 10
    text = lead.get(f"/plan?on={tomorrow()}").text
    assert "90 liều" in section(text, "lots")
    assert "không dùng" in section(text, "tables")
    lacking = section(text, "lacking")
    assert "Bàn tiêm 1: chưa xếp bác sĩ hoặc điều dưỡng chịu trách nhiệm" in lacking, "a nurse does not examine"
    assert "Theo dõi sau tiêm" in lacking
    save("quotas/proposed", "slots")
    assert day_plans.get(planned).slots[0][2] == 10


def test_refuses_what_somebody_else_changed(lead, planned, players):
    old = seen(planned)
    plan.propose_quotas(players.lead, now(1), key(), planned, old)
    refused = lead.act(f"/plan/{planned}/quotas", **{"seen": old, "quota-07:30": "7"})
    assert refused.status_code == 422
    assert "kế hoạch vừa được sửa ở nơi khác" in section(refused.text, "lacking")
    assert 'value="7"' in section(refused.text, "slots")


@pytest.mark.parametrize(
    "path", ["hours", "vaccine", "lots", "stations", "posts", "quotas", "quotas/proposed", "zones", "protocols"]
)
def test_nobody_else_changes_a_plan(lead, client, signed_in, planned, path):
    client.get("/sign-in")
    assert client.act(f"/plan/{planned}/{path}").location.startswith("/sign-in")
    technician = signed_in(Role.TECHNICIAN)
    technician.get("/lead")
    assert technician.act(f"/plan/{planned}/{path}").status_code == 403
    assert lead.act(f"/plan/{key()}/{path}").status_code == 404


def test_gives_slots_to_the_list_and_takes_them_back(lead, planned):
    with writing():
        for entry in db.session.scalars(db.select(rosters.RosterEntry).where(rosters.RosterEntry.on == now().on)):
            entry.on, entry.slot_from, entry.slot_until, entry.cells = tomorrow(), None, None, None
    text = lead.get("/plan").text
    assert "3 người trong danh sách chưa có khung giờ" in text
    same = key()
    for _ in range(2):
        answer = lead.post("/plan/slots", data={"key": same, "on": tomorrow(), "half": "morning"})
        assert answer.status_code == 303
    assert appointments.count(tomorrow()).given == 3
    assert "Hường" not in lead.get("/plan").text
    assert lead.act("/plan/slots/undo", on=tomorrow(), half="morning").status_code == 303
    assert appointments.count(tomorrow()).given == 0
    assert lead.act("/plan/slots").status_code == 400
    refused = lead.act("/plan/slots", on=tomorrow() + timedelta(days=2), half="morning")
    assert refused.status_code == 422
    assert "Lập kế hoạch cho ngày này trước" in refused.text


def test_a_day_that_was_opened_is_read_only(lead, players):
    id = plan.make_plan(players.lead, now(), key(), now().on, "morning")
    day.open_day(players.lead, now(), key(), "morning")
    text = lead.get(f"/plan?on={now().on}&half=morning").text
    assert "Buổi này đã mở: kế hoạch được giữ như lúc mở" in text
    assert 'id="save-hours"' not in text
    assert 'id="save-tables"' in text, "a table may fail while people wait"
    assert 'id="save-zones"' in text, "or rain, and a zone has to take more"
    assert text.count("<fieldset") == text.count(" disabled>") + 2
    refused = lead.act(f"/plan/{id}/quotas", seen=seen(id))
    assert refused.status_code == 422
    assert "buổi này đã mở" in refused.text
    assert "Khu A chưa khai sức chứa: tính 20 người mỗi khu" in section(text, "lacking")
    sized = lead.act(f"/plan/{id}/zones", seen=seen(id), **{"distance-A": "2", "capacity-A": "25"})
    assert sized.status_code == 303
    assert "chưa khai sức chứa" not in section(lead.get(f"/plan?on={now().on}&half=morning").text, "lacking")
    assert lead.act(f"/plan/{id}/zones", seen=seen(id), **{"distance-A": "2", "capacity-A": "0"}).status_code == 422


def test_says_which_protocol_changed_since(lead, planned, players):
    with writing():
        day_plans.get(planned).protocols = day_plans.get(planned).protocols | {"screening": "2020-01-01"}
    text = lead.get("/plan").text
    assert "Quy định đã đổi từ khi lập kế hoạch: Khám sàng lọc" in text
    assert "lúc lập kế hoạch là bản 2020-01-01" in section(text, "protocols")
    lead.act(f"/plan/{planned}/protocols", seen=seen(planned))
    assert "Quy định đã đổi" not in lead.get("/plan").text


def test_the_audit_says_what_was_changed_and_names_nobody(lead, planned):
    lead.act(
        f"/plan/{planned}/posts", **{"seen": seen(planned), f"post-{staff.find_by_badge('N01').id}": "injection-1"}
    )
    entry = audit.find_last("plan.staff_posted", planned)
    assert entry.facts == {"on": str(tomorrow()), "half": "morning", "posted": 1}


def test_a_copy_that_cannot_be_is_said_also_where_a_plan_is_there_already(lead, planned, players):
    source = plan.make_plan(players.lead, now(), key(), tomorrow() + timedelta(days=1), "morning")
    afternoon = plan.make_plan(players.lead, now(), key(), tomorrow(), "afternoon")
    plan.set_hours(players.lead, now(1), key(), source, seen(source), "7:30", "14:00", "30", "6")
    refused = lead.act("/plan/copy", on=tomorrow(), half="morning", source=source)
    assert refused.status_code == 422
    assert "13:30" in section(refused.text, "lacking")
    assert day_plans.get(afternoon).opens.hour == 13


def test_a_post_of_somebody_who_goes_is_said_and_answers_for_nobody(lead, planned, players):
    nurse = players.vaccinator.id
    where = {f"post-{nurse}": "injection-1"}
    assert lead.act(f"/plan/{planned}/posts", seen=seen(planned), **where).status_code == 303
    assert "Bàn tiêm 1" not in section(lead.get("/plan").text, "lacking")
    with writing():
        staff.get(nurse).valid_until = now().on
    assert "Bàn tiêm 1" in section(lead.get("/plan").text, "lacking"), "their last day is before"
    refused = lead.act(f"/plan/{planned}/posts", seen=seen(planned), **where)
    assert refused.status_code == 422
    assert 'role="alert"' in section(refused.text, "lacking")


@pytest.mark.parametrize("asked", [{"on": "soon"}, {"on": ""}, {"half": "midnight"}, {"on": "9999-12-31"}])
def test_an_act_never_guesses_the_day(lead, asked):
    assert lead.act("/plan/make", **({"on": tomorrow(), "half": "morning"} | asked)).status_code == 400
    assert day_plans.list_newest(1) == []
