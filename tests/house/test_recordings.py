"""The recordings that we ship: those of the list and no others, each a word that can be heard and none too loud."""

from __future__ import annotations

import math
import re
import wave
from array import array
from pathlib import Path

import pytest

from kiosk.rules.voice import CLIPS, ToStation, ToZone, announce
from kiosk.web.voice_shown import OURS

FILES = sorted(OURS.rglob("*.wav"))
MOST_BYTES = 2_000_000
ROOT = Path(__file__).parents[2]


def samples(path: Path) -> array[int]:
    """Every sample of a recording; it is 16 kHz, mono, 16 bit."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        return array("h", file.readframes(file.getnframes()))


def decibels(value: float) -> float:
    """A level of full scale."""
    return 20 * math.log10(max(value, 1) / 32_768)


def test_there_is_a_recording_of_everything_that_may_be_said_and_of_nothing_else() -> None:
    files = {(path.parent.name, path.stem) for path in OURS.rglob("*") if path.is_file()}
    assert files == {(language, clip) for language, clips in CLIPS.items() for clip in clips}
    assert len(FILES) == len(files)
    assert sum(path.stat().st_size for path in FILES) < MOST_BYTES


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recording_is_a_word_that_can_be_heard(path: Path) -> None:
    heard = samples(path)
    seconds, peak = len(heard) / 16_000, max(map(abs, heard))
    assert 0.15 < seconds < 1.6
    assert -9 < decibels(peak) < -1, "near full scale, and not cut off"
    assert -19 < decibels(math.sqrt(sum(one * one for one in heard) / len(heard))) < -15, "as loud as its neighbours"
    tenth = 1_600
    assert max(map(abs, heard[:tenth])) > peak / 16, "it begins at once"
    assert max(map(abs, heard[-tenth:])) > 50, "and ends with the word"
    assert max(abs(heard[0]), abs(heard[-1])) < 600, "without a click"


def test_how_many_calls_an_hour_one_voice_carries() -> None:
    """As the decision says it: of the first 300 numbers of a series, one after the other without a chime."""
    player = (ROOT / "kiosk" / "static" / "js" / "voice.js").read_text(encoding="utf-8")
    between = re.search(r"BETWEEN = .*calls: (\d+)", player)
    assert between
    gap = int(between[1]) / 1000

    def an_hour(to: ToStation | ToZone) -> int:
        clips = [clip for n in range(1, 301) for clip in announce("vi", "A", n, to)]
        seconds = sum(len(samples(OURS / "vi" / f"{clip}.wav")) for clip in clips) / 16_000
        return round(3600 / (seconds / 300 + gap) / 10) * 10

    said = (ROOT / "docs" / "decisions" / "voice.md").read_text(encoding="utf-8")
    tables, zones = an_hour(ToStation("injection", 2, "injection-2")), an_hour(ToZone("A", 12))
    assert f"{tables} calls to a table an hour, or {zones} into a zone" in " ".join(said.split())


def test_no_two_recordings_are_the_same() -> None:
    for language in CLIPS:
        contents = [path.read_bytes() for path in FILES if path.parent.name == language]
        assert len(set(contents)) == len(contents)
