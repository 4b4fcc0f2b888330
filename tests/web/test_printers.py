"""The printers' page: how each is, its test slip, its paper, and the slips that tell of no visit."""

from __future__ import annotations

import re
from html import unescape

import pytest

from kiosk.actions import heartbeats, printing
from kiosk.rules.words import PrintState, Role, SlipKind
from kiosk.store import print_jobs, rolls, staff, stations
from kiosk.store.database import db, writing
from tests.cast import key, now, receive

PAGE = "/printers"
ALONE = {"HX-Request": "true", "HX-Target": "machines"}
ACTS = ("test", "width", "roll", "blank", "status", "badge")


@pytest.fixture
def page(signed_in, players):
    """A volunteer's browser with the page open."""
    browser = signed_in(Role.VOLUNTEER)
    browser.get(PAGE)
    return browser


@pytest.fixture
def technician(signed_in, players):
    """A technician's."""
    browser = signed_in(Role.TECHNICIAN)
    browser.get(PAGE)
    return browser


def jobs(slip):
    """Every slip of a kind."""
    return list(db.session.scalars(db.select(print_jobs.PrintJob).where(print_jobs.PrintJob.slip == slip)))


def machine(players, printer="ready", near_end=False, **paper):
    """The kiosk's agent says how its printer is."""
    heartbeats.beat(players.kiosk, now(), "run-1", 8081, "ready", printer, near_end, "none", **paper)


def test_it_is_for_those_who_tend_printers(client, signed_in, players):
    assert client.get(PAGE).location == "/sign-in?next=/printers"
    client.get("/sign-in")
    for role in (Role.VACCINATOR, Role.OBSERVER, Role.SCREENER):
        browser = signed_in(role)
        assert browser.get(PAGE).status_code == 403
        browser.get("/")
        assert "/printers" not in browser.get("/").text
        for act in ACTS:
            assert browser.act(f"{PAGE}/{act}", printer="kiosk-1").status_code == 403
    for act in ACTS:
        assert client.act(f"{PAGE}/{act}", printer="kiosk-1").location.startswith("/sign-in")
    for role in (Role.VOLUNTEER, Role.SITE_LEAD, Role.TECHNICIAN):
        browser = signed_in(role)
        assert f'href="{PAGE}"' in browser.get("/").text
        assert browser.get(PAGE).status_code == 200
        assert browser.get(f"{PAGE}/strip").status_code == 200
    assert f'href="{PAGE}"' in signed_in(Role.SITE_LEAD).get("/lead").text


def test_pairing_codes_and_badges_are_not_a_volunteers(page, players):
    text = page.get(PAGE).text
    assert "Phiếu trạng thái" not in text
    assert "Vàng Thị Sua" not in text
    member = staff.find_by_badge("N01").id
    assert page.act(f"{PAGE}/status", printer="kiosk-1", pair="kiosk-1").status_code == 403
    assert page.act(f"{PAGE}/badge", printer="kiosk-1", member=member).status_code == 403
    assert jobs(SlipKind.STATUS) + jobs(SlipKind.BADGE) == []


@pytest.mark.parametrize(
    ("printer", "kind", "words"),
    [("ready", "right", "Tốt"), ("paper_out", "stop", "Hết giấy"), ("cover_open", "stop", "Nắp đang mở"),
     ("cutter_error", "stop", ""), ("unreachable", "stop", "Không thấy máy in"), ("mute", "look", "Không trả lời")],
)  # fmt: skip
def test_how_a_printer_is_stands_there_in_words_and_colour(page, players, printer, kind, words):
    machine(players, printer)
    state = re.search(r'<span class="paper (\w+)">.*?</span>', page.get(PAGE, headers=ALONE).text, re.S)
    assert state[1] == kind
    assert words in state[0]


def test_a_machine_that_is_silent_is_said(page, players):
    assert "Không thấy máy" in page.get(PAGE, headers=ALONE).text


def test_paper_that_is_out_is_neither_near_its_end_nor_a_full_roll(page, players):
    machine(players, near_end=True, roll_m=50)
    assert "sắp hết giấy" in page.get(PAGE, headers=ALONE).text
    machine(players, "paper_out", near_end=True, roll_m=50)
    text = page.get(PAGE, headers=ALONE).text
    assert text.count("Hết giấy") == 2
    assert "sắp hết giấy" not in text
    assert "trên 50 m" not in text


def test_its_paper_is_said_as_far_as_it_is_known(page, players):
    assert "chưa biết, bấm In thử" in page.get(PAGE).text
    machine(players, paper_dots=384, roll_m=50)
    with writing():
        rolls.put("kiosk-1", now().at).mm = 12_400
    text = page.get(PAGE).text
    assert "58 mm, in rộng 48 mm (theo cài đặt)" in text
    assert "còn khoảng 37 trên 50 m" in text
    machine(players, near_end=True)
    with writing():
        stations.get("kiosk-1").paper_dots = 576
    text = page.get(PAGE).text
    assert "80 mm, in rộng 72 mm (theo phiếu thử)" in text
    assert "đã in 12,4 m" in text
    assert "sắp hết giấy" in text


def test_htmx_gets_the_printers_and_nothing_while_nothing_changed(page, players):
    machine(players)
    alone = page.get(PAGE, headers=ALONE).text
    assert alone.lstrip().startswith('<section id="machines"')
    again = unescape(re.search(r'hx-get="([^"]+)"', alone)[1])
    assert page.get(again, headers=ALONE).status_code == 204
    machine(players, "paper_out")
    assert page.get(again, headers=ALONE).status_code == 200


