"""A dose that was recorded wrongly: taken back, or put right by another in its place. Its row is kept for ever."""

from __future__ import annotations

from kiosk import protocols
from kiosk.actions import certificates, moves, telling, zones
from kiosk.actions.act import act
from kiosk.actions.duty import require_answering
from kiosk.actions.injection import may_give
from kiosk.actions.printing import void_queued
from kiosk.actions.steps import go_on
from kiosk.actions.stock import record_waste, take_back_waste
from kiosk.actions.vials import add_extra
from kiosk.errors import NotFound, Refusal
from kiosk.rules import dose as rules
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.permissions import may
from kiosk.rules.visit import require_move
from kiosk.rules.words import Arm, Role, SlipKind, VisitState
from kiosk.store import (
    audit,
    clinic_days,
    departures,
    doses,
    duties,
    observations,
    staff,
    stock_moves,
    topics,
    vials,
    visits,
)
from kiosk.store.columns import new_id

# The ledger's reasons: of a dose that was taken back and whose vaccine is lost, of one that was given after all.
LOST, PUT_RIGHT = "taken_back", "put_right"
MOST_DOSES = 20


@act
def void_dose(by: Actor, now: Moment, dose_id: str, reason: str, note: str) -> str:
    """The dose does not stand; returns its id. Vial, seat, visit, slip, certificate and message follow.

    `reason`: a code of `protocols/doses.toml`. Raises NotFound (not this table's), Refusal `dose_void`
    (somebody has done so), `void_only_lead` (the person has left or the day is over), `nobody_on_duty`,
    `dose_reason_missing`, `dose_note_missing`.
    """
    dose = require_standing(by, now, dose_id)
    why = rules.require_reason(protocols.doses().void_reasons, reason, note)
    _take_back(by, now, dose, why.code, note)
    _empty_or_back(by, now, dose, back=why.vial == "back")
    telling.tell_voided(by, now, dose, why)
    _go_back(by, now, dose, again=why.again)
    audit.add(by, now, "dose.voided", dose.id, visit=dose.visit_id, reason=why.code, vial=dose.vial_id or "")
    topics.touch(topics.TABLES, topics.DAY)
    return dose.id


@act
def correct_dose(
    by: Actor, now: Moment, dose_id: str, *, vial_id: str, dose_number: int, arm: str, vaccinator: str, reason: str,
    note: str,
) -> str:  # fmt: skip
    """Another dose stands in the place of one that was recorded wrongly, given at the same time; returns its id.

    It was given in fact, so what the rules say of it is written down and refuses nothing. `vial_id`: "" where none was
    known. Raises as `void_dose`, and Refusal `arm_missing`, `dose_number_odd`, `vaccinator_odd`, `vial_odd` (of another
    date), `vial_holds_none`, `dose_as_it_was`.
    """
    old = require_standing(by, now, dose_id)
    why = rules.require_reason(protocols.doses().correct_reasons, reason, note)
    if arm not in set(Arm):
        raise Refusal("arm_missing", field="arm")
    if not 1 <= dose_number <= MOST_DOSES:
        raise Refusal("dose_number_odd", field="dose_number", most=MOST_DOSES)
    if vaccinator not in {member.id for member in list_vaccinators(old)}:
        raise Refusal("vaccinator_odd", field="vaccinator")
    if (vial_id, dose_number, arm, vaccinator) == (old.vial_id or "", old.dose_number, old.arm, old.vaccinator):
        raise Refusal("dose_as_it_was")
    vial = _require_vial(old, vial_id)
    _take_back(by, now, old, why.code, note)
    if vial is not None and vial.id != old.vial_id:
        _empty_or_back(by, now, old, back=True)
        _draw_after_all(by, now, vial)
    dose = _in_place_of(by, now, old, vial, dose_number, Arm(arm), vaccinator)
    known = telling.tell_voided(by, now, old, why, replaced_by=dose.id)
    telling.tell_given(by, now, visits.get(dose.visit_id), dose, replaces=known)
    seat = observations.find(dose.visit_id)
    if seat is not None:
        seat.dose_id = dose.id
    changed = [name for name in ("vial_id", "lot_id", "dose_number", "arm", "vaccinator")
               if getattr(old, name) != getattr(dose, name)]  # fmt: skip
    audit.add(
        by, now, "dose.corrected", dose.id, replaces=old.id, visit=dose.visit_id, reason=why.code, changed=changed
    )
    topics.touch(topics.TABLES, topics.DAY)
    return dose.id


def require_standing(by: Actor, now: Moment, dose_id: str) -> doses.Dose:
    """A dose that this actor may take back. Raises as `void_dose`."""
    dose = doses.get(dose_id)
    late = is_late(dose)
    if by.role is not Role.SITE_LEAD:
        if dose.station != by.station:
            raise NotFound("dose")
        if late:
            raise Refusal("void_only_lead")
        # A volunteer types it for whoever is on duty.
        require_answering(by, clinic_days.get(dose.clinic_day_id), "dose")
    if dose.voided_at is not None:
        raise Refusal("dose_void")
    return dose


def is_late(dose: doses.Dose) -> bool:
    """Has the person left the site, or is the clinic day over? Then only the site lead decides."""
    day = clinic_days.get(dose.clinic_day_id)
    return day.closed_at is not None or visits.get(dose.visit_id).stands is VisitState.LEFT


