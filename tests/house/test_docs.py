"""What the papers point at is there: files, decisions, benches, commands."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest
from flask import Flask

import kiosk
from kiosk import wording
from kiosk.cli import main
from kiosk.rules.words import IdentityState
from kiosk.web import lead_shown

ROOT = Path(kiosk.__file__).parent.parent
DECISIONS = ROOT / "docs" / "decisions"
PAPERS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Rooms of kiosk/ are named without it.
PLACES = (ROOT, ROOT / "kiosk")


def benches() -> set[str]:
    """Those that `./dev bench` offers."""
    offer = subprocess.run([ROOT / "dev", "bench"], check=False, capture_output=True, text=True, timeout=10)
    assert offer.returncode == 1
    return set(offer.stderr.removeprefix("Which one?").split())


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
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


# As a colleague runs them, and as the operator of an installed box does.
OF_THE_OPERATOR = re.findall(r'"\$\{1:-\}" = ([a-z]+) \]', (ROOT / "provisioning" / "kiosk").read_text())
OURS = r"(?:python -m kiosk(?: --folder \S+)?|sudo kiosk)"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_commands_that_a_paper_gives_exist(paper: Path) -> None:
    given = set(re.findall(rf"{OURS} ([a-z][a-z-]*)", paper.read_text(encoding="utf-8")))
    assert given <= {*main.commands, *OF_THE_OPERATOR}


def test_the_readme_names_commands_of_every_group() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(re.findall(rf"{OURS} [a-z]", text)) > 5
    for name, command in main.commands.items():
        if isinstance(command, click.Group):
            below = set(re.findall(rf"(?:{OURS} |`){name} ([a-z-]+)", text))
            assert below, f"no command of {name} is named"
            assert below <= set(command.commands)


def test_the_tour_names_every_page_of_the_lead_as_the_screen_does(hub: Flask) -> None:
    tour = " ".join(_section("A tour of fifteen minutes").split())
    addresses = {rule.endpoint: rule.rule for rule in hub.url_map.iter_rules()}
    for endpoint, (_, words, _) in lead_shown.PAGES.items():
        assert f"`{addresses[endpoint]}`" in tour
        assert f"*{wording.say(words)}*" in tour


def test_the_words_for_who_somebody_is_are_those_on_the_screen() -> None:
    row = re.search(r"^\| (.+?) \| IdentityState \|", _section("Words"), flags=re.M)
    assert row
    for said, state in zip(row[1].split(", "), IdentityState, strict=True):
        assert wording.say(f"identity.state.{state}").lower().startswith(said)


def _section(title: str) -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
