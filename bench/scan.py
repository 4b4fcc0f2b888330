"""How many codes are read, how many wrongly, and at what cost: ours beside zxing-cpp, pyzbar and OpenCV by their
plain calls, the union of the three, and a prototype, one thread each, interleaved image by image in the same run.

Right: some text equals the truth after NFC. Wrong: some text does not. Missed: neither. On a picture without a code
every text is wrong.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import zxingcpp
from pyzbar import pyzbar

from bench import frames, scan_prototype
from bench.frames import Frame
from bench.report import Figure, Target, finish
from bench.scan_samples import Sample, generated, of_folder
from kiosk.devices import decoder

PEERS = ("zxing", "pyzbar", "opencv")
READERS = ("ours", *PEERS, "union", "prototype")
TARGETS = (
    Target("scenarios below the best single peer", "<=", 0),
    Target("ours minus union, points", ">=", 0.01),
    Target("ours minus prototype, points", ">=", 0.01),
    Target("wrong", "<=", 0),
    Target("CPU, frames with a code, of zxing plain", "<=", 0.8),
    Target("CPU, empty frames, of zxing plain", "<=", 0.25),
)


@dataclass
class Tally:
    """What one reader did on some samples."""

    right: int = 0
    wrong: int = 0
    count: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, right: bool, wrong: bool, seconds: float) -> None:
        """One more sample."""
        self.right += right
        self.wrong += wrong
        self.count += 1
        self.seconds.append(seconds)

    @property
    def share(self) -> float:
        """Right, in per cent."""
        return 100 * self.right / self.count if self.count else 0.0


@dataclass(frozen=True)
class Outcome:
    """What every reader said of one sample, and its CPU seconds."""

    sample: Sample
    texts: dict[str, frozenset[str]]
    seconds: dict[str, float]

    def right(self, reader: str) -> bool:
        """Did the reader find the code's text?"""
        return bool(self.sample.truth) and self.sample.truth in self.texts[reader]

    def wrong(self, reader: str) -> bool:
        """Did it give a text that does not stand there?"""
        return self.sample.truth is not None and bool(self.texts[reader] - {self.sample.truth})


def read_ours(frame: Frame) -> list[str]:
    """The program under test: the frame as a camera gives it."""
    return [reading.text for reading in decoder.decode(frame)]


def read_zxing(grey: Frame) -> list[str]:
    """zxing-cpp by its plain call: every format it knows."""
    return [code.text for code in zxingcpp.read_barcodes(grey)]


def read_pyzbar(grey: Frame) -> list[str]:
    """pyzbar by its plain call."""
    return [symbol.data.decode("utf-8", "replace") for symbol in pyzbar.decode(grey)]


def read_opencv(grey: Frame) -> list[str]:
    """OpenCV's own detector by its plain call (the one for several codes reads fewer); it throws on some pictures."""
    try:
        text, _, _ = cv2.QRCodeDetector().detectAndDecode(grey)
    except (cv2.error, UnicodeDecodeError, SystemError):
        return []
    return [text]


READ: dict[str, Callable[[Frame], Iterable[str]]] = {
    "zxing": read_zxing,
    "pyzbar": read_pyzbar,
    "opencv": read_opencv,
    "prototype": scan_prototype.decode,
    "ours": read_ours,
}


def look(sample: Sample, turn: int) -> Outcome:
    """Every reader on one sample; who begins changes with `turn`, so that nobody always finds a warm cache."""
    grey = sample.frame
    if grey.ndim == 3:
        grey = np.asarray(cv2.cvtColor(grey, cv2.COLOR_BGR2GRAY), np.uint8)
    texts: dict[str, frozenset[str]] = {}
    seconds: dict[str, float] = {}
    order = list(READ)
    for name in order[turn % len(order) :] + order[: turn % len(order)]:
        picture = sample.frame if name == "ours" else grey
        begun = time.process_time()
        found = READ[name](picture)
        seconds[name] = time.process_time() - begun
        texts[name] = frozenset(unicodedata.normalize("NFC", text) for text in found if text)
    texts["union"] = frozenset().union(*(texts[peer] for peer in PEERS))
    seconds["union"] = sum(seconds[peer] for peer in PEERS)
    return Outcome(sample, texts, seconds)


def tally(outcomes: Iterable[Outcome], reader: str) -> Tally:
    """What one reader did on them."""
    result = Tally()
    for outcome in outcomes:
        result.add(outcome.right(reader), outcome.wrong(reader), outcome.seconds[reader])
    return result


