"""Small pictures of cameras on their way to whoever asked: in memory only, shown once, gone after a minute."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

KEPT_SECONDS = 60.0
# An agent beats every two seconds.
PATIENCE_SECONDS = 12.0
LARGEST_BYTES = 60_000


@dataclass(frozen=True)
class Picture:
    """A JPEG; how large, light and sharp the camera's own was (good, soft, poor). Or `trouble`: why there is none."""

    jpeg: bytes = field(default=b"", repr=False)
    width: int = 0
    height: int = 0
    light: str = ""
    sharp: str = ""
    trouble: str = ""


@dataclass
class _Wish:
    station: str
    at: float
    handed_on: bool = False
    picture: Picture | None = None
    shown: bool = False


class Pictures:
    """One wish a session. `clock`: seconds, monotonic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._wishes: dict[str, _Wish] = {}

    def ask(self, session: str, station: str) -> None:
        """This session wants to see what the station's camera sees; what it wanted before is forgotten."""
        with self._lock:
            self._forget()
            self._wishes[session] = _Wish(station, self._clock())

    def wanted(self, station: str) -> bool:
        """Does anybody wait for a picture of this station? Said once for each wish."""
        with self._lock:
            self._forget()
            new = [wish for wish in self._wishes.values() if wish.station == station and not wish.handed_on]
            for wish in new:
                wish.handed_on = True
            return bool(new)

    def put(self, station: str, picture: Picture) -> bool:
        """The agent's answer, for everybody who waits for it; did anybody?"""
        with self._lock:
            self._forget()
            waiting = [
                wish for wish in self._wishes.values()
                if wish.station == station and wish.handed_on and wish.picture is None
            ]  # fmt: skip
            for wish in waiting:
                wish.picture, wish.at = picture, self._clock()
            return bool(waiting)

    def find(self, session: str) -> tuple[str, str, Picture | None]:
        """(station, state, the numbers): state is "" (nothing asked, or gone), waiting, late, here, seen, trouble."""
        with self._lock:
            self._forget()
            wish = self._wishes.get(session)
            if wish is None:
                return "", "", None
            if wish.picture is None:
                late = self._clock() - wish.at > PATIENCE_SECONDS
                return wish.station, "late" if late else "waiting", None
            return wish.station, "trouble" if wish.picture.trouble else "seen" if wish.shown else "here", wish.picture

    def take(self, session: str) -> bytes | None:
        """The picture itself, once; None for everybody else, and for a second look."""
        with self._lock:
            self._forget()
            wish = self._wishes.get(session)
            if wish is None or wish.picture is None or wish.shown or not wish.picture.jpeg:
                return None
            wish.shown, jpeg = True, wish.picture.jpeg
            wish.picture = Picture(b"", *_numbers(wish.picture))
            return jpeg

    def _forget(self) -> None:
        now = self._clock()
        self._wishes = {key: wish for key, wish in self._wishes.items() if now - wish.at < KEPT_SECONDS}


def _numbers(picture: Picture) -> tuple[int, int, str, str]:
    return picture.width, picture.height, picture.light, picture.sharp
