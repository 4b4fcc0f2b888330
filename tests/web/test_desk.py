"""The volunteer desk."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from uuid import uuid4

import pytest

from kiosk.actions import heartbeats, help_calls, observation, printing, scanning
from kiosk.clock import Clock
from kiosk.demo import papers as demo_papers
from kiosk.rules import slips
from kiosk.rules.words import HelpReason, PrintState, Role, SlipKind
from kiosk.store import acts, audit, print_jobs, rosters, staff, stations, visits
from kiosk.store import help_calls as calls
from kiosk.store.database import db, writing
from tests import papers
from tests.cast import called, dosed, expected, key, now, receive, statements

STRANGERS_CARD = "015170009999||Đặng Thị Vắng|01011970|Nữ|Xã Bản Công|01012021"
CARD = "015199004321||Phạm Thị Mới|02031999|Nữ|Tổ 1, phường Minh Tân|01012021"
STRANGER = papers.of(name="Phạm Thị Mới", number="015199004321", born_on=date(1999, 3, 2))
NOTHING = {f"none-{group}": "yes" for group in ("places", "symptoms", "contacts", "chronic", "needs")}
NEW = {
    "name": "Phạm Thị Mới",
    "birth": "02/03/1999",
    "sex": "female",
    "document": "national",
    "number": "015199004321",
    "address": "",
    "approval": "Trưởng điểm đồng ý",
}


@pytest.fixture
def desk(signed_in, players, monkeypatch):
    # Whose word lets the newcomer in is known once the staff is.
    monkeypatch.setitem(NEW, "approver", players.lead.id)
    browser = signed_in(Role.VOLUNTEER)
    browser.get("/desk/desk-1")
    return browser


def test_opens_for_volunteers_and_nobody_else(client, desk, signed_in):
    assert client.get("/desk/desk-1").location.startswith("/sign-in")
    assert desk.get("/desk/desk-1").status_code == 200
    assert signed_in(Role.SCREENER).get("/desk/desk-1").status_code == 403
    assert desk.get("/desk/screening-1").status_code == 404
    assert desk.get("/desk/nowhere").status_code == 404


def test_partials_come_alone_and_the_page_whole(desk):
    assert "<html" in desk.get("/desk/desk-1").text
    for partial in ("calls", "papers"):
        answer = desk.get("/desk/desk-1", headers={"HX-Request": "true", "HX-Target": partial})
        assert answer.text.lstrip().startswith(f'<section id="{partial}"')
        assert "<html" not in answer.text


def test_found_people_are_masked_and_no_name_stands_in_the_address(desk, opened):
    answer = desk.act("/desk/desk-1/find", words="huong", born_year="1958")
    assert answer.status_code == 303
    assert "huong" not in answer.location.lower()
    text = desk.get(answer.location).text
    assert "Nguyễn Thị H•••" in text
    assert "Hường" not in text
    assert "015158" not in text
    assert "4187" in text
    assert "Có trong danh sách hôm nay" in text


def test_a_search_belongs_to_whoever_made_it(desk, signed_in):
    found = desk.act("/desk/desk-1/find", words="huong").location
    assert "H•••" not in signed_in(Role.SITE_LEAD).get(found).text


def test_one_letter_is_refused_beside_the_field(desk):
    answer = desk.act("/desk/desk-1/find", words="h")
    assert answer.status_code == 422
    assert 'id="words-refusal"' in answer.text
    assert 'value="h"' in answer.text


def test_only_opened_people_are_shown(desk, signed_in, players):
    page = f"/desk/desk-1/person/{players.huong}"
    assert desk.get(page).status_code == 404
    before = audit.count()
    answer = desk.act(f"/desk/desk-1/open/{players.huong}")
    assert (answer.status_code, answer.location) == (303, page)
    assert audit.count() == before + 1
    assert "Nguyễn Thị Hường" in desk.get(page).text
    assert signed_in(Role.SITE_LEAD).get(page).status_code == 404


def test_check_in_by_hand_gives_one_number(desk, opened, players):
    page = f"/desk/desk-1/person/{players.huong}"
    desk.act(f"/desk/desk-1/open/{players.huong}")
    same = key()
    for _ in range(2):
        answer = desk.post(f"{page}/check-in", data={"key": same, **NOTHING})
        assert (answer.status_code, answer.location) == (303, page)
    visit = visits.find(opened, players.huong)
    assert visit.label == "U 001"
    assert len(print_jobs.list_of(visit.id)) == 1
    text = desk.get(page).text
    assert "U 001" in text
    assert "Chờ in" in text


def test_every_group_wants_an_answer(desk, opened, players):
    page = f"/desk/desk-1/person/{players.huong}"
    desk.act(f"/desk/desk-1/open/{players.huong}")
    answer = desk.act(f"{page}/check-in", **{"none-places": "yes", "answer-symptoms": "fever", "none-symptoms": "yes"})
    assert answer.status_code == 422
    assert 'id="symptoms-refusal"' in answer.text
    assert 'id="chronic-refusal"' in answer.text
    assert 'id="places-refusal"' not in answer.text
    assert visits.find(opened, players.huong) is None


def test_somebody_not_on_the_list_needs_a_reason(desk, opened, players):
    page = f"/desk/desk-1/person/{players.vang}"
    desk.act(f"/desk/desk-1/open/{players.vang}")
    answer = desk.act(f"{page}/check-in", **NOTHING)
    assert answer.status_code == 422
    assert 'id="approval-refusal"' in answer.text
    answer = desk.act(f"{page}/check-in", approval="Ở xã bên", **NOTHING)
    assert 'id="approver-refusal"' in answer.text
    assert 'value="Ở xã bên"' in answer.text
    assert "Hoàng Thị Lan" in answer.text, "whose word it was is chosen by name"
    assert "Trần Thị Mai" not in answer.text.split('id="approver"')[1].split("</select>")[0]
    given = {"approval": "Ở xã bên", "approver": players.lead.id}
    assert desk.act(f"{page}/check-in", **given, **NOTHING).status_code == 303
    visit = visits.find(opened, players.vang)
    assert (visit.origin, visit.approval, visit.approved_by) == ("walk_in", "Ở xã bên", players.lead.id)


def test_the_site_lead_is_not_asked_whose_word_it_was(signed_in, opened, players):
    lead = signed_in(Role.SITE_LEAD)
    lead.get("/desk/desk-1")
    page = f"/desk/desk-1/person/{players.vang}"
    lead.act(f"/desk/desk-1/open/{players.vang}")
    assert 'name="approver"' not in lead.get(page).text
    assert lead.act(f"{page}/check-in", approval="Ở xã bên", **NOTHING).status_code == 303
    assert visits.find(opened, players.vang).approved_by == players.lead.id


def test_a_line_that_is_not_approved_says_so(desk, opened, players):
    with writing():
        rosters.find_entry(players.huong, now().on).approved = False
    desk.act(f"/desk/desk-1/open/{players.huong}")
    text = desk.get(f"/desk/desk-1/person/{players.huong}").text
    assert "chưa được duyệt" in text
    assert 'name="approver"' in text


def test_without_a_clinic_day_there_is_no_form(desk, players):
    desk.act(f"/desk/desk-1/open/{players.huong}")
    page = desk.get(f"/desk/desk-1/person/{players.huong}")
    assert "Chưa mở buổi tiêm" in page.text
    assert "/check-in" not in page.text


def test_a_walk_in_is_added_and_opened(desk, opened):
    answer = desk.act("/desk/desk-1/walk-in", **NEW, **NOTHING)
    assert answer.status_code == 303, answer.text
    text = desk.get(answer.location).text
    assert "Phạm Thị Mới" in text
    assert "A 001" in text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Mới 2"),
        ("birth", "31/02/1999"),
        ("number", "15199004321"),
        ("sex", ""),
        ("approval", " "),
        ("approver", ""),
    ],
)
def test_a_wrong_field_keeps_the_others(desk, opened, field, value):
    answer = desk.act("/desk/desk-1/walk-in", **(NEW | {field: value}), **NOTHING)
    assert answer.status_code == 422
    assert answer.text.count('class="refusal"') == 1
    assert field == "name" or "Phạm Thị Mới" in answer.text
    assert visits.list_newest(opened, 5) == []


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ({"document": "notice"}, "015 199 004 321"),
        ({"document": "old_card", "number": "061234568"}, "Chứng minh nhân dân cũ (9 số) · 061234568"),
        ({"document": "passport", "number": "p1234567", "nationality": "lao"}, "Hộ chiếu · P1234567 · LAO"),
        ({"document": "none", "number": ""}, "Cần bổ sung mã định danh"),
    ],
)
def test_whoever_has_no_card_is_received_with_what_they_have(desk, opened, shown, said):
    answer = desk.act("/desk/desk-1/walk-in", **(NEW | shown), **NOTHING)
    assert answer.status_code == 303, answer.text
    assert said in unescape(desk.get(answer.location).text)


def test_a_person_is_found_again_by_an_older_document(desk, opened):
    desk.act("/desk/desk-1/walk-in", **(NEW | {"document": "old_card", "number": "061234568"}), **NOTHING)
    found = desk.act("/desk/desk-1/find", words="061 234 568").location
    assert "Phạm Thị M•••" in desk.get(found).text
    assert "Phạm" not in desk.get(desk.act("/desk/desk-1/find", words="061234569").location).text


@pytest.mark.parametrize(("number", "warned"), [("06123456", True), ("061234568", False)])
def test_an_old_card_one_digit_short_is_taken_and_warned_of(desk, opened, number, warned):
    answer = desk.act("/desk/desk-1/walk-in", **(NEW | {"document": "old_card", "number": number}), **NOTHING)
    assert ("chỉ có 8 chữ số" in desk.get(answer.location).text) is warned


def test_the_same_card_typed_twice_leads_to_the_same_page(desk, opened, players):
    answers = [desk.act("/desk/desk-1/paste", typed=papers.QR) for _ in range(2)]
    assert [answer.location for answer in answers] == [f"/desk/desk-1/person/{players.huong}"] * 2


def test_the_lost_zero_is_offered_and_taken(desk, opened):
    lost = NEW | {"number": "15199004321"}
    answer = desk.act("/desk/desk-1/walk-in", **lost, **NOTHING)
    assert answer.status_code == 422
    assert "Đúng, là 015199004321" in answer.text
    answer = desk.act("/desk/desk-1/walk-in", **lost, padded="yes", **NOTHING)
    assert answer.status_code == 303
    assert "015 199 004 321" in desk.get(answer.location).text


def test_a_number_that_says_otherwise_warns_and_stops_nobody(desk, opened):
    answer = desk.act("/desk/desk-1/walk-in", **(NEW | {"sex": "male", "number": "999399004321"}), **NOTHING)
    assert answer.status_code == 303
    text = desk.get(answer.location).text
    for said in ("ba số đầu không phải mã tỉnh nào", "mã ghi giới tính khác", "mã ghi năm sinh ở tương lai"):
        assert said in text


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (papers.QR, True), (papers.CARD_BACK, True), ("015158004187||Nguyeenx|12051958|N|Toor|15042021", True),
        (CARD, False), ("xin chào", None),
    ],
)  # fmt: skip
def test_what_a_scanner_types_leads_to_the_person_or_fills_the_form_in(desk, opened, players, typed, found):
    answer = desk.act("/desk/desk-1/paste", typed=typed)
    if found is None:
        assert answer.status_code == 422
        assert 'id="typed-refusal"' in answer.text
        return
    assert answer.status_code == 303
    assert (answer.location == f"/desk/desk-1/person/{players.huong}") is found
    text = desk.get(answer.location).text
    assert found or ('value="015199004321"' in text and 'value="02/03/1999"' in text and "Phạm" not in text)
    assert found or "Máy quét tay chỉ đọc chắc chữ số" in text


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (demo_papers.personal_qr(STRANGER), "", "tên ghi không dấu: PHAM THI MOI"),
        (demo_papers.insurance(STRANGER), "Phạm Thị Mới", "Đã điền theo thẻ bảo hiểm y tế"),
        (demo_papers.certificate(STRANGER), "Phạm Thị Mới", "chữ ký chưa xác minh"),
    ],
)
def test_a_call_fills_in_what_a_document_says_and_no_name_without_marks(desk, opened, players, text, name, said):
    scan = str(uuid4())
    scanning.scan_code(players.kiosk, now(), scan, scan, text.encode(), "QRCode")
    call = help_calls.call_help(players.kiosk, now(), key(), HelpReason.UNKNOWN_CODE, scan)
    page = desk.get(desk.act(f"/desk/desk-1/calls/{call}/open").location).text
    assert re.search(r'name="name"[^>]*value="([^"]*)"', page)[1] == name
    assert said in page
    assert 'value="02/03/1999"' in page


def test_a_number_that_is_somebody_elses_is_not_taken(desk, opened):
    answer = desk.act("/desk/desk-1/walk-in", **(NEW | {"number": "015158004187"}), **NOTHING)
    assert answer.status_code == 422
    assert 'id="number-refusal"' in answer.text
    assert "Hường" not in answer.text


def test_a_call_rings_until_somebody_comes(desk, opened, players):
    help_calls.call_help(players.kiosk, now(), key(), HelpReason.ASKED)
    text = desk.get("/desk/desk-1").text
    assert 'data-ring="ring"' in text
    call = calls.list_open()[0]
    answer = desk.act(f"/desk/desk-1/calls/{call.id}/take")
    assert answer.location == f"/desk/desk-1?call={call.id}"
    text = desk.get(answer.location).text
    assert "data-ring" not in text
    assert "Mời đến Máy lấy số 1" in text


def test_whoever_taps_second_hears_who_is_going(desk, signed_in, opened, players):
    call = help_calls.call_help(players.kiosk, now(), key(), HelpReason.ASKED)
    assert signed_in(Role.SITE_LEAD).act(f"/desk/desk-1/calls/{call}/take").status_code == 303
    for into in ("", "calls"):
        answer = desk.act(f"/desk/desk-1/calls/{call}/take", into=into)
        assert answer.status_code == 303
        headers = {"HX-Request": "true", "HX-Target": into} if into else {}
        seen = desk.get(answer.location, headers=headers)
        assert seen.status_code == 200
        assert f"{staff.get(calls.get(call).taken_by).name} đang đến Máy lấy số 1" in seen.text
        assert f"/calls/{call}/open" not in seen.text


def test_taking_a_call_leaves_the_page_as_it_is(desk, opened, players):
    call = help_calls.call_help(players.kiosk, now(), key(), HelpReason.ASKED)
    form = re.search(rf'<form[^>]*action="/desk/desk-1/calls/{call}/take"[^>]*>', desk.get("/desk/desk-1/walk-in").text)
    assert 'hx-target="#calls"' in form[0]
    taken = desk.act(f"/desk/desk-1/calls/{call}/take", into="calls").location
    alone = desk.get(taken, headers={"HX-Request": "true", "HX-Target": "calls"}).text
    assert alone.lstrip().startswith('<section id="calls"')
    assert "Mời đến Máy lấy số 1" in alone
    again = re.search(r'hx-get="([^"]+)"', alone)[1].replace("&amp;", "&")
    assert desk.get(again, headers={"HX-Request": "true", "HX-Target": "calls"}).status_code == 204, "and it stays"


def test_a_call_from_a_kiosk_that_is_no_longer_in_use_is_heard(desk, opened, players):
    help_calls.call_help(players.kiosk, now(), key(), HelpReason.ASKED)
    with writing():
        stations.get("kiosk-1").retired = True
    text = desk.get("/desk/desk-1").text
    assert 'data-ring="ring"' in text
    assert "Máy lấy số 1" in text


def test_a_call_about_an_unknown_card_fills_the_walk_in_form(desk, opened, signed_in, players):
    scan = str(uuid4())
    scanning.scan_code(players.kiosk, now(), scan, scan, CARD.encode(), "QRCode")
    call = help_calls.call_help(players.kiosk, now(), key(), HelpReason.NOT_ROSTERED, scan)
    answer = desk.act(f"/desk/desk-1/calls/{call}/open")
    assert answer.status_code == 303
    assert "scan=" in answer.location
    assert "015199004321" not in answer.location
    assert 'value="Phạm Thị Mới"' in desk.get(answer.location).text
    assert "Phạm" not in signed_in(Role.SITE_LEAD).get(answer.location).text


def test_a_call_about_a_known_card_opens_that_person(desk, opened, players):
    scan = str(uuid4())
    scanning.scan_code(players.kiosk, now(), scan, scan, STRANGERS_CARD.encode(), "QRCode")
    call = help_calls.call_help(players.kiosk, now(), key(), HelpReason.NOT_ROSTERED, scan)
    answer = desk.act(f"/desk/desk-1/calls/{call}/open")
    assert answer.location == f"/desk/desk-1/person/{players.vang}"
    assert desk.get(answer.location).status_code == 200


def _doubtful(players, visit):
    job = printing.claim_job(players.kiosk, now(), key(), "run-1")
    printing.settle_job(players.kiosk, now(), key(), job, PrintState.DOUBTFUL, "no_answer", "paper_out", 60)
    return job


def test_a_doubtful_paper_is_confirmed_or_printed_again(desk, opened, players):
    visit = receive(players, players.dung)
    job = _doubtful(players, visit)
    page = desk.get("/desk/desk-1").text
    assert "Phiếu số U 001 đã ra chưa?" in page
    assert "Chưa chắc đã ra · giữa chừng hết giấy" in page
    answer = desk.act(f"/desk/desk-1/papers/{visit}/reprint", slip=SlipKind.TICKET)
    assert (answer.status_code, answer.location) == (303, "/desk/desk-1")
    printing.claim_job(players.kiosk, now(), key(), "run-1")
    refused = desk.act(f"/desk/desk-1/papers/{visit}/reprint", into="papers", slip=SlipKind.TICKET)
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="papers"')
    assert "Chờ phiếu trước ra" in refused.text
    assert desk.act(f"/desk/desk-1/papers/{job}/seen").status_code == 422
    assert [each.state for each in print_jobs.list_of(visit)] == ["reprinted", "sending"]


def test_a_seen_paper_is_printed_and_htmx_gets_the_partial(desk, opened, players):
    visit = receive(players, players.dung)
    job = _doubtful(players, visit)
    desk.act(f"/desk/desk-1/open/{players.dung}")
    answer = desk.act(f"/desk/desk-1/papers/{job}/seen", into="slips", person=players.dung)
    assert answer.status_code == 303
    alone = desk.get(answer.location, headers={"HX-Request": "true", "HX-Target": "slips"})
    assert alone.text.lstrip().startswith('<section id="slips"')
    assert "Đã in · giữa chừng hết giấy" in alone.text
    assert print_jobs.get(job).state == "printed"


@pytest.fixture
def late(monkeypatch):
    """The site's clock goes on by some minutes, whenever the test says so; somebody has touched the screen since."""

    def go_on(minutes):
        then = now(minutes)
        with writing() as session:
            session.execute(db.update(staff.StaffSession).values(last_act_at=then.at))
        monkeypatch.setattr(Clock, "now", lambda clock: then)

    return go_on


