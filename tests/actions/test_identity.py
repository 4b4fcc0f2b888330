"""Before the needle: is this the right person?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from kiosk.actions import duty, identity, scanning, second_source, table
from kiosk.actions.follow_up import Numbered
from kiosk.rules.words import FollowUpKind, IdentityState, ScanOutcome, VisitState
from kiosk.store import audit, corrections, follow_ups, identity_checks, people, scans, staff, visits
from kiosk.store.database import db, writing
from tests import cast as casting
from tests import papers
from tests.cast import CARD, Players, called, done_once, key, now, receive, refusal_of, screened

pytestmark = pytest.mark.usefixtures("inside")

WITHOUT_MARK = CARD.replace("Nguyễn Thị Hường", "Nguyễn Thị Hương")
OTHER_DAY = CARD.replace("12051958", "12061958")
# The number says that this is a woman: card and list cannot both be right.
OTHER_SEX = CARD.replace("Nữ", "Nam")
SAID = ["name", "birth"]
NUMBER = "015158004187"


@pytest.fixture
def visit(players: Players, opened: str) -> str:
    """Hường is cleared and sits at injection-1."""
    receive(players, players.huong)
    screened(players)
    return called(players.vaccinator)


def held(players: Players, text: str, minutes: float = 0) -> scans.Scan | None:
    """A code is held to the table's own camera; the scan, None when it was no news."""
    id = key()
    scanning.scan_code(players.table_camera, now(minutes), id, id, text.encode(), "QRCode")
    db.session.rollback()
    return scans.find(id)


def keyed(players: Players, text: str) -> scans.Scan:
    """A code is typed by the table's scanner; the scan."""
    id = key()
    scanning.scan_code(players.table_camera, now(), id, id, text.encode(), "Keyboard")
    db.session.rollback()
    return scans.get(id)


def check(visit: str) -> identity_checks.IdentityCheck:
    """The one confirmed identity of the visit."""
    row = identity_checks.find(visits.get(visit))
    assert row
    return row


def test_the_right_card_confirms_by_itself_and_is_forgotten(players: Players, visit: str) -> None:
    scan = held(players, CARD)
    assert scan
    assert (scan.outcome, scan.visit_id, scan.raw) == (ScanOutcome.COMPARED, visit, b"")
    row = check(visit)
    assert (row.method, row.outcome, row.scan_id, row.by) == ("scan", "match", scan.id, players.table_camera.id)
    assert row.fields == dict.fromkeys(("name", "sex", "birth", "number"), "same")
    assert visits.get(visit).stands is VisitState.AT_TABLE


def test_a_scan_is_one_scan_however_often_it_is_sent(players: Players, visit: str) -> None:
    id = key()
    done_once(scanning.scan_code, players.table_camera, id, CARD.encode(), "QRCode", other=players.kiosk)
    assert db.session.query(identity_checks.IdentityCheck).count() == 1


def test_a_card_still_held_is_no_news(players: Players, visit: str) -> None:
    assert held(players, OTHER_SEX)
    assert held(players, OTHER_SEX) is None


@pytest.mark.parametrize(
    "card",
    [WITHOUT_MARK, OTHER_DAY, OTHER_SEX, casting.CARD_OF_PAO, CARD.replace("004187", "004188")],
)
def test_any_other_card_confirms_nothing(players: Players, visit: str, card: str) -> None:
    scan = held(players, card)
    assert scan
    assert scan.compared
    assert identity_checks.find(visits.get(visit)) is None


@pytest.mark.parametrize(
    ("text", "kind"), [(papers.QR, "national_qr"), (papers.CARD_BACK, "mrz"), (papers.INSURANCE, "insurance_card")]
)
def test_another_document_confirms_as_well_and_is_named(players: Players, visit: str, text: str, kind: str) -> None:
    held(players, text)
    row = check(visit)
    assert (row.method, row.outcome, row.document) == ("scan", "match", kind)


def test_a_name_without_marks_needs_birth_date_and_sex_beside_the_number(players: Players, visit: str) -> None:
    held(players, papers.QR.replace("|<2<<", "|<0<<"))
    assert identity_checks.find(visits.get(visit)) is None
    identity.confirm_alike(players.vaccinator, now(), key(), visit)
    row = check(visit)
    assert (row.outcome, row.fields["name"], row.fields["sex"]) == ("look", "plain", "absent")


