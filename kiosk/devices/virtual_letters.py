"""The letters inside the virtual printer: its code pages, and each letter's dots in Be Vietnam Pro.

The numbers of the pages are those of Epson's books, and 94 as Zjiang's POS-5890 has it; no number means the same in
every printer, which is why our own papers never use one. Pages 30 and 31 are TCVN 5712 (TCVN-3), small and capital
letters on two pages, and 52 and 94 need a letter and its mark one after the other.
"""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Dots = NDArray[np.bool_]

_CODECS = {
    0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 13: "cp857", 14: "cp737", 15: "iso8859_7",
    16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 32: "cp720", 33: "cp775", 34: "cp855", 35: "cp861",
    36: "cp862", 37: "cp864", 38: "cp869", 39: "iso8859_2", 40: "iso8859_15", 45: "cp1250", 46: "cp1251", 47: "cp1253",
    48: "cp1254", 49: "cp1255", 50: "cp1256", 51: "cp1257", 52: "cp1258", 94: "cp1258",
}  # fmt: skip
# From 0xA0; a space where the page has nothing. The bars of page 1 stand from 0x80 and its kana are not drawn here.
_TCVN_SMALL = "        ăâêôơưđ      àảãáạ ằẳẵắ       ặầẩẫấậè ẻẽéẹềểễếệìỉ   ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ "
_TABLES = {
    1: ("katakana", 0x80, "▁▂▃▄▅▆▇█▏▎▍▌▋▊▉┼┴┬┤├▔─│▕┌┐└┘╭╮╰╯"),
    30: ("tcvn3-1", 0xA0, _TCVN_SMALL),
    31: ("tcvn3-2", 0xA0, " ĂÂ    Đ  ÊÔƠƯ".ljust(21) + _TCVN_SMALL[21:].upper()),
}
_FACE = Path(__file__).resolve().parent.parent / "static" / "fonts" / "BeVietnamPro-Regular.ttf"
FONT_A, FONT_B = (24, 12), (17, 9)  # rows and columns of a letter's cell
_NOT_IN_FACE = range(0x2580, 0xFFFD)  # kana and hanzi: a hollow box stands for each
MISSING = "\N{REPLACEMENT CHARACTER}"


def page_name(page: int) -> str:
    """What the page is called. Raises KeyError for a page that this printer does not have."""
    return _TABLES[page][0] if page in _TABLES else _CODECS[page]


def read(body: bytes, page: int) -> str:
    """The letters that the bytes are in this page; MISSING for each that it does not have."""
    if page in _CODECS:
        return body.decode(_CODECS[page], "replace")
    _, first, table = _TABLES[page]
    letters = dict(enumerate(table, first))
    return "".join(chr(byte) if byte < 0x80 else _known(letters.get(byte, " ")) for byte in body)


def letter(one: str, cell: tuple[int, int]) -> Dots:
    """The dots of one letter, shape `cell`; a mark without its letter stands alone; hanzi are twice as wide."""
    height, width = cell
    return _drawn("?" if one == MISSING else one, height, width * (2 if is_wide(one) else 1))


def is_wide(one: str) -> bool:
    """Whether the letter takes two cells."""
    return unicodedata.east_asian_width(one) in "WF"


@functools.lru_cache(maxsize=512)
def _drawn(one: str, height: int, width: int) -> Dots:
    cell = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(cell)
    if unicodedata.name(one, "").startswith("BOX DRAWINGS"):
        _draw_bars(pen, unicodedata.name(one).split(), height, width)
    elif ord(one[0]) in _NOT_IN_FACE:
        pen.rectangle((1, 3, width - 2, height - 4), outline=0)
    else:
        face = ImageFont.truetype(_FACE, height * 2 // 3)  # room for two marks on a capital
        shown = " " + one if unicodedata.combining(one[0]) else one
        pen.text((width / 2, height * 4 // 5), shown, font=face, fill=0, anchor="ms")
    return np.asarray(cell) < 128


def _draw_bars(pen: ImageDraw.ImageDraw, ways: list[str], height: int, width: int) -> None:
    """The bars of tables, as their Unicode names have them: "BOX DRAWINGS LIGHT DOWN AND RIGHT"."""
    x, y = width // 2, height // 2
    ends = {"LEFT": (0, y), "RIGHT": (width, y), "UP": (x, 0), "DOWN": (x, height)}
    whole = {"HORIZONTAL": ("LEFT", "RIGHT"), "VERTICAL": ("UP", "DOWN")}
    for end in {end for way in ways for end in whole.get(way, (way,)) if end in ends}:
        pen.line((x, y, *ends[end]), fill=0, width=2)


def _known(one: str) -> str:
    return MISSING if one == " " else one
