"""The virtual printer understands the bytes of @point-of-sale/receipt-printer-encoder (npm, 4.0.1)."""

import numpy as np
import pytest

from tests.peers.conftest import codes_on, picture


def inked(dots):
    """The rows from the first to the last with ink."""
    rows = np.flatnonzero(dots.any(axis=1))
    return dots[rows[0] : rows[-1] + 1]


@pytest.mark.parametrize("mode", ["raster", "column"])
@pytest.mark.parametrize(("height", "width"), [(48, 576), (240, 384), (24, 8)])
def test_a_picture_comes_out_dot_for_dot(encoded, printed, mode, height, width):
    dots = picture(height, width)
    rows = ["".join("01"[dot] for dot in row) for row in dots.astype(int)]
    data = encoded(("initialize",), ("align", "center"), ("image", rows), ("cut", "partial"), imageMode=mode)
    paper = printed(data)
    left = (576 - width) // 2
    assert np.array_equal(inked(paper.dots)[:, left : left + width], dots)
    assert not np.delete(paper.dots, slice(left, left + width), axis=1).any()
    assert paper.facts.commands["GS v 0" if mode == "raster" else "ESC *"] == (1 if mode == "raster" else height / 24)
    assert paper.facts.cut == "partial"


def test_a_native_code_says_what_it_was_told(encoded, printed):
    paper = printed(encoded(("initialize",), ("qrcode", "DT1:K7M2QX9RTA", 2, 6, "m"), ("cut", "full")))
    assert codes_on(paper) == ["DT1:K7M2QX9RTA"]
    assert paper.facts.codes == ("DT1:K7M2QX9RTA",)
    assert paper.facts.cut == "full"


@pytest.mark.parametrize(
    ("page", "number", "text"),
    [
        ("tcvn3", "tcvn3-1", "nguyễn thị hường, đặng văn quyết"),
        ("tcvn3", "tcvn3-1", "ỷ ỹ ỵ ẵ ẳ ặ ừ ứ ữ ở ỡ ộ ổ ỗ ỉ ĩ"),
        ("tcvn3capitals", "tcvn3-2", "ĂN ÂU ÊM ÔNG ƠN ƯU"),
        ("windows1252", "cp1252", "Lúc “14:30” — à á â ã è é ê"),
        ("cp437", "cp437", "Größe ½ ±"),
        ("cp858", "cp858", "Prix 3 €"),
        ("windows1258", "cp1258", "đi ơn ưu ăn âu êm ôi Đ Ư"),
    ],
)
def test_text_in_a_code_page_is_read_with_its_page(encoded, printed, page, number, text):
    paper = printed(encoded(("initialize",), ("codepage", page), ("line", text), ("cut",)))
    said = "".join(line.text for line in paper.facts.lines)
    assert said == text
    assert {page for line in paper.facts.lines for page in line.pages} == {number}
    assert paper.facts.unsayable == 0
    assert paper.dots.any()


def test_styles_leave_their_marks(encoded, printed):
    data = encoded(
        ("initialize",), ("width", 3), ("height", 4), ("line", "A 147"), ("width", 1), ("height", 1),
        ("invert", True), ("line", "KHU A"), ("invert", False), ("underline", True), ("line", "KHU B"), ("cut",),
    )  # fmt: skip
    paper = printed(data)
    assert [line.text for line in paper.facts.lines if line.text.strip()] == ["A 147", "KHU A", "KHU B"]
    first = paper.dots[: 4 * 24]
    assert first.any(axis=1).sum() > 40  # four times as high
    assert first.any(axis=0).nonzero()[0][-1] > 3 * 12 * 4  # three times as wide
    assert paper.dots[96:120].mean(axis=1).max() == pytest.approx(60 / 576)  # white on black
