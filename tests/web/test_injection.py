"""The injection table: the right person, then the dose."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from kiosk.actions import identity, scanning, screening, table
from kiosk.rules.words import Role
from kiosk.store import doses, heartbeats, identity_checks, lots, observations, outbox, people, visits
from kiosk.store.database import db, writing
from tests import papers
from tests.cast import CARD, CARD_OF_PAO, called, key, lot_placed, now, receive, screened
from tests.conftest import STAFF

HTMX = {"HX-Request": "true", "HX-Target": "here"}
PAGE = "/table/injection-1"
WITHOUT_MARK = CARD.replace("Nguyễn Thị Hường", "Nguyễn Thị Hương")
OTHER_BIRTH = CARD.replace("12051958", "12061958")


@pytest.fixture
def nurse(signed_in):
    return signed_in(Role.VACCINATOR)


@pytest.fixture
def visit(nurse, opened, players):
    """Hường is cleared and sits at the nurse's table; a lot stands there."""
    receive(players, players.huong)
    screened(players)
    lot_placed(players.vaccinator)
    nurse.get(PAGE)
    nurse.act(f"{PAGE}/call")
    visit = db.session.scalars(db.select(visits.Visit)).one().id
    assert nurse.act(f"{PAGE}/visit/{visit}/receive").status_code == 303
    return visit


@pytest.fixture
def held(players):
    """A code is held to the table's camera."""

    def hold(text):
        id = key()
        scanning.scan_code(players.table_camera, now(), id, id, text.encode(), "QRCode")
        db.session.rollback()

    return hold


def sure(nurse, visit):
    return nurse.act(f"{PAGE}/visit/{visit}/identity/spoken", spoken=["name", "birth"])


def dose_form(nurse):
    """What the dose form would send."""
    fields = re.findall(r'name="(lot_id|dose_number)" value="([^"]*)"', nurse.get(PAGE).text)
    assert len(fields) == 2
    return dict(fields) | {"arm": "left"}


def marked(text):
    return re.findall("<mark>([^<]*)</mark>", text)


def test_identity_comes_before_the_dose(nurse, visit):
    text = nurse.get(PAGE).text
    assert 'id="identity"' in text
    assert 'id="dose"' not in text
    assert "015158004187" not in text


def test_a_table_with_a_camera_asks_for_the_card(nurse, visit, players):
    assert "Đưa thẻ" not in nurse.get(PAGE).text
    with writing():
        heartbeats.put("injection-1", "run-1", now().at).camera = "ready"
    assert "Đưa thẻ của người được tiêm vào máy quét" in nurse.get(PAGE).text


def test_a_card_that_matches_opens_the_dose_by_itself(nurse, visit, held):
    partial = nurse.get(PAGE, headers=HTMX).text
    again = unescape(re.search('id="here"[^>]*hx-get="([^"]*)"', partial)[1])
    assert nurse.get(again, headers=HTMX).status_code == 204
    held(CARD)
    partial = nurse.get(again, headers=HTMX)
    assert partial.status_code == 200
    assert 'id="dose"' in partial.text
    assert "Đúng người: thẻ căn cước khớp lúc" in partial.text


def test_a_code_that_says_too_little_is_named_and_the_signature_is_unchecked(nurse, visit, held):
    held(papers.MASKED_QR)
    assert "Đã đọc mã QR cá nhân, chưa đủ để xác nhận người" in nurse.get(PAGE).text
    held(papers.CERTIFICATE)
    assert "Chữ ký của chứng nhận chưa xác minh" in nurse.get(PAGE).text


def test_a_name_without_marks_is_told_from_one_with_other_marks(nurse, visit, held):
    held(papers.QR.replace("|<2<<", "|<0<<"))
    text = nurse.get(PAGE).text
    assert "Mã này ghi tên không dấu" in text
    assert "khớp, không dấu" in text
    assert marked(text) == []
    assert nurse.act(f"{PAGE}/visit/{visit}/identity/alike").status_code == 303
    assert "đã xem mã QR cá nhân lúc" in nurse.get(PAGE).text


def test_a_number_that_says_otherwise_warns_the_nurse(nurse, visit, players):
    assert "Mã định danh không khớp" not in nurse.get(PAGE).text
    with writing():
        people.get(players.huong).born_year = 1959
    assert "Mã định danh không khớp: mã ghi năm sinh khác" in nurse.get(PAGE).text


