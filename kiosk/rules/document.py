"""What somebody without a readable code shows, typed by a volunteer: which document, and its number.

Nobody is turned away for an old document (that happened in 2021): it is flagged, and the number is asked for later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.errors import Refusal
from kiosk.rules.person import read_document_number, require_number
from kiosk.rules.words import DocumentKind

# The kinds that say the 12-digit number itself.
NUMBERED = (DocumentKind.NATIONAL, DocumentKind.NOTICE)
_NATIONALITY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Document:
    """What was shown; `number` and `nationality` are "" where the kind has none of its own."""

    kind: DocumentKind = DocumentKind.NONE
    number: str = ""
    nationality: str = ""


def require_document(kind: str, number: str, nationality: str) -> tuple[str, Document]:
    """The personal number ("" where the document does not say it), and the document.

    An old card has nine digits, the oldest eight. A passport's nationality is three letters (ISO 3166-1).
    Raises Refusal `document_odd`, `document_unnamed`, `number_missing`, `number_odd`, `number_zero_lost`,
    `old_number_odd`, `passport_odd`, `nationality_odd`.
    """
    if kind not in set(DocumentKind):
        raise Refusal("document_odd", field="document")
    shown = DocumentKind(kind)
    text = re.sub(r"[\s.-]", "", number).upper()
    if shown is DocumentKind.NONE:
        if text:
            raise Refusal("document_unnamed", field="document")
        return "", Document()
    if not text:
        raise Refusal("number_missing", field="number")
    if shown in NUMBERED:
        return require_number(text), Document(shown)
    read = read_document_number(text)
    if read is None or read.kind is not shown:
        code = "old_number_odd" if shown is DocumentKind.OLD_CARD else "passport_odd"
        raise Refusal(code, field="number", digits=len(text))
    if shown is DocumentKind.OLD_CARD:
        return "", Document(shown, text)
    land = nationality.strip().upper()
    if not _NATIONALITY.fullmatch(land):
        raise Refusal("nationality_odd", field="nationality")
    return "", Document(shown, text, land)


def zero_restored(number: str) -> str:
    """Eleven or ten digits with the zeros that a spreadsheet takes from the front; "" for any other number."""
    read = read_document_number(number)
    return read.number if read and read.odd and read.kind is DocumentKind.NATIONAL else ""
