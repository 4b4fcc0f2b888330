"""The states of a visit within a step, and the moves between them: one table."""

from __future__ import annotations

from kiosk.errors import Refusal
from kiosk.rules.words import VisitState

# move: (states it may start from, the state it leads to)
MOVES: dict[str, tuple[frozenset[VisitState], VisitState]] = {
    "call": (frozenset({VisitState.WAITING}), VisitState.CALLED),
    "recall": (frozenset({VisitState.CALLED}), VisitState.CALLED),
    "arrive": (frozenset({VisitState.CALLED}), VisitState.AT_TABLE),
    "no_show": (frozenset({VisitState.CALLED, VisitState.AT_TABLE}), VisitState.WAITING),
    "pass": (frozenset({VisitState.CALLED, VisitState.AT_TABLE}), VisitState.WAITING),
    "transfer": (frozenset({VisitState.WAITING, VisitState.CALLED, VisitState.AT_TABLE}), VisitState.WAITING),
    "back": (frozenset({VisitState.WAITING, VisitState.CALLED, VisitState.AT_TABLE}), VisitState.WAITING),
    "hold": (frozenset({VisitState.WAITING, VisitState.CALLED, VisitState.AT_TABLE}), VisitState.HELD),
    "resume": (frozenset({VisitState.HELD}), VisitState.WAITING),
    "come_back": (frozenset({VisitState.LEFT}), VisitState.WAITING),
    "close": (frozenset({VisitState.CALLED, VisitState.AT_TABLE}), VisitState.WAITING),
    "finish": (frozenset({VisitState.AT_TABLE, VisitState.SEATED}), VisitState.WAITING),
    "stay": (frozenset({VisitState.AT_TABLE}), VisitState.AT_TABLE),
    "seat": (frozenset({VisitState.AT_TABLE}), VisitState.SEATED),
    "take_back": (
        frozenset({VisitState.WAITING, VisitState.HELD, VisitState.CALLED, VisitState.AT_TABLE, VisitState.SEATED}),
        VisitState.WAITING,
    ),
    "leave": (
        frozenset({VisitState.WAITING, VisitState.HELD, VisitState.CALLED, VisitState.AT_TABLE, VisitState.SEATED}),
        VisitState.LEFT,
    ),
}


def may_move(state: VisitState, move: str) -> bool:
    """Does the table have this move from this state?"""
    return state in MOVES[move][0]


def require_move(state: VisitState, move: str) -> VisitState:
    """The state that the move leads to. Raises Refusal `visit_moved_on` when somebody else was quicker."""
    if not may_move(state, move):
        raise Refusal("visit_moved_on", state=state, move=move)
    return MOVES[move][1]