@pytest.mark.parametrize(("answer", "state"), [("anyway", "queued"), ("void", "void")])
def test_a_ticket_that_has_waited_too_long_asks_first(desk, opened, players, late, beat, answer, state):
    visit = receive(players, players.dung)
    job = print_jobs.find_newest(visit, SlipKind.TICKET)
    assert "Vẫn in?" not in desk.get("/desk/desk-1").text
    late(25)
    beat()
    assert "Phiếu số U 001 đã chờ 25 phút. Vẫn in?" in desk.get("/desk/desk-1").text
    strip = desk.get("/desk/desk-1/strip").text
    assert "1 phiếu để lâu chưa in" in strip
    assert "đang chờ in" not in strip, "counted apart from those that wait"
    assert desk.act(f"/desk/desk-1/papers/{job.id}/{answer}").status_code == 303
    assert print_jobs.get(job.id).state == state
    assert "Vẫn in?" not in desk.get("/desk/desk-1").text
    assert "để lâu" not in desk.get("/desk/desk-1/strip").text


def test_a_ticket_whose_number_was_called_says_so(desk, opened, players, late, beat):
    receive(players, players.dung)
    called(players.screener)
    late(3)
    beat()
    assert "Phiếu số U 001 chưa in mà số đã được gọi. Vẫn in?" in desk.get("/desk/desk-1").text


