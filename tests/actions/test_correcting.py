"""An official card puts right what a list says of somebody, and both are kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kiosk.actions import identity, scanning
from kiosk.rules.words import Sex
from kiosk.store import audit, corrections, people, visits
from kiosk.store.database import db, writing
from tests import papers
from tests.cast import CARD, CARD_OF_PAO, Players, called, key, now, receive, screened

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def visit(players: Players, opened: str) -> str:
    """Hường is cleared and sits at injection-1."""
    receive(players, players.huong)
    screened(players)
    return called(players.vaccinator)


def known(players: Players, **said: Any) -> people.Person:
    """What the list says of Hường instead."""
    with writing():
        for name, value in said.items():
            setattr(people.get(players.huong), name, value)
    return people.get(players.huong)


def held(players: Players, text: str, symbology: str = "QRCode") -> None:
    """A code is held to the table's own camera."""
    id = key()
    scanning.scan_code(players.table_camera, now(), id, id, text.encode(), symbology)
    db.session.rollback()


def kept() -> dict[str, Any]:
    """The fields of the one correction; {} where there is none."""
    row = db.session.scalars(db.select(corrections.Correction)).one_or_none()
    return row.fields if row else {}


def events(event: str) -> list[audit.AuditEntry]:
    return list(db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.event == event)))


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"born_on": None}, {"born_on": ["", "1958-05-12"]}),
        ({"sex": Sex.UNKNOWN}, {"sex": ["unknown", "female"]}),
        ({"number": None}, {"number": ["", "015158004187"]}),
        ({"old_number": ""}, {"old_number": ["", "061234567"]}),
        ({"old_number": "61234567"}, {"old_number": ["61234567", "061234567"]}),
        ({"name": "NGUYỄN THỊ HƯỜNG"}, {"name": ["NGUYỄN THỊ HƯỜNG", "Nguyễn Thị Hường"]}),
    ],
)
def test_a_card_that_agrees_says_more(
    players: Players, visit: str, said: dict[str, Any], fields: dict[str, list[str]]
) -> None:
    known(players, **{"old_number": "061234567"} | said)
    held(players, CARD)
    assert kept() == fields
    [entry] = events("person.corrected")
    assert entry.facts == {"fields": sorted(fields), "document": "national_card"}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"name": "Nguyễn Thị Hương", "name_key": "NGUYEN THI HUONG"}, "Nguyễn Thị Hường"),
        ({"name": "Nguyễn Thị Hườn", "name_key": "NGUYEN THI HUON"}, "Nguyễn Thị Hường"),
        ({"born_on": date(1958, 12, 5)}, "Nguyễn Thị Hường"),
    ],
)
def test_a_card_that_was_looked_at_puts_it_right_and_the_name_stays_findable(
    players: Players, visit: str, said: dict[str, Any], name: str
) -> None:
    person = known(players, **said)
    held(players, CARD)
    assert kept() == {}, "not before somebody has looked"
    identity.confirm_alike(players.vaccinator, now(), key(), visit)
    assert (person.name, person.name_key, person.born_on) == (name, "NGUYEN THI HUONG", date(1958, 5, 12))
    assert kept()
    assert visits.get(visit).person.name == name, "what is sent upstream says it too"


@pytest.mark.parametrize("text", [papers.QR, papers.CARD_BACK, papers.INSURANCE])
def test_nothing_but_the_front_of_the_card_corrects_anybody(players: Players, visit: str, text: str) -> None:
    person = known(players, name="Nguyễn  Thị Hường", old_number="")
    held(players, text)
    assert kept() == {}
    assert person.name == "Nguyễn  Thị Hường"


def test_what_a_scanner_typed_corrects_nobody(players: Players, visit: str) -> None:
    known(players, old_number="")
    held(players, CARD, "Keyboard")
    assert kept() == {}


def test_a_name_without_marks_never_replaces_one_that_has_them(players: Players, visit: str) -> None:
    person = known(players, old_number="061234567")
    held(players, CARD.replace("Nguyễn Thị Hường", "Nguyen Thi Huong"))
    identity.confirm_alike(players.vaccinator, now(), key(), visit)
    assert person.name == "Nguyễn Thị Hường"
    assert kept() == {}


def test_the_registrys_first_of_january_does_not_replace_a_whole_date(players: Players, visit: str) -> None:
    person = known(players, old_number="061234567")
    held(players, CARD.replace("12051958", "01011958"))
    assert person.born_on == date(1958, 5, 12)
    assert kept() == {}


def test_a_card_of_somebody_else_corrects_nobody(players: Players, visit: str) -> None:
    held(players, CARD_OF_PAO)
    assert kept() == {}
    assert events("person.corrected") == []


def test_where_nothing_differs_nothing_is_written(players: Players, visit: str) -> None:
    known(players, old_number="061234567")
    held(players, CARD)
    assert kept() == {}