@pytest.mark.parametrize(
    "text", [papers.MASKED_QR, papers.CERTIFICATE, "061234567|NGUYEN THI HUONG|1958-05-12|0|162900000000000001|<2<<"]
)
def test_a_code_that_says_too_little_neither_confirms_nor_alarms(players: Players, visit: str, text: str) -> None:
    scan = held(players, text)
    assert scan
    assert (scan.outcome, scan.visit_id) == (ScanOutcome.INCOMPLETE, visit)
    assert second_source.look_at(visits.get(visit), now()) == (scan, None, {})
    assert refusal_of(identity.confirm_alike, players.vaccinator, visit) == "nothing_to_confirm"
    identity.confirm_spoken(players.vaccinator, now(), key(), visit, ["name", "birth"])
    assert check(visit).outcome == "match", "and no reason is asked for"


def test_name_and_birth_date_confirm_nobody_where_two_have_both(players: Players, visit: str) -> None:
    with writing():
        people.add(replace(people.get(players.huong).identity, number=""))
    scan = held(players, papers.INSURANCE)
    assert scan
    assert (scan.outcome, identity_checks.find(visits.get(visit))) == (ScanOutcome.INCOMPLETE, None)
    held(players, CARD)
    assert check(visit).document == "national_card", "the number tells them apart"


def test_what_says_too_little_is_forgotten_at_once(players: Players, visit: str) -> None:
    scan = held(players, papers.MASKED_QR)
    assert scan
    assert (scan.raw, scan.kind) == (b"", "national_qr")


@pytest.mark.parametrize("card", [CARD, papers.QR])
def test_what_a_scanner_typed_confirms_nobody_but_another_number_alarms(
    players: Players, visit: str, card: str
) -> None:
    assert keyed(players, card).outcome == ScanOutcome.INCOMPLETE
    assert identity_checks.find(visits.get(visit)) is None
    other = keyed(players, card.replace("015158004187", "015158004188"))
    assert other.outcome == ScanOutcome.DIFFERED
    assert keyed(players, card).visit_id is None, "it does not make anybody forget the other number"
    said = ["name", "birth"]
    assert refusal_of(identity.confirm_spoken, players.vaccinator, visit, said) == "card_differs"


def test_a_name_that_differs_in_a_mark_needs_one_look(players: Players, visit: str) -> None:
    scan = held(players, WITHOUT_MARK)
    assert scan
    done_once(identity.confirm_alike, players.vaccinator, visit, other=players.typist)
    row = check(visit)
    assert (row.method, row.outcome, row.fields["name"]) == ("scan", "look", "marks")
    assert scans.get(scan.id).raw == b""
    assert refusal_of(identity.confirm_alike, players.vaccinator, visit) == "nothing_to_confirm"


@pytest.mark.parametrize("card", ["", "DT1:23456789AB", OTHER_SEX, casting.CARD_OF_PAO])
def test_only_a_difference_of_marks_can_be_looked_away(players: Players, visit: str, card: str) -> None:
    if card:
        held(players, card)
    assert refusal_of(identity.confirm_alike, players.vaccinator, visit) == "nothing_to_confirm"


def test_a_card_looked_at_too_long_ago_is_forgotten(players: Players, visit: str) -> None:
    held(players, WITHOUT_MARK)
    late = now(11)
    assert refusal_of(identity.confirm_alike, players.vaccinator, visit, at=late) == "nothing_to_confirm"


def test_who_has_no_card_says_name_and_birth(players: Players, visit: str) -> None:
    assert refusal_of(identity.confirm_spoken, players.vaccinator, visit, ["name"]) == "spoken_missing"
    assert refusal_of(identity.confirm_spoken, players.vaccinator, visit, ["name", "number"]) == "spoken_missing"
    said = ["birth", "name", "shoe_size"]
    assert refusal_of(identity.confirm_spoken, players.typist, visit, said) == "nobody_on_duty"
    duty.take_duty(players.typist, now(), key(), "N01", "5538", 5, 5)
    done_once(identity.confirm_spoken, players.typist, visit, said, other=players.vaccinator)
    row = check(visit)
    assert (row.method, row.outcome, row.spoken, row.fields) == ("spoken", "match", ["name", "birth"], {})
    assert row.by == players.typist.id


