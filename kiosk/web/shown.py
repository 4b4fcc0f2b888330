"""What several staff pages show of people, declarations and papers, worded for the page."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g, request
from werkzeug.datastructures import MultiDict

from kiosk import protocols, wording
from kiosk.actions import printing
from kiosk.clock import Clock
from kiosk.errors import NotFound, Refusal
from kiosk.rules import declaration
from kiosk.rules.person import Identity, birth_text, full_years
from kiosk.rules.printing import FINISHED
from kiosk.rules.words import PrintState, SlipKind, VisitState
from kiosk.store import print_jobs, staff, stations, visits
from kiosk.web import refusals

Said = dict[str, list[str]]
PAPER_KINDS = {
    PrintState.PRINTED: "right", PrintState.SENT: "right", PrintState.DOUBTFUL: "look", PrintState.HELD: "look",
}  # fmt: skip


def say(code: str, **facts: object) -> str:
    """The sentence in this page's language."""
    return wording.say(code, g.language, **facts)


def clock() -> Clock:
    """The site's clock, for showing local times."""
    settings = current_app.config["SETTINGS"]
    return Clock(settings.site.time_zone, settings.clock_shift)


def asks_for(*partials: str) -> str | None:
    """The partial (its root's id) that htmx wants alone; None: the whole page."""
    if not request.headers.get("HX-Request") or request.headers.get("HX-History-Restore-Request"):
        return None
    wanted = request.headers.get("HX-Target", "")
    return wanted if wanted in partials else None


def stamp(*facts: object) -> str:
    """A few characters that change when these facts do. A partial that asks again says which ones it shows."""
    return hashlib.blake2s(repr(facts).encode(), digest_size=8).hexdigest()


def unchanged(address: str) -> bool:
    """A refresh by a page that shows just this already: nothing is sent, so that nothing moves under a finger.

    `address`: what the partial would ask for now, with its stamp.
    """
    return request.method == "GET" and request.full_path == address


def at(moment: datetime) -> str:
    """The time of day at the site."""
    return f"{clock().local(moment):%H:%M}"


def age(identity: Identity) -> int | None:
    """Age in whole years today; by the year alone where the date is not known."""
    if identity.born_on is not None:
        return full_years(identity.born_on, g.now.on)
    return int(g.now.on.year - identity.born_year) if identity.born_year else None


def who(identity: Identity) -> str:
    """`Nữ · 12/05/1958 (63 tuổi)`."""
    years = age(identity)
    parts = [say(f"station.sex.{identity.sex}"), birth_text(identity)]
    if years is not None:
        parts[1] = say("station.born_age", born=parts[1], n=years)
    return " · ".join(part for part in parts if part)


