"""The day itself: people come, are called, answer or do not, and every act is the request that its page would send.

Discrete events in the order of the site's clock, one request after the other: the bench sets the clock to each event
and never back. What the hall would hear or see (who was called, who is asked in) is read from the hub's file.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from bench.day_hub import WAYS, Hub
from bench.day_people import HOUR, MINUTE, NOON, Guest
from bench.day_site import DOSES_A_VIAL, PACES, Site
from kiosk import protocols
from kiosk.rules.words import Seen

# Seconds: from the seat to the table, and the table's own between two people.
WALK, TURNOVER = (10.0, 45.0), (5.0, 20.0)
ANSWER = 70.0
OBSERVED = 30 * MINUTE
# Tables break in turns at noon; one of them is closed for an hour in the morning.
BREAK = 0.75 * HOUR
CLOSED = ("injection-6", 10 * HOUR, 11 * HOUR)
HOME = 19 * HOUR


@dataclass
class Table:
    """A table that calls. `away`: from when until when nobody works at it."""

    code: str
    kind: str
    pace: float
    away: list[tuple[float, float]]
    busy: bool = False
    vial: str = ""
    left: int = 0

    def works(self, at: float) -> bool:
        """May it call now?"""
        return not self.busy and not any(begins <= at < ends for begins, ends in self.away)


class Day:
    """Everybody who works today, everybody who comes, and the clock."""

    def __init__(self, site: Site, people: Sequence[Guest], seed: int) -> None:
        self._site, self.people, self._chance = site, people, Random(f"run {seed}")
        self._hub = Hub(site)
        self.said = self._hub.said
        self.doses: list[str] = []
        self.late = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count, self._heard, self._at = 0, 0, 0.0
        self._by_visit: dict[str, Guest] = {}
        self.tables = [
            Table(f"{kind}-{n + 1}", kind, pace, [(NOON + n % 2 * BREAK, NOON + (n % 2 + 1) * BREAK)])
            for kind, paces in PACES.items() for n, pace in enumerate(paces)
        ]  # fmt: skip
        for table in self.tables:
            table.away += [CLOSED[1:]] if table.code == CLOSED[0] else []

    def run(self) -> None:
        """Until nobody comes and nobody is served any more."""
        for guest in self.people:
            if guest.comes != float("inf"):
                self._in(guest.comes, lambda guest=guest: self._arrive(guest))  # type: ignore[misc]
        for table in self.tables:
            for _, ends in table.away:
                self._in(ends, lambda: None)
        while self._events:
            at, _, act = heapq.heappop(self._events)
            if at > HOME:
                break
            self._at = self._site.pass_to(at)
            self.late = max(self.late, self._at - at)
            act()
            self._listen()
            self._call_all()
        self._hub.file.close()

    def _in(self, at: float, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (at, self._count, act))

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self._in(self._at + seconds, act)

    def _arrive(self, guest: Guest) -> None:
        self._listen()
        WAYS[guest.way](self._hub, guest)
        found = self._hub.one("SELECT v.id FROM visit v JOIN person p ON p.id = v.person_id WHERE p.number = ?",
                          guest.person.identity.number)  # fmt: skip
        if found is None:
            self._turned_away(guest)
            return
        guest.visit = found["id"]
        self._by_visit[guest.visit] = guest
        self.said["arrived"] += 1
        if guest.leaves is not None:
            self._in(max(guest.leaves, self._at + 60), lambda: self._leave(guest))
        if guest.let_in:
            self._after(60, lambda: self._let_in(guest))

    def _turned_away(self, guest: Guest) -> None:
        """Too early: they come again when they were told to."""
        self.said["told to come back"] += 1
        slot = guest.person.slot
        if slot and slot[0].hour * HOUR + slot[0].minute * MINUTE > self._at:
            begins = slot[0].hour * HOUR + slot[0].minute * MINUTE
            self._in(max(self._at + MINUTE, begins - self._chance.uniform(0, 25) * MINUTE), lambda: self._arrive(guest))
        else:
            self.said["never got a number"] += 1

    # Zones

    def _listen(self) -> None:
        """Who has been given a spot since the last look, and has to come through the door."""
        rows = self._hub.file.execute(
            "SELECT m.seq, m.visit_id, v.entered_at FROM queue_move m JOIN visit v ON v.id = m.visit_id "
            "WHERE m.box = 'hub-1' AND m.seq > ? AND m.kind IN ('enter', 'ask_in') ORDER BY m.seq", (self._heard,),
        ).fetchall()  # fmt: skip
        for seq, visit, entered in rows:
            self._heard = seq
            if entered is None:
                self._after(self._chance.uniform(10, 120), lambda visit=visit: self._enter(visit))  # type: ignore[misc]

    def _enter(self, visit: str) -> None:
        guest = self._by_visit.get(visit)
        row = self._hub.one("SELECT state, inside, entered_at FROM visit WHERE id = ?", visit)
        if guest is None or guest.gone or row is None:
            return
        if row["inside"] == "A" and row["entered_at"] is None and row["state"] == "waiting":
            self._hub.post("door-1", f"/door/door-1/visit/{visit}/enter")

    def _let_in(self, guest: Guest) -> None:
        """The lead lets somebody into the full zone, by name."""
        row = self._hub.one("SELECT series, n, inside, state FROM visit WHERE id = ?", guest.visit)
        if row is None or row["inside"] or row["state"] != "waiting":
            return
        number = ("over_number", f"{row['series']}{row['n']}")
        self.said["let in by name"] += self._hub.post("lead", "/door/door-1/over", ("reason", "weather"), number)

    def _leave(self, guest: Guest) -> None:
        """They give up waiting; every other one says so at the door."""
        row = self._hub.one("SELECT series, n, state, step FROM visit WHERE id = ?", guest.visit)
        if row is None or row["state"] != "waiting" or row["step"] == "finish":
            return
        guest.gone = True
        self.said["gave up"] += 1
        if self._chance.random() < 0.5:
            self._hub.post(
                "door-1", "/door/door-1/out", ("out_number", f"{row['series']}{row['n']}"), ("reason", "left")
            )

    # Tables

    def _call_all(self) -> None:
        """Every table that has nobody calls, as long as somebody may be called."""
        rows = self._hub.file.execute(
            "SELECT step, count(*) FROM visit WHERE state = 'waiting' AND inside <> '' GROUP BY step"
        )
        waiting: dict[str, int] = dict(rows.fetchall())
        for table in self.tables:
            if waiting.get(table.kind, 0) and table.works(self._at):
                waiting[table.kind] -= 1
                self._call(table)

    def _call(self, table: Table) -> None:
        path, jumper = f"/table/{table.code}", self._jumper(table)
        done = (
            self._hub.post(table.code, f"{path}/visit/{jumper.visit}/jump", ("reason", "frail"))
            if jumper
            else self._hub.post(table.code, f"{path}/call")
        )
        if done:
            self._called(table)

    def _jumper(self, table: Table) -> Guest | None:
        frail = [one for one in self.people if one.jumps and one.visit and not one.gone]
        for guest in frail if table.kind == "screening" else ():
            row = self._hub.one("SELECT state, step, spot FROM visit WHERE id = ?", guest.visit)
            if row and (row["state"], row["step"]) == ("waiting", "screening") and row["spot"]:
                return guest
        return None

    def _called(self, table: Table) -> None:
        """Somebody is called to this table, or nobody is; they come, or do not."""
        row = self._hub.one("SELECT id FROM visit WHERE station = ? AND state = 'called'", table.code)
        table.busy = row is not None
        if row is None:
            return
        guest = self._by_visit[row["id"]]
        if guest.away_for:
            guest.away_until, guest.away_for = self._at + guest.away_for, 0.0
        if guest.gone or guest.away_until > self._at + ANSWER:
            self._after(ANSWER, lambda: self._missed(table, guest))
            if not guest.gone:
                self._in(guest.away_until, lambda: self._back(guest))
            return
        wait = max(self._chance.uniform(*WALK), guest.away_until - self._at)
        self._after(wait, lambda: self._received(table, guest))

    def _missed(self, table: Table, guest: Guest) -> None:
        """Nobody came: the next one at once, in one tap."""
        self.said["did not come when called"] += 1
        if self._hub.post(table.code, f"/table/{table.code}/visit/{guest.visit}/call-instead"):
            self._called(table)
        else:
            table.busy = False

    def _back(self, guest: Guest) -> None:
        """Whoever was away shows their ticket, where they are out of the line by now."""
        row = self._hub.one("SELECT state FROM visit WHERE id = ?", guest.visit)
        if row and row["state"] == "held":
            self._hub.post("screening-1", f"/table/screening-1/visit/{guest.visit}/resume")

    def _received(self, table: Table, guest: Guest) -> None:
        if not self._hub.post(table.code, f"/table/{table.code}/visit/{guest.visit}/receive"):
            table.busy = False
            return
        seconds = guest.minutes[table.kind] * table.pace * MINUTE
        self._after(seconds, lambda: self._served(table, guest))

    def _served(self, table: Table, guest: Guest) -> None:
        {"screening": self._screened, "injection": self._injected, "finish": self._discharged}[table.kind](table, guest)
        self._after(self._chance.uniform(*TURNOVER), lambda: self._free(table))

    def _free(self, table: Table) -> None:
        table.busy = False

    def _screened(self, table: Table, guest: Guest) -> None:
        form = protocols.screening_forms().adults.version
        self._hub.post(
            table.code, f"/table/{table.code}/visit/{guest.visit}/screening", ("temperature", "36,8"), ("none", "yes"),
            ("conclusion", guest.conclusion), ("version", form), ("consent", "yes"),
        )  # fmt: skip

    def _injected(self, table: Table, guest: Guest) -> None:
        visit = f"/table/{table.code}/visit/{guest.visit}"
        if not table.left:
            self._hub.post(table.code, f"/table/{table.code}/vial", ("lot", self._site.lot))
            row = self._hub.one("SELECT id FROM vial WHERE station = ? ORDER BY opened_at DESC LIMIT 1", table.code)
            assert row is not None
            table.vial, table.left = row["id"], DOSES_A_VIAL
        said = [("spoken", each.code) for each in protocols.identity().spoken if each.required]
        self._hub.post(table.code, f"{visit}/identity/spoken", *said)
        given = (("vial_id", table.vial), ("dose_number", "1"), ("arm", "left"))
        if self._hub.post(table.code, f"{visit}/dose", *given):
            table.left -= 1
            self.doses.append(guest.visit)
            self._after(OBSERVED + self._chance.uniform(5, 240), lambda: self._released(guest))

    def _released(self, guest: Guest) -> None:
        self._hub.post("observation-1", f"/observation/observation-1/visit/{guest.visit}/release")

    def _discharged(self, table: Table, guest: Guest) -> None:
        seen = Seen.YES if guest.visit in self.doses else Seen.NO_DOSE
        if self._hub.post(table.code, f"/table/{table.code}/visit/{guest.visit}/departure", ("seen", seen)):
            guest.gone = True
            self.said["went home"] += 1
