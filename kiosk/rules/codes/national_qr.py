"""The national personal QR of the health-book apps: six fields (Quyết định 1405/QĐ-BTTTT, 11/9/2021, version 1.1).

`document number|NAME WITHOUT MARKS|yyyy-mm-dd|0 own or 1 another's declaration|QID|declarer<sex<insurance<phone<…`.
The apps star the first six signs of the number and day and month of the birth date unless the holder shows them;
whether the code itself is starred as well is not established, so both are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from kiosk.rules.person import Identity, clean_text, read_date, read_document_number
from kiosk.rules.words import CodeKind, Confidence, DocumentKind, Sex

_DOCUMENT = re.compile(r"[0-9A-Z*]{6,15}")
_BIRTH = re.compile(r"(\d{4}|\*{4})-(\d\d|\*\*)-(\d\d|\*\*)", re.ASCII)
_QID = re.compile(r"[0-9A-Za-z-]{1,40}")
_SEX = {"1": Sex.MALE, "2": Sex.FEMALE}


@dataclass(frozen=True)
class NationalQr:
    """The code that every COVID app shows. The name stands without marks; `masked`: number or birth date are starred.

    A masked number is left out of `identity` and stands in `starred`; of a masked birth date only the year stays.
    `passport`: where the document is one; `declarer`: the QID of who declared for them.
    """

    kind = CodeKind.NATIONAL_QR

    identity: Identity
    qid: str
    masked: bool
    declared_by_another: bool
    insurance_number: str = ""
    phone: str = ""
    extra: tuple[str, ...] = ()
    confidence: Confidence = Confidence.HIGH
    passport: str = ""
    declarer: str = ""
    starred: str = ""


def read(text: str) -> NationalQr | None:
    """The code, or None when the text is not one."""
    fields = [clean_text(field) for field in text.split("|")]
    if not 5 <= len(fields) <= 8:
        return None
    number, name, birth, declared, qid = fields[:5]
    date_parts = _BIRTH.fullmatch(birth)
    if not (name and date_parts and declared in ("0", "1") and _QID.fullmatch(qid) and _DOCUMENT.fullmatch(number)):
        return None
    born_on = read_date(birth)
    if "*" not in birth and born_on is None:
        return None
    more = fields[5].split("<") if len(fields) > 5 else []
    declarer, sex, insurance, phone = [*more, "", "", "", ""][:4]
    document = read_document_number(number)
    kind = document.kind if document and not document.odd else None
    masked = "*" in number or "*" in birth
    return NationalQr(
        identity=Identity(
            name=name,
            number=number if kind is DocumentKind.NATIONAL else "",
            old_number=number if kind is DocumentKind.OLD_CARD else "",
            born_on=born_on,
            born_year=int(date_parts[1]) if date_parts[1].isdecimal() else None,
            sex=_SEX.get(sex, Sex.UNKNOWN),
        ),
        qid=qid,
        masked=masked,
        declared_by_another=declared == "1",
        insurance_number=insurance,
        phone=phone,
        extra=(*more[4:], *fields[6:]),
        confidence=Confidence.LOW if masked or len(fields) != 6 else Confidence.HIGH,
        passport=number if kind is DocumentKind.PASSPORT else "",
        declarer=declarer,
        starred=number if "*" in number else "",
    )


def read_keyed(text: str) -> NationalQr | None:
    """The same without the name: an input method may have rewritten it."""
    code = read(text)
    return code and replace(code, identity=replace(code.identity, name=""), extra=(), confidence=Confidence.LOW)
