"""`./dev smoke`: one invented person through all six steps, from a card to a receipt of the platform.

Everything is real: HTTP pages, camera frames through the decoder, ESC/POS bytes and FHIR through sockets. One line a
step. `--kill` kills every program with -9 on the way and starts it again: one visit, one dose, one receipt remain.
`--installed FOLDER` walks through a practice site that provisioning installed: systemd's units are the programs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import requests

from kiosk.config import ConfigError
from kiosk.demo import arrival, injection
from kiosk.demo.crew import Failed
from kiosk.demo.installed import Box
from kiosk.demo.program import OPENING, PORTS, Demo, free_ports
from kiosk.demo.walk import Walk

STEPS: tuple[tuple[str, Callable[[Walk], list[str]]], ...] = (
    ("day", arrival.open_day), ("kiosk", arrival.pair), ("card", arrival.hold_card), ("number", arrival.take_number),
    ("paper", arrival.see_paper), ("code", arrival.follow_code), ("desk", arrival.ask_desk),
    ("screening", injection.screen), ("identity", injection.meet_nurse), ("dose", injection.give),
    ("receipt", injection.send), ("room", injection.observe), ("finish", injection.depart),
    ("platform", injection.ask_platform), ("close", injection.close_day), ("truth", injection.count),
)  # fmt: skip


def _run(walk: Walk) -> None:
    with walk.saying("site") as seen:
        walk.demo.start()
        walk.begin()
        seen += [f"{len(walk.demo.people)} people invented", f"five programs up, the hub at {walk.demo.url}"]
    for step, does in STEPS:
        with walk.saying(step) as seen:
            seen.extend(does(walk))


def _walk(demo: Demo | Box, *, kill: bool) -> int:
    begun = time.monotonic()
    walk = Walk(demo, kill=kill)
    try:
        _run(walk)
    except (Failed, LookupError, ConfigError, TimeoutError, requests.RequestException) as error:
        print(f"FAILED at {walk.step}: {error}", file=sys.stderr)
        for program in (demo.hub, demo.forwarder):
            print(program.said()[-3000:], file=sys.stderr)
        return 1
    finally:
        demo.stop()
    print(f"{time.monotonic() - begun:6.2f} s  all steps seen")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Runs the walk in a folder of its own or in an installed box; 0, or 1 naming the step that failed."""
    parser = argparse.ArgumentParser(prog="./dev smoke", description=__doc__)
    parser.add_argument("--kill", action="store_true", help="kill every program with -9 on the way")
    parser.add_argument("--installed", type=Path, metavar="FOLDER", help="an installed practice site's data; as root")
    options = parser.parse_args(arguments)
    if options.installed:
        try:
            return _walk(Box(options.installed), kill=options.kill)
        except ConfigError as error:
            print(f"FAILED before it began: {error}", file=sys.stderr)
            return 1
    with tempfile.TemporaryDirectory(prefix="diem-tiem-") as folder:
        demo = Demo(Path(folder), free_ports(*PORTS), open_day=False, begins=OPENING)
        return _walk(demo, kill=options.kill)


if __name__ == "__main__":
    sys.exit(main())
