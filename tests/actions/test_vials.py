"""Opened vials at a table."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import zxingcpp
from flask import Flask

from kiosk import protocols, wording
from kiosk.actions import day, scanning, stock, voiding
from kiosk.actions import vials as acts
from kiosk.actions.duty import take_duty
from kiosk.devices import decoder
from kiosk.errors import NotFound, Refusal
from kiosk.rules import codes, slips
from kiosk.rules.codes import pack
from kiosk.rules.codes import vial as labels
from kiosk.rules.moment import Moment
from kiosk.rules.stock import Balance
from kiosk.rules.words import ScanOutcome, SlipKind, StockKind
from kiosk.store import audit, clinic_days, doses, lots, print_jobs, stock_moves, vials
from kiosk.store.database import db, writing
from kiosk.store.stock_moves import STORE
from tests.cast import Players, done_once, dose_of, dosed, everything, key, local, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")
GTIN = "0893601234567" + pack.check_digit("0893601234567")


def received(players: Players, vaccine: str = "astrazeneca", n: int = 5, each: int = 10, days: int = 60) -> str:
    """Vials that came into the store; the lot's id."""
    until = f"{now().on + timedelta(days=days):%d/%m/%Y}"
    return stock.receive_lot(players.lead, now(), key(), vaccine, "NK0191", until, n, each, gtin=GTIN)


def begun(players: Players, vaccine: str = "astrazeneca", at: Moment | None = None) -> str:
    """A vial of ten, open at the vaccinator's table; its id."""
    return acts.open_vial(players.vaccinator, at or now(), key(), received(players, vaccine))


def drawn(vial_id: str, doses: int) -> None:
    """Doses that were given out of it."""
    with writing():
        assert vials.draw(vial_id, doses)


def last_kind() -> str:
    """What the newest row of the ledger tells of."""
    return stock_moves.list_moves(now(-60).at, 0, 1)[0].kind


def current(opened: str, station: str = "injection-1", minutes: float = 0) -> str | None:
    """The vial that a table gives."""
    db.session.rollback()
    one = vials.find_current(opened, station, now(minutes).at)
    return one.id if one else None


def test_a_vial_is_opened_out_of_the_store_and_the_table_gives_it(players: Players, opened: str) -> None:
    lot = received(players)
    id = done_once(acts.open_vial, players.vaccinator, lot, other=players.screener)
    one = vials.get(id)
    assert (one.lot_id, one.station, one.doses, one.left, one.opened_by) == (
        lot, "injection-1", 10, 10, players.vaccinator.id,
    )  # fmt: skip
    hours = protocols.vaccines().get("astrazeneca").open_hours
    assert one.use_by == one.opened_at + timedelta(hours=hours)
    assert current(opened) == id
    assert current(opened, "injection-2") is None
    assert stock_moves.balance(lot) == Balance(received=50, in_open=10, unopened=40)
    assert vials.find_by_token(one.token).id == id  # type: ignore[union-attr]


def test_a_tables_own_unopened_vials_come_first(players: Players, opened: str) -> None:
    lot = received(players)
    stock.transfer(players.lead, now(), key(), lot, STORE, "injection-1", 1)
    acts.open_vial(players.vaccinator, now(), key(), lot)
    assert (stock_moves.count_unopened(lot, "injection-1"), stock_moves.count_unopened(lot, STORE)) == (0, 4)
    acts.open_vial(players.vaccinator, now(), key(), lot)
    assert stock_moves.count_unopened(lot, STORE) == 3


def test_what_is_not_there_or_not_known_cannot_be_opened(players: Players, opened: str) -> None:
    lot = received(players, n=1)
    stock.transfer(players.lead, now(), key(), lot, STORE, "injection-2", 1)
    assert refusal_of(acts.open_vial, players.vaccinator, lot) == "stock_short"
    with writing():
        old = lots.add(lots.Lot(vaccine="moderna", number="M1", expires_on=now().on, added_at=now().at))
    assert refusal_of(acts.open_vial, players.vaccinator, old.id) == "lot_unmeasured"
    assert refusal_of(acts.open_vial, replace(players.vaccinator, station="screening-1"), lot) == "place_odd"
    assert refusal_of(acts.open_vial, players.typist, lot) == "nobody_on_duty"
    with writing():
        lots.get(lot).expires_on = now().on - timedelta(days=1)
    assert refusal_of(acts.open_vial, players.other_vaccinator, lot) == "lot_expired"
    with pytest.raises(NotFound):
        acts.open_vial(players.vaccinator, now(), key(), key())


