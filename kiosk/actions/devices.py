"""Which devices are trusted: a code is made for one, it joins with that code, and it can be revoked."""

from __future__ import annotations

from kiosk.actions.act import act
from kiosk.actions.site import token_hash
from kiosk.errors import Refusal
from kiosk.rules import devices
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store import audit, pairings, stations, topics


@act
def invite(by: Actor, now: Moment, station: str, code: str) -> str:
    """One device may join this station with `code`, for 24 hours; returns the pairing's id. Raises NotFound."""
    return invited(by, now, station, code).id


def invited(by: Actor, now: Moment, station: str, code: str) -> pairings.Pairing:
    """As `invite`, inside another act's transaction. The audit names the station, never the code."""
    row = pairings.Pairing(
        station=stations.get(station).code,
        token_hash=token_hash(code),
        made_at=now.at,
        code_until=now.at + devices.LIFE,
    )
    pairings.add(row)
    audit.add(by, now, "device.invited", row.id, to=station)
    topics.touch(topics.DESK)
    return row


@act
def join(by: Actor, now: Moment, code: str, token: str, kind: str, name: str, screen: str = "") -> str:
    """The device that shows the code is trusted by `token` from now on, and the code is used up; the pairing's id.

    `name` is what somebody typed: it stands in the list of devices, never in the audit, which forgets nothing.
    `kind`: of `rules/devices`. `screen`: a second token, for the browser on the machine of an agent; "" for none.
    Raises Refusal `pairing_unknown`: no such code, or it was used, taken back, or is too old.
    """
    row = find_open(now, token_hash(code))
    if row is None:
        raise Refusal("pairing_unknown", field="code")
    name = devices.tidy_name(name)
    row.token_hash, row.kind, row.name, row.joined_at = token_hash(token), kind, name, now.at
    audit.add(by, now, "device.joined", row.id, to=row.station, kind=kind)
    if screen:
        beside = pairings.Pairing(
            station=row.station, token_hash=token_hash(screen), made_at=now.at, kind=devices.SCREEN, name=name,
            joined_at=now.at,
        )  # fmt: skip
        pairings.add(beside)
        audit.add(by, now, "device.joined", beside.id, to=row.station, kind=devices.SCREEN)
    topics.touch(topics.DESK)
    return row.id


def find_open(now: Moment, code_hash: str) -> pairings.Pairing | None:
    """The pairing that waits for whoever shows the code with this hash."""
    row = pairings.find_code(code_hash)
    return row if row and row.code_until and devices.is_open(row.made_at, row.code_until, now.at) else None


def list_open(now: Moment) -> list[pairings.Pairing]:
    """The codes that can still be used."""
    rows = pairings.list_codes()
    return [row for row in rows if row.code_until and devices.is_open(row.made_at, row.code_until, now.at)]


@act
def revoke(by: Actor, now: Moment, id: str) -> str:
    """This device is trusted no more, at once; its open pages ask again and hear so. Returns the station.

    Raises NotFound.
    """
    row = pairings.get(id)
    if row.revoked_at is None:
        row.revoked_at = now.at
    audit.add(by, now, "device.revoked", row.id, to=row.station, kind=row.kind)
    topics.touch(
        topics.kiosk(row.station), topics.table(row.station), topics.DESK, topics.DAY, topics.LINE, topics.TABLES,
        topics.BOARD,
    )  # fmt: skip
    return row.station
