# ruff: noqa: F811 (fixtures)
"""`python -m kiosk report --draft`: the papers of each half on the disk, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader

from kiosk import config, wording
from kiosk.actions import day
from kiosk.cli import main, report_draft
from kiosk.store.database import db
from tests.cast import Players, hub, inside, key, now, opened, players, receive  # noqa: F401

pytestmark = pytest.mark.usefixtures("inside")


def draft(folder: Path) -> Result:
    result = CliRunner().invoke(main, ["--folder", str(folder), "report", "--draft"])
    assert result.exit_code == 0, result.output
    return result


def words_of(path: Path) -> str:
    pages = PdfReader(io.BytesIO(path.read_bytes())).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def made(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "reports").iterdir())


def test_an_open_day_is_drafted_and_says_that_it_is_a_draft(folder: Path, players: Players, opened: str) -> None:
    receive(players, players.huong)
    db.session.remove()
    result = draft(folder)
    name = f"{now().on}-morning"
    assert made(folder) == [f"{name}.json", f"{name}.pdf"]
    assert f"{name}.pdf" in result.output
    said = json.loads((folder / "reports" / f"{name}.json").read_text(encoding="utf-8"))
    assert (said["arrived"], said["provisional"], said["halves"][0]["closed_at"]) == (1, True, None)
    text = words_of(folder / "reports" / f"{name}.pdf")
    assert wording.say("document.report_draft", "vi") in text
    assert wording.say("document.still_open", "vi") in text
    assert wording.say("slip.closing.by", "vi") not in text
    assert "Hường" not in text
    for path in (folder / "reports").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o137 == 0, "0640 at most"


def test_a_closed_day_is_no_draft_any_more(folder: Path, players: Players, opened: str) -> None:
    draft(folder)
    day.close_day(players.lead, now(), key(), 0)
    db.session.remove()
    draft(folder)
    text = words_of(folder / "reports" / f"{now().on}-morning.pdf")
    assert wording.say("slip.closing.by", "vi") in text
    assert wording.say("document.report_draft", "vi") not in text


def test_without_a_day_there_is_nothing_to_write(folder: Path) -> None:
    assert draft(folder).output.strip()
    assert not (folder / "reports").exists()


def test_a_disk_that_takes_nothing_leaves_the_draft_before(
    folder: Path, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft(folder)
    path = folder / "reports" / f"{now().on}-morning.pdf"
    before = path.read_bytes()

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        report_draft._put(path, b"half a paper")
    assert path.read_bytes() == before
    assert not [name for name in made(folder) if name.startswith(".")]
    assert config.load(folder).folder == folder.resolve()
