"""Which letter a key makes, by the keyboard that a scanner believes it is. They are Windows' layouts, as scanners' are.

A key is a number of linux/input-event-codes.h. A scanner is set to its keyboard by a code in its manual; `layout` in
`site.toml` must say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# The keys that make letters, row by row: the key left of 1 first, the one beside Enter, the one beside the left Shift.
_KEYS = (41, *range(2, 14), *range(16, 28), *range(30, 41), 43, 86, *range(44, 54), 57)


@dataclass(frozen=True)
class Layout:
    """Key to letter: alone, with Shift, with AltGr."""

    plain: dict[int, str]
    shift: dict[int, str]
    altgr: dict[int, str] = field(default_factory=dict)

    def letter(self, key: int, *, shift: bool, altgr: bool, caps: bool) -> str:
        """What this key makes; "" for a key that makes nothing."""
        letter = (self.altgr if altgr else self.shift if shift else self.plain).get(key, "")
        return letter.swapcase() if caps else letter


def _layout(plain: str, shift: str, altgr: dict[str, str]) -> Layout:
    return Layout(
        dict(zip(_KEYS, plain, strict=True)),
        dict(zip(_KEYS, shift, strict=True)),
        {_US_KEY[place]: letter for place, letter in altgr.items()},
    )


_US = "`1234567890-=" + "qwertyuiop[]" + "asdfghjkl;'" + "\\\\" + "zxcvbnm,./ "
_US_KEY = dict(zip(reversed(_US), reversed(_KEYS), strict=True))

# AltGr is given by the place of the key on a US keyboard. Accents that wait for a letter stand here as themselves.
LAYOUTS = {
    "us": _layout(_US, "~!@#$%^&*()_+" + "QWERTYUIOP{}" + 'ASDFGHJKL:"' + "||" + "ZXCVBNM<>? ", {}),
    "cz": _layout(
        ";+ěščřžýáíé=´" + "qwertzuiopú)" + "asdfghjklů§" + "¨\\" + "yxcvbnm,.- ",
        "°1234567890%ˇ" + "QWERTZUIOP/(" + 'ASDFGHJKL"!' + "'|" + "YXCVBNM?:_ ",
        {"w": "|", "q": "\\", "v": "@", "x": "#", "c": "&", "f": "[", "g": "]", "b": "{", "n": "}", ";": "$"},
    ),
    "fr": _layout(
        "²&é\"'(-è_çà)=" + "azertyuiop^$" + "qsdfghjklmù" + "*<" + "wxcvbn,;:! ",
        "²1234567890°+" + "AZERTYUIOP¨£" + "QSDFGHJKLM%" + "µ>" + "WXCVBN?./§ ",
        {"6": "|", "2": "~", "3": "#", "4": "{", "5": "[", "7": "`", "8": "\\", "9": "^", "0": "@", "-": "]", "=": "}"},
    ),
}

US = LAYOUTS["us"]
