"""A certificate that is shown says which doses were given elsewhere."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from bench.codes import certificate
from kiosk.actions import scanning
from kiosk.rules.actor import Actor
from kiosk.rules.schedule import PastDose
from kiosk.rules.vaccines import UNKNOWN
from kiosk.rules.words import EarlierSource, ScanOutcome
from kiosk.store import audit, doses, people, rosters, scans
from kiosk.store.columns import record
from kiosk.store.database import db, writing
from tests import papers
from tests.cast import CARD, Players, called, key, now, receive, screened, without_ids

pytestmark = pytest.mark.usefixtures("inside")


def paper(*given: tuple[str, str], name: str = "Nguyễn Thị Hường", birth: str = "1958-05-12") -> str:
    """A certificate of these doses: (the certificate's code of the product, date)."""
    family, _, rest = name.partition(" ")
    entries: list[dict[str, Any]] = [
        {"tg": "840539006", "mp": product, "dn": n, "sd": 2, "dt": on, "co": "VN", "is": "Bộ Y tế thử"}
        for n, (product, on) in enumerate(given, 1)
    ]
    return certificate({"ver": "1.3.0", "nam": {"fn": family, "gn": rest}, "dob": birth, "v": entries})


TWO = paper(("EU/1/21/1529", "2021-07-01"), ("EU/1/20/1528", "2021-09-01"))
HISTORY = [
    PastDose("astrazeneca", date(2021, 7, 1), source=EarlierSource.CERTIFICATE, place="Bộ Y tế thử"),
    PastDose("pfizer", date(2021, 9, 1), source=EarlierSource.CERTIFICATE, place="Bộ Y tế thử"),
]


def shown(by: Actor, text: str, minutes: float = 0) -> scans.Scan | None:
    """It is held up; the scan, None where it was no news."""
    id = key()
    scanning.scan_code(by, now(minutes), id, id, text.encode(), "QRCode")
    db.session.rollback()
    return scans.find(id)


@pytest.fixture
def at_needle(players: Players, opened: str) -> str:
    """Hường is cleared and sits at injection-1."""
    receive(players, players.huong)
    screened(players)
    return called(players.vaccinator)


def events(event: str) -> list[dict[str, Any]]:
    db.session.rollback()
    rows = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.event == event))
    return [row.facts for row in rows]


def test_what_it_says_at_the_injection_table_becomes_history(players: Players, at_needle: str) -> None:
    scan = shown(players.table_camera, TWO)
    assert scan
    assert scan.outcome == ScanOutcome.INCOMPLETE, "its signature is unchecked: it confirms nobody"
    assert doses.history(players.huong) == HISTORY
    assert [entry["vaccine"] for entry in events("dose.certified")] == ["astrazeneca", "pfizer"]
    assert not re.search("Hường|1958", without_ids(str(events("dose.certified"))))


def test_the_same_certificate_again_says_nothing_new(players: Players, at_needle: str) -> None:
    for minutes in (0, 1, 5):
        shown(players.table_camera, TWO, minutes)
    assert doses.history(players.huong) == HISTORY
    assert len(events("dose.certified")) == 2


def test_a_scan_that_is_sent_twice_is_taken_once(players: Players, at_needle: str) -> None:
    id = key()
    for _ in range(2):
        scanning.scan_code(players.table_camera, now(), id, id, TWO.encode(), "QRCode")
    assert len(events("dose.certified")) == 2


def test_at_the_desk_it_is_the_one_whom_it_means(players: Players, opened: str) -> None:
    shown(players.volunteer, TWO)
    assert doses.history(players.huong) == HISTORY


def test_at_the_doctors_it_is_whoever_sits_there(players: Players, opened: str) -> None:
    receive(players, players.huong)
    called(players.other_screener)
    shown(players.other_screener, TWO)
    assert doses.history(players.huong) == HISTORY


@pytest.mark.parametrize(
    "text",
    [
        paper(("EU/1/21/1529", "2021-07-01"), name="Nguyễn Thị Hướng Dương"),
        paper(("EU/1/21/1529", "2021-07-01"), birth="1958-05-13"),
        paper(("EU/1/21/1529", "2021-07-01"), name=""),
        papers.QR,
        CARD,
        "HC1:broken",
    ],
)
def test_what_does_not_agree_with_who_sits_there_is_not_taken(players: Players, at_needle: str, text: str) -> None:
    shown(players.table_camera, text)
    assert doses.history(players.huong) == []


def test_a_kiosk_takes_none_for_nobody_sees_who_holds_it(players: Players, opened: str) -> None:
    scan = shown(players.kiosk, TWO)
    assert scan
    assert scan.outcome == ScanOutcome.ROSTERED
    assert doses.history(players.huong) == []


def test_an_empty_table_takes_none(players: Players, opened: str) -> None:
    shown(players.table_camera, TWO)
    shown(players.other_screener, TWO)
    assert doses.history(players.huong) == []


def test_days_that_cannot_be_are_left_out(players: Players, at_needle: str) -> None:
    today, tomorrow = now().on, now().on + timedelta(days=1)
    said = [("EU/1/21/1529", day) for day in ("2020-11-30", f"{today}", f"{tomorrow}", "2021-13-01", "", "2020-12-01")]
    shown(players.table_camera, paper(*said))
    assert [dose.given_on for dose in doses.history(players.huong)] == [date(2020, 12, 1)]


def test_a_product_that_is_not_ours_is_a_dose_all_the_same(players: Players, at_needle: str) -> None:
    shown(players.table_camera, paper(("CoronaVac", "2021-07-01"), ("", "2021-08-01")))
    assert [dose.vaccine for dose in doses.history(players.huong)] == [UNKNOWN, UNKNOWN]


def test_of_a_day_that_we_know_it_says_nothing_new(players: Players, at_needle: str) -> None:
    with writing():
        record(
            doses.EarlierDose(person_id=players.huong, vaccine="moderna", given_on=date(2021, 7, 1), at=now().at), now()
        )
    shown(players.table_camera, TWO)
    assert [(dose.vaccine, dose.source) for dose in doses.history(players.huong)] == [
        ("moderna", EarlierSource.SAID), ("pfizer", EarlierSource.CERTIFICATE),
    ]  # fmt: skip


def test_a_list_and_a_certificate_of_one_day_are_one_dose(players: Players, at_needle: str) -> None:
    with writing():
        file = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at)
        rosters.add(file)
        record(
            doses.EarlierDose(
                person_id=players.huong, vaccine="astrazeneca", given_on=date(2021, 7, 1), at=now().at,
                roster_id=file.id, source=EarlierSource.LIST,
            ), now(),
        )  # fmt: skip
    shown(players.table_camera, TWO)
    assert [dose.given_on for dose in doses.history(players.huong)] == [date(2021, 7, 1), date(2021, 9, 1)]


def test_of_whom_only_the_year_is_known_the_year_is_enough(players: Players, at_needle: str) -> None:
    with writing():
        people.get(players.huong).born_on = None
    shown(players.table_camera, TWO)
    assert doses.history(players.huong) == HISTORY