def declaration_groups(
    given: MultiDict[str, str] | None = None, refusals_: Mapping[str, str] | None = None, but: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The declaration's groups as the form shows them; `given` is what was ticked, nothing at first.

    `but`: groups that need not be asked.
    """
    given, said = given or MultiDict(), refusals_ or {}
    return [
        {
            "code": group.code,
            "title": group.question.label(g.language),
            "options": [(item.code, item.label(g.language)) for item in group.items],
            "ticked": given.getlist(f"answer-{group.code}"),
            "none": f"none-{group.code}" in given,
            "refusal": said.get(group.code),
        }
        for group in protocols.declaration().groups
        if group.code not in but
    ]


def read_declaration(given: MultiDict[str, str], but: Collection[str] = ()) -> tuple[Said, dict[str, str]]:
    """The answers, and a sentence for each group that has none that can be taken; `but`: as above."""
    answers: Said = {}
    wrong: dict[str, str] = {}
    for group in protocols.declaration().groups:
        if group.code in but:
            continue
        ticked, none = given.getlist(f"answer-{group.code}"), f"none-{group.code}" in given
        try:
            answers[group.code] = list(declaration.require_answer(group, ticked, none))
        except Refusal as refusal:
            wrong[refusal.field or group.code] = refusals.sentence(refusal)
    return answers, wrong


def declared(visit_id: str) -> list[tuple[str, list[str], bool]]:
    """What was ticked on arrival: (question, words, asks for attention); questions without a tick are left out."""
    row = visits.find_declaration(visit_id)
    shown = []
    for group in protocols.declaration().groups:
        ticked = row.answers.get(group.code, []) if row else []
        words = [item.label(g.language) for item in group.items if item.code in ticked]
        if words:
            shown.append((group.question.label(g.language), words, group.attention))
    return shown


def step(code: str) -> str:
    """A step's name."""
    return protocols.steps().get(code).label(g.language)


def where(visit: visits.Visit) -> str:
    """Where a visit stands, as a sentence: waiting for what, called to, served or seated where, or gone."""
    if visit.stands is VisitState.LEFT:
        return say("station.visit.left")
    if visit.stands is VisitState.HELD:
        return say("station.visit.held", why=held_for(visit))
    if visit.stands is VisitState.SEATED:
        return say("station.visit.seated", place=place(visit.station))
    if visit.stands is VisitState.WAITING:
        return say("station.visit.waiting", step=step(visit.step), zone=visit.zone)
    return say(f"station.visit.{visit.state}", place=place(visit.station))


def held_for(visit: visits.Visit) -> str:
    """Why somebody is out of the line: the reason that was given, or that they were called in vain."""
    reasons = {reason.code: reason.label(g.language) for reason in protocols.queue().hold}
    return reasons.get(visit.held_for) or say("table.held.absent", n=visit.no_shows)


def place(code: str) -> str:
    """A station's name, also of one that is no longer in use; its code where the site knows no name."""
    station = stations.find(code)
    return station.name(g.language) if station else code


def colleague(staff_id: str) -> str:
    """A colleague's name; somebody, where it was no member of staff."""
    try:
        return staff.get(staff_id).name
    except NotFound:  # the command line closed the day, and every call with it
        return say("desk.somebody")


def paper(job: print_jobs.PrintJob | None, obsolete: bool = False) -> dict[str, Any]:
    """A paper's state in words and colour, and what somebody has to say of it.

    `obsolete`: its time has passed. The ids under `doubtful`, `late` and `may_void` are there only where a person may
    answer; `asks` is the question, and `subject` what it is about.
    """
    if job is None:
        return {"kind": "", "words": say("station.paper.none"), "doubtful": None, "about": None, "may_reprint": False,
                "may_void": None, "late": None, "asks": ""}  # fmt: skip
    forsaken = printing.is_forsaken(job, g.now)
    state = PrintState.DOUBTFUL if forsaken else job.stands
    doubtful = state is PrintState.DOUBTFUL
    name = say(f"station.slip.{job.slip}")
    subject = f"{name} {job.label}".strip()
    return {
        "kind": "look" if obsolete else PAPER_KINDS.get(state, ""),
        "words": _fate(state, job.fault),
        "slip": job.slip,
        "name": name,
        "subject": subject,
        "nth": job.copy,
        "label": job.label,
        "at": job.queued_at,
        "about": job.about,
        "doubtful": job.id if doubtful else None,
        "late": job.id if obsolete else None,
        "may_void": job.id if state not in (*FINISHED, PrintState.SENDING) else None,
        "may_reprint": state not in (PrintState.SENDING, PrintState.REPRINTED) and job.slip != SlipKind.STATUS,
        "asks": _question(job, subject, doubtful=doubtful, obsolete=obsolete),
    }


def _fate(state: PrintState, fault: str) -> str:
    """The state, and what it lived through."""
    words = say(f"station.paper.{state}")
    return f"{words} · {say(f'station.fault.{fault}')}" if fault and state is not PrintState.HELD else words


def _question(job: print_jobs.PrintJob, subject: str, *, doubtful: bool, obsolete: bool) -> str:
    """Did it come out? Or, where its number was called or its time has passed: is it wanted all the same? Else ""."""
    if doubtful:
        return say("station.paper.asks.out", subject=subject)
    if not obsolete:
        return ""
    if job.useful_until and job.useful_until >= g.now.at:
        return say("station.paper.asks.called", subject=subject)
    minutes = max(0, (g.now.at - job.queued_at) // timedelta(minutes=1))
    return say("station.paper.asks.late", subject=subject, n=minutes)
