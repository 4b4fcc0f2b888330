"""What is true of every slip: both languages worded, stored and read back equal, nobody's number in a code of ours."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace

import pytest

from kiosk import wording
from kiosk.demo import samples
from kiosk.rules import slips
from kiosk.rules.slips import Code, Heading, Line, Number, Pair, Rule, Space
from kiosk.rules.words import Sex
from tests.rules.slip_reading import codes, lines, paper, values

EVERY = (
    Heading("Điểm tiêm"), Number("A 001"), Line("Khu A", "large", True, "left"), Pair("Khu", "A", "small"), Rule(),
    Rule(576), Code("DT1:23456789AB", 6, (Line("bên trái", align="left"),), 3), Space(5),
)  # fmt: skip
PUBLIC = ("ticket", "reprint", "comeback")
WHO = {name: samples.cast("vi", name=name) for name in samples.NAMES}


def drawn_from(kind: str, language: str, *, longest: bool) -> tuple[slips.Block, ...]:
    return samples.sample(kind, samples.cast(language, longest=longest))


@pytest.mark.parametrize("longest", [False, True])
@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("kind", samples.KINDS)
def test_every_word_is_there_in_both_languages_and_nothing_unknown_is_shown(
    kind: str, language: str, longest: bool
) -> None:
    blocks = drawn_from(kind, language, longest=longest)
    text = paper(blocks)
    assert not re.search(r"\b(slip|sex|report|lead|station|strip|sample)\.[a-z_]", text)
    assert "None" not in text
    assert not any(re.search(r"[{}]", each) for each in (*lines(blocks), *values(blocks))), "a fact without its value"
    assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize("kind", samples.KINDS)
def test_a_stored_slip_comes_back_equal(kind: str) -> None:
    for blocks in (EVERY, drawn_from(kind, "vi", longest=False), drawn_from(kind, "en", longest=True)):
        assert slips.from_json(json.loads(json.dumps(slips.to_json(blocks)))) == blocks


def test_a_slip_that_was_stored_before_a_block_learnt_more_is_still_read() -> None:
    rows = [
        {"block": "rule"},
        {"block": "pair", "label": "Khu", "value": "A"},
        {"block": "code", "payload": "DT1:23456789AB", "dots": 8, "beside": []},
    ]
    assert slips.from_json(rows) == (Rule(), Pair("Khu", "A"), Code("DT1:23456789AB"))


def test_a_block_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="hologram"):
        slips.from_json([{"block": "hologram"}])


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("kind", samples.KINDS)
def test_a_reprint_is_the_same_slip_under_a_mark(kind: str, language: str) -> None:
    first = drawn_from(kind, language, longest=False)
    mark = wording.say("slip.reprint", language, copy=1)
    again = slips.as_reprint(first, mark)
    assert again[1:] == first
    assert again[0] == Line(mark, "large", bold=True)
    assert mark == {"vi": "IN LẠI 1", "en": "REPRINT 1"}[language]


@pytest.mark.parametrize("kind", PUBLIC)
@pytest.mark.parametrize("name", samples.NAMES)
def test_a_slip_that_lies_about_tells_nobody_who_it_is(kind: str, name: str) -> None:
    who = WHO[name]
    text = paper(samples.sample(kind, who))
    assert name not in text
    assert name.rsplit(maxsplit=1)[-1][0] + "•••" in text
    for fact in (who.person.number, "12/05/1958", who.person.address):
        assert fact not in text


@pytest.mark.parametrize("longest", [False, True])
@pytest.mark.parametrize("kind", sorted(set(samples.KINDS) - {"certificate"}))
def test_no_code_of_ours_carries_anything_about_anybody(kind: str, longest: bool) -> None:
    who = samples.cast("vi", longest=longest)
    for payload in codes(samples.sample(kind, who)):
        ours = r"((DT1|DTV1):|HTTPS?://[A-Z0-9.:-]+/T/)[2-9A-Y]{10}|DTB1:[A-Z0-9]+"
        box = r"http://[a-z.-]+/authority|https://[a-z.-]+/pair#[0-9A-Z]{4}(-[0-9A-Z]{4}){3}"
        assert re.fullmatch(f"{ours}|{box}", payload)
        assert who.person.number not in payload


def test_every_name_that_people_have_stands_whole_on_what_is_theirs() -> None:
    for name, who in WHO.items():
        for kind in ("dose", "certificate", "deferral"):
            assert paper(samples.sample(kind, who)).count(json.dumps(name, ensure_ascii=False)) == 1


@pytest.mark.parametrize("kind", samples.KINDS)
def test_no_line_is_empty(kind: str) -> None:
    nobody = replace(samples.cast("vi"), person=replace(samples.cast("vi").person, sex=Sex.UNKNOWN, born_year=None))
    for blocks in (samples.sample(kind, nobody), drawn_from(kind, "vi", longest=True)):
        assert all(text.strip() for text in lines(blocks))
        assert all(block.value.strip() and block.label.strip() for block in blocks if isinstance(block, Pair))
