"""The bench of the tables, at a size that proves only that it runs, counts, and asks its peer for the same work."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bench import tables
from kiosk.app import create_app
from kiosk.store.database import db


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m bench.tables words`."""
    return subprocess.run(
        [sys.executable, "-m", "bench.tables", *words],
        check=False, capture_output=True, text=True, timeout=120, cwd=Path(tables.__file__).parent.parent,
    )  # fmt: skip


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = run("--people", "16", "--folder", str(tmp_path))
    assert program.returncode == 0, program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    assert (said["bench"], said["figures"]["people"], said["figures"]["doses not acknowledged"]) == ("tables", 16, 0)
    for name in (tables.DOUBLED, tables.LOST, tables.DIFFERENCE, tables.BROKEN):
        assert said["targets"][name] == [0, "<=", 0, True]
    share, relation, bound, met = said["targets"][tables.SHARE]
    assert (relation, met) == (">=", share >= bound)
    assert list(tmp_path.iterdir()) == [], "it takes its database away again"


def test_it_refuses_odd_sizes() -> None:
    assert run("--people", "3").returncode == 2


Rows = dict[tuple[str, str], dict[str, Any]]


def everything(file: sqlite3.Connection) -> Rows:
    """Each row of the file by its table and key."""
    found: Rows = {}
    for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = file.execute(f"PRAGMA table_info({name})").fetchall()
        keys = [column["name"] for column in columns if column["pk"]]
        for row in file.execute(f"SELECT * FROM {name}"):
            found[name, " ".join(str(row[key]) for key in keys)] = dict(row)
    file.commit()
    return found


def difference(before: Rows, after: Rows) -> list[tuple[str, tuple[str, ...]]]:
    """What was added (its table, no column) and what was changed (its table and the columns that moved)."""
    assert before.keys() <= after.keys(), "a dose takes no row away"
    moved = {
        key: tuple(sorted(name for name in row if key in before and row[name] != before[key][name]))
        for key, row in after.items()
        if before.get(key) != row
    }
    return sorted((name, columns) for (name, _), columns in moved.items())


@pytest.fixture
def site(tmp_path: Path) -> tables.Site:
    """A site of one dose a table."""
    return tables.Site(tmp_path, tables.TABLES, 8099)


def test_the_bare_route_is_asked_for_the_rows_that_the_hub_writes(site: tables.Site) -> None:
    at, differences = f"/table/{tables.station(0)}", {}
    app = create_app(site.settings)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.set_cookie("staff", site.tokens[0])
    with closing(sqlite3.connect(site.settings.folder / "kiosk.db")) as file:
        file.row_factory = sqlite3.Row
        before, visit = everything(file), ""
        for step, path, facts in (
            ("call", f"{at}/call", {}),
            ("receive", "receive", {}),
            ("identity", "identity/spoken", {"spoken": ["name", "birth"]}),
            ("dose", "dose", {"vial_id": site.vials[0], "dose_number": "1", "arm": "left"}),
        ):
            where = f"{at}/visit/{visit}/{path}" if visit else path
            assert client.post(where, data={"key": str(uuid4()), **facts}).status_code == 303, step
            after = everything(file)
            differences[step] = difference(before, after)
            visit = visit or next(row["id"] for (name, _), row in after.items() if name == "visit" and row["called_seq"]
                                  and row["state"] == "called")  # fmt: skip
            before = after
        asked = tables.rows_of(file, [visit])
    with app.app_context():
        db.engine.dispose()
    assert set(asked) == {f"{visit} {step}" for step in tables.STEPS}
    for step in tables.STEPS:
        rows = asked[f"{visit} {step}"]
        added = [(name, ()) for name, _ in rows["add"]]
        changed = [(name, tuple(sorted(facts))) for name, _, facts in rows["change"]]
        assert sorted(added + changed) == differences[step], step
