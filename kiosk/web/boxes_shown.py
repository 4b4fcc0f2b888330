"""What the technician's page shows: a card for each box, what is wrong with it and what to do, a camera's picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, g, url_for
from markupsafe import Markup, escape

from kiosk import box_words, protocols
from kiosk.actions.printers import list_printers
from kiosk.rules import box
from kiosk.rules.box import Facts, Finding
from kiosk.rules.box_judging import judge
from kiosk.rules.words import MessageState
from kiosk.store import box_reports, figures, heartbeats, stations
from kiosk.store.box_reports import HUB, BoxReport
from kiosk.web import health, shown
from kiosk.web.pictures import Pictures

KINDS = {"ok": "right", "look": "look", "broken": "stop"}
WORST = ("right", "look", "stop")
SILENT = ("box.report.none", "box.report.late")


@dataclass
class _Box:
    """A machine: its facts, when it said them, and the stations whose agents run on it."""

    names: list[str]
    stations: list[str]
    row: BoxReport | None
    facts: Facts


def boxes(refusal: str | None = None) -> dict[str, Any]:
    """What partials/boxes/boxes.html needs."""
    machines = {each.station.code: each for each in health.list_(shown.clock())}
    cards = [_card(each, machines) for each in _boxes(machines)]
    line = _line()
    return {
        "cards": cards,
        "line": line,
        "refusal": refusal,
        "look_url": url_for("boxes.look_at_camera"),
        "slip_url": url_for("printers.print_width"),
        "boxes_url": url_for("boxes.page", stamp=shown.stamp(cards, line, refusal)),
    }


def _boxes(machines: dict[str, health.Health]) -> list[_Box]:
    """The hub's machine first. Two programs on one machine are one card; a station that is no more is none."""
    known = {row.code: row for row in stations.list_() if not row.retired}
    rows = {row.box: row for row in box_reports.list_()}
    found = [_Box([shown.say("boxes.hub")], [], rows.get(HUB), facts_of(rows.get(HUB)))]
    for code in [*rows, *machines]:
        if code not in known or any(code in each.stations for each in found):
            continue
        row = rows.get(code)
        facts = facts_of(row)
        same = next((each for each in found if facts.machine and each.facts.machine == facts.machine), None)
        if same is None:
            same = _Box([], [], row, facts)
            found.append(same)
        same.names.append(known[code].name(g.language))
        same.stations.append(code)
    return found


def facts_of(row: BoxReport | None) -> Facts:
    """What a box said; nothing where it has said nothing that is understood."""
    try:
        return box.read(row.facts.get("box")) if row else Facts()
    except ValueError:  # an older program's words
        return Facts()


def judged(row: BoxReport | None, facts: Facts) -> list[Finding]:
    """What is found of a box, and that it has fallen silent."""
    limits = protocols.boxes()
    if row is None:
        return [box.look("load", "box.report.none")]
    late = row.at < g.now.at - timedelta(seconds=limits.late_seconds)
    silent = [box.look("load", "box.report.late", time=shown.at(row.at))] if late else []
    return [*silent, *judge(facts, limits)]


def words(finding: Finding) -> tuple[str, str]:
    """The sentence, and what to do ("" where nothing is)."""
    return box_words.words(finding, g.language)


def _marked(text: str) -> str:
    """What is to be typed, `so`, in the letters of a keyboard."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped before)


def _card(each: _Box, machines: dict[str, health.Health]) -> dict[str, Any]:
    findings = judged(each.row, each.facts)
    devices = [machines[code] for code in each.stations if code in machines]
    troubles = [(KINDS[finding.state], *_trouble(finding)) for finding in findings if finding.state != "ok"]
    told = [(trouble.kind, trouble.sentence, "") for health_ in devices for trouble in health_.troubles]
    kinds = {kind for kind, _, _ in troubles + told}
    kind = max(kinds, key=WORST.index, default="right")
    return {
        "id": each.stations[0] if each.stations else HUB,
        "name": " · ".join(each.names),
        "model": each.facts.model,
        "kind": kind,
        "words": shown.say(f"boxes.state.{kind}"),
        "troubles": sorted(troubles + told, key=lambda trouble: -WORST.index(trouble[0])),
        "facts": [
            (_begun(shown.say(f"box.part.{finding.part}")), words(finding)[0])
            for finding in findings if finding.state == "ok"
        ],
        "at": shown.at(each.row.at) if each.row else "",
        "devices": [_device(health_) for health_ in devices],
    }  # fmt: skip


def _trouble(finding: Finding) -> tuple[str, str]:
    """As a sentence that stands alone: which part, then what."""
    says, do = words(finding)
    if finding.code not in SILENT:
        says = f"{shown.say(f'box.part.{finding.part}')}: {says}"
    return _begun(says), _marked(do)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _device(one: health.Health) -> dict[str, Any]:
    """A station's camera and printer."""
    return {
        "code": one.station.code,
        "name": one.station.name(g.language),
        "camera": shown.say(f"strip.camera.word.{one.camera}") if one.camera != "none" else "",
        "looks": one.seen and one.camera == "ready",
        "printer": shown.say(f"strip.printer.word.{one.printer}") if one.printer != "none" else "",
        "prints": one.station.code in {row.code for row in list_printers()},
    }


def _line() -> dict[str, Any]:
    """The way to the platform: when its program last spoke, and what waits."""
    if not health.sends():
        not_set = ("look", shown.say("box.upstream.not_set"), shown.say("box.upstream.not_set.do"))
        return {"kind": "look", "troubles": [not_set], "facts": []}
    beat = heartbeats.find_forwarder(current_app.config["BOX"])
    left = figures.count_undelivered()
    parked = left.get(MessageState.PARKED, 0)
    troubles = [(trouble.kind, trouble.sentence, "") for trouble in health.forwarder(shown.clock())]
    kind = max((each[0] for each in troubles), key=WORST.index, default="right")
    fresh = beat is not None and beat.at >= g.now.at - heartbeats.FORWARDER_LATE
    return {
        "kind": kind,
        "troubles": troubles,
        "facts": [
            (shown.say("boxes.line.beat"), shown.say("boxes.line.now") if fresh else _since(beat)),
            (shown.say("boxes.line.waiting"), sum(left.values()) - parked),
            (shown.say("boxes.line.parked"), parked),
        ],
    }


def _since(beat: heartbeats.ForwarderBeat | None) -> str:
    return shown.at(beat.at) if beat else shown.say("boxes.line.never")


def picture(pictures: Pictures, session: str) -> dict[str, Any]:
    """What partials/boxes/picture.html needs. A second look at the page finds the picture seen."""
    station, state, taken = pictures.find(session)
    known = stations.find(station)
    place = known.name(g.language) if known else ""
    return {
        "looked": {
            "state": state,
            "place": place,
            "trouble": taken.trouble if taken else "",
            "width": taken.width if taken else 0,
            "height": taken.height if taken else 0,
            "light": taken.light if taken else "",
            "sharp": taken.sharp if taken else "",
            "image_url": url_for("boxes.show_picture"),
            "camera": station,
        },
        "look_url": url_for("boxes.look_at_camera"),
        "picture_url": url_for("boxes.page", of=shown.stamp(station, "here" if state == "seen" else state)),
    }
