"""`python -m kiosk roster export` and `roster phones`: the list on its way out."""

from __future__ import annotations

import stat
from pathlib import Path

from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from kiosk.app import create_app
from kiosk.cli import main
from kiosk.config import Settings
from kiosk.store import audit, people
from kiosk.store.database import db, writing
from tests.clock import CLOCK

TODAY = f"{CLOCK.now().on}"


def run(settings: Settings, *words: str) -> str:
    result = CliRunner().invoke(main, ["--folder", str(settings.folder), "roster", *words])
    assert result.exit_code == 0, result.output
    return result.output


def rows(file: Path) -> list[list[object]]:
    return CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()  # type: ignore[return-value]


def test_a_days_list_is_written_for_its_owner_only(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "hom nay.xlsx"
    assert "3" in run(settings, "export", TODAY, str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = {row[1]: row[-1] for row in rows(file)}
    assert found["Sùng A Páo"] == "Chưa đến", "the sheet speaks the site's language"
    with create_app(settings).app_context():
        entry = audit.find_last("roster.exported", TODAY)
        assert entry
        assert entry.facts == {"n": 3}


def test_phones_are_written_without_names(settings: Settings, tmp_path: Path) -> None:
    with create_app(settings).app_context(), writing():
        for person in db.session.scalars(db.select(people.Person)):
            person.phone = "0912345678"
    file = tmp_path / "so.xlsx"
    run(settings, "phones", TODAY, str(file))
    said = str(rows(file))
    assert "0912345678" in said
    assert "Sùng" not in said


def test_a_day_that_is_none_is_refused(settings: Settings, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--folder", str(settings.folder), "roster", "export", "x", str(tmp_path / "a")])
    assert result.exit_code == 2
    assert not (tmp_path / "a").exists()
