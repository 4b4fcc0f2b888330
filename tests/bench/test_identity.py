"""The bench of who is who, at a size that proves only that it runs, reads everything and counts."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from bench import identity as bench
from bench import identity_kinds as kinds
from bench import identity_people as people
from kiosk.protocols import provinces
from kiosk.rules import codes
from kiosk.rules.codes import Bearing
from kiosk.rules.compare import is_one_letter
from kiosk.rules.person import check_number, plain

EVERY = (*kinds.RIGHT, *kinds.CONTRADICTED, *kinds.WRONG)


def test_its_last_line_is_what_others_read() -> None:
    program = subprocess.run(
        [sys.executable, "-m", "bench.identity", "--pairs", "400", "--seed", "7"],
        check=False, capture_output=True, text=True, timeout=120, cwd=Path(bench.__file__).parent.parent,
    )  # fmt: skip
    said = json.loads(program.stdout.splitlines()[-1])
    assert set(said["targets"]) == {bench.PASSED, bench.STOPPED, bench.UNREAD}
    assert said["targets"][bench.UNREAD] == [0, "<=", 0, True], program.stderr
    assert said["figures"]["pairs"] >= 400
    for kind in EVERY:
        assert f"\n  {kind.name} " in program.stdout, "a line for a person"


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
def test_every_pair_is_read_by_import_and_table(kind: kinds.Kind) -> None:
    chance = Random(kind.name)
    for _ in range(30):
        pair = kind.make(chance, people.person(chance))
        assert bench.read_row(pair.row) is not None
        assert isinstance(codes.read(pair.code), Bearing)


def test_the_invented_have_numbers_that_fit_them_and_differ_as_they_should() -> None:
    chance = Random("people")
    for _ in range(300):
        who = people.person(chance)
        assert not check_number(who.number, who, provinces(), bench.TODAY)
        toned, lettered = people.with_other_tone(chance, who), people.with_other_letter(chance, who)
        assert toned.name != who.name
        assert plain(toned.name) == plain(who.name)
        assert plain(lettered.name) != plain(who.name)
        assert is_one_letter(lettered.name, who.name)
        assert people.twin(chance, who, people.with_other_tone).number != who.number
        assert people.namesake(chance, who).born_on != who.born_on
        assert people.child_of_one_name(chance, who).born_year != who.born_year


def test_a_wrong_person_and_one_who_cannot_be_read_are_counted() -> None:
    who = people.person(Random(1))
    passed = kinds.Pair(kinds.row_of(who), people.CARD.write(who))
    tally = bench.Tally()
    for pair in (passed, replace(passed, code="?"), replace(passed, row=replace(passed.row, birth="soon"))):
        tally.meet(pair)
    assert (tally.pairs, tally.unread, tally.colours[bench.GREEN]) == (3, 2, 1)
    assert tally.passed == dict.fromkeys(bench.PEERS, 1)
    kind, other = (replace(kinds.WRONG[0], name=name, weight=weight) for name, weight in (("a", 3.0), ("b", 1.0)))
    weighed = bench.weighed({kind: tally, other: bench.Tally(pairs=1)}, bench.GREEN)
    assert weighed == pytest.approx(25)


def test_a_number_that_is_known_as_anothers_confirms_nobody() -> None:
    chance = Random(2)
    who = people.born(people.person(chance), bench.TODAY.replace(year=1960))
    holder = people.namesake(chance, who, same_day=True)
    listed = bench.read_row(kinds.row_of(who, number=""))
    assert listed is not None
    card, insured = (codes.read(paper.write(holder)) for paper in (people.CARD, people.INSURANCE))
    for code in (card, insured):
        assert isinstance(code, Bearing)
        assert bench.judge(listed, code, ()) == bench.GREEN, "by name and birth date alone"
        assert bench.judge(listed, code, (holder,)) == bench.RED
