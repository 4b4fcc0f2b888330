"""What a slip costs and how soon it begins: CPU, bytes, seconds on a line, and the first byte after the tap.

CPU and bytes: ours from blocks to bytes, and beside it the same drawn picture handed to python-escpos' `image()`, both
with the drawing, in turns in one process. First byte: a real hub, a real agent, a virtual printer on TCP; somebody
answers the kiosk's last question over HTTP, and the clock stops when the first row of that ticket is on paper.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from escpos.printer import Dummy
from PIL import Image, ImageFilter

from bench.print_rig import PrintRig, WatchedPrinter
from bench.report import Figure, Target, finish
from bench.rig import until
from kiosk.demo import samples
from kiosk.devices.escpos_encoder import encode
from kiosk.devices.printer import open_printer
from kiosk.devices.raster import draw
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.rules.slips import Block

WIDTHS = {58: 384, 80: 576}
USB_BYTES_A_SECOND = 800_000  # full speed, less its overhead: an assumption, no printer was measured
SERIAL_BYTES_A_SECOND = 11_520  # 115200 baud, ten bits a byte
FIRST_BYTE, NEVER = "tap to first byte, median ms", "tickets that never began"
TARGETS = (
    *(Target(f"{kind} {mm} mm: CPU of image()", "<=", 0.99) for kind in ("ticket", "certificate") for mm in WIDTHS),
    *(Target(f"ticket {mm} mm: bytes of image()", "<=", 0.75) for mm in WIDTHS),
    Target(FIRST_BYTE, "<=", 100),
    Target(NEVER, "<=", 0),
)


@dataclass(frozen=True)
class Cost:
    """Of one slip at one width: median CPU ms of each step, and bytes. `grey`: as a library's user would draw it."""

    draw: float
    pack: float
    size: int
    peer: float
    peer_grey: float
    peer_size: int

    @property
    def ours(self) -> float:
        """From blocks to bytes."""
        return self.draw + self.pack


