"""A message as FHIR R4 resources, and a stored resource against the message. Pure.

One dose is one transaction of two conditional creates: sent again, late or twice, it is still one person and one dose.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid5

from kiosk.rules.messages import DoseGiven
from kiosk.rules.person import name_key
from kiosk.rules.words import Arm, Sex
from kiosk.upstream.fhir_check import validate
from kiosk.upstream.profile import Code, Profile

# What an id of the platform may be (HL7 FHIR R4, datatypes, id).
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")

VIET_NAM = timezone(timedelta(hours=7))
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
ACT_SITE = f"{TERMINOLOGY}/v3-ActSite"
SITES = {Arm.LEFT: Code(ACT_SITE, "LA", "left arm"), Arm.RIGHT: Code(ACT_SITE, "RA", "right arm")}
INTO_THE_MUSCLE = Code(f"{TERMINOLOGY}/v3-RouteOfAdministration", "IM", "Injection, intramuscular")
ADMINISTERING = Code(f"{TERMINOLOGY}/v2-0443", "AP", "Administering Provider")
ENTERING = Code(f"{TERMINOLOGY}/v2-0443", "EP", "Entering Provider")
GENDERS = {Sex.MALE: "male", Sex.FEMALE: "female", Sex.UNKNOWN: "unknown"}

Resource = dict[str, Any]


def bundle(message: DoseGiven, profile: Profile) -> Resource:
    """The transaction that tells of a dose. Raises ValueError for a message that makes no valid one."""
    given = UUID(message.id)
    # The name of the person's entry within this one transaction, and nowhere else.
    person = f"urn:uuid:{uuid5(given, 'patient')}"
    patient = _patient(message, profile)
    transaction = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            _create(person, patient, patient["identifier"][0]),
            _create(f"urn:uuid:{given}", _immunization(message, person, profile), dose_identifier(message.id, profile)),
        ],
    }
    validate(transaction)
    return transaction


def dose_identifier(dose_id: str, profile: Profile) -> dict[str, str]:
    """What the platform and we both know the dose by."""
    return {"system": profile.systems.dose, "value": dose_id}


def patient_of(stored: Resource) -> str | None:
    """The platform's id of the Patient that a stored Immunization names."""
    return referred(stored.get("patient"), "Patient")


def referred(reference: Any, kind: str) -> str | None:
    """The platform's id of the resource of this kind that a Reference names; None when it names none of them."""
    address = reference.get("reference") if isinstance(reference, dict) else None
    found = re.search(rf"(?:^|/){kind}/({ID.pattern})(?:/_history/|$)", str(address or ""))
    return found[1] if found else None


def carries(resource: Resource, identifier: dict[str, str]) -> bool:
    """Is it known by this identifier?"""
    return any(
        isinstance(own, dict) and own.get("system") == identifier["system"] and own.get("value") == identifier["value"]
        for own in listed(resource, "identifier")
    )


def differences(sent: DoseGiven, stored: Resource, profile: Profile) -> list[str]:
    """The elements in which a stored Immunization is not the dose that was sent; [] when it is the same dose.

    More than was sent is no difference: a platform may add its own identifiers and codes.
    """
    ours = _immunization(sent, "", profile)
    same = {
        "resourceType": stored.get("resourceType") == "Immunization",
        "identifier": carries(stored, dose_identifier(sent.id, profile)),
        "status": stored.get("status") == ours["status"],
        "vaccineCode": _same_vaccine(ours["vaccineCode"], stored.get("vaccineCode")),
        "lotNumber": stored.get("lotNumber") == ours.get("lotNumber"),
        "doseNumber": sent.dose_number in [_dose_number(applied) for applied in listed(stored, "protocolApplied")],
        "occurrence": _instant(stored.get("occurrenceDateTime")) == _instant(ours["occurrenceDateTime"]),
    }
    return [element for element, agrees in same.items() if not agrees]


def another_person(sent: DoseGiven, patient: Resource) -> bool:
    """Is the dose filed under somebody else? By name, marks aside, and birth year; what the platform has not, is none.

    A mistyped number that happens to be another citizen's finds that citizen, and a create never changes them.
    """
    names = [name_key(name_text(one)) for one in listed(patient, "name") if isinstance(one, dict)]
    born = str(patient.get("birthDate", ""))[:4]
    year = str(sent.born_on.year if sent.born_on else sent.born_year or "")
    return bool(names and name_key(sent.name) not in names) or bool(born and year and born != year)


def name_text(name: Resource) -> str:
    """A HumanName as one text."""
    parts = [name.get("family"), *listed(name, "given")]
    return str(name.get("text") or " ".join(part for part in parts if isinstance(part, str)))


def _create(full_url: str, resource: Resource, identifier: dict[str, str]) -> Resource:
    wanted = f"identifier={identifier['system']}|{identifier['value']}"
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": wanted}
    return {"fullUrl": full_url, "resource": resource, "request": request}


