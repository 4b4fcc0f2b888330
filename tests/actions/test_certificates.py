"""Asking for a certificate, keeping what came back, and printing that and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from kiosk.actions import certificates as acts
from kiosk.actions import forwarding, observation, printing, table
from kiosk.actions.forwarding import FORWARDER
from kiosk.errors import NotFound
from kiosk.rules import slips
from kiosk.rules.certificate import Certificate
from kiosk.rules.slips import CertifiedDose
from kiosk.rules.words import SlipKind
from kiosk.store import audit, certificates, doses, outbox, people, print_jobs, stations, visits
from kiosk.store.database import db, writing
from tests.cast import Players, called, done_once, dose_of, dosed, key, local, now, receive, refusal_of
from tests.papers import CERTIFICATE

pytestmark = pytest.mark.usefixtures("inside")
DOSE = CertifiedDose(1, date(2021, 9, 1), "AstraZeneca của nền tảng", "PLATFORM1", "Trạm y tế khác")


def body(person_id: str, **changes: Any) -> dict[str, Any]:
    """What the platform returns of Hường."""
    given = Certificate(people.get(person_id).identity, "", (DOSE,), CERTIFICATE, "URN:UVCI:01:VN:THU")
    return replace(given, **changes).to_json()


@pytest.fixture
def here(players: Players, opened: str) -> str:
    """Hường sits at the finish desk; the visit's id."""
    visit = dosed(players, players.huong, now(-31))
    observation.release(players.observer, now(), key(), visit, "")
    table.call_next(players.finisher, now(), key())
    table.receive(players.finisher, now(), key(), visit)
    return visit


@pytest.fixture
def acknowledged(here: str) -> str:
    """The platform has her dose; the visit's id."""
    dose = doses.find(here)
    message = outbox.find_of(dose.id) if dose else None
    assert message
    forwarding.acknowledge(FORWARDER, now(), key(), message.id, "https://platform", "Immunization/12", "1", "0" * 64)
    return here


@pytest.fixture
def asked(players: Players, acknowledged: str) -> str:
    """It was asked for her certificate; the certificate's id."""
    return acts.ask(players.finisher, now(), key(), acknowledged)


@pytest.fixture
def given(players: Players, asked: str) -> str:
    """It has answered; the visit's id."""
    assert acts.give(FORWARDER, now(), key(), asked, body(players.huong)) == "given"
    return certificates.get(asked).visit_id


def row(id: str) -> certificates.Certificate:
    db.session.rollback()
    db.session.expire_all()
    return certificates.get(id)


def test_it_is_asked_for_once_the_platform_has_the_dose(players: Players, here: str) -> None:
    assert refusal_of(acts.ask, players.finisher, here) == "dose_not_received"
    assert certificates.find(here) is None


def test_asked_it_is_due_at_once(players: Players, acknowledged: str) -> None:
    assert certificates.find_due(now().at) is None
    id = done_once(acts.ask, players.finisher, acknowledged)
    due = certificates.find_due(now(1).at)
    assert due
    assert (due.id, due.state, due.body, due.asked_by) == (id, "asked", None, players.finisher.id)


def test_only_where_the_person_sits_and_only_after_a_dose(players: Players, acknowledged: str, opened: str) -> None:
    assert refusal_of(acts.ask, players.vaccinator, acknowledged) == "visit_moved_on"
    visit = receive(players, players.pao)
    called(players.screener)
    with pytest.raises(NotFound):
        acts.ask(players.screener, now(), key(), visit)


def test_what_came_back_is_kept_as_it_came(players: Players, asked: str) -> None:
    returned = body(players.huong)
    done_once(acts.give, FORWARDER, asked, returned)
    kept = row(asked)
    assert (kept.state, kept.body, kept.next_at, kept.reason) == ("given", returned, None, "")
    assert certificates.find_due(now(600).at) is None
    acts.give(FORWARDER, now(), key(), asked, body(players.huong, reference="LATER"))
    assert row(asked).body == returned, "the first stays"
    assert refusal_of(acts.ask, players.finisher, kept.visit_id) == "certificate_given"


def test_another_s_is_not_kept(players: Players, asked: str) -> None:
    other = body(players.huong, identity=people.get(players.pao).identity)
    assert acts.give(FORWARDER, now(), key(), asked, other) == "refused"
    assert (row(asked).reason, row(asked).body, row(asked).next_at) == ("of_another", None, None)
    assert refusal_of(acts.print_certificate, players.finisher, row(asked).visit_id, local()) == "certificate_missing"
    acts.ask(players.finisher, now(), key(), row(asked).visit_id)
    assert (row(asked).state, row(asked).reason) == ("asked", "")


def test_the_code_of_another_is_not_kept(players: Players, asked: str) -> None:
    with writing():
        people.get(players.huong).name = "Nguyễn Thị Hương Lan"
    assert acts.give(FORWARDER, now(), key(), asked, body(players.huong)) == "refused"


