"""The papers of those who work here: vial label, closing, state of the box, badge, blank form, paper width."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk import protocols, wording
from kiosk.rules import slips
from kiosk.rules.screening import Form
from kiosk.rules.slips import Code, Line, Pair, Rule
from kiosk.rules.slips.closing import grouped
from tests.rules.slip_reading import codes, fields, lines, paper, speakers, values

AT = datetime(2021, 11, 20, 17, 5, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
HEAD = "0123456789abcdef" * 4
VIAL = slips.VialFacts(
    vaccine="Pfizer (Comirnaty)", lot="FF1234", expires_on=date(2022, 1, 31), opened=AT,
    use_by=AT + timedelta(hours=6), station="Bàn tiêm 1", payload="DTV1:23456789AB",
)  # fmt: skip
CLOSING = slips.ClosingFacts(
    site="Điểm tiêm Thử Nghiệm", site_code="15158A", on=AT.date(), half="Buổi chiều",
    rows=((0, "Đã đến", 312), (1, "Còn ở điểm tiêm", 0), (0, "Đã tiêm", 298)), unbalanced=(), audit_head=HEAD,
    audit_entries=18423, closed=AT, closed_by="Trần Thị Mẫu", printed=AT,
)  # fmt: skip
JOINING = slips.JoiningFacts(
    station="Máy lấy số 2", code="7KMQ-23XY-PW9T-4HCD", link="https://diem-tiem.local/pair#7KMQ-23XY-PW9T-4HCD",
    certificate="http://diem-tiem.local/authority", until=AT + timedelta(hours=24),
)  # fmt: skip
STATUS = slips.StatusFacts(
    site="Điểm tiêm Thử Nghiệm", box="diem-tiem-01", addresses=("https://diem-tiem.local", "http://192.168.12.34"),
    versions=(("Python", "3.11.7"),), parts=(("Máy in kiosk-1", "Hết giấy"),),
    joining=JOINING, printed=AT,
)  # fmt: skip
BADGE = slips.BadgeFacts("Điểm tiêm Thử Nghiệm", "Trần Thị Mẫu", "Điều dưỡng tiêm", "TIEM01", "DTB1:TIEM01")
BLANK = slips.BlankFacts("Điểm tiêm Thử Nghiệm", "15158A", AT.date(), ("Đang mắc bệnh cấp tính?", "Dị ứng?"), AT)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_vial_label_says_what_it_is_and_until_when(language: str) -> None:
    blocks = slips.vial_label(VIAL, wording.speaker(language))
    text = paper(blocks)
    for fact in ("Pfizer (Comirnaty)", "FF1234", "31/01/2022", "17:05 20/11", "23:05 20/11", "Bàn tiêm 1"):
        assert text.count(fact) == 1, fact
    assert codes(blocks) == ["DTV1:23456789AB"]


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_an_hour_that_no_source_gives_is_left_to_be_written(language: str) -> None:
    blocks = slips.vial_label(replace(VIAL, use_by=None), wording.speaker(language))
    assert wording.say("slip.vial.write_use_by", language) in lines(blocks)
    assert "23:05" not in paper(blocks)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_closing_slip_holds_the_figures_and_who_answers_for_them(language: str) -> None:
    blocks = slips.closing_slip(CLOSING, wording.speaker(language))
    said = fields(blocks)
    assert (said["Đã đến"], said["– Còn ở điểm tiêm"], said["Đã tiêm"]) == ("312", "0", "298")
    for fact in ("15158A", "17:05 · 20/11/2021", "Trần Thị Mẫu", "18423"):
        assert values(blocks).count(fact) == 1, fact
    for code in ("slip.closing", "slip.closing.provisional", "slip.closing.balanced", "slip.closing.sign"):
        assert lines(blocks).count(wording.say(code, language)) == 1, code
    assert "Buổi chiều · 20/11/2021" in lines(blocks)


def test_books_that_do_not_balance_are_said_instead() -> None:
    blocks = slips.closing_slip(replace(CLOSING, unbalanced=("Số mũi khác.", "Số người khác.")), wording.speaker("vi"))
    assert {"Số mũi khác.", "Số người khác."} <= set(lines(blocks))
    assert wording.say("slip.closing.balanced", "vi") not in lines(blocks)


def test_the_audit_head_can_be_compared_by_eye() -> None:
    assert grouped(HEAD) == "\n".join(["0123 4567 89ab cdef"] * 4)
    blocks = slips.closing_slip(CLOSING, wording.speaker("vi"))
    assert [text for text in lines(blocks) if text.replace(" ", "").replace("\n", "") == HEAD] == [grouped(HEAD)]
    assert grouped("abc") == "abc"
    assert grouped("") == ""


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_status_slip_tells_a_technician_where_and_what(language: str) -> None:
    blocks = slips.status_slip(STATUS, wording.speaker(language))
    for fact in (*STATUS.addresses, "7KMQ-23XY-PW9T-4HCD", "Máy lấy số 2"):
        assert lines(blocks).count(fact) == 1, fact
    assert {"diem-tiem-01", "3.11.7", "Hết giấy", "17:05 · 20/11/2021"} <= set(values(blocks))


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_its_codes_bring_the_certificate_first_and_then_the_pairing(language: str) -> None:
    say = wording.speaker(language)
    blocks = slips.status_slip(STATUS, say)
    assert codes(blocks) == [JOINING.certificate, JOINING.link]
    said = lines(blocks)
    order = [say(f"slip.status.pairing.{code}") for code in ("certificate", "scan", "keep")]
    assert [text for text in said if text in order] == order
    assert say("slip.status.pairing.until", until="17:05 21/11/2021") in said
    assert "https://diem-tiem.local/pair" in said, "to be typed where nothing can be scanned"


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_box_that_knows_no_address_or_no_time_says_what_it_can(language: str) -> None:
    say = wording.speaker(language)
    bare = replace(JOINING, link="", certificate="", until=None)
    blocks = slips.status_slip(replace(STATUS, joining=bare), say)
    assert codes(blocks) == []
    assert {say("slip.status.pairing.type"), say("slip.status.pairing.day"), bare.code} <= set(lines(blocks))


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_box_without_a_network_says_so_and_nothing_has_an_empty_title(language: str) -> None:
    bare = replace(STATUS, addresses=(), versions=(), parts=(), joining=None)
    said = lines(slips.status_slip(bare, wording.speaker(language)))
    assert wording.say("slip.status.no_address", language) in said
    for code in ("addresses", "parts", "versions", "pairing", "pairing.keep"):
        assert wording.say(f"slip.status.{code}", language) not in said


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_badge_shows_role_and_name_large_and_its_code(language: str) -> None:
    blocks = slips.badge(BADGE, wording.speaker(language))
    large = [block.text for block in blocks if isinstance(block, Line) and block.size == "large"]
    assert large == ["Điều dưỡng tiêm", "Trần Thị Mẫu"]
    assert [(block.payload, block.least) for block in blocks if isinstance(block, Code)] == [("DTB1:TIEM01", 6)]
    assert any("PIN" in text for text in lines(blocks)), "a badge alone signs nobody in, and it says so"


@pytest.mark.parametrize("form", protocols.screening_forms().forms, ids=lambda form: form.code)
@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_blank_form_asks_what_the_screening_form_asks(language: str, form: Form) -> None:
    questions = tuple(item.label(language) for item in form.items)
    said = fields(slips.blank_form(replace(BLANK, questions=questions), wording.speaker(language)))
    for n, question in enumerate(questions, 1):
        assert said[f"{n}. {question}"].count("[") == 2


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_childs_blank_form_is_signed_by_the_guardian(language: str) -> None:
    say = wording.speaker(language)
    for of_child in (False, True):
        said = str(slips.blank_form(replace(BLANK, of_child=of_child), say))
        for code in ("guardian", "guardian_phone", "guardian_agrees", "guardian_signature"):
            assert (say(f"slip.blank.{code}") in said) is of_child
        assert (say("slip.blank.signature") in said) is not of_child


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_field_to_write_has_its_own_rule(language: str) -> None:
    say = wording.speaker(language)
    blocks = slips.blank_form(BLANK, say)
    for code in ("ticket", "name", "born", "id", "vaccine"):
        at = next(n for n, b in enumerate(blocks) if isinstance(b, Line) and b.text == say(f"slip.{code}"))
        assert isinstance(blocks[at + 2], Rule), code
    undated = slips.blank_form(replace(BLANK, on=None), say)
    assert sum(isinstance(b, Rule) for b in undated) == sum(isinstance(b, Rule) for b in blocks) + 1
    assert "20/11/2021" in values(blocks)
    assert "20/11/2021" not in values(undated)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_width_test_has_its_lines_numbered_and_shortest_first(language: str) -> None:
    blocks = slips.width_test((576, 384, 512), *speakers(language))
    assert [block.dots for block in blocks if isinstance(block, Rule)] == [384, 512, 576]
    labels = [text for text in lines(blocks) if text[0].isdigit()]
    assert [label.split()[0] for label in labels] == ["1", "2", "3"]
    assert [label.split("· ")[1] for label in labels] == ["48 mm", "64 mm", "72 mm"]
    assert {wording.say("slip.width.ask", each) for each in wording.LANGUAGES} <= set(lines(blocks))
    assert not [block for block in blocks if isinstance(block, Pair)]
