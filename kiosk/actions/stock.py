"""Vaccine as it comes, moves and is wasted: every movement is a row of the ledger, in the act that it tells of."""

from __future__ import annotations

from typing import Any

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules import stock
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import StockKind
from kiosk.store import audit, clinic_days, lots, stations, stock_moves, topics, vials
from kiosk.store.columns import record
from kiosk.store.stock_moves import STORE, StockMove

LONGEST_NOTE, LONGEST_SITE = 200, 120
# Of `protocols/stock.toml`: why what a vial holds at the end is wasted.
LEFT_OVER, OVER = "left_over", "open_too_long"


@act
def receive_lot(
    by: Actor, now: Moment, vaccine: str, number: str, expires: str, vials: int, doses_per_vial: int, *,
    temperature_start: float | None = None, temperature_end: float | None = None, came_from: str = "", gtin: str = "",
    open_hours: str = "", note: str = "",
) -> str:  # fmt: skip
    """Vials of a lot that came into the site's store, from the ministry's or from another site; returns the lot's id.

    A lot that is known gets more. `expires`: as typed, `dd/mm/yyyy` or `mm/yyyy`. `temperature_start`, `_end`: degrees
    Celsius at the ends of its way. `came_from`: the other site, "" from the ministry's store.
    `open_hours`: an opened vial's life by its leaflet, as typed; "" as `protocols/vaccines.toml` says.
    Raises Refusal `vaccine_unknown`, `lot_odd`, `expiry_odd`, `lot_expired`, `count_odd`, `open_life_odd`,
    `lot_expires_otherwise`, `lot_fills_otherwise` and `lot_lives_otherwise` (known with another date, with other vials,
    or with another open life), `temperature_outside` without a note.
    """
    if vaccine not in {each.code for each in protocols.vaccines().vaccines}:
        raise Refusal("vaccine_unknown", field="vaccine")
    number, expires_on = stock.require_lot_number(number), stock.require_expiry(expires, now.on)
    stock.require_count(vials, "vials", stock.MOST_VIALS)
    stock.require_count(doses_per_vial, "doses_per_vial", stock.MOST_PER_VIAL)
    minutes = protocols.stock().read_open_life(open_hours)
    if protocols.stock().outside(temperature_start, temperature_end) and not note.strip():
        kept = protocols.stock()
        raise Refusal("temperature_outside", field="note", coldest=f"{kept.coldest:g}", warmest=f"{kept.warmest:g}")
    lot = lots.find(vaccine, number)
    if lot is None:
        lot = lots.add(lots.Lot(vaccine=vaccine, number=number, expires_on=expires_on, added_at=now.at))
    elif lot.expires_on != expires_on:
        raise Refusal("lot_expires_otherwise", field="expires", known=f"{lot.expires_on:%d/%m/%Y}")
    elif lot.doses_per_vial not in (None, doses_per_vial):
        raise Refusal("lot_fills_otherwise", field="doses_per_vial", known=lot.doses_per_vial)
    elif minutes and lot.open_minutes not in (None, minutes):
        raise Refusal("lot_lives_otherwise", field="open_hours", known=lot.open_minutes)
    lot.doses_per_vial, lot.gtin = doses_per_vial, lot.gtin or gtin[:14]
    lot.open_minutes = minutes or lot.open_minutes
    move(
        by, now, StockKind.CAME if came_from.strip() else StockKind.RECEIVED, lot, to_place=STORE, vials=vials,
        other_site=came_from.strip()[:LONGEST_SITE], note=note, temperature_start=temperature_start,
        temperature_end=temperature_end,
    )  # fmt: skip
    audit.add(
        by, now, "lot.received", lot.id, vaccine=vaccine, number=number, vials=vials, doses=vials * doses_per_vial
    )
    return lot.id


