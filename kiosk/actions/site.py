"""Setting the site up: its name, its stations, and which devices it trusts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Protocol

from kiosk import protocols
from kiosk.actions import closed_tables
from kiosk.actions.act import act
from kiosk.actions.day import follow_plan
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.codes.ticket import ALPHABET
from kiosk.rules.moment import Moment
from kiosk.store import audit, clinic_days, pairings, stations, topics


class Planned(Protocol):
    """A station as the settings describe it."""

    @property
    def code(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def printer(self) -> str: ...
    @property
    def steps(self) -> Sequence[str]: ...


def token_hash(token: str) -> str:
    """What is stored of a token. The tokens are random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


@act
def set_up(by: Actor, now: Moment, code: str, name: str, mode: str, planned: Sequence[tuple[Planned, str, str]]) -> int:
    """Makes site and stations what the settings say; returns how many stations are in use.

    `planned`: (station, Vietnamese name, English name). A station that is gone is retired, never deleted. While a day
    is open that was planned, its plan goes before the settings; whoever is at a table that is gone waits again,
    whoever sits in a room that is gone sits in another where there is one, and whoever is in a lane that is gone is in
    the last one.
    Raises Refusal `mode_fixed` when demo settings meet a real site's data or the other way round, `step_unknown` for
    a station with a step that the protocol has not.
    """
    site = stations.find_site()
    if site is None:
        site = stations.Site(code=code, name=name, mode=mode)
        stations.add(site)
    if site.mode != mode:
        raise Refusal("mode_fixed", mode=site.mode)
    site.code, site.name = code, name
    for station in stations.list_():
        station.retired = True
    for plan, vi, en in planned:
        row = stations.find(plan.code) or stations.Station(code=plan.code)
        row.kind, row.zone, row.prints_at = plan.kind, plan.zone, plan.printer
        row.name_vi, row.name_en, row.retired = vi, en, False
        row.own_steps = _steps_of(plan)
        stations.add(row)
    day = clinic_days.find_open()
    follow_plan(day)
    if day is not None:
        closed_tables.catch_up(by, now, day)
    audit.add(by, now, "site.set_up", code, mode=mode, stations=[plan.code for plan, _, _ in planned])
    topics.touch(topics.BOARD, topics.DESK, topics.LINE, topics.TABLES, topics.DAY)
    return len(planned)


def _steps_of(plan: Planned) -> list[str]:
    steps = protocols.steps()
    known = [step.code for step in steps.steps]
    wanted = plan.steps or steps.served_by(plan.kind)
    for code in wanted:
        if code not in known:
            raise Refusal("step_unknown", station=plan.code, step=code)
    return [code for code in known if code in wanted]


def new_token() -> str:
    """A pairing token a person can type: four groups of four signs, 77 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


@act
def pair(by: Actor, now: Moment, station: str, token: str) -> str:
    """Trusts whoever holds `token` to act for the station; returns the pairing's id. Raises NotFound."""
    return trust(by, now, station, token).id


def trust(by: Actor, now: Moment, station: str, token: str) -> pairings.Pairing:
    """As `pair`, inside another act's transaction. The audit names the one station, never the token."""
    row = pairings.Pairing(station=stations.get(station).code, token_hash=token_hash(token), made_at=now.at)
    pairings.add(row)
    audit.add(by, now, "device.paired", row.id, to=station)
    return row
