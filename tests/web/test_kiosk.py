"""A person at the kiosk, from the card to the number, with nothing but what the pages offer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from kiosk import protocols, wording
from kiosk.actions import day, heartbeats, help_calls, printing, scanning
from kiosk.clock import Clock
from kiosk.demo import cards as demo_cards
from kiosk.demo import papers as demo_papers
from kiosk.rules.moment import Moment
from kiosk.rules.words import VisitState
from kiosk.store import help_calls as calls
from kiosk.store import print_jobs, scans, visits
from kiosk.store.database import writing
from tests import cast as casting
from tests import papers
from tests.actions.test_family import born, child
from tests.cast import CARD, Players, key, now, receive
from tests.screen import Browser, Screen

HOME = "/kiosk/kiosk-1"
NONE, GO_ON = wording.say("kiosk.question.none"), wording.say("kiosk.question.go_on")
YES, NO = wording.say("kiosk.person.yes"), wording.say("kiosk.person.no")
HELP, DONE = wording.say("kiosk.help"), wording.say("kiosk.number.done")
Take = Callable[..., Browser]
# Hường goes first by her age: she is not asked why she should.
ASKED = [group for group in protocols.declaration().groups if group.code != "needs"]


@pytest.fixture
def hold(hub: Flask, players: Players, opened: str) -> Callable[..., str]:
    """Holds a code in front of kiosk-1's camera (a clinic day is open); the scan's id."""

    def scan(text: str = CARD, by: str = "kiosk") -> str:
        id = key()
        with hub.app_context():
            scanning.scan_code(getattr(players, by), now(), id, id, text.encode(), "QRCode")
        return id

    return scan


def answer_all(kiosk: Browser, screen: Screen, *, htmx: bool = False) -> Screen:
    """Says none to each question that is asked."""
    for _ in protocols.declaration().groups:
        if any(words == NONE for form in screen.forms for words, _, _ in form.buttons):
            screen = kiosk.tap(screen, NONE, htmx=htmx)
    return screen


@pytest.mark.parametrize("htmx", [False, True])
def test_from_the_card_to_the_number_in_six_touches(
    browser: Take, hold: Callable[..., str], hub: Flask, htmx: bool
) -> None:
    kiosk = browser("kiosk")
    assert wording.say("kiosk.start.ask_somebody") in kiosk.open(HOME).text
    hold()
    screen = kiosk.open(HOME)
    assert "Nguyễn Thị H•••" in screen.text
    assert "•••• •••• 4187" in screen.text
    assert "07:30–08:00" in screen.text
    for secret in ("Hường", "015158004187", "12051958", "12/05/1958"):
        assert secret not in screen.html
    screen = answer_all(kiosk, kiosk.tap(screen, YES, htmx=htmx), htmx=htmx)
    assert "U 001" in screen.text
    assert re.fullmatch(rf"{HOME}/visit/[0-9a-f-]{{36}}", screen.address)
    assert kiosk.taps <= 6
    with hub.app_context():
        visit = visits.get(screen.address.rsplit("/", 1)[1])
    assert (visit.label, visit.attention) == ("U 001", False)
    assert kiosk.tap(screen, DONE).address == HOME


def test_answers_start_empty_and_each_question_is_a_screen(browser: Take, hold: Callable[..., str]) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = kiosk.tap(kiosk.open(HOME), YES)
    for nth, group in enumerate(ASKED, 1):
        assert group.question.vi in screen.text
        assert f"Câu {nth}/{len(ASKED)}" in screen.text
        assert all(item.vi in screen.text for item in group.items)
        assert "checked" not in screen.html
        screen = kiosk.tap(screen, NONE)


def test_a_question_without_an_answer_is_asked_again_with_the_sentence(browser: Take, hold: Callable[..., str]) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = kiosk.tap(kiosk.open(HOME), YES)
    again = kiosk.tap(screen, GO_ON, htmx=True)
    assert again.status == 422
    assert wording.say("refusal.answer_missing") in again.text
    assert 'role="alert"' in again.html
    kiosk.tick(again, "Vùng đang có dịch")
    both = kiosk.tap(again, NONE)
    assert both.status == 422
    assert wording.say("refusal.answer_contradicts") in both.text
    assert "checked" in both.html, "what was ticked stays ticked"
    assert protocols.declaration().groups[1].question.vi in kiosk.tap(both, GO_ON).text


def test_a_symptom_keeps_the_person_here_and_calls_a_volunteer(
    browser: Take, hold: Callable[..., str], hub: Flask
) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = kiosk.tap(kiosk.tap(kiosk.open(HOME), YES), NONE)
    kiosk.tick(screen, "Sốt")
    screen = kiosk.tap(kiosk.tap(kiosk.tap(screen, GO_ON), NONE), NONE)
    assert "U 001" in screen.text
    assert wording.say("kiosk.number.stay", you="bác", zone="A") in screen.text
    with hub.app_context():
        assert [call.reason for call in calls.list_open()] == ["unwell"]


def test_a_second_tap_on_the_last_form_is_the_same_number(
    browser: Take, hold: Callable[..., str], hub: Flask, opened: str
) -> None:
    kiosk = browser("kiosk")
    hold()
    last = kiosk.tap(kiosk.open(HOME), YES)
    for _ in range(3):
        last = kiosk.tap(last, NONE)
    first, second = kiosk.tap(last, NONE), kiosk.tap(last, NONE)
    assert first.address == second.address
    assert "U 001" in second.text
    with hub.app_context():
        assert len(visits.list_present(opened)) == 1


def test_whoever_has_a_number_sees_it_again(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players
) -> None:
    kiosk = browser("kiosk")
    with hub.app_context():
        visit = receive(players, players.huong)
        token = visits.get(visit).token
    for text in (CARD, f"DT1:{token}"):
        hold(text)
        assert "U 001" in kiosk.open(HOME).text


@pytest.mark.parametrize(
    ("state", "words"),
    [(VisitState.SEATED, "ngồi ở phòng theo dõi"), (VisitState.LEFT, "Lượt hôm nay của bác đã xong")],
)
def test_whoever_waits_for_no_call_is_not_sent_to_wait(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players, opened: str, state: VisitState, words: str
) -> None:
    with hub.app_context():
        visit = receive(players, players.huong)
        with writing():
            visits.get(visit).state = state
    hold()
    screen = browser("kiosk").open("/kiosk/kiosk-1")
    assert "U 001" in screen.text
    assert words in screen.text
    assert "ngồi chờ" not in screen.text
    assert not any("no_paper" in form.action or "no-paper" in form.action for form in screen.forms)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello", "unknown_code"), ("DT1:23456789AB", "unknown_ticket"), ("https://example.test", "link"),
        ("DTB1:TN1", "badge"), ("DTV1:23456789AB", "vial_label"), (demo_cards.PACK, "pack"),
        (demo_papers.insurance(papers.of(name="Phạm Văn Khách")), "incomplete"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_code_that_leads_to_nobody_is_named_with_the_way_out(
    browser: Take, hold: Callable[..., str], text: str, words: str, language: str
) -> None:
    kiosk = browser("kiosk")
    hold(text)
    screen = kiosk.open(HOME)
    if language == "en":
        screen = kiosk.tap(screen, "English")
    document = wording.say("code.insurance_card", language)
    assert wording.say(f"kiosk.unknown.{words}", language, document=document) in screen.text
    assert wording.say(f"kiosk.unknown.{words}.way_out", language) in screen.text
    for secret in (text, "example.test", "TN1", "Khách"):
        assert secret not in screen.html
    assert (
        wording.say("kiosk.start.ask_somebody") in kiosk.tap(screen, wording.say("kiosk.unknown.again", language)).text
    )


@pytest.mark.parametrize(
    ("text", "document"),
    [
        (CARD, "national_card"), (papers.QR, "national_qr"), (papers.MASKED_QR, "national_qr"),
        (papers.INSURANCE, "insurance_card"), (papers.CERTIFICATE, "certificate"),
    ],
)  # fmt: skip
def test_every_document_leads_to_our_own_record_and_is_named(
    browser: Take, hold: Callable[..., str], text: str, document: str
) -> None:
    hold(text)
    screen = browser("kiosk").open(HOME)
    assert "Nguyễn Thị H•••" in screen.text
    assert f"Đã đọc {wording.say(f'code.{document}')}" in screen.text
    assert YES in screen.text


@pytest.mark.parametrize(
    ("text", "words"), [("0151580O4187|", "keyed"), (casting.CARD_OF_STRANGER, "keyed_incomplete")]
)
def test_what_a_hand_scanner_typed_is_asked_for_again_before_the_camera(
    browser: Take, hub: Flask, players: Players, opened: str, text: str, words: str
) -> None:
    with hub.app_context():
        id = key()
        scanning.scan_code(players.kiosk, now(), id, id, text.encode(), "Keyboard")
    screen = browser("kiosk").open(HOME)
    assert wording.say(f"kiosk.unknown.{words}") in screen.text
    assert wording.say(f"kiosk.unknown.{words}.way_out") in screen.text


def test_while_no_day_is_open_the_person_is_told_so(browser: Take, hub: Flask, players: Players) -> None:
    with hub.app_context():
        id = key()
        scanning.scan_code(players.kiosk, now(), id, id, CARD.encode(), "QRCode")
    screen = browser("kiosk").open(HOME)
    assert wording.say("kiosk.unknown.no_clinic_day") in screen.text
    assert "H•••" not in screen.text


def test_a_card_forgotten_at_the_close_is_asked_for_again(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players
) -> None:
    scan = hold(casting.CARD_OF_STRANGER)
    with hub.app_context():
        day.close_day(players.lead, now(0.1), key(), 0)
    screen = browser("kiosk").open(f"{HOME}/scan/{scan}")
    assert wording.say("kiosk.unknown.unknown_code.way_out") in screen.text


@pytest.mark.parametrize("card", [casting.CARD_OF_VANG, casting.CARD_OF_STRANGER])
def test_who_is_not_on_the_list_gets_help_and_no_number(
    browser: Take, hold: Callable[..., str], hub: Flask, opened: str, card: str
) -> None:
    kiosk = browser("kiosk")
    scan = hold(card)
    screen = kiosk.open(HOME)
    assert YES not in screen.text
    assert wording.say("kiosk.help.coming") in kiosk.tap(screen, wording.say("kiosk.person.yes_help")).text
    with hub.app_context():
        assert [(call.reason, call.scan_id) for call in calls.list_open()] == [("not_rostered", scan)]
        assert visits.list_present(opened) == []


def test_not_me_frees_the_screen(browser: Take, hold: Callable[..., str], hub: Flask) -> None:
    kiosk = browser("kiosk")
    hold()
    assert wording.say("kiosk.start.ask_somebody") in kiosk.tap(kiosk.open(HOME), NO).text
    with hub.app_context():
        assert scans.list_offered("kiosk-1", now(-1).at) == []


def test_another_stations_scan_and_visit_are_not_there(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players
) -> None:
    kiosk = browser("kiosk")
    elsewhere = hold(CARD, by="neighbour")
    with hub.app_context():
        visit = receive(players, players.pao)
    for path in (f"scan/{elsewhere}", f"visit/{visit}", f"visit/{visit}/paper", f"scan/{key()}", f"visit/{key()}"):
        screen = kiosk.open(f"{HOME}/{path}")
        assert screen.status == 404, path
        assert "Hường" not in screen.html
        assert "H•••" not in screen.html


def test_a_screen_is_paired_to_one_station(browser: Take, hub: Flask, players: Players) -> None:
    kiosk = browser("kiosk")
    assert kiosk.open("/kiosk/desk-1").address == "/pair"
    kiosk.client.set_cookie("screen-screening-2", players.tokens["neighbour"])
    assert kiosk.open("/kiosk/screening-2").status == 404, "paired, but no kiosk"
    assert browser().open(HOME).address == "/pair"
    assert browser("volunteer").open(HOME).address == "/pair", "nobody signs in at a kiosk"


def test_an_htmx_request_of_a_stranger_is_sent_to_pairing(browser: Take) -> None:
    answer = browser().client.get(HOME, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/pair")


def test_the_kiosk_speaks_english_until_the_person_goes(browser: Take, hold: Callable[..., str]) -> None:
    kiosk = browser("kiosk")
    screen = kiosk.tap(kiosk.open(HOME), "English")
    assert '<html lang="en"' in screen.html
    assert wording.say("kiosk.start.ask_somebody", "en") in screen.text
    hold()
    screen = kiosk.tap(kiosk.open(HOME), wording.say("kiosk.person.yes", "en"))
    for group in ASKED:
        assert group.question.en in screen.text
        screen = kiosk.tap(screen, wording.say("kiosk.question.none", "en"))
    assert wording.say("kiosk.number.yours", "en", you="you") in screen.text
    screen = kiosk.tap(screen, wording.say("kiosk.number.done", "en"))
    assert '<html lang="vi"' in screen.html


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The site's clock goes on."""
    before = Clock.now
    monkeypatch.setattr(Clock, "now", lambda clock: _after(before(clock), seconds))


