"""The closing slip of a day, and the ticket for somebody who came early."""

from __future__ import annotations

from datetime import datetime

import pytest

from kiosk import wording
from kiosk.actions import day, printing, slips
from kiosk.errors import NotFound
from kiosk.rules.actor import OPERATOR
from kiosk.rules.slips import Code, from_json
from kiosk.rules.words import SlipKind
from kiosk.store import audit, clinic_days, print_jobs, rosters
from kiosk.store.columns import box_name
from kiosk.store.database import db, writing
from tests.cast import Players, done_once, dosed, key, local, now, receive, refusal_of

pytestmark = pytest.mark.usefixtures("inside")


def early() -> datetime:
    """Half past six this morning: an hour before the slot of the list."""
    return local().replace(hour=6, minute=30)


@pytest.fixture
def closed(players: Players, opened: str) -> str:
    """This morning's clinic day is over; its id."""
    day.close_day(players.lead, now(), key(), 0)
    return opened


def closing(players: Players, id: str) -> print_jobs.PrintJob:
    """The closing slip's job."""
    return print_jobs.get(slips.print_closing(players.lead, now(), key(), id, "kiosk-1", local(), local(), "vi"))


def test_the_closing_slip_has_the_figures_and_the_head_of_the_audit(players: Players, closed: str) -> None:
    head, at = audit.head(box_name()), local()
    id = done_once(slips.print_closing, players.lead, closed, "kiosk-1", at, at, "vi", other=players.volunteer)
    job = print_jobs.get(id)
    entry = audit.find_last("day.closed", closed)
    assert entry
    assert (job.station, job.about, job.visit_id) == ("kiosk-1", entry.id, None)
    assert job.label == f"Buổi sáng {now().on:%d/%m/%Y}"
    said = str(from_json(job.blocks))
    for fact in (wording.say("report.planned"), wording.say("report.given"), "Hoàng Thị Lan"):
        assert fact in said
    assert head in said.replace(" ", "").replace("\\n", ""), "in groups that an eye can follow"


def test_a_closing_slip_is_printed_again_as_it_was(players: Players, closed: str) -> None:
    first = closing(players, closed)
    facts = (closed, "kiosk-1", local(), local(), "vi")
    assert refusal_of(slips.print_closing, players.lead, *facts) == "slip_printed"
    again = printing.reprint(players.lead, now(), key(), first.about, SlipKind.CLOSING)
    assert print_jobs.get(again).blocks[1:] == first.blocks


def test_a_day_that_went_on_is_closed_on_another_paper(players: Players, closed: str) -> None:
    closing(players, closed)
    day.open_day(players.lead, now(1), key(), "morning")
    facts = (closed, "kiosk-1", local(), local(), "vi")
    assert refusal_of(slips.print_closing, players.lead, *facts) == "day_still_open"
    day.close_day(players.lead, now(2), key(), 0)
    assert slips.find_closing(clinic_days.get(closed)) is None
    id = slips.print_closing(players.lead, now(3), key(), *facts)
    second = slips.find_closing(clinic_days.get(closed))
    assert second
    assert (second.id, second.copy) == (id, 1), "no reprint of the first: it tells of another closing"


def test_books_that_do_not_balance_say_so_on_paper(players: Players, opened: str) -> None:
    visit = dosed(players, players.huong)
    with writing() as session:
        session.execute(db.text("DELETE FROM message"))
    day.close_day(players.lead, now(), key(), 1)
    assert wording.say("report.balance.messages") in str(closing(players, opened).blocks)
    assert visit not in str(closing_facts(opened))


def closing_facts(id: str) -> object:
    """The facts behind the slip and the A4 report."""
    return slips.closing_facts(clinic_days.get(id), local(), local(), "en")


def test_a_day_that_the_command_line_closed_names_no_colleague(players: Players, opened: str) -> None:
    day.close_day(OPERATOR, now(), key(), 0)
    assert wording.say("printers.operator") in str(closing(players, opened).blocks)


def test_there_is_no_closing_slip_of_nothing_and_nowhere(players: Players, closed: str) -> None:
    for id, printer in ((key(), "kiosk-1"), (closed, "finish-1"), (closed, "nowhere")):
        with pytest.raises(NotFound):
            slips.print_closing(players.lead, now(), key(), id, printer, local(), local(), "vi")


def test_whoever_came_early_is_told_when_to_come_back(players: Players, opened: str) -> None:
    id = done_once(slips.print_comeback, players.volunteer, players.huong, early(), other=players.lead)
    job, entry = print_jobs.get(id), rosters.find_entry(players.huong, now().on)
    assert entry
    assert (job.about, job.station, job.visit_id, job.slip) == (entry.id, "kiosk-1", None, SlipKind.COMEBACK)
    blocks = from_json(job.blocks)
    assert "07:30" in str(blocks)
    assert "Hường" not in str(blocks), "the name is masked"
    assert "Hường" not in job.label
    assert not [block for block in blocks if isinstance(block, Code)]
    assert refusal_of(slips.print_comeback, players.volunteer, players.huong, early()) == "slip_printed"


def test_nobody_is_sent_away_without_a_later_slot(players: Players, opened: str) -> None:
    at = local().replace(hour=7, minute=30)
    assert refusal_of(slips.print_comeback, players.volunteer, players.huong, at) == "slot_not_later"
    assert refusal_of(slips.print_comeback, players.volunteer, players.pao, early()) == "slot_not_later"
    assert refusal_of(slips.print_comeback, players.volunteer, players.vang, early()) == "not_rostered"
    receive(players, players.huong)
    assert refusal_of(slips.print_comeback, players.volunteer, players.huong, early()) == "number_given"
    with pytest.raises(NotFound):
        slips.print_comeback(players.volunteer, now(), key(), key(), early())


def test_who_may_come_back_is_who_would_be_given_the_ticket(players: Players, opened: str) -> None:
    asked = [slips.may_come_back(id, now(), early()) for id in (players.huong, players.pao, players.vang)]
    assert asked == [True, False, False]
    assert not slips.may_come_back(players.huong, now(), early().replace(hour=7, minute=30))
    receive(players, players.huong)
    assert not slips.may_come_back(players.huong, now(), early())


def test_a_day_is_found_by_when_it_was_closed(players: Players, closed: str) -> None:
    assert clinic_days.find_last_closed().id == closed  # type: ignore[union-attr]
    day.open_day(players.lead, now(1), key(), "afternoon")
    assert clinic_days.find_last_closed().id == closed  # type: ignore[union-attr]
