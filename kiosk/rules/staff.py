"""Who may work here: the last day, the PIN, the practice licence, and the code on the badge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Protocol as Shape

from kiosk.errors import Refusal
from kiosk.rules.person import clean_text, read_date
from kiosk.rules.words import Role

# Signs that cannot be taken for one another and that no Vietnamese keyboard turns into others: Telex needs a vowel, D
# or W, VNI a vowel. Five of them are six million codes, and quickly typed.
BADGE_SIGNS = "23456789BCFGHJKMNPQRTVX"
BADGE_LENGTH = 5
LONGEST_LICENCE = 40


@dataclass(frozen=True)
class Protocol:
    """`licensed`: roles that practise under a licence. `for_a_day`: roles that mostly help for one day."""

    version: str
    source: str
    valid_from: date
    licensed: frozenset[Role]
    for_a_day: frozenset[Role]


class Member(Shape):
    """A member of staff, as far as these rules look at them."""

    @property
    def active(self) -> bool: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def works_as(self) -> Role: ...
    @property
    def licence(self) -> str: ...


def works_on(member: Member, on: date) -> bool:
    """Do they work here on that day of the site: not taken out, and their last day has not passed?"""
    return member.active and (member.valid_until is None or on <= member.valid_until)


def lacks_licence(member: Member, protocol: Protocol) -> bool:
    """Does their role practise under a licence of which no number is noted? It is said, and stops nobody."""
    return member.works_as in protocol.licensed and not member.licence


def require_role(text: str) -> Role:
    """A role that a person can have. Raises Refusal `role_odd`."""
    if text not in set(Role) - {Role.DEVICE}:
        raise Refusal("role_odd", field="role", role=text)
    return Role(text)


def require_pin(pin: str) -> str:
    """A PIN that can be used. Raises Refusal `pin_odd`, `pin_trivial`."""
    if not (pin.isdecimal() and pin.isascii() and 4 <= len(pin) <= 8):
        raise Refusal("pin_odd", field="pin")
    if is_trivial(pin):
        raise Refusal("pin_trivial", field="pin")
    return pin


def is_trivial(pin: str) -> bool:
    """Is it among the first that anybody would try: one digit, 1234 up or down, or 1212?"""
    steps = {int(later) - int(one) for one, later in pairwise(pin)}
    half = len(pin) // 2
    return steps in ({0}, {1}, {-1}) or pin == pin[:half] * 2


def require_licence(text: str) -> str:
    """The number of a practice licence as written on it; "" for none. Raises Refusal `licence_odd`.

    Its form is not checked: no list of the forms that were ever issued is established.
    """
    licence = clean_text(text)
    if len(licence) > LONGEST_LICENCE or not re.fullmatch(r"[\w /.-]*", licence):
        raise Refusal("licence_odd", field="licence")
    return licence


def require_last_day(text: str, today: date) -> date | None:
    """A last day that has not passed; None for an empty field. Raises Refusal `last_day_odd`."""
    if not text.strip():
        return None
    until = read_date(text)
    if until is None or until < today:
        raise Refusal("last_day_odd", field="until")
    return until


def badge_of(drawn: str) -> str | None:
    """The badge code that was drawn from `BADGE_SIGNS`; None where it could be taken for a name or a plain number."""
    return drawn if re.search(r"\d", drawn) and re.search(r"[A-Z]", drawn) else None


def require_badge(text: str) -> str:
    """A badge code as somebody chose it, in capitals. Raises Refusal `badge_odd`."""
    badge = text.upper()
    if not badge.isalnum() or not badge.isascii() or len(badge) > 20:
        raise Refusal("badge_odd", field="badge")
    return badge