def by_scenario(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes of each scenario, in the order in which they were met."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.sample.scenario, []).append(outcome)
    return groups


def best_peer(outcomes: Sequence[Outcome]) -> float:
    """The share of the best single peer, in per cent."""
    return max(tally(outcomes, peer).share for peer in PEERS)


def print_scenarios(coded: Sequence[Outcome], empty: Sequence[Outcome]) -> None:
    """One line a scenario: right in per cent, and wrong where there was any; below that what each reader costs."""
    head = "".join(f"{name:>15}" for name in READERS)
    print(f"{'right % (wrong)':<16}{'n':>5}{head}{'ours−best':>11}")
    for scenario, group in by_scenario(coded).items():
        margin = tally(group, "ours").share - best_peer(group)
        print(f"{scenario:<16}{len(group):>5}{_shares(group)}{margin:>+11.1f}")
    print(f"\n{'median/p95 ms, CPU of zxing':<27}{'n':>5}{''.join(f'{name:>19}' for name in READERS)}")
    for scenario, group in (by_scenario(coded) | by_scenario(empty)).items():
        print(f"{scenario:<27}{len(group):>5}{''.join(f'{_cost(group, name):>19}' for name in READERS)}")
    if empty:
        print(f"\n{'wrong on empty frames':<21}{head}")
        cells = "".join(f"{tally(empty, name).wrong:>15}" for name in READERS)
        print(f"{len(empty):>5}{'':<16}{cells}")


def print_together(coded: Sequence[Outcome], empty: Sequence[Outcome]) -> None:
    """Everything together: right, wrong, missed and cost of each reader, the severity at which half is lost."""
    head = f"\n{'together':<12}{'right %':>9}{'wrong':>7}{'missed':>8}{'half lost':>11}{'median ms':>11}{'p95 ms':>9}"
    print(f"{head}{'CPU':>7}{'of each':>9}{'empty ms':>10}{'p95':>7}{'CPU':>7}{'of each':>9}")
    for name in READERS:
        total, idle = tally(coded, name), tally(empty, name)
        missed = sum(not each.right(name) and not each.wrong(name) for each in coded)
        print(
            f"{name:<12}{total.share:>9.1f}{total.wrong + idle.wrong:>7}{missed:>8}{half_lost(coded, name):>11}"
            f"{_ms(total, 50):>11.1f}{_ms(total, 95):>9.1f}{ratio(coded, name):>7.2f}{ratio_each(coded, name):>9.2f}"
            f"{_ms(idle, 50):>10.1f}{_ms(idle, 95):>7.1f}{ratio(empty, name):>7.2f}{ratio_each(empty, name):>9.2f}"
        )
    print(
        "CPU: mean, as a ratio to zxing's mean (this is the target). Of each: the mean of the ratios, frame by frame."
    )


def half_lost(outcomes: Sequence[Outcome], reader: str) -> str:
    """The first severity of which the reader misses at least half; "-" if there is none."""
    for severity in range(frames.SEVERITIES):
        group = [each for each in outcomes if each.sample.severity == severity]
        if group and tally(group, reader).share <= 50:
            return str(severity)
    return "-"


def ratio(outcomes: Sequence[Outcome], reader: str) -> float:
    """Mean CPU as a ratio to zxing-cpp's plain call."""
    plain = sum(each.seconds["zxing"] for each in outcomes)
    return sum(each.seconds[reader] for each in outcomes) / plain if plain else 0.0


def ratio_each(outcomes: Sequence[Outcome], reader: str) -> float:
    """The mean of the ratios of each frame: the dearest frames do not drown the others."""
    ratios = [each.seconds[reader] / each.seconds["zxing"] for each in outcomes if each.seconds["zxing"]]
    return statistics.fmean(ratios) if ratios else 0.0


def print_agreement(outcomes: Sequence[Outcome]) -> None:
    """For pictures of which nobody knows the truth: how many each reader read, and how often it agreed with ours."""
    print(f"\n{len(outcomes)} pictures without a known text")
    for name in READERS:
        read = [each for each in outcomes if each.texts[name]]
        same = sum(each.texts[name] == each.texts["ours"] for each in read)
        print(f"  {name:<12}read {len(read):>5}   the same as ours {same:>5}")


def figures_of(coded: Sequence[Outcome], empty: Sequence[Outcome]) -> dict[str, Figure]:
    """Every figure of a run."""
    share = {name: tally(coded, name).share for name in READERS}
    below = [name for name, group in by_scenario(coded).items() if tally(group, "ours").share < best_peer(group)]
    if below:
        print(f"\nbelow the best single peer: {', '.join(below)}")
    figures: dict[str, Figure] = {"frames with a code": len(coded), "empty frames": len(empty)}
    figures |= {f"right %, {name}": round(share[name], 1) for name in READERS}
    ours, idle = tally(coded, "ours"), tally(empty, "ours")
    return figures | {
        "scenarios below the best single peer": len(below),
        "ours minus union, points": round(share["ours"] - share["union"], 2),
        "ours minus prototype, points": round(share["ours"] - share["prototype"], 2),
        "wrong": ours.wrong + idle.wrong,
        "ours, median ms": round(_ms(ours, 50), 2),
        "ours, p95 ms": round(_ms(ours, 95), 2),
        "ours, empty frame, median ms": round(_ms(idle, 50), 2),
        "CPU, frames with a code, of zxing plain": round(ratio(coded, "ours"), 3),
        "CPU, empty frames, of zxing plain": round(ratio(empty, "ours"), 3),
    }


def measure(samples: Iterable[Sample], dump: Path | None) -> list[Outcome]:
    """Every reader on every sample; the pictures are let go again."""
    outcomes = []
    for turn, sample in enumerate(samples):
        with quiet():
            outcome = look(sample, turn)
        if dump and (outcome.wrong("ours") or (sample.truth and not outcome.right("ours"))):
            keep(outcome, dump)
        nothing = np.empty((0, 0), np.uint8)
        kept = Sample(sample.name, sample.scenario, sample.severity, nothing, sample.truth)
        outcomes.append(Outcome(kept, outcome.texts, outcome.seconds))
    return outcomes


def keep(outcome: Outcome, dump: Path) -> None:
    """Writes a frame that we missed or read wrongly, named by who could read it, with its text beside it."""
    sample = outcome.sample
    able = "+".join(name for name in (*PEERS, "prototype") if outcome.right(name)) or "nobody"
    word = "wrong" if outcome.wrong("ours") else "missed"
    scenario = sample.scenario.replace(": ", "-").replace("/", "-")
    path = dump / f"{word}-{scenario}-{sample.severity}-{Path(sample.name).stem}-{able}.png"
    dump.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), sample.frame)
    path.with_suffix(".txt").write_text(sample.truth or "none", encoding="utf-8")


