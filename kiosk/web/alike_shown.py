"""What the page of people who may be one shows: masked pairs, two rows side by side, and the newest decisions."""

from __future__ import annotations

from typing import Any

from flask import g, url_for

from kiosk.errors import NotFound
from kiosk.rules import alike as rules
from kiosk.rules.identity import Runs
from kiosk.rules.person import masked_name, masked_number
from kiosk.rules.words import KeptFor
from kiosk.store import alike, clinic_days, doses, merges, openings, people, rosters, visits
from kiosk.web import history_shown, shown

ON_A_PAGE = 20
NEWEST = 10


def pairs(page: int) -> dict[str, Any]:
    """One page of pairs, likeliest first, masked."""
    count = alike.count_alike()
    last = max(1, -(-count // ON_A_PAGE))
    page = min(max(page, 1), last)
    return {
        "count": count,
        "pairs": [_masked_pair(*pair) for pair in alike.list_alike(ON_A_PAGE, (page - 1) * ON_A_PAGE)],
        "page": page,
        "pages": last,
        "page_url": lambda n: url_for("alike.page", page=n),
    }


def _masked_pair(one: people.Person, other: people.Person) -> dict[str, Any]:
    return {
        "people": [_masked(one), _masked(other)],
        "reasons": _reasons(one, other),
        "open_url": url_for("alike.open_pair", id=one.id, other=other.id),
    }


def _masked(person: people.Person) -> dict[str, str]:
    facts = (str(person.born_year or ""), shown.say(f"station.sex.{person.sex}"))
    return {
        "name": masked_name(person.name),
        "who": " · ".join(filter(None, facts)),
        "number": masked_number(person.number or ""),
    }


def _reasons(one: people.Person, other: people.Person) -> list[str]:
    return [shown.say(f"alike.because.{why}") for why in rules.likenesses(alike.known(one), alike.known(other))]


def require_opened(id: str, other: str) -> None:
    """Raises NotFound unless this session has opened both."""
    if not all(openings.may_read(g.actor.session, each) for each in (id, other)):
        raise NotFound("person")


def pair(id: str, other_id: str) -> dict[str, Any] | None:
    """Both rows side by side; None when they are one by now. Raises NotFound unless this session has opened both."""
    require_opened(id, other_id)
    one, other = people.get(id), people.get(other_id)
    if one.id == other.id:
        return None
    mine, theirs = alike.known(one), alike.known(other)
    place, why = rules.choose(mine, theirs)
    ways = ((one, mine, theirs), (other, theirs, mine))
    return {
        "reasons": _reasons(one, other),
        "rows": [*_compared(one, other), *_histories(one, other)],
        "choices": [(row.id, n) for n, (row, stays, goes) in enumerate(ways, 1) if rules.may_stay(stays, goes)],
        # Nothing is proposed where only the card can tell: the number that stays goes to the platform.
        "kept": "" if why is KeptFor.CARD else (one, other)[place].id,
        "why": shown.say(f"alike.kept.{why}"),
        "merge_url": url_for("alike.merge", id=id, other=other_id),
        "apart_url": url_for("alike.keep_apart", id=id, other=other_id),
    }


def _compared(one: people.Person, other: people.Person) -> list[dict[str, Any]]:
    rows = [
        _row(shown.say(f"alike.field.{each.field}"), each.one, each.other, differs=each.differs)
        for each in rules.side_by_side(alike.known(one), alike.known(other))
    ]
    sexes = [shown.say(f"station.sex.{each.sex}") for each in (one, other)]
    if any(sexes):
        differs = all(sexes) and sexes[0] != sexes[1]
        rows.insert(2, _row(shown.say("alike.field.sex"), _run(sexes[0], differs), _run(sexes[1], differs), differs))
    return rows


def _histories(one: people.Person, other: people.Person) -> list[dict[str, Any]]:
    """Doses and today, which are no likeness: both are kept."""
    told = (("doses", _doses), ("today", _today))
    return [
        _row(shown.say(f"alike.field.{field}"), _run(say(one)), _run(say(other)), differs=False) for field, say in told
    ]


def _doses(person: people.Person) -> str:
    known = [
        f"{history_shown.product_name(dose.vaccine)} {dose.given_on:%d/%m/%Y}" for dose in doses.history(person.id)
    ]
    return " · ".join(known) or shown.say("alike.doses.none")


def _today(person: people.Person) -> str:
    day = clinic_days.find_open()
    visit = visits.find(day.id, person.id) if day else None
    if visit:
        return shown.say("desk.found.number", label=visit.label)
    listed = rosters.find_entry(person.id, g.now.on) is not None
    return shown.say("desk.found.listed" if listed else "desk.found.not_listed")


def _run(text: str, differs: bool = False) -> Runs:
    return [(text, differs)] if text else []


def _row(title: str, one: Runs, other: Runs, differs: bool) -> dict[str, Any]:
    # Letters are marked where both say something: what only one says differs from nothing.
    both = bool(one) and bool(other)
    return {
        "title": title,
        "sides": [[(text, marked and both) for text, marked in runs] for runs in (one, other)],
        "differs": differs,
    }


def decisions(page: int) -> dict[str, Any]:
    """One page of what was decided, the newest first, each with how to take it back; masked."""
    last = max(1, -(-merges.count_decided() // NEWEST))
    page = min(max(page, 1), last)
    return {
        "decisions": _decisions(page * NEWEST)[(page - 1) * NEWEST :],
        "decided_page": page,
        "decided_pages": last,
        "decided_url": lambda n: url_for("alike.page", decided=n, _anchor="decided"),
    }


def _decisions(limit: int) -> list[dict[str, Any]]:
    decided = [
        (row.at, "merged", row.kept_id, row.gone_id, url_for("alike.undo", id=row.id))
        for row in merges.list_newest(limit)
    ]
    decided += [
        (row.at, "apart", row.one_id, row.other_id, url_for("alike.look_again", id=row.one_id, other=row.other_id))
        for row in merges.list_newest_apart(limit)
    ]
    decided.sort(key=lambda each: each[0], reverse=True)
    return [
        {
            "words": shown.say(
                f"alike.decided.{what}",
                one=masked_name(people.get_row(one).name),
                other=masked_name(people.get_row(other).name),
            ),
            "at": f"{shown.clock().local(at):%d/%m %H:%M}",
            "what": what,
            "undo_url": undo_url,
        }
        for at, what, one, other, undo_url in decided[:limit]
    ]
