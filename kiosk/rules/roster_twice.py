"""The same person twice in one list: what the rows above say of whoever stands in this one."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.rules.roster import Planned, Reason
from kiosk.rules.roster_review import exactly, named

Key = tuple[str | int | None, ...]


class Met:
    """The good rows of a list so far."""

    def __init__(self) -> None:
        self._numbers: dict[str, tuple[int, Key]] = {}
        self._lines: dict[Key, tuple[int, str]] = {}

    def look(self, planned: Planned, person_id: str | None) -> Reason | None:
        """Why this row cannot be taken beside those above it: `number_of_line` stops it, `duplicate_of` repeats one.

        `person_id`: whom we know already. Somebody may be expected on several days.
        """
        one = planned.identity
        there = self._numbers.get(one.number)
        if there and there[1] != named(one):
            return Reason("number", "number_of_line", {"line": there[0]}, stops=True)
        for key in keys(planned, person_id):
            line, number = self._lines.get((planned.on.toordinal(), *key), (0, ""))
            if line and (not number or not one.number or number == one.number):
                return Reason("name", "duplicate_of", {"line": line})
        return None

    def add(self, line: int, planned: Planned, person_id: str | None) -> None:
        """A row that will land."""
        one = planned.identity
        if one.number:
            self._numbers.setdefault(one.number, (line, named(one)))
        for key in keys(planned, person_id):
            self._lines.setdefault((planned.on.toordinal(), *key), (line, one.number))


def keys(planned: Planned, person_id: str | None) -> Iterator[Key]:
    """Everything that makes two rows the same person; one of them is enough."""
    one = planned.identity
    if person_id:
        yield "person", person_id
    if one.number:
        yield "number", one.number
    for other in (one.old_number, planned.passport, planned.insurance):
        if other:
            yield "other", other, *named(one)
    yield "name", *exactly(one)
