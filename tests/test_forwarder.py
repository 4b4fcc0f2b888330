# ruff: noqa: F811 (fixtures)
"""The forwarder against the simulated platform: real sockets, a real database, and processes that are killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import text

from kiosk import config, forwarder
from kiosk.actions import certificates as certificate_acts
from kiosk.actions import day, forwarding, observation, table, voiding
from kiosk.config import Settings
from kiosk.demo.shift import Shift
from kiosk.errors import Refusal
from kiosk.forwarder import Forwarder
from kiosk.rules import messages
from kiosk.rules.words import MessageState
from kiosk.store import audit, certificates, clinic_days, doses, heartbeats, outbox
from kiosk.store.database import db, writing
from kiosk.upstream import fhir, profile
from kiosk.upstream.simulator import Platform
from tests.cast import CARD, Players, dosed, hub, inside, key, now, opened, players  # noqa: F401
from tests.upstream.conftest import FHIR

pytestmark = pytest.mark.usefixtures("inside")
SECONDS = 60


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    running = Platform(tmp_path / "platform")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def settings(folder: Path, platform: Platform) -> Settings:
    """The site's settings, with this platform."""
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[upstream]\nurl = "{platform.url}"\n')
    return config.load(folder)


@pytest.fixture
def sender(settings: Settings) -> Forwarder:
    """A forwarder in this process."""
    return forwarder.open_forwarder(settings)


