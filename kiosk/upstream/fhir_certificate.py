"""What the platform has of somebody's certificate, from FHIR R4 resources to the rules' own words. Pure.

Nothing here is ours: a dose that the platform has not is not certified, and one whose number, day or vaccine it does
not say makes the whole unfit to print. Vaccinations against other diseases, which a national record holds as well, are
left out.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kiosk.rules.certificate import LONGEST, Certificate
from kiosk.rules.codes import hcert
from kiosk.rules.codes.letters import is_readable
from kiosk.rules.person import Identity, clean_text, read_date
from kiosk.rules.slips import CertifiedDose
from kiosk.upstream.fhir import VIET_NAM, Resource, listed, name_text, patient_of, referred
from kiosk.upstream.profile import Profile

LONGEST_TEXT = 200


@dataclass(frozen=True)
class Issued:
    """A certificate's document: its signed text, its number, and the platform's id of whose it is ("" unsaid)."""

    code: str
    reference: str
    patient: str


def find_issued(documents: list[Resource], immunization: str) -> Issued | None:
    """The newest certificate that is in force for this dose, by its id on the platform; None while there is none.

    Only a text that is carried along counts: an address to fetch it from is not followed.
    """
    dated = [
        (str(document.get("date", "")), issued)
        for document in documents
        if document.get("status") == "current" and _tells_of(document, immunization)
        for issued in (_issued(document),)
        if issued is not None
    ]
    return max(dated, key=lambda found: found[0])[1] if dated else None


def certificate(issued: Issued, patient: Resource, record: list[Resource], profile: Profile) -> Certificate | None:
    """Everything that the platform says, put together; None when a dose of its record is not fit to print.

    `record`: every Immunization that it has of this Patient.
    """
    mine = [dose for dose in record if patient_of(dose) == patient.get("id") and dose.get("status") == "completed"]
    doses = [_dose(dose, profile) for dose in mine if _against_the_disease(dose, profile)]
    whole = [dose for dose in doses if dose is not None]
    if not whole or len(whole) != len(doses):
        return None
    return Certificate(
        identity=_identity(patient, profile),
        phone=_phone(patient),
        doses=tuple(sorted(whole, key=lambda dose: (dose.on, dose.number))),
        code=issued.code,
        reference=issued.reference,
    )


def _tells_of(document: Resource, immunization: str) -> bool:
    context = document.get("context")
    related = listed(context, "related") if isinstance(context, dict) else []
    return immunization in [referred(one, "Immunization") for one in related]


def _issued(document: Resource) -> Issued | None:
    number = document.get("masterIdentifier")
    for content in listed(document, "content"):
        attachment = content.get("attachment") if isinstance(content, dict) else None
        code = _code(attachment.get("data")) if isinstance(attachment, dict) else ""
        if code:
            reference = _text(number.get("value")) if isinstance(number, dict) else ""
            return Issued(code, reference, referred(document.get("subject"), "Patient") or "")
    return None


def _code(data: Any) -> str:
    """The signed text of an attachment, sign by sign; a line's end after it is none of its signs. "" for another."""
    if not isinstance(data, str) or len(data) > 2 * LONGEST:
        return ""
    try:
        text = base64.b64decode(data, validate=True).decode("ascii").rstrip("\r\n")
    except (ValueError, binascii.Error):
        return ""
    return text if text.startswith(hcert.PREFIX) else ""


def _identity(patient: Resource, profile: Profile) -> Identity:
    names = [one for one in listed(patient, "name") if isinstance(one, dict)]
    names.sort(key=lambda one: one.get("use") != "official")
    birth = _text(patient.get("birthDate"))
    address = next((one for one in listed(patient, "address") if isinstance(one, dict)), {})
    return Identity(
        name=_text(name_text(names[0])) if names else "",
        number=_number(patient, profile.systems.number),
        born_on=read_date(birth) if len(birth) == len("2000-01-01") else None,
        born_year=int(birth[:4]) if birth[:4].isdecimal() else None,
        address=_text(address.get("text")),
    )


def _number(patient: Resource, system: str) -> str:
    own = [one for one in listed(patient, "identifier") if isinstance(one, dict) and one.get("system") == system]
    return _text(own[0].get("value")) if own else ""


def _phone(patient: Resource) -> str:
    ways = [one for one in listed(patient, "telecom") if isinstance(one, dict) and one.get("system") == "phone"]
    return _text(ways[0].get("value")) if ways else ""


def _against_the_disease(dose: Resource, profile: Profile) -> bool:
    diseases = [
        coding
        for applied in listed(dose, "protocolApplied")
        if isinstance(applied, dict)
        for disease in listed(applied, "targetDisease")
        for coding in _codings(disease)
    ]
    known = {(code.system, code.code) for product in profile.vaccines.values() for code in product.codes}
    ours = (profile.disease.system, profile.disease.code) in diseases
    return ours or bool(known & set(_codings(dose.get("vaccineCode"))))


def _dose(dose: Resource, profile: Profile) -> CertifiedDose | None:
    numbers = [_dose_number(applied) for applied in listed(dose, "protocolApplied") if isinstance(applied, dict)]
    on, vaccine = _day(dose.get("occurrenceDateTime")), _vaccine(dose.get("vaccineCode"), profile)
    if not any(numbers) or on is None or not vaccine:
        return None
    location = dose.get("location")
    return CertifiedDose(
        number=next(filter(None, numbers)),
        on=on,
        vaccine=vaccine,
        lot=_text(dose.get("lotNumber")),
        place=_text(location.get("display")) if isinstance(location, dict) else "",
    )


def _dose_number(applied: Resource) -> int:
    """R4 lets it be a number or a text; 0 for anything that does not count a dose."""
    said = applied.get("doseNumberPositiveInt", applied.get("doseNumberString"))
    text = str(said) if isinstance(said, int | str) and not isinstance(said, bool) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 else 0


def _vaccine(concept: Any, profile: Profile) -> str:
    """In the platform's words; by its code alone, in those of the profile."""
    if not isinstance(concept, dict):
        return ""
    displays = [_text(one.get("display")) for one in listed(concept, "coding") if isinstance(one, dict)]
    codes = set(_codings(concept))
    products = [
        product.text
        for product in profile.vaccines.values()
        if codes & {(code.system, code.code) for code in product.codes}
    ]
    return next(filter(None, (_text(concept.get("text")), *displays, *products)), "")


def _codings(concept: Any) -> list[tuple[str, str]]:
    codings = listed(concept, "coding") if isinstance(concept, dict) else []
    return [(str(one.get("system")), str(one.get("code"))) for one in codings if isinstance(one, dict)]


def _day(text: Any) -> date | None:
    """The date in Viet Nam; None for less than a day."""
    try:
        at = datetime.fromisoformat(text)
        return (at.astimezone(VIET_NAM) if at.tzinfo else at).date()
    except (TypeError, ValueError, OverflowError):
        return None


def _text(value: Any) -> str:
    """Readable text of a sensible length, else ""."""
    text = clean_text(value) if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""
    return text if is_readable(text) else ""
