"""What the simulated platform can be told to do wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Faults:
    """refuse: 422. busy: 503, Retry-After 2. delay: seconds before each answer, after the work.

    forget: says yes and stores or changes nothing. duplicate: stores everything twice. login_page: a captive portal.
    drop_answer: does what it is told and hangs up. no_certificate: issues none, as before the ministry has signed.
    other_certificate: issues everybody the same one, of a person whom nobody here has seen. meddle: somebody else
    changes a dose just before we do. unchanging: takes doses, and lets nobody change one.
    """

    refuse: bool = False
    busy: bool = False
    delay: float = 0
    forget: bool = False
    duplicate: bool = False
    login_page: bool = False
    drop_answer: bool = False
    no_certificate: bool = False
    other_certificate: bool = False
    meddle: bool = False
    unchanging: bool = False

    def changed(self, changes: dict[str, Any]) -> Faults:
        """Raises ValueError for a fault that does not exist or cannot be set so."""
        for name, value in changes.items():
            if name == "delay":
                fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 600
            else:
                fits = name in asdict(self) and isinstance(value, bool)
            if not fits:
                raise ValueError(f"no such fault: {name}")
        return replace(self, **changes)
