"""Taking a dose back, and putting one right: vial, seat, visit, slip, certificate and message follow, once."""

from __future__ import annotations

import pytest
from flask import Flask

from kiosk import protocols
from kiosk.actions import day, duty, finish, forwarding, injection, printing, stock, table, voiding
from kiosk.actions import vials as open_vials
from kiosk.errors import NotFound
from kiosk.rules import messages
from kiosk.rules.report import balance
from kiosk.rules.words import MessageState, PrintState, Role, SlipKind, VisitState
from kiosk.store import (
    audit,
    certificates,
    clinic_days,
    doses,
    figures,
    observations,
    outbox,
    print_jobs,
    stock_moves,
    vials,
    visits,
)
from kiosk.store.columns import record
from kiosk.store.database import db, writing
from tests.actions.test_vials import at_once
from tests.cast import (
    Players,
    called,
    done_once,
    dosed,
    identified,
    key,
    local,
    now,
    receive,
    refusal_of,
    screened,
    vial_opened,
    without_ids,
)
from tests.conftest import STAFF

pytestmark = pytest.mark.usefixtures("inside")

REASONS = [each.code for each in protocols.doses().void_reasons]
NOTE = "nhầm"


def standing(visit: str) -> doses.Dose:
    """The dose of the visit that stands."""
    row = doses.find(visit)
    assert row
    return row


@pytest.fixture
def visit(players: Players, opened: str) -> str:
    """Hường has had her dose and sits in the observation room."""
    return dosed(players, players.huong)


@pytest.fixture
def dose(visit: str) -> doses.Dose:
    """Her dose."""
    return standing(visit)


def vial_of(dose: doses.Dose) -> vials.Vial:
    """The vial it came out of, as it stands now."""
    assert dose.vial_id
    return vials.get_anew(dose.vial_id)


def books(opened: str) -> tuple[str, ...]:
    """What does not add up on this day, and in the ledger."""
    db.session.rollback()
    off = balance(figures.of_day(clinic_days.get(opened)))
    return (*off, *(["stock"] if stock_moves.balance(None).difference else []))


def test_whoever_was_sent_to_a_table_for_later_gets_the_next_dose_at_any(players: Players, opened: str) -> None:
    visit = dosed(players, players.huong)
    with writing():
        row = visits.get(visit)
        row.step, row.state, row.station, row.bound_for = "finish", VisitState.WAITING, "", "finish-1"
    again = next(each.code for each in protocols.doses().void_reasons if each.again)
    voiding.void_dose(players.vaccinator, now(), key(), standing(visit).id, again, NOTE)
    assert table.call_next(players.vaccinator, now(), key()) == visit


@pytest.mark.parametrize("reason", REASONS)
def test_a_void_dose_is_kept_and_does_not_count(
    players: Players, opened: str, visit: str, dose: doses.Dose, reason: str
) -> None:
    done_once(voiding.void_dose, players.vaccinator, dose.id, reason, NOTE, other=players.lead)
    row = doses.get(dose.id)
    assert (row.voided_by, row.void_reason, row.void_note) == (players.vaccinator.id, reason, NOTE)
    assert row.voided_at is not None
    assert doses.find(visit) is None
    assert doses.history(players.huong) == []
    of = figures.of_day(clinic_days.get(opened))
    assert (of.given, of.voided, of.doses, of.observed) == (0, 1, (), 0)
    assert books(opened) == ()
    assert refusal_of(voiding.void_dose, players.vaccinator, dose.id, reason, NOTE) == "dose_void"


@pytest.mark.parametrize("reason", REASONS)
def test_the_vial_follows_the_reason(players: Players, dose: doses.Dose, reason: str) -> None:
    why = next(each for each in protocols.doses().void_reasons if each.code == reason)
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, reason, NOTE)
    vial = vial_of(dose)
    assert (vial.given, vial.wasted, vial.left) == ((0, 0, 10) if why.vial == "back" else (0, 1, 9))


@pytest.mark.parametrize("reason", REASONS)
def test_whoever_was_not_injected_is_called_again_first(players: Players, dose: doses.Dose, reason: str) -> None:
    why = next(each for each in protocols.doses().void_reasons if each.code == reason)
    receive(players, players.pao)
    waits = screened(players)
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, reason, NOTE)
    row, seat = visits.get(dose.visit_id), observations.get(dose.visit_id)
    assert (seat.ended_at is not None, seat.ended_by) == (True, players.vaccinator.id)
    assert (row.step, row.stands, row.station) == ("injection" if why.again else "finish", VisitState.WAITING, "")
    assert table.call_next(players.vaccinator, now(), key()) == (row.id if why.again else waits)


