"""Doses that would be left over, whom to call for them, and how whoever was called gets in at the desk."""

from __future__ import annotations

import re
from html import unescape

import pytest

from kiosk.actions import standby as acts
from kiosk.rules.words import Role, StandbyState
from kiosk.store import audit, people, standby
from kiosk.store.database import writing
from tests.actions.test_standby import listed, opened_vial
from tests.cast import key, now, receive
from tests.web.test_stock import part, received, text

PAGE = "/standby"
HTMX = {"HX-Request": "true", "HX-Target": "called"}


@pytest.fixture
def page(signed_in, players, opened):
    """A volunteer's browser with the page open, a clinic day open."""
    browser = signed_in(Role.VOLUNTEER)
    browser.get(PAGE)
    return browser


def test_it_is_the_volunteers_and_the_leads(client, signed_in, players, opened):
    assert client.get(PAGE).location == "/sign-in?next=/standby"
    person = listed()
    for role in (Role.VACCINATOR, Role.SCREENER, Role.OBSERVER, Role.TECHNICIAN):
        browser = signed_in(role)
        assert browser.get(PAGE).status_code == 403
        assert browser.act(f"{PAGE}/{person}/call").status_code == 403
        assert browser.act(f"{PAGE}/{person}/answer", said="coming").status_code == 403
    for role in (Role.VOLUNTEER, Role.SITE_LEAD):
        browser = signed_in(role)
        assert browser.get(PAGE).status_code == 200
        assert PAGE in browser.get("/").text


def test_with_no_open_vial_and_no_vaccine_there_is_nobody_to_call(page):
    listed()
    answer = text(page.get(PAGE))
    assert "Không có lọ nào đang mở còn liều." in answer
    assert "Hà Thị" not in answer


def test_nine_doses_and_few_people_say_how_many_to_call(page, players):
    opened_vial(players)
    receive(players, players.pao)
    answer = page.get(PAGE)
    assert "AstraZeneca còn 10 liều 1 người đang chờ · 1 người hẹn chưa đến" in part(answer, "leftover")
    assert "Gọi thêm 8 người" in part(answer, "leftover")


def test_before_a_call_people_are_masked_and_their_phones_are_nowhere(page, players):
    received(players)
    listed("Hà Thị Thương", "0912345678", special="pregnant", on=now().on.replace(year=2021))
    answer = page.get(PAGE)
    assert "Hà Thị T••• 1960" in text(answer)
    assert "nhóm 9" in text(answer)
    assert "không đến" in text(answer)
    for secret in ("Thương", "0912345678"):
        assert secret not in answer.text


def test_one_tap_shows_the_phone_to_whoever_calls_and_one_more_says_what_they_said(page, players, signed_in):
    received(players)
    person = listed("Hà Thị Thương", "0912345678")
    answer = page.act(f"{PAGE}/{person}/call", vaccine="astrazeneca", page="1")
    assert (answer.status_code, answer.location) == (303, f"{PAGE}?vaccine=astrazeneca")
    answer = page.get(PAGE)
    assert 'href="tel:0912345678"' in answer.text
    assert "Hà Thị Thương" in part(answer, "called")
    assert "Hà Thị T•••" not in part(answer, "choose")
    other = signed_in(Role.SITE_LEAD).get(PAGE)
    assert "0912345678" not in other.text
    assert "Hà Thị T•••" in part(other, "called")
    answer = page.act(f"{PAGE}/{person}/answer", said="coming")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "Nhận lời đến · Trần Thị Mai, 09:" in part(page.get(PAGE), "called")


