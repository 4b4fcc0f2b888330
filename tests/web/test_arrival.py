"""At the kiosk: too early, late, every dose spoken for, called by telephone; and what the desk does about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time

import pytest
from flask import Flask

from kiosk import protocols, wording
from kiosk.actions import doors, queueing, scanning, stock, table
from kiosk.actions import standby as acts
from kiosk.rules.actor import Actor
from kiosk.rules.words import PrintState, Role, SlipKind, VisitState
from kiosk.store import audit, help_calls, people, print_jobs, rosters, visits
from kiosk.store.database import writing
from tests.actions.test_family import born, child
from tests.actions.test_standby import listed
from tests.cast import CARD, CARD_OF_PAO, Players, key, now, receive
from tests.screen import Browser
from tests.web.conftest import Hands
from tests.web.test_desk import NEW, NOTHING

HOME = "/kiosk/kiosk-1"
YES, NONE = wording.say("kiosk.person.yes"), wording.say("kiosk.question.none")
Take = Callable[..., Browser]
Enter = Callable[[Role], Hands]


@pytest.fixture
def hold(hub: Flask, players: Players, opened: str) -> Callable[..., str]:
    """Holds a code in front of kiosk-1's camera; the scan's id."""

    def scan(text: str = CARD) -> str:
        id = key()
        with hub.app_context():
            scanning.scan_code(players.kiosk, now(), id, id, text.encode(), "QRCode")
        return id

    return scan


@pytest.fixture
def late_slot(hub: Flask, players: Players) -> str:
    """Hường is asked to come just before midnight; her entry's id."""
    with hub.app_context(), writing():
        entry = rosters.find_entry(players.huong, now().on)
        assert entry
        entry.slot_from, entry.slot_until = time(23, 58), time(23, 59)
        return entry.id


def one_dose(hub: Flask, players: Players) -> None:
    """One dose is here, and Páo has the number for it."""
    with hub.app_context():
        year = f"31/12/{now().on.year + 1}"
        stock.receive_lot(players.lead, now(), key(), "astrazeneca", "NK0191", year, 1, 1)
        receive(players, players.pao)


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_whoever_is_too_early_gets_a_paper_and_no_questions(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players, opened: str, late_slot: str, htmx: bool,
    language: str,
) -> None:  # fmt: skip
    kiosk = browser("kiosk")
    hold()
    screen = kiosk.open(HOME)
    if language == "en":
        screen = kiosk.tap(screen, "English")
    screen = kiosk.tap(screen, wording.say("kiosk.person.yes", language), htmx=htmx)
    you = "bác" if language == "vi" else "you"
    assert wording.say("kiosk.early", language, you=you, slot="23:58–23:59") in screen.text
    assert wording.say("kiosk.early.more", language, you=you, time="23:28") in screen.text
    assert "Hường" not in screen.html
    with hub.app_context():
        assert visits.find(opened, players.huong) is None
        assert [(job.station, job.language) for job in print_jobs.list_copies(late_slot, SlipKind.COMEBACK)] == [
            ("kiosk-1", language)
        ]
    assert kiosk.tap(screen, wording.say("kiosk.turned_away.done", language)).address == HOME
    with hub.app_context(), writing():
        job = print_jobs.list_copies(late_slot, SlipKind.COMEBACK)[0]
        job.state, job.settled_at = PrintState.PRINTED, now().at
    hold()
    again = kiosk.tap(kiosk.open(HOME), YES)
    assert "Phiếu ghi giờ hẹn đã in lúc" in again.text, "no second paper comes"
    assert wording.say("kiosk.early.paper") not in again.text
    with hub.app_context():
        assert len(print_jobs.list_copies(late_slot, SlipKind.COMEBACK)) == 1, "a further one is a reprint"


