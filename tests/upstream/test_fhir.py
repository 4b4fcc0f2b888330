"""A message as FHIR, and a stored resource against the message."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from kiosk.rules.messages import DoseGiven
from kiosk.rules.words import Arm, DoseKind, Sex
from kiosk.upstream import fhir, profile
from tests.upstream.conftest import DOSE

PROFILE = profile.load()


def told(message: DoseGiven) -> tuple[dict[str, Any], dict[str, Any]]:
    """Patient and Immunization."""
    patient, dose = fhir.bundle(message, PROFILE)["entry"]
    return patient["resource"], dose["resource"]


def test_a_dose_is_one_transaction_of_two_conditional_creates() -> None:
    bundle = fhir.bundle(DOSE, PROFILE)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "transaction")
    assert [entry["request"] for entry in bundle["entry"]] == [
        {
            "method": "POST",
            "url": "Patient",
            "ifNoneExist": "identifier=http://fhir.hl7.org.vn/core/sid/cccd|001190000012",
        },
        {"method": "POST", "url": "Immunization", "ifNoneExist": f"identifier=urn:diem-tiem:dose|{DOSE.id}"},
    ]
    patient, dose = bundle["entry"]
    assert dose["resource"]["patient"]["reference"] == patient["fullUrl"]
    assert dose["fullUrl"] == f"urn:uuid:{DOSE.id}"


def test_the_same_message_is_the_same_bundle() -> None:
    assert fhir.bundle(DOSE, PROFILE) == fhir.bundle(replace(DOSE), PROFILE)


def test_everything_that_the_message_holds_is_told() -> None:
    patient, dose = told(DOSE)
    assert patient["name"] == [
        {"use": "official", "text": "Nguyễn Thị Hường", "family": "Nguyễn", "given": ["Thị", "Hường"]}
    ]
    assert (patient["gender"], patient["birthDate"]) == ("female", "1990-02-03")
    assert patient["address"] == [{"text": "Thôn 2, xã Mẫu"}]
    assert dose["identifier"] == [{"system": "urn:diem-tiem:dose", "value": DOSE.id}]
    assert dose["meta"] == {"tag": [{"system": "urn:diem-tiem:clinic-day", "code": DOSE.session}]}
    assert dose["status"] == "completed"
    assert dose["primarySource"] is True
    assert [code["code"] for code in dose["vaccineCode"]["coding"]] == ["210", "J07BN02"]
    assert dose["occurrenceDateTime"] == "2021-10-05T08:30:15+07:00"
    assert (dose["lotNumber"], dose["expirationDate"]) == ("ABW1234", "2022-01-31")
    assert dose["site"]["coding"][0]["code"] == "LA"
    assert dose["route"]["coding"][0]["code"] == "IM"
    assert dose["location"]["identifier"]["value"] == "TYT-09"
    assert dose["location"]["display"] == "Trạm Y tế xã Mẫu"
    [applied] = dose["protocolApplied"]
    assert (applied["doseNumberPositiveInt"], applied["seriesDosesPositiveInt"]) == (1, 2)
    assert applied["targetDisease"][0]["coding"][0]["code"] == "840539006"
    [performer] = dose["performer"]
    assert performer["function"]["coding"][0]["code"] == "AP"
    assert performer["actor"]["identifier"]["value"] == DOSE.vaccinator
    assert "note" not in dose


def test_who_typed_it_is_told_where_it_was_somebody_else() -> None:
    _, dose = told(replace(DOSE, entered_by="someone-else", entered_by_name="Lê Thị Mai"))
    assert [performer["function"]["coding"][0]["code"] for performer in dose["performer"]] == ["AP", "EP"]
    assert dose["performer"][1]["actor"]["display"] == "Lê Thị Mai"


def test_the_right_arm() -> None:
    assert told(replace(DOSE, arm=Arm.RIGHT))[1]["site"]["coding"][0]["code"] == "RA"


def test_a_person_without_a_number_goes_by_our_own_id() -> None:
    patient, _ = told(replace(DOSE, number="", old_number="123456789"))
    assert patient["identifier"] == [
        {"use": "usual", "system": "urn:diem-tiem:person", "value": DOSE.person_id},
        {"use": "old", "system": "http://fhir.hl7.org.vn/core/sid/cmnd", "value": "123456789"},
    ]
    wanted = fhir.bundle(replace(DOSE, number=""), PROFILE)["entry"][0]["request"]["ifNoneExist"]
    assert wanted == f"identifier=urn:diem-tiem:person|{DOSE.person_id}"


def test_a_year_alone_stays_a_year() -> None:
    assert told(replace(DOSE, born_on=None, born_year=1947))[0]["birthDate"] == "1947"
    assert "birthDate" not in told(replace(DOSE, born_on=None, born_year=None))[0]


def test_sex_may_be_unknown() -> None:
    assert told(replace(DOSE, sex=Sex.UNKNOWN))[0]["gender"] == "unknown"
    assert told(replace(DOSE, sex=Sex.MALE))[0]["gender"] == "male"


@pytest.mark.parametrize("name", ["Thạch", "Nguyễn Phúc " + "Ưỡng " * 9 + "Tôn", "H'Hen Niê", "Trần-Lê Đặng"])
def test_any_name_is_told_whole(name: str) -> None:
    patient, _ = told(replace(DOSE, name=name))
    assert patient["name"][0]["text"] == name


def test_one_word_is_no_family_name() -> None:
    assert told(replace(DOSE, name="Thạch"))[0]["name"] == [{"use": "official", "text": "Thạch"}]


def test_an_untrusted_clock_is_seen() -> None:
    _, dose = told(replace(DOSE, clock_trusted=False))
    assert dose["note"] == [{"text": PROFILE.notes["clock"]}]


def test_an_extra_dose_is_of_no_series() -> None:
    [applied] = told(replace(DOSE, dose_number=3))[1]["protocolApplied"]
    assert applied["doseNumberPositiveInt"] == 3
    assert "seriesDosesPositiveInt" not in applied


def test_a_dose_after_the_basic_ones_is_called_what_it_is() -> None:
    series = [told(replace(DOSE, kind=kind))[1]["protocolApplied"][0].get("series") for kind in DoseKind]
    assert series == [None, "Mũi bổ sung", "Mũi nhắc lại"]


def test_what_it_replaces_is_told() -> None:
    _, dose = told(replace(DOSE, replaces="9a0b1c2d-7a51-4b6e-9c0d-2f4a8d1b7e90"))
    assert ["9a0b1c2d-7a51-4b6e-9c0d-2f4a8d1b7e90" in note["text"] for note in dose["note"]] == [True]


def test_every_vaccine_of_the_profile_makes_a_valid_bundle() -> None:
    for vaccine, product in PROFILE.vaccines.items():
        assert told(replace(DOSE, vaccine=vaccine))[1]["vaccineCode"]["text"] == product.text


def test_an_unknown_vaccine_has_text_alone() -> None:
    assert told(replace(DOSE, vaccine="nano_covax"))[1]["vaccineCode"] == {"text": "nano_covax"}


def test_a_profile_is_named_once_there_is_one() -> None:
    named = replace(PROFILE, named={"Immunization": "http://fhir.example.vn/Immunization"})
    patient, dose = (entry["resource"] for entry in fhir.bundle(DOSE, named)["entry"])
    assert dose["meta"]["profile"] == ["http://fhir.example.vn/Immunization"]
    assert "meta" not in patient


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "dose-1"},
        {"given_at": datetime(2021, 10, 5, 8, 30)},  # noqa: DTZ001
        {"dose_number": 0},
        {"session": ""},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_what_makes_no_valid_resource_is_not_told(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        fhir.bundle(replace(DOSE, **broken), PROFILE)


def stored() -> dict[str, Any]:
    """What an honest platform gives back."""
    _, dose = told(DOSE)
    dose = deepcopy(dose) | {"id": "17"}
    dose["patient"] = {"reference": "Patient/16"}
    dose["meta"] |= {"versionId": "1", "lastUpdated": "2021-10-05T01:31:00Z"}
    return dose


def test_what_was_stored_is_the_same_dose() -> None:
    assert fhir.differences(DOSE, stored(), PROFILE) == []


def test_more_than_was_sent_is_no_difference() -> None:
    dose = stored()
    dose["identifier"].append({"system": "http://platform.vn", "value": "9"})
    dose["vaccineCode"]["coding"].insert(0, {"system": "http://platform.vn", "code": "AZ"})
    dose["reportOrigin"] = {"text": "x"}
    assert fhir.differences(DOSE, dose, PROFILE) == []


@pytest.mark.parametrize("text", ["2021-10-05T01:30:15Z", "2021-10-05T01:30:15.250Z", "2021-10-05T10:30:15+09:00"])
def test_the_same_instant_may_be_written_otherwise(text: str) -> None:
    assert fhir.differences(DOSE, stored() | {"occurrenceDateTime": text}, PROFILE) == []


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"resourceType": "Observation"}, "resourceType"),
        ({"identifier": [{"system": "urn:diem-tiem:dose", "value": "another"}]}, "identifier"),
        ({"identifier": "x"}, "identifier"),
        ({"status": "entered-in-error"}, "status"),
        ({"vaccineCode": {"text": "Comirnaty"}}, "vaccineCode"),
        ({"vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]}}, "vaccineCode"),
        ({"vaccineCode": None}, "vaccineCode"),
        ({"lotNumber": "ABW1235"}, "lotNumber"),
        ({"lotNumber": None}, "lotNumber"),
        ({"protocolApplied": [{"doseNumberPositiveInt": 2}]}, "doseNumber"),
        ({"protocolApplied": [{"doseNumberPositiveInt": True}]}, "doseNumber"),
        ({"protocolApplied": []}, "doseNumber"),
        ({"occurrenceDateTime": "2021-10-05"}, "occurrence"),
        ({"occurrenceDateTime": "2021-10-05T08:30:15"}, "occurrence"),
        ({"occurrenceDateTime": "2021-10-05T08:30:15Z"}, "occurrence"),
        ({"occurrenceDateTime": "0001-01-01T00:00:00+14:00"}, "occurrence"),
        ({"occurrenceDateTime": 7}, "occurrence"),
    ],
)
def test_each_difference_is_named(change: dict[str, Any], element: str) -> None:
    assert fhir.differences(DOSE, stored() | change, PROFILE) == [element]


def test_a_vaccine_told_by_text_is_compared_by_text() -> None:
    message = replace(DOSE, vaccine="nano_covax")
    kept = told(message)[1]
    assert fhir.differences(message, kept, PROFILE) == []
    assert fhir.differences(message, kept | {"vaccineCode": {"text": "Nano"}}, PROFILE) == ["vaccineCode"]


def test_the_zone_of_the_message_does_not_matter() -> None:
    at = DOSE.given_at.astimezone(timezone(timedelta(hours=-3)))
    assert told(replace(DOSE, given_at=at)) == told(DOSE)
