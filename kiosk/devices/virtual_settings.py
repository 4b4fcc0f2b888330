"""The settings of a thermal printer: what `ESC @` puts back, and the commands that change them without any mark."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.devices.escpos_parser import Command
from kiosk.devices.virtual_letters import FONT_A, FONT_B, page_name

USUAL_SPACING = 30

# These leave no mark, or only matter to hardware which is not here.
_WITHOUT_MARK = frozenset(
    {"ESC =", "ESC r", "ESC U", "ESC p", "ESC c 3", "ESC c 4", "ESC c 5", "GS ( D", "GS ( A", "GS ( E", "GS ( K"}
    | {"FS C", "FS -", "FS !", "FS S", "FS ( A", "GS b", "GS f", "GS h", "GS w", "GS H"}
)
# Settings that this printer has in one value only. Its only unit is the dot: 203 to an inch.
_ONLY = {"ESC R": b"\0", "ESC {": b"\0\x30\x02", "ESC V": b"\0\x30", "GS P": b"\0\xcb"}


class UnknownCommand(Exception):
    """A command that this printer does not draw."""


@dataclass
class Settings:
    """As after power on. `font` is rows and columns of a letter's cell; `left` and `area` are dots across the paper.

    `two_bytes`: letters from 0x81 are taken in pairs (GB18030), as clones are delivered for China.
    """

    two_bytes: bool = False
    align: int = 0
    scale: tuple[int, int] = (1, 1)
    bold: bool = False
    underlined: bool = False
    reversed: bool = False
    font: tuple[int, int] = FONT_A
    gap: int = 0
    spacing: int = USUAL_SPACING
    page: int = 0
    left: int = 0
    area: int = 0xFFFF

    def change(self, command: Command) -> bool:
        """False when the command is no setting. Raises UnknownCommand for a value that this printer does not have."""
        name, body = command.name, command.body
        if name in _WITHOUT_MARK:
            return True
        if name in _ONLY:
            if not set(body) <= set(_ONLY[name]):
                raise UnknownCommand(f"{name} {body.hex(' ')}")
            return True
        if name == "ESC t":
            self._take_page(body[0])
            return True
        return self._change_place(name, body) or (bool(body) and self._change_looks(name, body[0]))

    def _change_place(self, name: str, body: bytes) -> bool:
        match name:
            case "ESC a":
                self.align = body[0] % 48 if body[0] % 48 < 3 else self.align
            case "ESC 2":
                self.spacing = USUAL_SPACING
            case "ESC 3":
                self.spacing = body[0]
            case "GS L":
                self.left = int.from_bytes(body, "little")
            case "GS W":
                self.area = max(1, int.from_bytes(body, "little"))
            case "FS &":
                self.two_bytes = True
            case "FS .":
                self.two_bytes = False
            case _:
                return False
        return True

    def _change_looks(self, name: str, value: int) -> bool:
        match name:
            case "ESC E" | "ESC G":
                self.bold = bool(value & 1)
            case "ESC -":
                self.underlined = value % 48 > 0
            case "GS B":
                self.reversed = bool(value & 1)
            case "ESC M":
                self.font = FONT_B if value % 48 == 1 else FONT_A
            case "ESC SP":
                self.gap = value
            case "GS !":
                self.scale = ((value >> 4 & 7) + 1, (value & 7) + 1)
            case "ESC !":
                self.font = FONT_B if value & 1 else FONT_A
                self.bold, self.underlined = bool(value & 8), bool(value & 0x80)
                self.scale = (2 if value & 0x20 else 1, 2 if value & 0x10 else 1)
            case _:
                return False
        return True

    def _take_page(self, page: int) -> None:
        try:
            page_name(page)
        except KeyError:
            raise UnknownCommand(f"ESC t {page}") from None
        self.page = page
