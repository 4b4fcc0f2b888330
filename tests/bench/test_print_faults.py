"""The bench of faults, at a size that proves only that it runs and counts, and that it sees what is lost or doubled."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from bench import print_faults, print_peer
from bench.print_course import DOUBLED, LOST, UNKNOWN, WITHOUT, Course
from bench.print_paper import Judge, Slip
from bench.print_rig import PrintRig
from kiosk.devices.printer import open_printer
from kiosk.devices.raster import draw
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.rules.slips import Code, Line, Number, to_json


def slip(nth: int) -> Slip:
    """A small ticket of its own."""
    payload = f"DT1:ABCDEFGH{nth:02}"
    return Slip(str(nth), draw([Number(f"A {nth:03}"), Line("Xin giữ phiếu"), Code(payload)], 576), payload)


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = subprocess.run(
        [sys.executable, "-m", "bench.print_faults", "--jobs", "8", "--seed", "3", "--peer", "0",
         "--folder", str(tmp_path)],
        check=False, capture_output=True, text=True, timeout=600, cwd=Path(print_faults.__file__).parent.parent,
    )  # fmt: skip
    assert program.returncode == 0, program.stdout + program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    assert (said["bench"], said["figures"]["tickets"], said["figures"]["seed"]) == ("print_faults", 8, 3)
    for target in print_faults.TARGETS:
        assert said["targets"][target.name] == [0, "<=", 0, True]
    assert said["figures"]["papers"] >= said["figures"]["jobs"] - said["figures"]["doubtful"]
    assert list(tmp_path.iterdir()) == [], "it takes its sites away again"


def test_a_slip_counts_when_every_dot_of_it_is_on_one_paper() -> None:
    printer, judge, slips = VirtualPrinter(width_dots=576), Judge(), [slip(n) for n in range(4)]
    printer.start()
    driver = open_printer(printer.address)
    for one in (0, 1, 1):
        assert driver.print(str(one), slips[one].dots, lambda: None).state == "printed"
    half = slips[2].dots[: len(slips[2].dots) // 2]
    assert driver.print("torn", half, lambda: None).state == "printed"
    faded = slips[3].dots.copy()
    faded[200:230, 100:400] = False
    assert driver.print("faded", faded, lambda: None).state == "printed"
    driver.close()
    printer.stop()
    judge.look(printer.papers, slips)
    assert dict(judge.whole) == {"0": 1, "1": 2}
    assert (judge.papers, judge.torn, judge.unread) == (5, 2, 0)
    judge.look(printer.papers, slips)
    assert judge.papers == 5, "each paper is judged once"
    wrong = Judge()
    wrong.look(printer.papers, [Slip("0", slips[0].dots, "DT1:SOMEBODYEL")])
    assert wrong.unread == 1, "a code that says something else"


def columns_and_row(file: sqlite3.Connection) -> tuple[list[str], tuple[object, ...]]:
    """The first print job, as the file has it."""
    found = file.execute("SELECT * FROM print_job ORDER BY seq LIMIT 1")
    return [column[0] for column in found.description], found.fetchone()


def test_it_sees_what_the_machines_do_not_say(tmp_path: Path) -> None:
    with PrintRig(tmp_path, 4) as rig:
        course = Course(rig, random.Random(1))
        course.begin()
        true = dict(course.figures())
        assert (true["printed"], true["printed, whole on paper"]) == (1, 1)
        assert true[LOST] == true[DOUBLED] == true[UNKNOWN] == true[WITHOUT] == 0

        # A hub that believes in a ticket that nobody printed, and a program that prints one twice.
        first = rig.jobs()[0]
        rig.agent.kill()
        with sqlite3.connect(rig.folder / "kiosk.db") as file:
            row = dict(zip(*columns_and_row(file), strict=True))
            row |= {"id": "false", "about": "nobody", "seq": 999, "blocks": json.dumps(to_json([Number("A 999")]))}
            file.execute(
                f"INSERT INTO print_job ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()]
            )
        driver = open_printer(rig.printer.address)
        assert driver.print("again", course.slips[first.id].dots, lambda: None).state == "printed"
        driver.close()
        course._settle()
        found = course.figures()
        assert (found[LOST], found[DOUBLED], found[WITHOUT]) == (1, 1, 1)


def test_the_plain_program_beside_it_loses_what_ours_does_not() -> None:
    slips = [slip(n) for n in range(2 * len(print_peer.KINDS) + 1)]
    figures = print_peer.run(slips, 576, seed=1)
    assert figures["naive peer, slips"] == len(slips)
    assert figures["naive peer, lost and believed printed"] >= 1, "a power cut tells a plain program nothing"


def test_a_naive_slip_without_a_fault_is_whole() -> None:
    printer, judge, one = VirtualPrinter(width_dots=576), Judge(), slip(7)
    printer.start()
    picture = Image.fromarray(np.where(one.dots, 0, 255).astype(np.uint8))
    assert print_peer.print_naively(printer, picture)
    end = time.monotonic() + 20
    while not printer.papers and time.monotonic() < end:
        time.sleep(0.05)
    printer.stop()
    judge.look(printer.papers, [one])
    assert judge.whole["7"] == 1
