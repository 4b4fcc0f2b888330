"""Keys that go down and up, as a keyboard scanner presses them, to codes.

Two ways to say a letter: the key of a layout, or Alt held while its number is typed on the keypad. The second carries
Vietnamese; the first has no keys for it, and the scanner leaves those letters out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.devices.keyboard_layouts import US, Layout
from kiosk.devices.scanner_port import LONGEST_CODE, SILENCE_SECONDS, ScannedCode

SYN, KEY = 0, 1  # kinds of event
OVERRUN = 3  # the kernel's SYN_DROPPED: events were lost
UP, DOWN = 0, 1  # 2 is the kernel's own repeat of a key that stays down

ENTER, TAB, KEYPAD_ENTER = 28, 15, 96
SHIFT, CONTROL, ALT, ALTGR, CAPS = {42, 54}, {29, 97}, 56, 100, 58
KEYPAD = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}
_MODIFIERS = SHIFT | CONTROL | {ALT, ALTGR}
_ENDS = "\r\n\t"
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True)
class Event:
    """One event of the kernel: when (seconds, of a clock that only goes forward), its kind, which key, and how."""

    at: float
    kind: int
    code: int
    value: int


class Keystrokes:
    """Collects events into codes. Every code begins with no key held: a stuck Shift spoils one code, not the day."""

    def __init__(self, layout: Layout = US) -> None:
        self._layout = layout
        self._last_at = 0.0
        self._begin()

    def _begin(self) -> None:
        self._typed: list[str | int] = []  # letters, and numbers that were typed with Alt
        self._held: set[int] = set()
        self._caps = False
        self._sure = True
        self._number = ""
        self._chord = False
        self._oem = False

    @property
    def begun(self) -> bool:
        """Has anything been pressed since the last code?"""
        return bool(self._typed or self._held or self._caps or not self._sure)

    def take(self, event: Event) -> list[ScannedCode]:
        """The codes that are whole with this event: none or one; two when silence had ended the first."""
        if event.kind == SYN and event.code == OVERRUN:
            self._sure = False
        if event.kind != KEY:
            return []
        codes = self.quiet() if self.begun and event.at - self._last_at > SILENCE_SECONDS else []
        if event.value == DOWN:
            codes += self._press(event.code)
        elif event.value == UP:
            codes += self._release(event.code)
        if event.value in (UP, DOWN):
            self._last_at = event.at
        return codes

    def quiet(self) -> list[ScannedCode]:
        """The code so far, if there is any, ends here."""
        raw, sure = _bytes(self._typed, "cp437" if self._oem else "cp1252"), self._sure
        # Shift that stays down, or Alt in the middle of a number: the scanner lost count of its own keys.
        sure = sure and not self._held & (SHIFT | {ALT}) and len(raw) <= LONGEST_CODE
        self._begin()
        return [ScannedCode(raw[:LONGEST_CODE], sure)] if raw else []

    def _press(self, key: int) -> list[ScannedCode]:
        if key in (ENTER, KEYPAD_ENTER, TAB):
            return self.quiet()
        if key in KEYPAD and ALT in self._held:
            self._chord = self._chord or bool(self._held & KEYPAD.keys())
            self._number += KEYPAD[key]
            self._held.add(key)
        elif key in _MODIFIERS:
            self._held.add(key)
        elif key == CAPS:
            self._caps = not self._caps
        else:
            return self._type(self._letter(key))
        return []

    def _release(self, key: int) -> list[ScannedCode]:
        held = key in self._held
        self._held.discard(key)
        return self._end_number() if key == ALT and held and self._number else []

    def _letter(self, key: int) -> str:
        if self._held & CONTROL:
            place = US.plain.get(key, "").upper()
            return chr(ord(place) & 0x1F) if "@" <= place <= "_" else ""
        shift = bool(self._held & SHIFT)
        letter = self._layout.letter(key, shift=shift, altgr=ALTGR in self._held, caps=self._caps)
        return letter or KEYPAD.get(key, "")

    def _end_number(self) -> list[ScannedCode]:
        digits, chord = self._number, self._chord
        self._number, self._chord = "", False
        value = int(digits[:8])
        # Keys pressed all at once: a digit that stands twice in the number was pressed once.
        torn = chord and not (len(digits) >= 3 and 32 <= value < 256)
        if (
            torn
            or value in _SURROGATES
            or value > 0x10FFFF
            or (value < 32 and chr(value) not in _ENDS + "\x1d\x1e\x1f")
        ):
            self._sure = False
            return []
        self._oem = self._oem or (not digits.startswith("0") and 128 <= value < 256)
        return self._type(chr(value)) if value < 128 else self._type(value)

    def _type(self, letter: str | int) -> list[ScannedCode]:
        if letter and isinstance(letter, str) and letter in _ENDS:
            return self.quiet()
        if letter and len(self._typed) <= LONGEST_CODE:
            self._typed.append(letter)
        return []


def _bytes(typed: list[str | int], code_page: str) -> bytes:
    """UTF-8. Numbers are bytes of UTF-8 if they make it, else letters: of Unicode, or of Windows' code page."""
    numbers = [number for number in typed if isinstance(number, int)]
    if any(number > 255 for number in numbers):
        return _spelled(typed, chr)
    raw = b"".join(bytes([one]) if isinstance(one, int) else one.encode() for one in typed)
    try:
        raw.decode()
    except UnicodeDecodeError:
        return _spelled(typed, lambda number: bytes([number]).decode(code_page, "replace"))
    return raw


def _spelled(typed: list[str | int], letter: Callable[[int], str]) -> bytes:
    return "".join(letter(one) if isinstance(one, int) else one for one in typed).encode()
