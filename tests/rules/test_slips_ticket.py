"""The queue ticket, and the one of those who are early."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from kiosk import wording
from kiosk.rules import slips
from kiosk.rules.slips import Code, Number
from kiosk.rules.words import Sex
from tests.rules.slip_reading import codes, lines, paper, speakers

PRINTED = datetime(2021, 11, 20, 7, 45, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
FACTS = slips.TicketFacts(
    site="Điểm tiêm Thử Nghiệm", label="A 047", zone="A", ahead=3, address="bác", name="Nguyễn Thị Hường",
    sex=Sex.FEMALE, born_year=1958, printed=PRINTED, payload="DT1:23456789AB", distance_m=2,
)  # fmt: skip
EARLY = slips.ComebackFacts(
    site="Điểm tiêm Thử Nghiệm", on=date(2021, 11, 20), slot_from=time(13, 30), slot_until=time(14, 0),
    name="Nguyễn Thị Hường", sex=Sex.FEMALE, born_year=1958, address="bác", printed=PRINTED,
)  # fmt: skip


def ticket(language: str = "vi", **changed: object) -> tuple[slips.Block, ...]:
    return slips.queue_ticket(replace(FACTS, **changed), *speakers(language))  # type: ignore[arg-type]


def comeback(language: str = "vi", **changed: object) -> tuple[slips.Block, ...]:
    return slips.comeback_ticket(replace(EARLY, **changed), *speakers(language))  # type: ignore[arg-type]


def test_the_number_stands_once_and_the_code_leads_to_it() -> None:
    blocks = ticket()
    assert [block.text for block in blocks if isinstance(block, Number)] == ["A 047"]
    assert codes(blocks) == ["DT1:23456789AB"]
    assert [block.least for block in blocks if isinstance(block, Code)] == [6]


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_no_full_name_stands_on_the_paper(language: str) -> None:
    text = paper(ticket(language))
    assert "Hường" not in text
    assert text.count("Nguyễn Thị H•••") == 1
    assert "07:45" in text


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("sex", Sex)
@pytest.mark.parametrize(("born_year", "address"), [(1958, "bác"), (None, "")])
def test_every_sentence_is_worded_for_everybody(language: str, sex: Sex, born_year: int | None, address: str) -> None:
    for blocks in (
        ticket(language, sex=sex, born_year=born_year, address=address),
        comeback(language, sex=sex, born_year=born_year, address=address),
    ):
        text = paper(blocks)
        assert not re.search(r"\b(slip|sex)\.\w", text)
        assert "None" not in text
        assert all(line.strip() for line in lines(blocks))


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_whoever_must_wait_for_a_volunteer_is_sent_nowhere_else(language: str) -> None:
    said = set(lines(ticket(language, attention=True)))
    assert {wording.say("slip.stay", each) for each in wording.LANGUAGES} <= said
    for code in ("slip.zone", "slip.ahead", "slip.next", "slip.other"):
        for each in wording.LANGUAGES:
            assert wording.say(code, each, zone="A", n=3, at="07:45") not in said


def test_nobody_before_is_said_in_words() -> None:
    said = lines(ticket(ahead=0))
    assert wording.say("slip.next", "vi", at="07:45") in said
    assert not any("0 people" in text for text in said)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_one_who_is_early_reads_the_hour_first_and_largest(language: str) -> None:
    blocks = comeback(language)
    assert [block.text for block in blocks if isinstance(block, Number)] == ["13:30–14:00"]
    assert wording.say("slip.comeback.on", language, on="20/11/2021") in lines(blocks)
    other = "en" if language == "vi" else "vi"
    assert wording.say("slip.comeback.again", other, hours="13:30–14:00", on="20/11/2021") in lines(blocks)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_it_keeps_nobodys_place_in_the_queue_and_says_so(language: str) -> None:
    blocks = comeback(language)
    assert codes(blocks) == []
    text = paper(blocks)
    assert "Hường" not in text
    assert text.count("Nguyễn Thị H•••") == 1
    assert wording.say("slip.comeback.bring", language) in lines(blocks)


def test_nobody_is_given_a_pronoun_before_the_birth_year_is_known() -> None:
    assert "Mời bác quay lại lúc" in lines(comeback())
    assert not any("Mời" in text and "quay lại" in text for text in lines(comeback(address="", born_year=None)))


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_whoever_has_no_number_is_told_to_bring_it(language: str) -> None:
    said = [wording.say(code, language) for code in ("slip.numberless", "slip.numberless.bring")]
    assert [line for line in lines(ticket(language, numberless=True)) if line in said] == said
    assert not set(said) & set(lines(ticket(language)))