@pytest.fixture
def begin(settings: Settings) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Begins a forwarder in a process of its own."""
    begun: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "kiosk", "--folder", str(settings.folder), "forward"]
        begun.append(subprocess.Popen(words, stderr=subprocess.PIPE, text=True, encoding="utf-8"))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.wait()


def until(what: str, seen: Callable[[], bool]) -> None:
    """Looks again until it is so."""
    end = time.monotonic() + SECONDS
    while not seen():
        assert time.monotonic() < end, what
        db.session.rollback()
        time.sleep(0.05)


def message(day_id: str) -> outbox.Message:
    """The only message of the day, as it stands now."""
    db.session.rollback()
    db.session.expire_all()
    (one,) = outbox.list_in(list(MessageState), day_id)
    return one


def test_an_acknowledged_dose_has_one_receipt(
    players: Players, opened: str, platform: Platform, sender: Forwarder
) -> None:
    assert not sender.do_one(), "nothing is due"
    dosed(players, players.huong)
    assert sender.do_one()
    assert not sender.do_one()
    row = message(opened)
    assert row.stands is MessageState.ACKNOWLEDGED
    assert row.receipt
    assert row.receipt.server == platform.url
    assert platform.state()["doses"] == outbox.count_receipts(opened) == 1
    assert not list(audit.verify())


def test_nothing_is_written_while_nothing_is_due(players: Players, opened: str, sender: Forwarder) -> None:
    sender.do_one()
    entries = audit.count()
    for _ in range(3):
        assert not sender.do_one()
    db.session.rollback()
    assert audit.count() == entries


def test_a_platform_that_is_away_keeps_everything_and_loses_nothing(
    players: Players, opened: str, platform: Platform, sender: Forwarder
) -> None:
    platform.stop()
    dosed(players, players.huong)
    dosed(players, players.pao)
    assert not sender.do_one()
    sender.beat()
    beat = heartbeats.find_forwarder("hub-1")
    assert beat
    assert beat.trouble == "unreachable"
    states = outbox.count_states(opened)
    assert states == {"waiting": 2}, "the second was not tried"
    assert sorted(row.attempts for row in outbox.list_in([MessageState.WAITING], opened)) == [0, 1]
    platform.start()
    assert [sender.do_one() for _ in range(3)] == [True, True, False]
    assert (sender.trouble, sender.pause) == ("", 0.0)
    db.session.rollback()
    assert outbox.count_states(opened) == {"acknowledged": 2}
    assert platform.state()["doses"] == 2


def test_the_line_waits_as_long_as_the_platform_asks(
    players: Players, opened: str, platform: Platform, sender: Forwarder
) -> None:
    dosed(players, players.huong)
    platform.misbehave(busy=True)
    begun = time.monotonic()
    assert not sender.do_one()
    assert sender.pause > 2 - (time.monotonic() - begun) - 0.1
    assert message(opened).next_at > message(opened).made_at


def test_what_the_platform_forgot_is_not_acknowledged(
    players: Players, opened: str, platform: Platform, sender: Forwarder, folder: Path
) -> None:
    dosed(players, players.huong)
    platform.misbehave(forget=True)
    assert sender.do_one()
    assert (message(opened).state, message(opened).reason) == ("waiting", "forgotten")
    assert outbox.count_receipts(opened) == platform.state()["doses"] == 0
    platform.misbehave(forget=False)
    _an_hour_later(folder)
    assert sender.do_one()
    assert message(opened).state == "acknowledged"
    assert platform.state()["doses"] == 1


def test_a_refused_dose_is_parked_after_the_fifth_time_and_can_be_sent_again(
    players: Players, opened: str, platform: Platform, sender: Forwarder, folder: Path
) -> None:
    dosed(players, players.huong)
    platform.misbehave(refuse=True)
    for _ in range(5):
        assert message(opened).state == "waiting"
        _an_hour_later(folder)
        assert sender.do_one()
    assert (message(opened).state, message(opened).reason, message(opened).attempts) == ("parked", "refused", 5)
    assert sender.trouble == "", "the line is not the trouble"
    assert not sender.do_one()
    platform.misbehave(refuse=False)
    forwarding.send_again(players.lead, now(), key(), message(opened).id)
    assert sender.do_one()
    assert message(opened).state == "acknowledged"


def test_a_doubled_dose_waits_for_a_person_and_is_never_told_a_third_time(
    players: Players, opened: str, platform: Platform, sender: Forwarder
) -> None:
    dosed(players, players.huong)
    platform.misbehave(duplicate=True)
    assert sender.do_one()
    assert (message(opened).state, message(opened).reason) == ("parked", "doubled")
    platform.misbehave(duplicate=False)
    forwarding.send_again(players.lead, now(), key(), message(opened).id)
    assert sender.do_one()
    assert (message(opened).state, platform.state()["doses"]) == ("parked", 2)


def test_a_lost_answer_is_asked_for_again(players: Players, opened: str, platform: Platform, sender: Forwarder) -> None:
    dosed(players, players.huong)
    platform.misbehave(drop_answer=True)
    assert not sender.do_one()
    assert platform.state()["doses"] == 1
    platform.misbehave(drop_answer=False)
    assert sender.do_one()
    assert message(opened).state == "acknowledged"
    assert (platform.state()["doses"], platform.state()["doubled"]) == (1, 0)


def test_what_nobody_can_read_is_parked_and_holds_nobody_up(
    players: Players, opened: str, platform: Platform, sender: Forwarder
) -> None:
    dosed(players, players.huong)
    row = message(opened)
    with writing():
        outbox.get(row.id).body = {"message": "dose_given.9"}
    dosed(players, players.pao)
    assert [sender.do_one() for _ in range(3)] == [True, True, False]
    db.session.expire_all()
    states = {row.state: row.reason for row in outbox.list_in(list(MessageState), opened)}
    assert states == {"parked": "unreadable", "acknowledged": ""}


def test_without_a_platform_nothing_is_sent_and_it_says_so(
    players: Players, opened: str, settings: Settings, hub: Flask
) -> None:
    dosed(players, players.huong)
    nowhere = settings.model_copy(update={"upstream": settings.upstream.model_copy(update={"url": ""})})
    sender = forwarder.open_forwarder(nowhere)
    assert not sender.do_one()
    sender.beat()
    beat = heartbeats.find_forwarder("hub-1")
    assert beat
    assert beat.trouble == "not_set"
    assert message(opened).attempts == 0


def test_a_failing_database_is_survived_and_what_was_in_hand_goes_again(
    players: Players, opened: str, platform: Platform, sender: Forwarder
) -> None:
    dosed(players, players.huong)
    with writing() as session:
        session.execute(db.text("CREATE TRIGGER full BEFORE INSERT ON receipt BEGIN SELECT RAISE(FAIL, 'full'); END"))
    assert not sender.go_on()
    assert (message(opened).state, sender.trouble) == ("sending", "failed")
    with writing() as session:
        session.execute(db.text("DROP TRIGGER full"))
    assert sender.go_on()
    assert message(opened).state == "acknowledged"
    assert (sender.trouble, platform.state()["doses"], outbox.count_receipts(opened)) == ("", 1, 1)


def test_a_closed_day_s_message_still_goes(
    players: Players, opened: str, platform: Platform, sender: Forwarder
) -> None:
    dosed(players, players.huong)
    platform.stop()
    sender.do_one()
    with pytest.raises(Refusal, match="doses_unsettled"):
        day.close_day(players.lead, now(), key(), 1)
    forwarding.sign_for(players.lead, now(), key(), [message(opened).id], "mất mạng")
    day.close_day(players.lead, now(), key(), 1)
    assert clinic_days.find_open() is None
    platform.start()
    assert sender.do_one()
    row = message(opened)
    assert (row.state, row.signed_reason) == ("acknowledged", "mất mạng")


def test_killed_with_a_dose_in_hand_it_tells_of_it_once(
    players: Players, opened: str, platform: Platform, begin: Callable[[], subprocess.Popen[str]]
) -> None:
    platform.misbehave(delay=60)
    dosed(players, players.huong)
    process = begin()
    until("the platform to have it", lambda: platform.state()["doses"] == 1)
    assert message(opened).stands is MessageState.SENDING
    process.kill()
    process.wait()
    platform.misbehave(delay=0)
    begin()
    until("the receipt", lambda: message(opened).stands is MessageState.ACKNOWLEDGED)
    assert message(opened).attempts == 2
    assert (platform.state()["doses"], platform.state()["doubled"], outbox.count_receipts(opened)) == (1, 0, 1)


def test_told_to_stop_it_stops_in_the_middle_of_an_exchange_and_logs_no_person(
    players: Players, opened: str, platform: Platform, begin: Callable[[], subprocess.Popen[str]]
) -> None:
    process = begin()
    dosed(players, players.pao)
    until("the first receipt", lambda: message(opened).stands is MessageState.ACKNOWLEDGED)
    platform.misbehave(delay=60)
    dosed(players, players.huong)
    until("the second to be on its way", lambda: platform.state()["doses"] == 2)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    events = [json.loads(line)["event"] for line in said.splitlines()]
    # Had it waited for the platform, it would have found the line too slow and said so.
    assert events == ["forwarder.started", "message.acknowledged", "forwarder.stopped"]
    for secret in (*CARD.split("|")[:3], "Sùng A Páo", "015090001234"):
        assert not secret or secret not in said


def test_there_is_one_forwarder_a_site(settings: Settings, begin: Callable[[], subprocess.Popen[str]]) -> None:
    with forwarder.alone(settings.folder):
        second = begin()
        _, said = second.communicate(timeout=SECONDS)
    assert second.returncode == 1
    assert "forwarder" in said
    assert "Traceback" not in said
    with forwarder.alone(settings.folder):
        pass


def test_once_sends_what_is_due_and_says_what_is_left(
    players: Players, opened: str, platform: Platform, settings: Settings
) -> None:
    dosed(players, players.huong)
    dosed(players, players.pao)
    platform.stop()
    assert forwarder.run_once(settings) == ("unreachable", {"waiting": 2})
    platform.start()
    assert forwarder.run_once(settings) == ("", {})


def test_one_that_makes_it_fail_again_and_again_holds_nobody_up(
    players: Players, opened: str, platform: Platform, sender: Forwarder
) -> None:
    dosed(players, players.huong)
    dosed(players, players.pao)
    first, second = outbox.list_in(list(MessageState), opened)
    refuse = "BEGIN SELECT RAISE(ABORT, 'no'); END"
    with writing() as session:
        session.execute(
            text(f"CREATE TRIGGER no_receipt BEFORE INSERT ON receipt WHEN NEW.message_id = '{first.id}' {refuse}")
        )
    for _ in range(4):
        sender.go_on()
    db.session.expire_all()
    states = [outbox.get(each.id).state for each in (first, second)]
    assert states == [MessageState.WAITING, MessageState.ACKNOWLEDGED]


@pytest.fixture
def asked(players: Players, opened: str, platform: Platform, sender: Forwarder) -> str:
    """The platform has Hường's dose, and she has asked for her certificate at the finish desk; the visit's id."""
    visit = dosed(players, players.huong, now(-31))
    assert sender.do_one()
    observation.release(players.observer, now(), key(), visit, "")
    table.call_next(players.finisher, now(), key())
    table.receive(players.finisher, now(), key(), visit)
    certificate_acts.ask(players.finisher, now(), key(), visit)
    return visit


def certificate(visit: str) -> certificates.Certificate:
    """What the visit's person was answered."""
    db.session.rollback()
    db.session.expire_all()
    row = certificates.find(visit)
    assert row
    return row


