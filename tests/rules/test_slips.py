"""What the queue ticket says, and that a stored slip comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
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


EVERY = (
    Heading("Điểm tiêm"), Number("A 001"), Line("Khu A", "large", True, "left"), Pair("Khu", "A"), Rule(),
    Code("DT1:23456789AB", 6, (Line("bên trái", align="left"),)), Space(5),
)  # fmt: skip


@pytest.mark.parametrize("blocks", [EVERY, ticket(), slips.as_reprint(ticket(), "IN LẠI 1")])
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
