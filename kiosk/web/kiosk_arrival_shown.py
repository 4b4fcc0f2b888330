"""Somebody at the kiosk who gets no number now: too early, or every dose is spoken for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue

from kiosk import protocols
from kiosk.actions import arriving, help_calls, scanning, slips
from kiosk.errors import Refusal
from kiosk.rules.arrival import When
from kiosk.rules.words import HelpReason, SlipKind
from kiosk.store import families, print_jobs, rosters, scans
from kiosk.store.clinic_days import find_open
from kiosk.web import kiosk_shown, shown


def url(name: str, scan_id: str, **facts: Any) -> str:
    """The address of one of the screens between card and number."""
    return url_for(f"arrival.{name}", station=g.actor.station, id=scan_id, **facts)


def turned_away(scan: scans.Scan, ticked: Sequence[str], key: str) -> ResponseReturnValue | None:
    """Before the questions: to the screen that says why there is no number now; None for whoever may go on."""
    try:
        arriving.require_admission(g.now, scan, ticked, shown.clock().local(g.now.at))
    except Refusal as refusal:
        return turn_away(refusal, scan, ticked, key)
    return None


def turn_away(refusal: Refusal, scan: scans.Scan, ticked: Sequence[str], key: str) -> ResponseReturnValue:
    """Prints when to come back, or rings at the desk; then that screen. Any other refusal is raised again."""
    if refusal.code == "doses_spoken_for":
        help_calls.call_help(g.actor, g.now, f"{key}:no-dose", HelpReason.NO_DOSE, scan.id)
        return redirect(url("no_dose", scan.id), 303)
    if refusal.code != "too_early":
        raise refusal
    local = shown.clock().local(g.now.at)
    for id in ticked or [scan.person_id or ""]:
        # Printed before: a further one is a reprint, and the desk's.
        with suppress(Refusal):
            slips.print_comeback(g.actor, g.now, f"{key}:{id[:8]}", id, local, g.language)
    return redirect(url("early", scan.id, member=list(ticked)), 303)


def early_screen(scan: scans.Scan, ticked: Sequence[str]) -> ResponseReturnValue:
    """When to come back. Whoever's time has come meanwhile is asked again who they are."""
    entry = _early_entry(scan, ticked)
    if entry is None or entry.slot_from is None:
        return kiosk_shown.scanned_screen(scan)
    you, until = kiosk_shown.you(scanning.identity_of(scan)), entry.slot_until
    slot = f"{entry.slot_from:%H:%M}–{until:%H:%M}" if until else f"{entry.slot_from:%H:%M}"
    from_minutes = max(0, entry.slot_from.hour * 60 + entry.slot_from.minute - protocols.queue().early_minutes)
    return _screen(
        scan, "early", "clock", kiosk_shown.say("kiosk.early", you=you, slot=slot),
        kiosk_shown.say("kiosk.early.more", you=you, time=f"{from_minutes // 60:02d}:{from_minutes % 60:02d}"),
        _paper(scan, print_jobs.find_newest(entry.id, SlipKind.COMEBACK)), HelpReason.ASKED, ticked,
    )  # fmt: skip


def _paper(scan: scans.Scan, job: print_jobs.PrintJob | None) -> str:
    """The paper that this scan put in the printer's line; of an earlier one, that it was printed, and when."""
    state = kiosk_shown.job_state(job)
    if job is not None and state == "printed" and job.queued_at < scan.at:
        return kiosk_shown.say("kiosk.early.paper_before", time=shown.at(job.settled_at or job.queued_at))
    return kiosk_shown.say("kiosk.early.paper" if state in ("printing", "printed") else "kiosk.early.no_paper")


def _early_entry(scan: scans.Scan, ticked: Sequence[str]) -> rosters.RosterEntry | None:
    """The first row of today's list by which those of the family who are `ticked` are early, or else the holder."""
    day = find_open()
    if day is None or scan.person_id is None:
        return None
    family = families.find(scan.person_id, day)
    wanted = set(ticked) or {family.holder.person.id}
    found = [rosters.find_entry(one.person.id, day.on) for one in family.together
             if one.person.id in wanted and one.visit is None]  # fmt: skip
    local = shown.clock().local(g.now.at)
    early = [one for one in found if one and one.slot_from and arriving.when(one, local) is When.EARLY]
    return min(early, key=lambda one: one.slot_from or local.time()) if early else None


def no_dose_screen(scan: scans.Scan) -> ResponseReturnValue:
    """Every dose is spoken for; a volunteer is on the way."""
    you = kiosk_shown.you(scanning.identity_of(scan))
    return _screen(
        scan, "no_dose", "hourglass", kiosk_shown.say("kiosk.no_dose", you=you),
        kiosk_shown.say("kiosk.no_dose.more", you=you), kiosk_shown.say("kiosk.no_dose.called", you=you),
        HelpReason.NO_DOSE,
    )  # fmt: skip


def _screen(
    scan: scans.Scan, name: str, sign: str, sentence: str, more: str, done: str, reason: HelpReason,
    ticked: Sequence[str] = (),
) -> ResponseReturnValue:  # fmt: skip
    return kiosk_shown.show(
        "turned_away", kiosk_shown.say(f"kiosk.{name}.title"), url(name, scan.id, member=list(ticked)), sign=sign,
        sentence=sentence, more=more, done=done, drop_url=kiosk_shown.url("drop", id=scan.id),
        newer_url=kiosk_shown.url("home", shown=scan.id),
        help_facts={"reason": reason, "scan": scan.id},
    )  # fmt: skip
