"""Where a number sends whoever holds it, and how long they wait there: for the kiosk's number screen."""

from __future__ import annotations

from flask import g

from kiosk.actions import waits
from kiosk.rules import waiting
from kiosk.rules.words import VisitState
from kiosk.store import clinic_days
from kiosk.store.visits import Visit
from kiosk.web import kiosk_family, shown

# Who waits for no call: sat down in a room, kept out of the line, or gone.
ELSEWHERE = {
    VisitState.SEATED: "kiosk.number.observed",
    VisitState.HELD: "kiosk.number.held",
    VisitState.LEFT: "kiosk.number.gone",
}


def sentence(visit: Visit, you: str) -> str:
    """Where to go now. A family is sent to its zone together; each one's spot stands on their ticket."""
    if visit.stands in ELSEWHERE:
        return shown.say(ELSEWHERE[visit.stands], you=you)
    if visit.stands is not VisitState.WAITING:
        return shown.say("kiosk.number.go", you=you, place=shown.place(visit.station))
    if visit.attention:
        return shown.say("kiosk.number.stay", you=you)
    together = [one for one in kiosk_family.together(visit) if one.stands is VisitState.WAITING]
    if any(not one.inside for one in together):
        return shown.say("kiosk.number.outside", you=you, zone=visit.zone)
    alone = len(together) == 1 and visit.spot is not None
    return shown.say("kiosk.number.spot" if alone else "kiosk.number.sit", you=you, zone=visit.inside, spot=visit.spot)


def wait(visit: Visit) -> str | None:
    """How long it takes until they are called; None where nobody can say, or nobody is to wait for it."""
    day = clinic_days.get(visit.clinic_day_id)
    band = None if visit.attention else waits.band(day, visit, g.now)
    return shown.say("kiosk.number.wait", wait=waiting.worded(band, shown.say)) if band else None
