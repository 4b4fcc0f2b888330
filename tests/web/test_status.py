"""The page behind a ticket's code: where a number stands, for whoever holds the ticket, and nothing of who it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kiosk
from kiosk import wording
from kiosk.actions import day, injection, queueing, table
from kiosk.store import clinic_days, topics, visits
from kiosk.store.database import writing
from kiosk.web import status as status_page
from tests.cast import identified, key, now, receive, screened, vial_opened

STATIC = Path(kiosk.__file__).parent / "static"


def said(code, language="vi", **facts):
    """A sentence of the page."""
    return wording.say(f"status.{code}", language, **facts)


def token_of(visit_id):
    """The token of a visit's ticket."""
    return visits.get(visit_id).token


@pytest.fixture
def ticket(opened, players):
    """Hường has a number: the first of the priority lane."""
    return receive(players, players.huong)


@pytest.fixture
def look(client, ticket):
    """The page of Hường's ticket, as a phone gets it."""
    return lambda query="", token=None: client.get(f"/t/{token or token_of(ticket)}{query}")


def test_whoever_waits_reads_where_how_many_and_how_long(look, players):
    pao = receive(players, players.pao)
    page = look(token=token_of(pao)).text
    assert "A 001" in page
    assert said("spot", zone="A", spot=2) in page
    assert said("ahead", n=1) in page
    assert re.search(r"<strong>(khoảng \d+–\d+|dưới \d+) phút</strong>", page)
    assert said("next") in look().text


def test_a_call_is_the_whole_page(look, players, ticket):
    table.call_next(players.screener, now(), key())
    page = look().text
    assert said("called", place="Bàn khám 1") in page
    assert 'class="said go"' in page
    table.receive(players.screener, now(), key(), ticket)
    assert said("at_table", place="Bàn khám 1") in look().text


def test_whoever_is_held_or_did_not_come_is_told_the_way_back(look, players, ticket):
    queueing.hold(players.volunteer, now(), key(), ticket, "toilet")
    page = look().text
    assert said("held") in page
    assert said("held.back") in page
    assert "vệ sinh" not in page, "why is nobody's business"
    queueing.resume(players.volunteer, now(), key(), ticket)
    for _ in range(3):
        table.call_next(players.screener, now(), key())
        table.no_show(players.screener, now(), key(), ticket)
    page = look().text
    assert said("absent") in page
    assert said("absent.back") in page


def test_whoever_stands_outside_is_told_so_and_then_asked_in(look, players, ticket):
    with writing():
        visit = visits.get(ticket)
        visit.inside, visit.spot, visit.entered_at = "", None, None
    page = look().text
    assert said("outside", zone="A") in page
    assert said("next") in page
    with writing():
        visit = visits.get(ticket)
        visit.inside, visit.spot = "A", 7
        topics.touch(topics.LINE)
    page = look().text
    assert said("enter", zone="A", spot=7) in page
    assert 'class="said go"' in page


def test_in_the_room_it_says_until_when_and_then_goodbye(look, players, ticket):
    screened(players)
    vial = vial_opened(players.vaccinator)
    identified(players.vaccinator)
    injection.give_dose(players.vaccinator, now(), key(), ticket, vial, 1, "left")
    page = look().text
    assert re.search(r"Mời ngồi lại ở Phòng theo dõi đến \d\d:\d\d\.", page)
    assert said("seated.unwell") in page
    with writing():
        visit = visits.get(ticket)
        visit.state, visit.left_at = "left", now().at
        topics.touch(topics.LINE)
    assert said("left") in look().text


def test_whom_a_volunteer_must_see_first_reads_no_wait(client, opened, players):
    feverish = receive(players, players.huong, symptoms=["fever"])
    page = client.get(f"/t/{token_of(feverish)}").text
    assert said("stay") in page
    assert "<strong>" not in page
    assert "sốt" not in page.lower()
    assert visits.get(feverish).told_high is None, "nothing was promised"


