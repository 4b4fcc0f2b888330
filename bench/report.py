"""How a bench tells what it found."""

from __future__ import annotations

import json
import operator
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

RELATIONS = {"<=": operator.le, ">=": operator.ge}
Figure = float | int


@dataclass(frozen=True)
class Target:
    """What we promise of one figure: `Target("numbers doubled", "<=", 0)`."""

    name: str
    relation: Literal["<=", ">="]
    bound: Figure

    def met_by(self, figure: Figure) -> bool:
        """Does the figure keep the promise?"""
        return bool(RELATIONS[self.relation](figure, self.bound))


def finish(bench: str, figures: Mapping[str, Figure], targets: Sequence[Target], wrong: bool) -> NoReturn:
    """Prints the table and, as the last line, the JSON; ends the program.

    `wrong`: something was lost, doubled or false; only that makes the exit code 1. A speed that was missed sets `ok`
    to false and nothing more. Raises ValueError without a target, KeyError for a target without its figure.
    """
    if not targets:
        raise ValueError("a bench without a target proves nothing")
    results = {
        each.name: [figures[each.name], each.relation, each.bound, each.met_by(figures[each.name])] for each in targets
    }
    promised = {each.name: each for each in targets}
    width = max(len(name) for name in figures)
    print(f"\n{bench}")
    for name, figure in figures.items():
        row = f"  {name:<{width}}  {_shown(figure):>12}"
        if name in promised:
            target = promised[name]
            row += f"   {target.relation} {_shown(target.bound)}  {'kept' if target.met_by(figure) else 'MISSED'}"
        print(row)
    print()
    ok = not wrong and all(result[3] for result in results.values())
    print(json.dumps({"bench": bench, "figures": dict(figures), "targets": results, "ok": ok}, ensure_ascii=False))
    sys.exit(int(wrong))


def _shown(figure: Figure) -> str:
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:,.2f}"
