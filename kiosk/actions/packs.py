"""A vial's label or a vaccine's pack was held to a table's camera or scanner."""

from __future__ import annotations

from datetime import datetime, timedelta

from kiosk import protocols
from kiosk.actions.day import find_day
from kiosk.actions.duty import answering
from kiosk.actions.vials import begin_vial, require_gives, take_up
from kiosk.errors import Refusal
from kiosk.rules import stock
from kiosk.rules.actor import Actor
from kiosk.rules.codes import Pack, VialLabel
from kiosk.rules.moment import Moment
from kiosk.rules.words import ScanOutcome
from kiosk.store import audit, lots, scans, stations, topics, vials
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.columns import record

# What it led to stands on the table's panel for so long.
SHOWN = timedelta(minutes=3)


def meet(by: Actor, now: Moment, scan: scans.Scan, code: VialLabel | Pack, since: datetime) -> str:
    """Within the scan's own act: a label takes its vial up here, a pack opens a vial of its lot; returns the outcome.

    Only where somebody answers for it, and a pack only when it comes before a table that has no dose left: one that
    lies there all day, or was seen since `since`, opens none by itself. The rest the panel offers, one tap away.
    """
    before = scans.find_read(by.station, scan.raw, since)
    if before is not None and before.outcome == ScanOutcome.STOCK:
        before.at = now.at
        audit.add(by, now, "code.seen_again", before.id)
        return before.outcome
    scan.outcome = ScanOutcome.STOCK
    record(scan, now)
    day = find_day(now)
    member = answering(by, day, "dose") if day else None
    if day and member and isinstance(code, VialLabel):
        _meet_label(by, now, code)
    elif day and member and isinstance(code, Pack):
        _meet_pack(by, now, day, code, member.id)
    audit.add(by, now, "code.scanned", scan.id, outcome=scan.outcome, kind=scan.kind)
    topics.touch(topics.table(by.station))
    return scan.outcome


def gives_doses(station: str) -> bool:
    """Are doses given at this station?"""
    return bool(protocols.steps().recording("dose") & set(stations.get(station).steps))


def look_at(station: str, at: datetime) -> VialLabel | Pack | None:
    """The label or pack that was read last at this table, while nothing else was read after it."""
    scan = scans.find_newest(station, at - SHOWN)
    code = scan.read() if scan is not None and scan.outcome == ScanOutcome.STOCK else None
    return code if isinstance(code, VialLabel | Pack) else None


def find_lot(pack: Pack) -> lots.Lot | None:
    """The lot of this pack: by its number, and by its product where two have the same number."""
    found = lots.list_numbered(pack.lot.upper()) if pack.lot else []
    of_product = [lot for lot in found if lot.gtin == pack.gtin]
    return (of_product or found)[0] if len(of_product or found) == 1 else None


def require_pack(pack: Pack, now: Moment) -> lots.Lot:
    """The lot that this pack is of, which may be given; by what the pack itself says and by what is known.

    Raises Refusal `lot_expired`, `pack_unknown`, `lot_expires_otherwise`.
    """
    if pack.expires_on is not None and pack.expires_on < now.on:
        raise Refusal("lot_expired", number=pack.lot, on=f"{pack.expires_on:%d/%m/%Y}")
    lot = find_lot(pack)
    if lot is None:
        raise Refusal("pack_unknown", number=pack.lot)
    if pack.expires_on not in (None, lot.expires_on):
        raise Refusal("lot_expires_otherwise", known=f"{lot.expires_on:%d/%m/%Y}")
    return stock.require_lot(lot, now.on)


def _meet_label(by: Actor, now: Moment, label: VialLabel) -> None:
    one = vials.find_by_token(label.token)
    try:
        if one is not None:
            require_gives(one, now)
            take_up(by, now, one)
    except Refusal:
        return  # the panel says why


def _meet_pack(by: Actor, now: Moment, day: ClinicDay, pack: Pack, opened_by: str) -> None:
    if vials.find_current(day.id, by.station, now.at) is not None:
        return
    try:
        begin_vial(by, now, day, require_pack(pack, now), opened_by)
    except Refusal:
        return
