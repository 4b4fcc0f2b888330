"""May this dose be given: one product, one person with everything that they have had, one day.

The rules are data (`protocols/vaccines.toml`). A warning is for the clinician to judge, a refusal for the doctor; what
is `final` nobody may accept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from kiosk.rules.person import full_years
from kiosk.rules.vaccines import OTHER, Ages, Extra, Vaccine, Vaccines
from kiosk.rules.words import DoseKind, EarlierSource

Verdict = Literal["allow", "warn", "refuse"]
# What is said of the product; the rest is said of the dose's number.
OF_PRODUCT = frozenset({
    "not_in_use", "too_young", "nobody_so_young", "too_old", "child_form", "age_uncertain", "birth_unknown", "not_for",
    "other_product", "unlisted_mix", "last_unknown",
})  # fmt: skip


@dataclass(frozen=True)
class PastDose:
    """A dose that was given, here or elsewhere. `vaccine`: a product's code, `UNKNOWN` or `OTHER`.

    `kind`: as it was recorded, None where nobody did. `source`: who says so, None for one that we gave.
    """

    vaccine: str
    given_on: date
    kind: DoseKind | None = None
    source: EarlierSource | None = None
    place: str = ""


@dataclass(frozen=True)
class Who:
    """Whom the dose is for. `codes`: what was told of them: answers of the screening form, the list's special group."""

    born_on: date | None
    born_year: int | None
    codes: frozenset[str] = frozenset()

    def years(self, on: date) -> tuple[int, int] | None:
        """The fewest and the most full years they can be: the same where the date is known; None: nothing is."""
        if self.born_on is not None:
            return (full_years(self.born_on, on),) * 2
        return (on.year - self.born_year - 1, on.year - self.born_year) if self.born_year is not None else None


@dataclass(frozen=True)
class Reason:
    """Why not, or what to look at: a code and the facts to word it with (`schedule.<code>`)."""

    verdict: Verdict
    code: str
    facts: dict[str, Any] = field(default_factory=dict)
    final: bool = False


@dataclass(frozen=True)
class Answer:
    """The verdict with its reasons; which dose this would be, of how many basic ones, and what it is for."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    dose_number: int
    series_doses: int
    kind: DoseKind

    @property
    def final(self) -> Reason | None:
        """The first reason that nobody may accept."""
        return next((reason for reason in self.reasons if reason.final), None)


def may_give(vaccines: Vaccines, vaccine: str, history: Sequence[PastDose], who: Who, on: date) -> Answer:
    """May this product be given to this person on this day? `history`: every dose we know of, in any order.

    A missed dose does not restart the series (tuoitrenews 62516). Raises Refusal `vaccine_unknown`.
    """
    product, past = vaccines.get(vaccine), counted(vaccines, history)
    series = _series(vaccines, product, past)
    kind, extra = _which(vaccines, who, past, series, on)
    before = [dose for dose in past if dose.given_on <= on]
    reasons = [*_product(vaccines, product, who, on), *_odd(vaccines, history, on), *_apart(vaccines, history, on)]
    if before:
        last = before[-1]
        reasons += _since(vaccines, product, last, kind, extra, len(past) + 1, on)
        reasons += _of_extra(vaccines, kind, extra, who, on) if extra else []
        reasons += _mixed(vaccines, product, last, kind, who, on)
    reasons.sort(key=lambda reason: reason.verdict != "refuse")  # what stops the dose is read first
    verdict: Verdict = reasons[0].verdict if reasons else "allow"
    return Answer(verdict, tuple(reasons), len(past) + 1, series, kind)


def counted(vaccines: Vaccines, history: Sequence[PastDose]) -> list[PastDose]:
    """The doses that count, oldest first: not against another disease, and of one day only one."""
    order = [vaccine.code for vaccine in vaccines.vaccines]
    doses = [dose for dose in history if dose.vaccine != OTHER]
    # Of two products on one day one must be taken, always the same: ours, else what we know by name.
    ranked = sorted(doses, key=lambda dose: (
        dose.given_on, dose.source is not None, order.index(dose.vaccine) if dose.vaccine in order else len(order),
        dose.vaccine,
    ))  # fmt: skip
    days: dict[date, PastDose] = {}
    for dose in ranked:
        days.setdefault(dose.given_on, dose)
    return list(days.values())


def _series(vaccines: Vaccines, product: Vaccine, past: Sequence[PastDose]) -> int:
    """How many doses the series has: the first product's, since a mixed series is still the one that was begun."""
    first = vaccines.find(past[0].vaccine) if past else None
    return (first or product).doses


