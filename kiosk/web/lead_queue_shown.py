"""What the lead sees of the queue: how long people wait, who went before whom and why, how full the zones were."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import g, url_for

from kiosk import protocols
from kiosk.actions import queue_report
from kiosk.rules.queue_report import HONEST, QueueDay
from kiosk.store import clinic_days
from kiosk.web import shown

# Fewer told waits than these say nothing of how true they are.
LEAST_TOLD = 20
Tile = tuple[str, str, str, str]
# Every move of a day is many: they are counted once a minute, however many pages look and however often they ask.
_KEPT: dict[str, tuple[datetime, QueueDay]] = {}
MOST_KEPT = 4
MINUTE = timedelta(minutes=1)


def address(day: clinic_days.ClinicDay) -> dict[str, Any]:
    """Where partials/lead/queue.html asks again; a page that shows what was counted in this minute is answered without
    counting anything."""
    kept = _KEPT.get(day.id)
    counted = kept[0] if kept and _lasts(kept[0]) else g.now.at
    return {"queue_url": url_for("lead.page", queue=shown.stamp(day.id, counted, g.language))}


def card(day: clinic_days.ClinicDay) -> dict[str, Any]:
    """What partials/lead/queue.html needs: the queue as it was within the last minute, and when that was."""
    kept = _KEPT.get(day.id)
    if kept is None or not _lasts(kept[0]):
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        kept = _KEPT[day.id] = (g.now.at, queue_report.of_day(day, g.now.at))
    counted, of = kept
    tiles = [*_lanes(of), *_overtakes(of), *_told(of), *_zones(of)] if of.lanes else []
    known = {"queue_tiles": tiles, "queue_counted": counted, "queue_page": url_for("lead.queue", id=day.id)}
    return address(day) | known


def _lasts(counted: datetime) -> bool:
    """Was it within the last minute? A clock that was set back makes nothing newer."""
    return bool(abs(g.now.at - counted) < MINUTE)


def page(day: clinic_days.ClinicDay) -> dict[str, Any]:
    """What pages/lead/queue.html needs: every figure, and whatever somebody answers for by name."""
    return {
        "day": day,
        "rows": queue_report.worded(queue_report.of_day(day, g.now.at), g.language),
        "named": queue_report.list_named(day, g.language),
        "pdf_url": url_for("lead.see_report", id=day.id) if day.closed_at else "",
    }


def _figure(number: float) -> str:
    return f"{number:.1f}".replace(".", queue_report.words(g.language).decimal)


def _lanes(of: QueueDay) -> list[Tile]:
    """The lanes in the order of their protocol, and one that it no longer knows."""
    known = [lane.code for lane in protocols.lanes().lanes]
    codes = sorted(of.lanes, key=lambda code: known.index(code) if code in known else len(known))
    names = queue_report.words(g.language).lanes
    return [
        (
            shown.say("lead.queue.lane", lane=names.get(code, code)),
            str(of.lanes[code].median_minutes),
            shown.say("lead.queue.lane.more", n=of.lanes[code].people, longest=of.lanes[code].longest_minutes), "",
        )
        for code in codes
    ]  # fmt: skip


def _overtakes(of: QueueDay) -> list[Tile]:
    whole = of.by_rule + of.by_jump + of.unexplained
    more = shown.say("lead.queue.overtakes.more", rule=_figure(of.per_hundred(of.by_rule)),
                     jump=_figure(of.per_hundred(of.by_jump)),
                     unexplained=_figure(of.per_hundred(of.unexplained)))  # fmt: skip
    kind = "look" if of.unexplained else ""
    return [(shown.say("lead.queue.overtakes"), _figure(of.per_hundred(whole)), more, kind)]


def _told(of: QueueDay) -> list[Tile]:
    told, (low, high) = of.told, HONEST
    if not told.people:
        return []
    more = shown.say("lead.queue.told.more", n=told.people, width=round(told.width_minutes))
    honest = told.people < LEAST_TOLD or low <= 100 * told.inside <= high
    return [(shown.say("lead.queue.told"), f"{told.inside:.0%}", more, "" if honest else "look")]


def _zones(of: QueueDay) -> list[Tile]:
    return [
        (
            shown.say("lead.queue.zone", zone=each.zone), f"{each.peak}/{each.capacity}",
            shown.say("lead.queue.zone.more", n=each.let_in) if each.let_in else "",
            "look" if each.peak > each.capacity else "",
        )
        for each in of.zones
    ]  # fmt: skip
