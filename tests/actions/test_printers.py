"""The printers of the site, and the slips that tell of no visit."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kiosk import protocols, wording
from kiosk.actions import devices, heartbeats, printers, printing
from kiosk.actions.site import token_hash
from kiosk.errors import NotFound
from kiosk.rules import codes, slips
from kiosk.rules.screening import Form
from kiosk.rules.words import SlipKind
from kiosk.store import audit, pairings, print_jobs, staff, stations
from kiosk.store.database import db, writing
from tests.cast import Players, done_once, key, local, now, refusal_of, without_ids

pytestmark = pytest.mark.usefixtures("inside")
TOKEN = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")


def job_of(id: str) -> print_jobs.PrintJob:
    """The job, and that it stands in the line of the kiosk's printer."""
    job = print_jobs.get(id)
    assert (job.station, job.visit_id, job.copy, job.state) == ("kiosk-1", None, 1, "queued")
    return job


def entries(noun: str) -> list[str]:
    """What the audit says of this."""
    rows = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.noun_id == noun))
    return [row.event for row in rows]


def test_printers_are_where_slips_come_out(players: Players) -> None:
    assert [row.code for row in printers.list_printers()] == ["kiosk-1"]
    heartbeats.beat(players.table_camera, now(), "run-1", 8082, "ready", "none", False)
    assert [row.code for row in printers.list_printers()] == ["kiosk-1"], "a camera is no printer"
    heartbeats.beat(players.table_camera, now(), "run-1", 8082, "ready", "ready", False)
    assert [row.code for row in printers.list_printers()] == ["injection-1", "kiosk-1"]
    with writing():
        stations.get("injection-1").retired = True
    assert [row.code for row in printers.list_printers()] == ["kiosk-1"]


def test_the_test_slip_has_a_line_of_each_width(players: Players) -> None:
    id = done_once(printers.print_width, players.volunteer, "kiosk-1", "vi", other=players.lead)
    job = job_of(id)
    assert (job.slip, job.label) == (SlipKind.WIDTH, "Máy lấy số 1")
    rules = [block.dots for block in slips.from_json(job.blocks) if isinstance(block, slips.Rule) and block.dots]
    assert rules == list(printers.WIDTHS)
    assert entries(id) == ["slip.worded"]
    for nowhere in ("injection-1", "nowhere", ""):
        with pytest.raises(NotFound):
            printers.print_width(players.volunteer, now(), key(), nowhere, "vi")


def test_the_line_that_is_whole_becomes_the_printers_width(players: Players) -> None:
    assert done_once(printers.set_width, players.volunteer, "kiosk-1", 384, other=players.lead) == 384
    assert stations.get("kiosk-1").paper_dots == 384
    assert "printer.measured" in entries("kiosk-1")
    assert refusal_of(printers.set_width, players.volunteer, "kiosk-1", 400) == "paper_width_odd"
    printers.set_width(players.volunteer, now(), key(), "kiosk-1", 0)
    assert stations.get("kiosk-1").paper_dots == 0
    with pytest.raises(NotFound):
        printers.set_width(players.volunteer, now(), key(), "finish-1", 384)


@pytest.mark.parametrize("form", protocols.screening_forms().forms, ids=lambda form: form.code)
def test_the_paper_form_asks_what_the_screening_asks(players: Players, form: Form) -> None:
    job = job_of(done_once(printers.print_blank, players.volunteer, "kiosk-1", "en", local(), form, other=players.lead))
    assert job.language == "en"
    for item in form.items:
        assert item.en in str(job.blocks)
    assert ("guardian" in str(job.blocks)) is (form.code == "children")


def test_a_badge_holds_its_code_and_never_a_pin(players: Players) -> None:
    member = staff.find_by_badge("N01")
    assert member
    id = done_once(printers.print_badge, players.lead, "kiosk-1", member.id, "vi", other=players.volunteer)
    job = job_of(id)
    assert job.label == "N01"
    assert entries(member.id)[-1] == "badge.worded"
    (code,) = [block for block in slips.from_json(job.blocks) if isinstance(block, slips.Code)]
    assert codes.read(code.payload) == codes.BadgeCode("N01")
    assert "Vàng Thị Sua" in str(job.blocks)
    assert "5538" not in without_ids(str(job.blocks))
    with writing():
        member.active = False
    with pytest.raises(NotFound):
        printers.print_badge(players.lead, now(), key(), "kiosk-1", member.id, "vi")
    with pytest.raises(NotFound):
        printers.print_badge(players.lead, now(), key(), "kiosk-1", "nobody", "vi")


