"""The bundle of a site with 300 people and a day's acts names nobody and opens nothing."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk import importer
from kiosk.actions import boxes
from kiosk.actions.site import new_token
from kiosk.cli import main
from kiosk.demo import commune
from kiosk.devices.box import measure
from kiosk.rules.actor import OPERATOR
from kiosk.store.consents import Consent
from kiosk.store.database import Base, db, writing
from kiosk.store.pairings import Pairing
from kiosk.store.people import Person
from kiosk.store.rosters import Roster, StagedRow
from kiosk.store.staff import Staff
from kiosk.store.visits import Visit
from kiosk.upkeep import checkup
from tests.cast import dosed, key, now, receive

# Columns whose values are somebody's, wherever they stand.
PERSONAL = re.compile(r"name|number|phone|address|insurance|pin|token|document|workplace|badge|licence|raw|note", re.I)
TABLES = {"person", "staff", "staff_session", "roster_entry", "staged_row", "pairing", "consent"}


def unpacked(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        return {name: pack.read(name).decode("utf-8") for name in pack.namelist()}


@pytest.fixture
def busy(hub, inside, players, opened, folder: Path, tmp_path: Path) -> Path:
    """300 more people on the list, one dosed, one waiting, two boxes heard."""
    listed = tmp_path / "list.csv"
    commune.write_roster(commune.invent(300, now().on), now().on, listed)
    importer.bring(OPERATOR, now(), key(), "danh-sach-2.csv", listed.read_bytes())
    dosed(players, players.huong)
    receive(players, players.pao)
    boxes.report(players.kiosk, now(), measure(folder))
    checkup.report(hub)
    db.session.rollback()
    return folder


GUARDIAN, DEVICE, UNLANDED = "Giàng Thị Bảo Hộ", "Tablet của Mùa A Sáng", "Hờ Thị Chưa Nhập"


@pytest.fixture
def named(busy: Path, inside) -> Path:
    """And those whose names stand elsewhere: a guardian, a device that somebody named, a row that has not landed."""
    seen = db.select(Consent.visit_id)
    visit = db.session.scalars(db.select(Visit).where(Visit.id.not_in(seen))).first()
    member = db.session.scalars(db.select(Staff)).first()
    roster = db.session.scalars(db.select(Roster)).first()
    with writing():
        db.session.add(Consent(visit_id=visit.id, version="1", guardian_name=GUARDIAN, at=now().at, by=member.id,
                               box="other", seq=1, clock_trusted=True))  # fmt: skip
        db.session.add(Pairing(station="kiosk-1", token_hash="x", made_at=now().at, name=DEVICE))
        cells = {"name": UNLANDED, "number": "015190000777"}
        db.session.add(
            StagedRow(roster_id=roster.id, line=9999, state="ready", reasons=[], cells=cells, who="015190000777")
        )
    return busy


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the place of the system's `journalctl`: it says what stands in this file."""
    said = tmp_path / "said"
    program = tmp_path / "bin" / "journalctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncat "{said}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return said


def test_a_log_goes_along_without_anybodys_name_number_or_token(named: Path, journal: Path, tmp_path: Path) -> None:
    names = sorted({*db.session.scalars(db.select(Person.name)), GUARDIAN, DEVICE, UNLANDED})
    number, token = "015190000777", new_token()
    lines = [f'{{"event": "slip.odd", "label": "{name}"}}' for name in names]
    lines += [f"searched {key}" for key in db.session.scalars(db.select(Person.name_key))]
    lines += [
        f'{{"token": "sesame{token}", "event": "x"}}', f"visit_{number}", f"no.{number}", f"joined {token}",
        '{"event": "outbox.sent", "level": "info"}',
    ]  # fmt: skip
    journal.write_text("\n".join(lines))
    file = tmp_path / "b.zip"
    CliRunner().invoke(main, ["--folder", str(named), "doctor", "--bundle", str(file)], catch_exceptions=False)
    told = unpacked(file.read_bytes())["journal.txt"]
    assert len(told.splitlines()) == len(lines) > 500
    assert '{"event": "outbox.sent", "level": "info"}' in told.splitlines()
    assert not [text for text in {*names, number, *token.split("-"), "sesame"} if text in told]
    assert not [text for text in secrets(named) if text in told]