def test_a_certificate_is_fetched_as_the_platform_has_it(asked: str, sender: Forwarder) -> None:
    assert sender.do_one()
    assert not sender.do_one()
    row = certificate(asked)
    assert (row.state, row.next_at, row.attempts) == ("given", None, 1)
    assert row.body
    assert row.body["code"].startswith("HC1:")
    assert [dose["number"] for dose in row.body["doses"]] == [1]
    assert not list(audit.verify())


def test_doses_go_before_certificates(players: Players, asked: str, opened: str, sender: Forwarder) -> None:
    dosed(players, players.pao)
    assert sender.do_one()
    assert (outbox.count_states(opened), certificate(asked).state) == ({"acknowledged": 2}, "asked")
    assert sender.do_one()
    assert certificate(asked).state == "given"


def test_none_yet_is_asked_again_in_its_time(asked: str, platform: Platform, sender: Forwarder, folder: Path) -> None:
    platform.misbehave(no_certificate=True)
    assert sender.do_one()
    assert not sender.do_one(), "its time has not come"
    assert (certificate(asked).state, certificate(asked).reason) == ("none_yet", "")
    platform.misbehave(no_certificate=False)
    _an_hour_later(folder)
    assert sender.do_one()
    assert certificate(asked).state == "given"


def test_one_of_another_is_not_taken(asked: str, platform: Platform, sender: Forwarder) -> None:
    platform.misbehave(other_certificate=True)
    assert sender.do_one()
    row = certificate(asked)
    assert (row.state, row.reason, row.body, row.next_at) == ("refused", "of_another", None, None)
    assert not sender.do_one()


