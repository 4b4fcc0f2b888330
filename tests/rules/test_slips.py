"""What the queue ticket says, and that a stored slip comes back as it was."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk import wording
from kiosk.rules import slips
from kiosk.rules.slips import Code, Heading, Line, Number, Pair, Rule, Space
from kiosk.rules.words import Sex

FACTS = slips.TicketFacts(
    site="Điểm tiêm Thử Nghiệm", label="A 047", zone="A", ahead=3, address="bác", name="Nguyễn Thị Hường",
    sex=Sex.FEMALE, born_year=1958, printed=datetime(2021, 11, 20, 7, 45, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")),
    payload="DT1:23456789AB", distance_m=2,
)  # fmt: skip


def ticket(language: str = "vi", **changed: object) -> tuple[slips.Block, ...]:
    other = "en" if language == "vi" else "vi"
    return slips.queue_ticket(replace(FACTS, **changed), wording.speaker(language), wording.speaker(other))  # type: ignore[arg-type]


def test_the_number_stands_once_and_the_code_leads_to_it() -> None:
    blocks = ticket()
    assert [block.text for block in blocks if isinstance(block, Number)] == ["A 047"]
    assert [block.payload for block in blocks if isinstance(block, Code)] == ["DT1:23456789AB"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_full_name_stands_on_the_paper(language: str) -> None:
    paper = json.dumps(slips.to_json(ticket(language)), ensure_ascii=False)
    assert "Hường" not in paper
    assert "Nguyễn Thị H•••" in paper
    assert "07:45" in paper


def test_every_sentence_of_the_paper_is_worded() -> None:
    for language in ("vi", "en"):
        for sex in Sex:
            for born_year, address in ((1958, "bác"), (None, "")):
                paper = json.dumps(slips.to_json(ticket(language, sex=sex, born_year=born_year, address=address)))
                assert "slip." not in paper
                assert "sex." not in paper
                assert "None" not in paper


ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DOSE = slips.DoseFacts(
    site="Điểm tiêm Thử Nghiệm", site_code="15158A", label="A 047", name="Nguyễn Thị Hường", sex=Sex.FEMALE,
    born="12/05/1958", number="015158004187", vaccine="Pfizer (Comirnaty)", lot="FF1234", dose_number=1,
    given=datetime(2021, 11, 20, 8, 5, tzinfo=ZONE), observed_until=datetime(2021, 11, 20, 8, 35, tzinfo=ZONE),
    next_from=date(2021, 12, 11), receipt="Immunization/12", printed=datetime(2021, 11, 20, 8, 41, tzinfo=ZONE),
)  # fmt: skip


def provisional(language: str = "vi", **changed: object) -> tuple[slips.Block, ...]:
    other = "en" if language == "vi" else "vi"
    return slips.provisional_slip(replace(DOSE, **changed), wording.speaker(language), wording.speaker(other))  # type: ignore[arg-type]


def lines(blocks: tuple[slips.Block, ...]) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Line)]


EVERY = (
    Heading("Điểm tiêm"), Number("A 001"), Line("Khu A", "large", True, "left"), Pair("Khu", "A"), Rule(),
    Code("DT1:23456789AB", 6, (Line("bên trái", align="left"),)), Space(5),
)  # fmt: skip


@pytest.mark.parametrize("blocks", [EVERY, ticket(), slips.as_reprint(ticket(), "IN LẠI 1"), provisional()])
def test_a_stored_slip_comes_back_equal(blocks: tuple[slips.Block, ...]) -> None:
    assert slips.from_json(json.loads(json.dumps(slips.to_json(blocks)))) == blocks


def test_a_reprint_is_the_same_slip_under_a_mark() -> None:
    again = slips.as_reprint(ticket(), "IN LẠI 1")
    assert again[1:] == ticket()
    assert isinstance(again[0], Line)
    assert again[0].text == "IN LẠI 1"


def test_a_block_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="hologram"):
        slips.from_json([{"block": "hologram"}])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_whoever_must_wait_for_a_volunteer_is_sent_nowhere_else(language: str) -> None:
    said = {block.text for block in ticket(language, attention=True) if isinstance(block, Line)}
    assert {wording.say("slip.stay", each) for each in ("vi", "en")} <= said
    for code in ("slip.zone", "slip.ahead", "slip.next", "slip.other"):
        for each in ("vi", "en"):
            assert wording.say(code, each, zone="A", n=3, at="07:45") not in said


def test_nobody_before_is_said_in_words() -> None:
    said = [block.text for block in ticket(ahead=0) if isinstance(block, Line)]
    assert wording.say("slip.next", "vi", at="07:45") in said
    assert not any("0 people" in text for text in said)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_provisional_slip_says_first_that_it_is_no_certificate_in_both_languages(language: str) -> None:
    said = lines(provisional(language))
    assert said[0] == wording.say("slip.provisional", language)
    assert set(said[1:3]) == {wording.say("slip.provisional.not", each) for each in ("vi", "en")}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_provisional_slip_holds_every_fact_that_a_complaint_is_checked_by(language: str) -> None:
    blocks = provisional(language)
    values = [block.value for block in blocks if isinstance(block, Pair)]
    for fact in (
        "A 047",
        "Nguyễn Thị Hường",
        "12/05/1958",
        "015158004187",
        "Pfizer (Comirnaty)",
        "FF1234",
        "1",
        "15158A",
    ):
        assert values.count(fact) == 1
    assert "08:05 · 20/11/2021" in values
    assert "08:35" in values
    assert wording.say(f"sex.{Sex.FEMALE}", language) in values
    assert [block.text for block in blocks if isinstance(block, Heading)] == ["Điểm tiêm Thử Nghiệm"]
    assert any("tiemchungcovid19.gov.vn" in text for text in lines(blocks))


def test_no_code_on_a_provisional_slip_carries_anything() -> None:
    assert not [block for block in provisional() if isinstance(block, Code)]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_the_platform_knows_is_said_and_not_more(language: str) -> None:
    acknowledged = wording.say("slip.acknowledged", language, receipt="Immunization/12")
    waiting = wording.say("slip.not_acknowledged", language)
    assert acknowledged in lines(provisional(language))
    assert waiting not in lines(provisional(language))
    without = lines(provisional(language, receipt=""))
    assert waiting in without
    assert not any("Immunization" in text for text in without)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_after_the_last_dose_nobody_is_told_to_come_back(language: str) -> None:
    again = wording.say("slip.come_back", language, on="11/12/2021")
    assert again in lines(provisional(language))
    last = provisional(language, next_from=None)
    assert len(last) == len(provisional(language)) - 1
    assert again not in lines(last)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_is_not_known_is_said_to_be_missing(language: str) -> None:
    missing = wording.say("slip.unknown", language)
    values = [b.value for b in provisional(language, born="", number="", sex=Sex.UNKNOWN) if isinstance(b, Pair)]
    assert values.count(missing) == 3
    assert "" not in values


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_sentence_of_the_provisional_slip_is_worded(language: str) -> None:
    for changed in ({}, {"receipt": "", "next_from": None, "number": "", "born": ""}):
        paper = json.dumps(slips.to_json(provisional(language, **changed)), ensure_ascii=False)
        assert not re.search(r"\b(slip|sex)\.\w", paper)
        assert "None" not in paper