@pytest.mark.parametrize(
    "then", ["", "DT1:23456789AB", "https://example.test", papers.INSURANCE.replace("12/05", "13/05")]
)
def test_a_card_that_differed_asks_for_two_whatever_is_held_after_it(players: Players, visit: str, then: str) -> None:
    assert held(players, OTHER_SEX)
    if then:
        held(players, then)
    assert refusal_of(identity.confirm_spoken, players.vaccinator, visit, SAID) == "card_differs"
    assert refusal_of(identity.confirm_alike, players.vaccinator, visit) == "nothing_to_confirm"


def test_a_card_that_differed_is_remembered_when_its_text_is_forgotten(players: Players, visit: str) -> None:
    differing = held(players, OTHER_SEX)
    assert differing
    held(players, "https://example.test", minutes=11)
    with writing():
        scans.forget_raw(["injection-1"], None)
    assert refusal_of(identity.confirm_spoken, players.vaccinator, visit, SAID, at=now(12)) == "card_differs"
    overridden(players, visit)
    row = check(visit)
    assert (row.outcome, row.fields, row.scan_id) == ("differs", {}, differing.id), "which card it was stays known"


def back_again(players: Players, visit: str) -> None:
    """They are written down as gone from the table, called again, and come."""
    table.no_show(players.vaccinator, now(1), key(), visit)
    assert table.call_next(players.vaccinator, now(2), key()) == visit
    table.receive(players.vaccinator, now(2), key(), visit)


def test_being_called_again_takes_no_card_back(players: Players, visit: str) -> None:
    differing = held(players, OTHER_SEX)
    assert differing
    back_again(players, visit)
    assert refusal_of(identity.confirm_spoken, players.vaccinator, visit, SAID, at=now(3)) == "card_differs"
    held(players, WITHOUT_MARK, minutes=3)
    assert refusal_of(identity.confirm_alike, players.vaccinator, visit, at=now(3)) == "card_differs"
    overridden(players, visit)
    assert check(visit).outcome == "differs"
    back_again(players, visit)
    identity.confirm_spoken(players.vaccinator, now(3), key(), visit, SAID)
    assert check(visit).method == "spoken", "two of the staff have settled it"


def test_two_of_the_staff_settle_a_card_of_an_earlier_call(players: Players, visit: str) -> None:
    differing = held(players, OTHER_SEX)
    assert differing
    back_again(players, visit)
    overridden(players, visit)
    row = check(visit)
    assert (row.scan_id, row.document, row.fields) == (differing.id, "national_card", {})


def test_after_a_wrong_card_the_right_one_confirms_at_the_next_call_too(players: Players, visit: str) -> None:
    held(players, casting.CARD_OF_PAO)
    back_again(players, visit)
    held(players, CARD, minutes=3)
    assert check(visit).outcome == "match"
    back_again(players, visit)
    identity.confirm_spoken(players.vaccinator, now(3), key(), visit, SAID)


def test_every_card_that_differed_counts_and_not_the_last_alone(players: Players, visit: str) -> None:
    held(players, OTHER_SEX)
    held(players, WITHOUT_MARK)
    with writing():
        scans.forget_raw(["injection-1"], None)
    assert refusal_of(identity.confirm_spoken, players.vaccinator, visit, SAID, at=now(12)) == "card_differs"


def test_a_card_that_asked_for_a_look_speaks_against_nobody_when_forgotten(players: Players, visit: str) -> None:
    held(players, WITHOUT_MARK)
    back_again(players, visit)
    identity.confirm_spoken(players.vaccinator, now(3), key(), visit, SAID)
    assert check(visit).outcome == "match"


@pytest.mark.parametrize("card", [OTHER_SEX, WITHOUT_MARK, ""])
def test_whoever_goes_without_a_dose_and_with_a_card_that_differs_is_to_be_put_right(
    players: Players, visit: str, card: str
) -> None:
    if card:
        held(players, card)
    table.skip(players.vaccinator, now(1), key(), visit, "identity", "hẹn mang giấy khai sinh")
    left = follow_ups.find_open(players.huong, FollowUpKind.MISMATCH)
    if card != OTHER_SEX:
        assert left is None
    else:
        assert left
        assert (left.reason, left.note, left.visit_id) == ("identity", "hẹn mang giấy khai sinh", visit)


