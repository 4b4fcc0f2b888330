"""What came out of the printer, judged from its dots alone: which slip is whole on which paper, and which is torn."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from kiosk.devices.tape import Paper

Dots = NDArray[np.bool_]

# The encoder may widen a lone dot where it would read as a real-time command; nobody sees that on paper.
MOST_DIFFERENT = 8
_ANCHORS = 3


class Slip:
    """A slip as it must come out: its drawn dots, and what its code must read as ("" for a slip without one)."""

    def __init__(self, id: str, dots: Dots, payload: str) -> None:
        inked = np.flatnonzero(dots.any(axis=1))
        self.id, self.payload = id, payload
        self.dots: Dots = dots[inked[0] : inked[-1] + 1]
        ink = self.dots.sum(axis=1)
        ordered = np.argsort(ink)[::-1]
        step = max(1, len(ordered) // 8)
        self._anchors = [(int(row), _key(self.dots[row])) for row in ordered[: step * _ANCHORS : step]]

    def count_on(self, paper: Dots, rows: dict[bytes, list[int]]) -> int:
        """How often it stands on the paper, whole."""
        found = set[int]()
        for row, key in self._anchors:
            for at in rows.get(key, ()):
                top = at - row
                if top not in found and 0 <= top <= len(paper) - len(self.dots):
                    there = paper[top : top + len(self.dots), : self.dots.shape[1]]
                    if np.count_nonzero(there != self.dots) <= MOST_DIFFERENT:
                        found.add(top)
        return len(found)


class Judge:
    """Looks at every paper once. `whole` counts, by slip's id, how often each came out whole."""

    def __init__(self) -> None:
        self.whole: Counter[str] = Counter()
        self.papers = self.torn = self.unread = 0

    def look(self, papers: Sequence[Paper], slips: Iterable[Slip]) -> None:
        """Judges the papers that were cut since the last look; one of `slips` may be on each."""
        known = list(slips)
        for paper in papers[self.papers :]:
            self.papers += 1
            counts = count_slips(paper.dots, known)
            self.whole.update(counts)
            self.torn += not counts and bool(paper.dots.any())
            read = codes_on(paper.dots) if counts else []
            self.unread += sum(slip.payload not in read for slip in known if counts[slip.id] and slip.payload)


def count_slips(paper: Dots, slips: Iterable[Slip]) -> Counter[str]:
    """By slip's id, how often each is whole on the paper; only those that are."""
    rows: dict[bytes, list[int]] = {}
    for nth, row in enumerate(paper):
        rows.setdefault(_key(row), []).append(nth)
    counts = {slip.id: slip.count_on(paper, rows) for slip in slips}
    return Counter({id: count for id, count in counts.items() if count})


def codes_on(paper: Dots) -> list[str]:
    """What a decoder reads on the paper."""
    return [code.text for code in zxingcpp.read_barcodes(np.where(paper, 0, 255).astype(np.uint8))]


def dots_of(png: bytes) -> Dots:
    """The dots of a picture of paper."""
    dots: Dots = ~np.asarray(Image.open(io.BytesIO(png)).convert("1"))
    return dots


def _key(row: NDArray[np.bool_]) -> bytes:
    return np.packbits(row).tobytes()
