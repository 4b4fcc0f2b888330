"""The steps a visit goes through: the ministry's six, as `protocols/steps.toml` lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step. `station` is the kind of station that serves it; "" for what happens before the day."""

    code: str
    vi: str
    en: str
    station: str

    def label(self, language: str) -> str:
        """Its name on screen."""
        return self.en if language == "en" else self.vi


@dataclass(frozen=True)
class Steps:
    """The ordered steps and where they come from."""

    version: str
    source: str
    steps: tuple[Step, ...]

    def get(self, code: str) -> Step:
        """The step with this code. Raises KeyError."""
        return next(step for step in self.steps if step.code == code)

    def served_by(self, kind: str) -> tuple[str, ...]:
        """Codes of the steps that a station of this kind serves."""
        return tuple(step.code for step in self.steps if step.station == kind)

    def after(self, code: str) -> str | None:
        """The next step's code, or None after the last."""
        codes: Sequence[str] = [step.code for step in self.steps]
        at = codes.index(code)
        return codes[at + 1] if at + 1 < len(codes) else None
