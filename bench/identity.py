"""Is this the same person: how often a wrong one is passed, and how often a right one is stopped.

Pairs of a list's row and the code that somebody holds up, from a seed: rows are read as the import reads cells, codes
as the table reads them, and what the rules make of both is counted by kind (`bench/identity_kinds.py` says which, and
how often each comes). Beside them, over the same pairs: four fields that must be equal (9438/BYT-CNTT as it is
written), the number alone, and a program that forgives what looks alike. A right person whose list is wrong about
number, name or year is counted by itself: red is what is asked for there.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from random import Random

from bench import identity_people as people
from bench.identity_kinds import CONTRADICTED, RIGHT, WRONG, Kind, Pair, Row
from bench.report import Figure, Target, finish
from kiosk import protocols
from kiosk.rules import codes, identity, roster_cells
from kiosk.rules.codes import Bearing
from kiosk.rules.person import Identity, clean_text, plain
from kiosk.rules.roster_cells import Reason
from kiosk.rules.words import Compared, Identified

TODAY = date(2021, 11, 20)
PASSED, STOPPED, UNREAD = "wrong person passed, %", "right person shown red, %", "codes or rows not read"
TARGETS = (Target(PASSED, "<=", 0.1), Target(STOPPED, "<=", 1), Target(UNREAD, "<=", 0))
# Of a rare kind too, as many as a share can be told from; its weight stays what it is.
FEWEST = 100
GREEN, AMBER, RED = "green", "amber", "red"
COLOURS = {Identified.MATCH: GREEN, Identified.LOOK: AMBER, Identified.DIFFERS: RED}
ALIKE = 0.85


def read_row(row: Row) -> Identity | None:
    """The row as the import takes it; None where it stops."""
    found: list[Reason] = []
    name = roster_cells.read_name(row.name, found)
    born_on, born_year = roster_cells.read_birth(row.birth, TODAY, found)
    who = Identity(name, born_on=born_on, born_year=born_year, sex=roster_cells.read_sex(row.sex, found))
    numbers = roster_cells.read_numbers(row.number, who, protocols.provinces(), TODAY, found)
    if any(reason.stops for reason in found):
        return None
    return Identity(name, numbers.number, numbers.old_number, born_on, born_year, who.sex)


def judge(known: Identity, code: Bearing, others: Sequence[Identity]) -> str:
    """The colour that the nurse sees, with what the table looks up of `others`.

    The code's number is known as another's; or name and birth date would do without one, and another has both.
    """
    if not identity.is_second_source(code):
        return RED
    fields = identity.compare_code(known, code)
    if any(other.number == code.identity.number != "" for other in others):
        fields["number"] = Compared.DIFFERS
    outcome = identity.outcome(fields)
    unnumbered = outcome is not Identified.DIFFERS and fields["number"] is not Compared.SAME
    if unnumbered and any(identity.may_be(other, code) for other in others):
        return RED
    return COLOURS[outcome]


def equal(known: Identity, seen: Identity) -> bool:
    """Right or wrong: the four fields, each the same or not."""
    facts = ((who.sex, who.born_on, who.number) for who in (known, seen))
    return clean_text(known.name) == clean_text(seen.name) and next(facts) == next(facts)


def same_number(known: Identity, seen: Identity) -> bool:
    """What many a desk looks at, and nothing else."""
    return known.number == seen.number != ""


def looks_alike(known: Identity, seen: Identity) -> bool:
    """The year, and names that are nearly one: how lists are joined with a spreadsheet's help."""
    near = SequenceMatcher(None, plain(known.name), plain(seen.name), autojunk=False).ratio() >= ALIKE
    return near and known.born_year == seen.born_year


PEERS = {"four equal fields": equal, "number alone": same_number, "alike": looks_alike}


@dataclass
class Tally:
    """What became of one kind's pairs, and how long the rules took over them, ns of the thread's own time."""

    pairs: int = 0
    colours: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    unread: int = 0
    took: int = 0

    def meet(self, pair: Pair) -> None:
        """One more."""
        self.pairs += 1
        known = read_row(pair.row)
        begun = time.thread_time_ns()
        code = codes.read(pair.code)
        colour = judge(known, code, pair.others) if known and isinstance(code, Bearing) else ""
        self.took += time.thread_time_ns() - begun
        if not colour or not known or not isinstance(code, Bearing):
            self.unread += 1
            return
        self.colours[colour] += 1
        self.passed.update(name for name, peer in PEERS.items() if peer(known, code.identity))

    def share(self, colour: str) -> float:
        """Percent of the pairs that had this colour."""
        return 100 * self.colours[colour] / self.pairs


