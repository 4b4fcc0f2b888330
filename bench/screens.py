"""A change at one station, and how long until every other screen shows it: 4 kiosks, 8 tables, 3 boards, 30 phones.

A real hub. The screens do what their pages do: they hold an event stream, and fetch each partial that the event
concerns, one after the other on one connection (a browser has six). Codes are read at the kiosks, the desk checks in,
tables call, receive, identify and give: POSTs at an even pace, each of which a kind of screen must show. The clock runs
from the POST's answer to the partial that shows it being in hand. The phones poll their tickets' page meanwhile. The
peer in the same run: the same screens without streams, which ask for everything every two seconds.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from uuid import uuid4

import requests

from bench import tables
from bench.report import Figure, Target, finish
from bench.rig import cpu_seconds, until
from bench.screens_pages import Phone, Screen, Seen
from bench.screens_site import KIOSKS, VOLUNTEER, Site
from kiosk import protocols
from kiosk.demo import cards
from kiosk.demo.program import free_ports
from kiosk.rules.person import masked_name
from kiosk.wording import say

TABLES, PHONES = 7, 30
P95, LOST, FAILED = "change to screen, 95th of 100, ms", "updates lost", "requests failed"
TARGETS = (Target(P95, "<=", 500), Target(LOST, "<=", 0), Target(FAILED, "<=", 0))
# What a screen has not shown by then is lost.
LOST_SECONDS = 15.0
WARM = 8


@dataclass(frozen=True)
class Change:
    """A POST that was answered: what it was, when, and what which screens must show then."""

    what: str
    begun: float
    answered: float
    screens: Sequence[Screen]
    shows: Callable[[Seen], bool]


class Hall:
    """All screens of the site, and whoever changes something."""

    def __init__(self, site: Site) -> None:
        self._site, self.changes = site, list[Change]()
        self._desk = self._worker(VOLUNTEER, "/desk/desk-1")
        self._nurses = [self._worker(site.tokens[n], f"/table/{tables.station(n)}") for n in range(TABLES)]
        self._line = [self._steps(n) for n in range(TABLES)]
        self._arriving: Iterator[None] = iter(())

    def furnish(self, *, polls: bool) -> list[Screen]:
        """Opens every screen; instead of those that were there."""
        port, site = self._site.port, self._site
        at_tables = [(tables.station(n), site.tokens[n]) for n in range(TABLES)] + [("screening-1", tables.DOCTOR)]
        every = [Screen("table", port, f"/table/{code}", f"staff={token}", polls=polls) for code, token in at_tables]
        self.tables, self.doctor = every[:TABLES], every[TABLES:]
        self.kiosks = [
            Screen("kiosk", port, f"/kiosk/{code}", f"screen-{code}={token}", polls=polls)
            for code, token in site.paired.items()
        ]
        paths = ("/board", "/board/board-2", "/board/board-3")
        self.boards = [Screen("board", port, path, polls=polls) for path in paths]
        screens = [*self.kiosks, *every, *self.boards]
        for screen in screens:
            screen.open()
        return screens

    def _worker(self, token: str, path: str) -> tables.Client:
        client = tables.Client(self._site.port, f"staff={token}")
        client.open(path)
        return client

    def _post(self, client: tables.Client, path: str, *fields: tuple[str, str]) -> tuple[float, float]:
        begun = time.perf_counter()
        status = client.post(path, ("key", str(uuid4())), *fields)
        if status != 303:
            raise RuntimeError(f"{path}: {status}")
        return begun, time.perf_counter()

    def _say(self, what: str, when: tuple[float, float], screens: Sequence[Screen], shows: Callable[[Seen], bool]
             ) -> None:  # fmt: skip
        self.changes.append(Change(what, *when, screens, shows))

    def _steps(self, n: int) -> Iterator[None]:
        """A table's work, a POST at a time."""
        at, client, site = f"/table/{tables.station(n)}", self._nurses[n], self._site
        while True:
            when = self._post(client, f"{at}/call")
            visit, series, number, seq = site.one(
                "SELECT v.id, v.series, v.n, max(m.seq) FROM visit v JOIN queue_move m ON m.visit_id = v.id "
                "WHERE v.station = ? AND v.state = 'called' AND m.kind = 'call'", tables.station(n),
            )  # fmt: skip
            label, said = f"{series} {number:03}", f'data-seq="{seq}"'
            self._say("call", when, self.boards, lambda seen, said=said: said in seen.text)  # type: ignore[misc]
            others = [each for each in self.tables if not each.path.endswith(tables.station(n))]
            self._say("call", when, others, _waits_no_more(label))
            yield
            when = self._post(client, f"{at}/visit/{visit}/receive")
            self._say("receive", when, self.boards,
                      lambda seen, said=said: seen.part == "board" and said not in seen.text)  # type: ignore[misc]  # fmt: skip
            yield
            self._post(client, f"{at}/visit/{visit}/identity/spoken", ("spoken", "name"), ("spoken", "birth"))
            yield
            given = (("vial_id", site.vials[n]), ("dose_number", "1"), ("arm", "left"))
            self._post(client, f"{at}/visit/{visit}/dose", *given)
            yield

    def arrive(self, n: int) -> Iterator[None]:
        """Somebody holds their card to the nth kiosk, but takes their number at the desk."""
        person, kiosk = self._site.coming.pop(), f"kiosk-{n + 1}"
        id, raw = str(uuid4()), base64.b64encode(cards.card_text(person).encode()).decode()
        begun = time.perf_counter()
        token = {"Authorization": f"Bearer {self._site.paired[kiosk]}"}
        body = {"id": id, "raw": raw, "symbology": "QRCode"}
        requests.post(f"http://127.0.0.1:{self._site.port}/device/scans", json=body, headers=token, timeout=30)
        name = masked_name(person.identity.name)
        self._say("code read", (begun, time.perf_counter()), [self.kiosks[n]], lambda seen: name in seen.text)
        yield
        (of,) = self._site.one("SELECT id FROM person WHERE number = ?", person.identity.number)
        self._post(self._desk, f"/desk/desk-1/open/{of}")
        said = [(f"none-{group.code}", "yes") for group in protocols.declaration().groups]
        when = self._post(self._desk, f"/desk/desk-1/person/{of}/check-in", *said)
        series, number = self._site.one("SELECT series, n FROM visit WHERE person_id = ?", of)
        (waiting,) = self._site.one("SELECT count(*) FROM visit WHERE step = 'screening' AND state = 'waiting'")
        self._say("check-in", when, self.doctor, _waits(f"{series} {number:03}", int(waiting)))
        client = tables.Client(self._site.port, f"screen-{kiosk}={self._site.paired[kiosk]}")
        client.open(f"/kiosk/{kiosk}")
        self._post(client, f"/kiosk/{kiosk}/scan/{id}/drop")
        yield

    def work(self, count: int, each_second: float) -> None:
        """So many POSTs at an even pace, one of four of them of somebody who arrives."""
        begun = time.perf_counter()
        for nth in range(count):
            time.sleep(max(0.0, begun + nth / each_second - time.perf_counter()))
            if nth % 4 == 0:
                if next(self._arriving, self) is self:
                    self._arriving = self.arrive(nth // 4 % KIOSKS)
                    next(self._arriving)
            else:
                next(self._line[(nth - nth // 4 - 1) % TABLES])


def _waits(label: str, waiting: int) -> Callable[[Seen], bool]:
    """By number; a long line shows how many more they are."""
    return lambda seen: label in seen.text or say("table.waits", n=waiting) in seen.text


def _waits_no_more(label: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.part == "waiting-list" and label not in seen.text


def latencies(changes: Sequence[Change], patience: float = LOST_SECONDS) -> tuple[dict[str, list[float]], int]:
    """Milliseconds by kind of screen, and how many updates were never shown; waits for those still on their way."""

    def missing() -> bool:
        return any(each.when(one.shows, one.begun) is None for one in changes for each in one.screens)

    with suppress(TimeoutError):
        until("every update", lambda: not missing(), patience)
    took: dict[str, list[float]] = defaultdict(list)
    lost = 0
    for change in changes:
        for screen in change.screens:
            at = screen.when(change.shows, change.begun)
            lost += at is None
            if at is not None:
                took[screen.kind].append(max(0.0, at - change.answered) * 1000)
    return took, lost


def run(site: Site, hall: Hall, hub: int, count: int, each_second: float, *, polls: bool) -> dict[str, Figure]:
    """One time with streams, or one time without."""
    phones = [Phone(site.port, token, nth) for nth, token in enumerate(islice(cycle(site.tickets(PHONES)), PHONES))]
    screens = hall.furnish(polls=polls)
    hall.work(WARM, each_second)
    warm, begun, used = len(hall.changes), time.perf_counter(), cpu_seconds(hub)
    hall.work(count, each_second)
    busy = 100 * (cpu_seconds(hub) - used) / (time.perf_counter() - begun)
    took, lost = latencies(hall.changes[warm:])
    for screen in screens:
        screen.close()
    for phone in phones:
        phone.close()
    everything = sorted(ms for each in took.values() for ms in each)
    name = "by polling every 2 s" if polls else "change to screen"
    figures: dict[str, Figure] = {f"{name}, {nth}th of 100, ms": _nth(everything, nth) for nth in (50, 95, 99)}
    figures |= {f"{name}, {kind}, 95th of 100, ms": _nth(sorted(each), 95) for kind, each in sorted(took.items())}
    figures[f"{name}: updates"] = len(everything)
    figures[f"{name}: hub, % of a core"] = round(busy, 1)
    failed = sum(screen.failed for screen in screens) + sum(phone.failed for phone in phones)
    return figures | ({} if polls else {LOST: lost, FAILED: failed, "phones asked": sum(each.asked for each in phones)})


def _nth(ordered: Sequence[float], nth: int) -> float:
    return round(ordered[min(len(ordered) - 1, len(ordered) * nth // 100)], 1)


def measure(folder: Path, count: int, each_second: float) -> dict[str, Figure]:
    """Every figure of one run in an empty folder."""
    # Three of four POSTs are a table's, four of which a person needs; each table has one in hand when a run ends.
    site = Site(folder, 2 * ((count + WARM) // 5 + TABLES), free_ports("hub")["hub"])
    with site.served() as hub:
        hall = Hall(site)
        figures: dict[str, Figure] = {"changes": count, "changes a second": each_second}
        figures |= run(site, hall, hub, count, each_second, polls=False)
        return figures | run(site, hall, hub, count, each_second, polls=True)


def main() -> None:
    """Measures, tells, ends with 1 when a screen never showed what it must."""
    options = argparse.ArgumentParser(prog="bench.screens", description=__doc__.split("\n")[0])
    options.add_argument("--changes", type=int, default=240, help="POSTs in each of the two runs")
    options.add_argument("--per-second", type=float, default=3.0, help="how fast they come")
    options.add_argument("--folder", type=Path, help="where to put the site; a temporary folder otherwise")
    chosen = options.parse_args()
    if chosen.changes < 8 or not 0 < chosen.per_second <= 50:
        options.error("--changes is 8 or more, --per-second up to 50")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.changes, chosen.per_second)
    finish("screens", figures, TARGETS, bool(figures[LOST] or figures[FAILED]))


if __name__ == "__main__":
    main()
