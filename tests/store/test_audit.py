"""The chain of the audit: whatever is changed behind the program's back is found."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kiosk.store import audit
from kiosk.store.database import db, writing
from tests import cast as casting
from tests.cast import Players

pytestmark = pytest.mark.usefixtures("inside")


def _behind_our_back(folder: Path, *words: str) -> None:
    db.session.remove()
    database = sqlite3.connect(folder / "kiosk.db")
    changed = sum(database.execute(each).rowcount for each in words)
    database.commit()
    database.close()
    assert changed == len(words)


def _entries() -> list[audit.AuditEntry]:
    return list(db.session.scalars(db.select(audit.AuditEntry).order_by(audit.AuditEntry.seq)))


def test_an_untouched_chain_holds(players: Players, opened: str) -> None:
    casting.receive(players, players.huong)
    assert audit.count() > 10
    assert list(audit.verify()) == []
    assert audit.head("hub-1") == _entries()[-1].hash
    assert audit.head("hub-2") == audit.FIRST


@pytest.mark.parametrize(
    "column", ["by", "role", "station", "event", "noun_id", "at", "previous", "hash", "facts", "id"]
)
def test_one_changed_sign_is_found(folder: Path, column: str) -> None:
    seq = _entries()[3].seq
    words = {"at": "datetime(at, '+1 seconds') || '.000000'", "facts": "'{}'"}.get(column, f'"{column}" || "x"')
    words = words.replace('"x"', "'x'")
    _behind_our_back(folder, f'UPDATE audit_entry SET "{column}" = {words} WHERE seq = {seq}')
    assert ("hub-1", seq) in list(audit.verify())


def test_a_number_that_says_the_clock_was_right_is_part_of_it(folder: Path) -> None:
    entry = _entries()[3]
    _behind_our_back(folder, f"UPDATE audit_entry SET clock_trusted = 0 WHERE seq = {entry.seq}")
    assert list(audit.verify()) == [("hub-1", entry.seq)]


@pytest.mark.parametrize("nth", [0, 3])
def test_a_removed_entry_is_found(folder: Path, nth: int) -> None:
    entries = _entries()
    _behind_our_back(folder, f"DELETE FROM audit_entry WHERE seq = {entries[nth].seq}")
    assert list(audit.verify()) == [("hub-1", entries[nth + 1].seq)]


def test_an_entry_slipped_in_is_found(folder: Path) -> None:
    _behind_our_back(
        folder,
        "INSERT INTO audit_entry SELECT at, by, role, station, event, noun_id, facts, previous, hash, 'x', box, 100000,"
        " clock_trusted FROM audit_entry WHERE seq = (SELECT min(seq) FROM audit_entry)",
    )
    assert list(audit.verify()) == [("hub-1", 100000)]


def test_entries_that_changed_places_are_found(folder: Path) -> None:
    first, second = (entry.seq for entry in _entries()[3:5])
    _behind_our_back(
        folder,
        f"UPDATE audit_entry SET seq = -1 WHERE seq = {first}",
        f"UPDATE audit_entry SET seq = {first} WHERE seq = {second}",
        f"UPDATE audit_entry SET seq = {second} WHERE seq = -1",
    )
    assert len(list(audit.verify())) >= 2


def test_whoever_kept_the_newest_hash_sees_that_the_end_was_cut_off(folder: Path) -> None:
    kept = audit.head("hub-1")
    _behind_our_back(folder, "DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)")
    assert audit.head("hub-1") != kept


def test_an_entry_that_was_rolled_back_leaves_the_chain_whole(players: Players) -> None:
    def fail() -> None:
        with writing():
            audit.add(players.lead, casting.now(), "day.opened")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with writing():
        audit.add(players.lead, casting.now(), "day.opened", ngày="thứ bảy")
    assert list(audit.verify()) == []


def test_no_name_and_no_number_of_a_person_stands_in_it(players: Players, opened: str) -> None:
    casting.receive(players, players.huong)
    said = " ".join(f"{entry.noun_id} {entry.facts}" for entry in _entries())
    for personal in ("Hường", "015158004187", "1958", "Hồng"):
        assert personal not in casting.without_ids(said)
