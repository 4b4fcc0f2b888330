"""Which code is this? One table tells; one file per payload; the raw text is always kept by the caller."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

from kiosk.rules.codes import badge, cccd, hcert, insurance, letters, mrz, national_qr, other, pack, ticket, vial
from kiosk.rules.codes.badge import BadgeCode
from kiosk.rules.codes.cccd import Card
from kiosk.rules.codes.hcert import Certificate
from kiosk.rules.codes.insurance import InsuranceCard
from kiosk.rules.codes.letters import LONGEST
from kiosk.rules.codes.mrz import Mrz
from kiosk.rules.codes.national_qr import NationalQr
from kiosk.rules.codes.other import Link, Unknown
from kiosk.rules.codes.pack import Pack
from kiosk.rules.codes.ticket import TicketCode
from kiosk.rules.codes.vial import VialLabel
from kiosk.rules.person import Identity
from kiosk.rules.words import CodeKind

__all__ = [
    "LONGEST",
    "TABLE",
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


class Row(NamedTuple):
    """One kind of code: how it begins, who reads it, and who reads what a keyboard scanner typed of it."""

    kind: CodeKind
    begins: str
    read: Callable[[str], Parsed | None]
    read_keyed: Callable[[str], Parsed | None]


# Which code is this? The first row whose beginning fits decides; if its reader finds it damaged, it is unknown.
TABLE = (
    Row(CodeKind.TICKET, r"DT1:", ticket.read, ticket.read_keyed),
    Row(CodeKind.BADGE, r"DTB1:", badge.read, badge.read_keyed),
    Row(CodeKind.VIAL_LABEL, r"DTV1:", vial.read, vial.read_keyed),
    Row(CodeKind.CERTIFICATE, r"HC1:", hcert.read, hcert.read),
    # document number | name | yyyy-mm-dd | 0 or 1 | …: before the card, whose first field may be the same
    Row(
        CodeKind.NATIONAL_QR,
        r"[^|]+\|[^|]*\|(\d{4}|\*{4})-(\d\d|\*\*)-(\d\d|\*\*)\|[01]\|",
        national_qr.read,
        national_qr.read_keyed,
    ),
    # twelve digits | …
    Row(CodeKind.NATIONAL_CARD, r"\d{12}\|", cccd.read, cccd.read_keyed),
    # two letters and thirteen digits, or ten digits | …
    Row(CodeKind.INSURANCE_CARD, r"([A-Za-z]{2}\d{13}|\d{10})\|", insurance.read, insurance.read_keyed),
    # ID VNM and the document's digits, however they were typed
    Row(CodeKind.MRZ, r"[Ii]\s*[A-Za-z<«‹＜,]\s*[Vv]\s*[Nn]\s*[Mm]\s*\d", mrz.read, mrz.read_keyed),
    # a reader's signature, a leading separator, or 01 and fourteen digits, bare or in brackets
    Row(CodeKind.PACK, r"\](d2|Q3|C1)|\x1d(01|17|10|21)|01\d{14}|\(\d{2,4}\)\w", pack.read, pack.read),
    Row(CodeKind.LINK, r"[Hh][Tt][Tt][Pp][Ss]?://", other.read, other.read),
)
_ROWS = tuple((re.compile(row.begins, re.ASCII), row) for row in TABLE)
_OURS = re.compile(r"^(dt[bv]?1)[:;]", re.IGNORECASE | re.ASCII)


def read(code: bytes | str, own: Collection[str] = ()) -> Parsed:
    """What the code is: `Unknown` when it is none that we know. Never raises on any bytes or text.

    `own`: the addresses of this box (`https://diem-tiem.local`), whose `/t/TOKEN` is a ticket.
    """
    text = letters.clean(code)
    row, text = _row(text, own) if text else (None, "")
    return (row.read(text) if row else None) or Unknown()


def read_keyed(code: bytes | str, own: Collection[str] = ()) -> Parsed:
    """The same for what a keyboard scanner typed: digits and dates are trusted, names and places are left out.

    The scanner presses keys: it has none for Vietnamese letters, and an input method rewrites those that it has.
    """
    text = letters.clean_keyed(code)
    row, text = _row(text, own) if text else (None, "")
    if row is None:
        row, text = _row(_retyped(text), own)
    return (row.read_keyed(text) if row else None) or Unknown()


def _row(text: str, own: Collection[str]) -> tuple[Row | None, str]:
    text = ticket.bare(text, own)
    return next((row for begins, row in _ROWS if begins.match(text)), None), text


def _retyped(text: str) -> str:
    """What the keys of a code that nobody knows were: GS or a lost shift for `|`, lost shifts in our own prefixes."""
    return _OURS.sub(lambda match: match[1].upper() + ":", re.sub(r"[\x1d\\]", "|", text))


def identity_in(code: Parsed) -> Identity | None:
    """Who the code says its holder is; None for a code that is nobody's."""
    return code.identity if isinstance(code, Bearing) else None