def test_out_by_the_pipe_the_zip_is_alone(folder: Path) -> None:
    done = CliRunner().invoke(main, ["--folder", str(folder), "doctor", "--bundle", "-"], catch_exceptions=False)
    assert "database.json" in unpacked(done.stdout_bytes)
    assert "Chương trình" in done.stderr


def test_where_nothing_may_be_written_a_sentence_says_so(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--folder", str(folder), "doctor", "--bundle", str(tmp_path / "none" / "b.zip")])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "no stack trace"
    assert "--bundle -" in done.stderr
    assert str(tmp_path / "none") in done.stderr


def secrets(folder: Path) -> set[str]:
    """Everything of anybody that stands in the database, and what opens doors."""
    held = {path.read_text().strip() for path in folder.glob("*.key")}
    for table in Base.metadata.sorted_tables:
        if table.name in TABLES:
            columns = [column for column in table.c if PERSONAL.search(column.name)]
            for column in columns:
                held |= {str(value) for value in db.session.scalars(db.select(column).distinct()) if value}
    return {text for text in held if len(text) > 4}


def test_nobodys_name_number_phone_address_pin_or_token_is_in_it(busy: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    said = CliRunner().invoke(main, ["--folder", str(busy), "doctor", "--bundle", str(file)], catch_exceptions=False)
    assert file.stat().st_mode & 0o077 == 0, said.output
    parts = unpacked(file.read_bytes())
    assert set(parts) == {"doctor.txt", "doctor.json", "box.json", "units.txt", "settings.json", "database.json",
                          "journal.txt"}  # fmt: skip
    told = "\n".join(parts.values())
    held = secrets(busy)
    assert len(held) > 900, "300 people with names, numbers and addresses"
    assert not [text for text in held if text in told]
    said = "\n".join(text for name, text in parts.items() if name != "box.json")
    unhashed = re.sub(r"[0-9a-f]{64}", "", said)  # the audit's head may hold nine digits in a row
    assert not re.search(r"(?<!\d)(?:\d{9}|\d{12})(?!\d)", unhashed)
    counts = json.loads(parts["database.json"])
    assert counts["rows"]["person"] > 300
    assert counts["revision"]
    assert len(counts["audit_head"]) == 64


def test_it_is_the_same_from_the_page_without_a_log(busy: Path, hub, players) -> None:
    client = hub.test_client()
    client.set_cookie("staff", players.tokens["lead"])
    answer = client.get("/boxes/bundle.zip")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="kiosk-hub-1-')
    parts = unpacked(answer.data)
    assert set(parts) == {"doctor.txt", "doctor.json", "boxes.json", "settings.json", "database.json"}
    told = "\n".join(parts.values())
    assert not [text for text in secrets(busy) if text in told]
    assert "hub" in json.loads(parts["doctor.json"])
    assert "kiosk-1" in json.loads(parts["boxes.json"])


def test_passwords_of_the_settings_are_not_in_it(folder: Path, tmp_path: Path) -> None:
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write('\n[hub]\ndatabase = "postgresql+psycopg://kiosk:sesame@127.0.0.1:9/kiosk"\n')
    target = tmp_path / "b.zip"
    CliRunner().invoke(main, ["--folder", str(folder), "doctor", "--bundle", str(target)], catch_exceptions=False)
    assert "sesame" not in "\n".join(unpacked(target.read_bytes()).values())
    assert "127.0.0.1:9" in unpacked(target.read_bytes())["settings.json"]


def test_where_site_toml_is_broken_there_is_a_bundle_without_a_database(folder: Path, tmp_path: Path) -> None:
    (folder / "site.toml").write_text("[site")
    target = tmp_path / "b.zip"
    CliRunner().invoke(main, ["--folder", str(folder), "doctor", "--bundle", str(target)], catch_exceptions=False)
    assert "database.json" not in unpacked(target.read_bytes())
    assert "site.toml" in unpacked(target.read_bytes())["doctor.txt"]
