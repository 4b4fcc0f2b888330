"""What agents say of themselves. Only a change is in the audit; a beat that says nothing new is no act."""

from __future__ import annotations

from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store import audit, heartbeats, topics
from kiosk.store.database import writing


def beat(
    by: Actor, now: Moment, run: str, live_port: int, camera: str, printer: str, near_end: bool, scanner: str = "none"
) -> None:
    """Notes the agent's health; a new state of one of its machines is said to the desk and to the kiosk's screen."""
    with writing():
        row = heartbeats.put(by.station, run, now.at)
        before = (row.camera, row.scanner, row.printer, row.near_end, row.live_port)
        row.camera, row.scanner, row.printer = camera, scanner, printer
        row.near_end, row.live_port = near_end, live_port
        if before != (camera, scanner, printer, near_end, live_port):
            audit.add(by, now, "agent.changed", by.station, camera=camera, scanner=scanner, printer=printer,
                      near_end=near_end)  # fmt: skip
            topics.touch(topics.DESK, topics.kiosk(by.station))
