"""What the pages show of doses that would be left over, and of whom to call for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from flask import g, url_for

from kiosk import protocols
from kiosk.actions import arriving
from kiosk.actions import standby as acts
from kiosk.actions.day import find_day
from kiosk.errors import Refusal
from kiosk.rules.permissions import may
from kiosk.rules.person import masked_name
from kiosk.rules.standby import Leftover, may_call
from kiosk.rules.stock import minutes_left
from kiosk.rules.words import StandbyState
from kiosk.store import families, lots, openings, people, standby, vials
from kiosk.store.candidates import Candidate
from kiosk.store.clinic_days import ClinicDay
from kiosk.web import refusals, shown

LISTED = 50
KINDS = {StandbyState.COMING: "right", StandbyState.CALLING: "look", StandbyState.NO_ANSWER: "look"}


def leftover(page: str) -> dict[str, Any]:
    """What partials/standby/leftover.html needs; `page`: the endpoint that shows it, and gives it alone."""
    soonest = _soonest()
    rows = [_leftover(each, soonest.get(each.vaccine)) for each in acts.left_over(g.now, _local())]
    return {"leftovers": rows, "leftover_url": url_for(page, stamp=shown.stamp(rows))}


def _leftover(each: Leftover, minutes: int | None) -> dict[str, Any]:
    calls = each.to_call and may(g.actor.role, "standby.call")
    return {
        "vaccine": protocols.vaccines().get(each.vaccine).name,
        "doses": each.doses,
        "people": [
            shown.say(f"standby.{group}", n=n)
            for group, n in (("waiting", each.waiting), ("coming", each.coming), ("expected", each.expected))
            if n or group == "waiting"
        ],
        "to_call": each.to_call,
        "minutes": minutes,
        "late": minutes is not None and minutes <= protocols.stock().warn_minutes,
        "call_url": url_for("standby.page", vaccine=each.vaccine) if calls else None,
    }  # fmt: skip


def _soonest() -> dict[str, int]:
    """How many minutes the opened vial may still be used that ends first, by vaccine; without those that are over."""
    day, found = find_day(g.now), dict[str, int]()
    for vial in vials.list_open(day.id) if day else []:
        minutes = minutes_left(vial.use_by, g.now.at)
        if minutes is not None and minutes >= 0 and vial.left:
            found[vial.lot.vaccine] = min(minutes, found.get(vial.lot.vaccine, minutes))
    return found


def before_opening(doses: int) -> str | None:
    """What to think of before a vial of so many doses is opened: fewer people than that may still come. None: enough.

    Two counts: also right beside a table that refreshes all day.
    """
    n = acts.people_to_come(g.now, _local())
    return shown.say("standby.before_opening", n=n, doses=doses) if n is not None and n < doses else None


def called(refusal: str | None = None) -> dict[str, Any]:
    """What partials/standby/called.html needs: who was called today and is not here yet, the newest call first."""
    day = find_day(g.now)
    calls = standby.list_awaited(day.id, set(StandbyState) - {StandbyState.HERE}) if day else []
    rows = [_called(call, person) for call, person in calls[:LISTED]]
    return {
        "called": rows,
        "called_more": max(0, len(calls) - LISTED),
        "called_refusal": refusal,
        "called_url": url_for("standby.page", stamp=shown.stamp(rows, len(calls), refusal)),
    }


def _called(call: standby.StandbyCall, person: people.Person) -> dict[str, Any]:
    guardian = families.find_guardian(person.id)
    opened = all(openings.may_read(g.actor.session, one.id) for one in (person, guardian) if one)
    again = may_call(call.said, call.at, g.now.at)
    return {
        "id": person.id,
        "name": person.name if opened else masked_name(person.name),
        "who": shown.who(person.identity) if opened else str(person.born_year or ""),
        "address": person.address if opened else "",
        "phones": _phones(person, guardian) if opened else [],
        "kind": KINDS.get(call.said, ""),
        "state": shown.say(f"standby.state.{call.state}", by=shown.colleague(call.by), time=shown.at(call.at)),
        "answers": [
            (code, shown.say(f"standby.said.{code}")) for code in StandbyState
            if code in acts.answers_to(call.said) and code is not call.said
        ] if opened else [],
        "calling": call.said is StandbyState.CALLING,
        "call_url": url_for("standby.call", id=person.id) if again and not opened else None,
        "answer_url": url_for("standby.answer", id=person.id),
    }  # fmt: skip


def here(refusal: str | None = None) -> dict[str, Any]:
    """What partials/standby/here.html needs: who waits at the site for a dose, whoever waits longest first."""
    day = find_day(g.now)
    calls = acts.list_here(day) if day else []
    free = free_for(calls, day) if day else set()
    rows = [_here(call, person, free=person.id in free) for call, person in calls[:LISTED]]
    stood = [{name: fact for name, fact in row.items() if name != "key"} for row in rows]
    return {
        "here": rows,
        "here_more": max(0, len(calls) - LISTED),
        "here_refusal": refusal,
        "here_url": url_for("standby.page", stamp=shown.stamp(stood, refusal)),
    }


def free_for(calls: Sequence[tuple[standby.StandbyCall, people.Person]], day: ClinicDay) -> set[str]:
    """For whom of those who wait at the site a dose is free now, each looked at alone."""
    local = _local()
    stands = {person.id: arriving.spoken_for(g.now, local, day, person, promised=False) for _, person in calls[:LISTED]}
    return {id for id, spoken in stands.items() if spoken is None or spoken.left > 0}


def _here(call: standby.StandbyCall, person: people.Person, *, free: bool) -> dict[str, Any]:
    opened = openings.may_read(g.actor.session, person.id)
    return {
        "id": person.id,
        "name": person.name if opened else masked_name(person.name),
        "year": str(person.born_year or ""),
        "since": shown.say("standby.waits_here", by=shown.colleague(call.by), time=shown.at(call.at)),
        "free": free,
        "call_in_url": url_for("standby.call_in", id=person.id),
        "gone_url": url_for("standby.answer", id=person.id),
        "key": str(uuid4()),
    }


def _phones(person: people.Person, guardian: people.Person | None) -> list[tuple[str, str]]:
    """(number, whose, where it is not their own)."""
    found = [(person.phone, "")] if person.phone else []
    if guardian is not None and guardian.phone and guardian.phone != person.phone:
        found.append((guardian.phone, shown.say("standby.guardian", name=guardian.name)))
    return found


def choice(vaccine: str, page: int, refusal: str | None = None) -> dict[str, Any]:
    """What partials/standby/choose.html needs: who may be called for this product, masked, in rule order."""
    products = _products()
    vaccine = vaccine if vaccine in products else next(iter(products), "")
    page = min(max(1, page), acts.MOST_PAGES)
    found, said = _found(vaccine, page) if vaccine else (None, None)
    return {
        "products": [
            (protocols.vaccines().get(code).name, url_for("standby.page", vaccine=code), code == vaccine)
            for code in products
        ],
        "vaccine": protocols.vaccines().get(vaccine).name if vaccine else "",
        "facts": {"vaccine": vaccine, "page": page},
        "choose_refusal": refusal or said,
        "choose": [_candidate(one, vaccine) for one in found.people] if found else [],
        "before_url": url_for("standby.page", vaccine=vaccine, page=page - 1) if page > 1 else None,
        "next_url": url_for("standby.page", vaccine=vaccine, page=page + 1) if found and found.more else None,
        "cut": bool(found and found.cut),
    }  # fmt: skip


def _products() -> Sequence[str]:
    """Codes of the vaccines that people may be called for: those in open vials first, then those in the store."""
    left = sorted(acts.left_over(g.now, _local()), key=lambda each: -each.to_call)
    there = [lot.vaccine for lot in lots.list_usable(g.now.on)]
    return list(dict.fromkeys([*(each.vaccine for each in left), *there]))


def _found(vaccine: str, page: int) -> tuple[acts.CallList | None, str | None]:
    try:
        return acts.list_callable(g.now, _local(), vaccine, page), None
    except Refusal as refusal:
        return None, refusals.sentence(refusal)


def _candidate(one: Candidate, vaccine: str) -> dict[str, Any]:
    order = protocols.priority()
    group, special = order.group(one.group), order.special(one.special)
    when = "missed" if one.on < g.now.on else "late" if one.on == g.now.on else "planned"
    return {
        "name": masked_name(one.name),
        "year": one.who.born_year or "",
        "group": shown.say("standby.group", n=group.code) if group else "",
        "special": (special.en if g.language == "en" else special.vi) if special else "",
        "when": shown.say(f"standby.on.{when}", date=f"{one.on:%d/%m/%Y}"),
        "call_url": url_for("standby.call", id=one.person_id),
    }


def word(person_id: str) -> str | None:
    """For the desk: this person was called for today and is let in without a further word; None for everybody else."""
    day = find_day(g.now)
    call = standby.find_newest(day.id, person_id) if day else None
    if call is None or call.said is not StandbyState.COMING:
        return None
    return shown.say("standby.let_in", by=shown.colleague(call.by), time=shown.at(call.at))


def _local() -> Any:
    return shown.clock().local(g.now.at)
