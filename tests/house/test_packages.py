"""What the house stands on is what it says it stands on."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

import kiosk

ROOT = Path(kiosk.__file__).parent.parent
FILES = (ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt")
LINES = [line for file in FILES for line in file.read_text().splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("line", LINES)
def test_every_requirement_is_pinned_and_installed_so(line: str) -> None:
    match = re.fullmatch(r"([A-Za-z0-9_.-]+)==([0-9][\w.]*)", line.strip())
    assert match, line
    assert metadata.version(match[1]) == match[2]


def test_nothing_is_named_twice() -> None:
    names = [line.split("==")[0].lower().replace("_", "-") for line in LINES]
    assert len(names) == len(set(names))


def test_every_room_of_tests_is_a_package() -> None:
    rooms = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    # Else two files of one name, which mirror two rooms, cannot be in one run.
    assert [room for room in rooms if not (room / "__init__.py").is_file()] == []


def test_the_printer_library_is_the_right_one() -> None:
    assert metadata.version("python-escpos")
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.version("escpos")


def test_htmx_is_the_vendored_release() -> None:
    vendor = ROOT / "kiosk" / "static" / "vendor"
    assert 'version:"2.0.11"' in (vendor / "htmx-2.0.11.min.js").read_text(encoding="utf-8")
    assert sorted(path.name for path in vendor.glob("*.js")) == ["htmx-2.0.11.min.js", "htmx-ext-sse-2.2.4.min.js"]
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert "htmx" in notice
    assert "Be Vietnam Pro" in notice
