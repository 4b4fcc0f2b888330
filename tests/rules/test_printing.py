"""What the agent's word and a person's may change about a slip, and how a roll is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules.printing import (
    CLAIMABLE,
    FINISHED,
    OUTCOMES,
    UNSETTLED,
    is_forsaken,
    metres_left,
    require_outcome,
    require_void,
    runs_low,
)
from kiosk.rules.words import PrintState

S = PrintState
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
NEWS = {S.PRINTED, S.SENT, S.DOUBTFUL}
CHANGES = {(S.SENDING, outcome) for outcome in OUTCOMES}
CHANGES |= {(state, news) for state in (S.DOUBTFUL, *CLAIMABLE) for news in NEWS if state is not news}


@pytest.mark.parametrize("outcome", list(PrintState))
@pytest.mark.parametrize("state", list(PrintState))
def test_every_outcome_in_every_state(state: PrintState, outcome: PrintState) -> None:
    known = state is outcome or (state, outcome) == (S.QUEUED, S.HELD)
    if outcome in OUTCOMES and (known or (state, outcome) in CHANGES):
        assert require_outcome(state, outcome) == (not known)
        return
    with pytest.raises(Refusal) as refused:
        require_outcome(state, outcome)
    assert refused.value.code == ("print_settled" if outcome in OUTCOMES else "print_outcome_odd")


def test_a_doubtful_slip_never_goes_back_into_the_line_by_itself() -> None:
    assert S.DOUBTFUL not in CLAIMABLE
    assert set(UNSETTLED) | set(FINISHED) == set(PrintState)
    assert not set(UNSETTLED) & set(FINISHED)
    with pytest.raises(Refusal):
        require_outcome(S.DOUBTFUL, S.HELD)


@pytest.mark.parametrize("state", list(PrintState))
@pytest.mark.parametrize("forsaken", [False, True])
def test_what_may_be_dropped(state: PrintState, forsaken: bool) -> None:
    code = "print_settled" if state in FINISHED else "print_sending" if state is S.SENDING and not forsaken else ""
    if not code:
        require_void(state, forsaken=forsaken)
        return
    with pytest.raises(Refusal) as refused:
        require_void(state, forsaken=forsaken)
    assert refused.value.code == code


@pytest.mark.parametrize(("seconds", "forsaken"), [(0, False), (60, False), (61, True)])
def test_a_slip_in_silent_hands_is_a_persons_to_decide(seconds: int, forsaken: bool) -> None:
    assert is_forsaken(S.SENDING, NOW - timedelta(seconds=seconds), NOW) == forsaken
    assert not any(is_forsaken(state, NOW - timedelta(days=1), NOW) for state in PrintState if state is not S.SENDING)


@pytest.mark.parametrize(
    ("roll_m", "used_mm", "left", "low"),
    [(80, 0, 80, False), (80, 72_000, 8, False), (80, 72_001, 7, True), (80, 79_500, 0, True), (80, 90_000, 0, True),
     (0, 90_000, 0, False)],
)  # fmt: skip
def test_a_roll_is_counted_in_whole_metres_and_runs_low_below_a_tenth(
    roll_m: int, used_mm: int, left: int, low: bool
) -> None:
    assert metres_left(roll_m, used_mm) == left
    assert runs_low(roll_m, used_mm, protocols.slips().low_percent) == low
