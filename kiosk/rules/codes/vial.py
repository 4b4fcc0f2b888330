"""The code on a vial label of ours: a prefix and an opaque token."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.rules.words import CodeKind

PREFIX = "DTV1:"


@dataclass(frozen=True)
class VialLabel:
    """The token that leads to one vial."""

    kind = CodeKind.VIAL_LABEL

    token: str


def read(text: str) -> VialLabel | None:
    """The label, or None."""
    return None
