"""The doctor's form on the table page."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from kiosk.rules.words import Role
from kiosk.store import doses, screenings, visits
from kiosk.store.columns import record
from kiosk.store.database import writing
from tests.cast import Players, now, receive

HEALTHY = {"temperature": "36,8", "none": "yes", "conclusion": "cleared"}


@pytest.fixture
def doctor(signed_in):
    return signed_in(Role.SCREENER)


@pytest.fixture
def here(doctor, opened, players: Players) -> str:
    """Hường is at the doctor's table."""
    return come(doctor, receive(players, players.huong, chronic=["heart"]))


def come(browser, visit: str) -> str:
    browser.act("/table/screening-1/call")
    browser.act(f"/table/screening-1/visit/{visit}/receive")
    return visit


def post(browser, visit: str, **fields):
    return browser.act(f"/table/screening-1/visit/{visit}/screening", **fields)


def test_the_healthy_case_is_a_temperature_a_tick_and_a_conclusion(doctor, here):
    text = doctor.get("/table/screening-1").text
    assert "Bệnh tim mạch" in text, "what was declared on arrival is beside it"
    assert "mang thai" in text
    answer = post(doctor, here, **HEALTHY)
    assert (answer.status_code, answer.location) == (303, "/table/screening-1")
    assert "Hường" not in doctor.get("/table/screening-1").text
    assert visits.get(here).step == "injection"


def test_men_are_not_asked_what_only_women_are(doctor, opened, players):
    come(doctor, receive(players, players.pao))
    assert "mang thai" not in doctor.get("/table/screening-1").text