@act
def put_lot_right(
    by: Actor, now: Moment, lot_id: str, note: str, *, expires: str = "", doses_per_vial: int | None = None,
    open_hours: str = "",
) -> str:  # fmt: skip
    """What was typed of a lot was wrong, and no vial of it has been opened; returns the lot's id.

    What is left empty stays; `note`: why. The ledger's rows stay: where vials hold another number of doses, each kind
    of movement gets one more row with the difference. Raises NotFound, Refusal `lot_opened`, `expiry_odd`, `count_odd`,
    `open_life_odd`, `lot_as_it_was`, `note_missing`.
    """
    lot = lots.get(lot_id)
    if lot not in stock_moves.list_never_opened():
        raise Refusal("lot_opened", field="lot", number=lot.number)
    if doses_per_vial is not None:
        stock.require_count(doses_per_vial, "doses_per_vial", stock.MOST_PER_VIAL)
    right: dict[str, Any] = {
        "expires_on": stock.read_expiry(expires, now.on) if expires.strip() else None,
        "doses_per_vial": doses_per_vial,
        "open_minutes": protocols.stock().read_open_life(open_hours),
    }
    was = {name: getattr(lot, name) for name, worth in right.items() if worth not in (None, getattr(lot, name))}
    if not was:
        raise Refusal("lot_as_it_was")
    if not note.strip():
        raise Refusal("note_missing", field="note")
    for name in was:
        setattr(lot, name, right[name])
    move(by, now, StockKind.PUT_RIGHT, lot, note=note)
    if "doses_per_vial" in was:
        _restate(by, now, lot, right["doses_per_vial"] - (was["doses_per_vial"] or 0), note)
    audit.add(by, now, "lot.put_right", lot.id, **{name: [str(worth), str(right[name])] for name, worth in was.items()})
    return lot.id


def _restate(by: Actor, now: Moment, lot: lots.Lot, more: int, note: str) -> None:
    """Every vial that came, moved or left held so many doses more than its row says."""
    for kind, from_place, to_place, other_site, reason, n in stock_moves.list_vials_moved(lot.id):
        move(
            by, now, kind, lot, from_place=from_place, to_place=to_place, other_site=other_site, reason=reason,
            doses=n * more, note=note,
        )  # fmt: skip


@act
def transfer(by: Actor, now: Moment, lot_id: str, from_place: str, to_place: str, vials: int) -> str:
    """Unopened vials from the store to a table, back, or between tables; returns the lot's id.

    Places: STORE or a station's code. Raises NotFound, Refusal `place_odd` (where none may be put), `count_odd`,
    `stock_short`; to a table also `lot_expired`.
    """
    lot = lots.get(lot_id)
    if from_place == to_place or not _takes(to_place):
        raise Refusal("place_odd", field="to_place")
    if to_place != STORE:
        stock.require_lot(lot, now.on)
    require_there(lot, from_place, vials)
    move(by, now, StockKind.PLACED, lot, from_place=from_place, to_place=to_place, vials=vials)
    audit.add(by, now, "lot.placed", lot.id, from_place=from_place, to_place=to_place, vials=vials)
    return lot.id


@act
def ship(
    by: Actor, now: Moment, lot_id: str, vials: int, other_site: str, *, place: str = STORE,
    temperature_start: float | None = None, note: str = "",
) -> str:  # fmt: skip
    """Unopened vials leave for another site; returns the lot's id.

    Raises NotFound, Refusal `site_missing` (whose it will be), `count_odd`, `stock_short`.
    """
    lot, other_site = lots.get(lot_id), other_site.strip()[:LONGEST_SITE]
    if not other_site:
        raise Refusal("site_missing", field="other_site")
    require_there(lot, place, vials)
    move(
        by, now, StockKind.SENT, lot, from_place=place, vials=vials, other_site=other_site,
        temperature_start=temperature_start, note=note,
    )  # fmt: skip
    audit.add(by, now, "lot.sent", lot.id, place=place, vials=vials)
    return lot.id


@act
def waste_unopened(by: Actor, now: Moment, lot_id: str, place: str, vials: int, reason: str, note: str = "") -> str:
    """Unopened vials that nobody may be given any more; returns the lot's id.

    Raises NotFound, Refusal `count_odd`, `stock_short`, `waste_reason_missing`, `note_missing`.
    """
    lot = lots.get(lot_id)
    require_reason(reason, note, opened=False)
    require_there(lot, place, vials)
    move(by, now, StockKind.WASTED, lot, from_place=place, vials=vials, reason=reason, note=note)
    audit.add(by, now, "lot.wasted", lot.id, place=place, vials=vials, reason=reason)
    return lot.id


def record_waste(by: Actor, now: Moment, vial: vials.Vial, doses: int, reason: str, note: str = "") -> None:
    """Within an act: doses that leave this vial unused; counter, ledger and audit together.

    Raises Refusal `count_odd`, `vial_short` when it does not hold them, `waste_reason_missing`, `note_missing`.
    """
    require_reason(reason, note, opened=True)
    stock.require_count(doses, "doses", stock.MOST_PER_VIAL)
    if not vials.waste(vial.id, doses):
        raise Refusal("vial_short", field="doses", left=vial.left)
    move(by, now, StockKind.WASTED, vial.lot, vial=vial, from_place=vial.station, doses=doses, reason=reason, note=note)
    audit.add(by, now, "vial.wasted", vial.id, doses=doses, reason=reason)


