"""The boards: numbers and places from the rows of the queue's moves, never a name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from kiosk import config, protocols, wording
from kiosk.actions import day, plan, queueing, table
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.rules.words import VisitState
from kiosk.store import day_plans, queue_moves, stations, visits
from kiosk.store.database import db, writing
from kiosk.web import board_shown
from tests.cast import Players, called, expected, key, now, receive, screened, without_ids
from tests.screen import Browser, Screen

Take = Callable[..., Browser]
HTMX = {"HX-Request": "true"}
BOARDS = """
[[boards]]
code = "hall"
name = { vi = "Bảng ngoài sảnh", en = "Hall board" }
zones = ["A"]

[[boards]]
code = "inner"
name = { vi = "Bảng khu tiêm", en = "Inner board" }
zones = ["B"]
voice = false
"""

say = wording.speaker("vi")


def call(hub: Flask, players: Players, by: str = "screener") -> str:
    """The table calls whoever is next."""
    with hub.app_context():
        visit = table.call_next(getattr(players, by), now(), key())
        assert visit
        return visit


def arrive(hub: Flask, players: Players, *people: str) -> list[str]:
    """They get their numbers: Hường is an elder (U 001), Páo is not (A 001)."""
    with hub.app_context():
        return [receive(players, getattr(players, person)) for person in people]


def calls(screen: Screen) -> list[tuple[str, str]]:
    """(number, place) as the board shows them, the newest call first."""
    pattern = r'class="number[^"]*">([^<]+)<.*?class="place[^"]*">(.*?)</(?:p|span)>\s*</?(?!span)'
    shown = re.findall(pattern, screen.html, re.S)
    return [(number, re.sub(r"<[^>]*>", "", place).strip()) for number, place in shown]


def refreshed(browser: Browser, screen: Screen) -> Screen:
    """What the board gets when it asks again, as its partial says where."""
    found = re.search(r'hx-get="([^"]+)"', screen.html)
    assert found
    return browser.open(found[1].replace("&amp;", "&"), headers=HTMX)


def said(screen: Screen) -> list[str]:
    """What may still be said, in order."""
    return re.findall(r'data-caption="([^"]*)"', screen.html)


@pytest.fixture
def one_spot(hub: Flask, players: Players) -> str:
    """This morning is open, and its zone takes one person; the clinic day's id."""
    with hub.app_context():
        id = plan.make_plan(players.lead, now(), key(), now().on, "morning")
        plan.set_zones(players.lead, now(), key(), id, day_plans.get(id).seen, {"A": plan.Zone("9", "1", "1")})
        return day.open_day(players.lead, now(), key(), "morning")


def test_before_the_day_after_it_and_before_the_first_call(browser: Take, hub: Flask, players: Players) -> None:
    assert say("board.closed") in browser().open("/board").text
    with hub.app_context():
        day.open_day(players.lead, now(), key(), "morning")
    assert say("board.nobody") in browser().open("/board").text
    with hub.app_context():
        day.close_day(players.lead, now(), key(), 0)
    screen = browser().open("/board")
    assert say("board.over") in screen.text
    assert say("board.zone", zone="A", n=20) not in screen.text, "nobody is let in any more"


def test_a_called_number_and_where_to_go(browser: Take, hub: Flask, players: Players, opened: str) -> None:
    arrive(hub, players, "huong", "pao")
    call(hub, players)
    assert calls(browser().open("/board")) == [("U 001", "Bàn khám 1")]
    call(hub, players, "other_screener")
    screen = browser().open("/board")
    assert calls(screen) == [("A 001", "Bàn khám 2"), ("U 001", "Bàn khám 1")], "the newest call comes first"
    assert said(screen) == ["Mời số U 001 đến Bàn khám 1", "Mời số A 001 đến Bàn khám 2"], "in the order of the calls"


