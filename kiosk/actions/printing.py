"""Paper: what agents say of it, and what a volunteer decides where they cannot know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from kiosk import protocols, wording
from kiosk.actions.act import act
from kiosk.actions.help_calls import ring
from kiosk.errors import NotFound, Refusal
from kiosk.rules import printing, slips
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import HelpReason, PrintState, SlipKind
from kiosk.store import audit, clinic_days, doses, heartbeats, pairings, print_jobs, rolls, stations, topics, visits
from kiosk.store.columns import record

# Why a slip is doubtful that its printer called printed.
NOT_SEEN = "not_seen"
# What these papers are about is one dose; of the others it is the visit, the vial …
OF_A_DOSE = (SlipKind.PROVISIONAL, SlipKind.CERTIFICATE)


@act
def claim_job(by: Actor, now: Moment, run: str) -> str | None:
    """The agent takes the oldest slip of its printer; returns its id, or None when there is none.

    An agent prints one slip at a time: one that it already has was given in an answer that never arrived, and one that
    another run has is in nobody's hands (a restored database, or its agent died before its claim was heard).
    """
    taken = print_jobs.list_sending(by.station)
    for other in taken:
        if other.run != run:
            _move(other, now, PrintState.DOUBTFUL, "agent_restarted")
    job = next((mine for mine in taken if mine.run == run), None)
    if job is None:
        job = print_jobs.claim(by.station, run, now.at, protocols.slips().called)
    audit.add(by, now, "slip.claimed", job.id if job else "")
    return job.id if job else None


@act
def settle_job(by: Actor, now: Moment, id: str, outcome: str, reason: str, fault: str = "", mm: int = 0) -> str:
    """The agent says what became of a slip; returns the state.

    `fault`: what stopped the printer on the way; `mm`: the paper that the slip took, counted off its roll.
    Raises NotFound, Refusal `print_settled`, `print_outcome_odd`.
    """
    job = print_jobs.get(id)
    if job.station != by.station:
        raise NotFound("print job")
    if outcome not in printing.OUTCOMES:
        raise Refusal("print_outcome_odd")
    if printing.require_outcome(job.stands, PrintState(outcome)):
        _move(job, now, _or_void(job, PrintState(outcome)), reason)
        if outcome != PrintState.HELD:  # what was held lived through nothing: no byte of it had left
            job.fault = fault or job.fault
        _count_paper(job, now, fault, mm)
    audit.add(by, now, f"slip.{job.state}", job.id, reason=reason, fault=fault)
    return job.state


def _count_paper(job: print_jobs.PrintJob, now: Moment, fault: str, mm: int) -> None:
    """Takes a slip's paper off the roll, once, whatever is said of the slip later."""
    if fault == "paper_out":
        rolls.end(job.station)
    if mm > job.mm:
        fed = mm - job.mm if job.mm else mm + protocols.slips().feed_mm
        rolls.put(job.station, now.at).mm += fed
        job.mm = mm


@act
def change_roll(by: Actor, now: Moment, station: str) -> str:
    """A person has put a new roll into this station's printer; returns the station. Raises NotFound."""
    code = stations.get(station).code
    rolls.end(code)
    rolls.put(code, now.at)
    audit.add(by, now, "roll.changed", code)
    topics.touch(topics.DESK)
    return code


@act
def begin_run(by: Actor, now: Moment, run: str, known: list[str]) -> int:
    """A new agent begins: slips that its forerunner took and its journal does not name are doubtful.

    Returns how many.
    """
    lost = [job for job in print_jobs.list_sending(by.station) if job.id not in known]
    for job in lost:
        _move(job, now, PrintState.DOUBTFUL, "agent_restarted")
    audit.add(by, now, "agent.started", run, doubtful=len(lost))
    return len(lost)


@act
def confirm_paper(by: Actor, now: Moment, id: str) -> str:
    """A person has seen that the doubtful paper came out; returns the id of what it tells of.

    Raises NotFound, Refusal `print_settled`.
    """
    job = print_jobs.get(id)
    if job.stands is not PrintState.DOUBTFUL and not is_forsaken(job, now):
        raise Refusal("print_settled", state=job.state)
    _move(job, now, PrintState.PRINTED, "seen")
    audit.add(by, now, "slip.printed", job.id, reason="seen")
    return job.about


@act
def void_slip(by: Actor, now: Moment, id: str) -> str:
    """A person says that a slip which waits, or may have come out, is needed no more.

    Returns the id of what it tells of. Raises NotFound, Refusal `print_settled`, and `print_sending` while it is in a
    printer's hands.
    """
    job = print_jobs.get(id)
    printing.require_void(job.stands, forsaken=is_forsaken(job, now))
    _move(job, now, PrintState.VOID, "dropped")
    audit.add(by, now, "slip.void", job.id, reason="dropped")
    return job.about


@act
def print_anyway(by: Actor, now: Moment, id: str) -> str:
    """A person wants a slip although its time has passed: it is printed as soon as its printer can.

    Returns the id of what it tells of. Raises NotFound, Refusal `print_settled`.
    """
    job = print_jobs.get(id)
    if job.stands not in printing.CLAIMABLE:
        raise Refusal("print_settled", state=job.state)
    job.useful_until = None
    audit.add(by, now, "slip.wanted", job.id)
    topics.touch(topics.DESK)
    return job.about