def test_the_hour_that_is_told_is_of_those_who_were_ticked(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players, opened: str, late_slot: str
) -> None:
    with hub.app_context():
        son = child("Lò Văn Bình", born(12), players.huong)
        with writing():
            entry = rosters.find_entry(son, now().on)
            assert entry
            entry.slot_from, entry.slot_until = time(23, 56), time(23, 57)
    kiosk = browser("kiosk")
    id = hold()
    own, both = (
        kiosk.open(f"{HOME}/scan/{id}/early?" + "&".join(f"member={one}" for one in those))
        for those in ([players.huong], [players.huong, son])
    )
    assert "23:58–23:59" in own.text, "nobody is told the hour of somebody who stayed at home"
    assert "23:56–23:57" in both.text


def test_whoever_is_late_is_told_where_their_number_stands(browser: Take, hold: Callable[..., str]) -> None:
    hold()
    screen = browser("kiosk").open(HOME)
    assert wording.say("kiosk.person.late.behind", you="bác", slot="07:30–08:00") in screen.text
    assert YES in [words for form in screen.forms for words, _, _ in form.buttons]


def test_when_every_dose_is_spoken_for_the_kiosk_says_so_and_rings(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players, opened: str
) -> None:
    one_dose(hub, players)
    kiosk = browser("kiosk")
    hold()
    screen = kiosk.tap(kiosk.open(HOME), YES)
    assert wording.say("kiosk.no_dose") in screen.text
    with hub.app_context():
        assert [call.reason for call in help_calls.list_open()] == ["no_dose"]
        assert visits.find(opened, players.huong) is None


def test_the_last_dose_may_go_while_the_questions_are_answered(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players
) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = kiosk.tap(kiosk.open(HOME), YES)
    for _ in range(3):
        screen = kiosk.tap(screen, NONE)
    one_dose(hub, players)
    assert wording.say("kiosk.no_dose") in kiosk.tap(screen, NONE).text


def test_whoever_was_called_by_telephone_gets_a_number_here(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players, opened: str
) -> None:
    with hub.app_context():
        person = listed("Hà Thị Thương", year=1970)
        with writing():
            people.get(person).number = "015170001111"
        acts.call_standby(players.volunteer, now(), key(), person)
        acts.answer_standby(players.volunteer, now(), key(), person, "coming")
    kiosk = browser("kiosk")
    hold("015170001111||Hà Thị Thương|01011970|Nữ|Xã Bản Công|15042021")
    screen = kiosk.open(HOME)
    assert "Được gọi đến tiêm hôm nay" in screen.text
    screen = kiosk.tap(screen, YES)
    for _ in range(4):
        screen = kiosk.tap(screen, NONE)
    assert "U 001" in screen.text
    with hub.app_context():
        assert visits.find(opened, person)


def test_only_whoever_is_not_first_anyway_is_asked_why_they_should_be(
    browser: Take, hold: Callable[..., str], hub: Flask
) -> None:
    kiosk = browser("kiosk")
    hold(CARD_OF_PAO)
    screen = kiosk.tap(kiosk.open(HOME), YES)
    groups = protocols.declaration().groups
    for nth, group in enumerate(groups, 1):
        assert group.question.vi in screen.text
        assert f"Câu {nth}/{len(groups)}" in screen.text
        if group.code == "needs":
            kiosk.tick(screen, "Khuyết tật, đi lại khó")
            screen = kiosk.tap(screen, wording.say("kiosk.question.go_on"))
        else:
            screen = kiosk.tap(screen, NONE)
    assert "U 001" in screen.text, "what they said decides their lane"


@pytest.fixture
def desk(signed_in: Enter, players: Players, opened: str, monkeypatch: pytest.MonkeyPatch) -> Hands:
    """A volunteer's browser that has opened Hường."""
    monkeypatch.setitem(NEW, "approver", players.lead.id)
    browser = signed_in(Role.VOLUNTEER)
    browser.get("/desk/desk-1")
    browser.act(f"/desk/desk-1/open/{players.huong}")
    return browser


def test_the_desk_gives_a_number_early_for_a_reason(
    desk: Hands, hub: Flask, players: Players, opened: str, late_slot: str
) -> None:
    page = f"/desk/desk-1/person/{players.huong}"
    assert "Nhà xa, không quay lại được" in desk.get(page).text
    refused = desk.act(f"{page}/check-in", **NOTHING)
    assert refused.status_code == 422
    assert 'id="early-refusal"' in refused.text
    assert desk.act(f"{page}/check-in", **NOTHING, early="far").status_code == 303
    assert visits.find(opened, players.huong)