def test_a_slip_that_waits_is_dropped_from_the_persons_page(desk, opened, players):
    visit = receive(players, players.dung)
    job = print_jobs.find_newest(visit, SlipKind.TICKET)
    desk.act(f"/desk/desk-1/open/{players.dung}")
    page = f"/desk/desk-1/person/{players.dung}"
    assert f"/papers/{job.id}/void" in desk.get(page).text
    answer = desk.act(f"/desk/desk-1/papers/{job.id}/void", into="slips", person=players.dung)
    assert (answer.status_code, answer.location) == (303, page)
    assert "Đã hủy" in desk.get(page).text
    again = desk.act(f"/desk/desk-1/papers/{job.id}/void", into="slips", person=players.dung)
    assert again.status_code == 422
    assert "đã có người trả lời trước" in again.text


def test_many_papers_that_wait_cost_no_more_than_a_few(desk, opened, players):
    asked = []
    for n in (20, 15):
        for person in expected(n):
            receive(players, person)
        with statements() as heard:
            page = desk.get("/desk/desk-1", headers={"HX-Request": "true", "HX-Target": "papers"}).text
        asked.append(len(heard))
        assert not any("heartbeat" in each for each in heard), "nobody has them in hand"
        (listed,) = (each for each in heard if "LEFT OUTER JOIN visit" in each)
        assert "blocks" not in listed
    assert asked[0] == asked[1]
    assert "35 phiếu đang chờ in." in page
    assert page.count('class="paper') == 10 + 8, "the first of those that wait, and the newest numbers"
    assert "và 17 nữa" in page


