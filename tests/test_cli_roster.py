"""Bringing a list on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.cli import main
from tests.cast import TITLES, roster_csv
from tests.roster_files import KINDS, every_defect
from tests.test_cli import ask, run

GOOD = ("Hà Văn Mới", "01/01/1970", "Nam", "015070990077", "")
BAD = ("Hà Văn Lỗi", "31/02/1970", "Nam", "", "")
ENTRIES = "SELECT count(*) FROM roster_entry"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A list with a good row, a bad one, and the good one again."""
    path = tmp_path / "list.csv"
    path.write_bytes(roster_csv("21/11/2030", GOOD, BAD, GOOD))
    return path


def test_a_list_with_a_bad_row_lands_nothing_and_names_row_and_column(folder: Path, file: Path) -> None:
    people, entries = ask(folder, "SELECT count(*) FROM person"), ask(folder, ENTRIES)
    result = run(folder, "roster", "import", str(file))
    assert result.exit_code == 1
    assert "3 rows: 1 new, 0 changed, 0 known, 1 double, 1 wrong" in result.output
    assert "line 3, column “Ngày sinh”" in result.output
    assert "refusal." not in result.output
    assert "roster.reason." not in result.output
    assert "Hà Văn Lỗi" not in result.output
    assert (ask(folder, "SELECT count(*) FROM person"), ask(folder, ENTRIES)) == (people, entries)
    assert ask(folder, "SELECT count(*) FROM staged_row") == 0


def test_the_good_rows_land_where_somebody_says_yes(folder: Path, file: Path) -> None:
    entries = ask(folder, ENTRIES)
    result = run(folder, "roster", "import", str(file), "--yes")
    assert result.exit_code == 3
    assert result.output.endswith("1 person newly expected.\n")
    assert ask(folder, ENTRIES) == entries + 1


def test_a_list_without_a_bad_row_lands_at_once_and_only_once(folder: Path, file: Path) -> None:
    file.write_bytes(roster_csv("21/11/2030", GOOD))
    result = run(folder, "roster", "import", str(file))
    assert result.exit_code == 0
    assert result.output.endswith("1 person newly expected.\n")
    again = run(folder, "roster", "import", str(file))
    assert again.exit_code == 0
    assert again.output.endswith("0 people newly expected.\n")
    assert run(folder, "audit", "verify").exit_code == 0


def test_a_review_waits_for_somebody_to_look(folder: Path, file: Path) -> None:
    entries = ask(folder, ENTRIES)
    assert run(folder, "roster", "import", str(file), "--review").exit_code == 0
    assert ask(folder, ENTRIES) == entries
    assert ask(folder, "SELECT count(*) FROM roster WHERE state = 'review'") == 1
    assert ask(folder, "SELECT count(*) FROM staged_row") == 3


@pytest.mark.parametrize("kind", KINDS)
def test_rows_without_a_day_take_the_one_that_is_given(folder: Path, tmp_path: Path, kind: str) -> None:
    defects = every_defect(kind)
    path = tmp_path / f"list.{kind}"
    path.write_bytes(defects.content)
    result = run(folder, "roster", "import", str(path), "--on", "2030-11-21", "--yes", "--all")
    assert result.exit_code == 3
    assert ask(folder, f"{ENTRIES} WHERE \"on\" = '2030-11-21'") == len(defects.good_lines)
    for line in defects.wrong:
        assert f"line {line}, column" in result.output


def test_of_many_reasons_the_first_are_named_and_the_rest_counted(folder: Path, file: Path) -> None:
    file.write_bytes(roster_csv("21/11/2030", *[BAD] * 60))
    few, every = (run(folder, "roster", "import", str(file), *more) for more in ((), ("--all",)))
    assert (few.output.count("line "), "10 reasons more" in few.output) == (50, True)
    assert (every.output.count("line "), "reasons more" in every.output) == (60, False)


def test_a_list_without_its_columns_is_a_sentence(folder: Path, file: Path) -> None:
    file.write_text(TITLES.replace("Giới tính", "Gì đó"), encoding="utf-8")
    result = run(folder, "roster", "import", str(file))
    assert result.exit_code == 1
    assert "Giới tính" in result.output
    assert "refusal." not in result.output


def test_it_says_what_its_exit_codes_mean() -> None:
    assert "Exit code 0" in (main.commands["roster"].commands["import"].help or "")  # type: ignore[attr-defined]
