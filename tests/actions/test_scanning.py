"""Something is held to a camera."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk.actions import scanning
from kiosk.demo import papers as demo_papers
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.person import Identity
from kiosk.rules.words import CodeKind, ScanOutcome, Sex
from kiosk.store import audit, people, rosters, scans, topics, visits
from kiosk.store.database import db, writing
from tests import cast as casting
from tests import papers
from tests.cast import CARD, Players, done_once, key, now, receive

pytestmark = pytest.mark.usefixtures("inside")


def scan(by: Actor, text: str | bytes, minutes: float = 0, symbology: str = "QRCode") -> scans.Scan:
    """Holds a code to the camera, or to the scanner that types; the scan."""
    id, raw = key(), text.encode() if isinstance(text, str) else text
    scanning.scan_code(by, now(minutes), id, id, raw, symbology, ["https://diem-tiem.local"])
    return scans.get(id)


def listed(name: str, born_on: date | None, number: str = "", sex: Sex = Sex.FEMALE, year: int = 1958) -> str:
    """Somebody more is expected today; the person's id."""
    with writing():
        person = people.add(Identity(name, number, born_on=born_on, born_year=year, sex=sex))
        file = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at)
        rosters.add(file)
        db.session.add(rosters.RosterEntry(roster_id=file.id, person_id=person.id, on=now().on, priority_group=""))
    return person.id


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (CARD, ScanOutcome.ROSTERED),
        (casting.CARD_OF_VANG, ScanOutcome.NOT_ROSTERED),
        (casting.CARD_OF_STRANGER, ScanOutcome.NOT_ROSTERED),
        (papers.QR, ScanOutcome.ROSTERED),
        (papers.CARD_BACK, ScanOutcome.ROSTERED),
        (papers.MASKED_QR, ScanOutcome.ROSTERED),
        (papers.INSURANCE, ScanOutcome.ROSTERED),
        (papers.CERTIFICATE, ScanOutcome.ROSTERED),
        (demo_papers.personal_qr(papers.of(number="015158009999")), ScanOutcome.NOT_ROSTERED),
        (papers.card_back(number="015158009999"), ScanOutcome.NOT_ROSTERED),
        (demo_papers.insurance(papers.of(name="Nguyễn Thị Hương")), ScanOutcome.INCOMPLETE),
        (demo_papers.insurance(papers.of(born_on=date(1958, 5, 13))), ScanOutcome.INCOMPLETE),
        (demo_papers.certificate(papers.of(name="Phạm Văn Khách")), ScanOutcome.INCOMPLETE),
        (demo_papers.personal_qr(papers.of(born_on=date(1957, 5, 12)), masked=True), ScanOutcome.INCOMPLETE),
        ("061234567|NGUYEN THI HUONG|1958-05-12|0|162900000000000001|<2<<", ScanOutcome.ROSTERED),
        ("https://example.test", ScanOutcome.UNKNOWN_CODE),
        ("DTB1:TN1", ScanOutcome.UNKNOWN_CODE),
        ("https://example.test/t/23456789AB", ScanOutcome.UNKNOWN_CODE),
        ("https://diem-tiem.local/t/23456789AB", ScanOutcome.UNKNOWN_TICKET),
        (b"\xff\xfe\x00", ScanOutcome.UNKNOWN_CODE),
        ("DT1:23456789AB", ScanOutcome.UNKNOWN_TICKET),
    ],
)
def test_what_a_code_leads_to(players: Players, opened: str, text: str, outcome: ScanOutcome) -> None:
    assert scan(players.kiosk, text).outcome == outcome


def test_two_whom_a_code_may_mean_are_nobody(players: Players, opened: str) -> None:
    listed("Nguyễn Thị Hướng", date(1958, 5, 12))
    assert scan(players.kiosk, papers.INSURANCE).person_id == players.huong, "the marks tell them apart"
    found = scan(players.kiosk, papers.MASKED_QR)
    assert (found.outcome, found.person_id) == (ScanOutcome.INCOMPLETE, None)
    assert scan(players.kiosk, papers.QR).person_id == players.huong, "the number tells them apart"
    listed("Nguyễn Thị Hường", date(1958, 5, 12))
    assert scan(players.kiosk, papers.INSURANCE).outcome == ScanOutcome.INCOMPLETE


