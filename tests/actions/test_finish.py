"""The finish desk: the provisional slip, and letting people go."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from kiosk import protocols, wording
from kiosk.actions import finish, forwarding, observation, printing, screening, table
from kiosk.errors import NotFound, Refusal
from kiosk.rules import slips
from kiosk.rules.observation import release_at
from kiosk.rules.words import Conclusion, PrintState, Seen, SlipKind, VisitState
from kiosk.store import departures, doses, observations, outbox, print_jobs, records, visits
from kiosk.store.audit import AuditEntry
from kiosk.store.database import db, writing
from tests.cast import Players, called, done_once, dose_of, dosed, key, local, now, receive, refusal_of
from tests.clock import CLOCK

pytestmark = pytest.mark.usefixtures("inside")


def at_the_desk(players: Players, person_id: str) -> str:
    """Somebody has had their dose and their half hour, and sits at the finish desk; the visit's id."""
    visit = dosed(players, person_id)
    row = observations.get(visit)
    over = replace(now(), at=release_at(row.begun_at, row.minutes))
    observation.release(players.observer, over, key(), visit, "")
    assert called(players.finisher) == visit
    return visit


@pytest.fixture
def here(players: Players, opened: str) -> str:
    """Hường sits at the finish desk."""
    return at_the_desk(players, players.huong)


@pytest.fixture
def turned_away(players: Players, opened: str) -> str:
    """Páo was deferred by the doctor and sits at the finish desk."""
    visit = receive(players, players.pao)
    called(players.screener)
    screening.conclude(
        players.screener, now(), key(), visit, [], True, {"temperature": "36,8"}, [], Conclusion.DEFERRED, "tái khám"
    )
    assert called(players.finisher) == visit
    return visit


def given(visit: str) -> datetime:
    """When the dose was given, at the site."""
    dose = doses.find(visit)
    assert dose
    return CLOCK.local(dose.given_at)


def pairs(job_id: str) -> dict[str, str]:
    """What the slip says beside each label."""
    blocks = slips.from_json(print_jobs.get(job_id).blocks)
    return {block.label: block.value for block in blocks if isinstance(block, slips.Pair)}


def lines(job_id: str) -> list[str]:
    """The slip's other lines."""
    blocks = slips.from_json(print_jobs.get(job_id).blocks)
    return [block.text for block in blocks if isinstance(block, slips.Line)]


def printed(players: Players, visit: str) -> str:
    """The slip is worded; the print job's id."""
    return finish.print_slip(players.finisher, now(), key(), visit, local(), given(visit))


def acknowledged(visit: str) -> None:
    """The platform has the dose, under a receipt."""
    dose = doses.find(visit)
    message = outbox.find_of(dose.id) if dose else None
    assert message
    forwarding.acknowledge(
        forwarding.FORWARDER, now(), key(), message.id, "https://platform", "Immunization/12", "1", "0" * 64
    )
    db.session.expire_all()


def test_the_slip_holds_every_fact_of_the_dose(players: Players, here: str) -> None:
    say, at = wording.speaker("vi"), given(here)
    job = printed(players, here)
    says = pairs(job)
    due = given(here) + timedelta(days=56)
    assert say("slip.come_back", on=f"{due:%d/%m/%Y}") in lines(job)
    assert says == {
        say("slip.ticket"): "U 001",
        say("slip.name"): "Nguyễn Thị Hường",
        say("slip.born"): "12/05/1958",
        say("slip.sex"): "Nữ",
        say("slip.id"): "015158004187",
        say("slip.dose"): "1",
        say("slip.vaccine"): "AstraZeneca",
        say("slip.lot"): "NK0191",
        say("slip.given"): f"{at:%H:%M · %d/%m/%Y}",
        say("slip.place"): "YB-01",
        say("slip.observed"): f"{at + timedelta(minutes=protocols.observation().minutes):%H:%M}",
    }


def test_before_the_platform_has_answered_the_slip_says_so(players: Players, here: str) -> None:
    job = printed(players, here)
    assert wording.say("slip.not_acknowledged") in lines(job)
    acknowledged(here)
    again = printing.reprint(players.finisher, now(), key(), dose_of(here), SlipKind.PROVISIONAL)
    assert wording.say("slip.not_acknowledged") in lines(again), "a reprint is the same paper: it names its own time"


