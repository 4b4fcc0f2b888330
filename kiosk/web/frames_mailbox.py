"""Frames on their way from a tablet to an agent that decodes them: in memory, for seconds, one a tablet.

The hub is one process (`kiosk/server.py`), so its threads meet here: one holds the tablet's request, one the agent's.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

# A thread of the hub waits for each of them; the hub has 64, and its event streams take most.
MOST_FRAMES = 8
MOST_ASKING = 4
# An agent that has not answered by then may be dead: another one gets the frame as well.
HANDED_OVER_SECONDS = 1.2
# An agent asks again as soon as it can; one that has not is switched off.
SILENT_SECONDS = 10.0
COOL_DOWN_SECONDS = 4.0


@dataclass(frozen=True)
class Frame:
    """A picture as the tablet sent it. `source`: which tablet; `live`: one of many, not a photo taken on purpose."""

    id: str
    source: str
    live: bool
    formats: tuple[str, ...]
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Reading:
    """A code that an agent has read in a frame."""

    raw: bytes = field(repr=False)
    symbology: str


@dataclass(frozen=True)
class Seen:
    """What an agent says of a frame: its codes, or a word on why there are none ("": nothing code-like)."""

    readings: tuple[Reading, ...]
    advice: str = ""


NO_AGENT = Seen((), "no_agent")
BUSY = Seen((), "busy")


@dataclass
class _Letter:
    frame: Frame
    given_to: set[str] = field(default_factory=set)
    given_at: float = 0.0
    seen: Seen | None = None

    def is_for(self, agent: str, now: float) -> bool:
        if self.seen is not None or agent in self.given_to:
            return False
        return not self.given_to or now - self.given_at >= HANDED_OVER_SECONDS

    def give(self, agent: str, now: float) -> Frame:
        self.given_to.add(agent)
        self.given_at = now
        return self.frame


class Mailbox:
    """Tablets `ask`, agents `take` and `answer`; nothing is kept longer than a tablet waits."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._letters: dict[str, _Letter] = {}
        self._asking: dict[str, object] = {}
        self._asked_at: float | None = None
        self._read: dict[tuple[str, bytes], tuple[str, float, bool]] = {}

    def ask(self, frame: Frame, seconds: float) -> Seen:
        """What an agent sees in the frame; NO_AGENT at once when none listens, BUSY when none answers in time.

        A newer frame of the same source takes its place.
        """
        with self._news:
            if not self.is_listened_to():
                return NO_AGENT
            if frame.source not in self._letters and len(self._letters) >= MOST_FRAMES:
                return BUSY
            letter = _Letter(frame)
            self._letters.pop(frame.source, None)
            self._letters[frame.source] = letter
            self._news.notify_all()
            self._news.wait_for(lambda: letter.seen or self._letters.get(frame.source) is not letter, seconds)
            if self._letters.get(frame.source) is letter:
                del self._letters[frame.source]
            return letter.seen or BUSY

    @property
    def waiting(self) -> int:
        """How many frames tablets wait for."""
        return len(self._letters)

    @property
    def asking(self) -> int:
        """How many agents wait for a frame."""
        return len(self._asking)

    def is_listened_to(self) -> bool:
        """Does an agent ask for frames, or did one a moment ago?"""
        heard = self._asked_at is not None and time.monotonic() - self._asked_at < SILENT_SECONDS
        return self.asking > 0 or heard

    def take(self, agent: str, seconds: float, hung_up: Callable[[], bool] = lambda: False) -> Frame | None:
        """The frame that waits longest, now in this agent's hands; None when there is none within `seconds`.

        `hung_up`: has the agent gone away? One that asks again has given up the question before: that one ends.
        """
        until = time.monotonic() + seconds
        with self._news:
            if agent not in self._asking and len(self._asking) >= MOST_ASKING:
                return None
            question = self._asking[agent] = object()
            while self._asking.get(agent) is question and not hung_up():
                now = time.monotonic()
                letter = next((each for each in self._letters.values() if each.is_for(agent, now)), None)
                if letter is not None or now >= until:
                    self._asked_at = now
                    del self._asking[agent]
                    return letter.give(agent, now) if letter else None
                self._news.wait(min(until - now, HANDED_OVER_SECONDS))
            if self._asking.get(agent) is question:
                del self._asking[agent]
            return None

    def answer(self, agent: str, id: str, seen: Seen) -> bool:
        """Was this frame given to this agent, and is it still waited for? Only then is the answer taken, once."""
        with self._news:
            for letter in self._letters.values():
                if letter.frame.id == id and agent in letter.given_to and letter.seen is None:
                    letter.seen = seen
                    self._news.notify_all()
                    return True
        return False

    def known(self, source: str, raw: bytes) -> str | None:
        """The scan that this code has already made at this tablet; it stays one while the code stays in view."""
        now, code = time.monotonic(), (source, _digest(raw))
        with self._news:
            self._forget(now)
            if code not in self._read:
                return None
            scan, _, lasting = self._read[code]
            if lasting:
                self._read[code] = scan, now, lasting
            return scan

    def note(self, source: str, raw: bytes, scan: str, lasting: bool = True) -> None:
        """This code has made this scan at this tablet; `lasting`: it needs no second look while it stays in view."""
        now = time.monotonic()
        with self._news:
            self._forget(now)
            self._read[source, _digest(raw)] = scan, now, lasting

    def _forget(self, now: float) -> None:
        self._read = {code: read for code, read in self._read.items() if now - read[1] < COOL_DOWN_SECONDS}


def _digest(raw: bytes) -> bytes:
    # The code itself says who somebody is: this is enough to know it again.
    return hashlib.blake2s(raw).digest()
