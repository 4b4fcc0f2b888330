"""The virtual printer understands the bytes that python-escpos composes: pictures, text and codes."""

import unicodedata

import numpy as np
import pytest
from escpos.printer import Dummy
from PIL import Image

from kiosk.devices.escpos_encoder import CUT, INITIALISE
from tests.peers.conftest import codes_on, picture

NAME = "Nguyễn Thị Hạnh — Mũi 2 — 14:30"
MARKS = "\u0300\u0301\u0303\u0309\u0323"  # grave, acute, tilde, hook above, dot below
LETTERS = sorted(
    {
        unicodedata.normalize("NFC", form)
        for vowel in "aăâeêioôơuưyđ"
        for mark in ("", *(MARKS if vowel != "đ" else ""))
        for form in (vowel + mark, (vowel + mark).upper())
    }
)


def source(**features):
    dummy = Dummy(**features)
    dummy.hw("INIT")
    return dummy


def cp1258(text):
    """As a computer says it: a letter of the page, then its tone."""
    said = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            said += letter.encode("cp1258")
        except UnicodeEncodeError:
            *base, tone = unicodedata.normalize("NFD", letter)
            if tone not in MARKS:  # the dot below comes before the circumflex
                base = [base[0], tone]
                tone = unicodedata.normalize("NFD", letter)[1]
            said += (unicodedata.normalize("NFC", "".join(base)) + tone).encode("cp1258")
    return said


@pytest.mark.parametrize("kind", ["bitImageRaster", "graphics", "bitImageColumn"])
@pytest.mark.parametrize("width", [576, 384])
def test_a_picture_comes_out_dot_for_dot(printed, kind, width):
    dots = picture(720, width)
    dummy = source()
    image = Image.fromarray(np.where(dots, 0, 255).astype(np.uint8)).convert("1")
    dummy.image(image, impl=kind, fragment_height=480)
    dummy.cut(feed=False)
    assert np.array_equal(printed(dummy.output, width_dots=width).dots, dots)


def test_text_and_a_native_code(printed):
    dummy = source(profile="default")
    dummy.set(align="center", bold=True, double_height=True, double_width=True)
    dummy.text("A 147\n")
    dummy.set(align="left", bold=False, normal_textsize=True)
    dummy.text("Waiting area A, please sit down until your number is called. " * 3 + "\n")
    dummy.qr("DT1:K7M2QX9RTA", native=True, size=6)
    dummy.cut()
    paper = printed(dummy.output)
    assert codes_on(paper) == list(paper.facts.codes) == ["DT1:K7M2QX9RTA"]
    assert paper.facts.lines[0].text == "A 147"
    assert "".join(line.text for line in paper.facts.lines[1:]).startswith("Waiting area A, please sit down until")
    assert paper.dots[:48].any(axis=1).sum() > 20  # double height
    ink = paper.dots[:40].any(axis=0).nonzero()[0]
    assert abs((ink[0] + ink[-1]) / 2 - paper.dots.shape[1] / 2) < 24  # centred


def test_vietnamese_in_the_pages_of_an_epson(printed):
    dummy = source(profile="TM-T88V")
    dummy.text(NAME + "\n")
    dummy.cut()
    (line,) = printed(dummy.output).facts.lines
    assert line.text == NAME
    assert "tcvn3-1" in line.pages


def test_the_library_and_the_printer_mean_the_same_letters(printed):
    dummy = source(profile="TM-T88V")
    for letter in LETTERS:
        dummy.text(letter + "\n")
    dummy.cut()
    paper = printed(dummy.output)
    assert len(LETTERS) == 146  # those with a mark or a tone, and twelve plain vowels
    assert [line.text for line in paper.facts.lines] == LETTERS
    assert paper.facts.unsayable == 0


@pytest.mark.parametrize("joins", [True, False])
def test_marks_of_cp1258_stand_on_their_letter_or_beside_it(printed, joins):
    data = INITIALISE + b"\x1bt\x34" + cp1258("Nguyễn Thị Hường") + b"\n" + CUT
    paper = printed(data, joins_marks=joins)
    (line,) = paper.facts.lines
    assert unicodedata.normalize("NFC", line.text) == "Nguyễn Thị Hường"
    assert len(line.text) == (16 if joins else 19)
    assert paper.facts.unsayable == 0


def test_what_a_page_does_not_have_is_a_question_mark_and_is_counted(printed):
    paper = printed(INITIALISE + b"\x1bt\x10caf\xe9 \x81\x8d\n" + CUT)
    assert paper.facts.lines[0].text == "café \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
    assert paper.facts.unsayable == 2