def test_after_a_void_the_right_dose_is_given_and_watched(players: Players, opened: str, dose: doses.Dose) -> None:
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, "wrong_person", "")
    visit = identified(players.vaccinator, now(1))
    assert visit == dose.visit_id
    assert dose.vial_id
    again = injection.give_dose(players.vaccinator, now(2), key(), visit, dose.vial_id, 1, "right")
    seat = observations.get(visit)
    assert (seat.dose_id, seat.ended_at, seat.begun_at) == (again, None, standing(visit).given_at)
    of = figures.of_day(clinic_days.get(opened))
    assert (of.given, of.voided, of.in_observation, vial_of(dose).given) == (1, 1, 1, 1)
    assert books(opened) == ()


def acknowledged(dose_id: str) -> None:
    """The platform has this dose."""
    row = outbox.find_of(dose_id)
    assert row
    forwarding.take_message(forwarding.FORWARDER, now(), key())
    forwarding.acknowledge(forwarding.FORWARDER, now(), key(), row.id, "https://x", "r-1", "1", "0" * 64)


def parked(dose_id: str) -> None:
    """The platform found fault with this dose."""
    row = outbox.find_of(dose_id)
    assert row
    forwarding.take_message(forwarding.FORWARDER, now(), key())
    forwarding.park(forwarding.FORWARDER, now(), key(), row.id, "rejected")


def sending(dose_id: str) -> None:
    """It is on its way just now."""
    forwarding.take_message(forwarding.FORWARDER, now(), key())


def waiting(dose_id: str) -> None:
    """Nothing of it has left."""


@pytest.mark.parametrize("how", [waiting, sending, parked, acknowledged])
def test_the_platform_is_told_of_what_it_may_know(players: Players, opened: str, dose: doses.Dose, how: object) -> None:
    assert callable(how)
    how(dose.id)
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, "twice", "")
    told, void = outbox.find_of(dose.id), outbox.find_void(dose.id)
    assert told
    if how is waiting:
        assert (told.stands, void) == (MessageState.SUPERSEDED, None)
    else:
        assert void
        said = messages.read(void.body)
        assert isinstance(said, messages.DoseVoided)
        assert (said.id, said.reason, said.replaced_by) == (dose.id, "Mũi này đã ghi hai lần", "")
        assert said.dose == messages.read_given(told.body)
        assert void.seq > told.seq
    assert books(opened) == ()


@pytest.mark.parametrize("how", [waiting, sending, parked, acknowledged])
def test_a_correction_is_a_void_and_a_dose_in_its_place(
    players: Players, opened: str, visit: str, dose: doses.Dose, how: object
) -> None:
    assert callable(how)
    how(dose.id)
    given_at, other = dose.given_at, vial_opened(players.vaccinator, "pfizer", "PF1")
    id = done_once(_correct, players.vaccinator, dose.id, other, 2, "right", other=players.lead)
    old, fresh = doses.get(dose.id), standing(visit)
    assert (fresh.id, fresh.replaces_id, fresh.vial_id, fresh.dose_number, fresh.arm) == (id, old.id, other, 2, "right")
    assert (fresh.given_at, fresh.lot.vaccine, fresh.screening_id) == (given_at, "pfizer", old.screening_id)
    assert (vial_of(old).given, vial_of(fresh).given) == (0, 1)
    assert observations.get(visit).dose_id == id
    assert visits.get(visit).stands is VisitState.SEATED
    told, void = outbox.find_of(id), outbox.find_void(old.id)
    assert told
    said = messages.read_given(told.body)
    assert (said.vaccine, said.replaces) == ("pfizer", "" if how is waiting else old.id)
    if how is waiting:
        assert void is None
    else:
        assert void
        assert told.seq > void.seq
        assert void.body["replaced_by"] == id
    assert books(opened) == ()


def _correct(by: object, at: object, form: str, dose: str, vial: str, number: int, arm: str, **more: str) -> str:
    facts = {"vaccinator": doses.get(dose).vaccinator, "reason": "mistyped", "note": ""} | more
    return voiding.correct_dose(by, at, form, dose, vial_id=vial, dose_number=number, arm=arm, **facts)  # type: ignore[arg-type]


