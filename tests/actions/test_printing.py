"""Paper: nothing prints twice by itself, and nothing is lost without somebody knowing."""

from __future__ import annotations

import json

import pytest

from kiosk.actions import day, finish, observation, printing
from kiosk.errors import NotFound
from kiosk.rules import slips
from kiosk.rules.words import HelpReason, PrintState, SlipKind
from kiosk.store import help_calls, print_jobs
from kiosk.store.print_jobs import PrintJob
from tests.cast import Players, called, done_once, dosed, key, local, now, receive, refusal_of

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def visit(players: Players, opened: str) -> str:
    """Hường has a number; her slip is queued."""
    return receive(players, players.huong)


def job(visit: str) -> PrintJob:
    """The visit's last paper."""
    found = print_jobs.find_newest(visit, SlipKind.TICKET)
    assert found
    return found


def claim(players: Players, run: str = "run 1") -> str | None:
    """The agent takes a slip."""
    return printing.claim_job(players.kiosk, now(), key(), run)


def settle(players: Players, id: str, outcome: str, reason: str = "") -> str:
    """The agent says what became of it."""
    return printing.settle_job(players.kiosk, now(), key(), id, outcome, reason, False)


def test_a_slip_is_claimed_and_printed(players: Players, visit: str) -> None:
    id = done_once(printing.claim_job, players.kiosk, "run 1", other=players.neighbour)
    assert (job(visit).id, job(visit).stands) == (id, PrintState.SENDING)
    done_once(printing.settle_job, players.kiosk, id, "printed", "", False, other=players.neighbour)
    assert job(visit).stands is PrintState.PRINTED
    assert job(visit).settled_at
    assert claim(players) is None


def test_the_same_run_is_given_again_what_it_has_in_hand(players: Players, visit: str) -> None:
    receive(players, players.pao)
    first = claim(players)
    assert claim(players) == first
    assert first
    settle(players, first, "printed")
    assert claim(players) not in (first, None)


def test_slips_leave_in_the_order_they_were_made(players: Players, visit: str) -> None:
    other = receive(players, players.pao)
    assert claim(players) == job(visit).id
    settle(players, job(visit).id, "held", "paper_out")
    assert claim(players) == job(visit).id, "what was held goes first"
    settle(players, job(visit).id, "printed")
    assert claim(players) == job(other).id


def test_another_printers_slip_is_not_there(players: Players, visit: str) -> None:
    assert printing.claim_job(players.neighbour, now(), key(), "run 9") is None
    with pytest.raises(NotFound):
        printing.settle_job(players.neighbour, now(), key(), job(visit).id, "printed", "", False)


def test_an_agent_that_began_again_leaves_what_its_journal_does_not_name_doubtful(players: Players, visit: str) -> None:
    id = claim(players)
    assert done_once(printing.begin_run, players.kiosk, "run 2", [], other=players.neighbour) == 1
    assert (job(visit).stands, job(visit).reason) == (PrintState.DOUBTFUL, "agent_restarted")
    assert claim(players, "run 2") is None, "a doubtful slip is never printed again by itself"
    assert id
    assert settle(players, id, "printed") == PrintState.PRINTED, "the journal may still know more"


def test_what_the_journal_names_is_left_to_it(players: Players, visit: str) -> None:
    id = claim(players)
    assert id
    assert printing.begin_run(players.kiosk, now(), key(), "run 2", [id]) == 0
    assert job(visit).stands is PrintState.SENDING
    settle(players, id, "held")
    assert claim(players, "run 2") == id


@pytest.mark.parametrize("outcome", ["printed", "sent", "doubtful", "held"])
def test_an_outcome_said_twice_is_said_once(players: Players, visit: str, outcome: str) -> None:
    id = claim(players)
    assert id
    assert settle(players, id, outcome) == outcome == settle(players, id, outcome)


def test_a_settled_slip_is_not_settled_otherwise(players: Players, visit: str) -> None:
    id = claim(players)
    assert id
    settle(players, id, "printed")
    assert refusal_of(printing.settle_job, players.kiosk, id, "held", "", False) == "print_settled"
    assert refusal_of(printing.settle_job, players.kiosk, id, "void", "", False) == "print_outcome_odd"


