"""What the desk shows beside its forms: calls, papers, people found; and how its walk-in form is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import g, url_for

from kiosk import protocols
from kiosk.actions import printing, scanning
from kiosk.errors import NotFound
from kiosk.rules.printing import UNSETTLED
from kiosk.rules.words import DocumentKind, HelpReason, PrintState, SlipKind
from kiosk.store import acts, clinic_days, observations, openings, people, print_jobs, scans, visits
from kiosk.store import help_calls as calls
from kiosk.web import shown

NEWEST = 8
# So many of its papers each list of the page shows; it counts the others.
SHOWN = 10
FOUND_FOR = timedelta(minutes=30)
TAKEN_FOR = timedelta(minutes=10)


def url(name: str, **facts: Any) -> str:
    """The address of one of the desk's pages."""
    return url_for(f"desk.{name}", station=g.actor.station, **facts)


def help_rings(mine: str | None = None) -> dict[str, Any]:
    """Who rings, oldest call first; and the call that this volunteer wanted to take a moment ago (`mine`, its id)."""
    waiting = calls.list_open()
    since = [(call.id, (g.now.at - call.at) // timedelta(minutes=1)) for call in waiting]
    taken = taken_call(mine)
    return {
        "calls": [
            {
                "id": call.id,
                "place": shown.place(call.station),
                "reason": _reason(call),
                "at": call.at,
                "take_url": url("take_call", id=call.id),
                "open_url": url("open_call", id=call.id) if _leads_somewhere(call) else None,
                "key": str(uuid4()),
            }
            for call in waiting
        ],
        "taken": taken,
        "calls_url": url("page", call=mine if taken else None, stamp=shown.stamp(since, taken is not None)),
    }


def _reason(call: calls.HelpCall) -> str:
    seated = observations.find(call.visit_id) if call.visit_id else None
    if seated is not None and call.reason == HelpReason.UNWELL:
        return shown.say("desk.reason.unwell_seated", seat=seated.seat)
    return shown.say(f"desk.reason.{call.reason}")


def _leads_somewhere(call: calls.HelpCall) -> bool:
    return bool(call.visit_id) or bool(call.scan_id and scanning.identity_of(scans.get(call.scan_id)))


def papers(refusal: str | None = None) -> dict[str, Any]:
    """Papers that somebody must answer for, papers on their way, and the newest numbers."""
    day = clinic_days.find_open()
    newest = visits.list_newest(day.id, NEWEST) if day else []
    mine = print_jobs.list_unsettled(UNSETTLED, day.id if day else None)
    late = _late(mine)
    asking = {job.id for job in mine if job.id in late or _is_doubtful(job)}
    waiting = [job for job in mine if job.id not in asking]
    tickets = {visit.id: print_jobs.find_newest(visit.id, SlipKind.TICKET) for visit in newest}
    fates = {each["about"]: each for each in _shown([job for job in tickets.values() if job])}
    asked = _first([job for job in mine if job.id in asking], late)
    # A ticket that stands among the newest numbers is not said twice.
    others = _first([job for job in waiting if job.slip != SlipKind.TICKET or job.about not in tickets], late)
    return {
        "asked": asked,
        "waiting": len(waiting),
        "others": others,
        "newest": [(visit, fates.get(visit.id) or shown.paper(None)) for visit in newest],
        "papers_refusal": refusal,
        "papers_url": url("page", stamp=shown.stamp(asked, others, len(waiting), list(tickets), fates, refusal)),
        **paper_urls(),
    }


def _shown(jobs: Sequence[print_jobs.PrintJob]) -> list[dict[str, Any]]:
    late = _late(jobs)
    return [shown.paper(job, job.id in late) for job in jobs]


def _first(jobs: Sequence[print_jobs.PrintJob], late: set[str]) -> list[Any]:
    """The first as the page shows them; of the others, which it only counts, the ids."""
    return [*(shown.paper(job, job.id in late) for job in jobs[:SHOWN]), *(job.id for job in jobs[SHOWN:])]


def _late(jobs: Sequence[print_jobs.PrintJob]) -> set[str]:
    return print_jobs.list_obsolete([job.id for job in jobs], g.now.at, protocols.slips().called)


def _is_doubtful(job: print_jobs.PrintJob) -> bool:
    return job.stands is PrintState.DOUBTFUL or printing.is_forsaken(job, g.now)


def paper_urls() -> dict[str, Callable[[str], str]]:
    """Where the answers about a paper go: by its id, and by what it tells of."""

    def to(act: str) -> Callable[[str], str]:
        return lambda id: url_for(f"papers.{act}", station=g.actor.station, id=id)

    return {
        "seen_url": to("confirm"),
        "void_url": to("void"),
        "anyway_url": to("print_anyway"),
        "reprint_url": to("reprint"),
    }


def result_of(key: str | None, name: str) -> Any:
    """The result of an act that this member of staff did a moment ago, or None."""
    act = acts.find(key) if key else None
    known = act is not None and act.name == name and act.by == g.actor.id and act.at >= g.now.at - FOUND_FOR
    return act.result if act and known else None


def taken_call(id: str | None) -> dict[str, Any] | None:
    """A call that was taken a moment ago: by this member of staff, or by the colleague whom `by` names."""
    call = calls.get(id) if id else None
    if call is None or call.taken_at is None or call.taken_at < g.now.at - TAKEN_FOR:
        return None
    mine = call.taken_by == g.actor.id
    return {
        "place": shown.place(call.station),
        "reason": _reason(call),
        "by": None if mine else shown.colleague(call.taken_by),
        "open_url": url("open_call", id=call.id) if mine and _leads_somewhere(call) else None,
        "key": str(uuid4()),
    }


def require_opened(id: str) -> people.Person:
    """Somebody whom this session has opened. Raises NotFound for anybody else."""
    if not openings.may_read(g.actor.session, id):
        raise NotFound("person")
    return people.get(id)


def document(row: people.Person) -> str:
    """What somebody without a personal number has shown, and its number; "" for everybody else."""
    if row.number or row.document not in (DocumentKind.OLD_CARD, DocumentKind.PASSPORT):
        return ""
    words = [shown.say(f"desk.document.{row.document}"), row.document_number, row.nationality]
    return " · ".join(word for word in words if word)


def slips(person_id: str, refusal: str | None = None) -> dict[str, Any]:
    """The papers of somebody's visit today, and where that visit stands."""
    day = clinic_days.find_open()
    visit = visits.find(day.id, person_id) if day else None
    jobs, where = (print_jobs.list_of(visit.id), shown.where(visit)) if visit else ([], "")
    newest = {job.slip: job.id for job in jobs}
    papers = [each | {"newest": newest[job.slip] == job.id} for job, each in zip(jobs, _shown(jobs), strict=True)]
    return {
        "slips": papers,
        "where": where,
        "slips_refusal": refusal,
        "slips_url": url("person", id=person_id, stamp=shown.stamp(papers, where, refusal)),
        "slips_person": person_id,
        **paper_urls(),
    }
