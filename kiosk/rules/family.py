"""Who belongs together: a guardian, and those who come with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kiosk.errors import Refusal
from kiosk.rules.person import Identity, full_years


@dataclass(frozen=True)
class Protocol:
    """Who is an adult. `adult_age` in full years (Bộ luật Dân sự 91/2015/QH13, Art. 20 and 21)."""

    version: str
    source: str
    adult_age: int


def is_minor(identity: Identity, protocol: Protocol, today: date) -> bool:
    """Is this person surely under age? Where only the year is known, whoever may have had their birthday is not."""
    if identity.born_on is not None:
        return full_years(identity.born_on, today) < protocol.adult_age
    return identity.born_year is not None and today.year - identity.born_year < protocol.adult_age


def least_age(identity: Identity, today: date) -> int:
    """How old this person is at the least, in full years: of two readings of a birth year the younger; 0 where nothing
    is known.
    """
    if identity.born_on is not None:
        return full_years(identity.born_on, today)
    return max(0, today.year - identity.born_year - 1) if identity.born_year is not None else 0


def may_be_minor(identity: Identity, protocol: Protocol, today: date) -> bool:
    """Must this person be treated as a child? Whoever may be one is, until somebody says their birth date."""
    return least_age(identity, today) < protocol.adult_age


def require_guardian(
    guardian: Identity, *, guarded: bool, child_guards: bool, protocol: Protocol, today: date
) -> None:  # fmt: skip
    """May this person be somebody's guardian? A family is flat: one guardian and their children, so no circle closes.

    `guarded`: the guardian has a guardian of their own. `child_guards`: the child is somebody's guardian. Raises
    Refusal `guardian_minor`, `guardian_guarded`, `child_guards`.
    """
    if is_minor(guardian, protocol, today):
        raise Refusal("guardian_minor", field="guardian", age=protocol.adult_age)
    if guarded:
        raise Refusal("guardian_guarded", field="guardian")
    if child_guards:
        raise Refusal("child_guards", field="guardian")
