"""The code on a staff badge: a prefix and the badge's code. It signs nobody in by itself: that takes the PIN."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.rules.words import CodeKind

PREFIX = "DTB1:"
_FORM = re.compile(rf"{PREFIX}([A-Z0-9]{{1,20}})")


@dataclass(frozen=True)
class BadgeCode:
    """The badge of one member of staff."""

    kind = CodeKind.BADGE

    badge: str


def write(badge: str) -> str:
    """The payload to print."""
    return PREFIX + badge.upper()


def read(text: str) -> BadgeCode | None:
    """The badge, or None."""
    match = _FORM.fullmatch(text)
    return BadgeCode(match[1]) if match else None


def read_keyed(text: str) -> BadgeCode | None:
    """The same where capitals were lost."""
    return read(text.upper())
