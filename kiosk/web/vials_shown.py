"""The vials of a table: what the current one still holds and for how long, the others, and what could be opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions import packs
from kiosk.actions import vials as acts
from kiosk.actions.day import find_day
from kiosk.actions.printers import list_printers
from kiosk.errors import NotFound, Refusal
from kiosk.rules import stock
from kiosk.rules.codes import Pack, VialLabel
from kiosk.rules.permissions import may
from kiosk.rules.words import SlipKind
from kiosk.store import lots, print_jobs, stations, stock_moves, vials
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.stock_moves import STORE
from kiosk.store.vials import Vial
from kiosk.web import refusals, shown, standby_shown, stock_shown

Given = MultiDict[str, str] | None
# With so few doses left the next vial is thought of.
LAST = 2
# What the form of a lot read off its box asks for.
ASKED = ("vaccine", "number", "expires", "vials", "doses_per_vial", "open_hours", "temperature_end", "note")


def panel(given: Given = None, wrong: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What `partials/vials/vial.html` and `vial_form.html` need; `needed`: doses are given at this table.

    What was refused in another form of the page says nothing here.
    """
    day = find_day(g.now)
    mine = given if given is not None and request.blueprint == "vials" else MultiDict[str, str]()
    said = wrong if wrong and mine else {}
    receiving = request.endpoint == "vials.receive_lot"
    tends = day is not None and acts.may_tend(g.actor, day) and may(g.actor.role, "vial.tend")
    seen = _seen(day, tends=tends)
    # On the whole page the sentence stands above, once.
    refusal = None if receiving or not shown.asks_for("vial") else next(iter(said.values()), None)
    return {
        "needed": packs.gives_doses(g.actor.station),
        **seen,
        "refusal": refusal,
        "form": _receiving(mine if receiving else None, said if receiving else {}),
        "form_refusal": next(iter(said.values()), None) if shown.asks_for("vial-form") and not receiving else None,
        "open_url": url_for("vials.open_vial", station=g.actor.station),
        "receive_url": url_for("vials.receive_lot", station=g.actor.station),
        "url": url_for(
            "table.page", station=g.actor.station, label=request.args.get("label"), stamp=shown.stamp(seen)
        ),
    }  # fmt: skip


def _seen(day: ClinicDay | None, *, tends: bool) -> dict[str, Any]:
    """What is there, all of it in the stamp."""
    here = vials.list_open(day.id, g.actor.station) if day else []
    current = vials.find_current(day.id, g.actor.station, g.now.at) if day else None
    taken_up = vials.find_chosen(day.id, g.actor.station) if day else None
    front = current or (taken_up if taken_up is not None and taken_up.closed_at is None else None)
    there = _unopened()
    next_lot = _next_lot(taken_up, there)
    return {
        "day": day is not None,
        "may_tend": tends,
        "may_receive": day is not None and may(g.actor.role, "stock.keep"),
        "current": _vial(front) if front else None,
        "gives": current is not None,
        "others": [_vial(one) for one in here if front is None or one.id != front.id],
        "next": _named(next_lot, there) if next_lot else None,
        "before_opening": _before_opening(next_lot) if tends and (current is None or current.left <= LAST) else None,
        "lots": [(lot.id, _named(lot, there)) for lot in there],
        "scanned": _scanned(current, there, tends=tends) if day else None,
        "label": _label(),
        "prints": stations.get(g.actor.station).prints_at in {row.code for row in list_printers()},
    }


def _before_opening(lot: lots.Lot | None) -> str | None:
    """What to think of before a vial of this lot is opened."""
    return standby_shown.before_opening(lot.doses_per_vial or 0) if lot else None


def _unopened() -> dict[lots.Lot, int]:
    """Lots that may be given today, with the unopened vials here and in the store; what expires first comes first."""
    found: dict[lots.Lot, int] = {}
    for lot, place, n in stock_moves.list_unopened():
        if place in (STORE, g.actor.station) and lot.expires_on >= g.now.on:
            found[lot] = found.get(lot, 0) + n
    return found


def _next_lot(taken_up: Vial | None, there: Mapping[lots.Lot, int]) -> lots.Lot | None:
    """The lot whose vial is opened with one tap: of the same vaccine as before, or the only one that is there."""
    alike = [lot for lot in there if taken_up is not None and lot.vaccine == taken_up.lot.vaccine]
    same = [lot for lot in alike if taken_up is not None and lot.id == taken_up.lot_id]
    if taken_up is None and len(there) == 1:
        return next(iter(there))
    return next(iter(same or alike), None)


def _vial(one: Vial) -> dict[str, Any]:
    """One open vial, worded. `kind`: of the doses and of the time, right, look or stop."""
    minutes, keeping = stock.minutes_left(one.use_by, g.now.at), protocols.stock()
    over, expired = stock.is_over(one, g.now.at), one.lot.expires_on < g.now.on
    until = acts.last_minute(one, shown.clock().local(g.now.at))
    urls = {name: url_for("vials.move", station=g.actor.station, id=one.id, move=name)
            for name in ("choose", "extra", "unopen")}  # fmt: skip
    return {
        "id": one.id,
        "vaccine": protocols.vaccines().get(one.lot.vaccine).name,
        "number": one.lot.number,
        "expires": f"{one.lot.expires_on:%d/%m/%Y}",
        "expired": expired,
        "left": one.left,
        "given": one.given,
        "extra": one.extra,
        "wasted": one.wasted,
        "doses": one.doses,
        "opened": shown.at(one.opened_at),
        "minutes": minutes,
        "until": f"{until:%H:%M}" if until else "",
        "over": over,
        "doses_kind": "right" if one.left and not over else "look",
        "time_kind": "look" if minutes is None or minutes <= keeping.warn_minutes else "right",
        "gives": stock.gives(one, g.now.at) and not expired,
        "may_extra": not one.left and not over and not expired and one.extra < keeping.most_extra,
        "untouched": acts.is_untouched(one),
        **{f"{name}_url": address for name, address in urls.items()},
        "page_url": url_for("vials.page", station=g.actor.station, id=one.id),
        "close_url": url_for("vials.close_vial", station=g.actor.station, id=one.id),
        "label_url": url_for("vials.print_label", station=g.actor.station, id=one.id),
        "waste_url": url_for("vials.waste", station=g.actor.station, id=one.id),
    }


