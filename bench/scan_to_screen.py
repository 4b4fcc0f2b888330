"""From a card before the camera to its person on the kiosk's screen, end to end, with 50,000 people on today's list.

Real frames over a real socket into the real agent, HTTP to the real hub, its event to a client that does what the
kiosk's page does: it hears `kiosk` and fetches the partial. The clock starts when the camera hands over the first
picture that shows the whole card (it does not slide in: no hand is measured) and stops when the partial with that
person's masked name and number has arrived. Between two cards the hall is empty for one to six seconds, so that some
find the agent awake and some asleep.
"""

from __future__ import annotations

import argparse
import json
import queue
import random
import re
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from uuid import uuid4

import requests

from bench.report import Figure, Target, finish
from bench.rig import Rig, until
from bench.still_camera import StillCamera, pictures
from kiosk import importer
from kiosk.actions import day
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.demo import cards, commune
from kiosk.demo.commune import Invented
from kiosk.demo.visitor import Visitor
from kiosk.rules.actor import OPERATOR
from kiosk.rules.person import masked_name, masked_number
from kiosk.store.database import db

P95 = "card to screen, 95th of 100, ms"
TARGETS = (
    Target(P95, "<=", 300),
    Target("cards that never came to the screen", "<=", 0),
    Target("another person on the screen", "<=", 0),
)
PAGE = "/kiosk/kiosk-1"
PATIENCE_SECONDS = 20.0
PICTURES = 4


@dataclass(frozen=True)
class Turn:
    """One card's way, in `time.time` seconds; `decoded` and `answered` are the agent's own words of it."""

    shown: float
    decoded: float
    answered: float
    event: float
    screen: float


class Page:
    """The kiosk's start page, as its browser has it: one event stream, and a GET of the partial when it speaks."""

    def __init__(self, base: str, pairing_code: str) -> None:
        self._visitor = Visitor(base)
        self._visitor.open(PAGE).send("/pair", code=pairing_code)
        self._base = base
        self._session = self._visitor._session
        self._heard: queue.Queue[tuple[float, str]] = queue.Queue()
        self.open()
        events = re.search(r'sse-connect="([^"]+)"', self._visitor.html)
        if events is None:
            raise LookupError("the kiosk's page has no event stream")
        self._stream = requests.get(base + unescape(events[1]), stream=True, timeout=30, cookies=self._session.cookies)
        threading.Thread(target=self._listen, daemon=True).start()
        if self._heard.get(timeout=PATIENCE_SECONDS)[1] != "hello":
            raise LookupError("the hub's event stream does not begin")

    def open(self) -> None:
        """Back at the start, with nobody on the screen."""
        until("the kiosk's start", lambda: 'id="start"' in self._visitor.open(PAGE).html)
        found = re.search(r'id="start"[^>]*hx-get="([^"]+)"', self._visitor.html)
        if found is None:
            raise LookupError("the start has no address of its next screen")
        self._screen_url = self._base + unescape(found[1])

    def meet(self, person: Invented) -> tuple[float, float, str] | None:
        """(event, partial, its HTML) once somebody is on the screen; None when nobody comes."""
        until_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until_at:
            try:
                heard_at, event = self._heard.get(timeout=1)
            except queue.Empty:
                continue
            if event != "kiosk":
                continue
            answer = self._session.get(self._screen_url, headers={"HX-Request": "true"}, timeout=10)
            if answer.status_code == 200 and 'id="person"' in answer.text:
                return heard_at, time.time(), unescape(answer.text)
        return None

    def leave(self) -> None:
        """ "Not me": the screen is the next one's."""
        self._visitor.open(PAGE).send("/drop")
        self.open()
        while not self._heard.empty():
            self._heard.get()

    def close(self) -> None:
        """The browser is gone."""
        self._stream.close()

    def _listen(self) -> None:
        try:
            for line in self._stream.iter_lines(chunk_size=1):
                if line.startswith(b"event: "):
                    self._heard.put((time.time(), line[7:].decode()))
        except (requests.RequestException, AttributeError, ValueError):
            return  # closed


def fill(settings: Settings, people: Sequence[Invented]) -> None:
    """Everybody on today's list, through the import that a site uses; the day is open."""
    now = Clock(settings.site.time_zone, settings.clock_shift).now()
    listed = settings.folder / "bench.csv"
    commune.write_roster(people, now.on, listed)
    with create_app(settings).app_context():
        importer.bring(OPERATOR, now, str(uuid4()), listed.name, listed.read_bytes())
        day.open_day(OPERATOR, now, str(uuid4()), "morning")
        db.session.remove()
        db.engine.dispose()


