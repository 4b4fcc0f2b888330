"""Setting the hub's clock from the technician's page, where no network tells the time."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from kiosk import clock
from kiosk.actions import clock as acts
from kiosk.rules.box import Facts
from kiosk.rules.words import Role
from kiosk.store import audit, box_reports, clock_wish
from kiosk.store.database import db, writing
from kiosk.web import boxes_clock_shown
from tests.cast import key, now, refusal_of

PAGE, ACT = "/boxes", "/boxes/clock"
ALONE = {"HX-Request": "true", "HX-Target": "clock"}
# At the site, in Vietnam: 00:30 UTC. After every build of this program.
WISH = {"day": "2030-11-23", "time": "07:30:15"}
MEANT = datetime(2030, 11, 23, 0, 30, 15, tzinfo=UTC)


@pytest.fixture
def page(signed_in, players):
    browser = signed_in(Role.TECHNICIAN)
    browser.get(PAGE)
    return browser


@pytest.fixture
def in_the_past(monkeypatch):
    """The machine's clock is before the build of this program."""
    monkeypatch.setattr(clock, "BUILT_AT", now().at + timedelta(days=1))


@pytest.fixture
def kept(settings):
    return settings.folder


def hub_says(**facts):
    with writing():
        box_reports.put(box_reports.HUB, now().at, {"box": Facts(**facts).told(), "site": []})


def section(text):
    return re.search(r'<section id="clock".*?</section>', text, re.S)[0]


def left(folder, **said):
    """What the machine's program leaves, in the place of the wish."""
    (folder / clock_wish.WISH).unlink()
    told = {"why": "", "done": clock_wish.running()} | said
    (folder / clock_wish.OUTCOME).write_text(json.dumps({"state": "refused" if told["why"] else "set"} | told))


def test_the_form_is_there_unless_a_network_tells_the_time(page, in_the_past):
    for facts in ({}, {"clock_synced": False}, {"clock_synced": True}):
        hub_says(**facts)
        assert '<details class="fold" open>' in section(page.get(PAGE).text), "the clock is wrong, whatever is said"
    assert "Giờ này sai" in page.get(PAGE).text


def test_a_clock_that_may_be_right_is_set_on_demand(page):
    hub_says(clock_synced=False, rtc=True)
    assert '<details class="fold">' in section(page.get(PAGE).text)
    hub_says(clock_synced=True)
    assert "Đặt giờ" not in section(page.get(PAGE).text)
    assert "<h2>" not in section(page.get(PAGE).text)


def test_one_tap_leaves_a_wish_whole_and_names_nobody(page, in_the_past, kept):
    before = clock_wish.running()
    answer = page.act(ACT, **WISH)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#clock")
    wish = json.loads((kept / clock_wish.WISH).read_text())
    assert set(wish) == {"at", "asked"}
    assert wish["at"] == MEANT.timestamp()
    assert before <= wish["asked"] <= clock_wish.running()
    assert not list(kept.glob(f".{clock_wish.WISH}*"))
    db.session.rollback()
    entry = audit.find_last("clock.set", "hub")
    assert entry.facts["after"] == "2030-11-23T00:30:15+00:00"
    assert set(entry.facts) == {"before", "after"}


def test_a_double_tap_is_one_wish(page, players, in_the_past, kept):
    this = key()
    for _ in range(2):
        acts.set_clock(players.lead, now(), this, kept, MEANT)
        (kept / clock_wish.WISH).unlink(missing_ok=True)
    acts.set_clock(players.lead, now(), this, kept, MEANT)
    assert not (kept / clock_wish.WISH).exists(), "the second tap asks for nothing"
    assert audit.count_of("clock.set", "hub") == 1


def test_looking_wishes_for_nothing(page, in_the_past, kept):
    assert page.get(ACT).status_code == 405
    page.get(PAGE, query_string=WISH)
    assert not (kept / clock_wish.WISH).exists()


