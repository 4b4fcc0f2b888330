"""Opened vials at a table: opened, taken up, moved, drawn beyond the label, wasted, closed; and their labels."""

from __future__ import annotations

import secrets
from datetime import datetime, time

from kiosk import protocols, wording
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.duty import answering
from kiosk.actions.printers import SOON, get_printer
from kiosk.actions.printing import queue_slip
from kiosk.actions.stock import end_vial, move, record_waste, require_reason, require_there
from kiosk.errors import Refusal
from kiosk.rules import slips, stock
from kiosk.rules.actor import Actor
from kiosk.rules.codes import ticket, vial
from kiosk.rules.moment import Moment
from kiosk.rules.words import Role, SlipKind, StockKind
from kiosk.store import audit, doses, lots, stations, stock_moves, topics, vials
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.columns import next_seq, record
from kiosk.store.stock_moves import STORE
from kiosk.store.vials import Vial


@act
def open_vial(by: Actor, now: Moment, lot_id: str) -> str:
    """A vial of this lot is opened at this table, which gives it from now on; returns the vial's id.

    It is one of the table's own unopened ones, else of the store's. Vials of the table that hold nothing are closed.
    Raises NotFound, Refusal `no_clinic_day`, `nobody_on_duty`, `clock_untrusted` (a box that does not know the time
    would end its life too late), `place_odd` (no doses are given here), `lot_expired`, `lot_unmeasured` (nobody has
    said how many doses a vial of it holds), `stock_short` (none is left unopened).
    """
    day = require_tending(by, now)
    return begin_vial(by, now, day, lots.get(lot_id), by.id).id


def begin_vial(by: Actor, now: Moment, day: ClinicDay, lot: lots.Lot, opened_by: str) -> Vial:
    """Within an act: as `open_vial`; `opened_by`: the staff id of whoever holds it."""
    if not now.trusted:
        raise Refusal("clock_untrusted")
    if not protocols.steps().recording("dose") & set(stations.get(by.station).steps):
        raise Refusal("place_odd")
    stock.require_lot(lot, now.on)
    if lot.doses_per_vial is None:
        raise Refusal("lot_unmeasured", number=lot.number)
    place = by.station if stock_moves.count_unopened(lot.id, by.station) else STORE
    require_there(lot, place, 1)
    for other in vials.list_open(day.id, by.station):
        if not other.left:
            end_vial(by, now, other)
            other.spent = True
    fresh = record(
        Vial(
            lot_id=lot.id, clinic_day_id=day.id, station=by.station, token=_token(), doses=lot.doses_per_vial,
            opened_at=now.at, opened_by=opened_by, use_by=stock.use_by(now.at, open_minutes(lot)),
        ),
        now,
    )  # fmt: skip
    fresh.lot, fresh.chosen = lot, fresh.seq
    move(by, now, StockKind.OPENED, lot, vial=fresh, from_place=place, vials=1)
    audit.add(by, now, "vial.opened", fresh.id, lot=lot.id, place=place)
    return fresh


def open_minutes(lot: lots.Lot) -> int | None:
    """How long an opened vial of this lot may be used; None where that is not established."""
    hours = protocols.vaccines().get(lot.vaccine).open_hours
    return lot.open_minutes or (hours * 60 if hours else None)


@act
def unopen_vial(by: Actor, now: Moment, vial_id: str) -> str:
    """It was not opened after all: pressed by mistake. It goes back to where it was; returns the vial's id.

    Raises NotFound, Refusal `no_clinic_day`, `nobody_on_duty`, `vial_elsewhere`, `vial_closed`, `vial_begun` (a dose of
    it was recorded, wasted or drawn beyond its label: void or not, the vial was pierced as far as anybody knows).
    """
    mine = _require_mine(by, now, vial_id)
    if not is_untouched(mine):
        raise Refusal("vial_begun")
    move(by, now, StockKind.OPENED, mine.lot, vial=mine, to_place=stock_moves.find_opening(mine.id).from_place, vials=1)
    mine.doses, mine.closed_at = 0, now.at
    audit.add(by, now, "vial.unopened", mine.id)
    return mine.id


def is_untouched(one: Vial) -> bool:
    """Has nothing ever been recorded, wasted or drawn beyond its label out of this vial?"""
    return not (one.given or one.wasted or one.extra or doses.is_of(one.id))


@act
def choose_vial(by: Actor, now: Moment, vial_id: str) -> str:
    """Of several open vials the table gives this one from now on; returns its id.

    Raises NotFound, Refusal `no_clinic_day`, `nobody_on_duty`, `vial_elsewhere`, `vial_closed`, `vial_expired`,
    `vial_empty`, `lot_expired`.
    """
    mine = _require_mine(by, now, vial_id)
    require_gives(mine, now)
    take_up(by, now, mine)
    return mine.id


@act
def move_vial(by: Actor, now: Moment, vial_id: str) -> str:
    """An open vial of another table stands here from now on, and is given; returns its id. Raises as `choose_vial`."""
    require_tending(by, now)
    other = vials.get(vial_id)
    require_gives(other, now)
    take_up(by, now, other)
    return other.id


def take_up(by: Actor, now: Moment, one: Vial) -> None:
    """Within an act: the actor's table gives this vial from now on; one of another table comes here."""
    came_from = one.station
    one.station, one.chosen = by.station, next_seq(one.box)
    topics.touch(topics.table(by.station), topics.table(came_from))
    if came_from != by.station:
        move(by, now, StockKind.PLACED, one.lot, vial=one, from_place=came_from, to_place=by.station, doses=one.left)
    audit.add(by, now, "vial.chosen" if came_from == by.station else "vial.moved", one.id, from_place=came_from)


