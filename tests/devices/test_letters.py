"""No two Vietnamese letters look alike on the paper, at any size that a slip is drawn with."""

import unicodedata

import cv2
import numpy as np
import pytest

from kiosk.devices import lettering, raster
from kiosk.rules.slips import Code, Heading, Line, Number, Pair, Rule, Space

TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
SMALL = [unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in TONES]
# The 67 letters that English has not, small and capital.
LETTERS = [letter for letter in [*SMALL, "đ"] if letter not in "aeiouy"]
LETTERS += [letter.upper() for letter in LETTERS]
# What a lot number is made of.
LOT = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
# A number too long for the paper is drawn at any size between its largest and its smallest.
SHRUNK = [("Bold", em) for em in range(raster._NARROW.text["large"], 64)]
USED = sorted({*raster._WIDE.letterings(), *raster._NARROW.letterings(), *SHRUNK})


def pictures(weight, em, letters):
    """Every letter's dots from the same origin, one flat row a letter."""
    font = lettering.lettering(weight, em)
    boxes = [font.ink(letter) for letter in letters]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    shape = (max(box[3] for box in boxes) - top, max(box[2] for box in boxes) - left)
    rows = []
    for letter in letters:
        paper = np.zeros(shape, dtype=np.bool_)
        font.draw(paper, letter, -left, -top)
        rows.append(paper.ravel())
    return np.array(rows)


def least_difference(weight, em, letters):
    """(dots, pair) of the two letters that are most alike."""
    dots = pictures(weight, em, letters).astype(np.float32)
    ink = dots.sum(axis=1)
    different = ink[:, None] + ink[None, :] - 2 * dots @ dots.T
    np.fill_diagonal(different, np.inf)
    one, other = np.unravel_index(different.argmin(), different.shape)
    return int(different.min()), letters[one] + letters[other]


def test_there_are_134_letters():
    assert len(LETTERS) == len(set(LETTERS)) == 134


@pytest.mark.parametrize(("weight", "em"), USED)
def test_no_two_letters_look_alike(weight, em):
    dots, pair = least_difference(weight, em, LETTERS)
    assert dots > 4, pair


@pytest.mark.parametrize(("weight", "em"), USED)
def test_no_two_signs_of_a_lot_number_look_alike(weight, em):
    dots, pair = least_difference(weight, em, LOT)
    assert dots > 4, pair


def test_no_text_is_smaller_than_can_be_read():
    assert min(em for _, em in USED) >= 22


@pytest.mark.parametrize("width", [576, 384])
def test_nothing_is_drawn_at_a_size_that_was_not_looked_at(width, monkeypatch):
    met = set()
    real = raster.lettering

    def noted(weight, em):
        met.add((weight, em))
        return real(weight, em)

    monkeypatch.setattr(raster, "lettering", noted)
    lines = [Line("Ẵ", size, bold=bold) for size in ("small", "body", "large") for bold in (True, False)]
    raster.draw(
        [Heading("Ẵ"), Number("A 1"), *lines, Pair("Ẵ", "Ẵ"), Rule(), Code("A", 8, tuple(lines)), Space()], width
    )
    assert met <= set(USED)


def test_letters_are_the_same_dots_wherever_they_stand():
    """Not smeared between two dots, not dithered: a letter is one pattern."""
    font = lettering.lettering("Regular", 26)
    once, twice = np.zeros((60, 200), np.bool_), np.zeros((60, 200), np.bool_)
    font.draw(once, "Ễ", 10, 40)
    font.draw(twice, "ỄxỄ", 10, 40)
    step = font.length("Ễx")
    left, top, right, bottom = font.ink("Ễ")
    first = once[40 + top : 40 + bottom, 10 + left : 10 + right]
    assert np.array_equal(first, twice[40 + top : 40 + bottom, 10 + left : 10 + right])
    assert np.array_equal(first, twice[40 + top : 40 + bottom, 10 + step + left : 10 + step + right])


def touching(weight, em, text):
    """How many letters of `text` hang together with the one before."""
    font = lettering.lettering(weight, em)

    def pieces(letters):
        left, top, right, bottom = font.ink(letters)
        paper = np.zeros((bottom - top + 2, right - left + 2), dtype=np.uint8)
        font.draw(paper.view(np.bool_), letters, 1 - left, 1 - top)
        return cv2.connectedComponents(paper, connectivity=8)[0] - 1

    return sum(map(pieces, text)) - pieces(text)


@pytest.mark.parametrize(("weight", "em"), USED)
@pytest.mark.parametrize(
    "text", ["ƯT", "LƯU", "cứu", "gửi", "vứt", "ĩì", "dưới", "THƯỢNG", "rt", "Nguyễn", "Kđăm", "AVATAR"]
)
def test_no_letter_touches_the_next(weight, em, text):
    assert touching(weight, em, text) == 0
    font = lettering.lettering(weight, em)
    assert font.length(text) >= font.ink(text)[2] - em // 8