def test_a_recall_is_a_new_call_and_whoever_leaves_is_gone(
    browser: Take, hub: Flask, players: Players, opened: str
) -> None:
    arrive(hub, players, "huong", "pao")
    first = call(hub, players)
    call(hub, players, "other_screener")
    with hub.app_context():
        table.recall(players.screener, now(), key(), first)
    screen = browser().open("/board")
    assert [number for number, _ in calls(screen)] == ["U 001", "A 001"]
    assert said(screen) == ["Mời số A 001 đến Bàn khám 2", "Mời số U 001 đến Bàn khám 1"], "once, as last called"
    with hub.app_context():
        table.receive(players.screener, now(), key(), first)
    assert [number for number, _ in calls(browser().open("/board"))] == ["A 001", "U 001"], "who came is a last call"
    with hub.app_context():
        table.no_show(players.screener, now(), key(), first)
    assert "U 001" not in browser().open("/board").text


def test_the_last_number_of_each_table_stays_until_it_calls_again(
    browser: Take, hub: Flask, players: Players, opened: str
) -> None:
    arrive(hub, players, "huong", "pao")
    with hub.app_context():
        screened(players)
    screen = browser().open("/board")
    assert say("board.at_tables") in screen.text
    assert calls(screen) == [("U 001", "Bàn khám 1")], "gone on to the next step: how far the numbers have come"
    assert said(screen) == []
    with hub.app_context():
        called(players.screener)
    assert calls(browser().open("/board")) == [("A 001", "Bàn khám 1")], "one number a table"


def test_a_call_that_was_undone_was_never_made(browser: Take, hub: Flask, players: Players, opened: str) -> None:
    arrive(hub, players, "huong")
    visit = call(hub, players)
    with hub.app_context():
        last = queue_moves.find_last(visit)
        assert last
        queueing.undo(players.screener, now(), key(), last.id)
    screen = browser().open("/board")
    assert (calls(screen), said(screen)) == ([], [])


def test_who_stood_outside_is_asked_in(browser: Take, hub: Flask, players: Players, one_spot: str) -> None:
    huong, pao = arrive(hub, players, "huong", "pao")
    screen = browser().open("/board")
    assert say("board.zone.full", zone="A") in screen.text
    assert calls(screen) == [], "who found a spot on arrival was not called anywhere"
    with hub.app_context():
        assert not visits.get(pao).inside
        while visits.get(huong).stands is not VisitState.HELD:
            assert table.call_next(players.screener, now(), key()) == huong, "the only one with a spot"
            table.no_show(players.screener, now(), key(), huong)
    screen = browser().open("/board")
    assert calls(screen) == [("A 001", "Khu A, chỗ 1")]
    assert said(screen) == ["Mời số A 001 vào khu A, chỗ 1"]
    with hub.app_context():
        db.session.rollback()
        table.call_next(players.screener, now(), key())
    assert calls(browser().open("/board")) == [("A 001", "Bàn khám 1")], "and then called to a table"


def test_many_who_are_asked_in_at_once_push_no_call_away(
    browser: Take, hub: Flask, players: Players, one_spot: str
) -> None:
    (huong,) = arrive(hub, players, "huong")
    call(hub, players)
    with hub.app_context():
        for person in expected(board_shown.LOOKED_AT + 5):
            receive(players, person)
        planned = day_plans.find(now().on, "morning")
        assert planned
        plan.set_zones(players.lead, now(), key(), planned.id, planned.seen, {"A": plan.Zone("", "1", "80")})
        assert visits.get(huong).stands is VisitState.CALLED
    screen = browser().open("/board")
    assert ("U 001", "Bàn khám 1") in calls(screen)
    assert said(screen)[0] == "Mời số U 001 đến Bàn khám 1"


