"""The code on our own ticket: a prefix and an opaque random token. No personal data.

A phone cannot do anything with the bare token: where phones reach the box, the code is its address and `/T/TOKEN`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from kiosk.rules.codes.other import Address, read_address
from kiosk.rules.words import CodeKind

PREFIX = "DT1:"
# 29 signs that cannot be taken for one another; ten of them are 48 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRTUVWXY"
LENGTH = 10
_FORM = re.compile(rf"{PREFIX}([{ALPHABET}]{{{LENGTH}}})")
_PATH = re.compile(rf"/t/([{ALPHABET}]{{{LENGTH}}})/?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class TicketCode:
    """The token that leads to one visit."""

    kind = CodeKind.TICKET

    token: str


def write(token: str, address: str = "") -> str:
    """The payload to print: upper case only, so that the code stays in QR's alphanumeric mode.

    Version 1 for the bare token, version 2 with an `address` of up to 25 signs; longer ones take larger codes.
    """
    return f"{address.rstrip('/')}/T/{token}".upper() if address else PREFIX + token


def read(text: str) -> TicketCode | None:
    """The ticket, or None."""
    match = _FORM.fullmatch(text.strip())
    return TicketCode(match[1]) if match else None


def read_keyed(text: str) -> TicketCode | None:
    """The same where capitals were lost."""
    return read(text.upper())


def bare(text: str, own: Collection[str]) -> str:
    """The ticket's bare payload when the text is a ticket's address on this box; any other text as it is."""
    address = read_address(text)
    if address is None:
        return text
    for base in filter(None, map(read_address, own)):
        rest = address.rest.removeprefix(base.rest.rstrip("/"))
        match = _PATH.fullmatch(rest)
        if match and _same_box(address, base):
            return write(match[1].upper())
    return text


def _same_box(one: Address, other: Address) -> bool:
    """With or without encryption, it is the same box; another port is another program."""
    return one.host == other.host and one.port == other.port
