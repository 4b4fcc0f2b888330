"""The loudspeaker of a board in a real Chromium: each call once, in order, none over another, whatever fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from kiosk.actions import day, plan, table
from kiosk.rules.actor import Actor
from kiosk.rules.voice import ToStation, announce
from kiosk.store import day_plans, stations, visits
from kiosk.store.database import writing
from kiosk.wording import say
from tests.browser.conftest import BOARD, FLAGS, Office, Watched
from tests.cast import Players, hub, key, now, opened, players, receive  # noqa: F401

# Remembers which sound was asked for, began and ended, and how loud it was. One that had to wait for the machine in the
# middle begins again, for the browser.
WATCH = """
window.heard = [];
const note = (name, sound) => heard.push([name, new URL(sound.src).pathname, sound.volume]);
window.Audio = new Proxy(Audio, {
  construct(kind, facts) {
    const sound = new kind(...facts);
    for (const name of ["playing", "ended"]) sound.addEventListener(name, () => note(name, sound), { once: true });
    return sound;
  },
});
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  note("asked", this);
  return play.call(this);
};
"""
SPEAKS = "/board?voice=1"
CHIME = "/static/sounds/chime.wav"


@dataclass
class Hall:
    """Three people wait for three tables that screen, before a board."""

    office: Office
    hub: Flask
    doctor: Actor

    def board(self, path: str = SPEAKS) -> Watched:
        """A board whose sounds are remembered."""
        watched = self.office.visitor(BOARD)
        watched.page.add_init_script(WATCH)
        watched.go(path)
        watched.page.locator("#announcements").wait_for(state="attached")
        return watched

    def call(self, *places: str) -> list[str]:
        """Each of these tables calls whoever is next; the visits."""
        return [self.act(table.call_next, at=place) for place in places]

    def act(self, act: Callable[..., str | None], *facts: str, at: str = "screening-1") -> str:
        """The doctor at this table does it."""
        with self.hub.app_context():
            visit = act(replace(self.doctor, station=at), now(), key(), *facts)
        assert visit
        return visit

    def clips(self, *called: str) -> list[str]:
        """What is heard of these visits' calls when they follow at once: one chime, then each in order."""
        with self.hub.app_context():
            rows = [visits.get(visit) for visit in called]
            return [CHIME, *(sound for row in rows for sound in self._clips(row))]

    def _clips(self, row: visits.Visit) -> list[str]:
        kind, nth = row.station.rsplit("-", 1)
        said = announce("vi", row.series, row.n, ToStation(kind, int(nth), row.station))
        return [f"/voice/vi/{clip}" for clip in said]


@pytest.fixture
def hall(
    office: Office,
    hub: Flask,  # noqa: F811
    players: Players,  # noqa: F811
    opened: str,  # noqa: F811
) -> Hall:
    """The clinic day is open, and three have come."""
    with hub.app_context():
        for person in (players.huong, players.pao, players.dung):
            receive(players, person)
        with writing():
            stations.get("injection-1").steps = ["screening"]
    return Hall(office, hub, players.screener)


def heard(page: Page, name: str = "playing") -> list[str]:
    """The sounds that were asked for, have begun (`playing`), or have ended."""
    return [path for kind, path, _ in page.evaluate("heard") if kind == name]


def words(page: Page, name: str = "playing") -> list[str]:
    """The same without the chime, which each window rings before its own first call."""
    return [sound for sound in heard(page, name) if sound != CHIME]


def wait_for(page: Page, sounds: int) -> None:
    """Until so many sounds have ended; three calls take some twenty seconds."""
    ended = "(sounds) => heard.filter(([kind]) => kind === 'ended').length >= sounds"
    page.wait_for_function(ended, arg=sounds, timeout=90_000)


def test_three_calls_at_once_are_said_one_after_the_other_and_none_again(hall: Hall) -> None:
    watched = hall.board()
    page, caption = watched.page, watched.page.locator("[data-captions]")
    # The screen's own clock is set forward by a day each time that somebody looks at it.
    page.evaluate("window.leaps = 0; const right = Date.now; Date.now = () => right() + 86400000 * leaps++")
    called = hall.call("screening-1", "screening-2", "injection-1")
    expected = hall.clips(*called)
    expect(caption).to_contain_text("Bàn khám 1")
    watched.check()
    wait_for(page, len(expected))
    order = [(kind, path) for kind, path, _ in page.evaluate("heard")]
    assert order == [(kind, path) for path in expected for kind in ("asked", "playing", "ended")], "never two at once"
    assert {volume for *_, volume in page.evaluate("heard")} == {0.8}
    expect(caption).to_be_hidden()
    page.reload()
    hall.act(table.recall, called[0])
    again = hall.clips(called[0])
    expect(caption).to_be_visible()
    wait_for(page, len(again))
    assert heard(page) == again
    watched.check()


def test_two_boards_of_one_machine_share_its_loudspeaker(hall: Hall) -> None:
    one = hall.board().page
    other = one.context.new_page()
    other.add_init_script(WATCH)
    other.goto(one.url)
    other.locator("#announcements").wait_for(state="attached")
    expected = hall.clips(*hall.call("screening-1", "screening-2"))[1:]
    for _ in range(300):
        if len(words(one, "ended") + words(other, "ended")) >= len(expected):
            break
        one.wait_for_timeout(200)
    assert sorted(words(one) + words(other)) == sorted(expected), "each call once, by whichever has its turn"