def test_the_desk_sees_the_figures_and_lets_somebody_wait(
    desk: Hands, hub: Flask, players: Players, opened: str
) -> None:
    one_dose(hub, players)
    page = f"/desk/desk-1/person/{players.huong}"
    text = desk.get(page).text
    assert "còn 1 liều, 1 người ở đây đang chờ tiêm" in text
    assert wording.say("standby.wait_here") in text
    assert desk.act(f"{page}/check-in", **NOTHING).status_code == 422
    assert desk.act(f"{page}/check-in", wait="yes").location == page
    assert "Đang chờ tại điểm tiêm từ" in desk.get(page).text
    standby = desk.get("/standby").text
    assert "Nguyễn Thị Hường" in standby
    assert wording.say("standby.no_dose_yet") in standby
    assert "1 người chờ liều dự phòng tại chỗ" in desk.get("/desk/desk-1").text
    assert desk.act(f"/standby/{players.huong}/call-in").status_code == 422
    refused = desk.act(f"/standby/{players.huong}/call-in", into="here")
    assert refused.text.lstrip().startswith('<section id="here"')
    year = f"31/12/{now().on.year + 1}"
    # Dũng is expected: the dose that nobody was promised is the second.
    stock.receive_lot(players.lead, now(), key(), "astrazeneca", "NK0192", year, 2, 1)
    assert wording.say("standby.call_in") in desk.get("/standby").text
    assert desk.act(f"/standby/{players.huong}/call-in").location == "/standby"
    assert desk.act(f"{page}/check-in", **NOTHING).status_code == 303


def test_the_desk_gives_a_number_by_a_named_word_though_no_dose_is_left(
    desk: Hands, hub: Flask, players: Players, opened: str
) -> None:
    one_dose(hub, players)
    page = f"/desk/desk-1/person/{players.huong}"
    assert wording.say("desk.anyway") in desk.get(page).text
    refused = desk.act(f"{page}/check-in", **NOTHING, anyway="yes")
    assert refused.status_code == 422
    assert 'id="approval-refusal"' in refused.text
    word = {"approval": "Vừa nhận vắc xin, chưa ghi sổ", "approver": players.lead.id}
    assert desk.act(f"{page}/check-in", **NOTHING, **word, anyway="yes").status_code == 303
    visit = visits.find(opened, players.huong)
    assert visit
    assert visit.approved_by == players.lead.id
    assert desk.act("/desk/desk-1/walk-in", **NEW, **NOTHING).status_code == 422
    assert desk.act("/desk/desk-1/walk-in", **NEW, **NOTHING, anyway="yes").status_code == 303


def test_somebody_on_no_list_may_wait_too(desk: Hands, hub: Flask, players: Players, opened: str) -> None:
    one_dose(hub, players)
    refused = desk.act("/desk/desk-1/walk-in", **NEW, **NOTHING)
    assert refused.status_code == 422
    assert wording.say("standby.wait_here") in refused.text
    taken = desk.act("/desk/desk-1/walk-in", **NEW, wait="yes")
    assert taken.status_code == 303
    assert "Đang chờ tại điểm tiêm từ" in desk.get(taken.location).text


def test_a_typed_number_opens_its_person(desk: Hands, players: Players, opened: str) -> None:
    visit = visits.get(receive(players, players.pao))
    for typed in ("A1", "a 001", " A001 "):
        answer = desk.act("/desk/desk-1/find", words=typed, born_year="")
        assert (answer.status_code, answer.location) == (303, f"/desk/desk-1/person/{players.pao}")
    entry = audit.find_last("person.viewed", players.pao)
    assert entry
    assert entry.facts["number"] == visit.label
    refused = desk.act("/desk/desk-1/find", words="U 99", born_year="")
    assert refused.status_code == 422
    assert "Không có số U 099 trong buổi này" in refused.text