def test_the_receipt_stands_on_the_slip_once_the_platform_has_answered(players: Players, here: str) -> None:
    acknowledged(here)
    said = lines(printed(players, here))
    assert wording.say("slip.acknowledged", receipt="Immunization/12") in said
    assert wording.say("slip.not_acknowledged") not in said


def test_the_slip_speaks_the_visits_language(players: Players, here: str) -> None:
    with writing():
        visits.get(here).language = "en"
    job = printed(players, here)
    says = pairs(job)
    assert says[wording.say("slip.vaccine", "en")] == "AstraZeneca"
    assert wording.say("slip.vaccine") not in says


def test_only_the_year_of_birth_and_no_number_are_said_plainly(players: Players, opened: str) -> None:
    visit = at_the_desk(players, players.dung)
    says = pairs(printed(players, visit))
    assert (says[wording.say("slip.born")], says[wording.say("slip.id")]) == ("1947", wording.say("slip.unknown"))


def test_the_slip_goes_to_this_desks_printer_once(players: Players, here: str) -> None:
    at = given(here)
    id = done_once(finish.print_slip, players.finisher, here, local(), at, other=players.lead)
    job = print_jobs.get(id)
    assert (job.station, job.slip, job.copy, job.label) == ("kiosk-1", SlipKind.PROVISIONAL, 1, "U 001")
    assert refusal_of(finish.print_slip, players.finisher, here, local(), at) == "slip_printed"
    assert [job.slip for job in print_jobs.list_of(here)] == [SlipKind.TICKET, SlipKind.PROVISIONAL]


def test_the_audit_of_the_slip_names_nobody(players: Players, here: str) -> None:
    job = printed(players, here)
    entry = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.event == "slip.worded", AuditEntry.noun_id == job)
    )
    assert entry.one().facts == {"slip": SlipKind.PROVISIONAL, "about": dose_of(here)}


def test_the_next_dose_is_due_when_it_is_recommended_and_none_after_the_last(players: Players, here: str) -> None:
    dose = doses.find(here)
    assert dose
    vaccine = protocols.vaccines().get("astrazeneca")
    assert finish.next_from(dose) == vaccine.recommended_on(dose.given_on)
    with writing():
        dose.given_on = date(2024, 1, 5)
    assert finish.next_from(dose) == date(2024, 3, 1), "56 days over a leap day"
    with writing():
        dose.dose_number = dose.series_doses
    assert finish.next_from(dose) is None


def test_there_is_no_slip_without_a_dose_and_none_at_another_table(
    players: Players, turned_away: str
) -> None:  # fmt: skip
    with pytest.raises(NotFound):
        finish.print_slip(players.finisher, now(), key(), turned_away, local(), local())
    assert refusal_of(finish.print_slip, players.screener, turned_away, local(), local()) == "visit_moved_on"


def test_a_slip_that_is_a_reprint_of_nothing_is_not_there(players: Players, here: str) -> None:
    with pytest.raises(NotFound):
        printing.reprint(players.finisher, now(), key(), dose_of(here), SlipKind.PROVISIONAL)


@pytest.mark.parametrize("seen", [Seen.YES, Seen.NOT_YET, Seen.NO_PHONE])
def test_whoever_is_discharged_has_left(players: Players, here: str, seen: Seen) -> None:
    assert done_once(finish.discharge, players.finisher, here, str(seen), other=players.lead) == here
    visit, row = visits.get(here), departures.find(here)
    assert (visit.step, visit.stands) == ("finish", VisitState.LEFT)
    assert row
    assert (row.seen, row.by, row.at) == (seen, players.finisher.id, visit.left_at)
    assert "departure" in records.recorded(visits.get(here))
    assert visits.find_at(visit.clinic_day_id, "finish-1") is None
    assert refusal_of(finish.discharge, players.finisher, here, str(seen)) == "visit_moved_on"