@contextmanager
def quiet() -> Iterator[None]:
    """OpenCV and zbar write warnings about odd codes straight to the terminal; a table has no use for them."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _shares(group: Sequence[Outcome]) -> str:
    cells = []
    for name in READERS:
        one = tally(group, name)
        cells.append(f"{one.share:>7.1f} {f'({one.wrong})' if one.wrong else '':<7}")
    return "".join(cells)


def _cost(group: Sequence[Outcome], reader: str) -> str:
    one = tally(group, reader)
    return f"{_ms(one, 50):.1f}/{_ms(one, 95):.1f} {ratio(group, reader):5.2f}"


def _ms(one: Tally, percent: int) -> float:
    return float(np.percentile(one.seconds, percent)) * 1000 if one.seconds else 0.0


def main() -> None:
    """Measures, tells, ends with 1 when ours gave a wrong text."""
    options = argparse.ArgumentParser(prog="bench.scan", description=__doc__.split("\n\n")[0])
    options.add_argument("--count", type=int, default=680, help="invented frames with a code (680)")
    options.add_argument("--seed", type=int, default=4, help="another seed, other frames (4)")
    options.add_argument("--folder", type=Path, help="real pictures instead: name.png + name.txt, or truth.csv")
    options.add_argument("--dump", type=Path, help="a folder for the frames that we missed or read wrongly")
    chosen = options.parse_args()
    if chosen.count < 1 or (chosen.folder and not chosen.folder.is_dir()):
        options.error("--count is at least 1, --folder is a folder")
    cv2.setNumThreads(1)
    samples = of_folder(chosen.folder) if chosen.folder else generated(chosen.count, chosen.seed)
    outcomes = measure(samples, chosen.dump)
    if not outcomes:
        options.error("there is no picture in this folder")
    coded = [each for each in outcomes if each.sample.truth]
    empty = [each for each in outcomes if each.sample.truth == ""]
    print_scenarios(coded, empty)
    print_together(coded, empty)
    if unknown := [each for each in outcomes if each.sample.truth is None]:
        print_agreement(unknown)
    figures = figures_of(coded, empty)
    finish("scan", figures, TARGETS, bool(figures["wrong"]))


if __name__ == "__main__":
    main()
