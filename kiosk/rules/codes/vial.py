"""The code on a vial label of ours: a prefix and an opaque token."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.rules.codes.ticket import ALPHABET, LENGTH
from kiosk.rules.words import CodeKind

PREFIX = "DTV1:"
_FORM = re.compile(rf"{PREFIX}([{ALPHABET}]{{{LENGTH}}})")


@dataclass(frozen=True)
class VialLabel:
    """The token that leads to one vial."""

    kind = CodeKind.VIAL_LABEL

    token: str


def write(token: str) -> str:
    """The payload to print."""
    return PREFIX + token


def read(text: str) -> VialLabel | None:
    """The label, or None."""
    match = _FORM.fullmatch(text)
    return VialLabel(match[1]) if match else None


def read_keyed(text: str) -> VialLabel | None:
    """The same where capitals were lost."""
    return read(text.upper())