def _which(
    vaccines: Vaccines, who: Who, past: Sequence[PastDose], series: int, on: date
) -> tuple[DoseKind, Extra | None]:
    """What the next dose would be for, and the rule of that day for it; none for a basic one or an unforeseen one."""
    if len(past) < series:
        return DoseKind.BASIC, None
    boosters = 0
    for n in range(series, len(past)):
        kind = past[n].kind
        if kind not in (DoseKind.ADDITIONAL, DoseKind.BOOSTER):
            kind, _ = _after(vaccines, who, past[:n], series, boosters, past[n].given_on)
        boosters += kind is DoseKind.BOOSTER
    return _after(vaccines, who, past, series, boosters, on)


def _after(
    vaccines: Vaccines, who: Who, past: Sequence[PastDose], series: int, boosters: int, on: date
) -> tuple[DoseKind, Extra | None]:
    """The dose after a whole series and so many boosters: additional for whom that is meant, else a booster."""
    extra = vaccines.find_extra(DoseKind.ADDITIONAL, 1, on)
    basic = [dose.vaccine for dose in past[:series]]
    if extra and len(past) == series and extra.fits(basic, who.codes, past[-1].given_on, on):
        return DoseKind.ADDITIONAL, extra
    return DoseKind.BOOSTER, vaccines.find_extra(DoseKind.BOOSTER, boosters + 1, on)


def _product(vaccines: Vaccines, product: Vaccine, who: Who, on: date) -> list[Reason]:
    if on < product.licensed_on:
        return [Reason("refuse", "not_in_use", {"from_on": f"{product.licensed_on:%d/%m/%Y}"}, final=True)]
    reasons = _age(vaccines, product, who, on)
    if who.codes & product.not_for:
        reasons.append(Reason("refuse", "not_for", {"product": product.name}))
    return reasons


def _age(vaccines: Vaccines, product: Vaccine, who: Who, on: date) -> list[Reason]:
    years = who.years(on)
    if years is None:
        return [Reason("warn", "birth_unknown")]
    bounds = [ages for ages in product.ages if ages.valid_from <= on]
    plain = [ages for ages in bounds if not ages.form]
    if any(all(_within(ages, each) for each in years) for ages in plain):
        return []
    if any(_within(ages, each) for ages in plain for each in years):
        return [Reason("warn", "age_uncertain", {"year": who.born_year})]
    for_children = any(_within(ages, each) for ages in bounds if ages.form for each in years)
    return [_wrong_age(vaccines, product, plain, years, on, for_children=for_children)]


def _wrong_age(
    vaccines: Vaccines, product: Vaccine, plain: Sequence[Ages], years: tuple[int, int], on: date, *, for_children: bool
) -> Reason:
    fewest, most = years
    youngest, lowest = vaccines.youngest(on), min(ages.min for ages in plain)
    if most < youngest:
        return Reason("refuse", "nobody_so_young", {"years": most, "minimum": youngest}, final=True)
    if for_children:
        return Reason("refuse", "child_form", {"years": most, "product": product.name})
    if most < lowest:
        return Reason("refuse", "too_young", {"years": most, "minimum": lowest})
    highest = max((ages.max for ages in plain if ages.max is not None), default=0)
    return Reason("refuse", "too_old", {"years": fewest, "maximum": highest})


def _within(ages: Ages, years: int) -> bool:
    return ages.min <= years and (ages.max is None or years <= ages.max)


