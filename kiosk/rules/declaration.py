"""The health declaration: groups of questions, answers, and what an answer asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kiosk.errors import Refusal

Answers = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Item:
    """One thing a person may tick."""

    code: str
    vi: str
    en: str

    def label(self, language: str) -> str:
        """Its words on screen."""
        return self.en if language == "en" else self.vi


@dataclass(frozen=True)
class Group:
    """One screen: a question and its items. `attention`: a ticked item makes a volunteer come first."""

    code: str
    question: Item
    items: tuple[Item, ...]
    attention: bool


@dataclass(frozen=True)
class Form:
    """One version of the declaration."""

    version: str
    source: str
    groups: tuple[Group, ...]

    def group(self, code: str) -> Group:
        """The group with this code. Raises Refusal `declaration_changed` when this version has none."""
        for group in self.groups:
            if group.code == code:
                return group
        raise Refusal("declaration_changed")


def require_answer(group: Group, ticked: Sequence[str], none: bool) -> tuple[str, ...]:
    """The answer to one group: ticked item codes, or () for an explicit none.

    Raises Refusal `answer_missing` (nothing said), `answer_contradicts` (items and none), `declaration_changed`.
    """
    if none and ticked:
        raise Refusal("answer_contradicts", field=group.code)
    if not none and not ticked:
        raise Refusal("answer_missing", field=group.code)
    known = {item.code for item in group.items}
    if not set(ticked) <= known:
        raise Refusal("declaration_changed")
    return tuple(item.code for item in group.items if item.code in ticked)


def require_complete(form: Form, answers: Answers, unasked: Collection[str] = ()) -> None:
    """Raises Refusal `answer_missing` while a group has no answer, `declaration_changed` for one we do not ask.

    `unasked`: groups that this person need not answer.
    """
    for group in form.groups:
        if group.code not in answers and group.code not in unasked:
            raise Refusal("answer_missing", field=group.code)
    for code, ticked in answers.items():
        if ticked:
            require_answer(form.group(code), ticked, none=False)


def needs_attention(form: Form, answers: Answers) -> bool:
    """Must a volunteer come before this person joins the others?"""
    return any(group.attention and answers.get(group.code) for group in form.groups)