@act
def report_no_paper(by: Actor, now: Moment, visit_id: str) -> str:
    """The person at the kiosk says that no paper came: the slip is doubtful, the desk rings; returns the call's id."""
    job = print_jobs.find_newest(visits.get(visit_id).id, SlipKind.TICKET)
    if job is not None and job.stands in (PrintState.PRINTED, PrintState.SENT, PrintState.DOUBTFUL):
        _move(job, now, PrintState.DOUBTFUL, NOT_SEEN)
    audit.add(by, now, "slip.missed", job.id if job else "")
    return ring(by, now, HelpReason.NO_PAPER, visit_id=visit_id)


@act
def reprint(by: Actor, now: Moment, about: str, slip: str = SlipKind.TICKET) -> str:
    """Prints the slip of this kind about this again: same words, number and token, marked as a reprint.

    Returns the new job's id.
    One that still waits for a printer is taken out of its line. Raises NotFound, and Refusal `print_waiting` while the
    last one is in a printer's hands: a second would be a double. A status slip is not printed again (`slip_not_again`):
    it may hold a pairing code; nor is what tells of a dose that was taken back (`slip_of_void_dose`).
    """
    if slip == SlipKind.STATUS:
        raise Refusal("slip_not_again")
    if slip in OF_A_DOSE and doses.get(about).voided_at is not None:
        raise Refusal("slip_of_void_dose")
    copies = print_jobs.list_copies(about, slip)
    if not copies:
        raise NotFound("print job")
    first, last = copies[0], copies[-1]
    if last.stands is PrintState.SENDING and not is_forsaken(last, now):
        raise Refusal("print_waiting")
    mark = wording.say("slip.reprint", first.language, copy=last.copy)
    # What never left is taken out of a line that does not move.
    last.state = PrintState.VOID if last.stands in printing.CLAIMABLE else PrintState.REPRINTED
    last.settled_at = last.settled_at or now.at
    useful_until = now.at + protocols.slips().useful if last.slip == SlipKind.TICKET else None
    job = _queue(
        now, about=about, slip=last.slip, copy=last.copy + 1, label=last.label, language=first.language,
        station=stations.get(by.station).prints_at if by.station else last.station, visit_id=last.visit_id,
        useful_until=useful_until,
        blocks=slips.to_json(slips.as_reprint(slips.from_json(first.blocks), mark)),
    )  # fmt: skip
    audit.add(by, now, "slip.reprinted", job.id, copy=job.copy)
    topics.touch(topics.DESK)
    return job.id


def void_queued(about: str, slip: SlipKind, now: Moment) -> None:
    """Within an act: what this slip tells of is no longer so, and what has not left for a printer does not."""
    for job in print_jobs.list_copies(about, slip):
        if job.stands in printing.CLAIMABLE:
            _move(job, now, PrintState.VOID, "taken_back")


def queue_slip(
    by: Actor, now: Moment, slip: SlipKind, blocks: Iterable[slips.Block], *, about: str, label: str, language: str,
    visit_id: str | None = None, useful: timedelta | None = None, station: str = "",
) -> print_jobs.PrintJob:  # fmt: skip
    """Puts a worded slip in a printer's line: the one at `station`, or else the one that serves where `by` acts.

    For other actions, inside their transaction. `label`: how people call it. `useful`: after so long a person is asked
    before it is printed.
    """
    job = _queue(
        now, about=about, slip=slip, copy=len(print_jobs.list_copies(about, slip)) + 1, label=label,
        language=language, station=station or stations.get(by.station).prints_at, visit_id=visit_id,
        blocks=slips.to_json(blocks), useful_until=now.at + useful if useful else None,
    )  # fmt: skip
    audit.add(by, now, "slip.worded", job.id, slip=slip, about=about)
    topics.touch(topics.DESK)
    return job


def queue_visit_slip(
    by: Actor, now: Moment, slip: SlipKind, blocks: Iterable[slips.Block], visit: visits.Visit,
    useful: timedelta | None = None, about: str = "",
) -> print_jobs.PrintJob:  # fmt: skip
    """As `queue_slip`, for the printer that serves where `by` acts: a slip of this visit, or `about` its dose."""
    topics.touch(topics.table(by.station))
    return queue_slip(
        by, now, slip, blocks, about=about or visit.id, label=visit.label, language=visit.language, visit_id=visit.id,
        useful=useful,
    )  # fmt: skip


def _queue(now: Moment, **facts: Any) -> print_jobs.PrintJob:
    job = print_jobs.PrintJob(state=PrintState.QUEUED, queued_at=now.at, **facts)
    return record(job, now)


def _or_void(job: print_jobs.PrintJob, outcome: PrintState) -> PrintState:
    """A slip that never left its printer is of no use once its day is closed: it must not print tomorrow."""
    day = clinic_days.find_open()
    over = job.visit_id is not None and (day is None or visits.get(job.visit_id).clinic_day_id != day.id)
    return PrintState.VOID if over and outcome is PrintState.HELD else outcome


def is_forsaken(job: print_jobs.PrintJob, now: Moment) -> bool:
    """Is this slip in the hands of an agent that has fallen silent?"""
    if job.stands is not PrintState.SENDING:
        return False  # it is in nobody's hands: no agent needs to be asked for
    beat = heartbeats.find(job.station)
    return printing.is_forsaken(job.stands, beat.at if beat else job.queued_at, now.at)


def _move(job: print_jobs.PrintJob, now: Moment, state: PrintState, reason: str) -> None:
    job.state, job.reason = state, reason
    job.settled_at = now.at if state in printing.FINISHED else None
    if job.settled_at and job.slip == SlipKind.STATUS:
        job.blocks = []  # it may hold a pairing code, of which the house keeps only the hash
        if state is PrintState.VOID:
            pairings.revoke_code(job.about, now.at)  # wherever that paper is, nobody waits for it
    topics.touch(topics.DESK)
