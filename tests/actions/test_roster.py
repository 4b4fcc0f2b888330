"""A list is brought, reviewed and landed, row by row and then at once."""

from __future__ import annotations

import os
import time
from datetime import date, timedelta
from datetime import time as clock_time
from pathlib import Path

import pytest
from flask import Flask

from kiosk import importer
from kiosk.actions import roster
from kiosk.config import Settings
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import OPERATOR
from kiosk.rules.person import Identity
from kiosk.rules.words import RosterState, Sex
from kiosk.store import audit, people, roster_files, rosters, staged_rows
from kiosk.store.database import db, writing
from kiosk.store.people import Person
from kiosk.store.rosters import RosterEntry, StagedRow
from tests.cast import TITLES, Players, done_once, key, now, refusal_of, roster_csv
from tests.roster_files import KINDS, every_defect

pytestmark = pytest.mark.usefixtures("inside")
FIRST, LAST = "BCDGHKLMNPQRSTVX", ("an", "inh", "ung", "oan", "uy", "en", "ang", "ong")
DAY = date(2030, 11, 21)
NEW = ("Hà Văn Mới", "01/01/1970", "Nam", "015070990077", "Thôn Bịa")
NEW_WOMAN = ("Hà Thị Mới", "02/01/1971", "Nữ", "015171990078", "Thôn Bịa")
BAD = ("Hà Văn Lỗi", "01/13/1970", "Nam", "", "Thôn Bịa")


def bring(*rows: tuple[str, ...], on: str = "21/11/2030") -> importer.Brought:
    """A CSV list with these rows, reviewed and landed."""
    return importer.bring(OPERATOR, now(), key(), "list.csv", roster_csv(on, *rows))


def reviewed(*rows: tuple[str, ...], on: str = "21/11/2030") -> str:
    """A CSV list that waits for somebody to look at it; its id."""
    return importer.review(OPERATOR, now(), key(), "list.csv", roster_csv(on, *rows)).roster_id


def after(pieces: int) -> importer.GoOn:
    """Says no when that many pieces are done."""
    left = iter([True] * pieces)
    return lambda: next(left, False)


def staged(roster_id: str) -> dict[int, StagedRow]:
    """Rows that lie aside, by line."""
    db.session.rollback()
    rows = db.session.scalars(db.select(StagedRow).where(StagedRow.roster_id == roster_id))
    return {row.line: row for row in rows}


def landed_lines(roster_id: str) -> list[int]:
    """Lines that became entries."""
    db.session.rollback()
    lines = db.select(RosterEntry.line).where(RosterEntry.roster_id == roster_id)
    return sorted(db.session.scalars(lines))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_every_known_defect_lands_exactly_its_good_rows(kind: str) -> None:
    file = every_defect(kind)
    brought = importer.review(OPERATOR, now(), key(), f"list.{kind}", file.content, DAY)
    rows = staged(brought.roster_id)
    good = {line for line, row in rows.items() if row.state in ("new", "changed", "same")}
    assert good == set(file.good_lines)
    for line, codes in (file.good_lines | file.wrong).items():
        assert {reason["code"] for reason in rows[line].reasons} == codes, line
    for line, earlier in file.duplicates.items():
        assert rows[line].state == "duplicate"
        assert rows[line].reasons == [{"column": "name", "code": "duplicate_of", "facts": {"line": earlier}}]
    for line, earlier in file.clashes.items():
        assert rows[line].state == "wrong"
        assert rows[line].reasons == [{"column": "number", "code": "number_of_line", "facts": {"line": earlier}}]
    assert brought.counts["wrong"] == len(file.wrong) + len(file.clashes)
    importer.accept(OPERATOR, now(), key(), brought)
    assert landed_lines(brought.roster_id) == sorted(file.good_lines)
    assert rosters.count_expected(DAY) == len(file.good_lines)
    assert set(staged(brought.roster_id)) == set(rows) - good, "what did not land can still be looked at"


def test_a_review_lands_nobody_and_dropping_it_leaves_nothing() -> None:
    before = db.session.scalar(db.select(db.func.count()).select_from(Person))
    roster_id = reviewed(NEW, BAD)
    assert people.find_by_number(NEW[3]) is None
    importer.drop(OPERATOR, now(), key(), roster_id)
    assert not staged(roster_id)
    assert db.session.scalar(db.select(db.func.count()).select_from(Person)) == before
    with pytest.raises(Refusal) as refused:
        roster.land(OPERATOR, now(), key(), roster_id, {})
    assert refused.value.code == "roster_moved_on"


