"""Codes that are none of ours: named and kept by the caller, never opened."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.rules.words import CodeKind

# What a browser would call: the host stands behind the last @ before the path.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?:[^/?#\\]*@)?(?P<host>[^\s/?#@:\\]+|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5})?)?"
    r"(?P<rest>[/?#\\].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)


@dataclass(frozen=True)
class Link:
    """An address, such as a place's poster. Nobody follows it. `host` is "" where it cannot be told."""

    kind = CodeKind.LINK

    host: str


@dataclass(frozen=True)
class Unknown:
    """None of the codes that we know, or one that is damaged."""

    kind = CodeKind.UNKNOWN


@dataclass(frozen=True)
class Address:
    """An address taken apart; `port` is 0 for the usual one."""

    host: str
    port: int
    rest: str


def read_address(text: str) -> Address | None:
    """The address, or None when the text is none or names no host."""
    match = _ADDRESS.fullmatch(text)
    if match is None or len(match["host"]) > 253:
        return None
    port = int(match["port"] or 0)
    return Address(match["host"].lower().rstrip("."), 0 if port in (80, 443) else port, match["rest"] or "")


def read(text: str) -> Link:
    """The host alone: what stands behind it may be about a person."""
    address = read_address(text)
    return Link(address.host if address else "")