def _label(players):
    with writing():
        blocks = [slips.Heading("Nhãn lọ")]
        return printing.queue_slip(
            players.volunteer, now(), SlipKind.VIAL, blocks, about="lọ 1", label="NK0191", language="vi"
        )


def test_a_slip_of_no_visit_is_listed_and_settled_without_an_open_day(desk, players):
    first = _label(players).id
    assert "Nhãn lọ NK0191" in desk.get("/desk/desk-1").text
    _doubtful(players, None)
    assert "Nhãn lọ NK0191 đã ra chưa?" in desk.get("/desk/desk-1").text
    assert desk.act("/desk/desk-1/papers/lọ 1/reprint", slip=SlipKind.VIAL).status_code == 303
    again = print_jobs.find_newest("lọ 1", SlipKind.VIAL)
    assert (again.copy, again.state, print_jobs.get(first).state) == (2, "queued", "reprinted")
    assert desk.act(f"/desk/desk-1/papers/{again.id}/void").status_code == 303
    assert "Nhãn lọ NK0191" not in desk.get("/desk/desk-1").text


def test_a_slip_that_a_silent_machine_took_is_asked_about(desk, opened, players, late, beat):
    receive(players, players.dung)
    beat()
    job = printing.claim_job(players.kiosk, now(), key(), "run-1")
    assert "đã ra chưa?" not in desk.get("/desk/desk-1").text
    late(2)
    assert "Phiếu số U 001 đã ra chưa?" in desk.get("/desk/desk-1").text
    assert desk.act(f"/desk/desk-1/papers/{job}/seen").status_code == 303
    assert print_jobs.get(job).state == "printed"


