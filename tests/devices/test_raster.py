"""Slips as dots: everything is on the paper, nothing over its edge, the code can be read."""

import unicodedata

import numpy as np
import pytest
import zxingcpp

from kiosk.devices import raster
from kiosk.devices.line_breaking import break_lines, narrowest
from kiosk.rules.slips import Code, Heading, Line, Number, Pair, Rule, Space

WIDTHS = [576, 384]
NAME = "Nguyễn Phước Bảo Quý Khánh Ngọc Thiên Ân Công Tằng Tôn Nữ Vy"
ADDRESS = (
    "Số nhà 128 ngõ 15 đường Nguyễn Thái Học, tổ dân phố Hồng Phong 3, phường Yên Bái, tỉnh Lào Cai, "
    "đối diện cổng sau Trường Trung học cơ sở Nguyễn Thái Học, rẽ trái qua cầu treo, hỏi nhà bà giáo Quỳnh nghỉ hưu"
)
TICKET = (
    Heading("Điểm tiêm Trường THCS Nguyễn Thái Học"),
    Rule(),
    Line("Số của bác", bold=True),
    Number("A 147"),
    Line("Khu A · chờ loa gọi", "large", bold=True),
    Line("Còn 12 người trước bác"),
    Rule(),
    Code("DT1:K7M2QX9RTA", 8, (Line("Nguyễn Thị H•••", "small", bold=True), Line("Nữ, 1958", "small"))),
    Rule(),
    Line("Giữ phiếu đến khi ra về.", "small"),
)


@pytest.fixture
def drawn_rows(monkeypatch):
    """Every row of text that is drawn, with its place and its font: (text, left, right)."""
    rows = []
    real = raster._Canvas.lines

    def lines(canvas, texts, font, align, left, width):
        for text in texts:
            free = width - font.getlength(text)
            x = left + (free / 2 if align == "centre" else 0)
            ink_left, _, ink_right, _ = font.getbbox(text, anchor="ls")
            rows.append((text, x + ink_left, x + ink_right))
        real(canvas, texts, font, align, left, width)

    monkeypatch.setattr(raster._Canvas, "lines", lines)
    return rows


@pytest.mark.parametrize("width", WIDTHS)
def test_a_ticket_has_white_edges_and_the_number_is_the_largest_thing(width):
    dots = raster.draw(TICKET, width)
    assert dots.dtype == np.bool_
    assert dots.shape[1] == width
    assert not dots[:, :4].any()
    assert not dots[:, -4:].any()
    assert not dots[:4].any()
    assert not dots[-4:].any()
    number = raster.draw([Number("A 147")], width).any(axis=1).sum()
    assert number >= 13 * 8 * width / 576  # millimetres on 80 mm paper
    assert number > 2 * raster.draw([Line("A 147", "large", bold=True)], width).any(axis=1).sum()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_ticket_code_is_read_from_the_dots(width):
    picture = np.where(raster.draw(TICKET, width), 0, 255).astype(np.uint8)
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == ["DT1:K7M2QX9RTA"]


def test_the_code_keeps_four_white_modules_on_every_side():
    dots = raster.draw([Code("DT1:K7M2QX9RTA", 8)], 576)
    rows, columns = dots.any(axis=1).nonzero()[0], dots.any(axis=0).nonzero()[0]
    assert rows[0] >= 32
    assert dots.shape[0] - 1 - rows[-1] >= 32
    assert columns[0] >= 32
    assert columns[-1] - columns[0] + 1 == rows[-1] - rows[0] + 1 == 21 * 8


def test_a_code_is_drawn_smaller_on_narrow_paper_and_refused_when_it_cannot_be_read():
    payload = "HC1:" + "ABCDEFGHJK" * 40
    narrow = np.where(raster.draw([Code(payload, 8)], 384), 0, 255).astype(np.uint8)
    assert [found.text for found in zxingcpp.read_barcodes(narrow)] == [payload]
    with pytest.raises(ValueError, match="does not fit"):
        raster.draw([Code("A" * 2000, 4)], 384)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("make", [Heading, Line, lambda text: Line(text, "large", bold=True), lambda t: Pair("Tên", t)])
