"""Paper: nothing prints twice by itself, and nothing is lost without somebody knowing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from kiosk import protocols
from kiosk.actions import day, finish, heartbeats, observation, printing
from kiosk.errors import NotFound
from kiosk.rules import slips
from kiosk.rules.printing import CLAIMABLE
from kiosk.rules.words import HelpReason, PrintState, SlipKind, VisitState
from kiosk.store import clinic_days, help_calls, print_jobs, rolls, visits
from kiosk.store.database import writing
from kiosk.store.print_jobs import PrintJob
from tests.cast import Players, called, done_once, dose_of, dosed, key, local, now, receive, refusal_of

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


def settle(players: Players, id: str | None, outcome: str, reason: str = "", fault: str = "", mm: int = 0) -> str:
    """The agent says what became of it."""
    assert id
    return printing.settle_job(players.kiosk, now(), key(), id, outcome, reason, fault, mm)


def beat(players: Players, printer: str, minutes: float = 0, **facts: int) -> None:
    """The agent says how its printer is."""
    heartbeats.beat(players.kiosk, now(minutes), "run 1", 8081, "ready", printer, False, **facts)


def label(players: Players, about: str = "lọ 1") -> PrintJob:
    """A slip that belongs to no visit waits for the kiosk's printer."""
    with writing():
        return printing.queue_slip(
            players.volunteer, now(), SlipKind.VIAL, [slips.Heading("Nhãn")], about=about, label="NK0191", language="vi"
        )


def test_a_slip_is_claimed_and_printed(players: Players, visit: str) -> None:
    id = done_once(printing.claim_job, players.kiosk, "run 1", other=players.neighbour)
    assert (job(visit).id, job(visit).stands) == (id, PrintState.SENDING)
    done_once(printing.settle_job, players.kiosk, id, "printed", "", other=players.neighbour)
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
        printing.settle_job(players.neighbour, now(), key(), job(visit).id, "printed", "")


def test_an_agent_that_began_again_leaves_what_its_journal_does_not_name_doubtful(players: Players, visit: str) -> None:
    id = claim(players)
    assert done_once(printing.begin_run, players.kiosk, "run 2", [], other=players.neighbour) == 1
    assert (job(visit).stands, job(visit).reason) == (PrintState.DOUBTFUL, "agent_restarted")
    assert claim(players, "run 2") is None, "a doubtful slip is never printed again by itself"
    assert id
    assert settle(players, id, "printed") == PrintState.PRINTED, "the journal may still know more"


def test_what_a_run_took_of_which_nothing_is_heard_is_doubtful_when_the_next_claims(
    players: Players, visit: str
) -> None:
    """Its claim was heard after its death, or this database is older than the agent that is running."""
    id = claim(players)
    other = receive(players, players.pao)
    assert claim(players, "run 2") == job(other).id
    assert (job(visit).stands, job(visit).reason) == (PrintState.DOUBTFUL, "agent_restarted")
    assert settle(players, id, "printed") == PrintState.PRINTED


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
    assert refusal_of(printing.settle_job, players.kiosk, id, "held", "") == "print_settled"
    assert refusal_of(printing.settle_job, players.kiosk, id, "void", "") == "print_outcome_odd"


def test_an_outcome_that_nobody_knows_is_refused(players: Players, visit: str) -> None:
    id = claim(players)
    assert refusal_of(printing.settle_job, players.kiosk, id, "burnt", "") == "print_outcome_odd"


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
    players: Players, opened: str, slip: SlipKind, other: SlipKind
) -> None:  # fmt: skip
    visit = dosed(players, players.huong)
    observation.release(players.observer, now(31), key(), visit, "")
    called(players.finisher)
    finish.print_slip(players.finisher, now(), key(), visit, local(), local())
    about = {SlipKind.TICKET: visit, SlipKind.PROVISIONAL: dose_of(visit)}
    untouched = print_jobs.find_newest(about[other], other)
    again = printing.reprint(players.finisher, now(), key(), about[slip], slip)
    assert untouched
    assert [job.copy for job in print_jobs.list_copies(about[other], other)] == [1]
    assert print_jobs.find_newest(about[other], other) == untouched
    first, second = print_jobs.list_copies(about[slip], slip)
    assert (second.id, second.slip, second.copy) == (again, slip, 2)
    assert slips.from_json(second.blocks)[1:] == slips.from_json(first.blocks)
    assert (first.stands, untouched.stands) == (PrintState.VOID, PrintState.QUEUED), "only its own kind left the line"


