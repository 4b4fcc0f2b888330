"""What the loudspeaker says: one announcement as a row of short recordings, in each language's own order.

A recording (clip) has a code that is the same in every language, so that a site can record any language: in
Vietnamese a number is said as a Vietnamese says it, in every other language digit by digit, which some forty clips are
enough for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import time
from string import ascii_lowercase

MOST = 9999

_DIGITS_VI = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_DIGITS_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Of the names that a letter has in Vietnamese the one that no other sounds like: in the north giê is dê, so G is gờ.
_LETTERS_VI = (
    "a", "bê", "xê", "dê", "e", "ép phờ", "gờ", "hát", "i", "di", "ca", "e lờ", "em mờ",
    "en nờ", "o", "pê", "quy", "e rờ", "ét xì", "tê", "u", "vê", "vê kép", "ích xì", "i dài", "dét",
)  # fmt: skip

# Words that only a number said as a whole needs: ten, …ty, and the digits that sound otherwise after it.
_NUMBER_WORDS = {
    "10": "mười", "tens": "mươi", "1-after-tens": "mốt", "4-after-tens": "tư", "5-after-tens": "lăm",
    "odd": "linh", "hundred": "trăm", "thousand": "nghìn",
}  # fmt: skip

# language: clip: what its recording says. Vietnamese and English are shipped; other folders use the codes of English.
CLIPS: dict[str, dict[str, str]] = {
    "vi": {
        **{str(digit): said for digit, said in enumerate(_DIGITS_VI)},
        **_NUMBER_WORDS,
        **{f"letter-{letter}": said for letter, said in zip(ascii_lowercase, _LETTERS_VI, strict=True)},
        "please": "mời số", "to": "đến", "into-zone": "vào khu", "spot": "chỗ",
        "kiosk": "máy lấy số", "desk": "bàn tiếp đón", "door": "cửa khu",
        "screening": "bàn khám", "injection": "bàn tiêm", "observation": "phòng theo dõi", "finish": "bàn hoàn tất",
    },
    "en": {
        **{str(digit): said for digit, said in enumerate(_DIGITS_EN)},
        **{f"letter-{letter}": letter.upper() for letter in ascii_lowercase},
        "please": "number", "to": "to", "into-zone": "into zone", "spot": "spot",
        "kiosk": "kiosk", "desk": "reception desk", "door": "zone door",
        "screening": "screening table", "injection": "injection table", "observation": "observation room",
        "finish": "finish desk",
    },
}  # fmt: skip


@dataclass(frozen=True)
class ToStation:
    """To a station of this kind, "" where nobody knows it; `nth`: the number in its name, 0 where its name has none."""

    kind: str
    nth: int
    code: str

    @property
    def own(self) -> str:
        """The clip that says this station's own name, where the site has recorded it."""
        return f"station-{self.code}"


@dataclass(frozen=True)
class ToZone:
    """Into a zone, to a numbered spot; 0 where no spot is meant."""

    letter: str
    spot: int = 0


def words(n: int) -> tuple[str, ...]:
    """Clips of a number from 1 to 9999 as Vietnamese says it in the north: nghìn, linh, mười lăm, hai mươi mốt.

    After mươi 4 is tư (24 hai mươi tư), else bốn (14 mười bốn, 104 một trăm linh bốn): people say either, and one had
    to be chosen. Raises ValueError outside 1–9999.
    """
    if not 1 <= n <= MOST:
        raise ValueError(f"{n} is not from 1 to {MOST}")
    thousands, rest = divmod(n, 1000)
    hundreds, below = divmod(rest, 100)
    said: list[str] = [str(thousands), "thousand"] if thousands else []
    if hundreds or (thousands and rest):
        said += [str(hundreds), "hundred"]
    return (*said, *_below_hundred(below, after=bool(said)))


def _below_hundred(n: int, *, after: bool) -> tuple[str, ...]:
    """0 to 99; `after` something larger a single digit is joined by linh."""
    tens, ones = divmod(n, 10)
    if tens == 0:
        return () if ones == 0 else ("odd", str(ones)) if after else (str(ones),)
    last = () if ones == 0 else (f"{ones}-after-tens",) if ones == 5 or (tens > 1 and ones in (1, 4)) else (str(ones),)
    return ("10", *last) if tens == 1 else (str(tens), "tens", *last)


def spoken(n: int) -> str:
    """A number from 1 to 9999 as Vietnamese text: 105 is `một trăm linh năm`. Raises ValueError outside it."""
    return " ".join(CLIPS["vi"][clip] for clip in words(n))


def digits(n: int) -> tuple[str, ...]:
    """Clips of a number from 1 on digit by digit, without the zeros that fill up a ticket: A 007 is `A seven`."""
    return tuple(str(n))


def announce(
    language: str, letter: str, n: int, to: ToStation | ToZone, own: Collection[str] = frozenset()
) -> tuple[str, ...]:
    """The clips that call number `n` of the series `letter` to a station, or into a zone, in this order.

    `own`: the clips that the site has recorded; a station's own name goes before its kind and number. A number above
    9999 is said digit by digit in every language.
    """

    def number(n: int) -> tuple[str, ...]:
        return words(n) if language == "vi" and n <= MOST else digits(n)

    called = ("please", f"letter-{letter.lower()}", *number(n))
    if isinstance(to, ToZone):
        spot = ("spot", *number(to.spot)) if to.spot else ()
        return (*called, "into-zone", f"letter-{to.letter.lower()}", *spot)
    if to.own in own:
        return (*called, "to", to.own)
    return (*called, "to", to.kind, *(number(to.nth) if to.nth else ())) if to.kind else called


def is_quiet(spans: Sequence[tuple[time, time]], at: time) -> bool:
    """Is this time of day within one of the spans in which nothing is said? From its begin, until before its end.

    A span whose end is before its begin goes over midnight.
    """
    return any(begin <= at < end if begin <= end else at >= begin or at < end for begin, end in spans)
