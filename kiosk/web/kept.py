"""What many screens ask for at once is made once while nothing has changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from flask import current_app, g

T = TypeVar("T")
# Whoever has waited so long for somebody else's answer makes it.
PATIENCE_SECONDS = 2.0


class Kept(Generic[T]):
    """The last answers, the oldest forgotten first. `good_for`: how long one is good although nothing has changed:
    times go on."""

    def __init__(self, good_for: timedelta, most: int) -> None:
        self._good_for, self._most = good_for, most
        self._kept: OrderedDict[Hashable, tuple[int, datetime, T]] = OrderedDict()
        self._lock = Lock()
        # Whoever makes an answer holds up those alone who ask for the same, and the few whose keys fall together.
        self._making = [Lock() for _ in range(16)]

    def once(self, key: Hashable, moved: int, make: Callable[[], T]) -> T:
        """What was made for this key, of this site and in this language; else what is made now, while others wait for
        it, but not for ever.

        `moved`: how often anything it shows has changed (`topics.count_moves`), as this request reads the file.
        """
        whole = (current_app.config["SQLALCHEMY_DATABASE_URI"], g.language, key)
        found = self._find(whole, moved)
        if found is not None:
            return found[2]
        making = self._making[hash(whole) % len(self._making)]
        mine = making.acquire(timeout=PATIENCE_SECONDS)
        try:
            found = self._find(whole, moved) or self._keep(whole, (moved, g.now.at, make()))
        finally:
            if mine:
                making.release()
        return found[2]

    def _find(self, whole: Hashable, moved: int) -> tuple[int, datetime, T] | None:
        with self._lock:
            found = self._kept.get(whole)
        # Whoever began to ask a moment before the answer was made may have it too.
        return found if found and found[0] >= moved and abs(g.now.at - found[1]) < self._good_for else None

    def _keep(self, whole: Hashable, made: tuple[int, datetime, T]) -> tuple[int, datetime, T]:
        with self._lock:
            self._kept[whole] = made
            self._kept.move_to_end(whole)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
