"""Looking at people. A look is a change: it is in the audit, and it is what lets the page be shown."""

from __future__ import annotations

from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.errors import Refusal
from kiosk.rules import looking as rules
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.queueing import label
from kiosk.store import audit, openings, people, rosters, scans, visits

# A page shows so many; who means nobody of them must say more.
SHOWN = 20
# So many are put into the best order: whoever typed less than leads to these means nobody yet.
RANKED = 300


def find_people(by: Actor, now: Moment, key: str, words: str, born_year: str) -> list[str]:
    """Ids of the people a volunteer may mean, the likeliest first; one more than `SHOWN` where there are more.

    By any number of theirs, or by name: first those whose name is what was typed, marks and all, then by whole words,
    then by beginnings; among equals whoever is expected today. Raises Refusal as `rules.looking.read_wanted`. The
    search itself runs before the transaction, so that no check-in waits for it.
    """
    wanted = rules.read_wanted(words, born_year)
    if wanted.name:
        found = people.search(wanted.name, wanted.born_year, RANKED)
    elif wanted.ending and wanted.born_year is not None:
        found = people.list_by_ending(wanted.ending, wanted.born_year, RANKED)
    else:
        found = people.list_by_numbers(wanted, RANKED)
    expected = rosters.expected_among([person.id for person in found], now.on)
    found.sort(key=lambda one: (rules.closeness(wanted.name, one.name) if wanted.name else 0, one.id not in expected))
    return _note_search(by, now, key, [person.id for person in found[: SHOWN + 1]])


@act
def _note_search(by: Actor, now: Moment, found: list[str]) -> list[str]:
    audit.add(by, now, "people.searched", found=found)
    return found


@act
def open_person(by: Actor, now: Moment, person_id: str) -> str:
    """Opens one person for this session; returns the id of whoever stands for them."""
    person = people.get(person_id)
    openings.put(by.session, person.id, now)
    audit.add(by, now, "person.viewed", person.id)
    return person.id


@act
def open_number(by: Actor, now: Moment, series: str, n: int) -> str:
    """Opens whoever has this number on the open clinic day, for this session; returns the person's id.

    Raises Refusal `no_clinic_day`, `day_left_open`, `number_unknown`.
    """
    visit = visits.find_number(require_open_day(now).id, series, n)
    if visit is None:
        raise Refusal("number_unknown", field="words", number=label(series, n))
    openings.put(by.session, visit.person.id, now)
    audit.add(by, now, "person.viewed", visit.person.id, number=visit.label)
    return visit.person.id


@act
def open_scan(by: Actor, now: Moment, scan_id: str) -> str:
    """Looks at a scanned card that belongs to nobody we know; returns the scan's id. Raises NotFound."""
    scan = scans.get(scan_id)
    audit.add(by, now, "scan.viewed", scan.id)
    return scan.id
