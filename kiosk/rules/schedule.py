"""May this dose be given: ages and intervals as `vaccines.toml` lists them; a warning is the doctor's to judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from kiosk.errors import Refusal
from kiosk.rules.person import full_years

Verdict = Literal["allow", "warn", "refuse"]


@dataclass(frozen=True)
class Ages:
    """From `min` to `max` full years (None: no upper bound), since `valid_from`."""

    min: int
    max: int | None
    valid_from: date
    source: str


@dataclass(frozen=True)
class Vaccine:
    """One product. `min_days`: the least between two doses of its series; `recommended_days`: what to aim for.

    `open_hours`: how long an opened vial may be used, None where that is not established; `open_source` says by whom.
    """

    code: str
    name: str
    doses: int
    min_days: int
    recommended_days: int
    ages: tuple[Ages, ...]
    source: str
    open_hours: int | None = None
    open_source: str = ""


@dataclass(frozen=True)
class Vaccines:
    """The products in use, and how long after the last basic dose an extra one may be given."""

    version: str
    source: str
    vaccines: tuple[Vaccine, ...]
    extra_min_days: int

    def get(self, code: str) -> Vaccine:
        """The product with this code. Raises Refusal `vaccine_unknown`."""
        for vaccine in self.vaccines:
            if vaccine.code == code:
                return vaccine
        raise Refusal("vaccine_unknown", field="vaccine")


@dataclass(frozen=True)
class PastDose:
    """A dose that was given, here or elsewhere."""

    vaccine: str
    given_on: date


@dataclass(frozen=True)
class Reason:
    """Why not, or what to look at: a code and the facts to word it with (`schedule.<code>`)."""

    verdict: Verdict
    code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """The verdict with its reasons, and which dose of the series this would be."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    dose_number: int
    series_doses: int


def may_give(
    vaccines: Vaccines, vaccine: str, history: Sequence[PastDose], born_on: date | None, born_year: int | None, on: date
) -> Answer:
    """May this product be given to this person on this day? `history`: every dose we know of, in any order.

    A missed second dose does not restart the series. Raises Refusal `vaccine_unknown`.
    """
    product, past = vaccines.get(vaccine), sorted(history, key=lambda dose: dose.given_on)
    reasons = (*_age(product, born_on, born_year, on), *_interval(vaccines, product, past, on))
    verdicts = [reason.verdict for reason in reasons]
    verdict: Verdict = "refuse" if "refuse" in verdicts else "warn" if verdicts else "allow"
    return Answer(verdict, reasons, len(past) + 1, _series(vaccines, product, past))


def require_may_give(
    vaccines: Vaccines, vaccine: str, history: Sequence[PastDose], born_on: date | None, born_year: int | None, on: date
) -> Answer:
    """As `may_give`. Raises Refusal `dose_refused` with the first reason's code and facts."""
    answer = may_give(vaccines, vaccine, history, born_on, born_year, on)
    for reason in answer.reasons:
        if reason.verdict == "refuse":
            raise Refusal("dose_refused", reason=reason.code, **reason.facts)
    return answer


def _series(vaccines: Vaccines, product: Vaccine, past: Sequence[PastDose]) -> int:
    """How many doses the series has: the first product's, since a mixed series is still the one that was begun."""
    return vaccines.get(past[0].vaccine).doses if past else product.doses


def _age(product: Vaccine, born_on: date | None, born_year: int | None, on: date) -> list[Reason]:
    bounds = [ages for ages in product.ages if ages.valid_from <= on]
    if not bounds:
        first = min(ages.valid_from for ages in product.ages)
        return [Reason("refuse", "not_in_use", {"from_on": f"{first:%d/%m/%Y}"})]
    oldest, youngest = _years(born_on, born_year, on)
    if oldest is None or youngest is None:
        return [Reason("warn", "birth_unknown")]
    if any(ages.min <= youngest and (ages.max is None or oldest <= ages.max) for ages in bounds):
        return []
    if any(ages.min <= oldest and (ages.max is None or youngest <= ages.max) for ages in bounds):
        return [Reason("warn", "age_uncertain", {"year": born_year})]
    lowest = min(ages.min for ages in bounds)
    if oldest < lowest:
        return [Reason("refuse", "too_young", {"years": oldest, "minimum": lowest})]
    highest = max((ages.max for ages in bounds if ages.max is not None), default=0)
    return [Reason("refuse", "too_old", {"years": youngest, "maximum": highest})]


def _years(born_on: date | None, born_year: int | None, on: date) -> tuple[int | None, int | None]:
    """The most and the fewest full years somebody can be: the same where the date is known."""
    if born_on is not None:
        return (full_years(born_on, on),) * 2
    if born_year is not None:
        return on.year - born_year, on.year - born_year - 1
    return None, None


def _interval(vaccines: Vaccines, product: Vaccine, past: Sequence[PastDose], on: date) -> list[Reason]:
    if not past:
        return []
    last = past[-1]
    days = (on - last.given_on).days
    if days <= 0:
        return [Reason("refuse", "same_day")]
    extra = len(past) >= _series(vaccines, product, past)
    needs = vaccines.extra_min_days if extra else vaccines.get(last.vaccine).min_days
    reasons = []
    if days < needs:
        facts = {"days": days, "needs": needs, "from_on": f"{last.given_on + timedelta(days=needs):%d/%m/%Y}"}
        reasons.append(Reason("refuse", "too_soon", facts))
    elif not extra and days < vaccines.get(last.vaccine).recommended_days:
        facts = {"days": days, "recommended": vaccines.get(last.vaccine).recommended_days}
        reasons.append(Reason("warn", "early", facts))
    if extra:
        reasons.append(Reason("warn", "extra_dose", {"n": len(past) + 1}))
    if last.vaccine != product.code:
        reasons.append(Reason("warn", "other_product", {"product": vaccines.get(last.vaccine).name}))
    return reasons
