"""Setting the site up."""

from __future__ import annotations

import pytest

from kiosk.actions import site, table
from kiosk.config import Settings
from kiosk.errors import NotFound
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import VisitState
from kiosk.store import pairings, stations, topics, visits
from kiosk.store.database import db, writing
from tests.cast import Players, done_once, key, now, receive, refusal_of

pytestmark = pytest.mark.usefixtures("inside")


def planned(settings: Settings) -> list[tuple[object, str, str]]:
    """The stations as migrate hands them over."""
    return [(station, station.name.vi, station.name.en) for station in settings.stations]


def test_stations_become_what_the_settings_say(settings: Settings, players: Players) -> None:
    fewer = planned(settings)[:-1]
    facts = ("YB-01", "Điểm tiêm mới", "demo", fewer)
    assert done_once(site.set_up, OPERATOR, *facts, other=players.lead) == len(fewer)
    assert stations.site().name == "Điểm tiêm mới"
    with pytest.raises(NotFound):
        stations.get("finish-1")
    assert stations.find("finish-1"), "retired, never deleted"
    site.set_up(OPERATOR, now(), key(), "YB-01", "x", "demo", planned(settings))  # type: ignore[arg-type]
    assert stations.get("finish-1")


def test_whoever_was_at_a_station_that_is_gone_is_called_by_another(
    settings: Settings, players: Players, opened: str
) -> None:
    here, sent = receive(players, players.huong), receive(players, players.dung)
    assert table.call_next(players.screener, now(), key()) == here
    with writing():
        visits.get(sent).bound_for = "screening-1"
        visits.get(sent).lane = "a lane of before"
    fewer = [one for one in planned(settings) if one[0].code != "screening-1"]  # type: ignore[attr-defined]
    site.set_up(OPERATOR, now(), key(), "YB-01", "x", "demo", fewer)  # type: ignore[arg-type]
    assert [visits.get(id).state for id in (here, sent)] == [VisitState.WAITING] * 2
    assert (visits.get(sent).bound_for, visits.get(sent).lane) == ("", "usual")
    assert table.call_next(players.other_screener, now(), key()) == here


def test_screens_hear_of_new_names_at_once(settings: Settings) -> None:
    before = topics.versions()
    site.set_up(OPERATOR, now(), key(), "YB-01", "x", "demo", planned(settings))  # type: ignore[arg-type]
    db.session.expire_all()
    moved = {name for name, version in topics.versions().items() if version > before.get(name, 0)}
    assert moved >= {topics.BOARD, topics.DESK, topics.LINE, topics.TABLES, topics.DAY}


def test_a_demo_never_becomes_a_real_site(settings: Settings) -> None:
    assert refusal_of(site.set_up, OPERATOR, "YB-01", "x", "real", planned(settings)) == "mode_fixed"


def test_a_device_is_trusted_for_one_station(players: Players) -> None:
    token = site.new_token()
    id = done_once(site.pair, OPERATOR, "screening-1", token, other=players.lead)
    found = pairings.find(site.token_hash(token))
    assert found
    assert (found.id, found.station) == (id, "screening-1")
    assert token not in found.token_hash
    with pytest.raises(NotFound):
        site.pair(OPERATOR, now(), key(), "no-such-station", site.new_token())


def test_a_token_can_be_typed() -> None:
    token = site.new_token()
    assert len(token) == 19
    assert [len(part) for part in token.split("-")] == [4, 4, 4, 4]
    assert token != site.new_token()