def test_a_name_without_its_mark_is_shown_letter_by_letter(nurse, visit, held):
    held(WITHOUT_MARK)
    text = nurse.get(PAGE).text
    assert "Tên trên thẻ khác danh sách ở dấu" in text
    assert marked(text) == ["ờ", "ơ"]
    assert 'id="dose"' not in text
    answer = nurse.act(f"{PAGE}/visit/{visit}/identity/alike")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "Vàng Thị Sua đã xem thẻ căn cước lúc" in nurse.get(PAGE).text


def test_a_wrong_card_never_opens_the_dose(nurse, visit, held, players):
    held(OTHER_BIRTH)
    text = nurse.get(PAGE).text
    assert "Thẻ vừa quét khác danh sách" in text
    assert marked(text) == ["5", "6"]
    assert "•••• •••• 4187" in text
    assert 'id="dose"' not in text
    assert "/identity/alike" not in text
    assert nurse.act(f"{PAGE}/visit/{visit}/identity/alike").status_code == 422
    dose = {"lot_id": lot_placed(players.vaccinator), "dose_number": "1", "arm": "left"}
    refused = nurse.act(f"{PAGE}/visit/{visit}/dose", **dose)
    assert refused.status_code == 422
    assert "Xác nhận đúng người trước" in refused.text
    assert doses.find(visit) is None


def test_two_numbers_that_end_alike_are_marked_whole_and_stay_masked(nurse, visit, held):
    held(CARD.replace("015158004187", "015158994187"))
    text = nurse.get(PAGE).text
    assert marked(text) == ["•••• •••• 4187"] * 2
    for number in ("015158004187", "015158994187"):
        assert number not in text


def test_after_a_wrong_card_words_need_a_reason(nurse, visit, held):
    held(CARD_OF_PAO)
    said = {"spoken": ["name", "birth"]}
    refused = nurse.act(f"{PAGE}/visit/{visit}/identity/spoken", into="here", **said)
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="here"')
    assert 'id="reason-refusal"' in refused.text
    assert refused.text.count("checked") == 2, "nothing that was ticked is lost"
    assert nurse.act(f"{PAGE}/visit/{visit}/identity/spoken", reason="thẻ của chồng", **said).status_code == 303
    text = nurse.get(PAGE).text
    assert "Thẻ khác danh sách; Vàng Thị Sua xác nhận theo lời nói" in text
    assert "thẻ của chồng" in text


def test_who_has_no_card_says_name_and_birth(nurse, visit):
    refused = nurse.act(f"{PAGE}/visit/{visit}/identity/spoken", spoken=["name"])
    assert refused.status_code == 422
    assert 'id="spoken-refusal"' in refused.text
    assert "Vì sao vẫn là đúng người" not in refused.text, "no card, no reason"
    assert sure(nurse, visit).status_code == 303
    assert identity_checks.find(visits.get(visit)).method == "spoken"
    assert "tự nói với Vàng Thị Sua lúc" in nurse.get(PAGE).text


def test_a_code_that_is_no_card_is_a_sentence(nurse, visit, held):
    held("https://example.test")
    assert "Vừa quét đường dẫn, không xác nhận được người" in nurse.get(PAGE).text


def test_leaving_the_step_out_without_a_reason_is_said_there_only(nurse, visit, held):
    held(OTHER_BIRTH)
    refused = nurse.act(f"{PAGE}/visit/{visit}/skip", skip="yes", reason="")
    assert refused.status_code == 422
    assert "reason-refusal" not in refused.text


def test_the_dose_is_given_as_it_was_shown(nurse, visit, players):
    sure(nurse, visit)
    text = nurse.get(PAGE).text
    for words in ("AstraZeneca", "NK0191", "hạn dùng 31/12/", "mũi đầu tiên", "Người tiêm: Vàng Thị Sua"):
        assert words in text
    assert re.search(r'name="arm" value="left" checked', text)
    same = key()
    for _ in range(2):
        answer = nurse.post(f"{PAGE}/visit/{visit}/dose", data={"key": same} | dose_form_of(text))
        assert (answer.status_code, answer.location) == (303, PAGE)
    assert db.session.query(doses.Dose).count() == 1
    row = doses.find(visit)
    assert (row.arm, row.vaccinator, row.entered_by) == ("left", players.vaccinator.id, players.vaccinator.id)
    again = nurse.act(f"{PAGE}/visit/{visit}/dose", **dose_form_of(text))
    assert again.status_code == 422
    assert "Không tiêm lần nữa" in again.text


def dose_form_of(text):
    return dict(re.findall(r'name="(lot_id|dose_number)" value="([^"]*)"', text)) | {"arm": "left"}