def test_whoever_is_expected_today_comes_first(players: Players, opened: str) -> None:
    """Two people of one name and birth date, one of them on today's list."""
    today = listed("Đặng Thị Vắng", date(1970, 1, 1), year=1970)
    card = papers.of(name="Đặng Thị Vắng", born_on=date(1970, 1, 1))
    assert scan(players.kiosk, demo_papers.insurance(card)).person_id == today
    gone = demo_papers.insurance(papers.of(name="Đặng Thị Vắng", born_on=date(1970, 1, 1), sex=Sex.MALE))
    assert scan(players.kiosk, gone).outcome == ScanOutcome.INCOMPLETE, "the other sex is somebody else"


def test_a_name_and_birth_date_whose_number_differs_is_another_person(players: Players, opened: str) -> None:
    other = scan(players.kiosk, CARD.replace("015158004187", "015158004188"))
    assert (other.outcome, other.person_id) == (ScanOutcome.NOT_ROSTERED, None)


def test_two_numbers_are_two_people_even_if_one_of_them_is_expected(players: Players, opened: str) -> None:
    listed("Đặng Thị Vắng", date(1970, 1, 1), "015170008888", year=1970)
    card = papers.of(name="Đặng Thị Vắng", born_on=date(1970, 1, 1))
    assert scan(players.kiosk, demo_papers.insurance(card)).outcome == ScanOutcome.INCOMPLETE


def test_the_digits_between_the_stars_must_be_the_same(players: Players, opened: str) -> None:
    """Twins, An and Ân: one is expected, the other holds up a starred code."""
    expected = listed("Lò Văn Ân", date(1990, 5, 1), "015090000222", Sex.MALE, 1990)
    an = papers.of(name="Lò Văn An", number="015090000111", born_on=date(1990, 5, 1), sex=Sex.MALE)
    assert scan(players.kiosk, demo_papers.personal_qr(an, masked=True)).person_id is None
    twin = papers.of(name="Lò Văn Ân", number="015090000222", born_on=date(1990, 5, 1), sex=Sex.MALE)
    assert scan(players.kiosk, demo_papers.personal_qr(twin, masked=True)).person_id == expected


def test_a_masked_code_that_fits_two_is_nobodys(players: Players, opened: str) -> None:
    """The cousin who is not expected today is known as well."""
    listed("Lò Văn Ân", date(1990, 5, 1), "", Sex.MALE, 1990)
    with writing():
        people.add(Identity("Lò Văn An", born_on=date(1990, 8, 8), born_year=1990, sex=Sex.MALE))
    an = papers.of(name="Lò Văn An", number="015090000111", born_on=date(1990, 8, 8), sex=Sex.MALE)
    assert scan(players.kiosk, demo_papers.personal_qr(an, masked=True)).outcome == ScanOutcome.INCOMPLETE


@pytest.mark.parametrize(
    ("text", "symbology", "found"),
    [
        (CARD.replace("Nguyễn Thị Hường", "Trần Văn Tám").replace("12051958", "02031971"), "QRCode", False),
        (CARD.replace("Nguyễn Thị Hường", "Nguyễn Thị Hường Em"), "QRCode", True),
        (CARD.replace("12051958", "12061958"), "QRCode", True),
        (CARD.replace("12051958", "02031971"), "Keyboard", False),
    ],
    ids=["another name and birth date", "another name", "another birth date", "typed, another birth date"],
)
def test_a_number_that_somebody_else_gives_as_theirs_finds_nobody(
    players: Players, opened: str, text: str, symbology: str, found: bool
) -> None:
    assert (scan(players.kiosk, text, symbology=symbology).person_id == players.huong) is found


def test_a_masked_code_means_nobody_who_is_not_expected(players: Players, opened: str) -> None:
    vang = papers.of(name="Đặng Thị Vắng", number="015170009999", born_on=date(1970, 1, 1))
    assert scan(players.kiosk, demo_papers.personal_qr(vang)).person_id == players.vang
    assert scan(players.kiosk, demo_papers.personal_qr(vang, masked=True)).person_id is None


