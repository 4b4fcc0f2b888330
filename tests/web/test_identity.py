"""Who is this, at the injection table: what the nurse sees and what she can do about it, in both languages."""

from __future__ import annotations

import re
from html import unescape

import pytest

from kiosk import wording
from kiosk.actions import scanning
from kiosk.rules.words import FollowUpKind, Role
from kiosk.store import audit, doses, follow_ups, heartbeats, identity_checks, people, rosters, visits
from kiosk.store.database import db, writing
from tests import papers
from tests.cast import CARD, CARD_OF_PAO, called, key, now, receive, screened, without_ids
from tests.conftest import STAFF

HTMX = {"HX-Request": "true", "HX-Target": "here"}
PAGE = "/table/injection-1"
WITHOUT_MARK = CARD.replace("Nguyễn Thị Hường", "Nguyễn Thị Hương")
OTHER_DAY = CARD.replace("12051958", "12061958")
OTHER_SEX = CARD.replace("Nữ", "Nam")
SAID = {"spoken": ["name", "birth"]}
BOTH = {"override_reason": "list_misspelt", "override_note": "đã xem giấy khai sinh", "second": STAFF[Role.SCREENER][1],
        "second_pin": STAFF[Role.SCREENER][2]}  # fmt: skip


@pytest.fixture
def nurse(signed_in):
    return signed_in(Role.VACCINATOR)


@pytest.fixture
def visit(nurse, opened, players):
    """Hường is cleared and sits at the nurse's table."""
    receive(players, players.huong)
    screened(players)
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


@pytest.fixture
def confirm(nurse, visit):
    """Presses one of the buttons that confirm; the answer."""
    return lambda way, **said: nurse.act(f"{PAGE}/visit/{visit}/identity/{way}", into="here", **said)


def numberless(players):
    with writing():
        people.get(players.huong).number = None


def marked(text):
    return re.findall("<mark>([^<]*)</mark>", text)


def test_identity_comes_before_the_dose(nurse, visit):
    text = nurse.get(PAGE).text
    assert 'id="identity"' in text
    assert 'id="dose"' not in text
    assert "015158004187" not in text
    assert "Chưa xác thực" in text


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
    assert "Đã xác thực" in partial.text


def test_a_code_that_says_too_little_is_named_and_the_signature_is_unchecked(nurse, visit, held):
    held(papers.MASKED_QR)
    assert "Đã đọc mã QR cá nhân, chưa đủ để xác nhận người" in nurse.get(PAGE).text
    held(papers.CERTIFICATE)
    assert "Chữ ký của chứng nhận chưa xác minh" in nurse.get(PAGE).text


def test_a_name_without_marks_is_told_from_one_with_other_marks(nurse, visit, held, confirm):
    held(papers.QR.replace("|<2<<", "|<0<<"))
    text = nurse.get(PAGE).text
    assert "Mã này ghi tên không dấu" in text
    assert "khớp, không dấu" in text
    assert marked(text) == []
    assert confirm("alike").status_code == 303
    assert "đã xem mã QR cá nhân lúc" in nurse.get(PAGE).text


def test_a_number_that_says_otherwise_warns_the_nurse(nurse, visit, players):
    assert "Mã định danh không khớp" not in nurse.get(PAGE).text
    with writing():
        people.get(players.huong).born_year = 1959
    assert "Mã định danh không khớp: mã ghi năm sinh khác" in nurse.get(PAGE).text


@pytest.mark.parametrize(("card", "letters"), [(WITHOUT_MARK, ["ờ", "ơ"]), (OTHER_DAY, ["5", "6"])])
def test_a_small_difference_is_amber_with_its_letters_marked_and_one_tap(nurse, visit, held, card, letters):
    held(card)
    text = nurse.get(PAGE).text
    assert "Thẻ và danh sách khác nhau một chỗ nhỏ" in text
    assert marked(text) == letters
    assert 'id="dose"' not in text
    assert "/identity/spoken" not in text, "one way to go on"
    answer = nurse.act(f"{PAGE}/visit/{visit}/identity/alike")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "Vàng Thị Sua đã xem thẻ căn cước lúc" in nurse.get(PAGE).text


def test_a_wrong_card_never_opens_the_dose(nurse, visit, held, confirm):
    held(OTHER_SEX)
    text = nurse.get(PAGE).text
    assert "Thẻ vừa quét khác danh sách" in text
    assert marked(text) == ["Nữ", "Nam"]
    assert "•••• •••• 4187" in text
    assert 'id="dose"' not in text
    for way in ("alike", "spoken"):
        assert f"/identity/{way}" not in text
        assert confirm(way, **SAID).status_code == 422
    assert doses.find(visit) is None


def test_two_numbers_that_end_alike_are_marked_whole_and_stay_masked(nurse, visit, held):
    held(CARD.replace("015158004187", "015158994187"))
    text = nurse.get(PAGE).text
    assert marked(text) == ["•••• •••• 4187"] * 2
    for number in ("015158004187", "015158994187"):
        assert number not in text


