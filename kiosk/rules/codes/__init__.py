"""Which code is this? One file per payload; the raw text is always kept by the caller."""

from __future__ import annotations

from kiosk.rules.codes import cccd, ticket
from kiosk.rules.codes.cccd import Card
from kiosk.rules.codes.ticket import TicketCode

__all__ = ["Card", "Parsed", "TicketCode", "read"]

Parsed = Card | TicketCode


def read(text: str) -> Parsed | None:
    """The parsed code, or None when it is none that we know. Never raises on any text."""
    return ticket.read(text) or cccd.read(text)