def test_what_is_wrong_in_a_correction_is_said_beside_its_field(players: Players, dose: doses.Dose) -> None:
    mine, by = dose.vial_id or "", players.vaccinator
    assert refusal_of(_correct, by, dose.id, mine, 1, "left") == "dose_as_it_was"
    assert refusal_of(_correct, by, dose.id, mine, 1, "leg") == "arm_missing"
    assert refusal_of(_correct, by, dose.id, mine, 0, "right") == "dose_number_odd"
    assert refusal_of(_correct, by, dose.id, key(), 1, "right") == "vial_odd"
    empty = vial_opened(players.other_vaccinator, "pfizer", "PF1")
    with writing():
        full = vials.get(empty)
        full.extra, full.given = protocols.stock().most_extra, 10 + protocols.stock().most_extra
    assert refusal_of(_correct, by, dose.id, empty, 1, "right") == "vial_holds_none"
    bound = {"vaccinator": players.finisher.id}
    assert refusal_of(lambda *a: _correct(*a, **bound), by, dose.id, mine, 1, "right") == "vaccinator_odd"
    bound = {"reason": "none"}
    assert refusal_of(lambda *a: _correct(*a, **bound), by, dose.id, mine, 1, "right") == "dose_reason_missing"


def test_it_came_out_of_a_vial_that_was_put_away(players: Players, opened: str, visit: str, dose: doses.Dose) -> None:
    """The wrong lot is found in the evening: one dose less was wasted of that vial, one more of the other."""
    other = vial_opened(players.other_vaccinator, "pfizer", "PF1")
    acknowledged(dose.id)
    day.close_day(players.lead, now(), key(), 1)
    _correct(players.lead, now(), key(), dose.id, other, 1, "left", reason="other_vial")
    fresh, old = vial_of(standing(visit)), vial_of(dose)
    assert (fresh.lot.vaccine, fresh.given, fresh.wasted, fresh.left) == ("pfizer", 1, 9, 0)
    assert (old.given, old.wasted, old.left) == (0, 10, 0)
    assert None not in (fresh.closed_at, old.closed_at)
    assert books(opened) == ()


def test_it_came_out_of_a_vial_that_seemed_empty(players: Players, opened: str, visit: str, dose: doses.Dose) -> None:
    """The vial gave one more than its label says, and that one was noted down for another."""
    receive(players, players.pao)
    screened(players)
    until = f"{dose.lot.expires_on:%d/%m/%Y}"
    lot = stock.receive_lot(players.lead, now(), key(), "pfizer", "PF1", until, 1, 1)
    one = open_vials.open_vial(players.vaccinator, now(), key(), lot)
    injection.give_dose(players.vaccinator, now(), key(), identified(players.vaccinator), one, 1, "left")
    open_vials.close_vial(players.vaccinator, now(), key(), one)
    _correct(players.vaccinator, now(), key(), dose.id, one, 1, "left", reason="other_vial")
    row = vial_of(standing(visit))
    assert (row.id, row.given, row.extra, row.left, row.closed_at is None) == (one, 2, 1, 0, False)
    assert books(opened) == ()


def test_a_vial_that_went_on_in_the_afternoon_is_still_the_mornings(players: Players, dose: doses.Dose) -> None:
    acknowledged(dose.id)
    day.close_day(players.lead, now(), key(), 1, keep_vials=True)
    day.open_day(players.lead, now(), key(), "afternoon")
    vial_opened(players.vaccinator, "pfizer", "PF1")
    assert dose.vial_id in [each.id for each in voiding.list_vials(doses.get(dose.id))]


def test_why_is_to_be_said(players: Players, dose: doses.Dose) -> None:
    assert refusal_of(voiding.void_dose, players.vaccinator, dose.id, "", NOTE) == "dose_reason_missing"
    assert refusal_of(voiding.void_dose, players.vaccinator, dose.id, "other", " ") == "dose_note_missing"


def test_a_volunteer_takes_back_for_whoever_is_on_duty(players: Players, dose: doses.Dose) -> None:
    assert refusal_of(voiding.void_dose, players.typist, dose.id, "twice", "") == "nobody_on_duty"
    duty.take_duty(players.typist, now(), key(), *STAFF[Role.VACCINATOR][1:], 5, 5)
    voiding.void_dose(players.typist, now(), key(), dose.id, "twice", "")
    assert doses.get(dose.id).voided_by == players.typist.id