def measure(kinds: Sequence[Kind], pairs: int, chance: Random) -> dict[Kind, Tally]:
    """So many pairs of these kinds by their weights, and of each enough to tell."""
    whole = sum(kind.weight for kind in kinds)
    tallies = {kind: Tally() for kind in kinds}
    for kind, tally in tallies.items():
        for _ in range(max(round(pairs * kind.weight / whole), min(FEWEST, pairs))):
            tally.meet(kind.make(chance, people.person(chance)))
    return tallies


def weighed(tallies: dict[Kind, Tally], colour: str = "", peer: str = "") -> float:
    """Percent of a group that has this colour, or that this peer passes, every kind as often as it comes."""
    whole = sum(kind.weight for kind in tallies)
    shares = {
        kind: tally.share(colour) if colour else 100 * tally.passed[peer] / tally.pairs
        for kind, tally in tallies.items()
    }
    return round(sum(kind.weight * share for kind, share in shares.items()) / whole, 4)


def tell(title: str, tallies: dict[Kind, Tally]) -> None:
    """The group's table for a person: what each kind came to, and what the peers passed of it, percent."""
    whole = sum(kind.weight for kind in tallies)
    print(f"\n  {title:<38}{'weight %':>9}{'pairs':>8}{GREEN:>8}{AMBER:>8}{RED:>8}  | passed by: {', '.join(PEERS)}")
    for kind, tally in tallies.items():
        ours = "".join(f"{tally.share(colour):>8.1f}" for colour in (GREEN, AMBER, RED))
        theirs = "".join(f"{100 * tally.passed[name] / tally.pairs:>8.1f}" for name in PEERS)
        print(f"  {kind.name:<38}{100 * kind.weight / whole:>9.3f}{tally.pairs:>8,}{ours}  |{theirs}")


def main() -> None:
    """Measures, tells, ends with 1 when a wrong person is passed too often or something could not be read."""
    options = argparse.ArgumentParser(prog="bench.identity", description=__doc__.split("\n")[0])
    options.add_argument("--pairs", type=int, default=100_000, help="how many, half of them of the wrong person")
    options.add_argument("--seed", type=int, default=1, help="another seed, other people")
    chosen = options.parse_args()
    chance = Random(chosen.seed)
    right = measure(RIGHT, chosen.pairs * 45 // 100, chance)
    contradicted = measure(CONTRADICTED, chosen.pairs * 5 // 100, chance)
    wrong = measure(WRONG, chosen.pairs * 50 // 100, chance)
    tell("the right person", right)
    tell("the right person, a wrong list", contradicted)
    tell("the wrong person", wrong)
    every = [tally for group in (right, contradicted, wrong) for tally in group.values()]
    figures: dict[str, Figure] = {
        "pairs": sum(tally.pairs for tally in every),
        PASSED: weighed(wrong, GREEN),
        "kinds of wrong person ever passed": sum(tally.colours[GREEN] > 0 for tally in wrong.values()),
        "wrong person shown amber, %": weighed(wrong, AMBER),
        STOPPED: weighed(right, RED),
        "right person shown amber, %": weighed(right, AMBER),
        "right person shown green, %": weighed(right, GREEN),
        "right person with a wrong list shown red, %": weighed(contradicted, RED),
        "pairs a second": round(sum(tally.pairs for tally in every) / (sum(tally.took for tally in every) / 1e9)),
        UNREAD: sum(tally.unread for tally in every),
    }
    for name in PEERS:
        figures[f"{name}: wrong person passed, %"] = weighed(wrong, peer=name)
        figures[f"{name}: right person stopped, %"] = round(100 - weighed(right, peer=name), 4)
    finish("identity", figures, TARGETS, bool(figures[UNREAD]) or figures[PASSED] > TARGETS[0].bound)


if __name__ == "__main__":
    main()
