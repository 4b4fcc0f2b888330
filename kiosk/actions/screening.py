"""The doctor screens: answers, measurements, earlier doses, conclusion. Consent is on paper still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.duty import require_answering
from kiosk.actions.table import go_on, require_at_table
from kiosk.errors import Refusal
from kiosk.rules import screening as rules
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import clean_text, read_date
from kiosk.rules.words import Conclusion
from kiosk.store import audit, doses, screenings, visits
from kiosk.store.columns import record

Said = Sequence[tuple[str, str]]


@act
def conclude(
    by: Actor, now: Moment, visit_id: str, ticked: Sequence[str], none: bool, vitals: Mapping[str, str],
    earlier: Said, conclusion: str, note: str,
) -> str:  # fmt: skip
    """The screening of whoever is at this table, and where they go then; returns the visit's id.

    `ticked`/`none`: items answered with yes, or an explicit none. `vitals`: as typed. `earlier`: (vaccine, date) of
    doses given elsewhere, as typed; empty rows do not count. The form as in QĐ 4355/QĐ-BYT.
    Raises Refusal `visit_moved_on`, `already_screened`, `nobody_on_duty`, `conclusion_missing`, `earlier_odd`, and as
    `rules/screening`.
    """
    day = require_open_day(now)
    visit = require_at_table(by, visit_id, "screening")
    if screenings.find(visit.id):
        raise Refusal("already_screened")
    screener = require_answering(by, day, "screening")
    form, identity = protocols.screening(), visit.person.identity
    if conclusion not in set(Conclusion):
        raise Refusal("conclusion_missing", field="conclusion")
    answers = rules.require_answers(form, ticked, none, identity.sex)
    measured = rules.read_vitals(form, vitals)
    note = clean_text(note)[:200]
    outcome = rules.require_conclusion(form, Conclusion(conclusion), answers, measured, note)
    rules.require_age(form, outcome, identity.born_year, identity.born_on, now.on)
    _note_earlier(by, now, visit, earlier)
    row = screenings.Screening(
        visit_id=visit.id, version=form.version, ticked=list(answers), vitals=measured,
        suggested=rules.suggest(form, answers, measured), conclusion=outcome.conclusion, note=note, at=now.at,
        entered_by=by.id, screener=screener.id,
    )  # fmt: skip
    record(row, now)
    audit.add(by, now, "visit.screened", visit.id, conclusion=row.conclusion, screener=screener.id)
    return go_on(by, now, visit, outcome.leads_to)


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


def _require_earlier(vaccine: str, text: str, today: date) -> date:
    given_on = read_date(text)
    known = {each.code for each in protocols.vaccines().vaccines}
    if vaccine not in known or given_on is None or not date(2020, 12, 1) <= given_on < today:
        raise Refusal("earlier_odd", field="earlier")
    return given_on
