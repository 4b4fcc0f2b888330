"""Candidates by SQL are exactly the pairs for which the rules find a likeness."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from random import Random

import pytest

from kiosk.rules.alike import likenesses
from kiosk.rules.person import Identity
from kiosk.store import alike, merges, people
from kiosk.store.database import db, writing
from tests.cast import now

pytestmark = pytest.mark.usefixtures("inside")

NAMES = ("Nguyễn Thị Hường", "NGUYEN THI HUONG", "Nguyễn Thị Hương", "Lò Văn Dũng", "Lò Văn Đúng", "Sùng A Páo")


def somebody(chance: Random) -> people.Person:
    """One of a village in which nearly everybody is somebody else's double."""
    year = chance.choice((1958, 1958, 1961))
    born_on = chance.choice((None, date(year, 5, 12), date(year, 12, 5), date(year, 5, 5), date(year, 1, 31)))
    digits = f"0151580041{chance.choice('1289')}{chance.choice('1279')}"
    taken = people.find_by_number(digits)
    person = people.add(
        Identity(
            chance.choice(NAMES),
            digits if taken is None and chance.random() < 0.5 else "",
            chance.choice(("", "", "061234567")),
            born_on=born_on,
            born_year=year if born_on or chance.random() < 0.9 else None,
            address=chance.choice(("", "Xã Tà", "Xã Bản")),
        )
    )
    person.phone = chance.choice(("", "", "0912345678", "0987654321"))
    person.insurance = chance.choice(("", "", "1501234567", "GD4151501234567", "HT3151501234567", "DN4151509999999"))
    person.document_number = chance.choice(("", "", "061234567", "C1234567"))
    return person


@pytest.mark.parametrize("seed", range(1))
def test_sql_and_rules_agree_on_every_pair(seed: int) -> None:
    chance = Random(seed)
    with writing():
        village = [somebody(chance) for _ in range(60)]
        village[1].merged_into = village[0].id
        village[3].guardian_id = village[2].id
        first, second = sorted((village[4].id, village[5].id))
        merges.add_apart(first, second, now().at, "x")
        db.session.flush()
    may_be = {
        tuple(sorted((one.id, other.id)))
        for one, other in combinations(db.session.scalars(db.select(people.Person)).all(), 2)
        if likenesses(alike.known(one), alike.known(other))
    }
    hidden = {pair for pair in may_be if village[1].id in pair}
    hidden |= {tuple(sorted((village[2].id, village[3].id))), (first, second)}
    proposed = [(one.id, other.id) for one, other in alike.list_alike(10_000)]
    assert len(proposed) > 40
    assert len(proposed) == len(set(proposed)) == alike.count_alike()
    assert set(proposed) == may_be - hidden
    pages = [pair for after in range(0, len(proposed), 7) for pair in alike.list_alike(7, after)]
    assert [(one.id, other.id) for one, other in pages] == proposed


def test_a_shared_paper_stands_before_a_shared_birth_date_and_this_before_a_year() -> None:
    with writing():
        for name, at in (("Lò Thị Năm", None), ("Lò Thị Ngày", date(1960, 2, 3)), ("Lò Thị Giấy", date(1961, 1, 1))):
            for n in range(2):
                row = people.add(Identity(name, born_on=at, born_year=1960, address="Xã Tà"))
                if name.endswith("Giấy"):
                    row.born_on, row.insurance = date(1961, 1, 1 + n), "1501234567"
    assert [one.name.split()[-1] for one, _ in alike.list_alike(10)] == ["Giấy", "Ngày", "Năm"]
