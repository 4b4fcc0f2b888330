"""Vaccine that comes, moves and is wasted: the books always balance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from kiosk.actions import stock as acts
from kiosk.actions import vials
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import OPERATOR, Actor
from kiosk.rules.moment import Moment
from kiosk.rules.stock import Balance
from kiosk.rules.words import StockKind
from kiosk.store import audit, lots, stations, stock_moves
from kiosk.store.database import db, writing
from kiosk.store.stock_moves import STORE
from tests.cast import Players, done_once, key, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")


def text(day: date) -> str:
    """A date as it is typed."""
    return f"{day:%d/%m/%Y}"


def before() -> Moment:
    """Yesterday at this time."""
    return replace(now(-24 * 60), on=now().on - timedelta(days=1))


def received(players: Players, vaccine: str = "astrazeneca", number: str = "NK0191", n: int = 5, **facts: Any) -> str:
    """Vials of ten that came into the store; the lot's id."""
    until = text(now().on + timedelta(days=60))
    return acts.receive_lot(players.lead, now(), key(), vaccine, number, until, n, 10, **facts)


def test_a_lot_read_off_its_box_is_in_the_store(players: Players) -> None:
    until = now().on + timedelta(days=60)
    id = done_once(acts.receive_lot, players.vaccinator, "astrazeneca", " nk 0191 ", text(until), 5, 10,
                   other=players.screener)  # fmt: skip
    lot = lots.get(id)
    assert (lot.vaccine, lot.number, lot.expires_on, lot.doses_per_vial) == ("astrazeneca", "NK0191", until, 10)
    assert [(one.id, place, n) for one, place, n in stock_moves.list_unopened()] == [(id, STORE, 5)]
    assert stock_moves.balance(id) == Balance(received=50, unopened=50)


def test_the_same_lot_received_again_adds_and_keeps_what_its_box_says(players: Players) -> None:
    id = received(players, gtin="08936012345678", open_hours="2")
    assert received(players, n=2, came_from="Trạm y tế Bản Công") == id
    assert stock_moves.balance(id) == Balance(received=50, came=20, unopened=70)
    assert (lots.get(id).gtin, lots.get(id).open_minutes) == ("08936012345678", 120)
    assert received(players, "pfizer") != id, "the same number of another vaccine is another lot"
    total = stock_moves.balance()
    assert (total.received, total.came, total.difference) == (100, 20, 0)


def test_another_date_or_another_vial_is_refused_with_what_is_known(players: Players) -> None:
    received(players)
    later = text(now().on + timedelta(days=61))
    with pytest.raises(Refusal) as refused:
        acts.receive_lot(players.lead, now(), key(), "astrazeneca", "NK0191", later, 5, 10)
    assert refused.value.code == "lot_expires_otherwise"
    assert refused.value.facts["known"] == text(now().on + timedelta(days=60))
    until = text(now().on + timedelta(days=60))
    with pytest.raises(Refusal) as refused:
        acts.receive_lot(players.lead, now(), key(), "astrazeneca", "NK0191", until, 5, 8)
    assert (refused.value.code, refused.value.facts["known"]) == ("lot_fills_otherwise", 10)


def test_another_open_life_is_refused_once_one_was_read(players: Players) -> None:
    id = received(players)
    assert received(players, open_hours="6,5") == id, "nobody had read it"
    assert received(players, open_hours="") == received(players, open_hours="6.5") == id
    with pytest.raises(Refusal) as refused:
        received(players, open_hours="4")
    assert (refused.value.code, refused.value.field) == ("lot_lives_otherwise", "open_hours")
    assert (refused.value.facts["known"], lots.get(id).open_minutes) == (390, 390)


