"""Slips as dots: everything is on the paper, nothing over its edge, the code can be read."""

import unicodedata

import numpy as np
import pytest
import zxingcpp

from kiosk.devices import raster
from kiosk.devices.line_breaking import break_lines, narrowest
from kiosk.devices.raster_code import modules
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
            x = left + ((width - font.length(text)) // 2 if align == "centre" else 0)
            ink_left, _, ink_right, _ = font.ink(text)
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
    payload = "HC1:" + "ABCDEFGHJK" * 50
    narrow = np.where(raster.draw([Code(payload, 8, least=3)], 384), 0, 255).astype(np.uint8)
    assert [found.text for found in zxingcpp.read_barcodes(narrow)] == [payload]
    with pytest.raises(ValueError, match="does not fit"):
        raster.draw([Code(payload, 8, least=5)], 384)
    with pytest.raises(ValueError, match="does not fit"):
        raster.draw([Code("A" * 2000, 4, least=3)], 384)


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


def test_a_ticket_code_has_six_dots_a_module_or_more_and_keeps_its_lines_beside_it_on_narrow_paper(drawn_rows):
    dots = raster.draw([Code("DT1:K7M2QX9RTA", 8, (Line("Nguyễn Thị H•••", "small"), Line("Nữ, 1958", "small")))], 384)
    code = dots[:, 384 - 29 * 6 :]
    columns = code.any(axis=0).nonzero()[0]
    assert columns[-1] - columns[0] + 1 == 21 * 6
    assert dots.shape[0] == 29 * 6 + 16
    assert all(right <= 384 - 29 * 6 for _, _, right in drawn_rows)


def test_a_code_is_whole_dots_at_every_size():
    for wished in (3, 4, 5, 6, 8):
        dots = raster.draw([Code("DT1:K7M2QX9RTA", wished, least=3)], 576)
        top, left = dots.any(axis=1).nonzero()[0][0], dots.any(axis=0).nonzero()[0][0]
        code = dots[top : top + 21 * wished, left : left + 21 * wished]
        small = code[::wished, ::wished]
        assert np.array_equal(small.repeat(wished, axis=0).repeat(wished, axis=1), code)


def test_capitals_and_digits_make_a_smaller_code_than_small_letters():
    assert modules("K7M2QX9RTA" * 5).shape < modules("k7m2qx9rta" * 5).shape


@pytest.mark.parametrize("width", WIDTHS)
def test_a_rule_of_a_given_length_begins_at_the_edge_and_is_exactly_so_long_also_beyond_the_paper(width, drawn_rows):
    dots = raster.draw([Line(ADDRESS, align="left"), Rule(384), Rule(512), Rule(576)], width)
    assert dots.shape[1] == 576
    assert all(right <= 384 for _, _, right in drawn_rows)
    lines = [row for row in dots if row[0]]
    lengths = [int(row.nonzero()[0][-1]) + 1 for row in lines]
    assert sorted(set(lengths)) == [384, 512, 576]
    for length in (384, 512, 576):
        of_one = [row for row, its in zip(lines, lengths, strict=True) if its == length]
        assert len(of_one) >= 16  # the end ticks
        assert sum(row[:length].all() for row in of_one) == 3  # the line between them
        assert not any(row[3] and not row[4 : length - 3].all() for row in of_one)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_pair_stands_on_one_line_where_it_fits_and_a_short_value_on_the_last_line_of_its_label(width, drawn_rows):
    one = raster.draw([Pair("Lô", "FF1234")], width).shape[0]
    label = "Hoãn tiêm vì đang có bệnh cấp tính hoặc bệnh mạn tính tiến triển, chờ khám lại"
    two = raster.draw([Pair(label, "3")], width).shape[0]
    rows = [row for row, _, _ in drawn_rows][2:]
    assert rows[-1] == "3"
    assert " ".join(rows[:-1]) == label
    leading = one - 16
    assert two == 16 + (len(rows) - 1) * leading
    assert drawn_rows[-1][2] <= width - 8
    assert drawn_rows[-2][2] < drawn_rows[-1][1]


@pytest.mark.parametrize("width", WIDTHS)
def test_boxes_to_tick_stand_at_the_right_and_a_short_label_is_not_torn(width, drawn_rows):
    boxes = "Không\u00a0□\u00a0\u00a0Có\u00a0□"
    raster.draw([Pair("7. Đang bị suy giảm miễn dịch nặng, ung thư giai đoạn cuối", boxes, "small")], width)
    assert drawn_rows[-1][0] == boxes
    assert width - 16 <= drawn_rows[-1][2] <= width - 8
    raster.draw([Pair("Số định danh", "015158990187 015158990")], width)
    assert "Số định danh" in [row for row, _, _ in drawn_rows]


def test_marks_of_capitals_do_not_run_into_the_line_above():
    upper = raster.draw([Line("gjpqy", align="left")], 576)
    both = raster.draw([Line("gjpqy", align="left"), Line("ẴẪỖỮỂ", align="left")], 576)
    first = upper.any(axis=1).nonzero()[0][-1]
    between = both[first + 1 :].any(axis=1)
    assert between.argmax() >= 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("make", [Heading, Line, lambda text: Line(text, "large", bold=True), lambda t: Pair(t, "Ẳ")])
def test_a_dot_below_stays_clear_of_the_marks_of_the_capital_under_it(width, make):
    rows = raster.draw([make("ạ"), make("Ẳ")], width).any(axis=1)
    one = raster.draw([make("ạ")], width).any(axis=1).nonzero()[0][-1]
    assert not rows[one + 1 : one + 3].any()
    assert rows[one + 3 : one + 12].any()


def test_decomposed_letters_are_drawn_as_composed_ones():
    blocks = [Heading(NAME), Number("ƯT 12"), Line(ADDRESS), Pair("Địa chỉ", ADDRESS)]
    decomposed = [
        Heading(unicodedata.normalize("NFD", NAME)),
        Number(unicodedata.normalize("NFD", "ƯT 12")),
        Line(unicodedata.normalize("NFD", ADDRESS)),
        Pair(unicodedata.normalize("NFD", "Địa chỉ"), unicodedata.normalize("NFD", ADDRESS)),
    ]
    assert np.array_equal(raster.draw(blocks, 576), raster.draw(decomposed, 576))


@pytest.mark.parametrize("make", [Heading, Line, lambda text: Pair("Tên", text)])
def test_letters_of_other_peoples_names_are_drawn_though_the_font_lacks_them(make):
    def drawn(text):
        return raster.draw([make(text)], 576)

    for letters, plain in [("ĕĭŏŭ", "eiou"), ("ĔĬŎŬ", "EIOU"), ("ê\u0306ô\u0306ơ\u0306", "êôơ")]:
        ink, bare = drawn(f"Y {letters} Niê").sum(), drawn(f"Y {plain} Niê").sum()
        assert ink > bare + 4 * len(plain)  # the marks
    assert np.array_equal(drawn("Hʼmông Y\u2011Ƀlŏ\ufeff"), drawn("H’mông Y-Blŏ"))
    assert np.array_equal(drawn("Siu 中 H’Blơi"), drawn("Siu □ H’Blơi"))
    assert drawn("Siu □").sum() > drawn("Siu").sum() + 40


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
    assert break_lines("Immunization/9f1c2e7a-5b4d", letters, 16) == ["Immunization/", "9f1c2e7a-5b4d"]
    assert break_lines("a/bcdefghijklmnop", letters, 8) == ["a/bcdefg", "hijklmno", "p"]
    assert break_lines("một hai ba bốn năm", letters, 14) == ["một hai ba", "bốn năm"]
    assert break_lines("mộthaiba bốn năm", letters, 12) == ["mộthaiba bốn", "năm"]
    assert break_lines("Nơi tiêm/Place of it", letters, 12) == ["Nơi tiêm/", "Place of it"]
    assert break_lines("Nơi đã tiêm/Place", letters, 14) == ["Nơi đã tiêm/", "Place"]
    assert break_lines("Nơi tiêm/Place", letters, 14) == ["Nơi tiêm/Place"]
    assert break_lines("đo 165/100 20/11/2021", letters, 14) == ["đo 165/100", "20/11/2021"]
    assert narrowest("aa bb cc dd ee", letters, 11) == ["aa bb cc", "dd ee"]
    assert narrowest("aaaaaaaaaaa\naa bb cc dd ee", letters, 11) == ["aaaaaaaaaaa", "aa bb cc", "dd ee"]
