"""The printing that a user of python-escpos would write, as a peer: asks the status first, tries again on an error."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from escpos.printer import Network
from PIL import Image

from bench.print_paper import Judge, Slip
from kiosk.devices.virtual_printer import VirtualPrinter

TIMEOUT_SECONDS = 1.0
TRIES = 12
PAUSE_SECONDS = 0.3
# Faults of the machine and its line; a program that is killed has no memory to be compared.
KINDS = ("paper_out", "cover_open", "cutter_error", "offline", "power_cut", "reset_link", "mute", "unplugged")


def print_naively(printer: VirtualPrinter, picture: Image.Image) -> bool:
    """Does it believe that the slip came out?"""
    for _ in range(TRIES):
        line = Network(printer.host, printer.port, timeout=TIMEOUT_SECONDS)
        line.profile.profile_data["media"]["width"]["pixels"] = picture.width  # else it prints a warning each time
        try:
            line.open()
            if line.is_online() and line.paper_status():
                line.image(picture)
                line.cut()
                return True
        except Exception:  # whatever it is, the next try may do
            pass
        finally:
            with suppress(Exception):
                line.close()
        time.sleep(PAUSE_SECONDS)
    return False


def run(slips: Sequence[Slip], width: int, seed: int, mended_after: float = 0.5) -> dict[str, int]:
    """Prints every slip, a fault at a random place in every second one; what it lost, doubled and noticed."""
    chance, judge = random.Random(seed), Judge()
    printer = VirtualPrinter(width_dots=width)
    printer.start()
    believed = []
    for nth, slip in enumerate(slips):
        if nth % 2:
            _strike(printer, KINDS[nth // 2 % len(KINDS)], chance, len(slip.dots), mended_after)
        believed.append(print_naively(printer, Image.fromarray(np.where(slip.dots, 0, 255).astype(np.uint8))))
    time.sleep(mended_after + PAUSE_SECONDS)
    printer.stop()
    judge.look(printer.papers, slips)
    return {
        "naive peer, slips": len(slips),
        "naive peer, lost and believed printed": sum(
            sure and not judge.whole[slip.id] for sure, slip in zip(believed, slips, strict=True)
        ),
        "naive peer, given up": believed.count(False),
        "naive peer, doubled": sum(max(0, count - 1) for count in judge.whole.values()),
        "naive peer, papers torn": judge.torn,
    }


def _strike(printer: VirtualPrinter, kind: str, chance: random.Random, rows: int, mended_after: float) -> None:
    """Arms a fault inside the next slip; somebody mends it `mended_after` seconds after it came."""
    if kind == "unplugged":
        came = threading.Event()

        def pull() -> None:
            printer.stop()
            came.set()

        threading.Timer(chance.uniform(0, 0.05), pull).start()
    else:
        printer.fault_after_bytes(kind, chance.randint(50, rows * 60))

    def mend() -> None:
        end = time.monotonic() + TRIES
        while time.monotonic() < end:
            if came.wait(0.02) if kind == "unplugged" else kind in printer.faults:
                time.sleep(mended_after)
                break
            time.sleep(0.02)
        if kind == "unplugged":
            printer.start()
        else:
            printer.set_fault(kind, False)

    if kind != "reset_link":
        threading.Thread(target=mend, daemon=True).start()