def test_too_warm_a_way_needs_a_note(players: Players) -> None:
    until = text(now().on + timedelta(days=60))
    for ends in ({"temperature_end": 8.1}, {"temperature_start": 1.9, "temperature_end": 5.0}):
        with pytest.raises(Refusal) as refused:
            acts.receive_lot(players.lead, now(), key(), "astrazeneca", "NK0191", until, 5, 10, **ends)  # type: ignore[arg-type]
        assert (refused.value.code, refused.value.field) == ("temperature_outside", "note")
    assert stock_moves.list_unopened() == []
    id = received(players, temperature_start=2.0, temperature_end=9.5, note="đã hỏi TTYT huyện")
    (row,) = stock_moves.list_moves(now(-1).at, 0, 9)
    assert (row.lot_id, row.temperature_end, row.note, row.to_place) == (id, 9.5, "đã hỏi TTYT huyện", STORE)


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"vaccine": "aspirin"}, "vaccine_unknown", "vaccine"), ({"number": ""}, "lot_odd", "number"),
        ({"number": "NK 0191?"}, "lot_odd", "number"), ({"expires": "soon"}, "expiry_odd", "expires"),
        ({"expires": "31/01/2020"}, "lot_expired", "expires"), ({"vials": 0}, "count_odd", "vials"),
        ({"vials": 10_000}, "count_odd", "vials"), ({"doses_per_vial": 0}, "count_odd", "doses_per_vial"),
        ({"doses_per_vial": 100}, "count_odd", "doses_per_vial"),
        ({"open_hours": "360"}, "open_life_odd", "open_hours"),
    ],
)  # fmt: skip
def test_what_is_no_lot_is_not_received(players: Players, facts: dict[str, Any], code: str, field: str) -> None:
    good = {
        "vaccine": "moderna",
        "number": "M1",
        "expires": f"12/{now().on.year + 1}",
        "vials": 1,
        "doses_per_vial": 10,
    }
    with pytest.raises(Refusal) as refused:
        acts.receive_lot(players.lead, now(), key(), **(good | facts))
    assert (refused.value.code, refused.value.field) == (code, field)
    assert lots.list_usable(date.min) == []


def test_the_last_day_of_a_lot_is_a_day_to_use_it(players: Players) -> None:
    id = acts.receive_lot(OPERATOR, now(), key(), "moderna", "M1", text(now().on), 1, 10)
    assert [lot.id for lot in lots.list_usable(now().on)] == [id]
    assert lots.list_usable(now().on + timedelta(days=1)) == []
    assert stock_moves.list_moves(now(-1).at, 0, 1)[0].by == "operator"


def test_unopened_vials_go_from_place_to_place_and_never_below_nothing(players: Players) -> None:
    id = received(players)
    assert done_once(acts.transfer, players.lead, id, STORE, "injection-1", 3, other=players.volunteer) == id
    assert stock_moves.count_unopened(id, STORE) == 2
    assert stock_moves.count_unopened(id, "injection-1") == 3
    assert stock_moves.balance(id) == Balance(received=50, unopened=50)
    assert refusal_of(acts.transfer, players.lead, id, STORE, "injection-2", 3) == "stock_short"
    assert refusal_of(acts.transfer, players.lead, id, "injection-2", STORE, 1) == "stock_short"
    assert refusal_of(acts.transfer, players.lead, id, STORE, STORE, 1) == "place_odd"
    with writing():
        stations.get("injection-2").retired = True
    for nowhere in ("", "desk-1", "screening-1", "nowhere", "injection-2"):
        assert refusal_of(acts.transfer, players.lead, id, STORE, nowhere, 1) == "place_odd"
    assert refusal_of(acts.transfer, players.lead, id, STORE, "injection-1", 0) == "count_odd"
    with pytest.raises(NotFound):
        acts.transfer(players.lead, now(), key(), key(), STORE, "injection-1", 1)


def test_an_expired_lot_goes_to_no_table_but_back_and_away(players: Players) -> None:
    id = acts.receive_lot(players.lead, before(), key(), "moderna", "M1", text(before().on), 2, 10)
    acts.transfer(players.lead, before(), key(), id, STORE, "injection-1", 1)
    assert refusal_of(acts.transfer, players.lead, id, STORE, "injection-1", 1) == "lot_expired"
    acts.transfer(players.lead, now(), key(), id, "injection-1", STORE, 1)
    acts.waste_unopened(players.lead, now(), key(), id, STORE, 2, "expired_lot")
    assert stock_moves.balance(id) == Balance(received=20, wasted=20)


