"""After any death the journal tells the truth about every job."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.agent.hub_link import JobReport
from kiosk.agent.journal import SETTLED_KEPT, Journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.journal"


def test_a_new_journal_has_nothing_to_say(path: Path) -> None:
    assert Journal(path).left_behind() == []
    assert path.exists()


def test_claimed_without_a_byte_is_held(path: Path) -> None:
    Journal(path).claimed("a")
    assert Journal(path).left_behind() == [JobReport("a", "held", "agent_died_before_printing")]


def test_a_byte_without_an_outcome_is_doubtful(path: Path) -> None:
    journal = Journal(path)
    journal.claimed("a")
    journal.first_byte("a")
    assert journal.has_begun("a")
    assert Journal(path).left_behind() == [JobReport("a", "doubtful", "agent_died_printing")]
    # A second death before the hub has listened does not change the truth.
    assert Journal(path).left_behind() == [JobReport("a", "doubtful", "agent_died_printing")]


def test_a_known_outcome_is_kept_until_the_hub_has_it(path: Path) -> None:
    journal = Journal(path)
    report = JobReport("a", "printed", "", fault="paper_out")
    journal.claimed("a")
    journal.first_byte("a")
    journal.outcome(report)
    again = Journal(path)
    assert again.unreported() == again.left_behind() == [report]
    again.reported("a")
    assert Journal(path).left_behind() == []


def test_several_jobs_keep_their_order(path: Path) -> None:
    journal = Journal(path)
    for job in ("a", "b", "c"):
        journal.claimed(job)
    journal.first_byte("b")
    journal.outcome(JobReport("c", "printed"))
    assert [(r.job, r.state) for r in Journal(path).left_behind()] == [
        ("a", "held"),
        ("b", "doubtful"),
        ("c", "printed"),
    ]


def test_a_job_that_was_held_and_came_again_is_open_again(path: Path) -> None:
    journal = Journal(path)
    journal.claimed("a")
    journal.outcome(JobReport("a", "held", "paper_out"))
    journal.reported("a")
    journal.claimed("a")
    journal.first_byte("a")
    assert [r.state for r in Journal(path).left_behind()] == ["doubtful"]


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_line_cut_off_in_the_middle_was_never_promised(path: Path, cut: int) -> None:
    journal = Journal(path)
    journal.claimed("a")
    before = len(path.read_bytes())
    journal.first_byte("a")
    whole = path.read_bytes()
    path.write_bytes(whole[: min(before + cut, len(whole) - 2)])
    survivor = Journal(path)
    assert [r.state for r in survivor.left_behind()] == ["held"]
    survivor.first_byte("a")
    assert [r.state for r in Journal(path).left_behind()] == ["doubtful"]


def test_a_line_after_a_torn_one_is_whole(path: Path) -> None:
    journal = Journal(path)
    journal.claimed("a")
    with path.open("a") as file:
        file.write('{"job": "a", "ste')
    journal.first_byte("a")
    assert [r.state for r in Journal(path).left_behind()] == ["doubtful"]


def test_the_journal_remembers_the_last_slips_and_does_not_grow_with_the_day(path: Path) -> None:
    journal = Journal(path)
    for number in range(SETTLED_KEPT + 20):
        journal.claimed(str(number))
        journal.first_byte(str(number), 70)
        journal.outcome(JobReport(str(number), "printed", mm=70))
        journal.reported(str(number))
    survivor = Journal(path)
    assert survivor.left_behind() == []
    assert survivor.settled(str(SETTLED_KEPT)) == JobReport(str(SETTLED_KEPT), "printed", mm=70)
    assert survivor.settled("19") is None
    assert len(path.read_text().splitlines()) == SETTLED_KEPT


def test_what_may_be_on_paper_is_remembered_and_what_never_left_is_not(path: Path) -> None:
    before = Journal(path)
    before.claimed("held")
    before.claimed("torn")
    before.first_byte("torn", 50)
    journal = Journal(path)
    for report in journal.left_behind():
        journal.reported(report.job)
    assert Journal(path).settled("torn") == JobReport("torn", "doubtful", "agent_died_printing", mm=50)
    assert Journal(path).settled("held") is None


def test_an_earlier_attempt_does_not_speak_for_a_later_one(path: Path) -> None:
    """The disk is so full that what is settled cannot be taken out, and yet takes one more line."""
    journal = Journal(path)
    in_the_way = path.with_name(path.name + ".new")
    in_the_way.mkdir()
    journal.claimed("a")
    journal.outcome(JobReport("a", "held", "paper_out"))
    journal.reported("a")
    journal.claimed("a")
    assert [r.reason for r in Journal(path).left_behind()] == ["agent_died_before_printing"]
    journal.first_byte("a")
    in_the_way.rmdir()
    assert [r.state for r in Journal(path).left_behind()] == ["doubtful"]


def test_the_paper_that_a_slip_takes_is_known_after_a_death(path: Path) -> None:
    journal = Journal(path)
    journal.claimed("a")
    journal.first_byte("a", 108)
    assert Journal(path).left_behind() == [JobReport("a", "doubtful", "agent_died_printing", mm=108)]
    assert Journal(path).left_behind() == [JobReport("a", "doubtful", "agent_died_printing", mm=108)]


def test_a_journal_of_an_older_program_is_understood(path: Path) -> None:
    path.write_text('{"job": "a", "step": "claimed"}\n{"job": "a", "step": "first_byte"}\n')
    assert Journal(path).left_behind() == [JobReport("a", "doubtful", "agent_died_printing")]


def test_a_disk_that_takes_nothing_stops_the_next_step_and_loses_no_outcome(tmp_path: Path) -> None:
    folder, away = tmp_path / "card", tmp_path / "away"
    folder.mkdir()
    journal = Journal(folder / "agent.journal")
    journal.claimed("a")
    journal.first_byte("a", 50)
    folder.rename(away)
    with pytest.raises(OSError, match=r"agent\.journal"):
        journal.claimed("b")
    with pytest.raises(OSError, match=r"agent\.journal"):
        journal.first_byte("b")
    printed = JobReport("a", "printed", mm=50)
    journal.outcome(printed)
    assert journal.unreported() == [printed]
    journal.reported("a")
    assert journal.unreported() == []
    away.rename(folder)
    # What is on disk is the worse story; the hub, which heard the better one, does not believe it.
    assert Journal(folder / "agent.journal").left_behind()[0].state == "doubtful"


def test_a_journal_that_cannot_be_made_stops_no_agent(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "nowhere" / "agent.journal")
    assert journal.left_behind() == []
    with pytest.raises(OSError, match=r"agent\.journal"):
        journal.claimed("a")


def test_a_slip_that_may_be_torn_is_remembered_until_the_next_one(tmp_path) -> None:
    path = tmp_path / "agent.journal"
    journal = Journal(path)
    assert not journal.ended_in_doubt()
    for state, torn in (("doubtful", True), ("printed", False)):
        journal.claimed(state)
        journal.first_byte(state, 90)
        journal.outcome(JobReport(state, state, mm=90))
        assert journal.ended_in_doubt() is torn
        journal.reported(state)
        assert Journal(path).ended_in_doubt() is torn
