"""One voice: a code, a language, and the facts."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from kiosk import wording


def test_a_sentence_in_both_languages_with_its_facts() -> None:
    assert wording.say("slip.spot", zone="B", spot=7) == "Khu B, chỗ 7"
    assert "B" in wording.say("slip.spot", "en", zone="B", spot=7)
    assert wording.say("slip.spot", "en", zone="B", spot=7) != wording.say("slip.spot", "vi", zone="B", spot=7)


def test_the_number_decides_between_forms() -> None:
    one, two = (wording.say("kiosk.number.ahead", "en", n=n, you="you") for n in (1, 2))
    assert one.replace("1", "2") != two
    assert wording.say("kiosk.number.ahead", "vi", n=1, you="bác") == "Còn 1 người trước bác"


@pytest.mark.parametrize("code", ["standby.before_opening", "vial.pack.other", "lead.close.vials"])
def test_a_sentence_of_two_numbers_reads_right_when_both_are_one(code: str) -> None:
    said = wording.say(code, "en", n=1, doses=1, vials=1, vaccine="Pfizer", number="FR1")
    assert not re.search(r"\b1 (?:people|doses|vials)\b", said), said


def test_a_bound_voice() -> None:
    say = wording.speaker("en")
    assert say("kiosk.help") == wording.say("kiosk.help", "en")


def test_a_code_without_a_sentence_is_shown_and_logged_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert wording.say("kiosk.dance") == "kiosk.dance"
    assert "kiosk.dance" in caplog.text
    assert not wording.knows("kiosk.dance")


def test_a_code_that_stands_twice_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = 'msgid ""\nmsgstr ""\n"Language: vi\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (tmp_path / "xx").mkdir()
    for part in ("a", "b"):
        (tmp_path / "xx" / f"{part}.po").write_text(head + 'msgid "one.code"\nmsgstr "x"\n', encoding="utf-8")
    monkeypatch.setattr(wording, "FOLDER", tmp_path)
    wording.catalogue.cache_clear()
    try:
        with pytest.raises(ValueError, match="stands twice"):
            wording.catalogue("xx")
    finally:
        wording.catalogue.cache_clear()