def asked_status(players: Players, pair: str = "") -> str:
    """A status slip; its words."""
    id = printers.print_status(
        players.lead, now(), key(), "kiosk-1", pair, "vi", local(), ("http://diem-tiem.local",)
    )  # fmt: skip
    return str(print_jobs.get(id).blocks)


def test_the_status_slip_says_how_the_box_is(players: Players) -> None:
    heartbeats.beat(players.kiosk, now(), "run-1", 8081, "lost", "paper_out", False)
    said = asked_status(players)
    facts = (
        "http://diem-tiem.local",
        protocols.screening_forms().adults.version,
        wording.say("strip.printer.word.paper_out"),
    )
    for fact in facts:
        assert fact in said
    assert "Máy lấy số 1: máy in" in said
    assert not TOKEN.search(said), "nobody asked for a code"
    assert db.session.scalar(db.select(db.func.count()).select_from(pairings.Pairing)) == 3


def test_a_machine_that_fell_silent_says_nothing_more_of_its_parts(players: Players) -> None:
    heartbeats.beat(players.kiosk, now(-5), "run-1", 8081, "ready", "ready", False)
    said = asked_status(players)
    assert wording.say("strip.printer.word.unseen") in said
    assert wording.say("strip.printer.word.ready") not in said


def test_its_pairing_code_is_new_and_for_one_station(players: Players) -> None:
    tokens = [TOKEN.findall(asked_status(players, "injection-2")) for _ in range(2)]
    (one,), (other,) = tokens
    assert one != other
    for token in (one, other):
        assert pairings.find(token_hash(token)) is None, "a code is no token"
        pairing = devices.find_open(now(), token_hash(token))
        assert pairing
        assert pairing.station == "injection-2"
        assert entries(pairing.id) == ["device.invited"]
    for entry in db.session.scalars(db.select(audit.AuditEntry)):
        assert not TOKEN.search(str(entry.facts)), "the audit never says the code"


def test_a_pairing_code_is_printed_once_and_kept_nowhere(players: Players) -> None:
    printers.print_status(players.lead, now(), key(), "kiosk-1", "injection-2", "vi", local(), ())
    id = printing.claim_job(players.kiosk, now(), key(), "run-1")
    assert id
    job = print_jobs.get(id)
    assert TOKEN.search(str(job.blocks))
    assert refusal_of(printing.reprint, players.lead, job.about, SlipKind.STATUS) == "slip_not_again"
    printing.settle_job(players.kiosk, now(), key(), id, "printed", "")
    assert print_jobs.get(id).blocks == []


def test_a_code_on_a_slip_that_was_dropped_is_worth_nothing(players: Players) -> None:
    printers.print_status(players.lead, now(), key(), "kiosk-1", "injection-2", "vi", local(), ())
    id = printing.claim_job(players.kiosk, now(), key(), "run-1")
    assert id
    found = TOKEN.search(str(print_jobs.get(id).blocks))
    assert found
    assert devices.find_open(now(), token_hash(found[0]))
    printing.settle_job(players.kiosk, now(), key(), id, "doubtful", "link_lost")
    printing.void_slip(players.volunteer, now(), key(), id)
    assert devices.find_open(now(), token_hash(found[0])) is None


def test_a_status_slip_is_asked_for_once_by_a_key(players: Players) -> None:
    facts = ("kiosk-1", "injection-2", "vi", local(), ())
    job = print_jobs.get(done_once(printers.print_status, players.lead, *facts, other=players.volunteer))
    assert db.session.get(pairings.Pairing, job.about)
    with pytest.raises(NotFound):
        printers.print_status(players.lead, now(), key(), "kiosk-1", "nowhere", "vi", local(), ())
    with pytest.raises(NotFound):
        printers.print_status(players.lead, now(), key(), "nowhere", "injection-2", "vi", local(), ())
    assert db.session.scalar(db.select(db.func.count()).select_from(pairings.Pairing)) == 4, "what failed pairs nobody"


def test_what_nobody_stands_beside_any_more_asks_first(players: Players) -> None:
    job = print_jobs.get(printers.print_width(players.lead, now(), key(), "kiosk-1", "vi"))
    assert job.useful_until
    assert job.useful_until - job.queued_at == printers.SOON


def test_a_sender_that_fell_silent_is_on_the_status_slip(players: Players) -> None:
    from kiosk.actions import forwarding

    forwarding.beat(replace(now(), at=now(-5).at), "")
    assert wording.say("printers.sender.silent") in asked_status(players)
    forwarding.beat(now(), "")
    assert wording.say("printers.sender.well") in asked_status(players)
