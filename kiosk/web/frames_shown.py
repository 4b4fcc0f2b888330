"""What a camera's page says: below the picture, and of what was read."""

from __future__ import annotations

from typing import Any

from flask import url_for

from kiosk.actions import scanning
from kiosk.rules import person as rules
from kiosk.rules.words import CodeKind, ScanOutcome
from kiosk.store import identity_checks, scans, stations, visits
from kiosk.web import shown, tickets_shown

# word: (sign, sentence) of what stands below the picture
HINTS = {
    "seek": ("scan", "frames.hint.seek"),
    "held": ("circle-check", "frames.hint.held"),
    "nearer": ("plus", "frames.hint.nearer"),
    "farther": ("minus", "frames.hint.farther"),
    "dark": ("info", "frames.hint.dark"),
    "glare": ("info", "frames.hint.glare"),
    "still": ("square", "frames.hint.still"),
    "brighter": ("smartphone", "frames.hint.brighter"),
    "other": ("triangle-alert", "frames.hint.other"),
    "nothing": ("triangle-alert", "frames.hint.nothing"),
    "unreadable": ("triangle-alert", "frames.hint.unreadable"),
    "too_large": ("triangle-alert", "frames.hint.too_large"),
    "busy": ("hourglass", "frames.hint.busy"),
    "no_agent": ("camera-off", "frames.hint.no_agent"),
}
# outcome: (kind of notice, sentence)
OUTCOMES = {
    ScanOutcome.ROSTERED: ("right", "frames.read.rostered"),
    ScanOutcome.NOT_ROSTERED: ("look", "frames.read.not_rostered"),
    ScanOutcome.CHECKED_IN: ("right", "frames.read.checked_in"),
    ScanOutcome.BACK: ("right", "frames.read.checked_in"),
    ScanOutcome.UNKNOWN_CODE: ("look", "frames.read.unknown_code"),
    ScanOutcome.NO_CLINIC_DAY: ("wait", "frames.read.no_clinic_day"),
    ScanOutcome.INCOMPLETE: ("look", "frames.read.incomplete"),
    ScanOutcome.COMPARED: ("look", "frames.read.compared"),
    ScanOutcome.DIFFERED: ("look", "frames.read.compared"),
    ScanOutcome.NOBODY_HERE: ("look", "frames.read.nobody_here"),
    ScanOutcome.STOCK: ("right", "frames.read.stock"),
}


def hint(word: str) -> dict[str, str]:
    """What stands below the picture; an unknown word is none."""
    word = word if word in HINTS else "seek"
    sign, code = HINTS[word]
    return {"word": word, "sign": sign, "sentence": shown.say(code)}


def answer(scan: scans.Scan) -> dict[str, Any]:
    """What a scan has led to, masked, and the way onward."""
    at_desk = stations.get(scan.station).kind == "desk"
    if stations.get(scan.station).kind == "door" or (scan.kind == CodeKind.TICKET and not (at_desk and scan.person_id)):
        return _of_ticket(scan)
    visit = visits.get(scan.visit_id) if scan.visit_id else None
    kind, code = OUTCOMES.get(ScanOutcome(scan.outcome), ("wait", "frames.read.other"))
    if scan.compared and _confirmed(scan, visit):
        kind, code = "right", "frames.read.match"
    who = scanning.identity_of(scan) if at_desk else None
    return {
        "scan": scan.id,
        "kind": kind,
        "sound": "refused" if scan.outcome in (ScanOutcome.UNKNOWN_CODE, ScanOutcome.UNKNOWN_TICKET) else "read",
        "sentence": shown.say(code, label=visit.label if visit else ""),
        "document": shown.say("frames.read.document", document=shown.say(f"code.{scan.kind}")) if scan.kind else None,
        "name": rules.masked_name(who.name) if who else "",
        "facts": _facts(who.born_year, who.sex) if who else "",
        "number": rules.masked_number(who.number) if who else "",
        "open_url": url_for("frames.open_scan", station=scan.station, id=scan.id) if who else None,
        "home_url": None if at_desk else home(scan.station),
    }


def _of_ticket(scan: scans.Scan) -> dict[str, Any]:
    """What a door or a table did with a ticket, or why it leads nowhere."""
    said = tickets_shown.of(scan)
    return said | {
        "sound": "refused" if said["kind"] == "stop" else "read", "document": said["more"], "name": "", "facts": "",
        "number": "", "open_url": None, "home_url": home(scan.station),
    }  # fmt: skip


def _facts(born_year: int | None, sex: str) -> str:
    return " · ".join(filter(None, [str(born_year or ""), shown.say(f"station.sex.{sex}")]))


def _confirmed(scan: scans.Scan, visit: visits.Visit | None) -> bool:
    check = identity_checks.find(visit) if visit else None
    return check is not None and check.scan_id == scan.id


def home(station: str) -> str:
    """The page of the station that scans."""
    kind = stations.get(station).kind
    return url_for({"desk": "desk.page", "door": "door.page"}.get(kind, "table.page"), station=station)
