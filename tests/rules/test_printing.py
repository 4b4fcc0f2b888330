"""What the agent's word may change about a slip."""

from __future__ import annotations

import pytest

from kiosk.errors import Refusal
from kiosk.rules.printing import CLAIMABLE, FINISHED, OUTCOMES, require_outcome
from kiosk.rules.words import PrintState

S = PrintState
CHANGES = {(S.SENDING, outcome) for outcome in OUTCOMES} | {(S.DOUBTFUL, S.PRINTED), (S.DOUBTFUL, S.SENT)}


@pytest.mark.parametrize("outcome", list(PrintState))
@pytest.mark.parametrize("state", list(PrintState))
def test_every_outcome_in_every_state(state: PrintState, outcome: PrintState) -> None:
    if outcome in OUTCOMES and (state is outcome or (state, outcome) in CHANGES):
        assert require_outcome(state, outcome) == (state is not outcome)
        return
    with pytest.raises(Refusal) as refused:
        require_outcome(state, outcome)
    assert refused.value.code == ("print_settled" if outcome in OUTCOMES else "print_outcome_odd")


def test_a_doubtful_slip_never_goes_back_into_the_line_by_itself() -> None:
    assert S.DOUBTFUL not in CLAIMABLE
    assert not set(CLAIMABLE) & set(FINISHED)
    with pytest.raises(Refusal):
        require_outcome(S.DOUBTFUL, S.HELD)