def test_a_certificate_that_cannot_be_asked_for_is_no_trouble_of_the_line(
    players: Players, asked: str, opened: str, platform: Platform, sender: Forwarder, folder: Path
) -> None:
    platform.misbehave(login_page=True)
    assert not sender.do_one(), "nobody answered"
    row = certificate(asked)
    assert (row.state, row.reason, sender.trouble, sender.pause) == ("asked", "login_page", "", 0.0)
    platform.misbehave(login_page=False)
    dosed(players, players.pao)
    assert sender.do_one()
    assert outbox.count_states(opened) == {"acknowledged": 2}
    _an_hour_later(folder)
    assert sender.do_one()
    assert certificate(asked).state == "given"


def test_one_whose_message_cannot_be_read_holds_nobody_up(asked: str, sender: Forwarder, opened: str) -> None:
    told = message(opened).id
    with writing():
        outbox.get(told).body = {"message": "dose_given.9"}
    assert sender.do_one()
    assert (certificate(asked).state, certificate(asked).reason) == ("refused", "unreadable")
    assert not sender.do_one()


def test_the_program_fetches_it_and_logs_no_person(asked: str, begin: Callable[[], subprocess.Popen[str]]) -> None:
    process = begin()
    until("the certificate", lambda: certificate(asked).state == "given")
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=SECONDS)
    assert "certificate.asked" in [json.loads(line)["event"] for line in said.splitlines()]
    for secret in (*CARD.split("|")[:3], "HC1:", "URN:UVCI"):
        assert not secret or secret not in said


