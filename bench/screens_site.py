"""The site of `bench/screens.py`: the tables' site with kiosks, boards, and people who have not come yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from bench import tables
from kiosk import importer
from kiosk.actions import stock
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.demo import commune
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import Role
from kiosk.store.database import db
from kiosk.upkeep import setup

KIOSKS = 4
VOLUNTEER = "volunteer-of-the-bench"
BOARD = """
[[boards]]
code = "{code}"
name = {{ vi = "{code}", en = "{code}" }}
zones = [{zones}]
voice = {voice}
"""
MORE = "".join(
    [tables.STATION.format(code=f"kiosk-{n + 1}", kind="kiosk") for n in range(KIOSKS)]
    + [BOARD.format(code=f"board-{n + 1}", zones=zone, voice=str(not n).lower()) for n, zone in
       enumerate(("", '"A"', '"A"'))]
)  # fmt: skip


class Site(tables.Site):
    """The tables' site with kiosks and boards, and people on today's list who have not come yet."""

    def __init__(self, folder: Path, count: int, port: int) -> None:
        super().__init__(folder, count, port, MORE)
        self.port, self.coming = port, list(commune.strangers(count, seed=11))
        self.paired = {f"kiosk-{n + 1}": setup.pair(self.settings, f"kiosk-{n + 1}") for n in range(KIOSKS)}
        now = Clock(tables.ZONE).now()
        commune.write_roster(self.coming, now.on, folder / "coming.csv")
        with create_app(self.settings).app_context():
            importer.bring(OPERATOR, now, str(uuid4()), "coming.csv", (folder / "coming.csv").read_bytes())
            tables.member(now, "Người Đón", Role.VOLUNTEER, "DOTN", "desk-1", VOLUNTEER)
            nurse = tables.member(now, "Y tá Kho", Role.VACCINATOR, "DOYK", "injection-8", "keeper-of-the-bench")
            stock.receive_lot(nurse, now, str(uuid4()), "astrazeneca", "NK0192", f"31/12/{now.on.year + 1}", count, 10)
            db.session.remove()
            db.engine.dispose()

    def one(self, query: str, *facts: object) -> tuple[str | int, ...]:
        """A row of the file as it is now. Raises LookupError without one."""
        with self._file() as file:
            row = file.execute(query, facts).fetchone()
        if row is None:
            raise LookupError(query)
        return tuple(row)

    def tickets(self, count: int) -> list[str]:
        """The newest tickets' tokens."""
        with self._file() as file:
            return [token for (token,) in file.execute("SELECT token FROM visit ORDER BY seq DESC LIMIT ?", (count,))]

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self.settings.folder / 'kiosk.db'}?mode=ro", uri=True)) as file:
            yield file

    @contextmanager
    def served(self) -> Iterator[int]:
        """The hub runs; the process of it that answers."""
        with tables.served(self.settings, self.port):
            pid = int((self.settings.folder / "logs" / "web.pid").read_text())
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            yield int(children[0])
