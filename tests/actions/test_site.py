"""Setting the site up."""

from __future__ import annotations

import pytest

from kiosk.actions import site
from kiosk.config import Settings
from kiosk.errors import NotFound
from kiosk.rules.actor import OPERATOR
from kiosk.store import pairings, stations
from tests.cast import Players, done_once, key, now, refusal_of

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