@pytest.fixture
def dose(players: Players, opened: str) -> doses.Dose:
    """A dose that was just given."""
    found = doses.find(dosed(players, players.huong))
    assert found
    return found


def void(players: Players, dose: doses.Dose) -> None:
    """It was recorded for the wrong person."""
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, "wrong_person", "")


def states(day_id: str) -> list[tuple[str, str]]:
    """Kind and state of the day's messages, in order."""
    db.session.rollback()
    db.session.expire_all()
    return [(row.kind, row.state) for row in outbox.list_in(list(MessageState), day_id)]


def held(platform: Platform) -> tuple[int, int, int]:
    """Doses that stand on the platform, void ones, doubled ones."""
    figures = platform.state()
    return figures["doses"], figures["voided"], figures["doubled"]


GIVEN, VOIDED = "dose_given.1", "dose_voided.1"
BOTH = [(GIVEN, "acknowledged"), (VOIDED, "acknowledged")]


def test_a_void_is_told_once_and_receipted(
    players: Players, opened: str, dose: doses.Dose, platform: Platform, sender: Forwarder
) -> None:
    assert sender.do_one()
    void(players, dose)
    assert [sender.do_one(), sender.do_one()] == [True, False]
    assert states(opened) == BOTH
    assert held(platform) == (0, 1, 0)
    receipts = [outbox.find_of(dose.id).receipt, outbox.find_void(dose.id).receipt]  # type: ignore[union-attr]
    assert len({(receipt.remote_id, receipt.remote_version) for receipt in receipts if receipt}) == 2
    assert outbox.list_unsettled(opened) == []
    assert not list(audit.verify())


def test_a_dose_taken_back_before_it_left_is_never_told(
    players: Players, opened: str, dose: doses.Dose, platform: Platform, sender: Forwarder
) -> None:
    void(players, dose)
    assert not sender.do_one()
    assert (states(opened), held(platform)) == ([(GIVEN, "superseded")], (0, 0, 0))


@pytest.mark.parametrize("arrived", [True, False])
def test_a_dose_whose_answer_was_lost_is_void_whether_it_arrived_or_not(
    players: Players, opened: str, dose: doses.Dose, platform: Platform, sender: Forwarder, arrived: bool
) -> None:
    platform.misbehave(drop_answer=arrived, login_page=not arrived)
    assert not sender.do_one()
    assert held(platform) == (int(arrived), 0, 0)
    void(players, dose)
    platform.misbehave(drop_answer=False, login_page=False)
    assert [sender.do_one(), sender.do_one()] == [True, False]
    assert states(opened) == [(GIVEN, "superseded"), (VOIDED, "acknowledged")]
    assert held(platform) == (0, 1, 0)


def test_a_dose_that_arrives_after_its_void_stays_void(
    players: Players, opened: str, dose: doses.Dose, platform: Platform, sender: Forwarder
) -> None:
    told = messages.read_given(message(opened).body)
    platform.misbehave(login_page=True)
    sender.do_one()
    platform.misbehave(login_page=False)
    void(players, dose)
    assert sender.do_one()
    late = requests.post(
        platform.url, json=fhir.bundle(told, profile.load()), headers={"Content-Type": FHIR}, timeout=10
    )
    assert (late.status_code, held(platform)) == (200, (0, 1, 0))


def test_a_correction_is_a_void_and_a_dose(
    players: Players, opened: str, dose: doses.Dose, platform: Platform, sender: Forwarder
) -> None:
    assert sender.do_one()
    voiding.correct_dose(
        players.vaccinator, now(), key(), dose.id, vial_id=dose.vial_id or "", dose_number=1, arm="right",
        vaccinator=dose.vaccinator, reason="mistyped", note="",
    )  # fmt: skip
    assert [sender.do_one() for _ in range(3)] == [True, True, False]
    assert states(opened) == [*BOTH, (GIVEN, "acknowledged")]
    assert held(platform) == (1, 1, 0)