def _after(moment: Moment, seconds: float) -> Moment:
    return replace(moment, at=moment.at + timedelta(seconds=seconds))


def test_a_start_that_nobody_touches_returns_to_vietnamese(browser: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk = browser("kiosk")
    screen = kiosk.tap(kiosk.open(HOME), "English")
    asks = re.search(r'hx-get="([^"]+)"', screen.html)
    assert asks
    refresh = asks[1].replace("&amp;", "&")
    later(monkeypatch, 40)
    assert kiosk.client.get(refresh, headers={"HX-Request": "true"}).headers.get("HX-Redirect") is None
    later(monkeypatch, 6)
    for _ in range(2):  # an answer may be lost
        assert kiosk.client.get(refresh, headers={"HX-Request": "true"}).headers["HX-Redirect"] == HOME
    assert '<html lang="vi"' in kiosk.open(HOME).html


def test_the_next_person_is_not_spoken_to_in_the_last_ones_language(
    browser: Take, hold: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = browser("kiosk")
    kiosk.tap(kiosk.open(HOME), "English")
    hold()
    screen = kiosk.tap(kiosk.open(HOME), wording.say("kiosk.person.yes", "en"))
    assert protocols.declaration().groups[0].question.en in screen.text
    later(monkeypatch, 46)
    hold(casting.CARD_OF_PAO)
    assert '<html lang="vi"' in kiosk.open(HOME).html, "the countdown led here"


def test_a_screen_that_looks_for_a_newer_card_keeps_its_language(browser: Take, hold: Callable[..., str]) -> None:
    kiosk = browser("kiosk")
    scan = hold()
    kiosk.tap(kiosk.open(HOME), "English")
    asked = kiosk.client.get(f"{HOME}?shown={scan}", headers={"HX-Request": "true"})
    assert asked.status_code == 204
    assert '<html lang="en"' in kiosk.open(f"{HOME}/scan/{scan}").html
    hold(casting.CARD_OF_PAO)
    newer = kiosk.client.get(f"{HOME}?shown={scan}", headers={"HX-Request": "true"})
    assert wording.say("kiosk.person.yes") in newer.text, "somebody else's screen"


@pytest.mark.parametrize("htmx", [False, True])
def test_another_language_in_the_middle_keeps_the_answers_and_the_place(
    browser: Take, hold: Callable[..., str], hub: Flask, htmx: bool
) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = kiosk.tap(kiosk.tap(kiosk.open(HOME), YES, htmx=htmx), NONE, htmx=htmx)
    kiosk.tick(screen, "Sốt")
    screen = kiosk.tap(screen, "English", htmx=htmx)
    symptoms = protocols.declaration().groups[1]
    assert symptoms.question.en in screen.text
    assert 'lang="en"' in screen.html
    assert screen.html.count("checked") == 1, "what was ticked stays ticked"
    for nth in range(3):
        screen = kiosk.tap(screen, wording.say("kiosk.question.none" if nth else "kiosk.question.go_on", "en"))
    assert "U 001" in screen.text
    with hub.app_context():
        declared = visits.find_declaration(screen.address.rsplit("/", 1)[1])
    assert declared
    assert declared.answers["symptoms"] == ["fever"]


def test_another_language_on_the_number_keeps_the_number(browser: Take, hold: Callable[..., str]) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = answer_all(kiosk, kiosk.tap(kiosk.open(HOME), YES))
    english = kiosk.tap(screen, "English")
    assert english.address == screen.address
    assert wording.say("kiosk.number.yours", "en", you="you") in english.text
    answer = kiosk.tap(english, "Tiếng Việt", htmx=True).response
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, screen.address)
    assert '<html lang="vi"' in kiosk.open(HOME).html


def test_a_staff_page_in_the_next_tab_keeps_its_own_language(browser: Take) -> None:
    kiosk = browser("kiosk")
    kiosk.tap(kiosk.open(HOME), "English")
    assert '<html lang="vi"' in kiosk.open("/board").html


@pytest.mark.parametrize("named", ["scan", "visit"])
@pytest.mark.parametrize("how", ["closed", "unknown", "of another"])
def test_a_call_for_help_is_heard_from_a_screen_left_open_too_long(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players, named: str, how: str
) -> None:
    kiosk = browser("kiosk")
    stale = hold(by="neighbour") if how == "of another" else hold() if how == "closed" else key()
    screen = kiosk.open(HOME)
    if how == "closed":
        kiosk.tap(screen, NO)
    form = next(form for form in screen.forms if form.action.endswith("/help"))
    kept = dict(form.fields) | {named: stale, "reason": "asked"}
    answer = kiosk.client.post(form.action, data=kept, headers={"HX-Request": "true"}, follow_redirects=True)
    assert answer.status_code == 200
    with hub.app_context():
        assert [(call.scan_id, call.visit_id) for call in calls.list_open()] == [(None, None)]


def test_a_page_that_is_not_there_still_calls_for_help(browser: Take, hub: Flask) -> None:
    kiosk = browser("kiosk")
    screen = kiosk.open(f"{HOME}/visit/{key()}")
    assert screen.status == 404
    assert wording.say("kiosk.help.coming") in kiosk.tap(screen, HELP).text
    with hub.app_context():
        assert [call.reason for call in calls.list_open()] == ["asked"]
    assert '<html lang="en"' in kiosk.tap(screen, "English").html


def test_help_rings_until_somebody_takes_it(browser: Take, hub: Flask, players: Players) -> None:
    kiosk = browser("kiosk")
    screen = kiosk.tap(kiosk.open(HOME), HELP)
    assert wording.say("kiosk.help.coming") in screen.text
    kiosk.tap(kiosk.open(HOME), HELP)
    with hub.app_context():
        (call,) = calls.list_open()
    asked = kiosk.client.get(f"{HOME}/help?asked=yes", headers={"HX-Request": "true"})
    assert asked.status_code == 204
    with hub.app_context():
        help_calls.take_help(players.volunteer, now(), key(), call.id)
    assert wording.say("kiosk.help.taken") in kiosk.open(f"{HOME}/help?asked=yes").text


def test_the_paper_tells_its_fate(browser: Take, hold: Callable[..., str], hub: Flask, players: Players) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = answer_all(kiosk, kiosk.tap(kiosk.open(HOME), YES))
    paper = f"{screen.address}/paper"
    assert wording.say("kiosk.paper.late") in kiosk.open(paper).text, "nothing prints while no printer is ready"
    with hub.app_context():
        heartbeats.beat(players.kiosk, now(), "run", 8099, "ready", "ready", False)
    assert wording.say("kiosk.paper.printing.more") in kiosk.open(paper).text
    assert "hx-get" in kiosk.open(paper).html
    with hub.app_context():
        job = printing.claim_job(players.kiosk, now(), key(), "run")
        assert job
        printing.settle_job(players.kiosk, now(), key(), job, "printed", "")
    printed = kiosk.open(paper)
    assert wording.say("kiosk.paper.printed.more") in printed.text
    assert "hx-get" not in printed.html, "it stops asking"
    kiosk.tap(screen, wording.say("kiosk.number.no_paper"))
    assert wording.say("kiosk.paper.late") in kiosk.open(paper).text
    with hub.app_context():
        assert [call.reason for call in calls.list_open()] == ["no_paper"]


@pytest.fixture
def doubtful(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players
) -> Callable[[], tuple[Browser, Screen]]:
    """Somebody has a number, and the printer does not know whether their slip came out; their screen."""

    def come() -> tuple[Browser, Screen]:
        kiosk = browser("kiosk")
        hold()
        screen = answer_all(kiosk, kiosk.tap(kiosk.open(HOME), YES))
        with hub.app_context():
            heartbeats.beat(players.kiosk, now(), "run", 8099, "ready", "ready", False)
            job = printing.claim_job(players.kiosk, now(), key(), "run")
            assert job
            printing.settle_job(players.kiosk, now(), key(), job, "doubtful", "no_answer", "paper_out")
        return kiosk, screen

    return come


def ticket_state(hub: Flask, address: str) -> tuple[str, str]:
    """State and reason of the ticket of the visit on this screen."""
    with hub.app_context():
        job = print_jobs.find_newest(address.rsplit("/", 1)[1], "ticket")
    assert job
    return job.state, job.reason


@pytest.mark.parametrize("htmx", [False, True])
def test_whose_slip_is_doubtful_is_asked_and_has_it(
    doubtful: Callable[[], tuple[Browser, Screen]], hub: Flask, htmx: bool
) -> None:
    kiosk, screen = doubtful()
    number = kiosk.open(screen.address)
    assert "Phiếu của bác đã ra chưa?" in number.text
    assert wording.say("kiosk.number.no_paper") not in number.text, "the question has its own no"
    after = kiosk.tap(number, wording.say("kiosk.paper.yes"), htmx=htmx)
    assert wording.say("kiosk.paper.printed.more") in after.text
    assert ticket_state(hub, screen.address) == ("printed", "seen")
    again = kiosk.tap(number, wording.say("kiosk.paper.yes"), htmx=htmx)
    assert wording.say("kiosk.paper.printed.more") in again.text, "somebody has said so before"


@pytest.mark.parametrize("htmx", [False, True])
def test_whose_slip_did_not_come_out_rings_at_the_desk(
    doubtful: Callable[[], tuple[Browser, Screen]], hub: Flask, htmx: bool
) -> None:
    kiosk, screen = doubtful()
    after = kiosk.tap(kiosk.open(screen.address), wording.say("kiosk.paper.no"), htmx=htmx)
    assert wording.say("kiosk.help.coming") in after.text
    assert ticket_state(hub, screen.address) == ("doubtful", "not_seen")
    with hub.app_context():
        assert [call.reason for call in calls.list_open()] == ["no_paper"]
    back = kiosk.open(screen.address)
    assert wording.say("kiosk.paper.late") in back.text, "they have answered"
    assert wording.say("kiosk.paper.yes") not in back.text


def test_the_question_takes_the_screen_while_the_person_stands_there(
    doubtful: Callable[[], tuple[Browser, Screen]],
) -> None:
    kiosk, screen = doubtful()
    answer = kiosk.client.get(f"{screen.address}/paper", headers={"HX-Request": "true"})
    assert answer.headers["HX-Retarget"] == "#number"
    assert 'id="number"' in answer.text
    assert "Phiếu của bác đã ra chưa?" in kiosk.open(f"{screen.address}/paper").text


def test_a_kiosk_answers_for_the_slip_on_its_screen_alone(
    doubtful: Callable[[], tuple[Browser, Screen]], hub: Flask, players: Players
) -> None:
    kiosk, screen = doubtful()
    with hub.app_context():
        other = receive(players, players.pao)
        job = printing.claim_job(players.kiosk, now(), key(), "run")
        assert job
        printing.settle_job(players.kiosk, now(), key(), job, "doubtful", "no_answer")
    form = next(form for form in kiosk.open(screen.address).forms if form.action.endswith("/paper"))
    answer = kiosk.client.post(f"{HOME}/visit/{other}/paper", data=dict(form.fields))
    assert answer.status_code == 404
    with hub.app_context():
        assert print_jobs.get(job).state == "doubtful"
    kiosk.tap(kiosk.tap(kiosk.open(screen.address), wording.say("kiosk.paper.yes")), DONE)
    start = kiosk.open(HOME)
    assert wording.say("kiosk.start.ask_somebody") in start.text or wording.say("kiosk.start.question") in start.text
    assert not re.search(r"[A-Z] \d{3}", start.text), "the start shows no number of anybody"


def test_a_slip_that_the_desk_dropped_is_no_longer_promised(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players
) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = answer_all(kiosk, kiosk.tap(kiosk.open(HOME), YES))
    with hub.app_context():
        heartbeats.beat(players.kiosk, now(), "run", 8099, "ready", "ready", False)
        job = print_jobs.find_newest(screen.address.rsplit("/", 1)[1], "ticket")
        assert job
        printing.void_slip(players.volunteer, now(), key(), job.id)
    assert wording.say("kiosk.paper.late") in kiosk.open(f"{screen.address}/paper").text


def test_a_number_gives_way_to_the_next_card_once_its_paper_is_out(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players
) -> None:
    kiosk = browser("kiosk")
    hold()
    number = answer_all(kiosk, kiosk.tap(kiosk.open(HOME), YES))
    newer = re.search(r'id="number"[^>]*hx-get="([^"]+)"', number.html)
    assert newer

    def asked() -> str:
        answer = kiosk.client.get(newer[1], headers={"HX-Request": "true"})
        assert answer.status_code == (200 if answer.text else 204)
        return answer.text

    assert not asked()
    hold(casting.CARD_OF_PAO)
    assert not asked(), "the first one's paper is not out yet"
    with hub.app_context():
        heartbeats.beat(players.kiosk, now(), "run", 8099, "ready", "ready", False)
        job = printing.claim_job(players.kiosk, now(), key(), "run")
        assert job
        printing.settle_job(players.kiosk, now(), key(), job, "printed", "")
    assert YES in asked(), "the next one's screen"
    hold()
    assert not asked(), "their own card again"
    hold(casting.CARD_OF_PAO)
    with hub.app_context(), writing():
        visits.get(number.address.rsplit("/", 1)[1]).attention = True
    assert not asked(), "somebody unwell keeps the screen until a volunteer comes"


def test_a_form_without_a_key_or_with_an_odd_reason_is_a_bad_request(browser: Take, hold: Callable[..., str]) -> None:
    kiosk = browser("kiosk")
    scan = hold()
    token = re.search(r'name="csrf_token" value="([^"]+)"', kiosk.open(HOME).html)
    assert token
    for path, fields in (
        (f"scan/{scan}/drop", {}),
        (f"scan/{scan}/drop", {"key": "1"}),
        ("help", {"key": key(), "reason": "thirsty"}),
    ):
        answer = kiosk.client.post(f"{HOME}/{path}", data={"csrf_token": token[1], **fields})
        assert answer.status_code == 400, path


def test_every_page_carries_its_headers(browser: Take, hold: Callable[..., str]) -> None:
    kiosk = browser("kiosk")
    hold()
    for path in (HOME, f"{HOME}/help", f"{HOME}/nothing", "/pair", "/board"):
        headers = kiosk.open(path).response.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["Cache-Control"] == "no-store", path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_the_policy_admits_the_live_picture_only_while_there_is_one(
    browser: Take, hub: Flask, players: Players
) -> None:
    kiosk = browser("kiosk")
    assert "127.0.0.1" not in kiosk.open(HOME).response.headers["Content-Security-Policy"]
    with hub.app_context():
        heartbeats.beat(players.kiosk, now(), "run", 8099, "ready", "ready", False)
    screen = kiosk.open(HOME)
    assert "img-src 'self' http://127.0.0.1:8099;" in screen.response.headers["Content-Security-Policy"]
    assert 'src="http://127.0.0.1:8099/live.mjpeg"' in screen.html


@pytest.fixture
def children(hub: Flask, players: Players) -> list[str]:
    """Two children of Hường who are expected today, oldest first."""
    with hub.app_context():
        return [child("Lò Thị An", born(12), players.huong), child("Lò Văn Bình", born(9), players.huong)]


@pytest.mark.parametrize("htmx", [False, True])
def test_a_family_takes_its_numbers_with_one_card_in_six_touches(
    browser: Take, hold: Callable[..., str], hub: Flask, opened: str, players: Players, children: list[str], htmx: bool
) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = kiosk.open(HOME)
    for masked in ("Nguyễn Thị H•••", "Lò Thị A•••", "Lò Văn B•••"):
        assert masked in screen.text
    assert "Lò Thị An" not in screen.text
    screen = kiosk.tap(screen, wording.say("family.kiosk.go_on"), htmx=htmx)
    assert wording.say("family.kiosk.together", n=3) in screen.text
    screen = answer_all(kiosk, screen, htmx=htmx)
    for label in ("U 001", "U 002", "U 003"):
        assert label in screen.text
    assert kiosk.taps <= 6
    with hub.app_context():
        present = visits.list_present(opened)
        assert [visit.person_id for visit in present] == [players.huong, *children]
        assert [len(print_jobs.list_of(visit.id)) for visit in present] == [1, 1, 1]
    assert kiosk.tap(screen, DONE).address == HOME
    hold()
    assert "U 003" in kiosk.open(HOME).text, "the card shows them all again"


def test_whoever_is_not_there_is_left_out_and_asked_about_the_next_time(
    browser: Take, hold: Callable[..., str], hub: Flask, opened: str, players: Players, children: list[str]
) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = kiosk.open(HOME)
    form = next(form for form in screen.forms if form.id == "who-came")
    form.fields.remove(("member", children[1]))
    screen = kiosk.tap(screen, "English")
    screen = kiosk.tap(screen, "Tiếng Việt")
    form = next(form for form in screen.forms if form.id == "who-came")
    form.fields.remove(("member", children[1]))
    screen = kiosk.tap(kiosk.tap(screen, wording.say("family.kiosk.go_on")), "English")
    screen = kiosk.tap(screen, "Tiếng Việt")
    answer_all(kiosk, screen)
    with hub.app_context():
        assert [visit.person_id for visit in visits.list_present(opened)] == [players.huong, children[0]]
    hold()
    screen = kiosk.open(HOME)
    assert wording.say("family.kiosk.has_number", you="bác", number="U 001") in screen.text
    assert "Lò Văn B•••" in screen.text
    assert "Lò Thị A•••" not in screen.text
    answer_all(kiosk, kiosk.tap(screen, wording.say("family.kiosk.go_on")))
    with hub.app_context():
        assert len(visits.list_present(opened)) == 3


def test_nobody_ticked_is_asked_again(browser: Take, hold: Callable[..., str], children: list[str]) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = kiosk.open(HOME)
    form = next(form for form in screen.forms if form.id == "who-came")
    form.fields[:] = [one for one in form.fields if one[0] != "member"]
    again = kiosk.tap(screen, wording.say("family.kiosk.go_on"), htmx=True)
    assert again.status == 422
    assert wording.say("refusal.nobody_ticked") in again.text


def test_a_ticket_shows_its_number_though_a_child_is_still_awaited(
    browser: Take, hold: Callable[..., str], hub: Flask, players: Players, children: list[str]
) -> None:
    with hub.app_context():
        token = visits.get(receive(players, players.huong)).token
    hold(f"DT1:{token}")
    assert "U 001" in browser("kiosk").open(HOME).text


def test_the_screen_asks_about_the_paper_that_a_family_misses(
    browser: Take, hold: Callable[..., str], hub: Flask, opened: str, players: Players, children: list[str]
) -> None:
    kiosk = browser("kiosk")
    hold()
    screen = answer_all(kiosk, kiosk.tap(kiosk.open(HOME), wording.say("family.kiosk.go_on")))
    with hub.app_context(), writing():
        jobs = [print_jobs.list_of(visit.id)[0] for visit in visits.list_present(opened)]
        jobs[0].state, jobs[1].state, jobs[2].state = "printed", "printed", "doubtful"
    screen = kiosk.open(screen.address)
    assert wording.say("kiosk.paper.asked", you="bác") in screen.text
    kiosk.tap(screen, wording.say("kiosk.paper.yes"))
    with hub.app_context():
        last = visits.list_present(opened)[2]
        assert print_jobs.list_of(last.id)[0].state == "printed"
