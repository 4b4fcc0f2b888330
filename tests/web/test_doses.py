"""The pages on which a dose is put right or taken back: at its table, and at the lead's."""

from __future__ import annotations

import re

import pytest

from kiosk import wording
from kiosk.actions import day, forwarding
from kiosk.rules.words import Role, VisitState
from kiosk.store import doses, outbox, visits
from kiosk.store.database import db, writing
from tests.cast import called, dosed, key, now, receive, screened

PAGE = "/table/injection-1"


@pytest.fixture
def nurse(signed_in):
    return signed_in(Role.VACCINATOR)


@pytest.fixture
def lead(signed_in):
    return signed_in(Role.SITE_LEAD)


@pytest.fixture
def dose(opened, players):
    """Hường has had her dose at injection-1; its id."""
    return doses.find(dosed(players, players.huong)).id


def saying(code, **facts):
    return wording.say(f"refusal.{code}", "vi", **facts)


def test_the_table_lists_its_last_doses_masked_and_leads_to_each(nurse, dose):
    text = nurse.get(PAGE).text
    assert "Mũi vừa ghi ở bàn này" in text
    assert f"{PAGE}/doses/{dose}" in text
    part = text.split('id="doses"')[1].split("</section>")[0]
    assert 'aria-label="Sửa / Hủy · U 001"' in part
    assert "Nguyễn Thị Hường" not in part
    assert "015158004187" not in text
    page = nurse.get(f"{PAGE}/doses/{dose}")
    assert page.status_code == 200
    for words in ("U 001", "AstraZeneca", "NK0191", "Sửa mũi này", "Hủy mũi này"):
        assert words in page.text
    assert "Nguyễn Thị Hường" not in page.text


def test_the_list_alone_is_sent_only_when_it_changed(nurse, dose):
    text = nurse.get(PAGE).text
    where = re.search(r'id="doses"[^>]*hx-get="([^"]+)"', text)[1].replace("&amp;", "&")
    asked = {"HX-Request": "true", "HX-Target": "doses"}
    assert nurse.get(where, headers=asked).status_code == 204
    assert nurse.act(f"{PAGE}/doses/{dose}/void", reason="twice", note="").status_code == 303
    again = nurse.get(where, headers=asked)
    assert again.status_code == 200
    assert "Đã hủy" in again.text


def test_taking_back_asks_why_and_is_done_once(nurse, dose):
    nurse.get(PAGE)
    refused = nurse.act(f"{PAGE}/doses/{dose}/void", reason="", note="")
    assert (refused.status_code, saying("dose_reason_missing") in refused.text) == (422, True)
    refused = nurse.act(f"{PAGE}/doses/{dose}/void", reason="other", note="")
    assert (refused.status_code, 'id="void-note-refusal"' in refused.text) == (422, True)
    assert 'aria-describedby="void-note-hint void-note-refusal" aria-invalid="true"' in refused.text
    assert 'aria-describedby="correct-note-hint">' in refused.text, "the other form is as it was"
    form = key()
    for _ in range(2):
        answer = nurse.act(f"{PAGE}/doses/{dose}/void", key=form, reason="wrong_person", note="")
        assert (answer.status_code, answer.location) == (303, PAGE)
    again = nurse.act(f"{PAGE}/doses/{dose}/void", reason="wrong_person", note="")
    assert (again.status_code, saying("dose_void") in again.text) == (422, True)
    db.session.rollback()
    assert visits.get(doses.get(dose).visit_id).stands is VisitState.WAITING
    assert "hủy lúc" in nurse.get(f"{PAGE}/doses/{dose}").text


