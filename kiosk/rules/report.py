"""A clinic day in numbers, and whether its books balance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from kiosk.rules.words import Conclusion

MAY_GET_ONE = frozenset({Conclusion.CLEARED, Conclusion.CAUTION})


@dataclass(frozen=True)
class Figures:
    """What stands in the tables of a clinic day; counted apart, so that two counts can disagree.

    `planned`: on the list of its date, for both halves together. `numbers`: the last one given out, by series, and
    `numbered`: people by the series of theirs. `screened`: by conclusion.
    `given`: doses that stand, `doses` of them: (vaccine, dose number, how many); `voided`: doses that were taken back,
    those of a correction among them; `taken_back`: who left with none in its place, by reason. `skipped`:
    cleared, and no dose, by reason. `undecided` are here and
    `unexplained` have left, with neither a dose nor a reason. `told`: messages of doses, among all `messages`;
    `superseded`: taken back before they left. `signed`: undelivered, and somebody answers for it.
    """

    planned: int
    numbers: Mapping[str, int]
    numbered: Mapping[str, int]
    arrived: int
    present: int
    left: int
    screened: Mapping[str, int]
    given: int
    voided: int
    doses: Sequence[tuple[str, int, int]]
    skipped: Mapping[str, int]
    taken_back: Mapping[str, int]
    undecided: int
    unexplained: int
    observed: int
    in_observation: int
    messages: int
    told: int
    superseded: int
    acknowledged: int
    waiting: int
    sending: int
    parked: int
    receipts: int
    signed: int

    @property
    def withheld(self) -> dict[str, int]:
        """Not given after the doctor's conclusion, by conclusion."""
        return {code: n for code, n in self.screened.items() if code not in MAY_GET_ONE}

    @property
    def not_given(self) -> int:
        """How many had a reason for no dose."""
        return sum(sum(each.values()) for each in (self.withheld, self.skipped, self.taken_back))

    @property
    def cleared(self) -> int:
        """How many the doctor sent on to the injection."""
        return sum(n for code, n in self.screened.items() if code in MAY_GET_ONE)


def balance(figures: Figures) -> tuple[str, ...]:
    """Codes of what does not add up; none when the books balance."""
    sums = {
        # Without gaps, series by series: a number of one cannot make up for one of another.
        "numbers": figures.numbers == figures.numbered and figures.arrived == sum(figures.numbers.values()),
        "people": figures.arrived == figures.present + figures.left,
        "outcomes": figures.arrived
        == figures.given + figures.not_given + figures.undecided + figures.unexplained,
        "screened": figures.given <= figures.cleared,
        "doses": figures.given == sum(n for _, _, n in figures.doses),
        "observed": figures.given == figures.observed,
        "messages": figures.given + figures.voided == figures.told,
        # A dose taken back before it was told needs no word of that.
        "voids": figures.messages - figures.told
        <= figures.voided
        <= figures.messages - figures.told + figures.superseded,
        "states": figures.messages
        == figures.acknowledged + figures.waiting + figures.sending + figures.parked + figures.superseded,
        "receipts": figures.acknowledged == figures.receipts,
    }  # fmt: skip
    return tuple(code for code, adds_up in sums.items() if not adds_up)


def together(halves: Sequence[Figures]) -> Figures:
    """The halves of one date as one; the list is the same for both. Raises ValueError for none."""
    if not halves:
        raise ValueError("no clinic day")
    whole = halves[0]
    for half in halves[1:]:
        whole = replace(whole, **{
            field.name: _sum(getattr(whole, field.name), getattr(half, field.name))
            for field in fields(Figures) if field.name != "planned"
        })  # fmt: skip
    return whole


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, int):
        return one + other
    if isinstance(one, Mapping):
        return {code: one.get(code, 0) + other.get(code, 0) for code in {**one, **other}}
    counted: dict[tuple[str, int], int] = {}
    for vaccine, number, n in (*one, *other):
        counted[vaccine, number] = counted.get((vaccine, number), 0) + n
    return tuple((vaccine, number, n) for (vaccine, number), n in sorted(counted.items()))


@dataclass(frozen=True)
class Names:
    """Words for the codes of the protocols, in the language of the report."""

    conclusions: Mapping[str, str]
    vaccines: Mapping[str, str]
    reasons: Mapping[str, str]
    voids: Mapping[str, str]


Row = tuple[int, str, int]


def rows(figures: Figures, say: Callable[..., str], names: Names) -> list[Row]:
    """The report, row by row: how far it is set in, words, number."""
    return [
        (0, say("report.planned"), figures.planned),
        (0, say("report.arrived"), figures.arrived),
        (1, say("report.present"), figures.present),
        (0, say("report.screened"), sum(figures.screened.values())),
        *_by(figures.screened, names.conclusions),
        (0, say("report.given"), figures.given),
        *((1, say("report.dose", vaccine=names.vaccines.get(code, code), number=number), n)
          for code, number, n in figures.doses),
        (0, say("report.voided"), figures.voided),
        (0, say("report.not_given"), figures.not_given),
        *_by(figures.withheld, names.conclusions),
        *_by(figures.skipped, names.reasons),
        *_by(figures.taken_back, names.voids),
        (0, say("report.unexplained"), figures.unexplained),
        (0, say("report.in_observation"), figures.in_observation),
        (0, say("report.acknowledged"), figures.acknowledged),
        (0, say("report.waiting"), figures.waiting + figures.sending),
        (0, say("report.parked"), figures.parked),
        (0, say("report.signed"), figures.signed),
    ]  # fmt: skip


def _by(counted: Mapping[str, int], words: Mapping[str, str]) -> list[Row]:
    return [(1, words.get(code, code), n) for code, n in sorted(counted.items(), key=lambda each: -each[1])]