def test_the_desk_shows_where_somebody_stands_and_moves_them(desk: Hands, players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    page, moves = f"/desk/desk-1/person/{players.huong}", f"/desk/desk-1/line/{visit}"
    text = desk.get(page).text
    assert "Khu A, chỗ 1" in text
    assert "Ưu tiên" in text
    assert (
        desk.get(page, headers={"HX-Request": "true", "HX-Target": "line"}).text.lstrip().startswith('<div id="line"')
    )
    refused = desk.act(f"{moves}/lane", lane="nowhere", reason="mistake")
    assert re.search(r'<select id="lane-reason".*?<option value="mistake" selected>', refused.text, re.S), "kept"
    assert refused.text.count(" selected>") == 1
    refused = desk.act(f"{moves}/lane", lane="usual", reason="")
    assert refused.status_code == 422
    assert 'id="lane-reason-refusal"' in refused.text
    assert desk.act(f"{moves}/lane", lane="usual", reason="mistake").location == page
    assert (visits.get(visit).lane, visits.get(visit).label) == ("usual", "U 001")
    refused = desk.act(f"{moves}/hold", reason="bored")
    assert refused.status_code == 422
    assert 'id="hold-reason-refusal"' in refused.text
    assert desk.act(f"{moves}/hold", reason="papers").location == page
    assert "Về lấy giấy tờ" in desk.get(page).text
    assert desk.act(f"{moves}/resume").location == page
    assert visits.get(visit).stands is VisitState.WAITING
    assert desk.act(f"{moves}/resume").status_code == 422


def test_the_desk_is_told_that_a_table_was_quicker_though_the_form_is_gone(
    desk: Hands, players: Players, opened: str
) -> None:
    visit = receive(players, players.huong)
    desk.get(f"/desk/desk-1/person/{players.huong}")
    table.call_next(players.screener, now(), key())
    for act, facts in (("lane", {"lane": "usual", "reason": "mistake"}), ("hold", {"reason": "papers"})):
        refused = desk.act(f"/desk/desk-1/line/{visit}/{act}", **facts)
        assert refused.status_code == 422
        assert "người khác vừa bấm trước" in refused.text, act


def test_whoever_was_said_to_have_gone_is_back_by_the_desk(
    desk: Hands, players: Players, opened: str, door: Actor
) -> None:
    visit = receive(players, players.huong)
    page, here = f"/desk/desk-1/person/{players.huong}", f"/desk/desk-1/line/{visit}/here"
    assert here not in desk.get(page).text
    doors.go_out(door, now(), key(), visit, "", comes_back=False)
    assert here in desk.get(page).text
    assert desk.act(here).location == page
    assert visits.get(visit).stands is VisitState.WAITING
    refused = desk.act(here)
    assert refused.status_code == 422
    assert "người khác vừa bấm trước" in refused.text


def test_who_is_out_of_the_line_is_listed_by_number_and_comes_back_with_one_tap(
    desk: Hands, players: Players, opened: str
) -> None:
    visit = receive(players, players.huong)
    queueing.hold(players.volunteer, now(), key(), visit, "toilet")
    text = desk.get("/desk/desk-1").text
    assert "U 001" in text
    assert "Đi vệ sinh" in text
    assert "Hường" not in text
    alone = desk.get("/desk/desk-1", headers={"HX-Request": "true", "HX-Target": "held"})
    assert alone.text.lstrip().startswith('<section id="held"')
    assert desk.act(f"/desk/desk-1/line/{visit}/back").location == "/desk/desk-1"
    assert visits.get(visit).stands is VisitState.WAITING
    assert desk.act(f"/desk/desk-1/line/{visit}/back", into="held").status_code == 422


def test_whoever_was_not_opened_is_not_moved(desk: Hands, players: Players, opened: str) -> None:
    visit = receive(players, players.pao)
    for act in ("lane", "hold", "resume"):
        assert desk.act(f"/desk/desk-1/line/{visit}/{act}", lane="priority", reason="frail").status_code == 404
