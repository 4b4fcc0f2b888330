"""The code on our own ticket: a prefix and an opaque random token. No personal data, no address."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.rules.words import CodeKind

PREFIX = "DT1:"
# 29 signs that cannot be taken for one another; ten of them are 48 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRTUVWXY"
LENGTH = 10
_FORM = re.compile(rf"{PREFIX}([{ALPHABET}]{{{LENGTH}}})")


@dataclass(frozen=True)
class TicketCode:
    """The token that leads to one visit."""

    kind = CodeKind.TICKET

    token: str


def write(token: str) -> str:
    """The payload to print: upper case only, so that the code stays in QR's alphanumeric mode (version 1)."""
    return PREFIX + token


def read(text: str) -> TicketCode | None:
    """The ticket, or None."""
    match = _FORM.fullmatch(text.strip())
    return TicketCode(match[1]) if match else None