def require_gives(one: Vial, now: Moment) -> None:
    """Raises Refusal `vial_closed`, `vial_expired`, `vial_empty`, `lot_expired`."""
    if one.closed_at is not None:
        raise Refusal("vial_closed")
    if stock.is_over(one, now.at):
        raise Refusal("vial_expired")
    if not one.left:
        raise Refusal("vial_empty")
    stock.require_lot(one.lot, now.on)


@act
def draw_extra(by: Actor, now: Moment, vial_id: str) -> str:
    """The vial gives one dose more than its label says; returns its id.

    Raises NotFound, Refusal `no_clinic_day`, `nobody_on_duty`, `vial_elsewhere`, `vial_closed`, `vial_expired`,
    `extra_early` (its own doses come first), `extra_most`.
    """
    mine, most = _require_mine(by, now, vial_id), protocols.stock().most_extra
    if stock.is_over(mine, now.at):
        raise Refusal("vial_expired")
    if mine.left:
        raise Refusal("extra_early", n=mine.left)
    if mine.extra >= most:
        raise Refusal("extra_most", most=most)
    add_extra(by, now, mine)
    return mine.id


def add_extra(by: Actor, now: Moment, one: Vial) -> None:
    """Within an act: the vial gives one dose more than its label says."""
    one.extra += 1
    move(by, now, StockKind.EXTRA, one.lot, vial=one, to_place=one.station, doses=1)
    audit.add(by, now, "vial.extra_drawn", one.id, extra=one.extra)


@act
def waste(by: Actor, now: Moment, vial_id: str, doses: int, reason: str, note: str = "") -> str:
    """Doses of this vial that nobody is given; with its last one it is closed. Returns its id.

    Raises NotFound, Refusal `no_clinic_day`, `nobody_on_duty`, `vial_elsewhere`, `vial_closed`, `count_odd`,
    `vial_short`, `waste_reason_missing`, `note_missing`.
    """
    mine = _require_mine(by, now, vial_id)
    record_waste(by, now, mine, doses, reason, note)
    if not mine.left:
        end_vial(by, now, mine)
    return mine.id


@act
def close_vial(by: Actor, now: Moment, vial_id: str, reason: str = "", note: str = "") -> str:
    """The vial is put away; what is left in it is wasted for this reason. Returns its id.

    Raises NotFound, Refusal `no_clinic_day`, `nobody_on_duty`, `vial_elsewhere`, `vial_closed`, `waste_reason_missing`
    while it holds something, `note_missing`.
    """
    mine = _require_mine(by, now, vial_id)
    if mine.left:
        require_reason(reason, note, opened=True)
    end_vial(by, now, mine, reason, note)
    return mine.id


@act
def print_label(by: Actor, now: Moment, vial_id: str, local: datetime, language: str) -> str:
    """The label of an open vial of this table; returns the job's id. `local`: now at the site.

    Raises NotFound for a table without a printer, Refusal `no_clinic_day`, `nobody_on_duty`, `vial_elsewhere`,
    `vial_closed`, `lot_expired`.
    """
    mine = _require_mine(by, now, vial_id)
    stock.require_lot(mine.lot, now.on)
    station, vaccine = stations.get(by.station), protocols.vaccines().get(mine.lot.vaccine)
    facts = slips.VialFacts(
        vaccine=vaccine.name, lot=mine.lot.number, expires_on=mine.lot.expires_on,
        opened=mine.opened_at.astimezone(local.tzinfo), use_by=last_minute(mine, local),
        station=station.name(language), payload=vial.write(mine.token),
    )  # fmt: skip
    job = queue_slip(
        by, now, SlipKind.VIAL, slips.vial_label(facts, wording.speaker(language)), about=mine.token,
        label=mine.lot.number, language=language, station=get_printer(station.prints_at).code, useful=SOON,
    )  # fmt: skip
    return job.id


def last_minute(one: Vial, local: datetime) -> datetime | None:
    """Until when it may be used, at the site; its lot's last day, if that ends first. None: not established."""
    last = datetime.combine(one.lot.expires_on, time(23, 59), local.tzinfo)
    return min(one.use_by.astimezone(local.tzinfo), last) if one.use_by else None


def may_tend(by: Actor, day: ClinicDay) -> bool:
    """The site lead may, and whoever answers for the doses here; a volunteer for whoever is on duty."""
    return by.role is Role.SITE_LEAD or answering(by, day, "dose") is not None


def require_tending(by: Actor, now: Moment) -> ClinicDay:
    """Today's open clinic day. Raises Refusal `no_clinic_day`, `nobody_on_duty`."""
    day = require_open_day(now)
    if not may_tend(by, day):
        raise Refusal("nobody_on_duty")
    return day


def _require_mine(by: Actor, now: Moment, vial_id: str) -> Vial:
    """An open vial of the actor's own table; any for the site lead, who stands at none."""
    require_tending(by, now)
    mine = vials.get(vial_id)
    if mine.closed_at is not None:
        raise Refusal("vial_closed")
    if by.role is not Role.SITE_LEAD and mine.station != by.station:
        raise Refusal("vial_elsewhere")
    return mine


def _token() -> str:
    return "".join(secrets.choice(ticket.ALPHABET) for _ in range(ticket.LENGTH))
