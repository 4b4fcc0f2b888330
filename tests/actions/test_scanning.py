"""Something is held to a camera."""

from __future__ import annotations

import pytest

from kiosk.actions import scanning
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.words import ScanOutcome
from kiosk.store import audit, scans, topics, visits
from kiosk.store.database import db
from tests import cast as casting
from tests.cast import CARD, Players, done_once, key, now, receive

pytestmark = pytest.mark.usefixtures("inside")


def scan(by: Actor, text: str | bytes, minutes: float = 0) -> scans.Scan:
    """Holds a code to the camera; the scan."""
    id, raw = key(), text.encode() if isinstance(text, str) else text
    scanning.scan_code(by, now(minutes), id, id, raw, "QRCode")
    return scans.get(id)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (CARD, ScanOutcome.ROSTERED),
        (casting.CARD_OF_VANG, ScanOutcome.NOT_ROSTERED),
        (casting.CARD_OF_STRANGER, ScanOutcome.NOT_ROSTERED),
        ("https://example.test", ScanOutcome.UNKNOWN_CODE),
        (b"\xff\xfe\x00", ScanOutcome.UNKNOWN_CODE),
        ("DT1:23456789AB", ScanOutcome.UNKNOWN_TICKET),
    ],
)
def test_what_a_code_leads_to(players: Players, opened: str, text: str, outcome: ScanOutcome) -> None:
    assert scan(players.kiosk, text).outcome == outcome


def test_nobody_is_known_to_be_expected_while_no_day_is_open(players: Players) -> None:
    assert scan(players.kiosk, CARD).outcome == ScanOutcome.NO_CLINIC_DAY


def test_whoever_has_a_number_meets_it_again_by_card_and_by_ticket(players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    for text in (CARD, f"DT1:{visits.get(visit).token}"):
        found = scan(players.kiosk, text)
        assert (found.outcome, found.visit_id, found.person_id) == (ScanOutcome.CHECKED_IN, visit, players.huong)


def test_a_scan_is_one_scan_however_often_it_is_sent(players: Players, opened: str) -> None:
    id = key()
    assert done_once(scanning.scan_code, players.kiosk, id, CARD.encode(), "QRCode", other=players.neighbour)
    assert scans.find_offered("kiosk-1", now(-1).at)


def test_a_scan_is_a_look_at_a_person_and_audited_as_one(players: Players, opened: str) -> None:
    scan(players.kiosk, CARD)
    last = db.session.scalars(db.select(audit.AuditEntry).order_by(audit.AuditEntry.seq.desc())).first()
    assert last
    assert (last.event, last.noun_id, last.by) == ("person.viewed", players.huong, players.kiosk.id)


def test_the_screen_of_that_station_hears_of_it_and_no_other(players: Players, opened: str) -> None:
    before = topics.versions()
    scan(players.kiosk, CARD)
    db.session.rollback()
    changed = {name for name, version in topics.versions().items() if before.get(name) != version}
    assert changed == {"kiosk:kiosk-1"}


def test_the_next_card_takes_the_place_of_the_one_before(players: Players, opened: str) -> None:
    first, second = scan(players.kiosk, CARD), scan(players.kiosk, casting.CARD_OF_PAO)
    assert scans.find_offered("kiosk-1", now(-1).at) is second
    with pytest.raises(Refusal) as refused:
        scanning.require_usable(first.id, "kiosk-1", now().at)
    assert refused.value.code == "scan_too_old"


def test_the_same_card_again_is_the_same_offer(players: Players, opened: str) -> None:
    first = scan(players.kiosk, CARD)
    id = key()
    assert scanning.scan_code(players.kiosk, now(0.5), id, id, CARD.encode(), "QRCode") == "rostered"
    assert (scans.find(id), scans.find_offered("kiosk-1", now().at)) == (None, first)


def test_another_card_does_not_take_the_place_of_whoever_is_answering(players: Players, opened: str) -> None:
    mine = scan(players.kiosk, CARD)
    done_once(scanning.confirm_scan, players.kiosk, mine.id, other=players.neighbour)
    again = key()
    assert scanning.scan_code(players.kiosk, now(), again, again, CARD.encode(), "QRCode") == "rostered"
    assert scans.find(again) is None, "their own card, still held, is no news"
    other = scan(players.kiosk, casting.CARD_OF_PAO)
    assert scanning.require_usable(mine.id, "kiosk-1", now().at) is mine
    assert scans.find_offered("kiosk-1", now(-1).at) is other


def test_what_a_card_said_is_forgotten(players: Players, opened: str) -> None:
    old = scan(players.kiosk, casting.CARD_OF_STRANGER)
    scan(players.kiosk, CARD, minutes=11)
    db.session.expire_all()
    assert scans.get(old.id).raw == b""
    assert scanning.identity_of(scans.get(old.id)) is None


def test_a_scan_is_usable_at_its_own_station_for_some_minutes(players: Players, opened: str) -> None:
    found = scan(players.kiosk, CARD)
    assert scanning.require_usable(found.id, "kiosk-1", now(9).at) is found
    with pytest.raises(NotFound):
        scanning.require_usable(found.id, "screening-2", now().at)
    with pytest.raises(Refusal) as refused:
        scanning.require_usable(found.id, "kiosk-1", now(11).at)
    assert refused.value.code == "scan_too_old"


def test_a_person_who_goes_away_frees_the_screen(players: Players, opened: str) -> None:
    found = scan(players.kiosk, CARD)
    done_once(scanning.drop_scan, players.kiosk, found.id, other=players.neighbour)
    assert scans.find_offered("kiosk-1", now(-1).at) is None
    with pytest.raises(NotFound):
        scanning.drop_scan(players.neighbour, now(), key(), found.id)


def test_our_own_record_says_who_it_is_else_the_card(players: Players, opened: str) -> None:
    known = scanning.identity_of(scan(players.kiosk, CARD.replace("Nguyễn Thị Hường", "NGUYEN THI HUONG")))
    stranger = scanning.identity_of(scan(players.kiosk, casting.CARD_OF_STRANGER))
    assert known
    assert stranger
    assert (known.name, stranger.name) == ("Nguyễn Thị Hường", "Phạm Văn Khách")
    assert scanning.identity_of(scan(players.kiosk, "hello")) is None
