"""The three ways in which the house says no."""

from __future__ import annotations


class Refusal(Exception):
    """A rule says no: a code and the facts to word it with (`refusal.<code>` in the catalogues).

    Raised by rules and actions, worded at the edge. What an action wrote before it refused is rolled back,
    unless `keep` says that the refusal itself must be remembered (a wrong PIN is counted).
    """

    def __init__(self, code: str, *, field: str | None = None, keep: bool = False, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.keep = keep
        self.facts = facts


class NotFound(Exception):
    """There is no such row, or this caller may not know that there is one."""


class NotAllowed(Exception):
    """The caller's role does not hold this permission."""