def test_a_box_that_does_not_know_the_time_opens_none(players: Players, opened: str) -> None:
    """Its open life would end hours too late."""
    wrong = replace(now(), trusted=False)
    assert refusal_of(acts.open_vial, players.vaccinator, received(players), at=wrong) == "clock_untrusted"


def test_without_a_clinic_day_nothing_is_opened(players: Players) -> None:
    assert refusal_of(acts.open_vial, players.vaccinator, received(players)) == "no_clinic_day"


def test_a_volunteer_opens_for_whoever_is_on_duty(players: Players, opened: str) -> None:
    lot, another = received(players), begun(players)
    assert refusal_of(acts.open_vial, players.typist, lot) == "nobody_on_duty"
    for act in (acts.choose_vial, acts.move_vial, acts.draw_extra, acts.close_vial, acts.unopen_vial):
        assert refusal_of(act, players.typist, another) == "nobody_on_duty"
    assert refusal_of(acts.waste, players.typist, another, 1, "broken") == "nobody_on_duty"
    take_duty(players.typist, now(), key(), "N01", "5538", 5, 5)
    id = acts.open_vial(players.typist, now(), key(), lot)
    assert vials.get(id).opened_by == players.typist.id


def test_a_leaflet_that_says_otherwise_counts_and_what_is_not_established_is_not_made_up(
    players: Players, opened: str
) -> None:
    until = f"12/{now().on.year + 1}"
    lot = stock.receive_lot(players.lead, now(), key(), "vero_cell", "V1", until, 1, 2)
    assert vials.get(acts.open_vial(players.vaccinator, now(), key(), lot)).use_by is None
    assert current(opened, minutes=24 * 60) is not None, "its lot's last day holds besides"
    lot = stock.receive_lot(players.lead, now(), key(), "vero_cell", "V2", until, 1, 2, open_hours="1,5")
    one = vials.get(acts.open_vial(players.vaccinator, now(), key(), lot))
    assert one.use_by == one.opened_at + timedelta(minutes=90)


def test_the_table_goes_over_to_no_other_vaccine_by_itself(players: Players, opened: str) -> None:
    first, second, other = begun(players), begun(players), begun(players, "pfizer")
    assert current(opened) == other
    drawn(other, 10)
    assert current(opened) is None, "AstraZeneca is open here too, and nobody has chosen it"
    done_once(acts.choose_vial, players.vaccinator, second, other=players.screener)
    assert current(opened) == second
    drawn(second, 10)
    assert current(opened) == first, "the same vaccine: the one opened first"
    assert refusal_of(acts.choose_vial, players.vaccinator, other) == "vial_empty"
    assert refusal_of(acts.choose_vial, players.other_vaccinator, first) == "vial_elsewhere"


def test_an_opened_vial_gives_until_its_hour(players: Players, opened: str) -> None:
    id = begun(players)
    life = (vials.get(id).use_by - vials.get(id).opened_at).total_seconds() / 60  # type: ignore[operator]
    assert current(opened, minutes=life - 1) == id
    assert current(opened, minutes=life + 1) is None
    late = now(life + 1)
    assert refusal_of(acts.choose_vial, players.vaccinator, id, at=late) == "vial_expired"
    drawn(id, 10)
    assert refusal_of(acts.draw_extra, players.vaccinator, id, at=late) == "vial_expired"


def test_what_a_vial_gives_beyond_its_label_is_told_and_has_an_end(players: Players, opened: str) -> None:
    id = begun(players)
    assert refusal_of(acts.draw_extra, players.vaccinator, id) == "extra_early"
    drawn(id, 10)
    for n in range(1, protocols.stock().most_extra + 1):
        done_once(acts.draw_extra, players.vaccinator, id, other=players.screener)
        assert (vials.get(id).extra, last_kind(), current(opened)) == (n, StockKind.EXTRA, id)
        drawn(id, 1)
    assert refusal_of(acts.draw_extra, players.vaccinator, id) == "extra_most"