def test_bringing_a_file_twice_with_one_key_brings_it_once(settings: Settings) -> None:
    form, content = key(), roster_csv("21/11/2030", NEW)
    first = roster.begin_import(OPERATOR, now(), form, "list.csv", None, content)
    path = settings.folder / "rosters" / f"{first}.list"
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o077 == 0, "nobody else on this machine reads it"
    assert roster.begin_import(OPERATOR, now(1), form, "list.csv", None, content) == first


def test_its_bytes_are_gone_once_they_are_rows(settings: Settings) -> None:
    brought = bring(NEW)
    assert rosters.get(brought.roster_id).state == "landed"
    assert not list((settings.folder / "rosters").iterdir())


def test_a_cut_off_upload_is_swept_away_but_not_a_young_one(settings: Settings) -> None:
    roster_files.keep("young", b"x")
    roster_files.keep("old", b"x")
    roster_files.keep("wanted", b"x")
    for name in ("old", "wanted"):
        path = Path(settings.folder, "rosters", f"{name}.list")
        os.utime(path, (time.time() - 2 * roster_files.ORPHAN_SECONDS,) * 2)
    roster_files.forget_orphans(["wanted"])
    assert {path.stem for path in (settings.folder / "rosters").iterdir()} == {"young", "wanted"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (roster_csv("21/11/2030", NEW).decode().encode("utf-16"), "roster_not_utf8"),
        ((TITLES + "\n").encode(), "roster_empty"),
        ("Họ và tên,Ngày sinh\nHà Văn Mới,1970\n".encode(), "roster_columns"),
        (b"PK\x03\x04 and no more", "roster_unreadable"),
    ],
)
def test_a_file_that_is_no_list_is_refused_and_forgotten(content: bytes, code: str, settings: Settings) -> None:
    with pytest.raises(Refusal) as refused:
        importer.review(OPERATOR, now(), key(), "list.csv", content)
    assert refused.value.code == code
    assert not list((settings.folder / "rosters").iterdir())


@pytest.mark.parametrize(
    "junk", [b"", b"\x00\x00\x00", b'"' * 9 + b"\n", b"a\rb\rc", b",,,,\n,,,", b'"' + b"x" * 200_000]
)
def test_no_file_raises_anything_but_a_sentence(junk: bytes) -> None:
    for content in (junk, roster_csv("21/11/2030", NEW) + junk):
        try:
            importer.review(OPERATOR, now(), key(), "list.csv", content)
        except Refusal:
            continue


def test_a_file_that_vanished_is_a_sentence(hub: Flask, settings: Settings) -> None:
    roster_id = roster.begin_import(OPERATOR, now(), key(), "list.csv", None, roster_csv("21/11/2030", NEW))
    roster_files.forget(roster_id)
    while importer.do_one(hub):
        pass
    db.session.rollback()
    row = rosters.get(roster_id)
    assert (row.state, row.refusal) == ("failed", {"code": "roster_file_gone", "facts": {}})


def test_landing_is_for_the_counts_that_were_seen(players: Players) -> None:
    roster_id = reviewed(NEW, BAD)
    assert refusal_of(roster.land, players.lead, roster_id, {"new": 2, "changed": 0}) == "roster_moved_on"
    assert done_once(roster.land, players.lead, roster_id, {"new": 1, "changed": 0}) == roster_id
    assert refusal_of(roster.land, players.lead, roster_id, {"new": 1, "changed": 0}) == "roster_moved_on"
    assert refusal_of(roster.drop, players.lead, roster_id) == "roster_moved_on"


def test_a_list_that_says_nothing_new_does_not_land(players: Players) -> None:
    bring(NEW)
    roster_id = reviewed(NEW)
    assert rosters.get(roster_id).counts == {"new": 0, "changed": 0, "same": 1, "duplicate": 0, "wrong": 0}
    assert refusal_of(roster.land, players.lead, roster_id, {"new": 0, "changed": 0}) == "roster_nothing_to_land"
    assert done_once(roster.drop, players.lead, roster_id) == roster_id