def said_at(rig: Rig, event: str, since: float) -> float:
    """When the agent first said `event` after `since`; waits for its log. Raises TimeoutError."""
    found: list[float] = []

    def looked() -> bool:
        times = [datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp() for line in rig.agent_said(event)]
        found[:] = [at for at in times if at >= since]
        return bool(found)

    until(event, looked)
    return found[0]


def hold_all(rig: Rig, people: Sequence[Invented], pause: tuple[float, float]) -> tuple[list[Turn], int, int]:
    """Each person's card once; the turns, how many never came, and how many met somebody else."""
    chance = random.Random(4)
    hall = pictures(None, PICTURES)
    page = Page(rig.hub_url, rig.page_code)
    turns, lost, false = list[Turn](), 0, 0
    for person in people:
        card = pictures(cards.national_card(person), PICTURES)
        time.sleep(chance.uniform(*pause))
        shown = rig.camera.show(card)
        met = page.meet(person)
        rig.camera.show(hall)
        if met is None:
            lost += 1
            continue
        event, screen, html = met
        right = masked_name(person.identity.name) in html and masked_number(person.identity.number) in html
        false += not right
        turns.append(Turn(shown, said_at(rig, "code.read", shown), said_at(rig, "scan.sent", shown), event, screen))
        page.leave()
    page.close()
    return turns, lost, false


def figures_of(turns: Sequence[Turn]) -> dict[str, Figure]:
    """Milliseconds: the whole, then its parts. An event may come before the agent has its answer."""
    parts = {
        "card to screen": [turn.screen - turn.shown for turn in turns],
        "card to decoded": [turn.decoded - turn.shown for turn in turns],
        "decoded to hub's answer": [turn.answered - turn.decoded for turn in turns],
        "decoded to event": [turn.event - turn.decoded for turn in turns],
        "event to partial": [turn.screen - turn.event for turn in turns],
    }
    figures: dict[str, Figure] = {}
    for name, seconds in parts.items():
        ordered = sorted(seconds)
        figures[f"{name}, median, ms"] = round(1000 * ordered[len(ordered) // 2], 1)
        figures[f"{name}, 95th of 100, ms"] = round(1000 * ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)], 1)
    figures["card to screen, worst, ms"] = round(1000 * max(parts["card to screen"]), 1)
    return figures


def measure(folder: Path, people: int, count: int, pause: tuple[float, float]) -> dict[str, Figure]:
    """Every figure of one run in an empty folder."""
    everybody = commune.invent(people, Clock("Asia/Ho_Chi_Minh").now().on)
    chosen = random.Random(7).sample(everybody, count)
    camera = StillCamera(pictures(None, PICTURES))
    begun = time.monotonic()
    imported = 0.0

    def prepare(settings: Settings, _clock: Clock) -> None:
        nonlocal imported
        fill(settings, everybody)
        imported = time.monotonic() - begun

    try:
        with Rig(folder, camera, prepare) as rig:
            turns, lost, false = hold_all(rig, chosen, pause)
    finally:
        camera.stop()
    figures: dict[str, Figure] = {
        "people on the list": people,
        "cards held up": count,
        "import of the list, s": round(imported, 1),
        "cards that never came to the screen": lost,
        "another person on the screen": false,
    }
    return figures | (figures_of(turns) if turns else {P95: PATIENCE_SECONDS * 1000})


def main() -> None:
    """Measures, tells, ends with 1 when a card was lost or showed another person."""
    options = argparse.ArgumentParser(prog="bench.scan_to_screen", description=__doc__.split("\n")[0])
    options.add_argument("--people", type=int, default=50_000, help="on today's list")
    options.add_argument("--count", type=int, default=60, help="cards held up")
    options.add_argument("--pause", type=float, default=6.0, help="the longest pause between two cards, seconds")
    options.add_argument("--folder", type=Path, help="where to put the site; a temporary folder otherwise")
    chosen = options.parse_args()
    if not 1 <= chosen.count <= chosen.people <= 400_000 or chosen.pause < 1:
        options.error("--count is 1 to --people, --people at most 400000, --pause 1 or more")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.people, chosen.count, (1.0, chosen.pause))
    zeros = [target.name for target in TARGETS if target.bound == 0]
    finish("scan_to_screen", figures, TARGETS, any(figures[name] for name in zeros))


if __name__ == "__main__":
    main()
