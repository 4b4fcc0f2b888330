"""Decodes what volunteers' tablets and phones see: the hub passes their pictures on to whichever agent asks for one."""

from __future__ import annotations

import io
import logging
import re
import threading
import time
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image

from kiosk.agent.hub_link import Backoff, HubGone, HubLink, HubRefused, PassedFrame
from kiosk.devices import decoder
from kiosk.devices.coach import Coach
from kiosk.devices.decoder import Frame, Reading, Stream

log = logging.getLogger("kiosk.agent")

# A hub that has nothing to pass on lets us wait; one that answers at once has no room for us.
AT_ONCE_SECONDS = 1.0
FORGET_SECONDS = 10.0
MOST_SOURCES = 16
# What is decoded of a photo: larger ones are halved while they are read, which costs a fraction of the memory.
ENOUGH_PIXELS = 13_000_000
# What is taken at all: a small file may say that it is a picture of any size.
MOST_PIXELS = {"JPEG": 64_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
# A JPEG that comes in layers has about ten. Each of a few bytes goes over the whole picture: thousands take hours.
MOST_LAYERS = 64
# Begins a part of a JPEG; the signs left out may stand in the picture's own bytes, or have no part.
MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd7\xff])", re.DOTALL)
LAYER, END = b"\xda", b"\xd9"
# No code has room in less.
SHORTEST_SIDE = 64
# A sharp code that fills a photo is read better in half its size, but a small one is not.
WORTH_HALVING = 3_000_000
# As many as the hub takes of one picture; a printed sheet of labels may hold more.
MOST_CODES = 20
# Advice for a hand is about what it holds: nothing code-like for so long, and there is none.
ADVISED_SECONDS = 1.0
REDUCED = {
    1: cv2.IMREAD_GRAYSCALE,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}


class BadPicture(Exception):
    """These bytes are no picture that we take. `word`: why, as the tablet's page knows it."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass
class _Tablet:
    """One tablet's live picture. It is held in a hand: advice is given only where something like a code is seen."""

    formats: tuple[str, ...]
    used_at: float = 0.0
    seen_at: float = 0.0
    coach: Coach = field(default_factory=Coach)
    stream: Stream = field(init=False)

    def __post_init__(self) -> None:
        self.stream = Stream(self.formats)

    def look(self, frame: Frame, now: float) -> tuple[list[Reading], str]:
        self.used_at = now
        readings = self.stream.feed(frame)
        if self.stream.sighting is not None:
            self.seen_at = now
        advice = self.coach.watch(frame, readings, self.stream.sighting, now)
        return readings, str(advice) if advice and now - self.seen_at < ADVISED_SECONDS else ""


class Frames:
    """The thread that decodes for tablets; it rests as long as it has worked, for the kiosk's own camera goes first."""

    def __init__(self, hub: HubLink, stop: threading.Event) -> None:
        self._hub = hub
        self._stop = stop
        self._tablets: dict[str, _Tablet] = {}
        self._idle = threading.Event()
        self._idle.set()

    def wait_until_idle(self, seconds: float) -> None:
        """After the stop: a process that ends in the middle of a picture is aborted inside the decoder."""
        self._idle.wait(seconds)

    def run(self) -> None:
        """Ask for a frame, say what is in it, until the program stops."""
        backoff = Backoff()
        while not self._stop.is_set():
            asked = time.monotonic()
            try:
                frame = self._hub.next_frame()
            except (HubGone, HubRefused):
                self._stop.wait(backoff.failed())
                continue
            backoff.worked()
            if frame is not None:
                self._stop.wait(self._serve(frame))
            elif time.monotonic() - asked < AT_ONCE_SECONDS:
                self._stop.wait(AT_ONCE_SECONDS)

    def _serve(self, frame: PassedFrame) -> float:
        """Decodes and answers; gives the seconds that decoding took."""
        began = time.monotonic()
        self._idle.clear()
        try:
            if self._stop.is_set():
                return 0.0
            readings, advice = self.see(frame, began)
        except BadPicture as error:
            readings, advice = [], error.word
        except Exception:
            # Anybody's picture, made to be as odd as it likes, must not take the kiosk's own camera and printer along.
            log.exception("frame.failed id=%s bytes=%d", frame.id, len(frame.picture))
            readings, advice = [], "unreadable"
        finally:
            self._idle.set()
        spent = time.monotonic() - began
        codes = [(reading.raw, reading.symbology) for reading in readings[:MOST_CODES]]
        try:
            self._hub.tell_frame(frame.id, codes, advice)
        except (HubGone, HubRefused):
            log.info("frame.late id=%s", frame.id)  # nobody waits for it any more
        return spent

    def see(self, frame: PassedFrame, now: float) -> tuple[list[Reading], str]:
        """The codes in a frame, or a word of advice (`now`: seconds, monotonic). Raises BadPicture."""
        picture = open_picture(frame.picture)
        if not frame.live:
            return read_photo(picture, frame.formats), ""
        return self._tablet(frame, now).look(picture, now)

    def _tablet(self, frame: PassedFrame, now: float) -> _Tablet:
        self._tablets = {key: one for key, one in self._tablets.items() if now - one.used_at < FORGET_SECONDS}
        known = self._tablets.get(frame.source)
        if known is None or known.formats != frame.formats:
            while len(self._tablets) >= MOST_SOURCES:
                del self._tablets[min(self._tablets, key=lambda key: self._tablets[key].used_at)]
            known = self._tablets[frame.source] = _Tablet(frame.formats)
        return known


def open_picture(content: bytes) -> Frame:
    """A JPEG, PNG or WebP as grey pixels, at most 13 million of them. Raises BadPicture before it unpacks a bomb."""
    try:
        with Image.open(io.BytesIO(content), formats=tuple(MOST_PIXELS)) as head:
            # A phone's photo with a second picture in it is a JPEG that Pillow calls MPO.
            kind = "JPEG" if head.format == "MPO" else str(head.format)
            pixels, shortest = head.width * head.height, min(head.size)
    except Image.DecompressionBombError:
        raise BadPicture("too_large") from None
    except (OSError, ValueError, SyntaxError):
        raise BadPicture("unreadable") from None
    if pixels > MOST_PIXELS[kind]:
        raise BadPicture("too_large")
    if shortest < SHORTEST_SIDE or (kind == "JPEG" and _layers(content) > MOST_LAYERS):
        raise BadPicture("unreadable")
    factor = next(factor for factor in REDUCED if pixels / factor**2 <= ENOUGH_PIXELS or factor == max(REDUCED))
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), REDUCED[factor] | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        picture = None
    if picture is None:
        raise BadPicture("unreadable")
    return np.asarray(picture, np.uint8)


def _layers(jpeg: bytes) -> int:
    """How many times a decoder goes over this picture. What comes behind its end (a phone's film) does not count."""
    layers, at = 0, 2
    while (marker := MARKER.search(jpeg, at)) and marker[1] != END:
        layers += marker[1] == LAYER
        at = marker.end() + max(2, int.from_bytes(jpeg[marker.end() : marker.end() + 2], "big"))
    return layers


def read_photo(picture: Frame, formats: tuple[str, ...]) -> list[Reading]:
    """All that can be found in one picture that somebody took on purpose."""
    readings = decoder.decode(picture, formats)
    if not readings and picture.size > WORTH_HALVING:
        half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        readings = decoder.decode(np.asarray(half, np.uint8), formats)
    return readings