def test_another_table_does_not_find_it(players: Players, dose: doses.Dose) -> None:
    with pytest.raises(NotFound):
        voiding.void_dose(players.other_vaccinator, now(), key(), dose.id, "twice", "")


def test_once_the_day_is_over_it_is_the_leads(players: Players, opened: str, visit: str, dose: doses.Dose) -> None:
    acknowledged(dose.id)
    day.close_day(players.lead, now(), key(), 1)
    assert refusal_of(voiding.void_dose, players.vaccinator, dose.id, "wrong_person", "") == "void_only_lead"
    voiding.void_dose(players.lead, now(), key(), dose.id, "wrong_person", "")
    assert visits.get(visit).stands is VisitState.LEFT
    of = figures.of_day(clinic_days.get(opened))
    assert (of.voided, of.taken_back, of.unexplained) == (1, {"wrong_person": 1}, 0)
    assert books(opened) == ()


@pytest.mark.parametrize("reason", REASONS)
def test_a_day_that_is_opened_again_leaves_nobody_in_the_room_without_a_dose(
    players: Players, opened: str, visit: str, dose: doses.Dose, reason: str
) -> None:
    why = next(each for each in protocols.doses().void_reasons if each.code == reason)
    acknowledged(dose.id)
    day.close_day(players.lead, now(), key(), 1)
    voiding.void_dose(players.lead, now(), key(), dose.id, reason, NOTE)
    day.open_day(players.lead, now(), key(), "morning")
    row = visits.get(visit)
    assert (row.step, row.stands) == ("injection" if why.again else "finish", VisitState.WAITING)
    called(players.vaccinator if why.again else players.finisher)
    assert books(opened) == ()


@pytest.mark.parametrize("state", [VisitState.WAITING, VisitState.CALLED, VisitState.AT_TABLE])
@pytest.mark.parametrize("reason", REASONS)
def test_it_is_taken_back_from_the_finish_desk_too(
    players: Players, opened: str, visit: str, dose: doses.Dose, reason: str, state: VisitState
) -> None:
    why = next(each for each in protocols.doses().void_reasons if each.code == reason)
    with writing():
        row, seat = visits.get(visit), observations.get(visit)
        row.step, row.state, row.station = "finish", state, "" if state is VisitState.WAITING else "finish-1"
        seat.ended_at, seat.ended_by = now().at, players.observer.id
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, reason, NOTE)
    row = visits.get(visit)
    assert (row.step, row.stands) == (("injection", VisitState.WAITING) if why.again else ("finish", state))
    assert observations.get(visit).ended_by == players.observer.id
    assert books(opened) == ()


def test_once_they_have_left_it_is_the_leads(players: Players, opened: str, visit: str, dose: doses.Dose) -> None:
    with writing():
        visits.get(visit).state = VisitState.LEFT
    assert refusal_of(voiding.void_dose, players.vaccinator, dose.id, "twice", "") == "void_only_lead"
    assert refusal_of(_correct, players.vaccinator, dose.id, dose.vial_id or "", 1, "right") == "void_only_lead"
    _correct(players.lead, now(), key(), dose.id, dose.vial_id or "", 1, "right")
    assert standing(visit).arm == "right"
    assert books(opened) == ()


def test_its_slip_is_void_and_the_new_dose_has_one_of_its_own(players: Players, visit: str, dose: doses.Dose) -> None:
    with writing():
        row = visits.get(visit)
        row.step, row.state, row.station = "finish", VisitState.AT_TABLE, "finish-1"
    finish.print_slip(players.finisher, now(), key(), visit, local(), local())
    fresh = _correct(players.lead, now(), key(), dose.id, dose.vial_id or "", 1, "right")
    old = print_jobs.find_newest(dose.id, SlipKind.PROVISIONAL)
    assert old
    assert (old.stands, old.reason) == (PrintState.VOID, "taken_back")
    again = (dose.id, SlipKind.PROVISIONAL)
    assert refusal_of(printing.reprint, players.finisher, *again) == "slip_of_void_dose"
    finish.print_slip(players.finisher, now(), key(), visit, local(), local())
    assert print_jobs.find_newest(fresh, SlipKind.PROVISIONAL)


def test_a_certificate_that_tells_of_it_is_not_handed_out(players: Players, visit: str, dose: doses.Dose) -> None:
    with writing():
        row = certificates.Certificate(
            visit_id=visit, state="given", body={"any": 1}, asked_at=now().at, asked_by=players.finisher.id
        )
        record(row, now())
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, "twice", "")
    kept = certificates.get(row.id)
    assert (kept.state, kept.reason, kept.body, kept.next_at) == ("refused", "dose_void", None, None)