def test_the_test_slip_is_printed_once_and_then_asks_which_line_is_whole(page, players):
    assert "Vạch 1" not in page.get(PAGE).text
    same = key()
    for _ in range(2):
        answer = page.post(f"{PAGE}/test", data={"key": same, "printer": "kiosk-1"})
        assert answer.status_code == 303
    (job,) = jobs(SlipKind.WIDTH)
    assert answer.location == f"{PAGE}?paper={job.id}"
    text = page.get(answer.location).text
    assert "Chờ in" in text
    assert "Vạch 3" in text
    alone = page.get(answer.location, headers=ALONE).text
    assert f"paper={job.id}" in unescape(alone), "a refresh goes on asking"
    assert page.act(f"{PAGE}/width", into="machines", printer="kiosk-1", dots=384).status_code == 303
    assert stations.get("kiosk-1").paper_dots == 384


def test_no_line_but_those_that_were_printed(page, players):
    for dots in ("400", "", "wide"):
        refused = page.act(f"{PAGE}/width", into="machines", printer="kiosk-1", dots=dots)
        assert refused.status_code == 422
        assert refused.text.lstrip().startswith('<section id="machines"')
        assert "Chọn một trong các vạch" in refused.text
    assert page.act(f"{PAGE}/width", printer="kiosk-1", dots="400").status_code == 422
    assert stations.get("kiosk-1").paper_dots == 0


def test_a_new_roll_begins_at_nothing(page, players):
    with writing():
        rolls.put("kiosk-1", now(-60).at).mm = 44_000
    same = key()
    for _ in range(2):
        assert page.post(f"{PAGE}/roll", data={"key": same, "printer": "kiosk-1"}).location == PAGE
    assert rolls.find("kiosk-1").mm == 0
    assert "đã in 0,0 m" in page.get(PAGE).text


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_done_at_a_printer_that_is_not_there(technician, page, players, act):
    browser = technician if act in ("status", "badge") else page
    member = staff.find_by_badge("N01").id
    for printer in ("", "finish-1", "nowhere"):
        assert browser.act(f"{PAGE}/{act}", printer=printer, dots=384, member=member).status_code == 404
    assert browser.post(f"{PAGE}/{act}", data={"printer": "kiosk-1", "key": "twice"}).status_code == 400


def test_a_paper_form_is_printed_and_the_pack_is_a_document(page, players, client):
    answer = page.act(f"{PAGE}/blank", into="machines", printer="kiosk-1")
    (job,) = jobs(SlipKind.BLANK)
    assert answer.location == f"{PAGE}?paper={job.id}"
    assert page.act(f"{PAGE}/blank", into="machines", printer="kiosk-1", form="children").status_code == 303
    assert ["Người giám hộ" in str(job.blocks) for job in jobs(SlipKind.BLANK)] == [False, True]
    pack = page.get(f"{PAGE}/blank-forms.pdf")
    assert (pack.status_code, pack.mimetype, pack.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert pack.headers["Cache-Control"] == "no-store"
    assert client.get(f"{PAGE}/blank-forms.pdf").location.startswith("/sign-in")


def test_a_technician_prints_a_badge_and_a_status_slip(technician, players):
    member = staff.find_by_badge("N01").id
    assert technician.act(f"{PAGE}/badge", printer="kiosk-1", member=member).status_code == 303
    assert [job.label for job in jobs(SlipKind.BADGE)] == ["N01"]
    assert technician.act(f"{PAGE}/badge", printer="kiosk-1", member="nobody").status_code == 404
    same = key()
    for _ in range(2):
        fields = {"key": same, "printer": "kiosk-1", "pair": "injection-2"}
        assert technician.post(f"{PAGE}/status", data=fields).status_code == 303
    (job,) = jobs(SlipKind.STATUS)
    assert "Bàn tiêm 2" in str(job.blocks)
    assert "http://localhost" not in str(job.blocks), "the box's own loopback, where nobody else gets"
    text = technician.get(f"{PAGE}?paper={job.id}").text
    assert not re.search(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", text), "the code stands on the slip alone"


def test_the_page_follows_no_slip_of_a_visit(page, players, opened):
    visit = receive(players, players.huong)
    ticket = print_jobs.find_newest(visit, SlipKind.TICKET)
    text = page.get(f"{PAGE}?paper={ticket.id}").text
    assert "U 001" not in text
    assert page.get(f"{PAGE}?paper=nothing").status_code == 200


def test_how_a_slip_went_is_said_where_it_was_asked_for(page, players):
    address = page.act(f"{PAGE}/blank", printer="kiosk-1").location
    job = printing.claim_job(players.kiosk, now(), key(), "run-1")
    printing.settle_job(players.kiosk, now(), key(), job, PrintState.PRINTED, "")
    notice = re.search(r'<div class="notice (\w+)".*?</div></div>', page.get(address, headers=ALONE).text, re.S)
    assert notice[1] == "right"


def test_the_page_speaks_english(technician, players):
    machine(players, paper_dots=576, roll_m=80)
    technician.act("/language", language="en", back=PAGE)
    text = technician.get(PAGE).text
    for words in ("Print a test", "prints 72 mm wide", "Staff badge", "With a pairing code for", "Roll changed"):
        assert words in text