def test_nobody_expects_anybody_before_the_last_piece(hub: Flask, players: Players) -> None:
    roster_id = reviewed(*[(f"Hà Văn {a}{b}", "1970", "Nam", "", "X") for a in FIRST for b in LAST])
    roster.land(players.lead, now(), key(), roster_id, {})
    assert not importer.do_one(hub, after(1)), "stopped between two pieces"
    db.session.rollback()
    assert rosters.get(roster_id).state == "landing"
    assert landed_lines(roster_id), "some rows are written"
    assert rosters.count_expected(DAY) == 0
    while importer.do_one(hub):
        pass
    db.session.rollback()
    assert rosters.get(roster_id).state == "landed"
    assert (
        len(landed_lines(roster_id))
        == len(set(landed_lines(roster_id)))
        == rosters.count_expected(DAY)
        == len(FIRST) * len(LAST)
    )


def test_reading_goes_on_where_it_stopped(hub: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "READ_PIECE", 2)
    file = every_defect("xlsx")
    roster_id = roster.begin_import(OPERATOR, now(), key(), "list.xlsx", DAY, file.content)
    for most in range(1, 100):
        if importer.do_one(hub, after(most)):
            break
    rows = staged(roster_id)
    assert rosters.get(roster_id).state == "review"
    assert {line for line, row in rows.items() if row.state == "new"} == set(file.good_lines)
    assert {line for line, row in rows.items() if row.state == "duplicate"} == set(file.duplicates)


def test_what_the_desk_learned_since_the_review_is_heeded(players: Players) -> None:
    brought = importer.review(OPERATOR, now(), key(), "list.csv", roster_csv("21/11/2030", NEW, NEW_WOMAN))
    with writing():
        people.add(Identity("Ai Đó Khác", NEW[3], born_year=1999, sex=Sex.MALE))
    landed = importer.accept(OPERATOR, now(), key(), brought)
    assert landed.counts == {"new": 1, "changed": 0, "same": 0, "duplicate": 0, "wrong": 1}
    assert landed_lines(brought.roster_id) == [3]
    assert staged(brought.roster_id)[2].reasons[-1]["code"] == "number_of_another"


def test_a_withdrawn_list_counts_no_longer_and_the_older_one_does_again(players: Players) -> None:
    first, second = bring(NEW), bring(NEW, NEW_WOMAN)
    assert (first.expected, second.expected) == (1, 1)
    assert rosters.count_expected(DAY) == 2
    assert done_once(roster.withdraw, players.lead, first.roster_id) == first.roster_id
    assert rosters.count_expected(DAY) == 2, "whoever is on the corrected list stays expected"
    roster.withdraw(players.lead, now(), key(), second.roster_id)
    assert rosters.count_expected(DAY) == 0
    assert refusal_of(roster.withdraw, players.lead, second.roster_id) == "roster_moved_on"
    with pytest.raises(NotFound):
        roster.withdraw(players.lead, now(), key(), key())


def test_somebody_answers_for_whom_the_list_does_not_approve_of(players: Players) -> None:
    content = f"{TITLES},Duyệt\n{','.join(NEW)},21/11/2030,không\n".encode()
    brought = importer.bring(OPERATOR, now(), key(), "list.csv", content)
    person = people.find_by_number(NEW[3])
    assert person
    entry = rosters.find_entry(person.id, DAY)
    assert entry
    assert not entry.approved
    assert done_once(roster.approve_entries, players.lead, DAY, [entry.id]) == 1
    db.session.rollback()
    entry = rosters.find_entry(person.id, DAY)
    assert entry
    assert (entry.approved, entry.approved_by) == (True, players.lead.id)
    again = f"{TITLES},Duyệt,Nhóm ưu tiên\n{','.join(NEW)},21/11/2030,không,9\n".encode()
    importer.bring(OPERATOR, now(), key(), "list.csv", again)
    db.session.rollback()
    entry = rosters.find_entry(person.id, DAY)
    assert entry
    assert entry.roster_id != brought.roster_id
    assert (entry.approved, entry.approved_by) == (True, players.lead.id), "the next list does not take it back"