def wasted(players: Players, vial: str) -> None:
    """The nurse wastes what is left of it, which closes it."""
    open_vials.waste(players.vaccinator, now(), key(), vial, 9, "contaminated")


def closed(players: Players, vial: str) -> None:
    """The nurse puts it away."""
    open_vials.close_vial(players.vaccinator, now(), key(), vial, "other", "nắp lỏng")


def day_closed(players: Players, vial: str) -> None:
    """The day was over, and is opened once more."""
    row = clinic_days.find_open()
    assert row
    day.close_day(players.lead, now(), key(), len(visits.list_present(row.id)))
    day.open_day(players.lead, now(), key(), "morning")


def void(players: Players, dose: doses.Dose, other: str) -> None:
    """It is said to be still in the vial."""
    voiding.void_dose(players.lead, now(), key(), dose.id, "not_drawn", "")


def correct(players: Players, dose: doses.Dose, other: str) -> None:
    """It came out of another vial."""
    _correct(players.lead, now(), key(), dose.id, other, 1, "left", reason="other_vial")


@pytest.mark.parametrize("undo", [void, correct])
@pytest.mark.parametrize(
    ("put_away", "reason", "note"),
    [(wasted, "contaminated", ""), (closed, "other", "nắp lỏng"), (day_closed, "left_over", "")],
)
def test_what_goes_back_into_a_vial_that_was_thrown_away_is_wasted_with_it(
    players: Players, opened: str, dose: doses.Dose, put_away: object, reason: str, note: str, undo: object
) -> None:
    assert callable(put_away)
    assert callable(undo)
    other = vial_opened(players.other_vaccinator, "pfizer", "PF1")
    acknowledged(dose.id)
    put_away(players, dose.vial_id)
    then = vial_of(dose).closed_at
    undo(players, doses.get(dose.id), other)
    vial = vial_of(dose)
    assert (vial.given, vial.wasted, vial.left, vial.closed_at) == (0, 10, 0, then)
    row = next(each for each in stock_moves.list_moves(now(-9).at, 0, 9) if each.vial_id == vial.id)
    assert (row.doses, row.reason, row.note) == (1, reason, note)
    assert vials.find_current(opened, "injection-1", now().at) is None
    assert books(opened) == ()


def emptied(players: Players, dose: doses.Dose) -> None:
    """Eight doses of its vial were lost, and Pao has had the last one."""
    assert dose.vial_id
    receive(players, players.pao)
    screened(players)
    open_vials.waste(players.vaccinator, now(), key(), dose.vial_id, 8, "not_given")
    injection.give_dose(players.vaccinator, now(), key(), identified(players.vaccinator), dose.vial_id, 1, "left")
    assert vial_of(dose).left == 0


def test_a_vial_put_away_empty_by_hand_stays_there(players: Players, opened: str, dose: doses.Dose) -> None:
    emptied(players, dose)
    open_vials.close_vial(players.vaccinator, now(), key(), dose.vial_id or "")
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, "not_drawn", "")
    assert (vial_of(dose).closed_at is None, vial_of(dose).left, vial_of(dose).wasted) == (False, 0, 9)
    assert stock_moves.list_moves(now(-9).at, 0, 1)[0].reason == "taken_back"
    assert books(opened) == ()


def test_a_vial_put_away_empty_with_the_day_stays_there(players: Players, opened: str, dose: doses.Dose) -> None:
    emptied(players, dose)
    for row in outbox.list_unsettled(opened):
        acknowledged(row.noun_id)
    day_closed(players, dose.vial_id or "")
    voiding.void_dose(players.lead, now(), key(), dose.id, "not_drawn", "")
    assert vials.list_open(opened) == []
    assert (vial_of(dose).left, vial_of(dose).wasted) == (0, 9)
    assert books(opened) == ()


