"""Codes that are none of ours: named and kept by the caller, never opened."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.rules.words import CodeKind


@dataclass(frozen=True)
class Link:
    """An address, such as a place's poster. Nobody follows it."""

    kind = CodeKind.LINK

    host: str


@dataclass(frozen=True)
class Unknown:
    """None of the codes that we know, or one that is damaged."""

    kind = CodeKind.UNKNOWN