def test_a_table_that_gives_no_more_sends_its_vials_away(players: Players) -> None:
    id = received(players)
    acts.transfer(players.lead, now(), key(), id, STORE, "injection-1", 3)
    with writing():
        table = stations.get("injection-1")
        table.steps, table.own_steps, table.retired = [], ["screening"], True
    assert refusal_of(acts.transfer, players.lead, id, STORE, "injection-1", 1) == "place_odd"
    acts.transfer(players.lead, now(), key(), id, "injection-1", STORE, 1)
    acts.ship(players.lead, now(), key(), id, 1, "Trạm y tế Bản Công", place="injection-1")
    acts.waste_unopened(players.lead, now(), key(), id, "injection-1", 1, "broken")
    assert stock_moves.balance(id) == Balance(received=50, sent=10, wasted=10, unopened=30)
    assert stock_moves.count_unopened(id, "injection-1") == 0


def test_a_lot_typed_wrongly_is_put_right_and_the_books_follow(players: Players) -> None:
    """One dose a vial was typed instead of ten; some came, moved and left meanwhile."""
    until = text(now().on + timedelta(days=60))
    id = acts.receive_lot(players.lead, now(), key(), "astrazeneca", "NK0191", until, 12, 1)
    acts.receive_lot(players.lead, now(), key(), "astrazeneca", "NK0191", until, 2, 1, came_from="Trạm y tế Bản Công")
    acts.transfer(players.lead, now(), key(), id, STORE, "injection-1", 4)
    acts.ship(players.lead, now(), key(), id, 2, "Trạm y tế Bản Công")
    acts.waste_unopened(players.lead, now(), key(), id, "injection-1", 1, "broken")
    then = list(stock_moves.stream_moves())

    def right(by: Actor, now: Moment, key: str, doses: int) -> str:
        return acts.put_lot_right(by, now, key, id, " gõ nhầm ", doses_per_vial=doses)

    assert done_once(right, players.vaccinator, 10, other=players.screener) == id
    assert stock_moves.balance(id) == Balance(received=120, came=20, sent=20, wasted=10, unopened=110)
    assert stock_moves.count_unopened(id, "injection-1") == 3
    rows = list(stock_moves.stream_moves())
    assert rows[: len(then)] == then, "what stood there stays"
    assert {row.note for row in rows[len(then) :]} == {"gõ nhầm"}
    by_kind: dict[str, int] = {}
    for row in rows:
        by_kind[row.kind] = by_kind.get(row.kind, 0) + row.doses
    assert by_kind == {"received": 120, "came": 20, "placed": 40, "sent": 20, "wasted": 10, "put_right": 0}
    assert sum(row.doses for row in rows if row.reason == "broken") == 10
    entry = audit.find_last("lot.put_right", id)
    assert entry
    assert entry.facts == {"doses_per_vial": ["1", "10"]}
    right(players.lead, now(), key(), 8)
    assert stock_moves.balance(id) == Balance(received=96, came=16, sent=16, wasted=8, unopened=88)
    assert received(players, "pfizer", n=1)
    assert stock_moves.balance().difference == 0


def test_day_and_open_life_are_put_right_too_even_to_a_day_that_is_past(players: Players) -> None:
    id, yesterday = received(players, open_hours="2"), text(before().on)
    acts.put_lot_right(players.lead, now(), key(), id, "đọc nhầm", expires=yesterday, open_hours="6,5")
    lot = lots.get(id)
    assert (lot.expires_on, lot.open_minutes, lot.doses_per_vial) == (before().on, 390, 10)
    assert [row.kind for row in stock_moves.stream_moves()] == [StockKind.RECEIVED, StockKind.PUT_RIGHT]
    assert stock_moves.balance(id) == Balance(received=50, unopened=50)
    assert refusal_of(acts.transfer, players.lead, id, STORE, "injection-1", 1) == "lot_expired"


