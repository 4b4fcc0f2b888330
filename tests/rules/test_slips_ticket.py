"""The queue ticket, and the one of those who are early."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from kiosk import wording
from kiosk.rules import slips
from kiosk.rules.codes import ticket as ticket_code
from kiosk.rules.slips import Code, Number
from kiosk.rules.waiting import Band
from kiosk.rules.words import Sex
from tests.rules.slip_reading import codes, lines, paper, speakers

PRINTED = datetime(2021, 11, 20, 7, 45, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
FACTS = slips.TicketFacts(
    site="Điểm tiêm Thử Nghiệm", label="A 047", zone="A", ahead=3, address="bác", name="Nguyễn Thị Hường",
    sex=Sex.FEMALE, born_year=1958, printed=PRINTED, payload="DT1:23456789AB", distance_m=2, spot=12,
    wait=Band(15, 25, known=True), rule="A · Theo thứ tự đến",
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
    for each in wording.LANGUAGES:
        for code in ("slip.spot", "slip.outside", "slip.ahead", "slip.next"):
            assert wording.say(code, each, zone="A", spot=12, n=3, at="07:45") not in said
        assert not any(wording.say("wait.about", each, low=15, high=25) in line for line in said)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_it_says_where_how_long_how_many_and_by_which_rule(language: str) -> None:
    said, other = lines(ticket(language)), "en" if language == "vi" else "vi"
    wait = {each: wording.say("wait.about", each, low=15, high=25) for each in wording.LANGUAGES}
    assert wording.say("slip.spot", language, zone="A", spot=12) in said
    assert wording.say("slip.wait", language, wait=wait[language]) in said
    assert wording.say("slip.ahead", language, n=3, at="07:45") in said
    assert f"{wording.say('slip.spot', other, zone='A', spot=12)} · {wait[other]}" in said
    assert "A · Theo thứ tự đến" in said


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_whoever_has_no_spot_is_told_to_wait_outside(language: str) -> None:
    said = lines(ticket(language, spot=None))
    assert wording.say("slip.outside", language, zone="A") in said
    assert not any("12" in line for line in said)


def test_where_nobody_can_say_how_long_it_says_only_how_many() -> None:
    said = lines(ticket(wait=None))
    assert not any("phút" in line or "minutes" in line for line in said)
    assert f"Zone A, spot 12 · {wording.say('slip.before', 'en', n=3)}" in said


def test_whose_turn_is_near_is_promised_no_shortest_time() -> None:
    assert "Chờ dưới 5 phút" in lines(ticket(wait=Band(0, 5, known=True), ahead=0))


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_phone_is_invited_only_where_it_finds_something(language: str) -> None:
    invited = wording.say("slip.scan", language)
    assert invited not in lines(ticket(language))
    blocks = ticket(language, payload=ticket_code.write("23456789AB", "http://10.42.0.1/"))
    assert invited in lines(blocks)
    assert codes(blocks) == ["HTTP://10.42.0.1/T/23456789AB"]


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
