"""The provisional slip: no certificate, and everything that a complaint is checked by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk import wording
from kiosk.rules import slips
from kiosk.rules.slips import Code, Heading
from kiosk.rules.words import Sex
from tests.rules.slip_reading import lines, speakers, values

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DOSE = slips.DoseFacts(
    site="Điểm tiêm Thử Nghiệm", site_code="15158A", label="A 047", name="Nguyễn Thị Hường", sex=Sex.FEMALE,
    born="12/05/1958", number="015158004187", vaccine="Pfizer (Comirnaty)", lot="FF1234", dose_number=1,
    given=datetime(2021, 11, 20, 8, 5, tzinfo=ZONE), observed_until=datetime(2021, 11, 20, 8, 35, tzinfo=ZONE),
    next_from=date(2021, 12, 11), receipt="Immunization/12", printed=datetime(2021, 11, 20, 8, 41, tzinfo=ZONE),
)  # fmt: skip


def provisional(language: str = "vi", **changed: object) -> tuple[slips.Block, ...]:
    return slips.provisional_slip(replace(DOSE, **changed), *speakers(language))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_it_says_first_that_it_is_no_certificate_in_both_languages(language: str) -> None:
    said = lines(provisional(language))
    assert said[0] == wording.say("slip.provisional", language)
    assert set(said[1:3]) == {wording.say("slip.provisional.not", each) for each in wording.LANGUAGES}


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_it_holds_every_fact_that_a_complaint_is_checked_by(language: str) -> None:
    blocks = provisional(language)
    for fact in (
        "A 047", "Nguyễn Thị Hường", "12/05/1958", "015158004187", wording.say(f"sex.{Sex.FEMALE}", language), "1",
        "Pfizer (Comirnaty)", "FF1234", "08:05 · 20/11/2021", "15158A", "08:35",
    ):  # fmt: skip
        assert values(blocks).count(fact) == 1, fact
    assert [block.text for block in blocks if isinstance(block, Heading)] == ["Điểm tiêm Thử Nghiệm"]


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_it_says_how_to_see_the_dose_and_what_to_do_about_a_mistake(language: str) -> None:
    said = lines(provisional(language))
    assert sum("tiemchungcovid19.gov.vn" in text and "Sổ sức khỏe điện tử" in text for text in said) == 1
    assert said.count(wording.say("slip.mistakes", language)) == 1
    assert said.count(wording.say("slip.unwell", language)) == 1


def test_no_code_on_it_carries_anything() -> None:
    assert not [block for block in provisional() if isinstance(block, Code)]


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_what_the_platform_knows_is_said_and_not_more(language: str) -> None:
    acknowledged = wording.say("slip.acknowledged", language, receipt="Immunization/12")
    waiting = wording.say("slip.not_acknowledged", language)
    assert acknowledged in lines(provisional(language))
    assert waiting not in lines(provisional(language))
    without = lines(provisional(language, receipt=""))
    assert waiting in without
    assert not any("Immunization" in text for text in without)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_after_the_last_dose_nobody_is_told_to_come_back(language: str) -> None:
    again = wording.say("slip.come_back", language, on="11/12/2021")
    assert again in lines(provisional(language))
    last = provisional(language, next_from=None)
    assert len(last) == len(provisional(language)) - 1
    assert again not in lines(last)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_what_is_not_known_is_said_to_be_missing(language: str) -> None:
    missing = wording.say("slip.unknown", language)
    said = values(provisional(language, born="", number="", sex=Sex.UNKNOWN))
    assert said.count(missing) == 3
    assert "" not in said


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_whoever_has_no_number_is_told_what_to_do(language: str) -> None:
    missing, what = (wording.say(code, language) for code in ("slip.numberless", "slip.numberless.what"))
    assert {missing, what} <= set(lines(provisional(language, number="")))
    assert not {missing, what} & set(lines(provisional(language)))