@pytest.mark.usefixtures("opened")
def test_a_lot_stays_as_it_is_once_a_vial_of_it_was_opened_in_fact(players: Players) -> None:
    id = received(players)

    def right(by: Actor, now: Moment, key: str, note: str = "đọc nhầm", **facts: Any) -> str:
        return acts.put_lot_right(by, now, key, id, note, **({"doses_per_vial": 8} | facts))

    by_mistake = vials.open_vial(players.vaccinator, now(), key(), id)
    assert refusal_of(right, players.lead) == "lot_opened"
    vials.unopen_vial(players.vaccinator, now(), key(), by_mistake)
    for facts, code in (
        ({"note": " "}, "note_missing"), ({"doses_per_vial": 0}, "count_odd"), ({"expires": "mai"}, "expiry_odd"),
        ({"doses_per_vial": 10}, "lot_as_it_was"), ({"doses_per_vial": None}, "lot_as_it_was"),
        ({"open_hours": "sáu"}, "open_life_odd"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            right(players.lead, now(), key(), **facts)
        assert refused.value.code == code
    right(players.lead, now(), key())
    assert stock_moves.balance(id) == Balance(received=40, unopened=40)
    vials.open_vial(players.vaccinator, now(), key(), id)
    assert refusal_of(right, players.lead) == "lot_opened"
    assert stock_moves.list_never_opened() == []


def test_vials_leave_for_another_site_that_is_named(players: Players) -> None:
    id = received(players)
    assert refusal_of(acts.ship, players.lead, id, 2, " ") == "site_missing"
    assert refusal_of(acts.ship, players.lead, id, 6, "Trạm y tế Bản Công") == "stock_short"
    assert done_once(acts.ship, players.lead, id, 2, "Trạm y tế Bản Công", other=players.volunteer) == id
    assert stock_moves.balance(id) == Balance(received=50, unopened=30, sent=20)
    assert stock_moves.list_moves(now(-1).at, 0, 1)[0].other_site == "Trạm y tế Bản Công"


def test_unopened_vials_are_wasted_only_with_a_reason_that_fits(players: Players) -> None:
    id = received(players)
    waste = acts.waste_unopened
    assert refusal_of(waste, players.lead, id, STORE, 1, "") == "waste_reason_missing"
    assert refusal_of(waste, players.lead, id, STORE, 1, "open_too_long") == "waste_reason_missing"
    assert refusal_of(waste, players.lead, id, STORE, 1, "other") == "note_missing"
    assert refusal_of(waste, players.lead, id, STORE, 6, "broken") == "stock_short"
    assert done_once(waste, players.lead, id, STORE, 1, "broken", other=players.volunteer) == id
    assert stock_moves.balance(id) == Balance(received=50, wasted=10, unopened=40)


def test_every_movement_is_in_the_ledger_and_the_audit(players: Players, opened: str) -> None:
    id = received(players)
    acts.transfer(players.lead, now(), key(), id, STORE, "injection-1", 2)
    vial = vials.open_vial(players.vaccinator, now(), key(), id)
    rows = list(stock_moves.stream_moves())
    assert [(row.kind, row.from_place, row.to_place, row.vials, row.doses) for row in rows] == [
        (StockKind.RECEIVED, "", STORE, 5, 50), (StockKind.PLACED, STORE, "injection-1", 2, 20),
        (StockKind.OPENED, "injection-1", "", 1, 10),
    ]  # fmt: skip
    assert [row.clinic_day_id for row in rows] == [opened] * 3
    assert rows[2].vial_id == vial
    assert stock_moves.count_moves(now(-1).at) == 3
    entries = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.noun_id == id)).all()
    assert [entry.event for entry in entries] == ["lot.received", "lot.placed"]
