"""What agents say of themselves. Only a change is in the audit; a beat that says nothing new is no act."""

from __future__ import annotations

from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store import audit, heartbeats, rolls, topics
from kiosk.store.database import writing


def beat(
    by: Actor, now: Moment, run: str, live_port: int, camera: str, printer: str, near_end: bool, scanner: str = "none",
    paper_dots: int = 0, roll_m: int = 0,
) -> None:  # fmt: skip
    """Notes the agent's health; a new state of one of its machines is said to the desk and to the kiosk's screen.

    `paper_dots`: how wide its printer prints; `roll_m`: how long a new roll is, 0 where nobody has said.
    """
    with writing():
        row = heartbeats.put(by.station, run, now.at)
        before = (row.camera, row.scanner, row.printer, row.near_end, row.live_port, row.paper_dots, row.roll_m)
        if printer == "paper_out" != row.printer:
            rolls.end(by.station)
        row.camera, row.scanner, row.printer = camera, scanner, printer
        row.near_end, row.live_port, row.paper_dots, row.roll_m = near_end, live_port, paper_dots, roll_m
        if before != (camera, scanner, printer, near_end, live_port, paper_dots, roll_m):
            audit.add(by, now, "agent.changed", by.station, camera=camera, scanner=scanner, printer=printer,
                      near_end=near_end)  # fmt: skip
            topics.touch(topics.DESK, topics.kiosk(by.station))
