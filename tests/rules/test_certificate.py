"""Whose a certificate is, and what its paper says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kiosk.errors import Refusal
from kiosk.rules import certificate as rules
from kiosk.rules.certificate import Certificate
from kiosk.rules.person import Identity
from kiosk.rules.slips import CertifiedDose
from kiosk.rules.words import Sex
from tests.papers import CERTIFICATE

HUONG = Identity(name="Nguyễn Thị Hường", number="015158004187", born_on=date(1958, 5, 12), born_year=1958)
DOSE = CertifiedDose(1, date(2021, 9, 1), "AstraZeneca", "NK0191", "Trạm y tế")
GIVEN = Certificate(replace(HUONG, sex=Sex.FEMALE, address="Tổ 4"), "0900000000", (DOSE,), CERTIFICATE, "URN:UVCI:01")


def refusal_of(certificate: Certificate, person: Identity = HUONG) -> str:
    with pytest.raises(Refusal) as refused:
        rules.require_own(certificate, person)
    return refused.value.code


def test_stored_and_read_it_is_the_same() -> None:
    for one in (GIVEN, replace(GIVEN, identity=Identity(name="", born_year=1958)), replace(GIVEN, doses=())):
        assert rules.read(one.to_json()) == one


def test_its_paper_says_what_the_platform_said() -> None:
    printed = datetime(2021, 12, 21, 9, 30, tzinfo=UTC)
    facts = rules.facts(GIVEN, HUONG, "Điểm tiêm", printed)
    assert (facts.name, facts.born, facts.number) == (HUONG.name, "12/05/1958", HUONG.number)
    assert (facts.phone, facts.address, facts.doses) == ("0900000000", "Tổ 4", (DOSE,))
    assert (facts.code, facts.reference) == (CERTIFICATE, "URN:UVCI:01")
    assert facts.issued == datetime(2021, 12, 20, tzinfo=UTC)


def test_what_the_platform_does_not_say_of_the_person_its_code_says() -> None:
    facts = rules.facts(replace(GIVEN, identity=Identity(name="")), HUONG, "", datetime(2021, 12, 21, tzinfo=UTC))
    assert (facts.name, facts.born, facts.number, facts.address) == ("Nguyễn Thị Hường", "12/05/1958", "", "")


@pytest.mark.parametrize(
    "person",
    [
        replace(HUONG, name="NGUYEN THI HUONG"),
        replace(HUONG, name="Hường Nguyễn Thị"),
        replace(HUONG, born_on=None),
        replace(HUONG, born_on=None, born_year=None),
        replace(HUONG, number=""),
    ],
)
def test_marks_and_what_nobody_knows_make_nobody_another(person: Identity) -> None:
    assert rules.require_own(GIVEN, person).identity.name == HUONG.name


@pytest.mark.parametrize(
    "person",
    [
        replace(HUONG, name="Nguyễn Thị Hương Lan"),
        replace(HUONG, name=""),
        replace(HUONG, born_on=date(1958, 5, 13)),
        replace(HUONG, born_on=None, born_year=1959),
        replace(HUONG, number="015158004188"),
    ],
)
def test_another_s_is_refused(person: Identity) -> None:
    assert refusal_of(GIVEN, person) == "certificate_of_another"


def test_filed_under_another_it_is_refused_though_its_code_is_right() -> None:
    assert refusal_of(replace(GIVEN, identity=replace(HUONG, name="Lò Thị Thử"))) == "certificate_of_another"
    assert refusal_of(replace(GIVEN, identity=replace(HUONG, born_on=date(1960, 1, 1)))) == "certificate_of_another"


@pytest.mark.parametrize(
    "code", ["", "HC1:", "HC1:ABC", CERTIFICATE[:-1], CERTIFICATE.removeprefix("HC1:"), CERTIFICATE + "A" * 1451]
)
def test_what_nobody_can_read_is_refused(code: str) -> None:
    assert refusal_of(replace(GIVEN, code=code)) == "certificate_unreadable"


def test_without_a_dose_there_is_nothing_to_certify() -> None:
    assert refusal_of(replace(GIVEN, doses=())) == "certificate_unreadable"