def test_none_yet_is_asked_again_less_and_less_often_and_then_by_hand(players: Players, asked: str) -> None:
    at, waited = now(), []
    for _ in range(5):
        assert acts.put_off(FORWARDER, at, key(), asked, "") == "none_yet"
        due = row(asked).next_at
        assert due
        assert certificates.find_due(due - timedelta(seconds=1)) is None
        waited.append((due - at.at).total_seconds())
        at = replace(at, at=due)
    assert waited == [15, 60, 180, 600, 1800]
    acts.put_off(FORWARDER, at, key(), asked, "")
    assert (row(asked).next_at, row(asked).attempts) == (None, 6)
    assert certificates.find_due(at.at + timedelta(days=1)) is None
    acts.ask(players.finisher, now(), key(), row(asked).visit_id)
    assert (row(asked).state, row(asked).attempts) == ("asked", 0)
    assert certificates.find_due(now(1).at)


def test_a_line_in_trouble_is_not_an_answer(asked: str) -> None:
    assert acts.put_off(FORWARDER, now(), key(), asked, "timeout") == "asked"
    assert (row(asked).reason, row(asked).answered_at) == ("timeout", None)
    assert acts.put_off(FORWARDER, now(), key(), asked, "") == "none_yet"
    assert row(asked).answered_at
    assert acts.put_off(FORWARDER, now(), key(), asked, "timeout") == "none_yet", "what it said last stands"


def test_the_platform_s_own_wish_is_kept(asked: str) -> None:
    at = now()
    acts.put_off(FORWARDER, at, key(), asked, "busy", 3600.0)
    assert row(asked).next_at == at.at + timedelta(hours=1)
    assert certificates.find_due(at.at + timedelta(minutes=59)) is None
    acts.put_off(FORWARDER, at, key(), asked, "busy", 2.0)
    assert row(asked).next_at == at.at + timedelta(minutes=1), "ours is longer"


def test_a_clock_that_was_ahead_holds_nothing_up(players: Players, asked: str) -> None:
    acts.put_off(FORWARDER, now(60 * 24), key(), asked, "")
    assert certificates.find_due(now().at)


def test_the_paper_says_what_the_platform_said_and_nothing_of_ours(players: Players, given: str) -> None:
    job = done_once(acts.print_certificate, players.finisher, given, local())
    blocks = slips.from_json(print_jobs.get(job).blocks)
    text = repr(blocks)
    for fact in ("AstraZeneca của nền tảng", "PLATFORM1", "Trạm y tế khác", "URN:UVCI:01:VN:THU", "01/09/2021"):
        assert fact in text
    assert "NK0191" not in text, "our own lot"
    (code,) = [block for block in blocks if isinstance(block, slips.Code)]
    assert code.payload == CERTIFICATE, "sign by sign"
    assert print_jobs.get(job).visit_id == given
    assert refusal_of(acts.print_certificate, players.finisher, given, local()) == "certificate_printed"


def test_a_site_that_practises_prints_nothing_that_could_be_taken_for_real(players: Players, given: str) -> None:
    visit = visits.get(given)
    said = [acts.facts(certificates.find(given), visit, local()).site]  # type: ignore[arg-type]
    with writing():
        stations.site().mode = "real"
    said.append(acts.facts(certificates.find(given), visits.get(given), local()).site)  # type: ignore[arg-type]
    assert ["KHÔNG CÓ GIÁ TRỊ" in site for site in said] == [True, False]


def test_a_reprint_is_the_same_and_says_so(players: Players, given: str) -> None:
    first = acts.print_certificate(players.finisher, now(), key(), given, local())
    again = printing.reprint(players.finisher, now(), key(), dose_of(given), SlipKind.CERTIFICATE)
    assert print_jobs.get(again).copy == 2
    before, after = (repr(slips.from_json(print_jobs.get(id).blocks)) for id in (first, again))
    assert after != before
    assert CERTIFICATE in after


def test_whoever_was_found_to_be_somebody_else_gets_no_paper(players: Players, given: str) -> None:
    with writing():
        people.get(players.huong).name = "Trần Thị Khác"
    for act in (acts.print_certificate, acts.download):
        assert refusal_of(act, players.finisher, given, local()) == "certificate_of_another"
    assert print_jobs.find_newest(dose_of(given), SlipKind.CERTIFICATE) is None


def test_a_file_is_a_look_and_audited(players: Players, given: str) -> None:
    id = done_once(acts.download, players.finisher, given, local())
    assert id == certificates.find(given).id  # type: ignore[union-attr]
    assert not list(audit.verify())
    said = [(entry.event, entry.noun_id) for entry in db.session.scalars(db.select(audit.AuditEntry))]
    assert ("certificate.downloaded", id) in said
    assert ("certificate.asked", id) in said
    assert ("certificate.given", id) in said


def test_whoever_has_gone_is_not_served(players: Players, given: str) -> None:
    with writing():
        visits.get(given).state = "left"
    for act in (acts.print_certificate, acts.download):
        assert refusal_of(act, players.finisher, given, local()) == "visit_moved_on"


def test_nothing_of_the_person_is_in_the_audit(players: Players, given: str) -> None:
    acts.print_certificate(players.finisher, now(), key(), given, local())
    said = repr([(entry.event, entry.facts) for entry in db.session.scalars(db.select(audit.AuditEntry))])
    for private in ("Hường", "015158004187", CERTIFICATE[:40], "URN:UVCI"):
        assert private not in said
