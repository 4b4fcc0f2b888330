"""What a thermal printer draws for each ESC/POS command: rows of dots, ready for the paper."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kiosk.devices.escpos_parser import Command
from kiosk.devices.tape import Record
from kiosk.devices.virtual_letters import MISSING, letter, page_name, read
from kiosk.devices.virtual_line import Line
from kiosk.devices.virtual_page_mode import Page
from kiosk.devices.virtual_pictures import Graphics, NativeCode, columns, raster
from kiosk.devices.virtual_settings import Settings, UnknownCommand

Dots = NDArray[np.bool_]

_UNDER_THE_LINE = 3  # rows of a letter's cell that hang below the line in page mode


class Typesetter:
    """The line or page that is being set and the settings that hold for it.

    `starts_in_chinese` is how clones are delivered for China: double-byte letters until `FS .`, after `ESC @` again.
    `joins_marks` says whether a mark of CP1258 is put on the letter before it; a POS-5890 prints it beside the letter.
    """

    def __init__(self, width: int, record: Callable[[], Record], joins_marks: bool) -> None:
        self.width = width
        self.starts_in_chinese = False
        self._record = record
        self._joins_marks = joins_marks
        self.reset()

    def reset(self) -> None:
        """`ESC @`: settings as after power on, an unprinted line or page is lost."""
        self._now = Settings(two_bytes=self.starts_in_chinese)
        self._line = Line()
        self._page: Page | None = None
        self._graphics, self._code = Graphics(), NativeCode()
        self._half = b""

    def set(self, command: Command) -> Dots:
        """The rows that now go to the paper, shape (n, width). Raises UnknownCommand."""
        if command.name != "text":
            self._half = b""
        if self._now.change(command):
            return self._nothing()
        draw = _DRAWERS.get(command.name)
        if draw is None:
            raise UnknownCommand(f"unknown {command.body.hex(' ')}" if command.name == "unknown" else command.name)
        return draw(self, command.body)

    def flush(self, at_least: int) -> Dots:
        """Print the line that is being set and feed, `at_least` rows in all."""
        if self._page is not None:
            self._pin()
            self._page.x, self._page.y = 0, self._page.y + at_least
            return self._nothing()
        line = self._end_line()
        rows = np.zeros((max(at_least, line.shape[0]), self.width), np.bool_)
        rows[: line.shape[0]] = self._placed(line)
        return rows

    def _nothing(self) -> Dots:
        return np.zeros((0, self.width), np.bool_)

    def _room(self) -> int:
        return max(1, min(self._now.area, self.width - self._now.left))

    def _placed(self, picture: Dots) -> Dots:
        """As wide as the paper: aligned in the print area, and what is too wide is cut off as printers do."""
        picture = picture[:, : self._room()]
        free = self._room() - picture.shape[1]
        left = min(self._now.left, self.width - 1) + (0, free // 2, free)[self._now.align]
        return np.pad(picture, ((0, 0), (left, self.width - left - picture.shape[1])))

    def _end_line(self) -> Dots:
        line, self._line = self._line, Line()
        line.note(self._record())
        return line.drawn()

    def _pin(self) -> None:
        """In page mode the line goes to its place on the page as soon as something else follows."""
        if self._page is not None:
            line = self._end_line()
            self._page.place(line, _UNDER_THE_LINE)
            self._page.x += line.shape[1]

    def _picture(self, picture: Dots | None) -> Dots:
        if picture is None:
            return self._nothing()
        if self._page is not None:
            self._pin()
            self._page.place(picture)
            return self._nothing()
        return np.concatenate([self.flush(0), self._placed(picture)])

    def _append(self, picture: Dots, text: str = "", page: str = "") -> Dots:
        """Put a picture at the end of the line; a full line is printed first."""
        out = self._nothing()
        if self._page is None and self._line.x and self._line.x + picture.shape[1] > self._room():
            out = self.flush(self._now.spacing)
        self._line.add(picture, text, page)
        return out

    def _control(self, body: bytes) -> Dots:
        if body == b"\n":
            return self.flush(self._now.spacing)
        if body == b"\f" and self._page is not None:
            self._pin()
            page, self._page = self._page, None
            return page.finish()
        if body in b"\x00\x07\x0c\r\x18":
            return self._nothing()
        raise UnknownCommand(f"control {body.hex()}")

    def _text(self, body: bytes) -> Dots:
        if self._now.two_bytes:
            letters, page = self._pairs(body), "gb18030"
        else:
            letters, page = read(body, self._now.page), page_name(self._now.page)
        if self._joins_marks:
            if letters and unicodedata.combining(letters[0]) and self._line.last:
                letters = self._line.take_back() + letters
            letters = unicodedata.normalize("NFC", letters)
        self._record().unsayable += letters.count(MISSING)
        return np.concatenate([self._nothing(), *(self._append(self._styled(one), one, page) for one in letters)])

    def _pairs(self, body: bytes) -> str:
        """Double-byte letters; half of one waits for the next piece."""
        body, self._half = self._half + body, b""
        letters, at = "", 0
        while at < len(body):
            size = 2 if body[at] > 0x80 else 1
            if at + size > len(body):
                self._half = body[at:]
                break
            letters += body[at : at + size].decode("gb18030", "replace")[:1]
            at += size
        return letters

    def _styled(self, one: str) -> Dots:
        now = self._now
        wide, high = now.scale
        dots = np.pad(letter(one, now.font), ((0, 0), (0, now.gap)))
        if now.bold:
            dots = dots | np.pad(dots, ((0, 0), (1, 0)))[:, :-1]
        if now.underlined:
            dots = dots | (np.arange(len(dots)) >= len(dots) - 2)[:, np.newaxis]
        return (dots ^ now.reversed).repeat(high, axis=0).repeat(wide, axis=1)

    def _initialise(self, _body: bytes) -> Dots:
        self.reset()
        return self._nothing()

    def _graphic(self, body: bytes) -> Dots:
        return self._picture(self._graphics.take(body, self._page is not None))

    def _native_code(self, body: bytes) -> Dots:
        picture = self._code.take(body)
        if picture is not None:
            self._record().codes.append(self._code.content.decode("utf-8", "replace"))
        return self._picture(picture)

    def _page_mode(self, _body: bytes) -> Dots:
        self._line, self._page = Line(), Page(self.width)
        return self._nothing()

    def _area(self, body: bytes) -> Dots:
        if self._page is not None:
            self._pin()
            self._page.set_area(*(int.from_bytes(body[at : at + 2], "little") for at in (0, 2, 4, 6)))
        return self._nothing()

    def _direction(self, body: bytes) -> Dots:
        if self._page is not None:
            self._pin()
            self._page.turn(body[0] % 48)
        return self._nothing()

    def _across(self, body: bytes, since: int) -> Dots:
        """`ESC $` and `ESC \\`: a place on the line, from its start or (`since` 1) from where it is."""
        steps = int.from_bytes(body, "little", signed=bool(since))
        if self._page is not None:
            self._pin()
            self._page.x = max(0, self._page.x * since + steps)
        else:
            self._line.x = max(0, self._line.x * since + steps)
        return self._nothing()

    def _down(self, body: bytes, since: int) -> Dots:
        """`GS $` and `GS \\`: the same down the page; outside page mode they do nothing."""
        if self._page is not None:
            self._pin()
            self._page.y = self._page.y * since + int.from_bytes(body, "little", signed=bool(since))
        return self._nothing()


_DRAWERS: dict[str, Callable[[Typesetter, bytes], Dots]] = {
    "text": Typesetter._text,
    "control": Typesetter._control,
    "ESC @": Typesetter._initialise,
    "ESC J": lambda typesetter, body: typesetter.flush(body[0]),
    "ESC d": lambda typesetter, body: typesetter.flush(body[0] * typesetter._now.spacing),
    "ESC *": lambda typesetter, body: typesetter._append(columns(body)),
    "GS v 0": lambda typesetter, body: typesetter._picture(raster(body)),
    "GS ( L": Typesetter._graphic,
    "GS 8 L": Typesetter._graphic,
    "GS ( k": Typesetter._native_code,
    "ESC L": Typesetter._page_mode,
    "ESC W": Typesetter._area,
    "ESC T": Typesetter._direction,
    "ESC $": lambda typesetter, body: typesetter._across(body, 0),
    "ESC \\": lambda typesetter, body: typesetter._across(body, 1),
    "GS $": lambda typesetter, body: typesetter._down(body, 0),
    "GS \\": lambda typesetter, body: typesetter._down(body, 1),
}
