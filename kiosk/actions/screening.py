"""The doctor screens: answers, measurements, earlier doses, the signed consent, conclusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.consent import keep, require_consent
from kiosk.actions.day import require_open_day
from kiosk.actions.duty import require_answering
from kiosk.actions.steps import go_on
from kiosk.actions.table import require_at_table
from kiosk.errors import Refusal
from kiosk.rules import screening as rules
from kiosk.rules.actor import Actor
from kiosk.rules.consent import NOTHING
from kiosk.rules.consent import Said as Consent
from kiosk.rules.moment import Moment
from kiosk.rules.person import clean_text, read_date
from kiosk.rules.vaccines import OTHER, UNKNOWN
from kiosk.rules.words import Conclusion
from kiosk.store import audit, doses, screenings, topics, visits
from kiosk.store.columns import record
from kiosk.store.corrections import Correction

Said = Sequence[tuple[str, str]]


@act
def conclude(
    by: Actor, now: Moment, visit_id: str, ticked: Sequence[str], none: bool, vitals: Mapping[str, str],
    earlier: Said, conclusion: str, note: str, *, consent: Consent = NOTHING, version: str = "",
) -> str:  # fmt: skip
    """The screening of whoever is at this table, and where they go then; returns the visit's id.

    `ticked`/`none`: items answered with yes, or an explicit none. `vitals`: as typed. `earlier`: (vaccine, date) of
    doses given elsewhere, as typed; empty rows do not count. `consent`: what was said of the signed form. `version`: of
    the form that was shown, "" where none was. The forms as in QĐ 4355/QĐ-BYT and QĐ 5002/QĐ-BYT.
    Raises Refusal `visit_moved_on`, `already_screened`, `nobody_on_duty`, `conclusion_missing`, `earlier_odd`,
    `consent_missing` (of whoever would be injected), `consent_contradicts`, and as `rules/screening`, `consent.keep`.
    """
    day = require_open_day(now)
    visit = require_at_table(by, visit_id, "screening")
    if screenings.find(visit.id):
        raise Refusal("already_screened")
    screener = require_answering(by, day, "screening")
    identity = visit.person.identity
    form = protocols.screening_forms().due(identity, now.on)
    rules.require_due(form, version or form.version)
    if conclusion not in set(Conclusion):
        raise Refusal("conclusion_missing", field="conclusion")
    answers = rules.require_answers(form, ticked, none, identity.sex)
    measured = rules.read_vitals(form, vitals)
    note = clean_text(note)[:200]
    outcome = rules.require_conclusion(form, Conclusion(conclusion), answers, measured, note)
    _note_consent(by, now, visit, outcome, consent)
    _note_earlier(by, now, visit, earlier)
    row = screenings.Screening(
        visit_id=visit.id, version=form.version, ticked=list(answers), vitals=measured,
        suggested=rules.suggest(form, answers, measured), conclusion=outcome.conclusion, note=note, at=now.at,
        entered_by=by.id, screener=screener.id,
    )  # fmt: skip
    record(row, now)
    audit.add(by, now, "visit.screened", visit.id, conclusion=row.conclusion, screener=screener.id)
    return go_on(by, now, visit, outcome.leads_to)


def _note_consent(
    by: Actor, now: Moment, visit: visits.Visit, outcome: rules.Outcome, said: Consent
) -> None:  # fmt: skip
    """Seen, it is written down; it must be seen only of those whom the conclusion leads to the injection."""
    if said.seen and outcome.conclusion is Conclusion.DECLINED:
        raise Refusal("consent_contradicts", field="consent")
    if said.seen:
        keep(by, now, visit, said)
    elif outcome.leads_to in protocols.steps().recording("dose"):
        require_consent(visit)


@act
def note_birth(by: Actor, now: Moment, visit_id: str, text: str) -> str:
    """The birth date is read from a paper at the doctor's table, where we know no more than the year; the visit's id.

    It decides between the form for adults and the one for children. Raises Refusal `birth_known`, `birth_odd`,
    `birth_whole`, `birth_other_year`, `visit_moved_on`.
    """
    require_open_day(now)
    visit = require_at_table(by, visit_id, "screening")
    person, known = visit.person, visit.person.identity
    if known.born_on is not None:
        raise Refusal("birth_known")  # its field is gone
    person.born_on, person.born_year = rules.require_birth_of(known, text, now.on)
    said = {"born_on": [None, f"{person.born_on:%Y-%m-%d}"]} if person.born_on else {}
    said |= {"born_year": [None, str(person.born_year)]} if known.born_year is None else {}
    record(Correction(person_id=person.id, visit_id=visit.id, document="", fields=said, at=now.at, by=by.id), now)
    audit.add(by, now, "person.corrected", person.id, fields=sorted(said))
    topics.touch(topics.table(by.station))
    return visit.id


def _note_earlier(by: Actor, now: Moment, visit: visits.Visit, earlier: Said) -> None:
    for vaccine, text in earlier:
        if not vaccine and not text.strip():
            continue
        given_on = _require_earlier(vaccine, text, now.on)
        if given_on not in {dose.given_on for dose in doses.history(visit.person_id)}:
            row = doses.EarlierDose(
                person_id=visit.person.id, visit_id=visit.id, given_on=given_on, vaccine=vaccine, at=now.at
            )  # fmt: skip
            record(row, now)
            audit.add(by, now, "dose.told", row.id, vaccine=vaccine)


def told() -> tuple[str, ...]:
    """Codes of what somebody may say they had before: the products in use, another or an unknown one."""
    return (*(each.code for each in protocols.vaccines().vaccines), UNKNOWN, OTHER)


def _require_earlier(vaccine: str, text: str, today: date) -> date:
    given_on = read_date(text)
    if vaccine not in told() or given_on is None or not date(2020, 12, 1) <= given_on < today:
        raise Refusal("earlier_odd", field="earlier")
    return given_on
