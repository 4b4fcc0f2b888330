"""The certificate's panel at the finish desk: asking, what came back, its paper and its file."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from kiosk.actions import certificates as acts
from kiosk.actions import forwarding, observation, printing
from kiosk.actions.forwarding import FORWARDER
from kiosk.rules.words import PrintState, Role, SlipKind
from kiosk.store import audit, certificates, clinic_days, doses, outbox, people, print_jobs, visits
from kiosk.store.database import db, writing
from tests.actions.test_certificates import body
from tests.cast import dose_of, dosed, key, now, without_ids

PAGE = "/table/finish-1"
ALONE = {"HX-Request": "true", "HX-Target": "certificate"}


@pytest.fixture
def desk(signed_in):
    browser = signed_in(Role.VOLUNTEER)
    browser.get(PAGE)
    return browser


@pytest.fixture
def here(desk, opened, players):
    """Hường sits at this browser's finish desk; the visit's id."""
    visit = dosed(players, players.huong, now(-31))
    observation.release(players.observer, now(), key(), visit, "")
    desk.act(f"{PAGE}/call")
    assert desk.act(f"{PAGE}/visit/{visit}/receive").status_code == 303
    assert visits.find_at(clinic_days.find_open().id, "finish-1").id == visit
    return visit


@pytest.fixture
def acknowledged(here):
    message = outbox.find_of(doses.find(here).id)
    forwarding.acknowledge(FORWARDER, now(), key(), message.id, "https://platform", "Immunization/12", "1", "0" * 64)
    return here


@pytest.fixture
def asked(desk, acknowledged):
    assert desk.act(at(acknowledged, "/ask")).status_code == 303
    return acknowledged


@pytest.fixture
def given(asked, players):
    assert acts.give(FORWARDER, now(), key(), row(asked).id, body(players.huong)) == "given"
    db.session.rollback()
    return asked


def at(visit, path=""):
    return f"{PAGE}/visit/{visit}/certificate{path}"


def row(visit):
    db.session.rollback()
    return certificates.find(visit)


def panel(desk, visit):
    """The panel as it stands, and the colour of its notice."""
    answer = desk.get(at(visit), headers=ALONE)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<section id="certificate"')
    found = re.search(r'<div class="notice (\w+)"', answer.text)
    return answer.text, found[1] if found else ""


def test_before_the_platform_has_the_dose_there_is_nothing_to_press(desk, here):
    text, kind = panel(desk, here)
    assert "xin được khi hệ thống quốc gia đã nhận" in text
    assert ("<form" in text, kind) == (False, "")
    for path in ("/ask", "/slip", "/file"):
        assert desk.act(at(here, path)).status_code == 422


def test_only_whoever_opened_the_person_and_only_at_their_table(client, desk, given, signed_in):
    for path in ("", "/ask", "/slip", "/slip/reprint", "/file"):
        if not path:
            assert client.get(at(given)).location.startswith("/sign-in")
        ask = signed_in(Role.SITE_LEAD)
        ask.get(PAGE)
        answer = ask.act(at(given, path)) if path else ask.get(at(given))
        assert answer.status_code == 404, path
        wrong = at(given, path).replace("finish-1", "screening-1")
        assert (desk.act(wrong) if path else desk.get(wrong)).status_code == 404
    technician = signed_in(Role.TECHNICIAN)
    assert technician.get(at(given)).status_code == 403
    assert technician.act(at(given, "/file")).status_code == 403
    assert print_jobs.find_newest(dose_of(given), SlipKind.CERTIFICATE) is None


def test_it_is_asked_for_by_one_press(desk, acknowledged):
    text, _ = panel(desk, acknowledged)
    assert "Xin giấy xác nhận" in text
    same = key()
    for _ in range(2):
        answer = desk.post(at(acknowledged, "/ask"), data={"key": same})
        assert (answer.status_code, answer.location) == (303, PAGE)
    assert (row(acknowledged).state, row(acknowledged).attempts) == ("asked", 0)
    text, kind = panel(desk, acknowledged)
    assert "Đang hỏi hệ thống quốc gia" in text
    assert ("Xin giấy xác nhận" in text, kind) == (False, "wait")
    answer = desk.act(at(acknowledged, "/ask"), into="certificate")
    assert (answer.status_code, answer.location) == (303, at(acknowledged))


def test_without_a_key_nothing_is_done(desk, given):
    for path in ("/ask", "/slip", "/slip/reprint", "/file"):
        assert desk.post(at(given, path), data={}).status_code == 400


def test_each_answer_is_said_in_words_and_colour(desk, asked):
    id = row(asked).id
    acts.put_off(FORWARDER, now(), key(), id, "timeout")
    text, kind = panel(desk, asked)
    assert kind == "look"
    assert "Chưa hỏi được hệ thống quốc gia" in text
    assert "Máy tự hỏi lại lúc" in text
    acts.put_off(FORWARDER, now(), key(), id, "")
    text, kind = panel(desk, asked)
    assert kind == "wait"
    assert "Hệ thống quốc gia chưa cấp giấy xác nhận" in text
    assert "ứng dụng Sổ sức khỏe điện tử" in text
    assert "Hỏi lại giấy xác nhận" in text
    for _ in range(4):
        acts.put_off(FORWARDER, now(), key(), id, "")
    assert "Máy không tự hỏi nữa" in panel(desk, asked)[0]
    acts.refuse(FORWARDER, now(), key(), id, "other_person")
    text, kind = panel(desk, asked)
    assert kind == "look"
    assert "là của người khác: không in" in text
    assert "In giấy xác nhận" not in text
    acts.refuse(FORWARDER, now(), key(), id, "unreadable")
    assert "không đọc được: không in" in panel(desk, asked)[0]
    assert desk.act(at(asked, "/ask")).status_code == 303
    assert "Đang hỏi" in panel(desk, asked)[0]


def test_a_line_that_never_answered_can_be_tried_again_by_hand(desk, asked):
    for _ in range(6):
        assert "Hỏi lại" not in panel(desk, asked)[0]
        acts.put_off(FORWARDER, now(), key(), row(asked).id, "unreachable")
    assert "Hỏi lại giấy xác nhận" in panel(desk, asked)[0]
    assert desk.act(at(asked, "/ask")).status_code == 303
    assert row(asked).attempts == 0


def test_the_panel_moves_by_itself_and_only_when_something_moved(desk, asked, players):
    text, _ = panel(desk, asked)
    for news in ("sse:hello", "sse:tables", "sse:desk"):
        assert news in re.search(r'hx-trigger="([^"]+)"', text)[1]
    again = re.search(r'hx-get="([^"]+)"', text)[1].replace("&amp;", "&")
    assert desk.get(again, headers=ALONE).status_code == 204
    acts.give(FORWARDER, now(), key(), row(asked).id, body(players.huong))
    fresh = desk.get(again, headers=ALONE).text
    assert "đã cấp giấy xác nhận 1 mũi tiêm" in fresh
    assert "In giấy xác nhận" in fresh
    assert "Tải bản A4" in fresh


def test_it_is_printed_once_and_then_printed_again(desk, given):
    same = key()
    for _ in range(2):
        assert desk.post(at(given, "/slip"), data={"key": same}).location == PAGE
    text, _ = panel(desk, given)
    assert "In giấy xác nhận" not in text
    assert "Chờ in" in text
    refused = desk.act(at(given, "/slip"), into="certificate")
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="certificate"')
    assert "giấy xác nhận này đã in rồi" in refused.text
    whole = desk.act(at(given, "/slip"))
    assert whole.status_code == 422
    answer = desk.act(at(given, "/slip/reprint"), into="certificate")
    assert (answer.status_code, answer.location) == (303, at(given))
    assert [job.copy for job in print_jobs.list_copies(dose_of(given), SlipKind.CERTIFICATE)] == [1, 2]


def test_a_doubtful_paper_is_confirmed_where_it_was_printed(desk, given, players):
    desk.act(at(given, "/slip"))
    job = print_jobs.find_newest(dose_of(given), SlipKind.CERTIFICATE).id
    while (claimed := printing.claim_job(players.kiosk, now(), key(), "run-1")) is not None:
        printing.settle_job(players.kiosk, now(), key(), claimed, PrintState.DOUBTFUL, "no_answer")
    db.session.rollback()
    assert f"/slip/{job}/seen" in panel(desk, given)[0]
    assert desk.act(f"{PAGE}/visit/{given}/slip/{job}/seen", into="certificate").status_code == 303
    db.session.expire_all()
    assert print_jobs.get(job).state == "printed"


def test_the_file_is_the_platform_s_words_on_a4_and_kept_by_nobody(desk, given):
    entries = audit.count()
    same = key()
    answers = [desk.post(at(given, "/file"), data={"key": same}) for _ in range(2)]
    for answer in answers:
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="giay-xac-nhan-U001.pdf"'
    db.session.rollback()
    assert audit.count() == entries + 1, "one look"
    text = " ".join(PdfReader(io.BytesIO(answers[0].data)).pages[0].extract_text().split())
    for fact in ("Nguyễn Thị Hường", "12/05/1958", "AstraZeneca của nền tảng", "PLATFORM1"):
        assert fact in text
    assert "NK0191" not in text
    assert desk.get(at(given, "/file")).status_code == 405, "a GET takes no look"


def test_whoever_turns_out_to_be_another_gets_neither_paper_nor_file(desk, given, players):
    with writing():
        people.get(players.huong).name = "Trần Thị Khác"
    for path, into in (("/slip", ""), ("/slip", "certificate"), ("/file", "")):
        answer = desk.act(at(given, path), into=into)
        assert (answer.status_code, answer.mimetype) == (422, "text/html")
        assert "của người khác, nên không in" in answer.text
    assert print_jobs.find_newest(dose_of(given), SlipKind.CERTIFICATE) is None


def test_nor_is_it_printed_again_once_the_name_was_corrected(desk, given, players, signed_in):
    desk.act(at(given, "/slip"))
    with writing():
        people.get(players.huong).name = "Trần Thị Khác"
    volunteers = signed_in(Role.VOLUNTEER)
    volunteers.get("/desk/desk-1")
    facts = {"slip": str(SlipKind.CERTIFICATE)}
    for answer in (
        desk.act(at(given, "/slip/reprint"), into="certificate"),
        volunteers.act(f"/desk/desk-1/papers/{dose_of(given)}/reprint", **facts),
    ):
        assert answer.status_code == 422
        assert "của người khác, nên không in" in answer.text
    assert len(print_jobs.list_copies(dose_of(given), SlipKind.CERTIFICATE)) == 1


def test_the_desk_of_volunteers_prints_it_again_too(desk, given, players, signed_in):
    desk.act(at(given, "/slip"))
    volunteers = signed_in(Role.VOLUNTEER)
    volunteers.act(f"/desk/desk-1/open/{players.huong}")
    assert "Giấy xác nhận" in volunteers.get(f"/desk/desk-1/person/{players.huong}").text
    facts = {"slip": str(SlipKind.CERTIFICATE), "person": players.huong}
    assert volunteers.act(f"/desk/desk-1/papers/{dose_of(given)}/reprint", **facts).status_code == 303
    assert [job.copy for job in print_jobs.list_copies(dose_of(given), SlipKind.CERTIFICATE)] == [1, 2]


def test_whoever_has_just_gone_is_no_error_to_a_page_that_still_asks(desk, given):
    desk.act(f"{PAGE}/visit/{given}/departure", seen="yes")
    assert desk.get(at(given), headers=ALONE).status_code == 204
    for path in ("/ask", "/slip", "/slip/reprint", "/file"):
        assert desk.act(at(given, path)).status_code == 404


def test_the_panel_stands_on_the_page_and_speaks_english(desk, given):
    assert 'id="certificate"' in desk.get(PAGE).text
    desk.act("/language", language="en", back=PAGE)
    text = desk.get(PAGE).text
    for words in ("has issued the certificate of 1 dose", "Print the certificate", "Download as A4 (PDF)"):
        assert words in text


def test_no_number_of_the_person_stands_on_the_panel_or_in_an_address(desk, given):
    text, _ = panel(desk, given)
    for private in ("015158", "4187", "Hường", "HC1:", "URN:UVCI"):
        assert private not in without_ids(text)