@pytest.mark.parametrize("seen", ["", "perhaps", Seen.NO_DOSE])
def test_whether_the_dose_was_seen_must_be_said(players: Players, here: str, seen: str) -> None:
    with pytest.raises(Refusal) as refused:
        finish.discharge(players.finisher, now(), key(), here, seen)
    assert (refused.value.code, refused.value.field) == ("seen_missing", "seen")
    assert visits.get(here).stands is VisitState.AT_TABLE


def test_nobody_goes_by_a_plain_finish(players: Players, here: str) -> None:
    assert refusal_of(table.finish, players.finisher, here) == "step_not_recorded"


def test_whoever_had_no_dose_is_not_asked_for_one(players: Players, turned_away: str) -> None:
    assert refusal_of(finish.discharge, players.finisher, turned_away, "yes") == "seen_missing"
    finish.discharge(players.finisher, now(), key(), turned_away, "no_dose")
    assert visits.get(turned_away).stands is VisitState.LEFT


def test_nobody_is_discharged_from_another_step(players: Players, opened: str) -> None:
    receive(players, players.huong)
    visit = called(players.screener)
    assert refusal_of(finish.discharge, players.screener, visit, "no_dose") == "visit_moved_on"
    assert refusal_of(finish.discharge, players.finisher, visit, "no_dose") == "visit_moved_on"


def test_the_paper_of_whoever_has_gone_still_prints(players: Players, here: str) -> None:
    job = printed(players, here)
    finish.discharge(players.finisher, now(), key(), here, "yes")
    claimed = [printing.claim_job(players.kiosk, now(), key(), "run 1")]
    while claimed[-1] not in (job, None):
        printing.settle_job(players.kiosk, now(), key(), str(claimed[-1]), PrintState.PRINTED, "", False)
        claimed.append(printing.claim_job(players.kiosk, now(), key(), "run 1"))
    assert claimed[-1] == job


def deferral(players: Players, visit: str) -> str:
    """The deferral slip is worded; the print job's id."""
    return finish.print_deferral(players.finisher, now(), key(), visit, local(), local())


def test_the_deferral_slip_holds_what_the_doctor_concluded(players: Players, turned_away: str) -> None:
    at = local()
    job = print_jobs.get(done_once(finish.print_deferral, players.finisher, turned_away, at, at, other=players.lead))
    assert (job.station, job.slip, job.copy, job.label) == ("kiosk-1", SlipKind.DEFERRAL, 1, "A 001")
    said = str(job.blocks)
    for fact in ("Sùng A Páo", "03/02/1990", "Trì hoãn tiêm chủng", "tái khám", "Lò Văn Minh", "YB-01"):
        assert fact in said
    assert refusal_of(finish.print_deferral, players.finisher, turned_away, at, at) == "slip_printed"
    again = printing.reprint(players.finisher, now(), key(), turned_away, SlipKind.DEFERRAL)
    assert print_jobs.get(again).copy == 2


def test_the_reasons_are_those_that_were_ticked_and_measured(players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    called(players.screener)
    vitals = {"temperature": "38,2"}
    screening.conclude(
        players.screener, now(), key(), visit, ["acute_illness"], False, vitals, [], Conclusion.DEFERRED, ""
    )
    assert called(players.finisher) == visit
    said = str(print_jobs.get(deferral(players, visit)).blocks)
    assert "Đang mắc bệnh cấp tính" in said
    assert "Thân nhiệt: 38,2 °C" in said


def test_whoever_declined_is_given_no_reason_of_the_doctors(players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    called(players.screener)
    screening.conclude(
        players.screener, now(), key(), visit, ["allergy"], False, {"temperature": "36,8"}, [], Conclusion.DECLINED, ""
    )
    assert called(players.finisher) == visit
    said = str(print_jobs.get(deferral(players, visit)).blocks)
    assert "không đồng ý tiêm" in said
    assert "Tiền sử dị ứng" not in said


def test_nobody_else_gets_a_deferral_slip(players: Players, here: str) -> None:
    assert finish.find_withheld(here) is None
    with pytest.raises(NotFound):
        deferral(players, here)
    receive(players, players.pao)
    cleared = called(players.screener)
    with pytest.raises(NotFound):
        finish.print_deferral(players.screener, now(), key(), cleared, local(), local())