def test_correcting_says_beside_the_field_what_is_wrong(nurse, dose):
    nurse.get(PAGE)
    row = doses.get(dose)
    right = {"vial_id": row.vial_id, "dose_number": "1", "arm": "left", "vaccinator": row.vaccinator,
             "reason": "mistyped", "note": ""}  # fmt: skip
    for change, field, code, facts in (
        ({}, None, "dose_as_it_was", {}),
        ({"arm": ""}, "arm", "arm_missing", {}),
        ({"dose_number": "x"}, "dose_number", "dose_number_odd", {"most": 20}),
        ({"vial_id": key()}, "vial_id", "vial_odd", {}),
        ({"vaccinator": key()}, "vaccinator", "vaccinator_odd", {}),
        ({"arm": "right", "reason": ""}, "correct-reason", "dose_reason_missing", {}),
    ):
        refused = nurse.act(f"{PAGE}/doses/{dose}/correct", **right | change)
        assert refused.status_code == 422, code
        assert saying(code, **facts) in refused.text
        if field:
            assert f'id="{field}-refusal"' in refused.text
    done = nurse.act(f"{PAGE}/doses/{dose}/correct", **right | {"arm": "right"})
    assert (done.status_code, done.location) == (303, PAGE)
    db.session.rollback()
    assert doses.find(row.visit_id).arm == "right"
    assert "ghi thay một mũi sai" in nurse.get(PAGE).text


def test_whom_the_table_serves_stays_while_the_last_one_is_put_right(nurse, dose, players):
    receive(players, players.pao)
    screened(players)
    here = called(players.vaccinator)
    nurse.get(PAGE)
    assert nurse.act(f"{PAGE}/doses/{dose}/void", reason="wrong_person", note="").status_code == 303
    assert visits.get(here).label in nurse.get(PAGE).text


def test_another_tables_dose_is_not_found(nurse, dose):
    nurse.get(PAGE)
    assert nurse.get(f"/table/injection-2/doses/{dose}").status_code == 404
    assert nurse.act(f"/table/injection-2/doses/{dose}/void", reason="twice").status_code == 404
    assert nurse.get(f"/table/desk-1/doses/{dose}").status_code == 404
    assert nurse.get(f"/doses/{dose}").status_code == 404
    assert nurse.get(f"{PAGE}/doses/{key()}").status_code == 404


def test_what_is_late_is_the_leads(nurse, lead, dose, opened, players):
    with writing():
        visits.get(doses.get(dose).visit_id).state = VisitState.LEFT
    nurse.get(PAGE)
    assert saying("void_only_lead") in nurse.get(f"{PAGE}/doses/{dose}").text
    assert nurse.act(f"{PAGE}/doses/{dose}/void", reason="twice").status_code == 422
    page = lead.get("/doses").text
    assert "1 mũi có hiệu lực" in page
    assert f'href="/doses/{dose}" aria-label="Sửa / Hủy · U 001"' in page
    assert "Nguyễn Thị Hường" not in page
    assert "đã ra về" in lead.get(f"/doses/{dose}").text
    done = lead.act(f"/doses/{dose}/void", reason="twice", note="")
    assert (done.status_code, done.location) == (303, "/doses")
    page = lead.get("/doses").text
    assert "0 mũi có hiệu lực · 1 mũi đã hủy" in page
    assert "Mũi này đã ghi hai lần" in page


def test_without_any_day_the_leads_list_is_empty(lead):
    assert "Chưa có mũi nào" in lead.get("/doses").text


def test_the_lead_finds_the_page_and_the_figure(lead, dose, opened):
    assert 'href="/doses"' in lead.get("/lead").text
    lead.act(f"/doses/{dose}/void", reason="drawn", note="")
    assert "Số mũi đã hủy" in lead.get("/lead").text


@pytest.mark.parametrize("path", ["void", "correct"])
def test_only_whoever_may_and_nobody_unknown(client, signed_in, dose, path):
    assert client.get(f"{PAGE}/doses/{dose}").status_code == 303
    for role in (Role.OBSERVER, Role.TECHNICIAN):
        browser = signed_in(role)
        browser.get("/")
        assert browser.get(f"{PAGE}/doses/{dose}").status_code == 403
        assert browser.act(f"{PAGE}/doses/{dose}/{path}").status_code == 403
    assert signed_in(Role.VACCINATOR).get("/doses").status_code == 403


def test_after_the_day_is_closed_the_lead_still_finds_it(lead, dose, opened, players):
    forwarding.sign_for(players.lead, now(), key(), [outbox.find_of(dose).id], "mất mạng")
    day.close_day(players.lead, now(), key(), 1)
    assert f'href="/doses/{dose}"' in lead.get("/doses").text