def test_it_asks_until_the_machine_has_answered_and_then_stops(page, in_the_past, kept):
    page.act(ACT, **WISH)
    text = page.get(PAGE, headers=ALONE).text
    assert text.lstrip().startswith('<section id="clock"')
    assert "Đang đặt giờ" in text
    again = re.search(r'hx-get="([^"]+)"', text)[1].replace("&amp;", "&")
    assert page.get(again, headers=ALONE).status_code == 204, "nothing new"
    left(kept)
    text = page.get(again, headers=ALONE).text
    assert "Đã đặt giờ" in text
    assert "hx-get" not in section(text)


@pytest.mark.parametrize("why", clock_wish.REASONS)
def test_a_machine_that_refuses_says_why_and_what_to_do(page, in_the_past, kept, why):
    page.act(ACT, **WISH)
    left(kept, why=why)
    assert {"synced": "có giờ từ mạng", "failed": "sudo kiosk clock"}.get(why, "Không đặt") in page.get(PAGE).text
    page.act("/language", language="en")
    assert ("does not let" if why == "failed" else "Not set") in page.get(PAGE).text


def test_where_nobody_takes_it_the_page_says_so(page, in_the_past, kept, monkeypatch):
    page.act(ACT, **WISH)
    monkeypatch.setattr(boxes_clock_shown, "TAKEN_SECONDS", 0.0)
    text = section(page.get(PAGE).text)
    assert "Máy chưa nhận giờ" in text
    assert "sudo kiosk clock" in text
    assert f'action="{ACT}"' in text, "and it can be tried again"
    assert "hx-get" not in text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"day": "", "time": ""}, "Ghi đủ ngày và giờ"),
        ({"day": "23/11/2030", "time": "07:30"}, "Ghi đủ ngày và giờ"),
        ({"day": "2030-11-23", "time": "7 giờ"}, "Ghi đủ ngày và giờ"),
        ({"day": "2001-01-01", "time": "07:30"}, "Xem lại ngày và năm"),
        ({"day": "2099-01-01", "time": "07:30"}, "Xem lại năm"),
    ],
)
def test_an_odd_time_is_refused_beside_its_field(page, kept, typed, sentence):
    answer = page.act(ACT, **typed)
    assert answer.status_code == 422
    assert sentence in section(answer.text)
    assert f'value="{typed["day"]}"' in answer.text, "what was typed stays"
    assert not (kept / clock_wish.WISH).exists()
    assert audit.count_of("clock.set", "hub") == 0


def test_a_disk_that_takes_nothing_is_said_and_not_audited(page, players, kept):
    (kept / "elsewhere").write_text("")
    assert refusal_of(acts.set_clock, players.lead, kept / "elsewhere", MEANT) == "clock_unwritten"
    db.session.rollback()
    assert audit.count_of("clock.set", "hub") == 0


def test_it_is_for_whoever_tends_boxes(client, signed_in, in_the_past, kept):
    client.get("/sign-in")
    assert client.act(ACT, **WISH).location.startswith("/sign-in")
    for role in (Role.VOLUNTEER, Role.VACCINATOR, Role.OBSERVER, Role.SCREENER):
        assert signed_in(role).act(ACT, **WISH).status_code == 403
    assert not (kept / clock_wish.WISH).exists()


def test_the_lead_who_may_not_open_the_day_is_led_there(signed_in, in_the_past):
    lead = signed_in(Role.SITE_LEAD)
    assert f'href="{PAGE}#clock"' in lead.get("/lead").text


def test_files_that_nobody_can_read_are_no_answer(kept):
    for text in ("", "{", "[]", '{"done": "x"}', '{"done": true, "why": "failed"}', '{"done": 1e12, "state": "set"}',
                 '{"done": 1, "state": "refused", "why": "<b>"}'):  # fmt: skip
        (kept / clock_wish.OUTCOME).write_text(text)
        assert clock_wish.find_outcome(kept) is None
