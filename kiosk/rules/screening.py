"""The screening before the injection: a versioned form, what its answers lead to, and the doctor's conclusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kiosk.errors import Refusal
from kiosk.rules.family import least_age
from kiosk.rules.person import Identity, require_birth
from kiosk.rules.steps import Word
from kiosk.rules.words import Conclusion, Sex

# From the mildest to the strictest. `declined` is the person's word, not the form's.
ORDER = (
    Conclusion.CLEARED, Conclusion.CAUTION, Conclusion.DEFERRED, Conclusion.REFERRED, Conclusion.CONTRAINDICATED,
)  # fmt: skip


@dataclass(frozen=True)
class Item(Word):
    """A question; yes leads to a conclusion. `only_sex`: asked of them alone."""

    leads_to: Conclusion
    only_sex: Sex | None = None

    def asked_of(self, sex: Sex) -> bool:
        """Is this person asked? Somebody of unknown sex is asked everything."""
        return self.only_sex is None or sex in (self.only_sex, Sex.UNKNOWN)


@dataclass(frozen=True)
class Vital(Word):
    """A measurement: normal from `low` to `high`, believable from `lowest` to `highest`; None: no such bound."""

    unit: str
    low: float | None
    high: float | None
    lowest: float
    highest: float
    required: bool = False
    # Where it is not written alike in both languages.
    unit_en: str = ""

    def measured_in(self, language: str) -> str:
        """The unit in that language."""
        return self.unit_en if language == "en" and self.unit_en else self.unit

    def is_normal(self, value: float) -> bool:
        """Within the bounds, which themselves are normal."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Outcome:
    """A conclusion in both languages, and the step that it leads to."""

    conclusion: Conclusion
    vi: str
    en: str
    leads_to: str

    def label(self, language: str) -> str:
        """Its words on screen."""
        return self.en if language == "en" else self.vi


@dataclass(frozen=True)
class Form(Word):
    """One version of a screening form, for people of `min_age` full years or more who have no form of their own."""

    version: str
    source: str
    min_age: int
    items: tuple[Item, ...]
    vitals: tuple[Vital, ...]
    outcomes: tuple[Outcome, ...]

    def outcome(self, conclusion: Conclusion) -> Outcome:
        """What this conclusion is called and leads to."""
        return next(outcome for outcome in self.outcomes if outcome.conclusion is conclusion)


@dataclass(frozen=True)
class Forms:
    """The forms in force, the one for the oldest first."""

    forms: tuple[Form, ...]

    @property
    def adults(self) -> Form:
        """The form for adults; its words stand for a conclusion where figures of many people are told."""
        return self.forms[0]

    @property
    def children(self) -> Form:
        """The form for children."""
        return self.forms[-1]

    def due(self, identity: Identity, today: date) -> Form:
        """The form that this person is asked by. Whoever may be a child is one until their birth date is known."""
        years = least_age(identity, today)
        return next((form for form in self.forms if years >= form.min_age), self.forms[-1])

    def of(self, version: str) -> Form:
        """The form that a screening was recorded by; one that is no longer in force is read as the adults' is."""
        return next((form for form in self.forms if form.version == version), self.adults)


def read_vitals(form: Form, given: Mapping[str, str]) -> dict[str, float]:
    """The measurements as typed, with comma or point; what was left empty is left out.

    Raises Refusal `vital_missing` for one that everybody is measured for, `vital_odd` for one that cannot be.
    """
    measured = {}
    for vital in form.vitals:
        text = given.get(vital.code, "").strip().replace(",", ".")
        if not text:
            if vital.required:
                raise Refusal("vital_missing", field=vital.code)
            continue
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not vital.lowest <= value <= vital.highest:
            raise Refusal("vital_odd", field=vital.code, lowest=f"{vital.lowest:g}", highest=f"{vital.highest:g}")
        measured[vital.code] = value
    return measured


def require_answers(form: Form, ticked: Sequence[str], none: bool, sex: Sex) -> tuple[str, ...]:
    """The items answered with yes, or () for an explicit none.

    Raises Refusal `answer_missing`, `answer_contradicts`, `screening_changed` (an item that is not asked).
    """
    if none and ticked:
        raise Refusal("answer_contradicts", field="items")
    if not none and not ticked:
        raise Refusal("answer_missing", field="items")
    asked = {item.code for item in form.items if item.asked_of(sex)}
    if not set(ticked) <= asked:
        raise Refusal("screening_changed", field="items")
    return tuple(item.code for item in form.items if item.code in ticked)


def abnormal(form: Form, vitals: Mapping[str, float]) -> tuple[str, ...]:
    """Codes of the measurements that are not normal."""
    return tuple(
        vital.code for vital in form.vitals if vital.code in vitals and not vital.is_normal(vitals[vital.code])
    )


def suggest(form: Form, ticked: Sequence[str], vitals: Mapping[str, float]) -> Conclusion:
    """The strictest of what the answers and the measurements lead to; the doctor decides."""
    led_to = [item.leads_to for item in form.items if item.code in ticked]
    if abnormal(form, vitals):
        led_to.append(Conclusion.CAUTION)
    return max(led_to, key=ORDER.index, default=Conclusion.CLEARED)


def require_due(form: Form, version: str) -> None:
    """What was sent is the form that is due. Raises Refusal `screening_changed`: a birth date came to light since."""
    if version != form.version:
        raise Refusal("screening_changed", field="items")


def require_birth_of(known: Identity, text: str, today: date) -> tuple[date | None, int]:
    """The birth date of somebody of whom we know the year at most, as typed; a year alone only where it is news.

    Raises Refusal `birth_odd`, `birth_whole` (the year is known already), `birth_other_year`.
    """
    born_on, year = require_birth(text, today)
    if known.born_year is not None and born_on is None:
        raise Refusal("birth_whole", field="birth")
    if known.born_year not in (None, year):
        raise Refusal("birth_other_year", field="birth", year=known.born_year)
    return born_on, year


def require_conclusion(
    form: Form, conclusion: Conclusion, ticked: Sequence[str], vitals: Mapping[str, float], note: str
) -> Outcome:
    """What the doctor concludes. Raises Refusal `conclusion_milder` when the form is stricter and no note says why."""
    if conclusion in ORDER and not note.strip():
        suggested = suggest(form, ticked, vitals)
        if ORDER.index(conclusion) < ORDER.index(suggested):
            raise Refusal("conclusion_milder", field="note")
    return form.outcome(conclusion)
