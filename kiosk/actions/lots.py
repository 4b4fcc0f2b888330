"""Which lot a table gives: no lot, no dose; and the labels of its opened vials."""

from __future__ import annotations

import secrets
from datetime import datetime, time, timedelta

from kiosk import protocols, wording
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.duty import answering
from kiosk.actions.printers import SOON, get_printer
from kiosk.actions.printing import queue_slip
from kiosk.errors import Refusal
from kiosk.rules import slips, stock
from kiosk.rules.actor import Actor
from kiosk.rules.codes import ticket, vial
from kiosk.rules.moment import Moment
from kiosk.rules.words import Role, SlipKind
from kiosk.store import audit, lots, stations, topics
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


@act
def print_vial(by: Actor, now: Moment, lot_id: str, local: datetime, language: str) -> str:
    """The label of a vial that is being opened at this table; returns the job's id.

    `lot_id`: the lot that the page showed; `local`: now at the site, which is when the vial is opened. The token on
    the label is a fresh one; until vials have rows of their own it stands in the audit only, as what the slip is about.
    Raises NotFound for a table without a printer, Refusal `no_clinic_day`, `nobody_on_duty`, `lot_missing`,
    `lot_changed` (another one stands here), `lot_expired`.
    """
    day = require_open_day(now)
    if not may_place(by, day):
        raise Refusal("nobody_on_duty")
    lot = stock.require_lot(lots.find_at(day.id, by.station), now.on)
    if lot.id != lot_id:
        raise Refusal("lot_changed")
    station, vaccine = stations.get(by.station), protocols.vaccines().get(lot.vaccine)
    token = "".join(secrets.choice(ticket.ALPHABET) for _ in range(ticket.LENGTH))
    facts = slips.VialFacts(
        vaccine=vaccine.name, lot=lot.number, expires_on=lot.expires_on, opened=local,
        use_by=_use_by(lot, local, vaccine.open_hours), station=station.name(language), payload=vial.write(token),
    )  # fmt: skip
    job = queue_slip(
        by, now, SlipKind.VIAL, slips.vial_label(facts, wording.speaker(language)), about=token, label=lot.number,
        language=language, station=get_printer(station.prints_at).code, useful=SOON,
    )  # fmt: skip
    return job.id


def _use_by(lot: lots.Lot, opened: datetime, hours: int | None) -> datetime | None:
    """The end of the opened vial's life; of its lot's last day, if that comes first. None: not established."""
    last = datetime.combine(lot.expires_on, time(23, 59), opened.tzinfo)
    return min(opened + timedelta(hours=hours), last) if hours else None


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