def test_a_spent_vial_is_open_again_and_waits_for_a_tap(players: Players, opened: str) -> None:
    first = vial_opened(players.vaccinator)
    dose = standing(dosed(players, players.huong))
    emptied(players, dose)
    next_one = vial_opened(players.vaccinator)
    assert vial_of(dose).closed_at is not None
    open_vials.move_vial(players.other_vaccinator, now(), key(), next_one)
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, "not_drawn", "")
    assert (vial_of(dose).closed_at, vial_of(dose).left) == (None, 1)
    current = vials.find_current(opened, "injection-1", now().at)
    assert current
    assert current.id == first, "the table goes on with what it gave"
    open_vials.choose_vial(players.vaccinator, now(), key(), dose.vial_id or "")
    current = vials.find_current(opened, "injection-1", now().at)
    assert current
    assert current.id == dose.vial_id
    assert books(opened) == ()
    open_vials.close_vial(players.vaccinator, now(), key(), dose.vial_id or "", "left_over")
    other = next(each for each in doses.list_newest(opened, "", 9) if each.voided_at is None)
    voiding.void_dose(players.vaccinator, now(), key(), other.id, "not_drawn", "")
    assert vial_of(dose).closed_at is not None, "now somebody has put it away"
    assert books(opened) == ()


def spent_in_the_afternoon(players: Players, dose: doses.Dose) -> str:
    """The morning's vial is kept, gives its last dose in the afternoon, and the next is opened; the afternoon's id."""
    acknowledged(dose.id)
    day.close_day(players.lead, now(), key(), 1, keep_vials=True)
    afternoon = day.open_day(players.lead, now(), key(), "afternoon")
    emptied(players, dose)
    vial_opened(players.vaccinator)
    return afternoon


def test_a_vial_spent_in_the_afternoon_is_not_open_in_a_morning_that_is_opened_again(
    players: Players, opened: str, dose: doses.Dose
) -> None:
    afternoon = spent_in_the_afternoon(players, dose)
    acknowledged(doses.list_newest(afternoon, "", 1)[0].id)
    day.close_day(players.lead, now(), key(), len(visits.list_present(afternoon)))
    day.open_day(players.lead, now(), key(), "morning")
    voiding.void_dose(players.lead, now(), key(), dose.id, "twice", "")
    assert (vial_of(dose).left, vial_of(dose).wasted, vial_of(dose).closed_at is None) == (0, 9, False)
    assert vials.list_kept(opened) == []
    assert books(opened) == ()
    assert books(afternoon) == ()


def test_a_morning_dose_goes_back_into_the_vial_that_was_spent_this_afternoon(
    players: Players, opened: str, dose: doses.Dose
) -> None:
    afternoon = spent_in_the_afternoon(players, dose)
    voiding.void_dose(players.lead, now(), key(), dose.id, "twice", "")
    assert [each.left for each in vials.list_open(afternoon)] == [1, 10]
    assert books(opened) == ()
    assert books(afternoon) == ()


def test_taken_back_and_put_right_at_once_is_one_of_both(
    hub: Flask, players: Players, opened: str, visit: str, dose: doses.Dose
) -> None:
    """Two people see the same mistake."""
    mine, at = dose.vial_id or "", now()
    said = at_once(
        hub,
        lambda: voiding.void_dose(players.vaccinator, at, key(), dose.id, "twice", ""),
        lambda: _correct(players.lead, at, key(), dose.id, mine, 1, "right"),
        lambda: voiding.void_dose(players.lead, at, key(), dose.id, "drawn", ""),
    )
    assert said == ["", "dose_void", "dose_void"]
    assert len(doses.list_newest(opened, "", 9)) == (1 if doses.find(visit) is None else 2)
    assert books(opened) == ()


def test_the_next_person_is_called_while_one_is_taken_back(players: Players, dose: doses.Dose) -> None:
    """Whoever sits at the table stays there: only the one whose dose it was moves."""
    receive(players, players.pao)
    screened(players)
    here = called(players.vaccinator)
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, "wrong_person", "")
    assert visits.get(here).stands is VisitState.AT_TABLE


def test_the_audit_says_what_was_done_and_names_nobody(players: Players, dose: doses.Dose) -> None:
    fresh = _correct(players.vaccinator, now(), key(), dose.id, dose.vial_id or "", 1, "right")
    voiding.void_dose(players.vaccinator, now(), key(), fresh, "other", "Nguyễn Thị Hường")
    entries = {entry.event: entry for entry in db.session.scalars(db.select(audit.AuditEntry))}
    assert entries["dose.corrected"].facts["changed"] == ["arm"]
    assert entries["dose.corrected"].facts["replaces"] == dose.id
    assert (entries["dose.voided"].noun_id, entries["dose.voided"].facts["reason"]) == (fresh, "other")
    assert "Hường" not in without_ids(" ".join(str(entry.facts) for entry in entries.values()))