def overridden(players: Players, visit: str, note: str = "đã xem giấy khai sinh") -> str:
    """The nurse and the doctor answer for it."""
    second = ("S01", "2916")
    return identity.override(players.vaccinator, now(), key(), visit, "list_misspelt", note, second, 5, 5)


def test_two_members_of_staff_answer_against_a_card(players: Players, visit: str) -> None:
    differing = held(players, OTHER_SEX)
    assert differing
    facts = (visit, "list_misspelt", "đã xem giấy khai sinh", ("S01", "2916"), 5, 5)
    done_once(identity.override, players.vaccinator, *facts, other=players.typist)
    row = check(visit)
    assert (row.method, row.outcome, row.fields["sex"]) == ("override", "differs", "differs")
    assert row.reason == "list_misspelt đã xem giấy khai sinh"
    assert (row.answered_by, row.second_by) == (players.vaccinator.id, players.screener.id)
    assert scans.get(differing.id).raw == b""
    assert identity_checks.state(visits.get(visit)) is IdentityState.MISMATCH
    left = follow_ups.find_open(players.huong, FollowUpKind.MISMATCH)
    assert left
    assert (left.reason, left.note, left.visit_id) == ("list_misspelt", "đã xem giấy khai sinh", visit)
    assert people.get(players.huong).sex == "female", "a card that was overruled corrects nothing"
    said = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.event == "identity.confirmed")).one()
    assert (said.facts["method"], said.facts["second"]) == ("override", players.screener.id)


@pytest.mark.parametrize(
    ("second", "reason", "note", "code"),
    [
        (("", ""), "list_misspelt", "", "second_missing"),
        (("S01", ""), "list_misspelt", "", "second_missing"),
        (("N01", "5538"), "list_misspelt", "", "second_same"),
        (("V01", "1807"), "list_misspelt", "", "second_may_not"),
        (("S01", "9999"), "list_misspelt", "", "sign_in_wrong"),
        (("ZZ9", "2916"), "list_misspelt", "", "sign_in_wrong"),
        (("S01", "2916"), "", "", "override_reason_missing"),
        (("S01", "2916"), "shoe_size", "", "override_reason_missing"),
        (("S01", "2916"), "other", "  ", "override_note_missing"),
    ],
)
def test_nobody_overrules_a_card_alone(
    players: Players, visit: str, second: tuple[str, str], reason: str, note: str, code: str
) -> None:
    held(players, OTHER_SEX)
    assert refusal_of(identity.override, players.vaccinator, visit, reason, note, second, 5, 5) == code
    assert identity_checks.find(visits.get(visit)) is None


def test_wrong_pins_of_the_second_count_and_lock(players: Players, visit: str) -> None:
    held(players, OTHER_SEX)
    for _ in range(5):
        wrong = (visit, "list_misspelt", "", ("S01", "0000"), 5, 5)
        assert refusal_of(identity.override, players.vaccinator, *wrong) == "sign_in_wrong"
    right = (visit, "list_misspelt", "", ("S01", "2916"), 5, 5)
    assert refusal_of(identity.override, players.vaccinator, *right) == "sign_in_locked"


def test_a_second_whose_last_day_has_passed_is_none(players: Players, visit: str) -> None:
    held(players, OTHER_SEX)
    with writing():
        staff.get(players.screener.id).valid_until = now().on - timedelta(days=1)
    facts = (visit, "list_misspelt", "", ("S01", "2916"), 5, 5)
    assert refusal_of(identity.override, players.vaccinator, *facts) == "sign_in_over"


def test_a_volunteer_overrules_for_the_nurse_on_duty_and_may_not_be_the_second(players: Players, visit: str) -> None:
    held(players, OTHER_SEX)
    facts = (visit, "list_misspelt", "", ("S01", "2916"), 5, 5)
    assert refusal_of(identity.override, players.typist, *facts) == "nobody_on_duty"
    duty.take_duty(players.typist, now(), key(), "N01", "5538", 5, 5)
    same = (visit, "list_misspelt", "", ("N01", "5538"), 5, 5)
    assert refusal_of(identity.override, players.typist, *same) == "second_same"
    identity.override(players.typist, now(), key(), *facts)
    row = check(visit)
    assert (row.by, row.answered_by, row.second_by) == (players.typist.id, players.vaccinator.id, players.screener.id)


