"""What the kiosk's screens show: one screen alone or within its page, who somebody is, where their number stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import current_app, g, make_response, render_template, session, url_for
from flask.typing import ResponseReturnValue
from htmx_flask import request

from kiosk import protocols, wording
from kiosk.actions import arriving, printing, queueing, scanning
from kiosk.actions.approving import word_of_call
from kiosk.actions.day import find_day
from kiosk.errors import NotFound
from kiosk.rules import person
from kiosk.rules.arrival import When
from kiosk.rules.printing import CLAIMABLE
from kiosk.rules.words import CodeKind, HelpReason, PrintState, ScanOutcome, SlipKind, VisitState
from kiosk.store import heartbeats, print_jobs, rosters, scans, topics, visits
from kiosk.web import kiosk_family, kiosk_where, shown, tickets_shown
from kiosk.web.gate import KIOSK_LANGUAGE

RETURN_SECONDS = 45
PAPER_LATE = timedelta(seconds=20)
# Codes that are nobody's, and are named to whoever holds them up.
NOBODYS = (CodeKind.BADGE, CodeKind.VIAL_LABEL, CodeKind.PACK, CodeKind.LINK)
# Whoever has a number; of an absent person's ticket, that they are back in the line.
HAS_NUMBER = (ScanOutcome.CHECKED_IN, ScanOutcome.BACK)
LAPSES_AT = "kiosk_language_lapses_at"


def url(name: str, **facts: Any) -> str:
    """The address of one of this kiosk's pages."""
    return url_for(f"kiosk.{name}", station=g.actor.station, **facts)


def show(screen: str, title: str, address: str | None, status: int = 200, **needs: Any) -> ResponseReturnValue:
    """One screen: alone for htmx (which then shows `address` as the page's), else within its page."""
    needs = {
        "help_url": url("call_help"),
        "help_key": str(uuid4()),
        "language_url": url("choose_language"),
        "language_facts": {"back": address or url("home")},
        "home_url": url("home"),
        "events_url": url_for("events.stream", topic=topics.kiosk(g.actor.station)),
        "seconds": RETURN_SECONDS,
        "act_key": str(uuid4()),
        "help_facts": {},
    } | needs
    if not request.htmx:
        return render_template("pages/kiosk/screen.html", screen=screen, screen_title=title, **needs), status
    response = make_response(render_template(f"partials/kiosk/{screen}.html", **needs), status)
    if address:
        response.headers["HX-Push-Url"] = address
    return response


def say(code: str, **facts: object) -> str:
    """The sentence in this page's language."""
    return wording.say(code, g.language, **facts)


def speak(language: str, *, at_start: bool) -> None:
    """Goes on in this language: from the start screen until somebody comes or it lapses, else to the person's end."""
    if language not in wording.LANGUAGES:
        return
    g.language = session[KIOSK_LANGUAGE] = language
    session[LAPSES_AT] = g.now.at.timestamp() + RETURN_SECONDS if at_start else 0


def forget_language() -> None:
    """The screen is back at its start: whoever chose a language is gone, unless they have chosen it just here."""
    if session.get(LAPSES_AT, 0) < g.now.at.timestamp():
        leave_language()


def leave_language() -> None:
    """The next person is spoken to in the site's language."""
    if KIOSK_LANGUAGE in session:
        del session[KIOSK_LANGUAGE], session[LAPSES_AT]
    g.language = current_app.config["SETTINGS"].site.language


def you(identity: person.Identity | None) -> str:
    """How to address this person; a pronounless sentence is used while the birth year is unknown."""
    if g.language != "vi":
        return "you"
    if identity is None:
        return ""
    return person.address(protocols.pronouns(), identity.born_year, identity.sex, g.now.on.year)


