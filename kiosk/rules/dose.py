"""A dose that the rules warn of or refuse, and one that was recorded wrongly: why, as `doses.toml` lists it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from kiosk.errors import Refusal
from kiosk.rules.person import clean_text
from kiosk.rules.steps import Word

# As wide as the column is.
LONGEST_NOTE = 150


@dataclass(frozen=True)
class Reason(Word):
    """`needs_note`: the words alone do not say it."""

    needs_note: bool = False


@dataclass(frozen=True)
class VoidReason(Reason):
    """Why a dose does not stand. `vial`: `back` where nothing has left it, else `wasted`.

    `again`: nobody was injected, and whoever is still here comes to the table again.
    """

    vial: str = "wasted"
    again: bool = False


@dataclass(frozen=True)
class Protocol:
    """The reasons that may be named, each list in the order in which it is shown."""

    version: str
    source: str
    accept_reasons: tuple[Reason, ...]
    void_reasons: tuple[VoidReason, ...]
    correct_reasons: tuple[Reason, ...]


R = TypeVar("R", bound=Reason)


def require_reason(reasons: Sequence[R], code: str, note: str, fields: str = "") -> R:
    """The reason with this code. Raises Refusal `dose_reason_missing` for none of them, `dose_note_missing`.

    `fields`: what the names of the form's two fields begin with.
    """
    reason = find_reason(reasons, code)
    if reason is None:
        raise Refusal("dose_reason_missing", field=f"{fields}reason")
    if reason.needs_note and not clean_text(note):
        raise Refusal("dose_note_missing", field=f"{fields}note")
    return reason


def find_reason(reasons: Sequence[R], code: str) -> R | None:
    """The reason with this code, None for an unknown one."""
    return next((each for each in reasons if each.code == code), None)


def written(code: str, note: str) -> str:
    """A reason and what was added to it, as they are kept: `code` or `code: note`."""
    note = shortened(note)
    return f"{code}: {note}" if note else code


def shortened(note: str) -> str:
    """What somebody added, no longer than is kept."""
    return clean_text(note)[:LONGEST_NOTE]


def read(text: str) -> tuple[str, str]:
    """(code, note) of what `written` made."""
    code, _, note = text.partition(": ")
    return code, note