def test_a_reprint_of_nothing_is_not_there(players: Players, opened: str) -> None:
    with pytest.raises(NotFound):
        printing.reprint(players.volunteer, now(), key(), "no such visit")


def claim_later(players: Players, minutes: float) -> str | None:
    """The agent asks for a slip some minutes from now."""
    return printing.claim_job(players.kiosk, now(minutes), key(), "run 1")


def asked(minutes: float) -> set[str]:
    """Which slips a person is asked about some minutes from now."""
    every = [job.id for job in print_jobs.list_unsettled(CLAIMABLE, clinic_days.find_open().id)]  # type: ignore[union-attr]
    return print_jobs.list_obsolete(every, now(minutes).at, protocols.slips().called)


def test_a_ticket_that_has_waited_too_long_asks_before_it_is_printed(players: Players, visit: str) -> None:
    minutes = protocols.slips().useful / timedelta(minutes=1)
    assert asked(minutes - 1) == set()
    assert claim_later(players, minutes + 1) is None
    assert asked(minutes + 1) == {job(visit).id}
    assert print_jobs.count_ready("kiosk-1", now(minutes + 1).at, protocols.slips().called) == 0
    assert print_jobs.count_obsolete("kiosk-1", now(minutes + 1).at, protocols.slips().called) == 1
    assert done_once(printing.print_anyway, players.volunteer, job(visit).id, other=players.lead) == visit
    assert asked(minutes + 1) == set()
    assert claim_later(players, minutes + 1) == job(visit).id


@pytest.mark.parametrize("state", [state for state in VisitState if state is not VisitState.WAITING])
def test_a_ticket_whose_number_was_called_asks_before_it_is_printed(
    players: Players, visit: str, state: VisitState
) -> None:
    with writing():
        visits.get(visit).state = state
    assert asked(1) == set(), "the printer is merely busy"
    assert asked(3) == {job(visit).id}
    assert claim_later(players, 3) is None
    printing.print_anyway(players.volunteer, now(3), key(), job(visit).id)
    assert claim_later(players, 3) == job(visit).id


def test_a_ticket_that_somebody_asked_for_again_is_wanted_wherever_the_person_is(players: Players, visit: str) -> None:
    settle(players, claim(players), "doubtful")
    again = printing.reprint(players.volunteer, now(), key(), visit)
    with writing():
        visits.get(visit).state = VisitState.AT_TABLE
    assert asked(3) == set()
    assert asked(25) == {again}, "but not for ever"
    assert claim_later(players, 3) == again


def test_the_slips_behind_an_obsolete_one_are_printed(players: Players, visit: str) -> None:
    with writing():
        visits.get(visit).state = VisitState.LEFT
    behind = label(players)
    assert claim_later(players, 5) == behind.id
    assert print_jobs.count_waiting("kiosk-1") == 1


def test_a_slip_that_is_needed_no_more_is_dropped(players: Players, visit: str) -> None:
    assert done_once(printing.void_slip, players.volunteer, job(visit).id, other=players.lead) == visit
    assert (job(visit).stands, job(visit).reason) == (PrintState.VOID, "dropped")
    assert job(visit).settled_at
    assert claim(players) is None
    assert refusal_of(printing.void_slip, players.volunteer, job(visit).id) == "print_settled"
    assert refusal_of(printing.print_anyway, players.volunteer, job(visit).id) == "print_settled"


def test_a_slip_in_a_printers_hands_is_not_dropped_and_a_doubtful_one_is(players: Players, visit: str) -> None:
    id = claim(players)
    assert refusal_of(printing.void_slip, players.volunteer, id) == "print_sending"
    settle(players, id, "doubtful")
    printing.void_slip(players.volunteer, now(), key(), job(visit).id)
    assert refusal_of(printing.settle_job, players.kiosk, id, "printed", "") == "print_settled", "a person has decided"
    assert job(visit).stands is PrintState.VOID


