"""Finding one among all: what a scan and a search by name take, beside the plainest programs that do the same."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from uuid import uuid4

from kiosk.actions import looking, scanning
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.demo import cards
from kiosk.demo.commune import Invented
from kiosk.rules import codes
from kiosk.rules.actor import Actor
from kiosk.rules.person import plain
from kiosk.rules.words import Role
from kiosk.store.database import db


def look_up(settings: Settings, people: Sequence[Invented], count: int) -> dict[str, float]:
    """What a scan and a search by name take with everybody known, and what the plainest programs take."""
    chance, now = random.Random(5), Clock(settings.site.time_zone).now()
    some = chance.sample(people, min(count, len(people)))
    volunteer = Actor("bench", Role.VOLUNTEER, "desk-1")
    figures: dict[str, float] = {}
    with create_app(settings).app_context():
        bearing = [codes.read(cards.card_text(one)) for one in some]
        scans = [took(lambda code=code: scanning._find_holder(code, now.on)) for code in bearing]  # type: ignore[misc]
        words = [text for one in some for text in spoken(one.identity.name, chance)]
        searches = [
            took(lambda text=text: looking.find_people(volunteer, now, str(uuid4()), text, ""))  # type: ignore[misc]
            for text in words
        ]
        db.session.remove()
        db.engine.dispose()
    figures |= spread("scan look-up", scans) | spread("name search", searches)
    plainly = words[: max(1, len(words) // 10)]
    with closing(sqlite3.connect(settings.folder / "kiosk.db")) as file:
        query = "SELECT id FROM person WHERE name LIKE ? LIMIT 20"
        like = [took(lambda text=text: file.execute(query, (f"%{text}%",)).fetchall()) for text in plainly]  # type: ignore[misc]
        names = [name for (name,) in file.execute("SELECT name FROM person")]
    figures["SQL LIKE with the name as typed, median, ms"] = median(like)
    walk = [took(lambda text=text: [name for name in names if plain(text) in plain(name)]) for text in plainly[:5]]  # type: ignore[misc]
    return figures | {"walk over all names without marks, median, ms": median(walk)}


def spoken(name: str, chance: random.Random) -> Iterator[str]:
    """A name as people type it: as it is, without marks, given name first, and only the beginnings of its words."""
    words = name.split()
    yield name
    yield plain(name)
    yield plain(" ".join([words[-1], *words[:-1]]))
    yield " ".join(word[: max(2, chance.randint(2, 4))] for word in plain(name).split())


def took(do: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    do()
    return (time.perf_counter() - begun) * 1000


def median(took: Sequence[float]) -> float:
    """The middle one."""
    return round(sorted(took)[len(took) // 2], 2)


def spread(name: str, took: Sequence[float]) -> dict[str, float]:
    """The figures of that name."""
    ordered = sorted(took)
    return {
        f"{name}, median, ms": median(took),
        f"{name}, 95th of 100, ms": round(ordered[len(ordered) * 95 // 100], 2),
        f"{name}, worst, ms": round(ordered[-1], 2),
    }