def scanned_screen(scan: scans.Scan, refusal: str | None = None) -> ResponseReturnValue:
    """Is this you, and who came with you? Or the number that this person already has; or what kind of code this was.

    `refusal`: why the answer to that was not taken.
    """
    family = kiosk_family.of_card(scan)
    if scan.outcome in HAS_NUMBER and scan.visit_id and not family:
        return number_screen(visits.get(scan.visit_id))
    identity = scanning.identity_of(scan)
    if identity is None or scan.outcome in (ScanOutcome.NO_CLINIC_DAY, ScanOutcome.INCOMPLETE):
        sentence, way_out = _unusable(scan)
        return show(
            "unknown_code", say("kiosk.unknown.title"), url("scanned", id=scan.id), sentence=sentence, way_out=way_out,
            drop_url=url("drop", id=scan.id), newer_url=url("home", shown=scan.id),
            help_facts={"reason": HelpReason.UNKNOWN_CODE, "scan": scan.id},
        )  # fmt: skip
    listed = scan.outcome == ScanOutcome.ROSTERED or bool(family) or _is_called(scan)
    tone, sentence = _listed(scan, you(identity))
    return show(
        "person", say("kiosk.person.title"), url("scanned", id=scan.id), 422 if refusal else 200,
        you=you(identity), person=_masked(identity), listed="right" if listed else "look", tone=tone,
        listed_sentence=sentence, family=family, refusal=refusal,
        document=say("kiosk.person.read", document=say(f"code.{scan.kind}")),
        confirm_url=url_for("arrival.answer", station=g.actor.station, id=scan.id) if listed else url("call_help"),
        deny_url=url("drop", id=scan.id), newer_url=url("home", shown=scan.id),
        help_facts={"reason": HelpReason.ASKED if listed else HelpReason.NOT_ROSTERED, "scan": scan.id},
    )  # fmt: skip


def _unusable(scan: scans.Scan) -> tuple[str, str]:
    """What is said of a code that leads to nobody, and what to do now."""
    if scan.outcome == ScanOutcome.OTHER_DAY:
        said = tickets_shown.of(scan)
        return said["sentence"], said["more"]
    words = _word_of(scan)
    sentence = say(f"kiosk.unknown.{words}", document=say(f"code.{scan.kind}"))
    return sentence, say(f"kiosk.unknown.{words}.way_out")


def _word_of(scan: scans.Scan) -> str:
    """By its outcome, and by its kind where that has a word of its own."""
    if scan.outcome == ScanOutcome.INCOMPLETE:
        return "keyed_incomplete" if scan.keyed else scan.outcome
    if scan.outcome in (ScanOutcome.UNKNOWN_TICKET, ScanOutcome.NO_CLINIC_DAY):
        return scan.outcome
    if scan.kind in NOBODYS:
        return scan.kind
    return "keyed" if scan.keyed else ScanOutcome.UNKNOWN_CODE


def _masked(identity: person.Identity) -> dict[str, str]:
    return {
        "name": person.masked_name(identity.name),
        "born": str(identity.born_year or ""),
        "sex": say(f"sex.{identity.sex}"),
        "number": person.masked_number(identity.number),
    }


def _is_called(scan: scans.Scan) -> bool:
    """Was this person called for a dose that is left over, and let in by that call?"""
    day = find_day(g.now)
    return bool(day and scan.person_id and word_of_call(day.id, scan.person_id, g.language))


def _listed(scan: scans.Scan, you: str) -> tuple[str, str]:
    """How this person is expected today: colour and sentence."""
    entry = rosters.find_entry(scan.person_id, g.now.on) if scan.person_id else None
    if scan.outcome in HAS_NUMBER and scan.visit_id:
        return "right", say("family.kiosk.has_number", you=you, number=visits.get(scan.visit_id).label)
    if entry is not None and entry.approved and scan.outcome == ScanOutcome.ROSTERED:
        return _slotted(entry, you)
    if _is_called(scan):
        return "right", say("kiosk.person.called", you=you)
    if scan.outcome == ScanOutcome.ROSTERED:
        return "right", say("family.kiosk.brings", you=you)
    return "look", say("kiosk.person.not_listed", you=you)