def test_htmx_gets_the_partial_and_only_when_it_changed(page, players):
    person = listed()
    acts.call_standby(players.volunteer, now(), key(), person)
    where = unescape(re.search(r'id="called"[^>]*hx-get="([^"]+)"', page.get(PAGE).text)[1])
    assert page.get(where, headers=HTMX).status_code == 204
    answer = page.act(f"{PAGE}/{person}/answer", into="called", said="no_answer")
    assert answer.status_code == 303
    answer = page.get(where, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<section id="called"')


def test_a_second_tap_changes_nothing(page, players, opened):
    person = listed()
    call, said = {"key": key()}, {"key": key(), "said": "coming"}
    for _ in range(2):
        assert page.post(f"{PAGE}/{person}/call", data=call).status_code == 303
    for _ in range(2):
        assert page.post(f"{PAGE}/{person}/answer", data=said).status_code == 303
    assert audit.count_of("standby.called", person) == audit.count_of("standby.answered", person) == 1
    assert standby.find_newest(opened, person).said is StandbyState.COMING


def test_what_cannot_be_is_said(page, players):
    person = listed()
    acts.call_standby(players.lead, now(), key(), person)
    answer = page.act(f"{PAGE}/{person}/call")
    assert answer.status_code == 422
    assert "đã được đồng nghiệp gọi" in text(answer)
    receive(players, players.huong)
    assert page.act(f"{PAGE}/{players.huong}/call").status_code == 422
    assert page.act(f"{PAGE}/{players.huong}/answer", said="coming").status_code == 404
    assert page.act(f"{PAGE}/nobody/call").status_code == 404


def test_an_answer_that_comes_too_late_is_said_where_it_was_given(page, players):
    person = listed()
    acts.call_standby(players.volunteer, now(), key(), person)
    acts.answer_standby(players.volunteer, now(), key(), person, "coming")
    receive(players, person)
    answer = page.act(f"{PAGE}/{person}/answer", into="called", said="not_today")
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith('<section id="called"')
    assert "đã đến điểm tiêm" in text(answer)
    assert page.act(f"{PAGE}/{person}/answer", said="not_today").status_code == 422


def test_a_child_is_called_by_its_guardians_phone(page, players):
    mother = listed("Hà Thị Mẹ", "0900000001")
    child = listed("Hà Văn Con", "", year=2008)
    with writing():
        people.get_row(child).guardian_id = mother
    page.act(f"{PAGE}/{child}/call")
    called = page.get(PAGE).text.split('id="called"')[1].split("</section>")[0]
    assert 'href="tel:0900000001"' in called
    assert "người giám hộ: Hà Thị Mẹ" in called


def test_a_guardian_whom_nobody_opened_is_not_named(page, players, signed_in):
    mother = listed("Hà Thị Mẹ", "0900000001")
    child = listed("Hà Văn Con", "", year=2008)
    with writing():
        people.get_row(child).guardian_id = mother
    page.act(f"{PAGE}/{child}/call")
    page.act(f"{PAGE}/{child}/answer", said="no_answer")
    lead = signed_in(Role.SITE_LEAD)
    lead.act(f"/desk/desk-1/open/{child}")
    called = lead.get(PAGE).text.split('id="called"')[1].split("</section>")[0]
    assert "Hà Thị Mẹ" not in called
    assert "0900000001" not in called
    lead.act(f"{PAGE}/{child}/call")
    assert "Hà Thị Mẹ" in lead.get(PAGE).text


def test_the_desk_asks_nobodys_word_for_whoever_was_called_and_comes(page, players):
    person = listed()
    page.act(f"/desk/desk-1/open/{person}")
    here = f"/desk/desk-1/person/{person}"
    assert 'name="approval"' in page.get(here).text
    page.act(f"{PAGE}/{person}/call")
    page.act(f"{PAGE}/{person}/answer", said="coming")
    answer = page.get(here)
    assert 'name="approval"' not in answer.text
    assert "Trần Thị Mai đã gọi dự phòng lúc 09:" in text(answer)
    nothing = {f"none-{code}": "yes" for code in re.findall(r'name="none-(\w+)"', answer.text)}
    assert page.act(f"{here}/check-in", **nothing).status_code == 303
    assert person not in page.get(PAGE).text


def test_the_lead_sees_what_is_left_and_the_nurse_sees_no_link_to_call(players, opened, signed_in):
    opened_vial(players)
    lead, nurse = signed_in(Role.SITE_LEAD), signed_in(Role.VACCINATOR)
    assert f'href="{PAGE}?vaccine=astrazeneca"' in lead.get("/lead").text
    answer = lead.get("/lead", headers={"HX-Request": "true", "HX-Target": "leftover"})
    assert answer.text.lstrip().startswith('<section id="leftover"')
    answer = nurse.get("/stock")
    assert "Gọi thêm 8 người" in part(answer, "leftover")
    assert f'href="{PAGE}' not in answer.text


def test_twenty_a_page_in_rule_order(page, players):
    received(players)
    for nth in range(25):
        listed(f"Hà Thị {chr(65 + nth)}", line=nth)
    first, second = page.get(PAGE), page.get(f"{PAGE}?vaccine=astrazeneca&page=2")
    assert re.findall(r"Hà Thị (\w)•••", part(first, "choose")) == [chr(65 + nth) for nth in range(20)]
    assert re.findall(r"Hà Thị (\w)•••", part(second, "choose")) == [chr(65 + nth) for nth in range(20, 25)]
    assert 'rel="next"' in first.text
    assert 'rel="next"' not in second.text
    assert page.get(f"{PAGE}?vaccine=nothing&page=x").status_code == 200
    assert page.get(f"{PAGE}?vaccine=astrazeneca&page=99").status_code == 200


def test_in_english(page, players):
    opened_vial(players)
    listed()
    page.act("/language", language="en", next=PAGE)
    answer = text(page.get(PAGE))
    assert "Vaccine in open vials" in answer
    assert "Call 8 more people" in answer
    assert "group 9" in answer