def test_nothing_says_who_it_is(look, players, ticket):
    for page in (look().text, look("?l=en").text):
        assert not re.search("Hường|Nguyễn Thị H|H•••|1958|015158004187|4187", page)
        assert ticket not in page
        assert players.huong not in page


def test_every_other_code_gets_the_same_answer(client, look, players, ticket):
    good = token_of(ticket)
    former = clinic_days.find_open()
    wrong = client.get("/t/23456789AB")
    assert wrong.status_code == 404
    assert said("nobodys") in wrong.text
    for token in ("x", "0" * 10, good[:-1], good + "A", "%00", "é", "DT1:" + good):
        answer = client.get(f"/t/{token}")
        assert (answer.status_code, answer.text) == (404, wrong.text), token
    day.close_day(players.lead, now(), key(), 1)
    assert clinic_days.get(former.id).closed_at
    old = look(token=good)
    assert (old.status_code, old.text) == (404, wrong.text), "yesterday's ticket is no better than none"


def test_both_languages_and_the_code_as_it_is_printed(look, client, ticket):
    token = token_of(ticket)
    assert said("spot", "en", zone="A", spot=1) in look("?l=en").text
    assert said("spot", zone="A", spot=1) in look("?l=xx").text
    assert said("spot", zone="A", spot=1) in client.get(f"/T/{token}").text
    assert said("spot", zone="A", spot=1) in client.get(f"/t/{token.lower()}").text


def test_a_visit_speaks_the_language_of_its_ticket(look, ticket):
    with writing():
        visits.get(ticket).language = "en"
    assert said("spot", "en", zone="A", spot=1) in look().text
    assert said("spot", "vi", zone="A", spot=1) in look("?l=vi").text


def test_it_leaves_no_cookie_no_referrer_and_may_be_asked_again_cheaply(look, client):
    first = look()
    assert first.status_code == 200
    assert "Set-Cookie" not in first.headers
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert first.headers["Cache-Control"] == "private, max-age=5"
    again = client.get(first.request.path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    missing = client.get("/t/23456789AB")
    assert "Set-Cookie" not in missing.headers
    assert missing.headers["Referrer-Policy"] == "no-referrer"


def test_all_of_it_is_less_than_30_kilobytes(look):
    page = look()
    fetched = [STATIC / path.split("?")[0] for path in re.findall(r'(?:href|src)="/static/([^"]+)"', page.text)]
    assert len(fetched) == 4
    assert len(page.data) + sum(path.stat().st_size for path in fetched) < 30_000
    assert "Be Vietnam" not in (STATIC / "css/status.css").read_text(encoding="utf-8")
    assert "--font)" not in (STATIC / "css/status.css").read_text(encoding="utf-8"), "its files weigh 60 kB"


def test_it_goes_on_without_scripts_and_without_a_stream(look):
    page = look().text
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page
    assert "sse" not in page
    assert "/events" not in page


def test_an_answer_is_made_once_for_everybody_until_something_changes(look, players, ticket):
    first = look().text
    with writing():
        visits.get(ticket).spot = 19  # nothing has said that anything changed
    assert look().text == first
    table.call_next(players.screener, now(), key())
    assert said("called", place="Bàn khám 1") in look().text


def test_unknown_codes_are_not_remembered(client, ticket):
    before = dict(status_page.ANSWERS._kept)
    client.get("/t/23456789AB")
    assert dict(status_page.ANSWERS._kept) == before


def test_only_what_is_said_is_read_aloud(look):
    page = look().text
    assert re.findall(r"<(\w+) [^>]*aria-live", page) == ["div"]
    live = re.search(r'<div id="said"[^>]*aria-live="polite">(.*?)</div>', page, flags=re.S)
    assert live
    assert "<h1>" in live[1]
    assert not re.search(r"\d\d:\d\d", live[1]), "what changes with every minute is not part of it"
