"""What boxes say of themselves, and a technician who wants to see what a camera sees."""

from __future__ import annotations

from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.box import Facts
from kiosk.rules.moment import Moment
from kiosk.store import audit, box_reports, heartbeats
from kiosk.store.database import writing


def report(by: Actor, now: Moment, facts: Facts) -> None:
    """Notes what an agent's machine says of itself. No act: nothing that anybody did."""
    with writing():
        box_reports.put(by.station, now.at, {"box": facts.told()})


@act
def look_at_camera(by: Actor, now: Moment, station: str) -> str:
    """Somebody asks for a picture of this station's camera; the station's code.

    Raises Refusal `camera_unseen` where no camera is heard.
    """
    beat = heartbeats.find(station)
    if beat is None or beat.at < now.at - heartbeats.LATE or beat.camera != "ready":
        raise Refusal("camera_unseen")
    audit.add(by, now, "camera.looked", station)
    return station