def test_nobody_is_approved_who_is_expected_on_another_day(players: Players) -> None:
    content = f"{TITLES},Duyệt\n{','.join(NEW)},21/11/2030,\n".encode()
    importer.bring(OPERATOR, now(), key(), "list.csv", content)
    person = people.find_by_number(NEW[3])
    assert person
    entry = rosters.find_entry(person.id, DAY)
    assert entry
    with pytest.raises(NotFound):
        roster.approve_entries(players.lead, now(), key(), date(2030, 11, 22), [entry.id])
    db.session.rollback()
    assert not rosters.require_entries([entry.id], DAY)[0].approved


def test_wrong_rows_stay_a_day_and_no_longer(hub: Flask) -> None:
    landed, failed = bring(NEW, BAD).roster_id, reviewed(NEW_WOMAN)
    assert set(staged(landed)) == {3}
    while importer.do_one(hub):
        pass
    assert set(staged(landed)) == {3}, "somebody may still mend them"
    with writing():
        rosters.get(landed).landed_at = now().at - staged_rows.KEPT - timedelta(minutes=1)
        rosters.get(failed).state = RosterState.FAILED
    while importer.do_one(hub):
        pass
    assert not staged(landed)
    assert not staged(failed), "what broke off cannot be looked at"
    assert landed_lines(landed) == [2]


def test_a_list_that_cannot_land_keeps_no_other_waiting(hub: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "LOOK_SECONDS", 0.01)
    broken = reviewed(NEW)
    with writing():
        rosters.get(broken).state = RosterState.LANDING
        db.session.execute(db.update(StagedRow).where(StagedRow.roster_id == broken).values(cells=[]))
    waiting = roster.begin_import(OPERATOR, now(), key(), "list.csv", None, roster_csv("21/11/2030", NEW_WOMAN))
    program = importer.Program(hub)
    program.start()
    try:
        until = time.monotonic() + 30
        while rosters.get(waiting).state != RosterState.REVIEW and time.monotonic() < until:
            db.session.rollback()
            time.sleep(0.02)
        assert rosters.get(waiting).state == RosterState.REVIEW
        assert rosters.get(broken).state == RosterState.LANDING
    finally:
        program.stop()


def test_a_list_that_somebody_drops_meanwhile_is_said_to_whoever_brings_it(players: Players) -> None:
    def drop(row: rosters.Roster) -> None:
        if row.state == RosterState.WAITING:
            roster.drop(players.lead, now(), key(), row.id)

    with pytest.raises(Refusal) as refused:
        importer.review(OPERATOR, now(), key(), "list.csv", roster_csv("21/11/2030", NEW), told=drop)
    assert refused.value.code == "roster_moved_on"


def test_every_step_is_in_the_audit_without_names() -> None:
    roster_id = bring(NEW).roster_id
    entries = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.noun_id == roster_id)).all()
    events = [entry.event for entry in sorted(entries, key=lambda entry: entry.seq)]
    assert events == ["roster.staged", "roster.read", "roster.accepted", "roster.landed"]
    assert "Hà" not in str([entry.facts for entry in entries])


def test_a_list_that_names_no_slot_takes_none_away() -> None:
    bring(NEW)
    with writing():
        entry = db.session.scalar(db.select(RosterEntry).where(RosterEntry.on == DAY))
        assert entry
        entry.slot_from, entry.slot_until = clock_time(7, 30), clock_time(8)
        person = entry.person_id
    roster_id = reviewed(NEW, NEW_WOMAN)
    assert [row.state for _, row in sorted(staged(roster_id).items())] == ["same", "new"]
    bring(NEW, NEW_WOMAN)
    db.session.rollback()
    kept = rosters.find_entry(person, DAY)
    assert kept
    assert (kept.slot_from, kept.slot_until) == (clock_time(7, 30), clock_time(8))


def test_two_numbers_for_one_whom_we_knew_without_any_are_two_people() -> None:
    name, birth, sex, _, place = NEW
    bring((name, birth, sex, "", place))
    bring((name, birth, sex, "015190000011", place), (name, birth, sex, "015190000012", place))
    db.session.rollback()
    holders = [people.find_by_number(number) for number in ("015190000011", "015190000012")]
    assert all(holders)
    assert len({holder.id for holder in holders if holder}) == 2
