"""Which code is this? One file per payload; the raw text is always kept by the caller."""

from __future__ import annotations

from collections.abc import Collection

from kiosk.rules.codes import badge, cccd, hcert, insurance, mrz, national_qr, pack, ticket, vial
from kiosk.rules.codes.badge import BadgeCode
from kiosk.rules.codes.cccd import Card
from kiosk.rules.codes.hcert import Certificate
from kiosk.rules.codes.insurance import InsuranceCard
from kiosk.rules.codes.mrz import Mrz
from kiosk.rules.codes.national_qr import NationalQr
from kiosk.rules.codes.other import Link, Unknown
from kiosk.rules.codes.pack import Pack
from kiosk.rules.codes.ticket import TicketCode
from kiosk.rules.codes.vial import VialLabel
from kiosk.rules.person import Identity

__all__ = [
    "BadgeCode",
    "Card",
    "Certificate",
    "InsuranceCard",
    "Link",
    "Mrz",
    "NationalQr",
    "Pack",
    "Parsed",
    "TicketCode",
    "Unknown",
    "VialLabel",
    "identity_in",
    "read",
    "read_keyed",
]

Bearing = Card | NationalQr | InsuranceCard | Certificate | Mrz
Parsed = Bearing | TicketCode | BadgeCode | VialLabel | Pack | Link | Unknown


def read(code: bytes | str, own: Collection[str] = ()) -> Parsed:
    """What the code is: `Unknown` when it is none that we know. Never raises on any bytes or text.

    `own`: the addresses of this box (`https://diem-tiem.local`), whose `/t/TOKEN` is a ticket.
    """
    try:
        text = code.decode() if isinstance(code, bytes) else code
    except UnicodeDecodeError:
        return Unknown()
    return (
        ticket.read(text)
        or badge.read(text)
        or vial.read(text)
        or hcert.read(text)
        or cccd.read(text)
        or national_qr.read(text)
        or insurance.read(text)
        or mrz.read(text)
        or pack.read(text)
        or Unknown()
    )


def read_keyed(code: bytes | str, own: Collection[str] = ()) -> Parsed:
    """The same for what a keyboard scanner typed: digits and dates are trusted, names and places are left out."""
    return read(code, own)


def identity_in(code: Parsed) -> Identity | None:
    """Who the code says its holder is; None for a code that is nobody's."""
    return code.identity if isinstance(code, Bearing) else None