def list_vaccinators(dose: doses.Dose) -> list[staff.Staff]:
    """Who may have given this dose: whoever it names, and who answered at its table or gave there on that day."""
    found = {member.id: member for member in duties.list_at(dose.clinic_day_id, dose.station)}
    found |= {id: staff.get(id) for id in doses.list_vaccinators(dose.clinic_day_id)}
    found[dose.vaccinator] = staff.get(dose.vaccinator)
    mine = (
        member for member in found.values() if may(Role(member.role), "dose.confirm") or member.id == dose.vaccinator
    )
    return sorted(mine, key=lambda member: member.name)


def list_vials(dose: doses.Dose) -> list[vials.Vial]:
    """The vials out of which it may have come: all that were opened on its date, and not by mistake."""
    return [each for each in vials.list_of_date(dose.given_on) if each.doses]


def _require_vial(old: doses.Dose, vial_id: str) -> vials.Vial | None:
    if vial_id == (old.vial_id or ""):
        return old.vial
    vial = next((each for each in list_vials(old) if each.id == vial_id), None)
    if vial is None:
        raise Refusal("vial_odd", field="vial_id")
    return vial


def _in_place_of(
    by: Actor, now: Moment, old: doses.Dose, vial: vials.Vial | None, dose_number: int, arm: Arm, vaccinator: str
) -> doses.Dose:
    """The dose as it was in fact, with what the rules say of it on the day on which it was given."""
    visit, lot = visits.get(old.visit_id), vial.lot if vial else old.lot
    then = Moment(old.given_at, old.given_on, old.clock_trusted)
    past = [each for each in doses.history(visit.person_id) if each.given_on <= old.given_on]
    answer = may_give(visit, lot.vaccine, then, past)
    dose = doses.Dose(
        id=new_id(), visit_id=old.visit_id, person_id=old.person_id, clinic_day_id=old.clinic_day_id,
        station=old.station, screening_id=old.screening_id, lot_id=lot.id, vial_id=vial.id if vial else None,
        dose_number=dose_number, series_doses=answer.series_doses, kind=answer.kind, arm=arm, given_at=old.given_at,
        given_on=old.given_on, warnings=[reason.code for reason in answer.reasons], entered_by=by.id,
        vaccinator=vaccinator, accepted_by=old.accepted_by, accepted_reason=old.accepted_reason, replaces_id=old.id,
    )  # fmt: skip
    return doses.put(dose, now)


def _take_back(by: Actor, now: Moment, dose: doses.Dose, reason: str, note: str) -> None:
    """The row is void; what was to be printed of it is not, and its certificate is to be asked for anew."""
    if not doses.void(dose, now.at, by.id, reason, rules.shortened(note)):
        raise Refusal("dose_void")
    void_queued(dose.id, SlipKind.PROVISIONAL, now)
    certificates.withdraw(by, now, dose.visit_id, dose.id)


def _empty_or_back(by: Actor, now: Moment, dose: doses.Dose, *, back: bool) -> None:
    """The vial's counters follow. What goes back into a vial that was put away was thrown away with it.

    One that was only spent is open again while its day is, behind every other of its table.
    """
    if dose.vial_id is None:
        return
    vials.draw(dose.vial_id, -1)
    vial = vials.get_anew(dose.vial_id)
    if not back:
        record_waste(by, now, vial, 1, LOST)
    elif vial.closed_at is None:
        return
    elif vial.spent and clinic_days.get(vial.clinic_day_id).closed_at is None:
        vial.closed_at, vial.spent, vial.chosen = None, False, 0
        audit.add(by, now, "vial.reopened", vial.id)
    else:
        rest = stock_moves.find_waste(vial.id, vial.closed_at)
        reason, note = (rest.reason, rest.note) if rest else (LOST, "")
        record_waste(by, now, vial, 1, reason, note)


def _draw_after_all(by: Actor, now: Moment, vial: vials.Vial) -> None:
    """It came out of this vial in fact: of what it holds, of what it is said to have wasted, else beyond its label.

    Whoever finds the wrong lot in the evening finds every vial put away. Raises Refusal `vial_holds_none`.
    """
    put_away, vial.closed_at = vial.closed_at, None
    if not vials.draw(vial.id):
        if vial.wasted:
            take_back_waste(by, now, vial, PUT_RIGHT)
        elif vial.extra < protocols.stock().most_extra:
            add_extra(by, now, vial)
        else:
            raise Refusal("vial_holds_none", field="vial_id")
        vials.draw(vial.id)
    vials.get_anew(vial.id).closed_at = put_away


def _go_back(by: Actor, now: Moment, dose: doses.Dose, *, again: bool) -> None:
    """Nobody watches over a dose that was not given. Whoever got none comes to the table again, first in line."""
    visit, seat = visits.get(dose.visit_id), observations.find(dose.visit_id)
    if seat is not None and seat.dose_id == dose.id and seat.ended_at is None:
        seat.ended_at, seat.ended_by = now.at, by.id
        audit.add(by, now, "observation.ended", visit.id, early=True)
    steps = protocols.steps()
    step = next(iter(steps.recording("dose")))
    if again:
        visit.bound_for = visit.held_for = ""
        departures.supersede_skips(visit.id, now.at)
    if visit.stands is VisitState.LEFT:
        # Whoever sat there when the day was closed is not watched over either when it is opened once more.
        if steps.get(visit.step).room:
            visit.step, visit.station = step if again else steps.after(visit.step) or visit.step, ""
    elif again:
        visit.state = require_move(visit.stands, "take_back")
        visit.step, visit.station, visit.waiting_since = step, "", now.at
        moves.place_first(visit)
        visit.waits_from = visit.queue_seq
        zones.settle(by, now, visit)
        topics.touch(topics.BOARD)
    elif visit.stands is VisitState.SEATED:
        go_on(by, now, visit)
