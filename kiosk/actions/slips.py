"""Slips that tell of a whole clinic day, or of somebody who came before their time."""

from __future__ import annotations

from datetime import datetime

from kiosk import protocols, wording
from kiosk.actions import queue_report
from kiosk.actions.act import act
from kiosk.actions.printers import SOON, get_printer
from kiosk.actions.printing import queue_slip
from kiosk.errors import NotFound, Refusal
from kiosk.rules import report, slips
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import address, masked_name
from kiosk.rules.words import SlipKind
from kiosk.store import audit, clinic_days, figures, people, print_jobs, rosters, staff, stations, visits
from kiosk.store.columns import box_name


@act
def print_closing(
    by: Actor, now: Moment, day_id: str, printer: str, closed: datetime, local: datetime, language: str
) -> str:
    """Puts the figures of a closed day on paper, with the head of the audit; returns the job's id.

    `closed`, `local`: when it was closed, and now, at the site. It tells of one closing, by its audit entry: a day that
    was opened again and closed has other figures, and another paper. Raises NotFound, Refusal `day_still_open`,
    `slip_printed` (a further one is a reprint).
    """
    day = clinic_days.get(day_id)
    if day.closed_at is None:
        raise Refusal("day_still_open")
    if find_closing(day):
        raise Refusal("slip_printed")
    facts, closing = closing_facts(day, closed, local, language), audit.find_last("day.closed", day.id)
    about = closing.id if closing else day.id
    job = queue_slip(
        by, now, SlipKind.CLOSING, slips.closing_slip(facts, wording.speaker(language)), about=about,
        label=f"{facts.half} {day.on:%d/%m/%Y}", language=language, station=get_printer(printer).code,
    )  # fmt: skip
    return job.id


def find_closing(day: clinic_days.ClinicDay) -> print_jobs.PrintJob | None:
    """The newest closing slip that tells of the day's last closing."""
    closing = audit.find_last("day.closed", day.id) if day.closed_at else None
    return print_jobs.find_newest(closing.id, SlipKind.CLOSING) if closing else None


def closing_facts(day: clinic_days.ClinicDay, closed: datetime, local: datetime, language: str) -> slips.ClosingFacts:
    """The figures of a day as they stand now, worded; `closed`, `local`: as in `print_closing`.

    Of a day that is still open `closed` is now, and nobody has closed it.
    """
    say, site, of = wording.speaker(language), stations.site(), figures.of_day(day)
    return slips.ClosingFacts(
        site=site.name, site_code=site.code, on=day.on, half=say(f"lead.half.{day.half}"),
        rows=tuple(report.rows(of, say, _names(language))),
        unbalanced=tuple(say(f"report.balance.{code}") for code in report.balance(of)),
        audit_head=audit.head(box_name()), audit_entries=audit.count(), closed=closed,
        closed_by=_closed_by(day, say) if day.closed_at else "",
        printed=local, queue=tuple(queue_report.worded(queue_report.of_day(day, closed), language)),
        named=tuple(
            (f"{each.at.astimezone(closed.tzinfo):%H:%M}", each.label, each.what, each.reason, each.by)
            for each in queue_report.list_named(day, language)
        ),
    )  # fmt: skip


def _names(language: str) -> report.Names:
    return report.Names(
        conclusions={each.conclusion: each.label(language) for each in protocols.screening_forms().adults.outcomes},
        vaccines={each.code: each.name for each in protocols.vaccines().vaccines},
        reasons={each.code: each.label(language) for each in protocols.steps().skip_reasons},
        voids={each.code: each.label(language) for each in protocols.doses().void_reasons},
    )


def _closed_by(day: clinic_days.ClinicDay, say: slips.Say) -> str:
    entry = audit.find_last("day.closed", day.id)
    try:
        return staff.get(entry.by if entry else "").name
    except NotFound:  # on the command line
        return say("printers.operator")


@act
def print_comeback(by: Actor, now: Moment, person_id: str, local: datetime, language: str = "vi") -> str:
    """Somebody on today's list came before their slot: the ticket says when to come back; returns the job's id.

    It is no number and holds no code. `language`: chosen at the kiosk; at the desk nobody has chosen one. Raises
    NotFound, Refusal `not_rostered`, `slot_not_later` (none is known, or it has begun), `number_given`, `slip_printed`
    (a further one is a reprint).
    """
    person, entry = people.get(person_id), rosters.find_entry(person_id, now.on)
    if entry is None:
        raise Refusal("not_rostered")
    if _number_of(person_id) is not None:
        raise Refusal("number_given")
    if entry.slot_from is None or entry.slot_until is None or local.time() >= entry.slot_from:
        raise Refusal("slot_not_later")
    if print_jobs.find_newest(entry.id, SlipKind.COMEBACK):
        raise Refusal("slip_printed")
    identity = person.identity
    facts = slips.ComebackFacts(
        site=stations.site().name, on=entry.on, slot_from=entry.slot_from, slot_until=entry.slot_until,
        name=identity.name, sex=identity.sex, born_year=identity.born_year,
        address=address(protocols.pronouns(), identity.born_year, identity.sex, now.on.year), printed=local,
    )  # fmt: skip
    blocks = slips.comeback_ticket(facts, *wording.speakers(language))
    job = queue_slip(
        by, now, SlipKind.COMEBACK, blocks, about=entry.id, label=masked_name(identity.name)[:40], language=language,
        useful=SOON,
    )  # fmt: skip
    return job.id


def may_come_back(person_id: str, now: Moment, local: datetime) -> bool:
    """Is this person expected later today, and without a number yet?"""
    entry = rosters.find_entry(person_id, now.on)
    later = entry is not None and entry.slot_from is not None and local.time() < entry.slot_from
    return later and _number_of(person_id) is None


def _number_of(person_id: str) -> visits.Visit | None:
    day = clinic_days.find_open()
    return visits.find(day.id, person_id) if day else None
