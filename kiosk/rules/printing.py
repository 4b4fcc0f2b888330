"""The states of a print job and the moves between them. Nothing prints twice by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.errors import Refusal
from kiosk.rules.words import PrintState

CLAIMABLE = (PrintState.QUEUED, PrintState.HELD)
UNSETTLED = (PrintState.DOUBTFUL, PrintState.HELD, PrintState.QUEUED, PrintState.SENDING)
FINISHED = (PrintState.PRINTED, PrintState.SENT, PrintState.VOID, PrintState.REPRINTED)
OUTCOMES = (PrintState.PRINTED, PrintState.SENT, PrintState.DOUBTFUL, PrintState.HELD)
# What may stop a printer in the middle of a slip.
FAULTS = ("paper_out", "cover_open", "cutter_error", "error", "offline", "unknown")
# An agent says every two seconds that it lives. One silent for so long will not say soon what became of its slip.
FORSAKEN = timedelta(minutes=1)


@dataclass(frozen=True)
class Protocol:
    """When paper stops being of use, and how a roll is counted.

    `useful`: how long a ticket is worth printing; `called`: how long one whose number was called already. `feed_mm`:
    the paper between the last line and the cutter; `low_percent`: from which rest of a roll on people are told.
    """

    version: str
    source: str
    useful: timedelta
    called: timedelta
    feed_mm: int
    low_percent: int


def require_outcome(state: PrintState, outcome: PrintState) -> bool:
    """May the agent's word change this job? False when it says what is known, or that nothing has left.

    A doubtful job may still turn out to be printed (the agent's journal knows more than a lost connection), and so may
    one that waits: the hub's file may be older than the paper, or an earlier word may have arrived late.
    Raises Refusal `print_settled` when the job is already settled otherwise.
    """
    if outcome not in OUTCOMES:
        raise Refusal("print_outcome_odd")
    if state is outcome or (state is PrintState.QUEUED and outcome is PrintState.HELD):
        return False
    open_to_all = state is PrintState.SENDING
    open_to_news = state in (PrintState.DOUBTFUL, *CLAIMABLE) and outcome is not PrintState.HELD
    if open_to_all or open_to_news:
        return True
    raise Refusal("print_settled", state=state)


def is_forsaken(state: PrintState, heard_at: datetime, now: datetime) -> bool:
    """Has its agent been silent too long with this slip in hand? Then a person decides, as of a doubtful one."""
    return state is PrintState.SENDING and now - heard_at > FORSAKEN


def require_void(state: PrintState, *, forsaken: bool) -> None:
    """May a person say that this slip is needed no more? Raises Refusal `print_sending` or `print_settled`."""
    if state in FINISHED:
        raise Refusal("print_settled", state=state)
    if state is PrintState.SENDING and not forsaken:
        raise Refusal("print_sending")


def metres_left(roll_m: int, used_mm: int) -> int:
    """Whole metres left on a roll that was `roll_m` long; never less than 0."""
    return max(0, (roll_m * 1000 - used_mm) // 1000)


def runs_low(roll_m: int, used_mm: int, percent: int) -> bool:
    """Is less than this part of the roll left? Never where nobody has said how long a roll is (`roll_m` 0)."""
    return roll_m > 0 and (roll_m * 1000 - used_mm) * 100 < roll_m * 1000 * percent