@pytest.mark.parametrize("card", ["", CARD, WITHOUT_MARK])
def test_without_a_card_that_differs_there_is_nothing_to_overrule(players: Players, visit: str, card: str) -> None:
    if card == CARD:
        held(players, OTHER_SEX)
    if card:
        held(players, card)
    facts = (visit, "list_misspelt", "", ("S01", "2916"), 5, 5)
    code = "visit_moved_on" if card == CARD else "nothing_to_override"
    assert refusal_of(identity.override, players.vaccinator, *facts) == code


def test_the_card_of_somebody_else_whom_we_know_confirms_nobody(players: Players, visit: str) -> None:
    """The same name and birth date, but no number: on the list twice, or two people. Nobody becomes another unseen."""
    with writing():
        people.get(players.huong).number = None
        people.get(players.pao).number = "015158004187"
    assert held(players, CARD)
    assert identity_checks.find(visits.get(visit)) is None
    assert people.get(players.huong).number is None
    said = ["name", "birth"]
    assert refusal_of(identity.confirm_spoken, players.vaccinator, visit, said) == "card_differs"
    identity.override(
        players.vaccinator, now(), key(), visit, "other", "hai bản ghi của một người", ("S01", "2916"), 5, 5,
        casting.NUMBERLESS,
    )  # fmt: skip
    assert check(visit).fields["number"] == "differs"


def test_the_guardians_own_card_is_no_word_against_the_child(players: Players, visit: str) -> None:
    with writing():
        people.get(players.huong).guardian_id = players.pao
    scan = held(players, casting.CARD_OF_PAO)
    assert scan
    assert (scan.outcome, scan.raw) == (ScanOutcome.INCOMPLETE, b"")
    assert identity_checks.find(visits.get(visit)) is None
    identity.confirm_spoken(players.vaccinator, now(), key(), visit, SAID)
    assert check(visit).method == "spoken"


def test_a_slip_of_the_list_is_not_looked_away_after_another_card(players: Players, visit: str) -> None:
    """The page asks for two then, and whoever has an older page open is asked for no less."""
    held(players, casting.CARD_OF_PAO)
    held(players, WITHOUT_MARK)
    assert refusal_of(identity.confirm_alike, players.vaccinator, visit) == "card_differs"
    assert identity_checks.find(visits.get(visit)) is None


@pytest.mark.parametrize("old_number", ["", "051234567"])
def test_without_a_number_nobody_is_told_from_another_of_that_name_and_birth(
    players: Players, visit: str, old_number: str
) -> None:
    with writing():
        huong, pao = people.get(players.huong), people.get(players.pao)
        huong.number, huong.old_number, pao.number = None, old_number, None
        pao.name, pao.name_key, pao.born_on, pao.born_year = huong.name, huong.name_key, huong.born_on, huong.born_year
    scan = held(players, CARD)
    assert scan
    assert scan.outcome == ScanOutcome.INCOMPLETE
    assert refusal_of(identity.confirm_alike, players.vaccinator, visit) == "nothing_to_confirm"


def test_a_check_counts_for_its_own_call_whatever_the_clock_does(players: Players, visit: str) -> None:
    """Order comes from the counter: the clock may be set back between two calls."""
    ahead, said = now(30), ["name", "birth"]
    identity.confirm_spoken(players.vaccinator, ahead, key(), visit, said)
    table.no_show(players.vaccinator, now(31), key(), visit)
    assert table.call_next(players.vaccinator, now(1), key()) == visit
    table.receive(players.vaccinator, now(1), key(), visit)
    assert identity_checks.find(visits.get(visit)) is None, "whoever sits here now was not asked yet"
    identity.confirm_spoken(players.vaccinator, now(-5), key(), visit, said)
    assert identity_checks.find(visits.get(visit)), "the clock went back after the call"