def _slotted(entry: rosters.RosterEntry, you: str) -> tuple[str, str]:
    if entry.slot_from is None or entry.slot_until is None:
        return "right", say("kiosk.person.listed", you=you)
    slot = f"{entry.slot_from:%H:%M}–{entry.slot_until:%H:%M}"
    if arriving.when(entry, shown.clock().local(g.now.at)) is When.LATE:
        return "wait", say(f"kiosk.person.late.{protocols.queue().late}", you=you, slot=slot)
    return "right", say("kiosk.person.listed_slot", you=you, slot=slot)


def visit_here(id: str) -> visits.Visit:
    """A visit that was scanned or checked in at this screen a moment ago. Raises NotFound for any other."""
    scan = scans.find_visit(g.actor.station, id, g.now.at - scanning.USABLE)
    if scan is None or scan.outcome == ScanOutcome.OTHER_DAY:
        raise NotFound("visit")
    return visits.get(id)


def number_screen(visit: visits.Visit) -> ResponseReturnValue:
    """The number, where to wait and how long, and the paper."""
    return show(
        "number", say("kiosk.number.title"), url("number", id=visit.id),
        you=you(visit.person.identity), number=visit.label, ahead=queueing.count_ahead(visit),
        where=kiosk_where.sentence(visit, you(visit.person.identity)),
        spot=visit.spot if visit.stands is VisitState.WAITING else None,
        waiting=visit.stands is VisitState.WAITING, elsewhere=visit.stands in kiosk_where.ELSEWHERE,
        attention=visit.attention, wait=kiosk_where.wait(visit),
        distance_metres=protocols.distance_m(), done_url=url("done", id=visit.id), **paper(visit),
        family=kiosk_family.numbers(visit),
        newer_url=url("home", visit=visit.id),
        help_facts={"reason": HelpReason.ASKED, "visit": visit.id},
    )  # fmt: skip


def paper(visit: visits.Visit) -> dict[str, Any]:
    """The visit's paper, and where the answers about it go."""
    return {
        "paper": paper_state(visit),
        "paper_url": url("paper", id=visit.id),
        "seen_url": url("paper_seen", id=visit.id),
        "no_paper_url": url("no_paper", id=visit.id),
    }


def paper_state(visit: visits.Visit) -> str:
    """`printing`, `printed`, `asked` (did it come out?), `late` (ask somebody) or `none` (this kiosk has no paper).

    Of a family's papers, which come out one after the other, the one that somebody must look at most.
    """
    states = {_paper_state(each) for each in kiosk_family.together(visit)}
    return next(state for state in ("asked", "late", "printing", "printed", "none") if state in states)


def missing_paper(visit: visits.Visit) -> visits.Visit:
    """Of the numbers that were given together, the first whose paper is not known to be out; else the visit itself."""
    those = kiosk_family.together(visit)
    return next((each for each in those if _paper_state(each) != "printed"), visit)


def _paper_state(visit: visits.Visit) -> str:
    return job_state(print_jobs.find_newest(visit.id, SlipKind.TICKET))


def job_state(job: print_jobs.PrintJob | None) -> str:
    """How this paper of the kiosk is, in the words of `paper_state`."""
    if job is None:
        return "none"
    if job.stands in (PrintState.PRINTED, PrintState.SENT):
        return "printed"
    if job.stands is PrintState.DOUBTFUL:
        return "late" if job.reason == printing.NOT_SEEN else "asked"
    if job.stands is PrintState.VOID:
        return "late"
    beat = heartbeats.find(job.station)
    idle = beat is None or beat.printer not in ("ready", "mute")
    waits = job.stands in CLAIMABLE and idle
    return "late" if waits or job.queued_at < g.now.at - PAPER_LATE else "printing"
