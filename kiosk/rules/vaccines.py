"""The vaccines and the rules about their doses, as `protocols/vaccines.toml` lists them: which hold on which day."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kiosk.errors import Refusal
from kiosk.rules.words import DoseKind

# What a history may name that is none of our products: a COVID-19 vaccine that is not on the list, and a vaccine
# against another disease.
UNKNOWN, OTHER = "unknown", "other"


@dataclass(frozen=True)
class Ages:
    """From `min` to `max` full years (None: no upper bound), since `valid_from`.

    `form`: "child" where that age has another dose and another form of the product than grown-ups have.
    """

    min: int
    max: int | None
    valid_from: date
    source: str
    form: str = ""


@dataclass(frozen=True)
class Interval:
    """Days between two doses of a series, since `valid_from`: the least, and what to aim for."""

    min_days: int
    recommended_days: int
    valid_from: date
    source: str


@dataclass(frozen=True)
class Vaccine:
    """One product. `intervals`: oldest first. `not_for`: what was told of somebody who must not have it.

    `certificate`: its code (`mp`) on a European certificate. `open_hours`: how long an opened vial may be used, None
    where that is not established. `not_for_source`, `open_source`: by whose word.
    """

    code: str
    name: str
    doses: int
    licensed_on: date
    licence: str
    intervals: tuple[Interval, ...]
    ages: tuple[Ages, ...]
    certificate: str
    not_for: frozenset[str] = frozenset()
    not_for_source: str = ""
    open_hours: int | None = None
    open_source: str = ""

    def interval(self, on: date) -> Interval:
        """The interval that holds on that day; before the first of them, the first."""
        return next((each for each in reversed(self.intervals) if each.valid_from <= on), self.intervals[0])

    def earliest_on(self, last: date) -> date:
        """The first day on which the next dose of the series may be given, by the rules of that very day."""
        return self._first(last, [each.min_days for each in self.intervals])

    def recommended_on(self, last: date) -> date:
        """The first day on which the next dose of the series is as late as recommended on that very day."""
        return self._first(last, [each.recommended_days for each in self.intervals])

    def _first(self, last: date, days: Sequence[int]) -> date:
        ends = [*(each.valid_from for each in self.intervals[1:]), date.max]
        starts = [date.min, *(each.valid_from for each in self.intervals[1:])]
        ready = (max(last + timedelta(days=n), start) for n, start in zip(days, starts, strict=True))
        return next(day for day, end in zip(ready, ends, strict=True) if day < end)


@dataclass(frozen=True)
class Mix:
    """Another product than the last one, that a letter allows since `valid_from`, for people of `min_age` and older.

    `kinds`: for which doses; `after`: which product was the last one, none named: any.
    """

    kinds: frozenset[DoseKind]
    after: frozenset[str]
    give: frozenset[str]
    min_age: int
    valid_from: date
    source: str

    def allows(self, kind: DoseKind, last: str, product: str, on: date) -> bool:
        """Is this the mix that is meant, on that day? Of the age the caller knows."""
        after = not self.after or last in self.after
        return kind in self.kinds and after and product in self.give and self.valid_from <= on


@dataclass(frozen=True)
class Extra:
    """A dose after the basic ones, since `valid_from`, counted from the last dose.

    `until_months`: not later than so many months after it, 0: without an end. `series`, `codes`: only for who had
    nothing but these products, or of whom that was told; neither: for everybody of `min_age` and older. `unsettled`:
    for whom it is, is not established.
    """

    kind: DoseKind
    nth: int
    min_age: int
    valid_from: date
    source: str
    min_days: int = 0
    min_months: int = 0
    until_months: int = 0
    series: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    unsettled: bool = False

    def from_on(self, last: date) -> date:
        """The first day on which it may be given."""
        return max(last + timedelta(days=self.min_days), months_after(last, self.min_months))

    def fits(self, basic: Sequence[str], codes: frozenset[str], last: date, on: date) -> bool:
        """Is it for somebody with these basic doses, of whom that was told, and not too late on that day?"""
        for_all = not self.series and not self.codes
        meant = for_all or (bool(basic) and set(basic) <= self.series) or bool(codes & self.codes)
        return meant and (not self.until_months or on <= months_after(last, self.until_months))


@dataclass(frozen=True)
class AfterCovid:
    """How long a booster waits for somebody of whom one of `codes` was told: they have had the disease."""

    months: int
    codes: frozenset[str]
    valid_from: date
    source: str


@dataclass(frozen=True)
class Vaccines:
    """The products, and what holds between them. `other_days`: apart from a vaccine against another disease."""

    version: str
    source: str
    vaccines: tuple[Vaccine, ...]
    mixes: tuple[Mix, ...]
    extras: tuple[Extra, ...]
    after_covid: AfterCovid
    other_days: int

    def get(self, code: str) -> Vaccine:
        """The product with this code. Raises Refusal `vaccine_unknown`."""
        vaccine = self.find(code)
        if vaccine is None:
            raise Refusal("vaccine_unknown", field="vaccine")
        return vaccine

    def find(self, code: str) -> Vaccine | None:
        """The product with this code, if it is one of ours: what a history says may be another."""
        return next((vaccine for vaccine in self.vaccines if vaccine.code == code), None)

    def certified(self, code: str) -> str:
        """The product that a certificate means by its own code, `UNKNOWN` where it is none of ours."""
        named = (vaccine.code for vaccine in self.vaccines if vaccine.certificate == code)
        return next(named, UNKNOWN)

    def find_extra(self, kind: DoseKind, nth: int, on: date) -> Extra | None:
        """The rule for the nth dose of that kind on that day; None while there is none."""
        rules = [each for each in self.extras if (each.kind, each.nth) == (kind, nth) and each.valid_from <= on]
        return max(rules, key=lambda each: each.valid_from, default=None)

    def youngest(self, on: date) -> int:
        """The age in full years below which no product may be given to anybody on that day."""
        return min(
            (ages.min for vaccine in self.vaccines for ages in vaccine.ages if ages.valid_from <= on), default=0
        )  # fmt: skip


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it has none such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
