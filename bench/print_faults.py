"""Tickets through every fault of a printer, its line and our programs, each at a random place: none lost, none doubled.

A real hub and a real agent, both killed with -9 now and then, before a virtual printer on TCP and on a device file.
Tickets come from check-ins over HTTP. After each fault somebody mends the machine, and a volunteer answers for every
doubtful slip over HTTP by looking at the paper: it came out, or print it again. What is true is judged from the dots
on the paper alone, and every code is read back. Beside it, in the same run, a plain program on python-escpos.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench import print_peer
from bench.print_course import KINDS, PROMISES, STUCK, UNSHOWN, Course
from bench.print_paper import Slip
from bench.print_rig import PrintRig
from bench.report import Figure, Target, finish

TARGETS = tuple(Target(name, "<=", 0) for name in PROMISES)
LATEST = "fault to words at the desk, worst s"


def measure(folder: Path, jobs: int, seed: int, peer: int) -> dict[str, Figure]:
    """Every figure of one run in an empty folder: half over TCP, a quarter a device file, a quarter a clone on TCP."""
    counts, seconds, slips = Counter[str](), list[tuple[float, str]](), list[Slip]()
    for name, link, share in (("tcp", "tcp", jobs - jobs // 4 * 2), ("device", "device", jobs // 4),
                              ("clone", "tcp", jobs // 4)):  # fmt: skip
        place = folder / name
        place.mkdir()
        with PrintRig(place, share + 8, link, clone=name == "clone") as rig:
            course = Course(rig, random.Random(f"{seed} {name}"))
            try:
                course.run(share)
            except TimeoutError as error:
                course.counts[STUCK] = max(1, course.counts[STUCK])
                print(f"  {name}: {error}", file=sys.stderr)
            counts.update(course.figures())
            seconds += course.seconds
            slips += course.slips.values()
    order = ("tickets", "jobs", "printed", "sent", "doubtful", "lived through a fault", "confirmed by a person",
             "reprinted by a person", "void", "papers", "papers torn", *(f"fault {kind}" for kind in KINDS),
             "faults that the desk should show", UNSHOWN, *PROMISES)  # fmt: skip
    figures: dict[str, Figure] = {"seed": seed, **{name: counts[name] for name in order}}
    if seconds:
        figures["fault to words at the desk, median s"] = round(sorted(seconds)[len(seconds) // 2][0], 2)
        figures |= {f"{kind} to words, worst s": round(worst, 2) for worst, kind in _worst(seconds)}
        figures[LATEST] = round(max(seconds)[0], 2)
    return {**figures, **(print_peer.run(slips[:peer], 576, seed) if peer else {})}


def _worst(seconds: list[tuple[float, str]]) -> list[tuple[float, str]]:
    return [max(one for one in seconds if one[1] == kind) for kind in KINDS if any(one[1] == kind for one in seconds)]


def main() -> None:
    """Measures, tells, ends with 1 when a ticket was lost, doubled, unreadable or stuck."""
    options = argparse.ArgumentParser(prog="bench.print_faults", description=__doc__.split("\n")[0])
    options.add_argument("--jobs", type=int, default=120, help="tickets to print (full size: 1000)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--peer", type=int, default=48, help="slips for the program on python-escpos; 0: none")
    options.add_argument("--folder", type=Path, help="where to put the sites; a temporary folder otherwise")
    chosen = options.parse_args()
    if not 8 <= chosen.jobs <= 9000 or chosen.peer < 0:
        options.error("--jobs is 8 to 9000, --peer not negative")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.jobs, chosen.seed, chosen.peer)
    targets = (*TARGETS, Target(UNSHOWN, "<=", 0), Target(LATEST, "<=", 2.0)) if LATEST in figures else TARGETS
    finish("print_faults", figures, targets, any(figures[target.name] for target in TARGETS))


if __name__ == "__main__":
    main()
