"""Every fault of a printer, its line and our programs, at random places, with a real hub, agent and desk.

The long run is `python -m bench.print_faults --jobs 1000`; this is the same at a size that a person waits for.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench import print_course
from bench.print_course import Course
from bench.print_rig import PrintRig

# Together every fault, on the line where it differs; a seed that fails once is added here and stays.
ON_TCP = tuple(kind for kind in print_course.KINDS)
ON_A_DEVICE = ("paper_out", "power_cut", "reset_link", "unplugged", "agent_killed", "cutter_error")
ON_A_CLONE = ("cover_open", "power_cut", "reset_link", "hub_killed", "offline")


@pytest.mark.parametrize(
    ("link", "clone", "kinds", "seed"),
    [
        pytest.param("tcp", False, ON_TCP, 11, id="tcp"),
        pytest.param("device", False, ON_A_DEVICE, 12, id="device"),
        pytest.param("tcp", True, ON_A_CLONE, 13, id="clone", marks=pytest.mark.long),
    ],
)
def test_no_ticket_is_lost_and_none_is_doubled(
    tmp_path: Path, link: str, clone: bool, kinds: tuple[str, ...], seed: int
) -> None:
    chance = random.Random(seed)
    with PrintRig(tmp_path, 3 * len(kinds) + 1, link, clone=clone) as rig:
        course = Course(rig, chance)
        course.begin()
        for kind in chance.sample(kinds, len(kinds)):
            course.round(kind, chance.randint(1, 3))
        counts = course.figures()
    print({name: count for name, count in counts.items() if count})
    assert {name: counts[name] for name in print_course.PROMISES} == dict.fromkeys(print_course.PROMISES, 0)
    assert counts[print_course.UNSHOWN] == 0, "every fault was in words on the desk's strip"
    assert counts["tickets"] > len(kinds)
    assert counts["papers"] >= counts["tickets"], "each on its own paper"
