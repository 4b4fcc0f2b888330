"""What everybody's browser and the kiosk's agent send in `bench/day.py`, and the hub's file to look into."""

from __future__ import annotations

import base64
import sqlite3
from collections import Counter
from uuid import uuid4

import requests

from bench import tables
from bench.day_people import Guest
from bench.day_site import PACES, Site
from kiosk import protocols
from kiosk.demo import cards

ELSEWHERE = {
    "desk-1": "/desk/desk-1", "door-1": "/door/door-1", "observation-1": "/observation/observation-1",
    "lead": "/door/door-1", "kiosk-1": "/kiosk/kiosk-1",
}  # fmt: skip


class Hub:
    """The running hub, with a browser at each station. `said`: what happened how often."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.said: Counter[str] = Counter()
        self.file = sqlite3.connect(f"file:{site.settings.folder / 'kiosk.db'}?mode=ro", uri=True)
        self.file.row_factory = sqlite3.Row
        at_tables = [f"{kind}-{n + 1}" for kind, paces in PACES.items() for n in range(len(paces))]
        where = {code: f"/table/{code}" for code in at_tables} | ELSEWHERE
        self._browsers = {code: tables.Client(site.port, f"staff={site.token(code)}") for code in where}
        self._browsers["kiosk-1"] = tables.Client(site.port, f"screen-kiosk-1={site.kiosk}")
        for code, path in where.items():
            self._browsers[code].open(path)

    def post(self, station: str, path: str, *fields: tuple[str, str]) -> bool:
        """Sends a page's form; was it taken? What was refused is counted by where it went."""
        status = self._browsers[station].post(path, ("key", str(uuid4())), *fields)
        if status != 303:
            self.said[f"refused {status} {path.rsplit('/', 1)[-1]}"] += 1
        return status == 303

    def one(self, query: str, *facts: object) -> sqlite3.Row | None:
        """A row of the file as it is now; None without one."""
        row: sqlite3.Row | None = self.file.execute(query, facts).fetchone()
        return row

    def at_kiosk(self, guest: Guest) -> None:
        """Their card is read; that is me, nothing to declare, a number."""
        id, raw = str(uuid4()), base64.b64encode(cards.card_text(guest.person).encode()).decode()
        token = {"Authorization": f"Bearer {self._site.kiosk}"}
        body = {"id": id, "raw": raw, "symbology": "QRCode"}
        requests.post(f"http://127.0.0.1:{self._site.port}/device/scans", json=body, headers=token, timeout=60)
        answers = f"/kiosk/kiosk-1/scan/{id}/answers"
        groups = [group.code for group in protocols.declaration().groups]
        key, asked = str(uuid4()), groups if self._is_asked(guest) else groups[:-1]
        client = self._browsers["kiosk-1"]
        if client.post(answers, ("key", key)) != 200:
            return
        given = [(f"given-{code}", "") for code in asked[:-1]]
        client.post(answers, ("key", key), *given, ("group", asked[-1]), ("none", "yes"))

    def _is_asked(self, guest: Guest) -> bool:
        """Are they asked whether they go first? Not who goes first by their age."""
        born = guest.person.identity.born_year
        return born is None or self._site.now().on.year - born < 50

    def at_desk(self, guest: Guest) -> None:
        """The volunteer finds them."""
        found = self.one("SELECT id FROM person WHERE number = ?", guest.person.identity.number)
        assert found is not None
        self.post("desk-1", f"/desk/desk-1/open/{found['id']}")
        self.post("desk-1", f"/desk/desk-1/person/{found['id']}/check-in", *_well())

    def walk_in(self, guest: Guest) -> None:
        """They are on no list; the lead lets them in."""
        who = guest.person.identity
        self.post(
            "desk-1", "/desk/desk-1/walk-in", ("name", who.name), ("birth", f"{who.born_on:%d/%m/%Y}"),
            ("sex", who.sex.value), ("document", "national"), ("number", who.number), ("address", who.address),
            ("approval", "UBND xã duyệt"), ("approver", self._site.lead), *_well(),
        )  # fmt: skip


WAYS = {"kiosk": Hub.at_kiosk, "desk": Hub.at_desk, "walk_in": Hub.walk_in}


def _well() -> list[tuple[str, str]]:
    return [(f"none-{group.code}", "yes") for group in protocols.declaration().groups]
