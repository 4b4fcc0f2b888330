"""What the papers point at is there: files, decisions, benches, commands."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import kiosk
from kiosk.cli import main

ROOT = Path(kiosk.__file__).parent.parent
DECISIONS = ROOT / "docs" / "decisions"
PAPERS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DECISIONS.glob("*.md"))]
# Rooms of kiosk/ are named without it.
PLACES = (ROOT, ROOT / "kiosk")


def benches() -> set[str]:
    """Those that `./dev bench` offers."""
    offer = subprocess.run([ROOT / "dev", "bench"], check=False, capture_output=True, text=True, timeout=10)
    assert offer.returncode == 1
    return set(offer.stderr.removeprefix("Which one?").split())


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_file_that_is_named_is_there(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    missing = {link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not (paper.parent / link).exists()}
    rooms = "|".join(sorted(path.name for place in PLACES for path in place.iterdir() if path.is_dir()))
    for name in re.findall(rf"`((?:{rooms})/[\w./*-]+)`", text):
        module = name.rsplit(".", 1)[0]  # `rules/codes.read` is in rules/codes
        forms = (name, f"{name}.py", module, f"{module}.py")
        if not any(any(place.glob(form)) for place in PLACES for form in forms):
            missing.add(name)
    assert not missing


def test_every_decision_has_its_line_in_the_index() -> None:
    pages = sorted(path.name for path in DECISIONS.glob("*.md") if path.name != "README.md")
    assert sorted(re.findall(r"^\| \[.+?\]\((.+?)\) \|", (DECISIONS / "README.md").read_text(), flags=re.M)) == pages


def test_the_readme_lists_every_bench_and_no_paper_names_another() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|.*\|$", _section("What is measured"), flags=re.M))
    assert listed == benches()
    named = {
        name for paper in PAPERS for name in re.findall(r"\./dev bench ([a-z_]+)", paper.read_text(encoding="utf-8"))
    }
    assert named <= listed


def test_the_commands_that_the_readme_gives_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    given = set(re.findall(r"python -m kiosk(?: --folder \S+)? ([a-z-]+)", text))
    assert len(given) > 5
    assert given <= set(main.commands)


def _section(title: str) -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
