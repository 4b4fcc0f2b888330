"""The site's vaccine on the command line."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import kiosk
from kiosk.cli import main
from kiosk.rules.actor import OPERATOR
from kiosk.store import audit, lots, stock_moves
from kiosk.store.database import db, writing
from kiosk.store.lots import Lot
from tests.cast import Players, hub, inside, now, players  # noqa: F401

pytestmark = pytest.mark.usefixtures("inside", "players")
NEXT_YEAR = f"31/12/{now().on.year + 1}"
DELIVERY = ("receive", "astrazeneca", "NK0191", NEXT_YEAR, "--vials", "12", "--doses", "10")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal's language."""
    monkeypatch.setenv("LANG", "C")


def run(folder: Path, *words: str) -> Result:
    """`python -m kiosk --folder … stock words`."""
    result = CliRunner().invoke(main, ["--folder", str(folder), "stock", *words], catch_exceptions=False)
    db.session.rollback()
    return result


def test_a_delivery_is_entered_listed_and_balanced(folder: Path) -> None:
    result = run(folder, *DELIVERY, "--start", "4.5", "--end", "6")
    assert (result.exit_code, result.output) == (0, "astrazeneca NK0191: entered, 120 doses unopened now.\n")
    lot = lots.find("astrazeneca", "NK0191")
    assert lot
    entry = audit.find_last("lot.received", lot.id)
    assert entry
    assert entry.by == OPERATOR.id
    listed = run(folder, "list").output.split()
    assert (listed[0], listed[1], listed[2], listed[-2:]) == ("store", "astrazeneca", "NK0191", ["12", "120"])
    result = run(folder, "balance")
    assert (result.exit_code, "All lots: Received 120  Unopened 120  (Difference 0)" in result.output) == (0, True)
    assert json.loads(run(folder, "balance", "--json").output)["All lots"]["unopened"] == 120


def test_the_delivery_of_the_readme_fills_the_books(folder: Path) -> None:
    text = (Path(kiosk.__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    line = re.search(r"sudo kiosk stock (receive .*?)\s+#", text)
    assert line
    command, vaccine, number, _, *counts = shlex.split(line[1])
    assert run(folder, command, vaccine, number, NEXT_YEAR, *counts).exit_code == 0
    assert f"{vaccine} {number}: Received 120  Unopened 120" in run(folder, "balance").output


def test_the_open_life_of_a_lot_is_typed_as_on_its_leaflet(folder: Path) -> None:
    assert run(folder, *DELIVERY, "--open-hours", "6,5").exit_code == 0
    lot = lots.find("astrazeneca", "NK0191")
    assert lot
    assert lot.open_minutes == 390


def test_what_cannot_be_is_said_and_leaves_nothing(folder: Path) -> None:
    for words in (
        ("receive", "nothing", "NK0191", NEXT_YEAR, "--vials", "1", "--doses", "10"),
        ("receive", "astrazeneca", "NK0191", "01/01/2021", "--vials", "1", "--doses", "10"),
        ("receive", "astrazeneca", "NK0191", NEXT_YEAR, "--vials", "0", "--doses", "10"),
        (*DELIVERY, "--end", "20"),
        (*DELIVERY, "--open-hours", "360"),
    ):
        result = run(folder, *words)
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
    assert stock_moves.list_balances() == []
    assert run(folder, "list").output == ""


def test_books_that_do_not_balance_end_with_one(folder: Path) -> None:
    run(folder, *DELIVERY)
    with writing():
        db.session.execute(db.update(Lot).values(doses_per_vial=9))
    result = run(folder, "balance")
    assert (result.exit_code, "(Difference 12)" in result.output) == (1, True)