def test_two_of_the_staff_open_the_dose_against_a_card(nurse, visit, held, confirm):
    held(CARD_OF_PAO)
    assert "Vẫn là đúng người: hai người cùng xác nhận" in nurse.get(PAGE).text
    assert confirm("override", **BOTH).status_code == 303
    text = nurse.get(PAGE).text
    assert 'id="dose"' in text
    assert "Xác nhận thay thẻ: Vàng Thị Sua và Lò Văn Minh, lúc" in text
    assert "Danh sách ghi sai, đã xem giấy tờ: đã xem giấy khai sinh" in text
    assert "Sai khác với thẻ, hai người đã xác nhận" in text


REFUSED = {
    "spoken_missing": ("", "spoken", {"spoken": ["name"]}),
    "card_differs": (OTHER_SEX, "spoken", SAID),
    "nothing_to_confirm": ("", "alike", {}),
    "nothing_to_override": ("", "override", BOTH),
    "override_reason_missing": (OTHER_SEX, "override", BOTH | {"override_reason": ""}),
    "override_note_missing": (OTHER_SEX, "override", BOTH | {"override_reason": "other", "override_note": ""}),
    "second_missing": (OTHER_SEX, "override", BOTH | {"second": ""}),
    "second_same": (OTHER_SEX, "override", BOTH | {"second": "N01", "second_pin": "5538"}),
    "second_may_not": (OTHER_SEX, "override", BOTH | {"second": "V01", "second_pin": "1807"}),
    "sign_in_wrong": (OTHER_SEX, "override", BOTH | {"second_pin": "0000"}),
    "number_missing": ("numberless", "spoken", SAID),
    "number_paper_missing": ("numberless", "spoken", SAID | {"number": "015158004187"}),
    "number_odd": ("numberless", "spoken", SAID | {"number": "1234", "paper": "notice"}),
    "number_zero_lost": ("numberless", "spoken", SAID | {"number": "15158004187", "paper": "notice"}),
    "number_of_another": ("numberless", "spoken", SAID | {"number": "015090001234", "paper": "notice"}),
    "number_unlikely": ("numberless", "spoken", SAID | {"number": "015058004187", "paper": "notice"}),
}
FIELDS = {
    "spoken_missing": "spoken", "second_missing": "second", "second_same": "second", "second_may_not": "second",
    "override_reason_missing": "override_reason", "override_note_missing": "override_note",
    "number_paper_missing": "paper",
} | dict.fromkeys(
    ("number_missing", "number_odd", "number_zero_lost", "number_of_another", "number_unlikely"), "number"
)  # fmt: skip


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("code", sorted(REFUSED))
def test_every_refusal_is_a_sentence_beside_its_field(nurse, visit, held, confirm, players, code, language):
    nurse.post("/language", data={"language": language})
    before, way, said = REFUSED[code]
    if before == "numberless":
        numberless(players)
    elif before:
        held(before)
    answer = confirm(way, **said)
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith('<section id="here"')
    facts = {"digits": 4 if code == "number_odd" else 11}
    assert unescape(answer.text).count(wording.say(f"refusal.{code}", language, **facts)) >= 1
    if code in FIELDS:
        assert f'id="{FIELDS[code]}-refusal"' in answer.text
    assert BOTH["second_pin"] not in without_ids(answer.text), "a PIN is never given back"
    assert identity_checks.find(visits.get(visit)) is None


def test_what_was_given_is_given_back(confirm, held, visit):
    held(OTHER_SEX)
    text = confirm("override", **BOTH | {"second_pin": ""}).text
    assert 'value="list_misspelt" checked' in text
    assert 'value="đã xem giấy khai sinh"' in text
    assert f'value="{BOTH["second"]}"' in text


def test_who_has_no_card_says_name_and_birth(nurse, visit, confirm):
    assert "Vì sao vẫn là đúng người" not in nurse.get(PAGE).text, "no card, no reason"
    assert confirm("spoken", **SAID).status_code == 303
    assert identity_checks.find(visits.get(visit)).method == "spoken"
    assert "tự nói với Vàng Thị Sua lúc" in nurse.get(PAGE).text


def test_an_unlikely_number_is_looked_at_twice_and_then_believed(nurse, visit, confirm, players):
    numberless(players)
    said = SAID | {"number": "015058004187", "paper": "notice"}
    assert "number_sure" not in nurse.get(PAGE).text
    assert 'name="number_sure"' in confirm("spoken", **said).text
    assert confirm("spoken", **said, number_sure="yes").status_code == 303
    assert people.get(players.huong).number == "015058004187"


def test_nobody_is_turned_away_for_want_of_a_number(nurse, visit, confirm, players):
    numberless(players)
    assert confirm("spoken", **SAID, number_reason="card_lost").status_code == 303
    text = nurse.get(PAGE).text
    assert 'id="dose"' in text
    assert "Cần bổ sung mã định danh: Mất thẻ, hoặc đang chờ cấp thẻ" in text
    assert follow_ups.find_open(players.huong, FollowUpKind.NO_NUMBER)


