"""Which room may import which: the table of the house, walked over the syntax tree of every module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kiosk

FOLDER = Path(kiosk.__file__).parent
EVERYTHING = frozenset({"anything"})

# room: the rooms that it may import beside itself
TABLE: dict[str, frozenset[str]] = {
    "__main__": frozenset({"cli"}),
    "errors": frozenset(),
    "config": frozenset({"errors"}),
    "wording": frozenset({"errors"}),
    "box_words": frozenset({"rules", "wording"}),
    "clock": frozenset({"errors", "rules"}),
    "rules": frozenset({"errors"}),
    "protocols": frozenset({"rules", "errors"}),
    "documents": frozenset({"rules", "errors"}),
    "devices": frozenset({"rules", "errors"}),
    "upstream": frozenset({"rules", "protocols", "documents", "errors"}),
    "store": frozenset({"rules", "errors"}),
    "actions": frozenset({"store", "rules", "protocols", "wording", "errors"}),
    "web": frozenset(
        {"actions", "store", "rules", "protocols", "documents", "wording", "box_words", "clock", "config", "errors"}
    ),
    "upkeep": frozenset(
        {
            "app",
            "actions",
            "store",
            "rules",
            "protocols",
            "devices",
            "documents",
            "config",
            "clock",
            "looking",
            "box_words",
            "wording",
            "errors",
        }
    ),
    "agent": frozenset({"devices", "rules", "config", "clock", "wording", "logs", "notify", "turns", "errors"}),
    "app": frozenset({"web", "store", "rules", "protocols", "config", "wording", "clock", "errors"}),
    "server": frozenset({"app", "importer", "upkeep", "config", "logs", "notify"}),
    "importer": frozenset(
        {"actions", "store", "documents", "protocols", "rules", "config", "clock", "looking", "errors"}
    ),
    "forwarder": frozenset(
        {"app", "actions", "store", "upstream", "rules", "config", "clock", "logs", "notify", "turns", "errors"}
    ),
    "logs": frozenset({"errors"}),
    "looking": frozenset({"errors"}),
    "notify": frozenset({"errors"}),
    "turns": frozenset({"errors"}),
    "migrations": frozenset({"store"}),
    "cli": EVERYTHING,
    "demo": EVERYTHING,
}
# (room, module outside the house): who alone may import it
MAY_USE_SQL = {"store", "upkeep", "web/events", "migrations", "app", "upstream/simulator_store"}
WITHOUT_FLASK = {"rules", "protocols", "devices", "agent", "upstream"}
# What reads the world has no place in a rule.
IMPURE = {"os", "io", "time", "random", "secrets", "uuid", "pathlib", "socket", "subprocess", "requests", "logging"}

MODULES = sorted(FOLDER.rglob("*.py"))


def room_of(path: Path) -> str:
    """The folder under kiosk/, or the file itself where it stands alone."""
    return room_named(path.relative_to(FOLDER).parts[0].removesuffix(".py"))


def room_named(part: str) -> str:
    """The settings are one room in three files."""
    return "config" if part.startswith("config_") else part


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything a module imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the room"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    """The rooms of ours that a module imports."""
    names = (name.split(".") for name in imported(path))
    return {room_named(parts[1]) for parts in names if parts[0] == "kiosk" and len(parts) > 1} - {room_of(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        assert not rooms_imported(path)
        return
    assert room in TABLE, f"{room} is not in the table of rooms"
    if TABLE[room] is not EVERYTHING:
        assert rooms_imported(path) <= TABLE[room]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_nobody_imports_the_command_line_or_the_demo(path: Path) -> None:
    room, ours = room_of(path), rooms_imported(path)
    assert "cli" not in ours or room == "__main__"
    assert "demo" not in ours or room == "cli"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_flask_and_sql_stay_in_their_rooms(path: Path) -> None:
    room, tops = room_of(path), {name.split(".")[0] for name in imported(path)}
    place = {room, str(path.relative_to(FOLDER).with_suffix(""))}
    if room in WITHOUT_FLASK:
        assert not {top for top in tops if re.match(r"flask|htmx_flask|werkzeug", top)}
    if not place & MAY_USE_SQL:
        assert not {top for top in tops if top in ("sqlalchemy", "flask_sqlalchemy", "sqlite3", "alembic")}
    if room == "rules":
        assert not tops & IMPURE


def test_rules_never_ask_what_time_it_is() -> None:
    for path in (FOLDER / "rules").rglob("*.py"):
        assert not re.search(r"\b(datetime\.now|date\.today|utcnow)\b", path.read_text(encoding="utf-8")), path


def test_only_the_clock_reads_the_clock() -> None:
    readers = {
        str(path.relative_to(FOLDER))
        for path in MODULES
        if re.search(r"\b(datetime\.now|date\.today|utcnow)\(", path.read_text(encoding="utf-8"))
    }
    assert {name for name in readers if not name.startswith(("demo/", "agent/", "devices/"))} == {"clock.py"}


def test_the_table_names_no_room_that_everybody_forgot() -> None:
    assert set(TABLE) <= {room_of(path) for path in MODULES}