def _named(lot: lots.Lot, there: Mapping[lots.Lot, int]) -> dict[str, Any]:
    name = protocols.vaccines().get(lot.vaccine).name
    expires = f"{lot.expires_on:%d/%m/%Y}"
    return {"id": lot.id, "vaccine": name, "number": lot.number, "expires": expires, "vials": there.get(lot, 0)}


def _scanned(current: Vial | None, there: Mapping[lots.Lot, int], *, tends: bool) -> dict[str, Any] | None:
    """What the label or the pack that was read last asks for: kind, sentence, what to do, and where."""
    code = packs.look_at(g.actor.station, g.now.at)
    if isinstance(code, VialLabel):
        return _label_scanned(vials.find_by_token(code.token), current, tends=tends)
    if not isinstance(code, Pack):
        return None
    try:
        lot = packs.require_pack(code, g.now)
    except Refusal as refusal:
        unknown = refusal.code == "pack_unknown"
        return _offer("look" if unknown else "stop", refusals.sentence(refusal), receive=unknown)
    named = _named(lot, there)
    if lot not in there:
        return _offer("look", shown.say("vial.pack.none", **named), receive=True)
    if current is not None and current.lot_id == lot.id:
        return None
    return _offer("look", shown.say("vial.pack.other", **named), lot=lot.id if tends else "")


def _label_scanned(one: Vial | None, current: Vial | None, *, tends: bool) -> dict[str, Any] | None:
    if one is None:
        return _offer("look", shown.say("vial.label.unknown"))
    try:
        acts.require_gives(one, g.now)
    except Refusal as refusal:
        return _offer("stop", refusals.sentence(refusal))
    if current is not None and current.id == one.id:
        return None
    place = stations.find(one.station)
    sentence = shown.say("vial.label.elsewhere", number=one.lot.number, place=place.name(g.language) if place else "")
    url = url_for("vials.move", station=g.actor.station, id=one.id, move="move") if tends else ""
    return _offer("look", sentence, move_url=url)


def _offer(kind: str, sentence: str, *, receive: bool = False, lot: str = "", move_url: str = "") -> dict[str, Any]:
    may_receive = may(g.actor.role, "stock.keep")
    url = url_for("table.page", station=g.actor.station, pack="1", _anchor="vial-form")
    return {
        "kind": kind, "sentence": sentence, "lot": lot, "move_url": move_url,
        "receive_url": url if receive and may_receive else "", "ask": receive and not may_receive,
    }  # fmt: skip


def _receiving(given: Given, wrong: Mapping[str, str]) -> dict[str, Any]:
    """The form of a lot read off its box: as typed, else as the pack says that was read."""
    prefilled = {name: given.get(name, "") for name in (*ASKED, "gtin")} if given is not None else _from_pack()
    return {
        "open": bool(prefilled) or bool(wrong),
        "given": prefilled,
        "wrong": wrong,
        "vaccines": [(each.code, each.name) for each in protocols.vaccines().vaccines],
        "open_hours_hint": stock_shown.open_hours_hint(),
    }


def _from_pack() -> dict[str, str]:
    code = packs.look_at(g.actor.station, g.now.at) if request.args.get("pack") else None
    if not isinstance(code, Pack):
        return {}
    known = next(iter(lots.list_of_product(code.gtin)), None)
    return {
        "gtin": code.gtin,
        "number": code.lot,
        "expires": f"{code.expires_on:%d/%m/%Y}" if code.expires_on else "",
        "vaccine": known.vaccine if known else "",
        "doses_per_vial": str(known.doses_per_vial or "") if known else "",
    }


def page(one: Vial, given: Given, wrong: Mapping[str, str]) -> dict[str, Any]:
    """What `pages/vials/vial.html` needs: the vial, and why some of it is wasted."""
    day = find_day(g.now)
    given = given if given is not None else MultiDict[str, str]()
    over = stock.is_over(one, g.now.at)
    return {
        "vial": _vial(one),
        "may_tend": day is not None and acts.may_tend(g.actor, day),
        "reasons": [(each.code, each.label(g.language)) for each in protocols.stock().reasons
                    if each.opened and each.by_hand],
        "given": {"doses": given.get("doses", str(one.left)), "note": given.get("note", ""),
                  "reason": given.get("reason", "open_too_long" if over else "")},
        "wrong": wrong,
    }  # fmt: skip


def _label() -> dict[str, str] | None:
    """Where the label is that this page asked for last."""
    try:
        job = print_jobs.get(request.args.get("label", ""))
    except NotFound:
        return None
    paper = shown.paper(job)
    return {name: paper[name] for name in ("kind", "name", "words")} if job.slip == SlipKind.VIAL else None
