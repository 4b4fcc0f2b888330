"""The board: numbers and places, never a name."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask

from kiosk import wording
from kiosk.actions import table
from kiosk.store import stations, visits
from kiosk.store.database import writing
from tests.cast import Players, key, now, receive, without_ids
from tests.screen import Browser

Take = Callable[..., Browser]


def call(hub: Flask, players: Players, by: str = "screener") -> str:
    """The table calls whoever is next."""
    with hub.app_context():
        visit = table.call_next(getattr(players, by), now(), key())
        assert visit
        return visit


def test_before_the_day_and_before_the_first_call(browser: Take, hub: Flask, players: Players) -> None:
    assert wording.say("board.closed") in browser().open("/board").text


def test_a_called_number_and_where_to_go(browser: Take, hub: Flask, players: Players, opened: str) -> None:
    assert wording.say("board.nobody") in browser().open("/board").text
    with hub.app_context():
        receive(players, players.huong)
        receive(players, players.pao)
    call(hub, players)
    assert "A 001" in browser().open("/board").text
    call(hub, players, "other_screener")
    screen = browser().open("/board")
    assert "Bàn khám 1" in screen.text
    assert "Bàn khám 2" in screen.text
    assert screen.text.index("A 002") < screen.text.index("A 001"), "the newest call comes first"


def test_a_recall_is_a_new_call_and_whoever_leaves_is_gone(
    browser: Take, hub: Flask, players: Players, opened: str
) -> None:
    with hub.app_context():
        receive(players, players.huong)
        receive(players, players.pao)
    first = call(hub, players)
    call(hub, players, "other_screener")
    with hub.app_context():
        table.recall(players.screener, now(), key(), first)
    screen = browser().open("/board")
    assert screen.text.index("A 001") < screen.text.index("A 002")
    with hub.app_context():
        table.receive(players.screener, now(), key(), first)
        table.no_show(players.screener, now(), key(), first)
    assert "A 001" not in browser().open("/board").text


def test_no_name_no_number_of_a_person_and_no_id(browser: Take, hub: Flask, players: Players, opened: str) -> None:
    with hub.app_context():
        visit = receive(players, players.huong)
    call(hub, players)
    for headers in ({}, {"HX-Request": "true"}):
        html = browser().open("/board", headers=headers).html
        for secret in ("Hường", "H•••", "015158004187", visit, players.huong):
            assert secret not in html
        assert not re.search("4187|1958", without_ids(html))


def test_htmx_gets_the_inside_alone(browser: Take, hub: Flask, players: Players, opened: str) -> None:
    html = browser().open("/board", headers={"HX-Request": "true"}).html
    assert "<html" not in html
    assert 'id="board"' in html


def test_a_table_that_is_no_longer_in_use_does_not_take_the_board_away(
    browser: Take, hub: Flask, players: Players, opened: str
) -> None:
    with hub.app_context():
        receive(players, players.huong)
        visit = call(hub, players)
        with writing():
            stations.get("screening-1").retired = True
    screen = browser().open("/board")
    assert screen.status == 200
    assert "Bàn khám 1" in screen.text
    with hub.app_context(), writing():
        visits.get(visit).station = "screening-9"
    assert "screening-9" in browser().open("/board").text, "one that the site never heard of: its code"
