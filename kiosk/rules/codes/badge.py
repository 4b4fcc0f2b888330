"""The code on a staff badge: a prefix and the badge's code. It signs nobody in by itself: that takes the PIN."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.rules.words import CodeKind

PREFIX = "DTB1:"


@dataclass(frozen=True)
class BadgeCode:
    """The badge of one member of staff."""

    kind = CodeKind.BADGE

    badge: str


def read(text: str) -> BadgeCode | None:
    """The badge, or None."""
    return None
