"""What has been recorded of a visit, in the words of `protocols/steps.toml`."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.store import departures, doses, identity_checks, observations, screenings
from kiosk.store.visits import Visit


class Recorded:
    """Which of screening, identity, dose, observation (once it has ended) and departure are there; each asked for once
    somebody wants to know it."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def __contains__(self, record: object) -> bool:
        return LOOK[str(record)](self._visit)


def recorded(visit: Visit) -> Recorded:
    """What has been recorded of this visit."""
    return Recorded(visit)


def _observed(visit: Visit) -> bool:
    observation = observations.find(visit.id)
    return observation is not None and observation.ended_at is not None


LOOK: dict[str, Callable[[Visit], bool]] = {
    "screening": lambda visit: screenings.find(visit.id) is not None,
    "identity": lambda visit: identity_checks.find(visit) is not None,
    "dose": lambda visit: doses.find(visit.id) is not None,
    "observation": _observed,
    "departure": lambda visit: departures.find(visit.id) is not None,
}