@pytest.mark.parametrize("ends", ["skip", "no_show"])
def test_a_card_is_forgotten_with_whoever_goes_unconfirmed(players: Players, visit: str, ends: str) -> None:
    wrong = held(players, casting.CARD_OF_PAO)
    assert wrong
    if ends == "skip":
        table.skip(players.vaccinator, now(1), key(), visit, "identity", "")
    else:
        table.no_show(players.vaccinator, now(1), key(), visit)
    db.session.expire_all()
    assert scans.get(wrong.id).raw == b""


def test_the_right_card_after_a_wrong_one_confirms_and_both_are_forgotten(players: Players, visit: str) -> None:
    wrong = held(players, casting.CARD_OF_PAO)
    assert wrong
    held(players, CARD)
    assert check(visit).outcome == "match"
    db.session.expire_all()
    assert scans.get(wrong.id).raw == b""


def test_a_code_that_is_no_card_is_said_to_be_none(players: Players, visit: str) -> None:
    scan = held(players, "https://example.test")
    assert scan
    assert (scan.outcome, scan.visit_id) == (ScanOutcome.UNKNOWN_CODE, visit)
    assert second_source.look_at(visits.get(visit), now()) == (scan, None, {})
    assert second_source.bearing_of(scan) is None


@pytest.mark.parametrize("card", [CARD, casting.CARD_OF_PAO])
def test_nobody_is_compared_before_they_have_come(players: Players, opened: str, card: str) -> None:
    receive(players, players.huong)
    visit = screened(players)
    table.call_next(players.vaccinator, now(), key())
    scan = held(players, card)
    assert scan
    assert (scan.outcome, scan.visit_id, scan.raw) == (ScanOutcome.NOBODY_HERE, None, b"")
    table.receive(players.vaccinator, now(1), key(), visit)
    assert second_source.look_at(visits.get(visit), now(1)) == (None, None, {})


def test_who_is_confirmed_is_not_compared_again(players: Players, visit: str) -> None:
    held(players, CARD)
    scan = held(players, casting.CARD_OF_PAO)
    assert scan
    assert (scan.outcome, scan.raw) == (ScanOutcome.NOBODY_HERE, b"")
    assert refusal_of(identity.confirm_spoken, players.vaccinator, visit, ["name", "birth"]) == "visit_moved_on"
    assert check(visit).outcome == "match"


def test_another_tables_person_is_not_here(players: Players, visit: str) -> None:
    for act, facts in ((identity.confirm_alike, ()), (identity.confirm_spoken, (["name", "birth"]))):
        assert refusal_of(act, players.other_vaccinator, visit, *facts) == "visit_moved_on"


def test_the_audit_names_nobody(hub: Flask, players: Players, visit: str) -> None:
    held(players, OTHER_SEX)
    overridden(players, visit, note="Hường có giấy khai sinh")
    entries = db.session.scalars(db.select(audit.AuditEntry)).all()
    assert {"identity.compared", "identity.confirmed"} <= {entry.event for entry in entries}
    said = " ".join(f"{entry.noun_id} {entry.facts}" for entry in entries)
    for secret in ("Hường", "HUONG", "015158004187", "4187", "khai sinh"):
        assert secret not in casting.without_ids(said)


def numberless(visit: str) -> people.Person:
    """The list has no number of whoever is here."""
    with writing():
        visits.get(visit).person.number = None
    return visits.get(visit).person


def test_a_matching_card_gives_the_number_that_the_list_has_not(players: Players, visit: str) -> None:
    numberless(visit)
    held(players, CARD)
    assert visits.get(visit).person.number == NUMBER
    assert (check(visit).method, check(visit).number_reason) == ("scan", "")