def cost(blocks: Sequence[Block], width: int, times: int) -> Cost:
    """Each step `times` times, in turns so that a slow moment of the machine meets all of them."""
    dots = draw(blocks, width)
    pure = Image.fromarray(np.where(dots, 0, 255).astype(np.uint8))
    grey = pure.filter(ImageFilter.GaussianBlur(0.5))
    steps: dict[str, Callable[[], object]] = {
        "draw": lambda: draw(blocks, width), "pack": lambda: encode(dots),
        "pure": lambda: _library(pure), "grey": lambda: _library(grey),
    }  # fmt: skip
    took: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(times):
        for name, step in steps.items():
            begun = time.process_time()
            step()
            took[name].append((time.process_time() - begun) * 1000)
    ms = {name: sorted(each)[len(each) // 2] for name, each in took.items()}
    return Cost(ms["draw"], ms["pack"], len(encode(dots)), ms["pure"], ms["grey"], len(_library(pure)))


def _library(picture: Image.Image) -> bytes:
    """The library with its raster command, and a cut."""
    printer = Dummy()
    printer.profile.profile_data["media"]["width"]["pixels"] = picture.width  # else it prints a warning each time
    printer.image(picture)
    printer.cut()
    return bytes(printer.output)


def costs(times: int) -> dict[str, Figure]:
    """The figures of ticket and certificate on both papers."""
    figures: dict[str, Figure] = {}
    who = samples.cast("vi")
    for kind in ("ticket", "certificate"):
        blocks = samples.sample(kind, who)
        for mm, width in WIDTHS.items():
            one, name = cost(blocks, width, times), f"{kind} {mm} mm"
            figures |= {
                f"{name}: draw, CPU ms": round(one.draw, 2), f"{name}: pack, CPU ms": round(one.pack, 3),
                f"{name}: image(), CPU ms": round(one.peer, 2),
                f"{name}: image() of grey, CPU ms": round(one.peer_grey, 2),
                f"{name}: CPU of image()": round(one.ours / (one.draw + one.peer), 3),
                f"{name}: bytes": one.size, f"{name}: image(), bytes": one.peer_size,
                f"{name}: bytes of image()": round(one.size / one.peer_size, 3),
                f"{name}: s on USB": round(one.size / USB_BYTES_A_SECOND, 3),
                f"{name}: s at 115200 baud": round(one.size / SERIAL_BYTES_A_SECOND, 2),
            }  # fmt: skip
    return figures


def slow_line() -> float:
    """Seconds of the ticket of 80 mm through a device file that takes as much as 115200 baud carry."""
    printer = VirtualPrinter(width_dots=576)
    printer.start()
    driver = open_printer(printer.device())
    try:
        driver.status()
        printer.set_fault("slow", True)
        begun = time.monotonic()
        outcome = driver.print("bench", draw(samples.sample("ticket", samples.cast("vi")), 576), lambda: None)
        if outcome.state != "printed":
            raise RuntimeError(f"the slow line ended as {outcome}")
        return time.monotonic() - begun
    finally:
        driver.close()
        printer.stop()


@dataclass(frozen=True)
class Taps:
    """Seconds from the tap to the hub's answer, and to the first row on paper; how many tickets never began."""

    answered: tuple[float, ...]
    begun: tuple[float, ...]
    never: int


def tap_all(rig: PrintRig, count: int, pause: tuple[float, float], patience: float = 20) -> Taps:
    """So many people at the kiosk, one after the other, each with a pause before the last tap (seconds, from, to).

    Whose ticket has not begun after `patience` seconds never began.
    """
    chance, kiosk, printer = random.Random(5), rig.citizen(), rig.printer
    answered, begun, never = list[float](), list[float](), 0
    for person in rig.people[:count]:
        form = rig.last_question(kiosk, person)
        time.sleep(chance.uniform(*pause))
        printer.came.clear()
        printer.fault_after_rows(WatchedPrinter.EVENT, 1)
        tapped = time.monotonic()
        kiosk.submit(form, none="yes")
        answered.append(time.monotonic() - tapped)
        try:
            until("the first row", lambda: WatchedPrinter.EVENT in printer.came, patience)
        except TimeoutError:
            never += 1
            continue
        begun.append(printer.came[WatchedPrinter.EVENT] - tapped)
        until("the slip settled", lambda: not any(job.open for job in rig.jobs()))
        kiosk.open(kiosk.url).send("/done")
    return Taps(tuple(answered), tuple(begun), never)


def taps(folder: Path, count: int, pause: tuple[float, float]) -> dict[str, Figure]:
    """The figures of the first byte."""
    with PrintRig(folder, count) as rig:
        times = tap_all(rig, count, pause)
    figures: dict[str, Figure] = {"tickets tapped": count, NEVER: times.never}
    for name, seconds in (("next screen", times.answered), ("first byte", times.begun)):
        ordered = [round(1000 * each, 1) for each in sorted(seconds)] or [20_000.0]
        figures[f"tap to {name}, median ms"] = ordered[len(ordered) // 2]
        figures[f"tap to {name}, 95th of 100, ms"] = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
        figures[f"tap to {name}, worst ms"] = ordered[-1]
    return figures


def main() -> None:
    """Measures, tells, ends with 1 when a ticket never began to print."""
    options = argparse.ArgumentParser(prog="bench.print", description=__doc__.split("\n")[0])
    options.add_argument("--times", type=int, default=60, help="how often each slip is drawn and packed")
    options.add_argument("--tickets", type=int, default=200, help="taps to measure")
    options.add_argument("--pause", type=float, default=0.8, help="the longest pause before a tap, seconds")
    options.add_argument("--folder", type=Path, help="where to put the site; a temporary folder otherwise")
    chosen = options.parse_args()
    if chosen.times < 1 or not 1 <= chosen.tickets <= 9000 or chosen.pause <= 0:
        options.error("--times and --tickets are 1 or more, --tickets at most 9000, --pause above 0")
    figures = costs(chosen.times) | {"ticket 80 mm: s at 115200 baud, measured": round(slow_line(), 2)}
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures |= taps(Path(folder), chosen.tickets, (0.0, chosen.pause))
    finish("print", figures, TARGETS, bool(figures[NEVER]))


if __name__ == "__main__":
    main()