def test_a_list_without_numbers_is_met_by_a_name_without_marks(players: Players, opened: str) -> None:
    mine = listed("Lò Thị Ửng", date(1960, 3, 1), year=1960)
    who = papers.of(name="Lò Thị Ửng", number="015160000001", born_on=date(1960, 3, 1))
    assert scan(players.kiosk, demo_papers.personal_qr(who)).person_id == mine
    found = scan(players.kiosk, papers.card_back("015160000001", "600301", "LO<<THI<UNG"))
    assert found.person_id == mine
    known = scanning.identity_of(found)
    assert known
    assert known.name == "Lò Thị Ửng", "the name with its marks stays"


@pytest.mark.parametrize("text", [CARD, CARD.replace("Nguyễn Thị Hường", "Nguyeenx Thij Huwowngf"), papers.QR])
def test_of_what_a_scanner_typed_the_number_is_trusted_and_no_name(players: Players, opened: str, text: str) -> None:
    found = scan(players.kiosk, text, symbology="Keyboard")
    assert (found.outcome, found.person_id, found.keyed) == (ScanOutcome.ROSTERED, players.huong, True)
    other = scan(players.kiosk, text.replace("015158004187", "015158004188"), symbology="Keyboard")
    assert (other.outcome, other.person_id) == (ScanOutcome.INCOMPLETE, None)
    said = scanning.identity_of(other)
    assert said
    assert (said.name, said.number) == ("", "015158004188")


def test_the_kind_outlives_the_text_and_the_audit_says_no_more_than_that(players: Players, opened: str) -> None:
    old = scan(players.kiosk, papers.INSURANCE)
    scan(players.kiosk, "DTB1:TN1", minutes=11)
    db.session.expire_all()
    assert (scans.get(old.id).raw, scans.get(old.id).kind) == (b"", CodeKind.INSURANCE_CARD)
    entries = db.session.scalars(db.select(audit.AuditEntry)).all()
    told = [entry.facts for entry in entries if entry.event in ("person.viewed", "code.scanned")]
    assert [facts["kind"] for facts in told] == ["insurance_card", "badge"]
    assert not any("TN1" in str(facts) or "Hường" in str(facts) for facts in told)


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


@pytest.mark.parametrize("text", ["DTB1:TN1", "https://diem-tiem.example/xa", "0104012345678901"])
def test_a_code_that_is_nobodys_takes_the_screen_from_nobody(players: Players, opened: str, text: str) -> None:
    mine = scan(players.kiosk, CARD)
    for _ in range(2):
        assert scan_again(players.kiosk, text) == ScanOutcome.UNKNOWN_CODE
        assert scans.find_offered("kiosk-1", now(-1).at) is mine
    scan_again(players.kiosk, "https://another.example")
    done_once(scanning.confirm_scan, players.kiosk, mine.id, other=players.neighbour)
    scan_again(players.kiosk, "DTB1:TN2")
    assert scans.find_offered("kiosk-1", now(-1).at) is None, "nor from whoever is answering"
    assert scanning.require_usable(mine.id, "kiosk-1", now().at) is mine


def scan_again(by: Actor, text: str, minutes: float = 0) -> str:
    id = key()
    outcome = scanning.scan_code(by, now(minutes), id, id, text.encode(), "QRCode")
    assert scans.find_taken(id, by.station, text.encode(), now(minutes - 1).at).raw == text.encode()
    return outcome


def test_a_poster_on_the_wall_has_the_screen_once(players: Players, opened: str) -> None:
    poster = scan(players.kiosk, "https://diem-tiem.example/xa")
    assert scans.find_offered("kiosk-1", now(-1).at) is poster
    scanning.drop_scan(players.kiosk, now(), key(), poster.id)
    for minutes in (0.1, 0.2, 0.3, 0.4):
        scan_again(players.kiosk, "https://diem-tiem.example/xa", minutes)
        assert scans.find_offered("kiosk-1", now(-1).at) is None
    held = scan(players.kiosk, CARD, minutes=0.45)
    assert scans.find_offered("kiosk-1", now(-1).at) is held, "a card is read beside it"
    scanning.drop_scan(players.kiosk, now(), key(), held.id)
    assert scan(players.kiosk, "https://diem-tiem.example/xa", minutes=0.7).closed_at is None, "it was away"


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
