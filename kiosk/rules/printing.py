"""The states of a print job and the moves between them. Nothing prints twice by itself."""

from __future__ import annotations

from kiosk.errors import Refusal
from kiosk.rules.words import PrintState

CLAIMABLE = (PrintState.QUEUED, PrintState.HELD)
FINISHED = (PrintState.PRINTED, PrintState.SENT, PrintState.VOID, PrintState.REPRINTED)
OUTCOMES = (PrintState.PRINTED, PrintState.SENT, PrintState.DOUBTFUL, PrintState.HELD)


def require_outcome(state: PrintState, outcome: PrintState) -> bool:
    """May the agent's word change this job? False when it says again what is known.

    A doubtful job may still turn out to be printed (the agent's journal knows more than a lost connection).
    Raises Refusal `print_settled` when the job is already settled otherwise.
    """
    if outcome not in OUTCOMES:
        raise Refusal("print_outcome_odd")
    if state is outcome:
        return False
    if state is PrintState.SENDING or (state is PrintState.DOUBTFUL and outcome is not PrintState.HELD):
        return True
    raise Refusal("print_settled", state=state)
