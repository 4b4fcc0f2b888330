"""The list as it leaves the site: the same sheet with its results, the rows to mend, the phones to send a message to.

Who takes a list out is in the audit; the sheets themselves are made from what stands in the tables, a piece at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from kiosk import protocols, wording
from kiosk.actions.act import act
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import birth_text
from kiosk.rules.report import MAY_GET_ONE
from kiosk.rules.slips import Say
from kiosk.rules.words import Conclusion, RowState, Sex
from kiosk.store import audit, expected, rosters, stations
from kiosk.store.rosters import StagedRow

Local = Callable[[datetime], datetime]
Cells = dict[str, str]
# As the title of the sheet's column says.
SEXES = {Sex.MALE: "0", Sex.FEMALE: "1"}


@act
def export_sheet(by: Actor, now: Moment, on: date, n: int) -> int:
    """Somebody takes the list of that day out with its results; `n`: how many people are in it, which it returns."""
    audit.add(by, now, "roster.exported", f"{on}", n=n)
    return n


@act
def export_phones(by: Actor, now: Moment, on: date, n: int) -> int:
    """Somebody takes the phones of that day's people out, for the platform's messages; returns `n`, how many."""
    audit.add(by, now, "roster.phones_exported", f"{on}", n=n)
    return n


@act
def export_wrong(by: Actor, now: Moment, roster_id: str) -> int:
    """Somebody takes the wrong rows of a list out, to mend them; returns how many. Raises NotFound."""
    n = int(rosters.get(roster_id).counts.get(RowState.WRONG, 0))
    audit.add(by, now, "roster.wrong_exported", roster_id, n=n)
    return n


def sheet_rows(now: Moment, on: date, language: str, local: Local) -> Iterator[tuple[Cells, str]]:
    """(cells by column, result) of everybody of that day: whoever is on the list, then who came without being on it.

    `local`: an instant as the site's time.
    """
    say = wording.speaker(language)
    for nth, one in enumerate(expected.stream_of(on), 1):
        yield cells_of(one, on) | {"number_in_list": str(nth)}, result_of(one, now, on, say, language, local)


def wrong_rows(roster_id: str, say: Say) -> Iterator[tuple[Cells, str]]:
    """(cells, why) of the rows that cannot be taken, to be mended in the same sheet."""
    for row in expected.stream_rows(roster_id, RowState.WRONG):
        yield row.cells, "; ".join(f"{title}: {why}" if title else why for title, why, _ in worded(row, say))


def own_columns(roster_id: str) -> list[str]:
    """Codes of the columns that this list has and the ministry's sheet has not: whoever mends it needs them too."""
    first = expected.list_rows(roster_id, RowState.WRONG, 0, 1)
    known = [column.code for column in protocols.roster().columns if column.extra]
    return [code for code in known if first and code in first[0].cells]


def phone_rows(on: date) -> Iterator[tuple[str, str]]:
    """(slot as `07:30–08:00` or "", phone) of the approved people of that day who have no app."""
    for phone, slot in expected.stream_phones(on):
        yield slot_text(slot), phone


def worded(row: StagedRow, say: Say) -> list[tuple[str, str, str]]:
    """(title of the column, what is to be said of it, what stands there) of each reason of a row."""
    titles = {column.code: column.words for column in protocols.roster().columns}
    found = []
    for reason in row.reasons:
        column, code = reason["column"], reason["code"]
        facts = {name: _readable(column, value, say) for name, value in reason["facts"].items()}
        if code == "differs" and not facts["was"]:
            code = "added"
        why = say(f"roster.reason.{code}", **facts)
        found.append((titles.get(column, ""), why, row.cells.get(column, "")))
    return found


def _readable(column: str, value: object, say: Say) -> object:
    """A fact as people write it: codes stand for sexes, 0 and 1 for no and yes."""
    if column == "sex" and value in set(Sex):
        return say(f"station.sex.{value}")
    if column in ("approved", "has_app") and value in ("0", "1"):
        return say("roster.yes" if value == "1" else "roster.no")
    return value


def slot_text(slot: expected.Slot) -> str:
    """`07:30–08:00`, or "" where only the day is known."""
    begins, ends = slot
    return f"{begins:%H:%M}–{ends:%H:%M}" if begins and ends else ""


def cells_of(one: expected.Expected, on: date) -> Cells:
    """A row of the sheet: as it came, or as we know the person who came without one; and the dose given that day."""
    cells = dict(one.entry.cells) if one.entry and one.entry.cells else _known(one)
    # Zeros that the file had lost came back when it was read: they do not get lost again.
    for column, number in (("number", one.person.number or ""), ("phone", one.person.phone)):
        if number and re.sub(r"\D", "", cells.get(column, "")) == number.lstrip("0"):
            cells[column] = number
    stay = one.stay
    if stay and stay.given_at and stay.dose_number in (1, 2):
        n = stay.dose_number
        given = {
            f"vaccine_{n}": protocols.vaccines().get(stay.vaccine).name, f"date_{n}": f"{on:%d/%m/%Y}",
            f"lot_{n}": stay.lot, f"place_{n}": stations.site().code,
        }  # fmt: skip
        # A row that speaks of this dose already keeps its words.
        if not any(cells.get(column) for column in given):
            cells |= given
    return cells


def _known(one: expected.Expected) -> Cells:
    person, entry = one.person, one.entry
    return {
        "name": person.name, "birth": birth_text(person.identity), "sex": SEXES.get(person.identity.sex, ""),
        "group": entry.priority_group if entry else "", "workplace": person.workplace, "phone": person.phone,
        "number": person.number or person.old_number or person.document_number, "insurance": person.insurance,
        "address": person.address, "note": entry.note if entry else "",
    }  # fmt: skip


def result_of(
    one: expected.Expected, now: Moment, on: date, say: Say, language: str, local: Local
) -> str:  # fmt: skip
    """What this person was given, or why not; "" while the day is still to come."""
    stay = one.stay
    if stay is None:
        return "" if on > now.on else say("roster.result.not_yet" if on == now.on else "roster.result.absent")
    if stay.given_at:
        return say(
            "roster.result.given", vaccine=protocols.vaccines().get(stay.vaccine).name, dose=stay.dose_number,
            lot=stay.lot, at=f"{local(stay.given_at):%H:%M %d/%m/%Y}",
        )  # fmt: skip
    if stay.conclusion and Conclusion(stay.conclusion) not in MAY_GET_ONE:
        return say("roster.result.not_given", why=_outcomes(language)[stay.conclusion])
    if stay.skipped:
        return say("roster.result.not_given", why=_skips(language).get(stay.skipped, stay.skipped))
    return say("roster.result.left" if stay.gone else "roster.result.here")


def _outcomes(language: str) -> Mapping[str, str]:
    return {each.conclusion: each.label(language) for each in protocols.screening_forms().adults.outcomes}


def _skips(language: str) -> Mapping[str, str]:
    return {each.code: each.label(language) for each in protocols.steps().skip_reasons}