@pytest.mark.parametrize(
    ("fields", "sentence", "beside"),
    [
        (HEALTHY | {"temperature": ""}, "Đo rồi ghi vào đây", "temperature-refusal"),
        (HEALTHY | {"temperature": "98.6"}, "từ 30 đến 45", "temperature-refusal"),
        ({"temperature": "36.8", "conclusion": "cleared"}, "", "items-refusal"),
        (HEALTHY | {"conclusion": ""}, "Chọn kết luận", "conclusion-refusal"),
        (HEALTHY | {"earlier-vaccine-1": "pfizer", "earlier-on-1": "mai"}, "Chọn vắc xin", "earlier-refusal"),
        ({"temperature": "38.4", "items": "acute_illness", "conclusion": "cleared"}, "chặt hơn", "note-refusal"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(doctor, here, fields, sentence, beside):
    answer = post(doctor, here, **fields, pulse="72", **{"earlier-on-2": "01/02/2022"})
    assert answer.status_code == 422
    assert f'id="{beside}"' in answer.text
    assert sentence in answer.text
    assert 'value="72"' in answer.text
    assert 'value="01/02/2022"' in answer.text
    assert screenings.find(here) is None


def test_a_refused_form_says_what_the_form_leads_to(doctor, here):
    answer = post(doctor, here, temperature="36.8", items="acute_illness", conclusion="cleared")
    assert "Theo phiếu: Trì hoãn" in answer.text


def test_what_we_know_of_earlier_doses_is_shown(doctor, here, players):
    assert "Đã tiêm trước đây: 0 mũi" in doctor.get("/table/screening-1").text
    with writing():
        row = doses.EarlierDose(
            person_id=players.huong, visit_id=here, vaccine="pfizer", given_on=date(2021, 9, 1), at=now().at
        )  # fmt: skip
        record(row, now())
    text = doctor.get("/table/screening-1").text
    assert "Đã tiêm trước đây: 1 mũi" in text
    assert "01/09/2021" in text


def test_doses_that_come_to_light_are_shown_beside_what_was_typed(doctor, here, players, signed_in):
    address = html.unescape(re.search(r'id="known"[^>]* hx-get="([^"]+)"', doctor.get("/table/screening-1").text)[1])
    alone = {"HX-Request": "true", "HX-Target": "known"}
    assert doctor.get(address, headers=alone).status_code == 204
    with writing():
        row = doses.EarlierDose(
            person_id=players.huong, visit_id=here, vaccine="unknown", given_on=date(2021, 9, 1), at=now().at
        )  # fmt: skip
        record(row, now())
    answer = doctor.get(address, headers=alone)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<section id="known"')
    assert "01/09/2021" in answer.text
    assert signed_in(Role.VOLUNTEER).get(address, headers=alone).status_code == 404, "who has not opened the person"
    post(doctor, here, **HEALTHY)
    assert doctor.get(address, headers=alone).status_code == 204


def test_a_vaccine_that_we_do_not_know_may_be_told(doctor, here, players):
    assert 'value="other"' in doctor.get("/table/screening-1").text
    answer = post(doctor, here, **HEALTHY, **{"earlier-vaccine-1": "other", "earlier-on-1": "01/09/2022"})
    assert answer.status_code == 303
    assert [dose.vaccine for dose in doses.history(players.huong)] == ["other"]


def test_everything_that_is_missing_is_said_at_once_and_the_first_has_the_focus(doctor, here):
    text = post(doctor, here).text
    for field in ("temperature", "items", "conclusion"):
        assert f'id="{field}-refusal"' in text
    assert text.count("autofocus") == 1
    assert text.index('id="temperature"') < text.index("autofocus") < text.index('id="items-refusal"')


def test_what_was_sent_for_somebody_who_has_gone_never_fills_the_next_persons_form(doctor, here, players):
    following = receive(players, players.pao)
    post(doctor, here, **HEALTHY)
    come(doctor, following)
    stale = post(doctor, here, temperature="39.7", pulse="131", note="sốt từ hôm qua")
    assert stale.status_code == 422
    assert "Sùng A Páo" in stale.text
    assert "người khác vừa bấm trước" in stale.text
    assert not [typed for typed in ("39.7", "131", "sốt từ hôm qua") if f'value="{typed}"' in stale.text]
    assert "sốt từ hôm qua" not in stale.text
    assert 'class="field refused"' not in stale.text


def test_a_volunteer_is_told_that_nobody_is_on_duty(signed_in, opened, players):
    volunteer = signed_in(Role.VOLUNTEER)
    visit = come(volunteer, receive(players, players.huong))
    text = volunteer.get("/table/screening-1").text
    assert "Chưa có bác sĩ trực" in text
    assert "Ghi kết luận" not in text, "what is typed before the doctor signs on would be gone then"
    answer = post(volunteer, visit, **HEALTHY)
    assert answer.status_code == 422
    assert screenings.find(visit) is None
    assert volunteer.act("/table/screening-1/duty", who="S01", pin="2916").status_code == 303
    assert "Bác sĩ kết luận: Lò Văn Minh" in volunteer.get("/table/screening-1").text
    assert post(volunteer, visit, **HEALTHY).status_code == 303
    assert visits.get(visit).step == "injection"


def test_whoever_may_not_record_it_is_given_no_form(signed_in, opened, players):
    lead = signed_in(Role.SITE_LEAD)
    visit = come(lead, receive(players, players.huong))
    text = lead.get("/table/screening-1").text
    assert "Bác sĩ hoặc tình nguyện viên ghi phần này" in text
    assert "Ghi kết luận" not in text
    assert post(lead, visit, **HEALTHY).status_code == 403


def test_a_second_tap_and_a_stale_page_change_nothing(doctor, here):
    post(doctor, here, **HEALTHY)
    again = post(doctor, here, **HEALTHY)
    assert again.status_code == 422
    assert "người khác vừa bấm trước" in again.text


def test_only_those_who_may_send_it(signed_in, client, here):
    assert client.act(f"/table/screening-1/visit/{here}/screening").status_code in (303, 400)
    assert post(signed_in(Role.VACCINATOR), here, **HEALTHY).status_code == 403


def test_in_english(doctor, here):
    doctor.act("/language", language="en")
    text = doctor.get("/table/screening-1").text
    assert "The doctor&#39;s conclusion" in text
    assert "May be vaccinated now" in text
    assert "Pulse (/min)" in text
    assert "/phút" not in text
