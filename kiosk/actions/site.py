"""Setting the site up: its name, its stations, its staff, and which devices it trusts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Protocol

from argon2 import PasswordHasher

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.codes.ticket import ALPHABET
from kiosk.rules.moment import Moment
from kiosk.rules.person import name_key, require_name
from kiosk.rules.words import Role
from kiosk.store import audit, pairings, staff, stations

# 19 MiB, two passes: about 30 ms on a desktop core; the library's default would take a Pi most of a second.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


class Planned(Protocol):
    """A station as the settings describe it."""

    @property
    def code(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def series(self) -> str: ...
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

    `planned`: (station, Vietnamese name, English name). A station that is gone is retired, never deleted.
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
        row.kind, row.zone, row.series, row.prints_at = plan.kind, plan.zone, plan.series, plan.printer
        row.name_vi, row.name_en, row.retired = vi, en, False
        row.steps = _steps_of(plan)
        stations.add(row)
    audit.add(by, now, "site.set_up", code, mode=mode, stations=[plan.code for plan, _, _ in planned])
    return len(planned)


def _steps_of(plan: Planned) -> list[str]:
    steps = protocols.steps()
    known = [step.code for step in steps.steps]
    wanted = plan.steps or steps.served_by(plan.kind)
    for code in wanted:
        if code not in known:
            raise Refusal("step_unknown", station=plan.code, step=code)
    return [code for code in known if code in wanted]


@act
def add_staff(by: Actor, now: Moment, name: str, role: str, badge: str, pin: str) -> str:
    """Adds a member of staff; returns their id. Raises Refusal `role_odd`, `badge_taken`, `badge_odd`, `pin_odd`."""
    if role not in set(Role) - {Role.DEVICE}:
        raise Refusal("role_odd", field="role", role=role)
    if not badge.isalnum() or not badge.isascii() or len(badge) > 20:
        raise Refusal("badge_odd", field="badge")
    if not (pin.isdecimal() and pin.isascii() and 4 <= len(pin) <= 8):
        raise Refusal("pin_odd", field="pin")
    if staff.find_by_badge(badge.upper()):
        raise Refusal("badge_taken", field="badge")
    full = require_name(name)
    row = staff.Staff(
        name=full, name_key=name_key(full), badge=badge.upper(), pin_hash=HASHER.hash(pin), role=role, failures=0
    )
    staff.add(row)
    audit.add(by, now, "staff.added", row.id, role=role)
    return row.id


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
