"""The invented frames: the same for the same seed, easy at first, hopeless at last, and empty where they say so."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import unicodedata
from pathlib import Path
from random import Random

import numpy as np
import zxingcpp

from bench import frame_codes, frames

QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
FOLDER = Path(frames.__file__).parent.parent
HASHES = """
import hashlib
from bench import frames
shots = [*frames.shots(3, 11), *frames.empties(2, 11)]
print(" ".join(hashlib.sha256(shot.frame.tobytes()).hexdigest() for shot in shots))
"""


def read(shot: frames.Shot) -> list[str]:
    """What a good decoder reads in it."""
    return [code.text for code in zxingcpp.read_barcodes(shot.frame, formats=QR)]


def test_the_same_seed_draws_the_same_frames_in_another_process() -> None:
    program = subprocess.run(
        [sys.executable, "-c", HASHES], check=True, capture_output=True, text=True, timeout=60, cwd=FOLDER
    )
    shots = [*list(frames.shots(5, 11))[:3], *frames.empties(2, 11)]
    assert program.stdout.split() == [hashlib.sha256(shot.frame.tobytes()).hexdigest() for shot in shots]
    other = next(frames.shots(1, 12))
    assert not np.array_equal(other.frame, shots[0].frame), "another seed, another frame"


def test_every_scenario_meets_every_severity_and_a_short_run_meets_them_all() -> None:
    scenarios, severities = set(frames.SCENARIOS), set(range(frames.SEVERITIES))
    course = [(scenario, severity) for scenario, severity, _ in frames.course(len(scenarios) * len(severities))]
    assert set(course) == {(scenario, severity) for scenario in scenarios for severity in severities}
    assert {scenario for scenario, _ in course[: len(scenarios)]} == scenarios
    assert {severity for _, severity in course[: len(scenarios)]} == severities


def test_the_first_severity_is_easy_and_the_last_is_hopeless() -> None:
    for nth, scenario in enumerate(frames.SCENARIOS):
        shot = frames.shot(scenario, 0, Random(f"easy {scenario}"), nth)
        assert shot.frame.shape == (720, 1280, 3)
        assert shot.frame.dtype == np.uint8
        assert read(shot) == [shot.text], scenario
    last = [frames.shot(name, 7, Random(f"last {name}"), nth) for nth, name in enumerate(frames.SCENARIOS)]
    assert sum(shot.text in read(shot) for shot in last) <= 3


def test_the_empty_frames_are_of_many_kinds_and_hold_no_code() -> None:
    shots = list(frames.empties(18, 2))
    assert len({shot.scenario for shot in shots}) >= 12
    for shot in shots:
        assert (shot.frame.shape, shot.text, read(shot)) == ((720, 1280, 3), None, []), shot.scenario


def test_the_texts_have_the_forms_of_what_people_carry() -> None:
    chance = Random(7)
    codes = [
        kind(chance) for kind in (frame_codes.on_card, frame_codes.on_phone, frame_codes.on_paper) for _ in range(20)
    ]
    texts = [code.text for code in codes]
    assert all(text == unicodedata.normalize("NFC", text) for text in texts)
    for sign in ("DT1:", "HC1:", "GD4", "015"):
        assert any(text.startswith(sign) for text in texts), sign
    cards = [text.split("|") for text in texts if text.startswith("015") and "-" not in text]
    assert {len(card) for card in cards} == {7, 11}
    assert {bool(card[1]) for card in cards} == {True, False}, "with and without the old number"
    assert len({len(code.modules) for code in codes}) > 6, "many versions"