def test_htmx_gets_the_partial_and_its_refusals(nurse, visit):
    sure(nurse, visit)
    form = dose_form(nurse)
    refused = nurse.act(f"{PAGE}/visit/{visit}/dose", into="here", **form | {"arm": ""})
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="here"')
    assert 'id="arm-refusal"' in refused.text
    for number in ("", "x", "²", "99999999999"):
        assert nurse.act(f"{PAGE}/visit/{visit}/dose", **form | {"dose_number": number}).status_code == 422


def test_a_lot_that_changed_meanwhile_is_shown_before_it_is_given(nurse, visit, players):
    sure(nurse, visit)
    old = dose_form(nurse)
    lot_placed(players.vaccinator, "pfizer")
    refused = nurse.act(f"{PAGE}/visit/{visit}/dose", **old | {"arm": "right"})
    assert refused.status_code == 422
    assert "vừa có thay đổi khi trang đang mở" in refused.text
    assert "Pfizer" in refused.text
    assert re.search(r'name="arm" value="right" checked', refused.text), "what was chosen stays"
    assert nurse.act(f"{PAGE}/visit/{visit}/dose", **dose_form(nurse)).status_code == 303
    assert doses.find(visit).lot.vaccine == "pfizer"


def test_without_a_lot_the_form_points_to_it(nurse, opened, players):
    receive(players, players.huong)
    screened(players)
    visit = called(players.vaccinator)
    identity.confirm_spoken(players.vaccinator, now(), key(), visit, ["name", "birth"], "")
    nurse.get(PAGE)
    nurse.act(f"{PAGE}/visit/{visit}/look")
    text = nurse.get(PAGE).text
    assert "Bàn này chưa có lô vắc xin" in text
    assert 'href="#lot"' in text
    assert "/dose" not in text


def told(players, vaccine, days):
    """Hường tells the doctor of a dose given elsewhere, and comes to the nurse's table, where everything is ready."""
    receive(players, players.huong)
    visit = called(players.screener)
    earlier = [(vaccine, f"{now().on - timedelta(days=days):%d/%m/%Y}")]
    screening.conclude(
        players.screener, now(), key(), visit, [], True, {"temperature": "36,8"}, earlier, "caution", "run tay"
    )
    lot_placed(players.vaccinator)
    table.call_next(players.vaccinator, now(), key())
    table.receive(players.vaccinator, now(), key(), visit)
    identity.confirm_spoken(players.vaccinator, now(), key(), visit, ["name", "birth"], "")
    return visit


def looked(nurse, visit):
    nurse.get(PAGE)
    nurse.act(f"{PAGE}/visit/{visit}/look")
    return nurse.get(PAGE).text


def test_a_dose_that_is_too_soon_has_no_button_but_the_way_out(nurse, opened, players):
    visit = told(players, "astrazeneca", 14)
    text = looked(nurse, visit)
    assert "Mũi trước mới 14 ngày (cần 28)" in text
    assert "Chưa tiêm mũi này được" in text
    assert f"/visit/{visit}/dose" not in text
    assert f"/visit/{visit}/skip" in text
    form = {"lot_id": lot_placed(players.vaccinator), "dose_number": "2", "arm": "left"}
    refused = nurse.act(f"{PAGE}/visit/{visit}/dose", **form)
    assert refused.status_code == 422
    assert "Chưa tiêm mũi này được" in refused.text
    assert nurse.act(f"{PAGE}/visit/{visit}/skip", skip="yes", reason="not_due").status_code == 303
    assert visits.get(visit).step == "finish"


def test_a_warning_is_a_sentence_and_the_dose_may_be_given(nurse, opened, players):
    visit = told(players, "pfizer", 60)
    text = looked(nurse, visit)
    assert "Mũi trước là Pfizer" in text
    assert "cách mũi trước 60 ngày" in text
    assert "Bác sĩ kết luận:" in text
    assert "run tay" in text
    assert nurse.act(f"{PAGE}/visit/{visit}/dose", **dose_form(nurse)).status_code == 303
    assert doses.find(visit).warnings == ["other_product"]


