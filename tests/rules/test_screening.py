"""The screening before the injection: what is asked and measured, what it leads to, and that the doctor decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules import family, screening
from kiosk.rules.person import Identity
from kiosk.rules.words import Conclusion, Sex

FORMS = protocols.screening_forms()
FORM, CHILDREN = FORMS.adults, FORMS.children
HEALTHY = {"temperature": "36,8"}
USUAL = {"temperature": 36.8}


def refused(*asked: object, **given: object) -> tuple[str, str | None]:
    """Code and field of the refusal of `require_conclusion`."""
    with pytest.raises(Refusal) as refusal:
        screening.require_conclusion(FORM, *asked, **given)  # type: ignore[arg-type]
    return refusal.value.code, refusal.value.field


def test_a_comma_and_a_point_are_both_read_and_what_is_empty_is_left_out() -> None:
    given = {"temperature": " 36,8 ", "pulse": "72", "systolic": "", "spo2": "97.5"}
    assert screening.read_vitals(FORM, given) == {"temperature": 36.8, "pulse": 72.0, "spo2": 97.5}


@pytest.mark.parametrize("given", [{}, {"temperature": "  "}, {"pulse": "70"}])
def test_everybody_is_measured_for_fever(given: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refusal:
        screening.read_vitals(FORM, given)
    assert (refusal.value.code, refusal.value.field) == ("vital_missing", "temperature")


@pytest.mark.parametrize("text", ["368", "3", "ấm", "nan", "inf", "-inf", "36,8°", "36,8,1", "-37"])
def test_a_slip_of_the_finger_is_asked_again_with_nothing_but_the_bounds(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        screening.read_vitals(FORM, {"temperature": text})
    assert (refusal.value.code, refusal.value.field) == ("vital_odd", "temperature")
    assert refusal.value.facts == {"lowest": "30", "highest": "45"}


@pytest.mark.parametrize("vital", FORM.vitals, ids=lambda vital: vital.code)
def test_the_bounds_themselves_are_normal_and_believable(vital: screening.Vital) -> None:
    for bound in (vital.low, vital.high):
        assert bound is None or vital.is_normal(bound)
    for bound in (vital.lowest, vital.highest):
        assert screening.read_vitals(FORM, {**HEALTHY, vital.code: str(bound)})[vital.code] == bound


@pytest.mark.parametrize(
    ("vitals", "codes"),
    [
        ({"temperature": 35.5}, ()), ({"temperature": 35.4}, ("temperature",)),
        ({"temperature": 37.5}, ()), ({"temperature": 37.6}, ("temperature",)),
        ({"pulse": 59}, ("pulse",)), ({"pulse": 100}, ()), ({"pulse": 101}, ("pulse",)),
        ({"systolic": 141, "diastolic": 91}, ("systolic", "diastolic")), ({"systolic": 89}, ("systolic",)),
        ({"diastolic": 59}, ("diastolic",)), ({"systolic": 140, "diastolic": 60}, ()),
        ({"respiration": 26}, ("respiration",)), ({"respiration": 8}, ()),
        ({"spo2": 93}, ("spo2",)), ({"spo2": 94}, ()),
    ],
)  # fmt: skip
def test_the_measurements_of_the_decision_are_abnormal_outside_their_bounds(
    vitals: dict[str, float], codes: tuple[str, ...]
) -> None:
    assert screening.abnormal(FORM, vitals) == codes
    assert screening.suggest(FORM, [], vitals) == (Conclusion.CAUTION if codes else Conclusion.CLEARED)


def test_answers_come_back_in_the_order_of_the_form() -> None:
    assert screening.require_answers(FORM, ["allergy", "acute_illness", "allergy"], False, Sex.MALE) == (
        "acute_illness", "allergy",
    )  # fmt: skip
    assert screening.require_answers(FORM, [], True, Sex.FEMALE) == ()


@pytest.mark.parametrize(
    ("ticked", "none", "code"),
    [([], False, "answer_missing"), (["allergy"], True, "answer_contradicts"), (["wings"], False, "screening_changed")],
)
def test_an_answer_that_says_nothing_or_too_much_is_refused(ticked: list[str], none: bool, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        screening.require_answers(FORM, ticked, none, Sex.FEMALE)
    assert (refusal.value.code, refusal.value.field) == (code, "items")


@pytest.mark.parametrize("code", ["pregnant_under_13", "pregnant_13"])
def test_what_is_asked_of_women_is_no_answer_of_a_man(code: str) -> None:
    for sex in (Sex.FEMALE, Sex.UNKNOWN):
        assert screening.require_answers(FORM, [code], False, sex) == (code,)
    with pytest.raises(Refusal) as refusal:
        screening.require_answers(FORM, [code], False, Sex.MALE)
    assert refusal.value.code == "screening_changed"


@pytest.mark.parametrize(
    ("ticked", "suggested"),
    [
        ([], Conclusion.CLEARED),
        (["allergy"], Conclusion.CAUTION),
        (["allergy", "acute_illness"], Conclusion.DEFERRED),
        (["acute_illness", "pregnant_13"], Conclusion.REFERRED),
        (["anaphylaxis_grade_3", "anaphylaxis_vaccine", "clotting"], Conclusion.CONTRAINDICATED),
    ],
)
def test_the_strictest_answer_is_what_the_form_suggests(ticked: list[str], suggested: Conclusion) -> None:
    assert screening.suggest(FORM, ticked, USUAL) is suggested
    assert screening.suggest(FORM, ticked[::-1], USUAL) is suggested


def test_a_fever_never_makes_a_stricter_answer_milder() -> None:
    assert screening.suggest(FORM, ["anaphylaxis_vaccine"], {"temperature": 39.0}) is Conclusion.CONTRAINDICATED
    assert screening.suggest(FORM, [], {"temperature": 39.0}) is Conclusion.CAUTION


def test_a_milder_conclusion_needs_a_note_and_a_stricter_one_does_not() -> None:
    ticked = ["acute_illness"]
    for milder in (Conclusion.CLEARED, Conclusion.CAUTION):
        assert refused(milder, ticked, USUAL, "  ") == ("conclusion_milder", "note")
        assert screening.require_conclusion(FORM, milder, ticked, USUAL, "hết sốt 5 ngày").conclusion is milder
    for enough in (Conclusion.DEFERRED, Conclusion.REFERRED, Conclusion.CONTRAINDICATED):
        assert screening.require_conclusion(FORM, enough, ticked, USUAL, "").conclusion is enough


def test_caution_needs_no_note_and_abnormal_measurements_alone_do_not_clear() -> None:
    fever = {"temperature": 38.0}
    assert screening.require_conclusion(FORM, Conclusion.CAUTION, [], fever, "").leads_to == "injection"
    assert refused(Conclusion.CLEARED, [], fever, "") == ("conclusion_milder", "note")


@pytest.mark.parametrize("ticked", [[], ["anaphylaxis_vaccine"]])
def test_whoever_does_not_want_the_injection_may_always_say_so(ticked: list[str]) -> None:
    outcome = screening.require_conclusion(FORM, Conclusion.DECLINED, ticked, USUAL, "")
    assert (outcome.conclusion, outcome.leads_to) == (Conclusion.DECLINED, "finish")


def test_only_the_cleared_and_the_cautioned_go_on_to_the_injection() -> None:
    to_injection = {each.conclusion for each in FORM.outcomes if each.leads_to == "injection"}
    assert to_injection == {Conclusion.CLEARED, Conclusion.CAUTION}
    assert [each.conclusion for each in FORM.outcomes] == list(Conclusion)
    assert {FORM.outcome(each).conclusion for each in Conclusion} == set(Conclusion)


def test_the_form_speaks_both_languages() -> None:
    for words in (*FORM.items, *FORM.vitals, *FORM.outcomes):
        assert words.label("vi") == words.vi
        assert words.label("en") == words.en


@pytest.mark.parametrize(
    ("item", "conclusion", "step"),
    [
        ("anaphylaxis_vaccine", Conclusion.CONTRAINDICATED, "finish"),  # 1
        ("acute_or_progressing", Conclusion.DEFERRED, "finish"),  # 2
        ("allergy", Conclusion.CAUTION, "injection"),  # 3
        ("perception", Conclusion.CAUTION, "injection"),  # 4
        ("congenital_or_chronic", Conclusion.REFERRED, "finish"),  # 5 to 8: the rest, by inference
        ("auscultation", Conclusion.REFERRED, "finish"),
        ("anaphylaxis_grade_3", Conclusion.REFERRED, "finish"),
        ("other", Conclusion.REFERRED, "finish"),
    ],
)
def test_each_answer_of_the_childrens_form_leads_where_the_decision_says(
    item: str, conclusion: Conclusion, step: str
) -> None:
    assert screening.suggest(CHILDREN, [item], USUAL) is conclusion
    assert CHILDREN.outcome(conclusion).leads_to == step
    assert screening.suggest(CHILDREN, [], USUAL) is Conclusion.CLEARED


def test_the_cases_above_are_the_whole_childrens_form() -> None:
    assert [item.code for item in CHILDREN.items] == [
        "anaphylaxis_vaccine", "acute_or_progressing", "allergy", "perception", "congenital_or_chronic", "auscultation",
        "anaphylaxis_grade_3", "other",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("vitals", "codes"),
    [
        ({"temperature": 35.5}, ()), ({"temperature": 35.4}, ("temperature",)),
        ({"temperature": 37.5}, ()), ({"temperature": 37.6}, ("temperature",)),
        # A child's pulse has no bounds here: they differ with age and are not established.
        ({"temperature": 36.8, "pulse": 130}, ()), ({"temperature": 36.8, "pulse": 50}, ()),
    ],
)  # fmt: skip
def test_a_childs_temperature_only_warns_and_the_pulse_never_does(
    vitals: dict[str, float], codes: tuple[str, ...]
) -> None:
    assert screening.abnormal(CHILDREN, vitals) == codes
    assert screening.suggest(CHILDREN, [], vitals) is (Conclusion.CAUTION if codes else Conclusion.CLEARED)


def test_the_childrens_form_words_its_own_conclusions() -> None:
    assert CHILDREN.outcome(Conclusion.DECLINED).vi == "Người giám hộ không đồng ý tiêm"
    assert CHILDREN.outcome(Conclusion.CONTRAINDICATED).vi == "Chống chỉ định vắc xin cùng loại"
    assert [outcome.leads_to for outcome in CHILDREN.outcomes] == [outcome.leads_to for outcome in FORM.outcomes]


@pytest.mark.parametrize(
    ("born_on", "born_year", "today", "children"),
    [
        (date(2003, 11, 21), 2003, date(2021, 11, 20), True),  # 17 years and 364 days
        (date(2003, 11, 20), 2003, date(2021, 11, 20), False),  # the 18th birthday
        (date(2003, 11, 19), 2003, date(2021, 11, 20), False),
        (date(2004, 2, 29), 2004, date(2022, 2, 28), True),  # born on 29 February: 18 on 1 March
        (date(2004, 2, 29), 2004, date(2022, 3, 1), False),
        (date(2021, 11, 20), 2021, date(2021, 11, 20), True),  # born today
        (None, 2002, date(2021, 1, 1), False),  # 18 at the very least
        (None, 2003, date(2021, 12, 31), True),  # 18 since some day of this year, or from tomorrow on
        (None, 2004, date(2021, 12, 31), True),
        (None, 2021, date(2021, 11, 20), True),
        (None, None, date(2021, 11, 20), True),  # nothing is known: asked as a child until somebody types a birth
    ],
)
def test_whoever_may_be_a_child_is_asked_as_one(
    born_on: date | None, born_year: int | None, today: date, children: bool
) -> None:
    identity = Identity("Lò Văn An", born_on=born_on, born_year=born_year)
    assert FORMS.due(identity, today) is (CHILDREN if children else FORM)
    assert family.may_be_minor(identity, protocols.family(), today) is children


def test_a_recorded_screening_is_read_by_its_own_form() -> None:
    assert FORMS.of("QĐ 5002/QĐ-BYT") is CHILDREN
    assert FORMS.of("QĐ 4355/QĐ-BYT") is FORM
    assert FORMS.of("QĐ 2995/QĐ-BYT") is FORM, "one that is no longer in force has the adults' conclusions"


def test_the_form_that_was_sent_must_be_the_one_that_is_due() -> None:
    screening.require_due(CHILDREN, CHILDREN.version)
    with pytest.raises(Refusal) as refusal:
        screening.require_due(CHILDREN, FORM.version)
    assert refusal.value.code == "screening_changed"


YEAR, NOBODY = Identity("Lò Văn An", born_year=2003), Identity("Lò Văn An")


@pytest.mark.parametrize(
    ("known", "text", "answer"),
    [
        (YEAR, "21/11/2003", (date(2003, 11, 21), 2003)),
        (YEAR, "2003", "birth_whole"),
        (YEAR, "21/11/2002", "birth_other_year"),
        (YEAR, "30/02/2003", "birth_odd"),
        (YEAR, "", "birth_odd"),
        (NOBODY, "21/11/2003", (date(2003, 11, 21), 2003)),
        (NOBODY, "1947", (None, 1947)),
        (NOBODY, "21/11/2021", "birth_odd"),
    ],
)
def test_a_birth_date_is_added_to_what_is_known_and_never_against_it(
    known: Identity, text: str, answer: str | tuple[date | None, int]
) -> None:
    if not isinstance(answer, str):
        assert screening.require_birth_of(known, text, date(2021, 11, 20)) == answer
        return
    with pytest.raises(Refusal) as refusal:
        screening.require_birth_of(known, text, date(2021, 11, 20))
    assert (refusal.value.code, refusal.value.field) == (answer, "birth")


def test_another_version_of_the_form_is_only_other_data() -> None:
    later = replace(FORM, version="5785", items=tuple(item for item in FORM.items if item.code != "covid_6_months"))
    with pytest.raises(Refusal) as refusal:
        screening.require_answers(later, ["covid_6_months"], False, Sex.MALE)
    assert refusal.value.code == "screening_changed"
    assert screening.suggest(later, ["covid_6_months"], USUAL) is Conclusion.CLEARED