def _odd(vaccines: Vaccines, history: Sequence[PastDose], on: date) -> list[Reason]:
    """What cannot be true of a history, or hardly: it is still counted, and somebody must look."""
    reasons: list[Reason] = []
    products: dict[date, str] = {}
    for dose in sorted(history, key=lambda dose: (dose.given_on, dose.vaccine)):
        day, product = f"{dose.given_on:%d/%m/%Y}", vaccines.find(dose.vaccine)
        if dose.given_on > on:
            reasons.append(Reason("refuse", "history_future", {"on": day}))
        if product and dose.given_on < product.licensed_on:
            facts = {"product": product.name, "on": day, "since": f"{product.licensed_on:%d/%m/%Y}"}
            reasons.append(Reason("warn", "before_licence", facts))
        if dose.vaccine != OTHER and products.setdefault(dose.given_on, dose.vaccine) != dose.vaccine:
            reasons.append(Reason("warn", "two_products", {"on": day}))
    return reasons


def _apart(vaccines: Vaccines, history: Sequence[PastDose], on: date) -> list[Reason]:
    """A vaccine against another disease is given so many days before, or after, and not on the same day."""
    others = [dose.given_on for dose in history if dose.vaccine == OTHER and dose.given_on <= on]
    if not others or (days := (on - max(others)).days) >= vaccines.other_days:
        return []
    from_on = f"{max(others) + timedelta(days=vaccines.other_days):%d/%m/%Y}"
    return [Reason("refuse", "other_vaccine", {"days": days, "needs": vaccines.other_days, "from_on": from_on})]


def _since(
    vaccines: Vaccines, product: Vaccine, last: PastDose, kind: DoseKind, extra: Extra | None, number: int, on: date
) -> list[Reason]:
    """Long enough after the last dose: by the last product's interval, or by the rule for the dose after a series."""
    days = (on - last.given_on).days
    if days == 0:
        return [Reason("refuse", "same_day", final=True)]
    if kind is DoseKind.BASIC:
        interval = (vaccines.find(last.vaccine) or product).interval(on)
        from_on, recommended = last.given_on + timedelta(days=interval.min_days), interval.recommended_days
    elif extra is not None:
        from_on, recommended = extra.from_on(last.given_on), 0
    else:
        return [Reason("refuse", "not_foreseen", {"n": number})]
    if on < from_on:
        needs = (from_on - last.given_on).days
        return [Reason("refuse", "too_soon", {"days": days, "needs": needs, "from_on": f"{from_on:%d/%m/%Y}"})]
    return [Reason("warn", "early", {"days": days, "recommended": recommended})] if days < recommended else []


def _of_extra(vaccines: Vaccines, kind: DoseKind, extra: Extra, who: Who, on: date) -> list[Reason]:
    """Whether an additional or booster dose is meant for this person."""
    reasons, years = [], who.years(on)
    if years and years[1] < extra.min_age:
        reasons.append(Reason("refuse", "extra_young", {"years": years[1], "minimum": extra.min_age}))
    elif years and years[0] < extra.min_age:
        reasons.append(Reason("warn", "extra_age_uncertain", {"year": who.born_year, "minimum": extra.min_age}))
    if extra.unsettled:
        reasons.append(Reason("warn", "extra_for_whom"))
    ill = vaccines.after_covid
    if kind is DoseKind.BOOSTER and ill.valid_from <= on and who.codes & ill.codes:
        reasons.append(Reason("warn", "after_covid", {"months": ill.months}))
    return reasons


def _mixed(vaccines: Vaccines, product: Vaccine, last: PastDose, kind: DoseKind, who: Who, on: date) -> list[Reason]:
    if last.vaccine == product.code:
        return []
    known, years = vaccines.find(last.vaccine), who.years(on)
    if known is None:
        return [Reason("refuse", "last_unknown")]
    for mix in vaccines.mixes:
        if mix.allows(kind, last.vaccine, product.code, on) and (years is None or years[1] >= mix.min_age):
            return [Reason("warn", "other_product", {"product": known.name})]
    return [Reason("refuse", "unlisted_mix", {"product": known.name})]