def test_wasted_doses_have_a_reason_and_the_last_closes_the_vial(players: Players, opened: str) -> None:
    id = begun(players)
    lot = vials.get(id).lot_id
    assert refusal_of(acts.waste, players.vaccinator, id, 11, "broken") == "vial_short"
    assert refusal_of(acts.waste, players.vaccinator, id, 0, "broken") == "count_odd"
    assert refusal_of(acts.waste, players.vaccinator, id, 1, "") == "waste_reason_missing"
    assert refusal_of(acts.waste, players.vaccinator, id, 1, "other", " ") == "note_missing"
    done_once(acts.waste, players.vaccinator, id, 4, "not_given", other=players.screener)
    assert (vials.get(id).left, vials.get(id).closed_at) == (6, None)
    assert stock_moves.balance(lot) == Balance(received=50, wasted=4, in_open=6, unopened=40)
    acts.waste(players.vaccinator, now(), key(), id, 6, "other", "rơi")
    assert vials.get(id).closed_at is not None
    assert refusal_of(acts.waste, players.vaccinator, id, 1, "broken") == "vial_closed"


def test_a_vial_is_closed_empty_or_what_is_left_is_wasted_with_it(players: Players, opened: str) -> None:
    first, second = begun(players), begun(players)
    assert refusal_of(acts.close_vial, players.vaccinator, first) == "waste_reason_missing"
    done_once(acts.close_vial, players.vaccinator, first, "contaminated", other=players.screener)
    assert (vials.get(first).left, vials.get(first).wasted) == (0, 10)
    drawn(second, 10)
    acts.close_vial(players.vaccinator, now(), key(), second)
    assert vials.get(second).wasted == 0
    assert vials.list_open(opened) == []


def test_opening_the_next_puts_the_empty_one_away(players: Players, opened: str) -> None:
    first = begun(players)
    drawn(first, 10)
    second = begun(players)
    assert [one.id for one in vials.list_open(opened)] == [second]
    assert vials.get(first).closed_at is not None


def test_a_vial_pressed_open_by_mistake_goes_back_to_where_it_was(players: Players, opened: str) -> None:
    lot = received(players)
    stock.transfer(players.lead, now(), key(), lot, STORE, "injection-1", 2)
    id = acts.open_vial(players.vaccinator, now(), key(), lot)
    done_once(acts.unopen_vial, players.vaccinator, id, other=players.screener)
    assert stock_moves.balance(lot) == Balance(received=50, unopened=50)
    assert stock_moves.count_unopened(lot, "injection-1") == 2
    assert current(opened) is None
    again = acts.open_vial(players.vaccinator, now(), key(), lot)
    drawn(again, 1)
    assert refusal_of(acts.unopen_vial, players.vaccinator, again) == "vial_begun"


def test_a_vial_out_of_which_a_dose_was_recorded_is_no_sealed_one(players: Players, opened: str) -> None:
    dose = doses.get(dose_of(dosed(players, players.huong)))
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, "wrong_person", "")
    assert vials.get_anew(dose.vial_id or "").given == 0
    assert refusal_of(acts.unopen_vial, players.vaccinator, dose.vial_id) == "vial_begun"


def test_every_vial_that_is_closed_has_its_entry(players: Players, opened: str) -> None:
    emptied, thrown_away = begun(players), begun(players)
    drawn(emptied, 10)
    begun(players)
    acts.waste(players.vaccinator, now(), key(), thrown_away, 10, "broken")
    db.session.rollback()
    closed = db.select(audit.AuditEntry.noun_id).where(audit.AuditEntry.event == "vial.closed")
    assert sorted(db.session.scalars(closed)) == sorted([emptied, thrown_away])


def test_a_vial_goes_to_another_table_with_what_it_holds(players: Players, opened: str) -> None:
    id = begun(players)
    drawn(id, 3)
    done_once(acts.move_vial, players.other_vaccinator, id, other=players.screener)
    assert (vials.get(id).station, current(opened), current(opened, "injection-2")) == ("injection-2", None, id)
    row = stock_moves.list_moves(now(-1).at, 0, 1)[0]
    assert (row.kind, row.from_place, row.to_place, row.doses, row.vials) == (
        StockKind.PLACED, "injection-1", "injection-2", 7, 0,
    )  # fmt: skip
    lot = vials.get(id).lot_id
    assert stock_moves.count_unopened(lot, STORE) == 4


def test_a_site_lead_wastes_what_is_left_at_any_table(players: Players, opened: str) -> None:
    id = begun(players)
    acts.close_vial(players.lead, now(), key(), id, "left_over")
    assert vials.get(id).wasted == 10