def test_a_refused_dose_that_is_taken_back_leaves_nothing_that_stands(
    players: Players, opened: str, dose: doses.Dose, platform: Platform, sender: Forwarder, folder: Path
) -> None:
    platform.misbehave(refuse=True)
    for _ in range(5):
        _an_hour_later(folder)
        assert sender.do_one()
    assert states(opened) == [(GIVEN, "parked")]
    platform.misbehave(refuse=False)
    void(players, dose)
    assert sender.do_one()
    assert states(opened) == [(GIVEN, "superseded"), (VOIDED, "acknowledged")]
    assert held(platform) == (0, 1, 0)


def test_a_void_that_somebody_else_s_change_crosses_is_told_anew(
    players: Players, opened: str, dose: doses.Dose, platform: Platform, sender: Forwarder, folder: Path
) -> None:
    assert sender.do_one()
    void(players, dose)
    platform.misbehave(meddle=True)
    assert sender.do_one()
    assert (states(opened)[1], held(platform)) == ((VOIDED, "waiting"), (1, 0, 0))
    assert outbox.find_void(dose.id).reason == "changed"  # type: ignore[union-attr]
    platform.misbehave(meddle=False)
    _an_hour_later(folder)
    assert sender.do_one()
    assert (states(opened), held(platform)) == (BOTH, (0, 1, 0))


def test_a_platform_that_changes_nothing_parks_the_void_and_goes_on(
    players: Players, opened: str, dose: doses.Dose, platform: Platform, sender: Forwarder, folder: Path
) -> None:
    assert sender.do_one()
    void(players, dose)
    platform.misbehave(unchanging=True)
    for _ in range(5):
        _an_hour_later(folder)
        assert sender.do_one()
    assert (states(opened)[1], sender.trouble) == ((VOIDED, "parked"), "")
    platform.misbehave(unchanging=False)
    row = outbox.find_void(dose.id)
    assert row
    forwarding.send_again(players.lead, now(), key(), row.id)
    assert sender.do_one()
    assert states(opened) == BOTH


def test_killed_with_a_void_in_hand_it_is_void_once(
    players: Players, opened: str, dose: doses.Dose, platform: Platform, sender: Forwarder,
    begin: Callable[[], subprocess.Popen[str]],
) -> None:  # fmt: skip
    assert sender.do_one()
    void(players, dose)
    platform.misbehave(delay=2)
    process = begin()
    until("the platform to have changed it", lambda: held(platform) == (0, 1, 0))
    platform.misbehave(delay=60)
    process.kill()
    process.wait()
    platform.misbehave(delay=0)
    begin()
    until("the receipt", lambda: states(opened) == BOTH)
    (stored,) = platform.records.search("Immunization", [("identifier", profile.load().systems.dose, dose.id)])
    assert [one["status"] for one in platform.records.history(stored["id"])] == ["completed", "entered-in-error"]


def test_a_dose_taken_back_while_it_was_in_a_dead_forwarder_s_hands(
    players: Players, opened: str, dose: doses.Dose, platform: Platform, begin: Callable[[], subprocess.Popen[str]]
) -> None:
    platform.misbehave(delay=60)
    process = begin()
    until("the platform to have it", lambda: held(platform) == (1, 0, 0))
    void(players, dose)
    process.kill()
    process.wait()
    assert states(opened) == [(GIVEN, "sending"), (VOIDED, "waiting")]
    platform.misbehave(delay=0)
    begin()
    until("the void", lambda: states(opened) == [(GIVEN, "superseded"), (VOIDED, "acknowledged")])
    assert held(platform) == (0, 1, 0)


def _an_hour_later(folder: Path) -> None:
    Shift(folder / "clock-shift").advance(60)
