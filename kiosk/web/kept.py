"""What many screens ask for at once is made once while nothing has changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from flask import current_app, g

T = TypeVar("T")


class Kept(Generic[T]):
    """The last answers, the oldest forgotten first. `good_for`: how long one is good although nothing has changed:
    times go on."""

    def __init__(self, good_for: timedelta, most: int) -> None:
        self._good_for, self._most = good_for, most
        self._kept: OrderedDict[Hashable, tuple[int, datetime, T]] = OrderedDict()
        self._lock = Lock()

    def once(self, key: Hashable, moved: int, make: Callable[[], T]) -> T:
        """What was made for this key, of this site and in this language; else what is made now, while others wait for
        it.

        `moved`: how often anything it shows has changed (`topics.count_moves`), as this request reads the file.
        """
        whole = (current_app.config["SQLALCHEMY_DATABASE_URI"], g.language, key)
        with self._lock:
            found = self._kept.get(whole)
            if found is not None and found[0] >= moved and found[1] <= g.now.at < found[1] + self._good_for:
                return found[2]
            made = make()
            self._kept[whole] = (moved, g.now.at, made)
            self._kept.move_to_end(whole)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return made
