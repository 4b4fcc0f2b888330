"""The finish desk: the provisional slip, the deferral slip, and letting people go."""

from __future__ import annotations

from datetime import date, datetime

from kiosk import protocols, wording
from kiosk.actions.act import act
from kiosk.actions.printing import queue_visit_slip
from kiosk.actions.steps import go_on
from kiosk.actions.table import require_at_table
from kiosk.errors import NotFound, Refusal
from kiosk.rules import screening as form_rules
from kiosk.rules import slips
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.observation import release_at
from kiosk.rules.person import birth_text
from kiosk.rules.report import MAY_GET_ONE
from kiosk.rules.words import Conclusion, Seen, SlipKind
from kiosk.store import (
    audit,
    departures,
    doses,
    observations,
    outbox,
    print_jobs,
    screenings,
    staff,
    stations,
    visits,
)
from kiosk.store.columns import record


@act
def print_slip(by: Actor, now: Moment, visit_id: str, local: datetime, given: datetime) -> str:
    """Words the provisional slip of the dose and puts it in this station's printer's line; returns the job's id.

    `local`, `given`: now and the injection in the site's time. Raises NotFound without a dose, Refusal `slip_printed`
    (a further one is a reprint).
    """
    visit = require_at_table(by, visit_id)
    dose = doses.find(visit.id)
    if dose is None:
        raise NotFound("dose")
    if print_jobs.find_newest(dose.id, SlipKind.PROVISIONAL):
        raise Refusal("slip_printed")
    facts = _facts(visit, dose, local, given)
    blocks = slips.provisional_slip(facts, *wording.speakers(visit.language))
    return queue_visit_slip(by, now, SlipKind.PROVISIONAL, blocks, visit, about=dose.id).id


def _facts(visit: visits.Visit, dose: doses.Dose, local: datetime, given: datetime) -> slips.DoseFacts:
    site, identity, message = stations.site(), visit.person.identity, outbox.find_of(dose.id)
    observation, vaccines = observations.find(visit.id), protocols.vaccines()
    born = birth_text(identity)
    minutes = observation.minutes if observation else protocols.observation().minutes
    return slips.DoseFacts(
        site=site.name, site_code=site.code, label=visit.label, name=identity.name, sex=identity.sex, born=born,
        number=identity.number, vaccine=vaccines.get(dose.lot.vaccine).name, lot=dose.lot.number,
        dose_number=dose.dose_number, given=given, observed_until=release_at(given, minutes),
        next_from=next_from(dose), receipt=message.receipt.remote_id if message and message.receipt else "",
        printed=local,
    )  # fmt: skip


@act
def print_deferral(by: Actor, now: Moment, visit_id: str, local: datetime, decided: datetime) -> str:
    """Words what the doctor concluded and why, for whoever leaves without a dose; returns the job's id.

    `local`, `decided`: now and the conclusion in the site's time. Raises NotFound where the doctor did not withhold
    the dose, Refusal `slip_printed` (a further one is a reprint).
    """
    visit = require_at_table(by, visit_id)
    screening = find_withheld(visit.id)
    if screening is None:
        raise NotFound("screening")
    if print_jobs.find_newest(visit.id, SlipKind.DEFERRAL):
        raise Refusal("slip_printed")
    facts = _deferral(visit, screening, local, decided)
    blocks = slips.deferral_slip(facts, *wording.speakers(visit.language))
    return queue_visit_slip(by, now, SlipKind.DEFERRAL, blocks, visit).id


def find_withheld(visit_id: str) -> screenings.Screening | None:
    """The screening by which the doctor, or the person's own word, withheld the dose; None where one was given."""
    screening = screenings.find(visit_id)
    if screening is None or screening.concluded in MAY_GET_ONE or doses.find(visit_id):
        return None
    return screening


def _deferral(
    visit: visits.Visit, screening: screenings.Screening, local: datetime, decided: datetime
) -> slips.DeferralFacts:
    """Only what was recorded: neither the form nor the protocol says when to come back or to which hospital."""
    site, identity = stations.site(), visit.person.identity
    return slips.DeferralFacts(
        site=site.name, site_code=site.code, label=visit.label, name=identity.name, sex=identity.sex,
        born=birth_text(identity), number=identity.number, conclusion=screening.concluded,
        title=protocols.screening_forms().of(screening.version).outcome(screening.concluded).label(visit.language),
        reasons=_reasons(screening, visit.language), note=screening.note, doctor=staff.get(screening.screener).name,
        decided=decided, come_back_on=None, refer_to="", printed=local,
    )  # fmt: skip


def _reasons(screening: screenings.Screening, language: str) -> tuple[str, ...]:
    """What was answered with yes and measured as not normal; whoever declined has given no such reason."""
    if screening.concluded is Conclusion.DECLINED:
        return ()
    form = protocols.screening_forms().of(screening.version)
    said = [item.label(language) for item in form.items if item.code in screening.ticked]
    odd = form_rules.abnormal(form, screening.vitals)
    measured = [
        f"{vital.label(language)}: {_decimal(screening.vitals[vital.code], language)} {vital.measured_in(language)}"
        for vital in form.vitals if vital.code in odd
    ]  # fmt: skip
    return (*said, *measured)


def _decimal(value: float, language: str) -> str:
    return f"{value:g}".replace(".", ",") if language == "vi" else f"{value:g}"


def next_from(dose: doses.Dose) -> date | None:
    """The day from which the next dose of the series is recommended; None after the last."""
    vaccine = protocols.vaccines().get(dose.lot.vaccine)
    if dose.dose_number >= dose.series_doses:
        return None
    return vaccine.recommended_on(dose.given_on)


@act
def discharge(by: Actor, now: Moment, visit_id: str, seen: str) -> str:
    """The person goes home; `seen`: whether they saw their dose in the app. Returns the visit's id.

    Raises Refusal `seen_missing`, `visit_moved_on`.
    """
    visit = require_at_table(by, visit_id, "departure")
    known = {Seen.YES, Seen.NOT_YET, Seen.NO_PHONE} if doses.find(visit.id) else {Seen.NO_DOSE}
    if seen not in known:
        raise Refusal("seen_missing", field="seen")
    record(departures.Departure(visit_id=visit.id, seen=seen, at=now.at, by=by.id), now)
    audit.add(by, now, "visit.discharged", visit.id, seen=seen)
    return go_on(by, now, visit)
