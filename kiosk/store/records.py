"""What has been recorded of a visit, in the words of `protocols/steps.toml`."""

from __future__ import annotations

from kiosk.store import departures, doses, identity_checks, observations, screenings
from kiosk.store.visits import Visit


def recorded(visit: Visit) -> frozenset[str]:
    """Which of screening, identity, dose, observation (once it has ended) and departure are there."""
    observation = observations.find(visit.id)
    there = {
        "screening": screenings.find(visit.id) is not None,
        "identity": identity_checks.find(visit) is not None,
        "dose": doses.find(visit.id) is not None,
        "observation": observation is not None and observation.ended_at is not None,
        "departure": departures.find(visit.id) is not None,
    }
    return frozenset(name for name, is_there in there.items() if is_there)