def test_closing_the_day_wastes_what_is_open_unless_the_afternoon_goes_on_with_it(
    players: Players, opened: str
) -> None:
    first, second = begun(players), begun(players)
    drawn(first, 10)
    day.close_day(players.lead, now(), key(), 0, keep_vials=True)
    assert vials.get(first).closed_at is not None
    assert vials.get(second).closed_at is None
    afternoon = day.open_day(players.lead, now(), key(), "afternoon")
    assert current(afternoon) == second
    day.close_day(players.lead, now(), key(), 0)
    assert (vials.get(second).closed_at is None, vials.get(second).wasted) == (False, 10)
    assert stock_moves.list_moves(now(-1).at, 0, 1)[0].reason == "left_over"
    assert stock_moves.balance().difference == 10, "ten were drawn here without a dose"


def test_a_vial_kept_from_another_day_is_wasted_when_the_next_opens(players: Players, opened: str) -> None:
    id = begun(players)
    day.close_day(players.lead, now(), key(), 0, keep_vials=True)
    with writing():
        clinic_days.get(opened).on -= timedelta(days=1)
    day.open_day(players.lead, now(), key(), "afternoon")
    assert (vials.get(id).closed_at is None, vials.get(id).left) == (False, 0)
    assert stock_moves.balance().difference == 0


def scanned(players: Players, code: str, at: Moment | None = None) -> str:
    """Something is held to the camera of injection-1."""
    id = key()
    return scanning.scan_code(players.table_camera, at or now(), id, id, code.encode(), "DataMatrix")


def a_pack(days: int = 60, number: str = "NK0191") -> str:
    """What a pack of the lot carries."""
    return pack.write(GTIN, number, now().on + timedelta(days=days), "S1")


def on_duty(players: Players) -> None:
    """The nurse has signed on at injection-1."""
    take_duty(players.typist, now(), key(), "N01", "5538", 5, 5)


def test_a_pack_opens_a_vial_of_its_lot_once(players: Players, opened: str) -> None:
    lot = received(players)
    on_duty(players)
    assert scanned(players, a_pack()) == ScanOutcome.STOCK
    (one,) = vials.list_open(opened, "injection-1")
    assert (one.lot_id, one.opened_by) == (lot, players.vaccinator.id)
    scanned(players, a_pack())
    scanned(players, a_pack(), now(5))
    assert len(vials.list_open(opened)) == 1, "one that lies there all day opens no more"
    drawn(one.id, 10)
    scanned(players, a_pack(), now(5.05))
    assert len(vials.list_open(opened)) == 1, "it has been in the picture all the time"
    scanned(players, a_pack(), now(6))
    assert [each.left for each in vials.list_open(opened)] == [10]


def test_a_printed_pack_is_read_by_the_camera_and_opens_a_vial(players: Players, opened: str) -> None:
    lot = received(players)
    on_duty(players)
    printed = f"(01){GTIN}(17){now().on + timedelta(days=60):%y%m%d}(10)NK0191(21)S1"
    code = np.array(zxingcpp.create_barcode(printed, zxingcpp.BarcodeFormat.DataMatrix, gs1=True).to_image(scale=6))
    frame = np.full((720, 1280), 255, np.uint8)
    frame[200 : 200 + len(code), 300 : 300 + len(code)] = code
    (reading,) = decoder.decode(frame, ["DataMatrix"])
    id = key()
    scanning.scan_code(players.table_camera, now(), id, id, reading.raw, reading.symbology)
    assert [one.lot_id for one in vials.list_open(opened, "injection-1")] == [lot]


def test_a_pack_opens_nothing_where_nobody_answers_or_it_is_not_known(players: Players, opened: str) -> None:
    received(players)
    scanned(players, a_pack())
    assert vials.list_open(opened) == []
    on_duty(players)
    for odd in (a_pack(number="XX1"), a_pack(days=59), a_pack(days=-1)):
        assert scanned(players, odd) == ScanOutcome.STOCK
        assert vials.list_open(opened) == []


def test_our_label_brings_a_vial_from_another_table_and_takes_it_up(players: Players, opened: str) -> None:
    on_duty(players)
    lot = received(players)
    theirs = acts.open_vial(players.other_vaccinator, now(), key(), lot)
    ours = acts.open_vial(players.vaccinator, now(), key(), lot)
    label = labels.write(vials.get(theirs).token)
    assert scanned(players, label) == ScanOutcome.STOCK
    assert (current(opened), vials.get(theirs).station) == (theirs, "injection-1")
    scanned(players, labels.write(vials.get(ours).token))
    assert current(opened) == ours
    acts.close_vial(players.vaccinator, now(), key(), theirs, "broken")
    then = vials.get(theirs).chosen
    scanned(players, label, now(1))
    scanned(players, labels.write("ABCDEFGHJK"), now(1))
    assert (current(opened), vials.get(theirs).chosen) == (ours, then)


