"""A day of a thousand people at ten tables, through the real HTTP application, its clock running fast.

People come by slot, too early, late, without one, or not at all; some do not hear their call, some give up, some are
called out of turn or let in by name. Doctors and nurses differ in pace and break in turns at noon, one table is closed
for an hour; zones have capacities, one has a door. Every act is the form that its page would send. What is told is
read afresh from the hub's file. The peer in the same run, a plain simulation with the same people and service times:
all told to come at the same hour (half in the morning, half after noon), one line, first come first served.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from bench import tables
from bench.day_figures import ABOVE, BOOKS, BROKEN, CROWD, DOUBLED, HITS, LOST, UNEXPLAINED, WAIT, of_day
from bench.day_people import guests, one_line
from bench.day_run import Day
from bench.day_site import PACES, Site
from bench.report import Figure, Target, finish
from kiosk.clock import Clock
from kiosk.demo.program import free_ports

ZEROS = (UNEXPLAINED, ABOVE, LOST, DOUBLED, BOOKS, BROKEN)
TARGETS = (
    *(Target(name, "<=", 0) for name in ZEROS),
    Target(HITS, ">=", 75), Target(HITS + " (at most)", "<=", 90),
    Target("90th wait, times shorter than in one line", ">=", 2),
)  # fmt: skip


def measure(folder: Path, count: int, seed: int) -> dict[str, Figure]:
    """Every figure of one day in an empty folder."""
    people = guests(count, Clock(tables.ZONE).now().on, seed)
    site = Site(folder, people, free_ports("hub")["hub"])
    begun = time.monotonic()
    with tables.served(site.settings, site.port):
        day = Day(site, people, seed)
        day.run()
    minutes = (time.monotonic() - begun) / 60
    ours = of_day(site, day)
    waits, crowd = one_line(people, PACES)
    ordered = sorted(waits)
    theirs, mine = ordered[len(ordered) * 9 // 10], float(ours[WAIT.format("90th of 100")])
    return {
        "people": count, "tables": len(PACES["screening"]) + len(PACES["injection"]),
        **ours, HITS + " (at most)": ours[HITS],
        **{f"told: {what}": n for what, n in sorted(day.said.items())},
        "one line: 90th wait for the doctor, minutes": round(theirs, 1),
        "one line: most people before their injection": crowd,
        "90th wait, times shorter than in one line": round(theirs / max(mine, 0.1), 1),
        "most people, times fewer than in one line": round(crowd / max(int(ours[CROWD]), 1), 1),
        "clock behind the day at most, seconds": round(day.late, 1),
        "real minutes": round(minutes, 1),
    }  # fmt: skip


def main() -> None:
    """Measures, tells, ends with 1 when anybody or anything was lost, doubled, passed over or let in unnamed."""
    options = argparse.ArgumentParser(prog="bench.day", description=__doc__.split("\n")[0])
    options.add_argument("--people", type=int, default=1000, help="people who are expected or just come")
    options.add_argument("--seed", type=int, default=1, help="another day with other people")
    options.add_argument("--folder", type=Path, help="where to put the site; a temporary folder otherwise")
    chosen = options.parse_args()
    if not 10 <= chosen.people <= 1200:
        options.error("--people is 10 to 1200")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.people, chosen.seed)
    finish("day", figures, TARGETS, any(figures[name] for name in ZEROS))


if __name__ == "__main__":
    main()