def test_the_strip_says_how_much_of_the_roll_is_left(desk, opened, players):
    def say(near_end=False):
        heartbeats.beat(players.kiosk, now(), "run-1", 8081, "ready", "ready", near_end, "none", 576, 80)

    say()
    assert "strip calm" in desk.get("/desk/desk-1/strip").text
    receive(players, players.dung)
    job = printing.claim_job(players.kiosk, now(), key(), "run-1")
    printing.settle_job(players.kiosk, now(), key(), job, PrintState.PRINTED, "", "", 73_500)
    assert "Máy lấy số 1: cuộn giấy còn khoảng 6 m" in desk.get("/desk/desk-1/strip").text
    say(near_end=True)
    text = desk.get("/desk/desk-1/strip").text
    assert "giấy in sắp hết" in text
    assert "6 m" not in text, "one sentence about one roll"


def test_whoever_feels_unwell_in_a_room_that_is_no_longer_in_use_stops_no_page(desk, opened, players):
    observation.call_doctor(players.observer, now(), key(), dosed(players, players.huong))
    with writing():
        stations.get("observation-1").retired = True
    page = desk.get("/desk/desk-1")
    assert page.status_code == 200
    assert "Phòng theo dõi" in page.text


def test_the_strip_speaks_only_when_something_is_wrong(desk, beat, opened, players):
    assert "chưa thấy máy" in desk.get("/desk/desk-1/strip").text
    beat()
    assert "strip calm" in desk.get("/desk/desk-1/strip").text
    receive(players, players.dung)
    beat(printer="paper_out")
    text = desk.get("/desk/desk-1/strip").text
    assert "hết giấy" in text
    assert "1 phiếu đang chờ in" in text
    assert "strip stop" in text


def test_reading_writes_nothing(desk, players, opened):
    before = (audit.count(), len(acts.db.session.query(acts.Act).all()))
    for path in ("/desk/desk-1", "/desk/desk-1/strip", "/desk/desk-1/walk-in", "/lead", "/table/screening-1"):
        desk.get(path)
    assert (audit.count(), len(acts.db.session.query(acts.Act).all())) == before


def test_the_desk_leads_to_the_printers(desk):
    assert 'href="/printers"' in desk.get("/desk/desk-1").text
