"""What the printers' page shows: how each printer is, how wide it prints, and how much paper it has left."""

from __future__ import annotations

from typing import Any

from flask import g, url_for

from kiosk.actions import printers as acts
from kiosk.errors import NotFound
from kiosk.rules.permissions import may
from kiosk.rules.printing import metres_left
from kiosk.rules.staff import works_on
from kiosk.rules.words import SlipKind
from kiosk.store import heartbeats, print_jobs, rolls, staff, stations
from kiosk.web import health, shown

DOTS_A_MM = 8
# The paper that heads of these widths are made for, in millimetres.
PAPER_MM = {384: 58, 512: 80, 576: 80}


def machines(paper: str = "", refusal: str | None = None) -> dict[str, Any]:
    """What partials/printers/machines.html needs. `paper`: the job of the slip that was just asked for, if any."""
    job = _asked(paper)
    rows = [_machine(row, job) for row in acts.list_printers()]
    asked = _slip(job) if job else None
    urls = {name: url_for(f"printers.{act}") for name, act in _ACTS.items()}
    stamp = shown.stamp(rows, asked, refusal)
    return {
        "machines": rows,
        "asked": asked,
        "refusal": refusal,
        "urls": urls,
        "machines_url": url_for("printers.page", paper=paper or None, stamp=stamp),
    }


_ACTS = {"test": "print_width", "width": "set_width", "roll": "change_roll", "blank": "print_blank"}


def _asked(paper: str) -> print_jobs.PrintJob | None:
    """The slip that this page asked for; nobody's visit is shown here."""
    try:
        job = print_jobs.get(paper)
    except NotFound:
        return None
    return job if job.visit_id is None else None


def _slip(job: print_jobs.PrintJob) -> dict[str, str]:
    paper = shown.paper(job)
    return {
        "kind": paper["kind"],
        "name": paper["name"],
        "words": paper["words"],
        "place": shown.place(job.station),
    }  # fmt: skip


def _machine(station: stations.Station, job: print_jobs.PrintJob | None) -> dict[str, Any]:
    beat = heartbeats.find(station.code)
    seen = beat is not None and beat.at >= g.now.at - heartbeats.LATE
    printer = beat.printer if beat and seen else "unseen"
    near_end = bool(beat and seen and beat.near_end and printer not in health.STOPPED)
    return {
        "code": station.code,
        "name": station.name(g.language),
        "kind": _kind(printer, near_end),
        "words": shown.say(f"strip.printer.word.{printer}"),
        "near_end": near_end,
        "waiting": print_jobs.count_waiting(station.code),
        "width": _width(station, beat),
        "roll": shown.say("strip.printer.word.paper_out") if printer == "paper_out" else _roll(station.code, beat),
        "measuring": job is not None and job.slip == SlipKind.WIDTH and job.station == station.code,
        "lines": [(nth, dots) for nth, dots in enumerate(acts.WIDTHS, 1)],
        "measured": station.paper_dots,
    }


def _kind(printer: str, near_end: bool) -> str:
    if printer == "unseen" or printer in health.STOPPED:
        return "stop"
    return "look" if near_end or printer in ("mute", "none") else "right"


def _width(station: stations.Station, beat: heartbeats.Heartbeat | None) -> str:
    """How wide it prints, and who says so."""
    told = beat.paper_dots if beat else 0
    dots = station.paper_dots or told
    if not dots:
        return shown.say("printers.width.unknown")
    facts = {"mm": dots // DOTS_A_MM, "paper": PAPER_MM.get(dots, 80 if dots > min(PAPER_MM) else 58)}
    return shown.say("printers.width.measured" if station.paper_dots else "printers.width.set", **facts)


def _roll(station: str, beat: heartbeats.Heartbeat | None) -> str:
    """What is left on the roll where its length is known; else what has come off it."""
    roll, roll_m = rolls.find(station), beat.roll_m if beat else 0
    used = roll.mm if roll else 0
    if roll_m:
        return shown.say("printers.roll.left", n=metres_left(roll_m, used), of=roll_m)
    text = f"{used / 1000:.1f}"
    used_text = text.replace(".", ",") if g.language == "vi" else text
    return shown.say("printers.roll.used", metres=used_text) if roll else shown.say("printers.roll.unknown")


def forms() -> dict[str, Any]:
    """What the page's own forms need; none for whoever may not use them."""
    known, role = acts.list_printers(), g.actor.role
    pairs, badges = may(role, "device.pair"), may(role, "badge.print")
    members = [row for row in staff.list_() if works_on(row, g.now.on)] if badges else []
    return {
        "boxes_url": url_for("boxes.page") if may(role, "box.tend") else None,
        "printers": [(row.code, row.name(g.language)) for row in known],
        "may_pair": pairs,
        "stations": [(row.code, row.name(g.language)) for row in stations.list_()] if pairs else [],
        "status_url": url_for("printers.print_status"),
        "may_badge": badges,
        "members": [(row.id, row.name, shown.say(f"station.role.{row.role}")) for row in members],
        "badge_url": url_for("printers.print_badge"),
    }
