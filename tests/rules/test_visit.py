"""The table of states and moves, every cell of it."""

from __future__ import annotations

import pytest

from kiosk.errors import Refusal
from kiosk.rules.visit import MOVES, may_move, require_move
from kiosk.rules.words import VisitState

W, H, C, T, S, L = (
    VisitState.WAITING, VisitState.HELD, VisitState.CALLED, VisitState.AT_TABLE, VisitState.SEATED, VisitState.LEFT
)  # fmt: skip
TABLE = {
    ("call", W): C, ("recall", C): C, ("arrive", C): T, ("no_show", C): W, ("no_show", T): W, ("finish", T): W,
    ("pass", C): W, ("pass", T): W, ("transfer", W): W, ("transfer", C): W, ("transfer", T): W, ("back", W): W,
    ("back", C): W, ("back", T): W, ("hold", W): H, ("hold", C): H, ("hold", T): H, ("resume", H): W, ("close", C): W,
    ("close", T): W, ("finish", S): W, ("stay", T): T, ("seat", T): S,
    ("take_back", W): W, ("take_back", C): W, ("take_back", T): W, ("take_back", S): W, ("take_back", H): W,
    ("leave", W): L, ("leave", C): L, ("leave", T): L, ("leave", S): L, ("leave", H): L,
    ("come_back", L): W,
}  # fmt: skip


@pytest.mark.parametrize("state", list(VisitState))
@pytest.mark.parametrize("move", list(MOVES))
def test_every_move_from_every_state(move: str, state: VisitState) -> None:
    leads_to = TABLE.get((move, state))
    assert may_move(state, move) == (leads_to is not None)
    if leads_to:
        assert require_move(state, move) is leads_to
        return
    with pytest.raises(Refusal) as refused:
        require_move(state, move)
    assert refused.value.code == "visit_moved_on"


def test_whoever_has_left_only_comes_back() -> None:
    assert [move for move in MOVES if may_move(L, move)] == ["come_back"]