def _patient(message: DoseGiven, profile: Profile) -> Resource:
    systems = profile.systems
    if message.number:
        identifiers = [{"use": "official", "system": systems.number, "value": message.number}]
    else:
        identifiers = [{"use": "usual", "system": systems.person, "value": message.person_id}]
    if message.old_number:
        identifiers.append({"use": "old", "system": systems.old_number, "value": message.old_number})
    # `text` is the name; the split follows the order of a Vietnamese name, family first.
    family, *given = message.name.split() or [""]
    year = f"{message.born_year:04d}" if message.born_year else ""
    return _filled(
        resourceType="Patient",
        meta=_filled(profile=_profile("Patient", profile)),
        identifier=identifiers,
        name=[_filled(use="official", text=message.name, family=family if given else "", given=given)],
        gender=GENDERS[message.sex],
        birthDate=message.born_on.isoformat() if message.born_on else year,
        address=[{"text": message.address}] if message.address else [],
    )


def _immunization(message: DoseGiven, person: str, profile: Profile) -> Resource:
    product = profile.product(message.vaccine)
    return _filled(
        resourceType="Immunization",
        meta=_filled(
            profile=_profile("Immunization", profile),
            tag=[{"system": profile.systems.session, "code": message.session}],
        ),
        identifier=[dose_identifier(message.id, profile)],
        status="completed",
        vaccineCode=_filled(coding=[_coding(code) for code in product.codes], text=product.text),
        patient={"reference": person, "type": "Patient"},
        occurrenceDateTime=told(message.given_at),
        primarySource=True,
        location=_named(profile.systems.site, message.site_code, message.site_name),
        lotNumber=message.lot,
        expirationDate=message.expires_on.isoformat(),
        site=_concept(SITES[message.arm]),
        route=_concept(INTO_THE_MUSCLE),
        performer=_performers(message, profile),
        note=_notes(message, profile),
        protocolApplied=[_applied(message, profile)],
    )


def _notes(message: DoseGiven, profile: Profile) -> list[Resource]:
    said = [] if message.clock_trusted else [profile.notes["clock"]]
    said += [profile.notes["replaces"].format(id=message.replaces)] if message.replaces else []
    return [{"text": text} for text in said]


def _performers(message: DoseGiven, profile: Profile) -> list[Resource]:
    staff = profile.systems.staff
    performers = [_performer(ADMINISTERING, _named(staff, message.vaccinator, message.vaccinator_name))]
    if message.entered_by != message.vaccinator:
        performers.append(_performer(ENTERING, _named(staff, message.entered_by, message.entered_by_name)))
    return performers


def _performer(function: Code, actor: Resource) -> Resource:
    return {"function": _concept(function), "actor": actor}


def _applied(message: DoseGiven, profile: Profile) -> Resource:
    # An extra dose lies beyond its series: "3 of 2" would be refused or, worse, believed.
    within = 1 <= message.dose_number <= message.series_doses
    return _filled(
        series=profile.series.get(message.kind),
        targetDisease=[_concept(profile.disease)],
        doseNumberPositiveInt=message.dose_number,
        seriesDosesPositiveInt=message.series_doses if within else None,
    )


def _profile(resource_type: str, profile: Profile) -> list[str]:
    return [profile.named[resource_type]] if resource_type in profile.named else []


def _named(system: str, value: str, display: str) -> Resource:
    return _filled(identifier={"system": system, "value": value} if value else {}, display=display)


def _coding(code: Code) -> dict[str, str]:
    return _filled(system=code.system, code=code.code, display=code.display)


def _concept(code: Code) -> Resource:
    return {"coding": [_coding(code)]}


def _filled(**elements: Any) -> Resource:
    # FHIR knows no empty element: what is not known is left out.
    return {name: value for name, value in elements.items() if value not in (None, "", [], {})}


def told(at: datetime) -> str:
    """An instant with Viet Nam's zone. Raises ValueError for one without a zone."""
    if at.tzinfo is None:
        raise ValueError("the instant has no time zone")
    return at.astimezone(VIET_NAM).isoformat(timespec="seconds")


def _same_vaccine(ours: Resource, stored: Any) -> bool:
    if not isinstance(stored, dict):
        return False
    if "coding" not in ours:
        return bool(stored.get("text") == ours["text"])
    theirs = [(code.get("system"), code.get("code")) for code in listed(stored, "coding") if isinstance(code, dict)]
    return all((code["system"], code["code"]) in theirs for code in ours["coding"])


def _dose_number(applied: Any) -> Any:
    number = applied.get("doseNumberPositiveInt") if isinstance(applied, dict) else None
    return None if isinstance(number, bool) else number


def _instant(text: Any) -> datetime | None:
    """In whole seconds: a platform may keep more or fewer digits. None for a bare date or no zone."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC).replace(microsecond=0) if at.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def listed(resource: Resource, element: str) -> list[Any]:
    """What stands in a repeated element; [] for what is no list."""
    value = resource.get(element)
    return value if isinstance(value, list) else []