def take_back_waste(by: Actor, now: Moment, vial: vials.Vial, reason: str) -> None:
    """Within an act: one dose of this vial was not wasted after all; counter, ledger and audit together."""
    vials.waste(vial.id, -1)
    move(by, now, StockKind.WASTED, vial.lot, vial=vial, from_place=vial.station, doses=-1, reason=reason)
    audit.add(by, now, "vial.waste_taken_back", vial.id, reason=reason)


def put_away_vials(by: Actor, now: Moment, day: clinic_days.ClinicDay, *, keep: bool) -> None:
    """Within the act that closes a clinic day: its open vials are closed and what they hold is wasted.

    `keep`: those that hold something and may still be used stay open for the next half of the same date.
    """
    for one in vials.list_open(day.id):
        if not (keep and stock.gives(one, now.at)):
            end_vial(by, now, one)


def carry_vials(by: Actor, now: Moment, day: clinic_days.ClinicDay) -> None:
    """Within the act that opens a clinic day: vials kept from an earlier half of its date go on in it.

    Those of another date, or over by now, are closed and what they hold is wasted.
    """
    for one in vials.list_kept(day.id):
        if clinic_days.get(one.clinic_day_id).on == day.on and stock.gives(one, now.at):
            one.clinic_day_id = day.id
            audit.add(by, now, "vial.carried", one.id)
        else:
            end_vial(by, now, one)


def end_vial(by: Actor, now: Moment, one: vials.Vial, reason: str = "", note: str = "") -> None:
    """Within an act: closed, and what is left in it wasted; without a reason because the day, or its life, is over.

    Raises Refusal `waste_reason_missing`, `note_missing`.
    """
    if one.left:
        reason = reason or (OVER if stock.is_over(one, now.at) else LEFT_OVER)
        record_waste(by, now, one, one.left, reason, note)
    one.closed_at = now.at
    topics.touch(topics.table(one.station))
    audit.add(by, now, "vial.closed", one.id)


def require_reason(code: str, note: str, *, opened: bool) -> stock.WasteReason:
    """Raises Refusal `waste_reason_missing` (none, or not said of such vials), `note_missing`."""
    reason = protocols.stock().reason(code)
    if not (reason.opened if opened else reason.unopened):
        raise Refusal("waste_reason_missing", field="reason")
    if reason.needs_note and not note.strip():
        raise Refusal("note_missing", field="note")
    return reason


def require_there(lot: lots.Lot, place: str, vials: int) -> None:
    """Raises Refusal `count_odd`, `stock_short` when fewer unopened vials of the lot are at that place."""
    stock.require_count(vials, "vials", stock.MOST_VIALS)
    there = stock_moves.count_unopened(lot.id, place)
    if there < vials:
        raise Refusal("stock_short", field="vials", number=lot.number, n=there)


def move(
    by: Actor, now: Moment, kind: StockKind, lot: lots.Lot, *, vial: vials.Vial | None = None, from_place: str = "",
    to_place: str = "", vials: int = 0, doses: int | None = None, other_site: str = "", reason: str = "",
    note: str = "", temperature_start: float | None = None, temperature_end: float | None = None,
) -> StockMove:  # fmt: skip
    """Within an act: one row of the ledger; `doses`: what is in the unopened vials, unless it is said."""
    day = clinic_days.find_open()
    topics.touch(topics.TABLES, topics.DAY)
    return record(
        StockMove(
            kind=kind, lot_id=lot.id, vial_id=vial.id if vial else None, clinic_day_id=day.id if day else None,
            from_place=from_place, to_place=to_place, other_site=other_site, vials=vials,
            doses=vials * (lot.doses_per_vial or 0) if doses is None else doses, temperature_start=temperature_start,
            temperature_end=temperature_end, reason=reason, note=note.strip()[:LONGEST_NOTE], at=now.at, by=by.id,
        ),
        now,
    )  # fmt: skip


def _takes(place: str) -> bool:
    """May vials be put there? In STORE, and at a table that gives doses."""
    return place == STORE or place in {table.code for table in list_tables()}


def list_tables() -> list[stations.Station]:
    """The stations in use that give doses, today or as `site.toml` says."""
    gives = protocols.steps().recording("dose")
    return [station for station in stations.list_() if gives & {*station.own_steps, *station.steps}]
