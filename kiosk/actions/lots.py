"""Which lot a table gives: no lot, no dose."""

from __future__ import annotations

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.duty import answering
from kiosk.errors import Refusal
from kiosk.rules import stock
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import Role
from kiosk.store import audit, lots, topics
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.columns import record


@act
def place_lot(by: Actor, now: Moment, lot_id: str) -> str:
    """From now on this table gives this lot; returns its id.

    Raises NotFound, Refusal `lot_expired`, `nobody_on_duty` (a volunteer places it for whoever is on duty).
    """
    return _place(by, now, lots.get(lot_id))


@act
def add_lot(by: Actor, now: Moment, vaccine: str, number: str, expires: str) -> str:
    """A lot read off its box, placed at this table; returns its id. Raises as `receive_lot`, and `no_clinic_day`."""
    return _place(by, now, _receive(by, now, vaccine, number, expires))


@act
def receive_lot(by: Actor, now: Moment, vaccine: str, number: str, expires: str) -> str:
    """A lot that came to the site, for any table to place; returns its id.

    Raises Refusal `vaccine_unknown`, `lot_odd`, `expiry_odd`, `lot_expired`, and `lot_expires_otherwise` when the
    lot is known with another date.
    """
    return _receive(by, now, vaccine, number, expires).id


def _receive(by: Actor, now: Moment, vaccine: str, number: str, expires: str) -> lots.Lot:
    if vaccine not in {each.code for each in protocols.vaccines().vaccines}:
        raise Refusal("vaccine_unknown", field="vaccine")
    number, expires_on = stock.require_lot_number(number), stock.require_expiry(expires, now.on)
    lot = lots.find(vaccine, number)
    if lot is None:
        lot = lots.add(lots.Lot(vaccine=vaccine, number=number, expires_on=expires_on, added_at=now.at))
    elif lot.expires_on != expires_on:
        raise Refusal("lot_expires_otherwise", field="expires", known=f"{lot.expires_on:%d/%m/%Y}")
    audit.add(by, now, "lot.received", lot.id, vaccine=vaccine, number=number)
    return lot


def may_place(by: Actor, day: ClinicDay) -> bool:
    """The site lead may, and whoever answers for the doses here; a volunteer for whoever is on duty."""
    return by.role is Role.SITE_LEAD or answering(by, day, "dose") is not None


def _place(by: Actor, now: Moment, lot: lots.Lot) -> str:
    day = require_open_day(now)
    if not may_place(by, day):
        raise Refusal("nobody_on_duty")
    stock.require_lot(lot, now.on)
    record(lots.TableLot(clinic_day_id=day.id, station=by.station, lot_id=lot.id, at=now.at, by=by.id), now)
    audit.add(by, now, "lot.placed", lot.id)
    topics.touch(topics.TABLES)
    return lot.id
