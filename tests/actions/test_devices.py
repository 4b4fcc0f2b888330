"""A code pairs one device, once, for a day; a device that was revoked is trusted no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.actions import devices, printers, printing, site
from kiosk.actions.sign_in import NOBODY
from kiosk.actions.site import token_hash
from kiosk.errors import NotFound
from kiosk.rules.devices import AGENT, LIFE, SCREEN
from kiosk.store import audit, pairings, print_jobs, topics
from kiosk.store.database import db
from tests.cast import Players, done_once, key, local, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")
A_MINUTE = timedelta(minutes=1)
NAME = "Máy tính bảng của chị Lan"


def joined(code: str, token: str, kind: str = SCREEN, screen: str = "") -> str:
    """A device joins; its pairing."""
    return devices.join(NOBODY, now(), key(), code, token, kind, NAME, screen)


def said(id: str) -> list[str]:
    """What the audit says of it, in order."""
    rows = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.noun_id == id))
    return [row.event for row in sorted(rows, key=lambda row: row.seq)]


def test_a_code_is_for_one_station_and_no_token(players: Players) -> None:
    code = site.new_token()
    id = done_once(devices.invite, players.lead, "injection-2", code, other=players.volunteer)
    assert pairings.get(id).station == "injection-2"
    assert pairings.find(token_hash(code)) is None, "it opens nothing by itself"
    assert said(id) == ["device.invited"]
    with pytest.raises(NotFound):
        devices.invite(players.lead, now(), key(), "nowhere", site.new_token())


def test_the_first_who_shows_it_is_trusted_and_nobody_after(players: Players) -> None:
    code, token = site.new_token(), site.new_token()
    id = devices.invite(players.lead, now(), key(), "injection-2", code)
    assert done_once(devices.join, NOBODY, code, token, SCREEN, f"  {NAME}\n", other=players.lead) == id
    row = pairings.find(token_hash(token))
    assert row
    assert (row.id, row.station, row.kind, row.name) == (id, "injection-2", SCREEN, NAME)
    assert row.joined_at
    assert refusal_of(devices.join, NOBODY, code, site.new_token(), SCREEN, "") == "pairing_unknown"
    assert pairings.find(token_hash(code)) is None
    assert said(id) == ["device.invited", "device.joined"]


def test_the_audit_knows_no_code_no_token_and_nothing_that_somebody_typed(players: Players) -> None:
    code, token, screen = (site.new_token() for _ in range(3))
    devices.invite(players.lead, now(), key(), "injection-2", code)
    id = joined(code, token, AGENT, screen)
    devices.revoke(players.lead, now(), key(), id)
    entries = [entry for entry in db.session.scalars(db.select(audit.AuditEntry)) if entry.event.startswith("device.")]
    facts = [entry.facts for entry in sorted(entries, key=lambda entry: entry.seq) if entry.event != "device.paired"]
    at = {"to": "injection-2"}
    assert facts[-4:] == [at, at | {"kind": AGENT}, at | {"kind": SCREEN}, at | {"kind": AGENT}]
    for said in map(str, facts):
        assert not any(text in said for text in (code, token, screen, NAME))


def test_the_browser_of_an_agents_machine_gets_a_token_of_its_own(players: Players) -> None:
    code, token, screen = (site.new_token() for _ in range(3))
    devices.invite(players.lead, now(), key(), "kiosk-1", code)
    joined(code, token, AGENT, screen)
    kinds = [(row.station, row.kind) for row in map(pairings.find, map(token_hash, (token, screen))) if row]
    assert kinds == [("kiosk-1", AGENT), ("kiosk-1", SCREEN)]


@pytest.mark.parametrize("away", [LIFE + A_MINUTE, LIFE * 900, -LIFE - A_MINUTE, -LIFE * 900])
def test_a_code_ends_after_a_day_also_by_a_clock_that_was_set_back(players: Players, away: timedelta) -> None:
    code = site.new_token()
    devices.invite(players.lead, now(), key(), "injection-2", code)
    then = replace(now(), at=now().at + away)
    assert refusal_of(devices.join, NOBODY, code, site.new_token(), SCREEN, "", at=then) == "pairing_unknown"
    assert devices.list_open(then) == []


@pytest.mark.parametrize("away", [LIFE - A_MINUTE, A_MINUTE - LIFE])
def test_a_clock_that_moves_a_little_ends_no_code(players: Players, away: timedelta) -> None:
    code = site.new_token()
    id = devices.invite(players.lead, now(), key(), "injection-2", code)
    then = replace(now(), at=now().at + away)
    assert devices.join(NOBODY, then, key(), code, site.new_token(), SCREEN, "") == id


def test_a_code_that_was_taken_back_pairs_nobody(players: Players) -> None:
    code = site.new_token()
    id = devices.invite(players.lead, now(), key(), "injection-2", code)
    devices.revoke(players.lead, now(), key(), id)
    assert refusal_of(devices.join, NOBODY, code, site.new_token(), SCREEN, "") == "pairing_unknown"


def test_a_revoked_device_is_trusted_no_more_and_its_pages_hear_of_it(players: Players) -> None:
    code, token = site.new_token(), site.new_token()
    id = devices.invite(players.lead, now(), key(), "kiosk-1", code)
    joined(code, token)
    before = topics.versions()
    assert done_once(devices.revoke, players.lead, id, other=players.volunteer) == "kiosk-1"
    assert pairings.find(token_hash(token)) is None
    assert id not in [row.id for row in pairings.list_trusted()]
    db.session.expire_all()
    moved = {name for name, version in topics.versions().items() if version > before.get(name, 0)}
    assert moved >= {"kiosk:kiosk-1", "table:kiosk-1", topics.DESK, topics.TABLES}
    assert said(id) == ["device.invited", "device.joined", "device.revoked"]
    with pytest.raises(NotFound):
        devices.revoke(players.lead, now(), key(), "nobody")


def test_a_token_made_at_the_machine_lasts_and_can_be_revoked(players: Players) -> None:
    token = players.tokens["kiosk"]
    row = pairings.find(token_hash(token))
    assert row
    assert (row.kind, row.code_until) == ("", None)
    devices.revoke(players.lead, now(), key(), row.id)
    assert pairings.find(token_hash(token)) is None


def test_a_slip_that_is_dropped_after_its_device_has_joined_takes_nothing_from_it(players: Players) -> None:
    printers.print_status(players.lead, now(), key(), "kiosk-1", "injection-2", "vi", local(), ())
    id = printing.claim_job(players.kiosk, now(), key(), "run-1")
    assert id
    job = print_jobs.get(id)
    code = next(block["text"] for block in job.blocks if block.get("text", "").count("-") == 3)
    token = site.new_token()
    joined(code, token)
    printing.settle_job(players.kiosk, now(), key(), id, "doubtful", "link_lost")
    printing.void_slip(players.volunteer, now(), key(), id)
    assert pairings.find(token_hash(token))
