"""The signed consent before an injection: whose is recorded, and who may have signed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk.errors import Refusal
from kiosk.rules.person import require_name, same_name
from kiosk.rules.roster_cells import Reason, read_phone

# A guardian whom nobody offered: their name is typed.
TYPED = "typed"


class RecordedFor(StrEnum):
    """Whose signed form somebody writes down to have seen. `children`: whoever may be under age."""

    CHILDREN = "children"
    ALL = "all"


@dataclass(frozen=True)
class Protocol:
    """`version`: the adults' form; `childrens_version`: the one that a guardian signs."""

    version: str
    source: str
    recorded_for: RecordedFor
    childrens_version: str

    def is_due(self, *, minor: bool) -> bool:
        """Must this person's signed form have been seen before the injection?"""
        return minor or self.recorded_for is RecordedFor.ALL

    def form(self, *, minor: bool) -> str:
        """The version of the form that is signed."""
        return self.childrens_version if minor else self.version


@dataclass(frozen=True)
class Guardian:
    """Somebody who may have signed for a child. `code`: what a form calls them; `id`: their row, where we know them.

    `known_by`: whose opening lets somebody read the name and the phone.
    """

    code: str
    name: str
    phone: str = ""
    id: str | None = None
    known_by: str = ""


@dataclass(frozen=True)
class Said:
    """What a form said of the consent. `guardian`: a `Guardian.code`, `TYPED`, or "" for nobody chosen."""

    seen: bool = False
    guardian: str = ""
    name: str = ""
    phone: str = ""


NOTHING = Said()


def require_guardian(said: Said, offered: Sequence[Guardian], child: str) -> Guardian:
    """Who signed, of those who were offered or as typed; `child`: the child's own name.

    Raises Refusal `guardian_missing`, `guardian_two` (one is chosen and another typed), `guardian_child` (the child's
    own name), `name_odd`, `phone_odd`.
    """
    chosen = next((one for one in offered if one.code == said.guardian), None)
    if chosen is not None and said.name.strip():
        raise Refusal("guardian_two", field="guardian_name")
    if chosen is not None:
        return chosen
    if not said.name.strip() or said.guardian not in ("", TYPED):
        raise Refusal("guardian_missing", field="guardian_name" if said.guardian == TYPED else "guardian")
    return _typed(said, child)


def _typed(said: Said, child: str) -> Guardian:
    try:
        name = require_name(said.name)
    except Refusal as refusal:
        raise Refusal(refusal.code, field="guardian_name") from refusal
    if same_name(name, child):
        raise Refusal("guardian_child", field="guardian_name")
    return Guardian(TYPED, name, require_phone(said.phone))


def require_phone(text: str) -> str:
    """A guardian's phone, "" where there is none. Raises Refusal `phone_odd`."""
    found: list[Reason] = []
    phone = read_phone(text, "phone", found)
    if any(reason.code == "phone_odd" for reason in found):
        raise Refusal("phone_odd", field="guardian_phone")
    return phone
