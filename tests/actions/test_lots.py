"""Which lot a table gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kiosk.actions import lots as acts
from kiosk.errors import NotFound, Refusal
from kiosk.rules.moment import Moment
from kiosk.store import audit, lots
from kiosk.store.database import db
from tests.cast import Players, done_once, key, lot_placed, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")


def text(day: date) -> str:
    """A date as it is typed."""
    return f"{day:%d/%m/%Y}"


def before() -> Moment:
    """Yesterday at this time."""
    return replace(now(-24 * 60), on=now().on - timedelta(days=1))


def test_a_lot_read_off_its_box_stands_at_the_table(players: Players, opened: str) -> None:
    until = now().on + timedelta(days=60)
    facts = ("astrazeneca", " nk 0191 ", text(until))
    id = done_once(acts.add_lot, players.vaccinator, *facts, other=players.screener)
    lot = lots.find_at(opened, "injection-1")
    assert lot
    assert (lot.id, lot.vaccine, lot.number, lot.expires_on) == (id, "astrazeneca", "NK0191", until)
    assert lots.find_at(opened, "injection-2") is None


def test_a_known_lot_is_placed_at_another_table(players: Players, opened: str) -> None:
    id = lot_placed(players.vaccinator)
    assert done_once(acts.place_lot, players.other_vaccinator, id, other=players.screener) == id
    lot = lots.find_at(opened, "injection-2")
    assert lot
    assert lot.id == id


def test_the_newest_lot_of_a_table_counts(players: Players, opened: str) -> None:
    first, second = lot_placed(players.vaccinator), lot_placed(players.vaccinator, "pfizer")
    assert first != second, "the same number of another vaccine is another lot"
    assert lots.find_at(opened, "injection-1").id == second  # type: ignore[union-attr]
    acts.place_lot(players.vaccinator, now(), key(), first)
    assert lots.find_at(opened, "injection-1").id == first  # type: ignore[union-attr]


def test_a_lot_is_one_lot_however_often_it_comes(players: Players, opened: str) -> None:
    id = lot_placed(players.vaccinator)
    assert lot_placed(players.other_vaccinator) == id
    assert acts.receive_lot(players.lead, now(), key(), "astrazeneca", "nk0191", f"12/{now().on.year + 1}") == id
    with pytest.raises(Refusal) as refused:
        acts.add_lot(players.vaccinator, now(), key(), "astrazeneca", "NK0191", f"11/{now().on.year + 1}")
    assert refused.value.code == "lot_expires_otherwise"
    assert refused.value.facts["known"] == f"31/12/{now().on.year + 1}"


@pytest.mark.parametrize(
    ("vaccine", "number", "days", "code"),
    [
        ("aspirin", "NK0191", 60, "vaccine_unknown"),
        ("astrazeneca", "", 60, "lot_odd"),
        ("astrazeneca", "NK 0191?", 60, "lot_odd"),
        ("astrazeneca", "NK0191", -1, "lot_expired"),
        ("astrazeneca", "NK0191", None, "expiry_odd"),
    ],
)
def test_what_is_no_lot_is_not_placed(
    players: Players, opened: str, vaccine: str, number: str, days: int | None, code: str
) -> None:
    expires = "soon" if days is None else text(now().on + timedelta(days=days))
    assert refusal_of(acts.add_lot, players.vaccinator, vaccine, number, expires) == code
    assert lots.list_usable(date.min) == []


def test_the_last_day_of_a_lot_is_a_day_to_use_it(players: Players, opened: str) -> None:
    id = acts.add_lot(players.vaccinator, now(), key(), "moderna", "M1", text(now().on))
    assert [lot.id for lot in lots.list_usable(now().on)] == [id]
    assert lots.list_usable(now().on + timedelta(days=1)) == []


def test_a_lot_that_has_expired_since_is_not_placed_again(players: Players, opened: str) -> None:
    id = acts.receive_lot(players.lead, before(), key(), "moderna", "M1", text(before().on))
    assert refusal_of(acts.place_lot, players.vaccinator, id) == "lot_expired"


def test_nothing_is_placed_without_a_clinic_day_and_nothing_that_is_not_there(players: Players) -> None:
    id = acts.receive_lot(players.lead, now(), key(), "moderna", "M1", text(now().on))
    assert refusal_of(acts.place_lot, players.vaccinator, id) == "no_clinic_day"
    assert refusal_of(acts.add_lot, players.vaccinator, "moderna", "M2", text(now().on)) == "no_clinic_day"
    assert lots.find("moderna", "M2") is None, "one transaction"
    with pytest.raises(NotFound):
        acts.place_lot(players.vaccinator, now(), key(), key())


def test_who_received_and_placed_a_lot_is_in_the_audit(players: Players, opened: str) -> None:
    id = lot_placed(players.vaccinator)
    entries = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.noun_id == id)).all()
    assert [(entry.event, entry.by, entry.station) for entry in entries] == [
        ("lot.received", players.vaccinator.id, "injection-1"),
        ("lot.placed", players.vaccinator.id, "injection-1"),
    ]