@pytest.mark.parametrize("text", [NAME, ADDRESS, "W" * 200, "Nguyễn" * 30])
def test_long_text_wraps_and_every_letter_is_on_the_paper(width, make, text, drawn_rows):
    assert len(NAME) >= 60
    assert len(ADDRESS) >= 200
    raster.draw([make(text)], width)
    printed = "".join(row for row, _, _ in drawn_rows).replace(" ", "")
    assert text.replace(" ", "") in printed
    assert all(left >= 0 and right <= width for _, left, right in drawn_rows)


@pytest.mark.parametrize("width", WIDTHS)
def test_words_stay_whole_when_they_fit(width, drawn_rows):
    raster.draw([Line(ADDRESS)], width)
    assert " ".join(row for row, _, _ in drawn_rows).split() == ADDRESS.split()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", ["A 1", "W 999", "ƯT 10472", "MM 1048576"])
def test_the_longest_number_still_fits_on_one_line(width, number, drawn_rows):
    dots = raster.draw([Number(number)], width)
    columns = dots.any(axis=0).nonzero()[0]
    assert columns[0] >= 6
    assert columns[-1] <= width - 7
    assert not drawn_rows  # one line, not wrapped


@pytest.mark.parametrize("width", WIDTHS)
def test_beside_lines_never_touch_the_code(width, drawn_rows):
    raster.draw([Code("DT1:K7M2QX9RTA", 8, (Line(NAME, "small", bold=True), Line(ADDRESS, "small")))], width)
    code_left = width - 29 * 8
    if width == 576:
        assert all(right <= code_left + 2 for _, _, right in drawn_rows)
    dots = raster.draw([Code("DT1:K7M2QX9RTA", 8, (Line(NAME, "small"),))], width)
    picture = np.where(dots, 0, 255).astype(np.uint8)
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == ["DT1:K7M2QX9RTA"]


def test_marks_of_capitals_do_not_run_into_the_line_above():
    upper = raster.draw([Line("gjpqy", align="left")], 576)
    both = raster.draw([Line("gjpqy", align="left"), Line("ẴẪỖỮỂ", align="left")], 576)
    first = upper.any(axis=1).nonzero()[0][-1]
    between = both[first + 1 :].any(axis=1)
    assert between.argmax() >= 1


def test_decomposed_letters_are_drawn_as_composed_ones():
    blocks = [Heading(NAME), Number("ƯT 12"), Line(ADDRESS), Pair("Địa chỉ", ADDRESS)]
    decomposed = [
        Heading(unicodedata.normalize("NFD", NAME)),
        Number(unicodedata.normalize("NFD", "ƯT 12")),
        Line(unicodedata.normalize("NFD", ADDRESS)),
        Pair(unicodedata.normalize("NFD", "Địa chỉ"), unicodedata.normalize("NFD", ADDRESS)),
    ]
    assert np.array_equal(raster.draw(blocks, 576), raster.draw(decomposed, 576))


def test_a_very_long_slip_grows_and_space_is_millimetres():
    assert raster.draw([Space(10)], 576).shape[0] == 16 + 80
    long = raster.draw([Line(f"Dòng {n}") for n in range(200)], 576)
    assert long.shape[0] > 200 * 40
    assert long[-60:].any()


def test_line_breaking_keeps_line_ends_and_no_break_spaces():
    def letters(text):
        return len(text)

    assert break_lines("một hai\nba", letters, 20) == ["một hai", "ba"]
    assert break_lines("mất 15\u00a0phút", letters, 8) == ["mất", "15\u00a0phút"]
    assert break_lines("", letters, 8) == [""]
    assert break_lines("abcdefghij kl", letters, 4) == ["abcd", "efgh", "ij", "kl"]
    assert narrowest("aa bb cc dd ee", letters, 11) == ["aa bb cc", "dd ee"]