@pytest.fixture
def small_zone(office: Office, hub: Flask, players: Players) -> Hall:  # noqa: F811
    """The clinic day is open with one spot in its zone; Hường has it, Páo and Dũng stand outside."""
    with hub.app_context():
        id = plan.make_plan(players.lead, now(), key(), now().on, "morning")
        plan.set_zones(players.lead, now(), key(), id, day_plans.get(id).seen, {"A": plan.Zone("9", "1", "1")})
        day.open_day(players.lead, now(), key(), "morning")
        for person in (players.huong, players.pao, players.dung):
            receive(players, person)
    return Hall(office, hub, players.screener)


def test_a_table_that_calls_while_a_zone_is_filled_is_said_next(small_zone: Hall, players: Players) -> None:  # noqa: F811
    page = small_zone.board().page
    page.evaluate(
        "window.captions = [];"
        "new MutationObserver(([{ target }]) => target.textContent && captions.push(target.textContent))"
        ".observe(document.querySelector('[data-said]'), { childList: true })"
    )
    with small_zone.hub.app_context():
        planned = day_plans.find(now().on, "morning")
        assert planned
        plan.set_zones(players.lead, now(), key(), planned.id, planned.seen, {"A": plan.Zone("9", "1", "3")})
    expect(page.locator("[data-captions]")).to_contain_text("khu A")
    small_zone.call("screening-1")
    expect(page.locator("[data-captions]")).to_contain_text("chỗ 3", timeout=30_000)
    assert page.evaluate("captions") == [
        "Mời số U 002 vào khu A, chỗ 2", "Mời số U 001 đến Bàn khám 1", "Mời số A 001 vào khu A, chỗ 3",
    ]  # fmt: skip
    assert heard(page).count(CHIME) == 1, "what follows at once needs no chime"


def test_a_page_that_is_not_the_loudspeaker_is_silent_and_read_by_a_screen_reader(hall: Hall) -> None:
    watched = hall.board("/board")
    page = watched.page
    page.evaluate("window.place = document.querySelector('[data-said]')")
    hall.call("screening-1")
    expect(page.locator("[data-said]")).to_have_text("Mời số U 001 đến Bàn khám 1")
    assert page.evaluate("place.isConnected && place.ariaLive") == "polite", "the place was there before the call"
    expect(page.locator("[data-captions]")).to_be_visible()
    watched.check()
    expect(page.locator("[data-captions]")).to_be_hidden()
    assert page.evaluate("heard") == []
    assert page.get_by_role("button", name=say("voice.turn_on"), include_hidden=True).count() == 0


@pytest.fixture
def torn(folder: Path) -> None:
    """A recording of the site's own that no browser can play."""
    path = folder / "voice" / "vi" / "please.mp3"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no sound")


def test_a_recording_that_fails_stops_neither_the_call_nor_the_next(torn: None, hall: Hall) -> None:
    page = hall.board().page
    expected = hall.clips(*hall.call("screening-1", "screening-2"))
    whole = [sound for sound in expected if sound != "/voice/vi/please"]
    wait_for(page, len(whole))
    assert heard(page) == whole
    assert heard(page, "asked") == expected


@pytest.fixture
def strict(office: Office, chromium: Any) -> Iterator[Watched]:
    """A board in a browser that plays nothing before somebody has touched it."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    flags = [flag for flag in FLAGS if not flag.startswith("--autoplay-policy")]
    flags.append("--autoplay-policy=document-user-activation-required")
    browser = chromium.browser_type.launch(executable_path=path, args=flags)
    context = browser.new_context(viewport={"width": BOARD[0], "height": BOARD[1]})
    page = context.new_page()
    page.add_init_script(WATCH)
    yield Watched(context, page, office.base)
    browser.close()


def test_a_browser_that_wants_a_touch_is_given_a_button_and_then_says_what_still_stands(
    strict: Watched, hall: Hall
) -> None:
    first, second = hall.call("screening-1", "screening-2")
    page = strict.go(SPEAKS)  # whatever is asked of the page counts as a touch: not before it has tried to speak
    turn_on = page.get_by_role("button", name=say("voice.turn_on"))
    expect(turn_on).to_be_visible()
    assert heard(page) == []
    strict.check()
    hall.act(table.receive, first)
    expect(page.locator("#announcements li:not([data-valid=no])")).to_have_count(1)
    turn_on.click()
    expected = hall.clips(second)
    wait_for(page, len(expected))
    assert heard(page) == expected
    expect(turn_on).to_be_hidden()
    assert urlsplit(page.url).path == "/board"


@pytest.fixture
def quiet(folder: Path) -> None:
    """Quiet hours at nine in the morning, which it is."""
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write('\n[voice]\nquiet = [["08:00", "11:00"]]\n')


def test_in_quiet_hours_a_call_is_read_and_not_heard(quiet: None, hall: Hall) -> None:
    page = hall.board().page
    hall.call("screening-1")
    expect(page.locator("[data-captions]")).to_contain_text("Bàn khám 1")
    expect(page.locator("[data-captions]")).to_be_hidden()
    assert page.evaluate("heard") == []