@pytest.mark.parametrize("word", ["confirm_paper", "void_slip"])
def test_a_slip_in_the_hands_of_a_silent_agent_is_a_persons_to_decide(players: Players, visit: str, word: str) -> None:
    beat(players, "ready")
    id = claim(players)
    assert refusal_of(getattr(printing, word), players.volunteer, id)
    getattr(printing, word)(players.volunteer, now(2), key(), id)
    assert job(visit).stands in (PrintState.PRINTED, PrintState.VOID)


def test_a_slip_of_a_silent_agent_may_be_printed_again(players: Players, visit: str) -> None:
    beat(players, "ready")
    claim(players)
    assert refusal_of(printing.reprint, players.volunteer, visit) == "print_waiting"
    assert printing.reprint(players.volunteer, now(2), key(), visit) == job(visit).id
    assert job(visit).copy == 2


def test_a_slip_remembers_what_it_lived_through(players: Players, visit: str) -> None:
    id = claim(players)
    settle(players, id, "held", "paper_out", "paper_out")
    assert job(visit).fault == "", "nothing had left"
    claim(players)
    settle(players, id, "doubtful", "no_answer", "cover_open")
    printing.confirm_paper(players.volunteer, now(), key(), job(visit).id)
    assert (job(visit).stands, job(visit).fault) == (PrintState.PRINTED, "cover_open")


def test_what_the_journal_says_of_a_slip_that_a_restored_file_still_holds_is_believed(
    players: Players, visit: str
) -> None:
    assert job(visit).stands is PrintState.QUEUED
    assert settle(players, job(visit).id, "printed") == PrintState.PRINTED
    assert claim(players) is None, "it is not printed twice"


def test_a_word_that_arrives_late_does_not_print_a_slip_twice(players: Players, visit: str) -> None:
    id = claim(players)
    settle(players, id, "held")
    claim(players)
    settle(players, id, "held", "said again, and late")
    assert settle(players, id, "printed") == PrintState.PRINTED
    assert claim(players) is None


def test_a_slip_that_belongs_to_no_visit_goes_the_same_way(players: Players, opened: str) -> None:
    first = label(players)
    assert claim(players) == first.id
    settle(players, first.id, "doubtful")
    again = printing.reprint(players.volunteer, now(), key(), "lọ 1", SlipKind.VIAL)
    assert print_jobs.get(again).visit_id is None
    printing.void_slip(players.volunteer, now(), key(), again)
    day.close_day(players.lead, now(), key(), 0)
    other = label(players, "lọ 2")
    assert settle(players, claim(players), "held") == PrintState.HELD, "no day's end takes it away"
    assert print_jobs.list_unsettled(CLAIMABLE, None) == [other]


def test_paper_is_counted_off_the_roll_once(players: Players, visit: str) -> None:
    fed = protocols.slips().feed_mm
    id = claim(players)
    settle(players, id, "held")
    assert rolls.find("kiosk-1") is None
    claim(players)
    for _ in range(2):
        settle(players, id, "doubtful", mm=100)
    settle(players, id, "printed", mm=108)
    roll = rolls.find("kiosk-1")
    assert roll
    assert roll.mm == 108 + fed
    receive(players, players.pao)
    settle(players, claim(players), "sent", mm=77)
    assert roll.mm == 108 + 77 + 2 * fed


def test_a_roll_that_ran_out_or_was_changed_is_counted_anew(players: Players, visit: str) -> None:
    settle(players, claim(players), "printed", mm=100)
    beat(players, "ready")
    assert rolls.find("kiosk-1")
    for printer in ("paper_out", "cover_open", "ready"):
        beat(players, printer)
        assert rolls.find("kiosk-1") is None
    receive(players, players.pao)
    settle(players, claim(players), "printed", "", "paper_out", 100)
    assert rolls.find("kiosk-1").mm == 100 + protocols.slips().feed_mm  # type: ignore[union-attr]
    assert done_once(printing.change_roll, players.volunteer, "kiosk-1", other=players.lead) == "kiosk-1"
    assert rolls.find("kiosk-1").mm == 0  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        printing.change_roll(players.volunteer, now(), key(), "no such station")