def said(job: print_jobs.PrintJob) -> str:
    """Every word of a slip."""
    blocks = slips.from_json(job.blocks)
    lines = [line for block in blocks for line in (block, *getattr(block, "beside", ()))]
    return "\n".join(str(getattr(line, name)) for line in lines for name in ("text", "label", "value")
                     if hasattr(line, name))  # fmt: skip


def test_the_label_of_an_opened_vial_leads_to_it(players: Players, opened: str) -> None:
    id = begun(players)
    job = print_jobs.get(done_once(acts.print_label, players.vaccinator, id, local(), "vi", other=players.screener))
    assert (job.slip, job.about, job.station) == (SlipKind.VIAL, vials.get(id).token, "kiosk-1")
    code = next(block for block in slips.from_json(job.blocks) if isinstance(block, slips.Code))
    parsed = codes.read(code.payload)
    assert isinstance(parsed, codes.VialLabel)
    assert vials.find_by_token(parsed.token).id == id  # type: ignore[union-attr]
    until = vials.get(id).use_by.astimezone(local().tzinfo)  # type: ignore[union-attr]
    last = min(until, until.replace(hour=23, minute=59) if until.date() == local().date() else until)
    assert wording.say("slip.vial.use_by", "vi", at=f"{last:%H:%M %d/%m}") in said(job)
    assert re.search(r"NK0191", said(job))


def test_a_label_ends_with_its_lots_last_day_and_none_is_printed_of_a_closed_vial(
    players: Players, opened: str
) -> None:
    lot = received(players, days=0)
    id = acts.open_vial(players.vaccinator, now(), key(), lot)
    late = local().replace(hour=22, minute=0)
    with writing():
        vials.get(id).use_by = late + timedelta(hours=6)
    job = print_jobs.get(acts.print_label(players.vaccinator, now(), key(), id, late, "vi"))
    assert f"23:59 {late:%d/%m}" in said(job)
    assert refusal_of(acts.print_label, players.other_vaccinator, id, local(), "vi") == "vial_elsewhere"
    acts.close_vial(players.vaccinator, now(), key(), id, "left_over")
    assert refusal_of(acts.print_label, players.vaccinator, id, local(), "vi") == "vial_closed"


def at_once(hub: Flask, *acts: Callable[[], Any]) -> list[str]:
    """Does them in threads of their own, begun together; "" or the code that each refused with."""
    said, start = ["?"] * len(acts), threading.Barrier(len(acts))

    def run(n: int) -> None:
        with hub.app_context():
            start.wait(timeout=30)
            try:
                acts[n]()
                said[n] = ""
            except Refusal as refusal:
                said[n] = refusal.code

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    return sorted(said)


def test_two_tables_that_open_the_last_vial_at_once_open_one(hub: Flask, players: Players, opened: str) -> None:
    lot = received(players, n=1)
    came = at_once(hub, *(
        lambda who=who: acts.open_vial(who, now(), key(), lot) for who in (players.vaccinator, players.other_vaccinator)
    ))  # fmt: skip
    assert came == ["", "stock_short"]
    assert len(vials.list_open(opened)) == 1
    assert stock_moves.balance(lot) == Balance(received=10, in_open=10)


def test_one_key_in_two_threads_opens_one_vial(hub: Flask, players: Players, opened: str) -> None:
    lot, same = received(players), key()
    assert at_once(hub, *[lambda: acts.open_vial(players.vaccinator, now(), same, lot)] * 2) == ["", ""]
    assert len(vials.list_open(opened)) == 1


def test_a_vial_is_moved_or_wasted_whole_never_both(hub: Flask, players: Players, opened: str) -> None:
    id = begun(players)
    lot = vials.get(id).lot_id
    came = at_once(
        hub, lambda: acts.move_vial(players.other_vaccinator, now(), key(), id),
        lambda: acts.waste(players.vaccinator, now(), key(), id, 10, "broken"),
        lambda: acts.waste(players.vaccinator, now(), key(), id, 6, "broken"),
    )  # fmt: skip
    assert "?" not in came
    then = stock_moves.balance(lot)
    assert then.difference == 0
    assert then.wasted in (0, 6, 10)
    assert everything()["vial"], "the vial is still there"