def test_a_card_without_a_number_confirms_once_the_number_was_asked_for(players: Players, visit: str) -> None:
    numberless(visit)
    held(players, papers.INSURANCE)
    assert identity_checks.find(visits.get(visit)) is None
    assert refusal_of(identity.confirm_alike, players.vaccinator, visit) == "number_missing"
    done_once(identity.confirm_alike, players.vaccinator, visit, Numbered(reason="card_lost"))
    row = check(visit)
    assert (row.outcome, row.document, row.number_reason) == ("match", "insurance_card", "card_lost")
    left = follow_ups.find_open(players.huong, FollowUpKind.NO_NUMBER)
    assert left
    assert (left.reason, left.visit_id) == ("card_lost", visit)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Numbered(), "number_missing"),
        (Numbered(reason="shoe_size"), "number_missing"),
        (Numbered("01515800418", "national"), "number_zero_lost"),
        (Numbered("12345", "national"), "number_odd"),
        (Numbered(NUMBER), "number_paper_missing"),
        (Numbered(NUMBER, "passport"), "number_paper_missing"),
        (Numbered("015090001234", "national"), "number_of_another"),
        (Numbered("015058004187", "national"), "number_unlikely"),
        (Numbered("015159004187", "notice"), "number_unlikely"),
    ],
)
def test_a_number_is_asked_for_and_looked_at(players: Players, visit: str, said: Numbered, code: str) -> None:
    numberless(visit)
    assert refusal_of(identity.confirm_spoken, players.vaccinator, visit, SAID, said) == code


@pytest.mark.parametrize("said", [Numbered(NUMBER, "notice"), Numbered("015159004187", "national", sure=True)])
def test_a_number_typed_off_a_paper_is_known_from_then_on(players: Players, visit: str, said: Numbered) -> None:
    person = numberless(visit)
    identity.confirm_spoken(players.vaccinator, now(), key(), visit, SAID, said)
    assert (person.number, check(visit).number_reason) == (said.typed, "")
    assert follow_ups.find_open(players.huong, FollowUpKind.NO_NUMBER) is None
    kept = db.session.scalars(db.select(corrections.Correction)).one()
    assert (kept.document, kept.fields) == (said.paper, {"number": ["", said.typed]})


def test_a_number_that_a_card_brings_later_closes_what_was_left_to_do(players: Players, visit: str) -> None:
    numberless(visit)
    identity.confirm_spoken(players.vaccinator, now(), key(), visit, SAID, casting.NUMBERLESS)
    assert follow_ups.count_open(FollowUpKind.NO_NUMBER) == 1
    table.no_show(players.vaccinator, now(1), key(), visit)
    assert table.call_next(players.vaccinator, now(2), key()) == visit
    table.receive(players.vaccinator, now(2), key(), visit)
    held(players, CARD, minutes=3)
    assert follow_ups.count_open(FollowUpKind.NO_NUMBER) == 0


def test_the_paper_that_the_desk_copied_is_one_source_and_not_two(players: Players, visit: str) -> None:
    with writing():
        people.get(players.huong).document = "national"
    scan = held(players, CARD)
    assert scan
    assert identity_checks.find(visits.get(visit)) is None, "it agrees with itself"
    assert refusal_of(identity.confirm_alike, players.vaccinator, visit) == "nothing_to_confirm"
    identity.confirm_spoken(players.vaccinator, now(), key(), visit, SAID)
    row = check(visit)
    assert (row.method, row.outcome, row.document) == ("spoken", "match", "national_card")


def test_another_paper_of_a_walk_in_is_a_second_source(players: Players, visit: str) -> None:
    with writing():
        people.get(players.huong).document = "national"
    held(players, papers.INSURANCE)
    assert check(visit).method == "scan"


def test_who_showed_the_desk_no_paper_may_have_been_read_off_any(players: Players, visit: str) -> None:
    with writing():
        people.get(players.huong).document = "none"
    held(players, papers.INSURANCE)
    assert identity_checks.find(visits.get(visit)) is None


def test_the_day_counts_how_people_were_identified(players: Players, visit: str, opened: str) -> None:
    assert identity_checks.state(visits.get(visit)) is IdentityState.NOT_YET
    held(players, CARD)
    assert identity_checks.state(visits.get(visit)) is IdentityState.VERIFIED
    assert identity_checks.count_states(opened) == identity_checks.Counts(1, 0, 0, 0)
    receive(players, players.dung)
    screened(players)
    table.skip(players.vaccinator, now(), key(), visit, "left", "")
    other = called(players.vaccinator)
    identity.confirm_spoken(players.vaccinator, now(), key(), other, SAID, casting.NUMBERLESS)
    assert identity_checks.count_states(opened) == identity_checks.Counts(1, 1, 0, 1)