def test_an_outcome_that_nobody_knows_is_refused(players: Players, visit: str) -> None:
    id = claim(players)
    assert refusal_of(printing.settle_job, players.kiosk, id, "burnt", "", False) == "print_outcome_odd"


def test_a_person_confirms_a_doubtful_paper(players: Players, visit: str) -> None:
    id = claim(players)
    assert id
    assert refusal_of(printing.confirm_paper, players.volunteer, id) == "print_settled"
    settle(players, id, "doubtful")
    assert done_once(printing.confirm_paper, players.volunteer, id, other=players.lead) == visit
    assert job(visit).stands is PrintState.PRINTED


def test_a_paper_that_nobody_saw_is_doubtful_and_rings(players: Players, visit: str) -> None:
    id = claim(players)
    assert id
    settle(players, id, "printed")
    done_once(printing.report_no_paper, players.kiosk, visit, other=players.neighbour)
    assert job(visit).stands is PrintState.DOUBTFUL
    assert [(call.reason, call.visit_id) for call in help_calls.list_open()] == [(HelpReason.NO_PAPER, visit)]


def test_a_paper_that_still_waits_is_not_made_doubtful(players: Players, visit: str) -> None:
    printing.report_no_paper(players.kiosk, now(), key(), visit)
    assert job(visit).stands is PrintState.QUEUED


def test_a_reprint_is_the_same_slip_under_its_mark(players: Players, visit: str) -> None:
    id = claim(players)
    assert id
    settle(players, id, "doubtful")
    again = done_once(printing.reprint, players.volunteer, visit, other=players.lead)
    first, second = print_jobs.list_of(visit)
    assert (first.stands, second.id, second.copy, second.stands) == (PrintState.REPRINTED, again, 2, PrintState.QUEUED)
    blocks = slips.from_json(second.blocks)
    assert blocks[1:] == slips.from_json(first.blocks)
    assert "IN LẠI 1" in json.dumps(second.blocks[0], ensure_ascii=False)
    assert claim(players) == again
    settle(players, again, "printed")
    printing.reprint(players.volunteer, now(), key(), visit)
    third = job(visit)
    assert third.copy == 3
    assert slips.from_json(third.blocks)[1:] == slips.from_json(first.blocks), "marks do not pile up"


def test_no_second_paper_while_the_first_is_in_the_printers_hands(players: Players, visit: str) -> None:
    id = claim(players)
    assert id
    assert refusal_of(printing.reprint, players.volunteer, visit) == "print_waiting"
    settle(players, id, "held")
    again = printing.reprint(players.volunteer, now(), key(), visit)
    assert print_jobs.get(id).state == "void", "what waits for a dead printer is taken out of its line"
    assert claim(players) == again


def test_a_slip_that_never_left_does_not_print_on_another_day(players: Players, visit: str) -> None:
    id = claim(players)
    assert id
    day.close_day(players.lead, now(), key(), 1)
    settle(players, id, "held")
    assert print_jobs.get(id).state == "void"


@pytest.mark.parametrize(
    ("slip", "other"), [(SlipKind.TICKET, SlipKind.PROVISIONAL), (SlipKind.PROVISIONAL, SlipKind.TICKET)]
)
def test_each_kind_of_slip_is_printed_again_by_itself(
    players: Players, opened: str, slip: str, other: str
) -> None:  # fmt: skip
    visit = dosed(players, players.huong)
    observation.release(players.observer, now(31), key(), visit, "")
    called(players.finisher)
    finish.print_slip(players.finisher, now(), key(), visit, local(), local())
    untouched = print_jobs.find_newest(visit, other)
    again = printing.reprint(players.finisher, now(), key(), visit, slip)
    assert untouched
    assert [job.copy for job in print_jobs.list_copies(visit, other)] == [1]
    assert print_jobs.find_newest(visit, other) == untouched
    first, second = print_jobs.list_copies(visit, slip)
    assert (second.id, second.slip, second.copy) == (again, slip, 2)
    assert slips.from_json(second.blocks)[1:] == slips.from_json(first.blocks)
    assert (first.stands, untouched.stands) == (PrintState.VOID, PrintState.QUEUED), "only its own kind left the line"


def test_a_reprint_of_nothing_is_not_there(players: Players, opened: str) -> None:
    with pytest.raises(NotFound):
        printing.reprint(players.volunteer, now(), key(), "no such visit")
