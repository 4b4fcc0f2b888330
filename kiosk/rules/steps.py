"""The steps a visit goes through: the ministry's six, as `protocols/steps.toml` lists them."""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass

from kiosk.errors import Refusal
from kiosk.rules.words import Role


@dataclass(frozen=True)
class Word:
    """A code with its words in both languages."""

    code: str
    vi: str
    en: str

    def label(self, language: str) -> str:
        """Its words on screen."""
        return self.en if language == "en" else self.vi


@dataclass(frozen=True)
class MaySkip:
    """Who may leave a step out, with a reason, and where the visit goes then ("" ends it)."""

    roles: frozenset[Role]
    leads_to: str


@dataclass(frozen=True)
class Step(Word):
    """One step. `station`: the kind of station that serves it; "" for what happens before the day.

    `calls`: people are called for it by their number. `room`: they sit there together instead. `must_record`: what has
    to be written down, in this order, before the step is over. `may_skip` is None where nobody may leave it out.
    `spot`: whoever waits for it needs a spot in a zone.
    """

    station: str
    calls: bool = True
    room: bool = False
    spot: bool = True
    must_record: tuple[str, ...] = ()
    may_skip: MaySkip | None = None

    def skippable_by(self, role: Role) -> bool:
        """May this role leave it out?"""
        return self.may_skip is not None and role in self.may_skip.roles

    def missing(self, recorded: Container[str]) -> tuple[str, ...]:
        """What is still to be recorded, in order."""
        return tuple(record for record in self.must_record if record not in recorded)

    def is_over(self, recorded: Container[str]) -> bool:
        """Is everything recorded? Asked from the last on, which is the one that is most likely still to come."""
        return all(record in recorded for record in reversed(self.must_record))


@dataclass(frozen=True)
class Steps:
    """The ordered steps, the reasons for leaving one out, and where they come from."""

    version: str
    source: str
    steps: tuple[Step, ...]
    skip_reasons: tuple[Word, ...] = ()

    def get(self, code: str) -> Step:
        """The step with this code. Raises KeyError."""
        for step in self.steps:
            if step.code == code:
                return step
        raise KeyError(code)

    def served_by(self, kind: str) -> tuple[str, ...]:
        """Codes of the steps that a station of this kind serves when its settings do not say otherwise."""
        return tuple(step.code for step in self.steps if step.station == kind)

    def after(self, code: str) -> str | None:
        """The next step's code, or None after the last."""
        codes: Sequence[str] = [step.code for step in self.steps]
        at = codes.index(code)
        return codes[at + 1] if at + 1 < len(codes) else None

    def recording(self, record: str) -> frozenset[str]:
        """Codes of the steps that record this."""
        return frozenset(step.code for step in self.steps if record in step.must_record)

    def at_table(self, codes: Collection[str]) -> tuple[str, ...]:
        """Those of these steps for which people are called, one at a time."""
        return tuple(step.code for step in self.steps if step.code in codes and step.calls and not step.room)

    def spotless(self) -> tuple[str, ...]:
        """Codes of the steps for which people wait without a spot."""
        return tuple(step.code for step in self.steps if not step.spot)

    def in_room(self, codes: Collection[str]) -> tuple[str, ...]:
        """Those of these steps for which people sit together."""
        return tuple(step.code for step in self.steps if step.code in codes and step.room)

    def require_may_skip(self, code: str, role: Role, reason: str) -> MaySkip:
        """Who may leave this step out, and where that leads. Raises Refusal `step_not_skippable`, `skip_reason_odd`."""
        step = self.get(code)
        if step.may_skip is None or not step.skippable_by(role):
            raise Refusal("step_not_skippable")
        if reason not in {word.code for word in self.skip_reasons}:
            raise Refusal("skip_reason_odd", field="reason")
        return step.may_skip
