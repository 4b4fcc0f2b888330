"""The health declaration: an answer to each group, given and not assumed."""

from __future__ import annotations

import pytest

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules import declaration
from kiosk.rules.declaration import require_answer
from tests.cast import answers

FORM = protocols.declaration()
SYMPTOMS = FORM.group("symptoms")


def test_ticked_items_come_back_in_the_order_of_the_form() -> None:
    assert require_answer(SYMPTOMS, ["tired", "fever", "fever"], none=False) == ("fever", "tired")
    assert require_answer(SYMPTOMS, [], none=True) == ()


@pytest.mark.parametrize(
    ("ticked", "none", "code"),
    [([], False, "answer_missing"), (["fever"], True, "answer_contradicts"), (["wings"], False, "declaration_changed")],
)
def test_an_answer_that_says_nothing_or_too_much_is_refused(ticked: list[str], none: bool, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        require_answer(SYMPTOMS, ticked, none)
    assert refused.value.code == code


def test_every_group_must_be_answered() -> None:
    declaration.require_complete(FORM, answers())
    for group in FORM.groups:
        missing = {code: given for code, given in answers().items() if code != group.code}
        with pytest.raises(Refusal) as refused:
            declaration.require_complete(FORM, missing)
        assert (refused.value.code, refused.value.field) == ("answer_missing", group.code)


@pytest.mark.parametrize("given", [{"weather": ("rain",)}, {"symptoms": ("wings",)}])
def test_an_answer_to_a_question_that_is_not_asked_is_refused(given: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(Refusal) as refused:
        declaration.require_complete(FORM, {**answers(), **given})
    assert refused.value.code == "declaration_changed"


def test_only_groups_that_say_so_ask_for_attention() -> None:
    assert not declaration.needs_attention(FORM, answers())
    assert not declaration.needs_attention(FORM, answers(chronic=["heart"]))
    for code in ("places", "symptoms", "contacts"):
        assert declaration.needs_attention(FORM, answers(**{code: [FORM.group(code).items[0].code]}))


def test_a_group_that_is_not_of_this_form_is_refused() -> None:
    with pytest.raises(Refusal):
        FORM.group("weather")


def test_a_group_that_need_not_be_answered_is_not_missing() -> None:
    given = answers()
    del given["needs"]
    with pytest.raises(Refusal):
        declaration.require_complete(FORM, given)
    declaration.require_complete(FORM, given, {"needs"})