def test_tables_are_said_before_zones_and_a_zone_for_as_long_as_its_spot_is_kept(
    browser: Take, hub: Flask, players: Players, one_spot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    huong, _ = arrive(hub, players, "huong", "pao")
    call(hub, players)
    with hub.app_context():
        planned = day_plans.find(now().on, "morning")
        assert planned
        plan.set_zones(players.lead, now(), key(), planned.id, planned.seen, {"A": plan.Zone("9", "1", "2")})
        table.recall(players.screener, now(), key(), huong)
    asked_in = "Mời số A 001 vào khu A, chỗ 2"
    assert said(browser().open("/board")) == ["Mời số U 001 đến Bàn khám 1", asked_in], "the later call is said first"
    clock = Clock.now
    later = timedelta(minutes=3)
    monkeypatch.setattr(Clock, "now", lambda self: replace(moment := clock(self), at=moment.at + later))
    assert said(browser().open("/board")) == [asked_in], "by now the table may call another"


def test_who_was_asked_in_before_the_clock_was_set_back_is_not_shown_until_it_has_caught_up(
    browser: Take, hub: Flask, players: Players, one_spot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(hub, players, "huong", "pao")
    with hub.app_context():
        planned = day_plans.find(now().on, "morning")
        assert planned
        plan.set_zones(players.lead, now(), key(), planned.id, planned.seen, {"A": plan.Zone("9", "1", "2")})
    assert calls(browser().open("/board")) == [("A 001", "Khu A, chỗ 2")]
    clock = Clock.now
    earlier = timedelta(minutes=30)
    monkeypatch.setattr(Clock, "now", lambda self: replace(moment := clock(self), at=moment.at - earlier))
    assert calls(browser().open("/board")) == []


def test_free_spots_the_wait_the_lanes_rule_and_the_distance(
    browser: Take, hub: Flask, players: Players, opened: str
) -> None:
    arrive(hub, players, "huong", "pao")
    screen = browser().open("/board")
    assert say("board.zone", zone="A", n=18) in screen.text
    for lane in protocols.lanes().lanes:
        assert lane.rule_vi in screen.text
    assert say("board.distance", n=protocols.distance_m()) in screen.text
    assert re.search(r"Chờ (Số U )?(khoảng \d+–\d+|dưới \d+) phút", screen.text)
    with hub.app_context(), writing():
        for station in stations.list_():
            station.steps = []
    assert "phút" not in browser().open("/board").text, "nobody can say: no table works"


def test_a_zone_that_keeps_another_distance(browser: Take, hub: Flask, players: Players, one_spot: str) -> None:
    assert protocols.distance_m() != 1
    assert say("board.distance", n=1) in browser().open("/board").text


def test_nothing_is_sent_while_nothing_changes(browser: Take, hub: Flask, players: Players, opened: str) -> None:
    arrive(hub, players, "huong", "pao")
    call(hub, players)
    board = browser()
    screen = board.open("/board")
    assert refreshed(board, screen).status == 204
    call(hub, players, "other_screener")
    partial = refreshed(board, screen)
    assert partial.status == 200
    assert "<html" not in partial.html
    assert 'id="board"' in partial.html
    assert "aria-live" not in partial.html, "a screen reader hears only a place that stays"
    assert calls(partial)[0] == ("A 001", "Bàn khám 2")
    assert refreshed(board, partial).status == 204


def test_a_hub_that_was_gone_shows_what_it_showed(browser: Take, hub: Flask, players: Players, opened: str) -> None:
    arrive(hub, players, "huong", "pao")
    call(hub, players)
    call(hub, players, "other_screener")
    before = browser().open("/board")
    again = create_app(hub.config["SETTINGS"])
    screen = Browser(again.test_client()).open("/board")
    assert (calls(screen), said(screen)) == (calls(before), said(before))
    with again.app_context():
        db.engine.dispose()


def test_no_name_no_number_of_a_person_and_no_id(browser: Take, hub: Flask, players: Players, opened: str) -> None:
    visit = arrive(hub, players, "huong")[0]
    call(hub, players)
    for headers in ({}, HTMX):
        html = browser().open("/board", headers=headers).html
        for secret in ("Hường", "H•••", "015158004187", visit, players.huong):
            assert secret not in html
        assert not re.search("4187|1958", without_ids(html))


def test_a_table_that_is_no_longer_in_use_does_not_take_the_board_away(
    browser: Take, hub: Flask, players: Players, opened: str
) -> None:
    arrive(hub, players, "huong")
    visit = call(hub, players)
    with hub.app_context(), writing():
        stations.get("screening-1").retired = True
    screen = browser().open("/board")
    assert screen.status == 200
    assert "Bàn khám 1" in screen.text
    with hub.app_context(), writing():
        last = queue_moves.find_last(visit)
        assert last
        last.station = visits.get(visit).station = "screening-9"
    assert "screening-9" in browser().open("/board").text, "one that the site never heard of: its code"


@pytest.fixture
def two_zones(folder: Path) -> None:
    """Injection tables have a zone of their own, and each zone has a board; before the hub starts."""
    path = folder / "site.toml"
    text = re.sub(r'(kind = "injection"\n)', r'\1zone = "B"\n', path.read_text(encoding="utf-8"))
    path.write_text(text + BOARDS, encoding="utf-8")


@pytest.fixture
def two_boards(two_zones: None, hub: Flask, players: Players, opened: str) -> Flask:
    """The hub, whose stations know their zones."""
    settings = config.load(hub.config["SETTINGS"].folder)
    with hub.app_context(), writing():
        for station in settings.stations:
            stations.get(station.code).zone = station.zone
    hub.config["SETTINGS"] = settings
    return hub


def test_each_board_has_its_zones(browser: Take, two_boards: Flask, players: Players) -> None:
    arrive(two_boards, players, "huong", "pao")
    with two_boards.app_context():
        screened(players)
    call(two_boards, players)
    call(two_boards, players, "vaccinator")
    hall, inner = browser().open("/board"), browser().open("/board/inner")
    assert calls(hall)[0] == ("A 001", "Bàn khám 1")
    assert "Bàn tiêm 1" not in hall.text
    assert [row for row in calls(inner) if row == ("U 001", "Bàn tiêm 1")]
    assert "A 001" not in inner.text
    assert say("board.zone", zone="B", n=19) in inner.text
    assert "Khu B" not in hall.text
    assert calls(browser().open("/board/hall")) == calls(hall), "the first one has the short address too"
    assert refreshed(browser(), inner).status == 204


def test_a_board_speaks_where_it_was_opened_as_the_loudspeaker(browser: Take, two_boards: Flask) -> None:
    for path, quiet in (("/board", "yes"), ("/board?voice=1", "no"), ("/board/inner?voice=1", "yes")):
        board = browser()
        screen = board.open(path)
        assert f'data-quiet="{quiet}"' in screen.html, path
        assert ("data-turn-on" in screen.html) == (quiet == "no"), path
        assert "data-captions" in screen.html, "what is said is shown on a silent one too"
        asked = re.search(r'hx-get="([^"]+)"', screen.html)
        assert asked
        again = browser().open(re.sub("stamp=.", "stamp=x", asked[1].replace("&amp;", "&")), headers=HTMX)
        assert f'data-quiet="{quiet}"' in again.html, "it stays what it is"
        assert refreshed(board, screen).status == 204


def test_a_board_that_is_not_there(browser: Take, two_boards: Flask) -> None:
    assert browser().open("/board/nowhere").status == 404


def test_the_staff_finds_every_board(browser: Take, two_boards: Flask) -> None:
    screen = browser("volunteer").open("/")
    assert "Bảng ngoài sảnh" in screen.text
    assert "/board/inner" in screen.html
    assert "voice=1" not in screen.html, "only one machine is the loudspeaker: no link makes another speak"


def test_a_refresh_costs_a_few_statements(browser: Take, hub: Flask, players: Players, opened: str) -> None:
    arrive(hub, players, "huong", "pao", "dung")
    call(hub, players)
    call(hub, players, "other_screener")
    board = browser()
    board.open("/board")
    counted: list[str] = []
    with hub.app_context():
        engine = db.engine

    def count(*facts: object) -> None:
        counted.append(str(facts[2]))

    event.listen(engine, "before_cursor_execute", count)
    try:
        board.open("/board", headers=HTMX)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(counted) <= 14, "\n".join(counted)