def test_a_card_that_agrees_and_has_no_number_asks_for_it(nurse, visit, held, confirm, players):
    numberless(players)
    held(papers.INSURANCE)
    text = nurse.get(PAGE).text
    assert "Đúng người, còn thiếu mã định danh" in text
    assert 'id="dose"' not in text
    assert confirm("alike", number="015158004187", paper="notice").status_code == 303
    assert people.get(players.huong).number == "015158004187"


def test_the_desks_own_paper_is_not_a_second_one(nurse, visit, held, confirm, players):
    with writing():
        people.get(players.huong).document = "national"
    held(CARD)
    text = nurse.get(PAGE).text
    assert "Chính giấy này đã dùng để ghi tên ở bàn tiếp đón" in text
    assert confirm("spoken", **SAID).status_code == 303
    assert "Đúng người: thẻ căn cước và tự nói với Vàng Thị Sua lúc" in nurse.get(PAGE).text


def test_a_code_that_is_no_card_is_a_sentence(nurse, visit, held):
    held("https://example.test")
    assert "Vừa quét đường dẫn, không xác nhận được người" in nurse.get(PAGE).text


def test_leaving_the_step_out_without_a_reason_is_said_there_only(nurse, visit, held):
    held(OTHER_SEX)
    refused = nurse.act(f"{PAGE}/visit/{visit}/skip", skip="yes", reason="")
    assert refused.status_code == 422
    assert "override_reason-refusal" not in refused.text


def listed_as_recovered(players):
    with writing():
        rosters.find_entry(players.huong, now().on).special = "recovered"


def test_whoever_has_recovered_is_not_injected_here(nurse, opened, players, signed_in):
    listed_as_recovered(players)
    receive(players, players.huong)
    visit = screened(players)
    assert called(players.vaccinator) == visit
    nurse.act(f"{PAGE}/visit/{visit}/look")
    text = nurse.get(PAGE).text
    assert "F0 đã khỏi: trạm y tế xã nhập mũi tiêm, không tiêm ở đây" in text
    assert 'id="identity"' not in text
    assert "Không làm tiếp bước này" in text, "the way out"
    assert "not-recovered" not in text, "only a doctor takes it back"
    assert nurse.act(f"{PAGE}/visit/{visit}/identity/not-recovered", unmark_reason="x").status_code == 403
    doctor = signed_in(Role.SCREENER)
    assert "not-recovered" in doctor.get(PAGE).text or doctor.act(f"{PAGE}/visit/{visit}/look").status_code == 303
    refused = doctor.act(f"{PAGE}/visit/{visit}/identity/not-recovered", unmark_reason=" ")
    assert refused.status_code == 422
    assert "Ghi vì sao không phải F0 đã khỏi" in refused.text
    assert (
        doctor.act(f"{PAGE}/visit/{visit}/identity/not-recovered", unmark_reason="test lại âm tính").status_code == 303
    )
    assert 'id="identity"' in nurse.get(PAGE).text


def test_the_doctor_marks_with_one_button_and_looks_again(opened, players, signed_in):
    receive(players, players.huong)
    visit = called(players.screener)
    doctor = signed_in(Role.SCREENER)
    doctor.get("/table/screening-1")
    doctor.act(f"/table/screening-1/visit/{visit}/look")
    assert "F0 đã khỏi: trạm y tế nhập" in doctor.get("/table/screening-1").text
    path = f"/table/screening-1/visit/{visit}/identity/recovered"
    assert doctor.act(path).status_code == 303
    assert follow_ups.find_open(players.huong, FollowUpKind.RECOVERED).visit_id == visit
    text = doctor.get("/table/screening-1").text
    assert "không tiêm ở đây" in text
    assert 'id="screening"' in text, "the doctor may conclude"
    assert doctor.act(f"{PAGE}/visit/{visit}/identity/recovered").status_code == 404, "not at this table"


def test_nothing_of_it_names_anybody_in_the_audit(nurse, visit, held, confirm, players):
    numberless(players)
    held(OTHER_SEX)
    confirm("override", **BOTH, number_reason="other")
    said = " ".join(str(entry.facts) for entry in db.session.scalars(db.select(audit.AuditEntry)))
    for secret in ("Hường", "khai sinh", "015158004187"):
        assert secret not in said


def test_the_desk_marks_and_shows_the_state(opened, players, signed_in):
    volunteer = signed_in(Role.VOLUNTEER)
    visit = receive(players, players.huong)
    volunteer.get("/desk/desk-1")
    volunteer.act(f"/desk/desk-1/open/{players.huong}")
    page = f"/desk/desk-1/person/{players.huong}"
    text = volunteer.get(page).text
    assert "Chưa xác thực" in text
    assert volunteer.act(f"{page}/recovered").status_code == 303
    text = volunteer.get(page).text
    assert "F0 đã khỏi: trạm y tế xã nhập mũi tiêm" in text
    assert f"{page}/recovered" not in text
    assert follow_ups.find_open(players.huong, FollowUpKind.RECOVERED).visit_id == visit