def test_a_volunteer_types_once_a_nurse_has_signed_on(visit, nurse, signed_in, players):
    sure(nurse, visit)
    tablet = signed_in(Role.VOLUNTEER)
    text = looked(tablet, visit)
    assert "Chưa có điều dưỡng hay bác sĩ nào nhận bàn này" in text
    assert f"/visit/{visit}/dose" not in text
    form = {"lot_id": lot_placed(players.vaccinator), "dose_number": "1", "arm": "left"}
    refused = tablet.act(f"{PAGE}/visit/{visit}/dose", **form)
    assert refused.status_code == 422
    assert "Mời điều dưỡng hoặc bác sĩ nhận bàn này trước" in refused.text
    _, badge, pin = STAFF[Role.VACCINATOR]
    assert tablet.act(f"{PAGE}/duty", who=badge, pin=pin).status_code == 303
    text = tablet.get(PAGE).text
    assert "Người tiêm: Vàng Thị Sua · người nhập: Trần Thị Mai" in text
    assert tablet.act(f"{PAGE}/visit/{visit}/dose", **dose_form(tablet)).status_code == 303
    row = doses.find(visit)
    assert (row.entered_by, row.vaccinator) == (players.typist.id, players.vaccinator.id)


@pytest.mark.parametrize("path", ["identity/alike", "identity/spoken", "dose"])
def test_only_those_who_record_doses_and_only_at_tables(visit, client, signed_in, path):
    assert client.post(f"{PAGE}/visit/{visit}/{path}").status_code in (303, 400)
    for role in (Role.OBSERVER, Role.SITE_LEAD, Role.TECHNICIAN):
        browser = signed_in(role)
        browser.get("/")
        assert browser.act(f"{PAGE}/visit/{visit}/{path}").status_code == 403
    doctor = signed_in(Role.SCREENER)
    doctor.get(PAGE)
    assert doctor.act(f"/table/desk-1/visit/{visit}/{path}").status_code == 404
    assert doctor.act(f"/table/injection-2/visit/{visit}/{path}").status_code == 404


def test_who_may_only_watch_sees_no_button(visit, nurse, signed_in):
    lead = signed_in(Role.SITE_LEAD)
    assert "Điều dưỡng, bác sĩ hoặc tình nguyện viên ghi phần này" in looked(lead, visit)
    sure(nurse, visit)
    text = lead.get(PAGE).text
    assert "Điều dưỡng, bác sĩ hoặc tình nguyện viên ghi phần này" in text
    assert f"/visit/{visit}/dose" not in text


@pytest.fixture
def address(hub: Flask) -> Iterator[str]:
    """The hub behind a real socket, a thread for each request."""
    server = make_server("127.0.0.1", 0, hub, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class OverTheWire:
    """A browser over real HTTP, signed in at the nurse's table, with the person who sits there open."""

    def __init__(self, address, role, visit):
        self.address, self.session = address, requests.Session()
        self.get("/sign-in")
        self.post("/sign-in", who=STAFF[role][1], pin=STAFF[role][2])
        self.get(PAGE)
        self.post(f"{PAGE}/visit/{visit}/look")

    def get(self, path):
        text = self.session.get(self.address + path, timeout=20).text
        self.token = re.search(r'name="csrf-token" content="([^"]+)"', text)[1]
        return text

    def post(self, path, **fields):
        data = {"key": key(), "csrf_token": self.token} | fields
        headers = {"Referer": self.address}
        return self.session.post(
            self.address + path, data=data, headers=headers, timeout=20, allow_redirects=False
        ).status_code


@pytest.mark.parametrize("same", [False, True], ids=["two nurses", "one tap, sent four times"])
def test_pressed_at_the_same_moment_it_is_one_dose(nurse, visit, players, address, same):
    sure(nurse, visit)
    db.session.remove()
    roles = [Role.VACCINATOR] * 4 if same else [Role.VACCINATOR, Role.SCREENER] * 2
    first = OverTheWire(address, roles[0], visit)
    browsers = [first] * 4 if same else [OverTheWire(address, role, visit) for role in roles]
    forms = [dose_form_of(browser.get(PAGE)) for browser in browsers]
    one = key()
    answers = []
    start = threading.Barrier(4)

    def press(browser, form):
        start.wait()
        answers.append(browser.post(f"{PAGE}/visit/{visit}/dose", **form, **({"key": one} if same else {})))

    threads = [threading.Thread(target=press, args=pair) for pair in zip(browsers, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ([303] * 4 if same else [303, 422, 422, 422])
    db.session.rollback()
    for row in (doses.Dose, observations.Observation, outbox.Message):
        assert db.session.query(row).count() == 1


def test_an_expired_lot_has_no_button(nurse, visit, players):
    sure(nurse, visit)
    with writing():
        lots.find_at(visits.get(visit).clinic_day_id, "injection-1").expires_on = now().on - timedelta(days=1)
    text = nurse.get(PAGE).text
    assert "đã hết hạn" in text
    assert "Chưa tiêm mũi này được" in text
    assert f"/visit/{visit}/dose" not in text
