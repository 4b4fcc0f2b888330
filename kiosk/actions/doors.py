"""A zone's door: who comes through, who goes out, and who is let in beyond what the zone takes, by somebody's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk import protocols
from kiosk.actions import moves, queueing, sign_in, zones
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.steps import go_on
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.permissions import may
from kiosk.rules.person import clean_text
from kiosk.rules.visit import require_move
from kiosk.rules.words import MoveKind, ScanOutcome, VisitState
from kiosk.store import audit, clinic_days, departures, records, stations, topics, visits
from kiosk.store import zones as spots
from kiosk.store.columns import record

# Asked of whose word it is that lets somebody into a full zone, not of whoever keeps its door.
LETS_IN = "zone.override"
# The reason of `protocols/steps.toml` for a step that was left out because the person has gone.
LEFT = "left"


def come_in(by: Actor, now: Moment, visit: visits.Visit, letter: str) -> ScanOutcome:
    """Within an act: somebody stands at the door of this zone.

    Whoever was out of the line is back in it (`back`). Who has a spot takes it (`entered`); who belongs here and has
    none finds it full (`zone_full`): what is free was given to those before them. Nothing is done to whoever is inside
    already, belongs elsewhere or has gone (`checked_in`).
    """
    back = visit.stands is VisitState.HELD
    if back:
        queueing.bring_back(by, now, visit)
    if visit.stands is VisitState.WAITING and visit.inside != letter:
        zones.fill(by, now, letter)
    if visit.inside == letter and visit.spot is not None and visit.entered_at is None:
        visit.entered_at, visit.no_shows = now.at, 0
        audit.add(by, now, "zone.entered", visit.id, zone=letter, spot=visit.spot or 0)
        topics.touch(topics.BOARD, topics.LINE, topics.DAY)
        return ScanOutcome.ENTERED
    if visit.stands is VisitState.WAITING and visit.zone == letter and visit.inside != letter:
        audit.add(by, now, "zone.found_full", visit.id, zone=letter)
        return ScanOutcome.ZONE_FULL
    return ScanOutcome.BACK if back else ScanOutcome.CHECKED_IN


@act
def enter(by: Actor, now: Moment, visit_id: str) -> str:
    """Somebody comes through this station's door; returns the visit's id. Who is inside already stays so.

    Raises NotFound, Refusal `no_clinic_day`, `visit_moved_on` (they are in no zone's line), `other_zone`, `zone_full`.
    """
    day, visit, letter = _at_door(by, now, visit_id)
    outcome = come_in(by, now, visit, letter)
    if outcome is ScanOutcome.ZONE_FULL:
        raise Refusal("zone_full", field="number", keep=True, zone=letter, n=zones.capacity(day, letter))
    if visit.inside != letter:
        _require_of_a_zone(visit)
        raise Refusal("other_zone", field="number", number=visit.label, zone=visit.inside or visit.zone)
    if outcome is not ScanOutcome.ENTERED:
        audit.add(by, now, "zone.seen_inside", visit.id, zone=letter)
    return visit.id


@act
def go_out(by: Actor, now: Moment, visit_id: str, reason: str, *, comes_back: bool) -> str:
    """Somebody who waits goes out, and their spot to the next; returns the visit's id.

    `comes_back`: they are held out of the line, for a `reason` of the queue's protocol, until they show their ticket.
    Else their visit is over, as of a step that was left out because they left (`come_back` undoes it).
    Raises NotFound, Refusal `no_clinic_day`, `visit_moved_on` (a table has them, or they sit in a room),
    `other_zone` (this door has never had them: a digit is wrong), `queue_reason_missing`.
    """
    _, visit, letter = _at_door(by, now, visit_id)
    if visit.stands not in (VisitState.WAITING, VisitState.HELD):
        raise Refusal("visit_moved_on", state=visit.state, move="go_out")
    if letter not in (visit.inside, visit.zone):
        raise Refusal("other_zone", field="number", number=visit.label, zone=visit.inside or visit.zone)
    if not comes_back:
        row = departures.Skip(visit_id=visit.id, step=visit.step, reason=LEFT, at=now.at, by=by.id)
        record(row, now)
        audit.add(by, now, "step.skipped", visit.id, step=visit.step, reason=LEFT)
        return go_on(by, now, visit, "")
    reason = protocols.queue().require_reason("hold", reason)
    before = moves.standing(visit)
    if visit.stands is VisitState.WAITING:
        visit.state = require_move(visit.stands, "hold")
    visit.held_for = reason
    moves.note(by, now, visit, MoveKind.HOLD, before, reason=reason)
    letter = visit.inside or letter
    zones.give_back(by, now, visit)
    zones.fill(by, now, letter)
    audit.add(by, now, "zone.went_out", visit.id, zone=letter, reason=reason)
    topics.touch(topics.BOARD, topics.DESK, topics.LINE, topics.DAY)
    return visit.id


@act
def come_back(by: Actor, now: Moment, visit_id: str) -> str:
    """Whose visit was ended because they had gone are here after all, and wait near the front; returns the visit's id.

    At the door of their zone they come in, where it has room. What was left out is kept, and counts no more.
    Raises NotFound, Refusal `no_clinic_day`, `visit_moved_on` (as `may_come_back`).
    """
    _, visit = _of_today(now, visit_id)
    skip = departures.find_skip(visit.id)
    if skip is None or not may_come_back(visit):
        raise Refusal("visit_moved_on", state=visit.state, move="come_back")
    visit.state, visit.left_at = require_move(visit.stands, "come_back"), None
    visit.station, visit.held_for, visit.no_shows = "", "", 0
    skip.superseded_at = visit.waiting_since = now.at
    moves.place_behind(visit, protocols.queue().returns_behind)
    visit.waits_from = max(visit.queue_seq, visit.after)
    # At no station: a table could undo it else, and knows nothing of what was left out.
    moves.note(by, now, visit, MoveKind.RESUME, station="", reason=LEFT)
    zones.settle(by, now, visit)
    station = stations.find(by.station)
    if station is not None and station.kind == "door" and station.zone == visit.zone:
        come_in(by, now, visit, station.zone)
    audit.add(by, now, "visit.came_back", visit.id, step=visit.step)
    topics.touch(topics.BOARD, topics.DESK, topics.LINE, topics.DAY)
    return visit.id


def may_come_back(visit: visits.Visit) -> bool:
    """Was the visit ended at this very step because its person had gone, and before any dose?"""
    skip = departures.find_skip(visit.id) if visit.stands is VisitState.LEFT else None
    return skip is not None and (skip.reason, skip.step) == (LEFT, visit.step) and "dose" not in records.recorded(visit)


@act
def undo_enter(by: Actor, now: Moment, visit_id: str) -> str:
    """Another row was meant: they have not come in, their spot is kept for them as before; returns the visit's id.

    Raises NotFound, Refusal `no_clinic_day`, `undo_too_late`.
    """
    _, visit, letter = _at_door(by, now, visit_id)
    if visit.inside != letter or not may_undo_enter(visit, now):
        raise Refusal("undo_too_late", field="number", minutes=queueing.UNDO_MINUTES)
    visit.entered_at = None
    audit.add(by, now, "zone.enter_undone", visit.id, zone=letter, spot=visit.spot or 0)
    topics.touch(topics.BOARD, topics.LINE, topics.DAY)
    return visit.id


def may_undo_enter(visit: visits.Visit, now: Moment) -> bool:
    """Did they come through the door a short while ago, and nothing has happened to them since?"""
    since = now.at - timedelta(minutes=queueing.UNDO_MINUTES)
    return visit.stands is VisitState.WAITING and visit.entered_at is not None and visit.entered_at >= since


def let_in(
    by: Actor, now: Moment, key: str, visit_id: str, reason: str, note: str, second: tuple[str, str], attempts: int,
    lock_minutes: int,
) -> str:  # fmt: skip
    """Lets somebody into a zone that is full, by name; returns the visit's id.

    Who may do that answers for it; everybody else has a colleague show badge or name and PIN (`second`).
    Raises NotFound, Refusal `no_clinic_day`, `queue_reason_missing`, `zone_not_full`, `other_zone`, `visit_moved_on`,
    `approver_missing`, `lets_in_may_not`, and as `sign_in.require_known` (wrong PINs count). The PIN is tried before
    the transaction.
    """
    who, pin = second
    asked = not may(by.role, LETS_IN) and who.strip() and pin
    found, right = sign_in.who_may(who, pin) if asked else (None, [])
    return _let_in(by, now, key, visit_id, reason, note, found, right, attempts, lock_minutes)


@act
def _let_in(
    by: Actor, now: Moment, visit_id: str, reason: str, note: str, found: list[str] | None, right: list[str],
    attempts: int, lock_minutes: int,
) -> str:  # fmt: skip
    day, visit, letter = _at_door(by, now, visit_id)
    reason = protocols.queue().require_reason("admit", reason)
    _require_of_a_zone(visit)
    if visit.zone != letter:
        raise Refusal("other_zone", field="number", number=visit.label, zone=visit.zone)
    word = _require_word(by, now, found, right, attempts, lock_minutes)
    if visit.stands is VisitState.HELD:
        queueing.bring_back(by, now, visit)
    zones.fill(by, now, letter)
    if visit.inside == letter or not zones.occupancy(day, letter).full:
        raise Refusal("zone_not_full", field="number", number=visit.label)
    spot = max([zones.capacity(day, letter), *spots.list_taken(day.id, letter)]) + 1
    before = visit.inside
    # The move is theirs whose word it was; who pressed stands in the audit.
    zones.take(replace(by, id=word), now, visit, letter, spot, through=True, reason=reason,
               note=clean_text(note)[:200])  # fmt: skip
    if before:
        zones.fill(by, now, before)
    audit.add(by, now, "zone.let_in", visit.id, zone=letter, spot=spot, reason=reason, word=word)
    return visit.id


def _require_word(
    by: Actor, now: Moment, found: list[str] | None, right: list[str], attempts: int, lock_minutes: int
) -> str:
    """The id of the member of staff who answers for it."""
    if may(by.role, LETS_IN):
        return by.id
    if found is None:
        raise Refusal("approver_missing", field="second")
    member = sign_in.require_known(by, now, found, right, attempts, lock_minutes)
    if not may(member.works_as, LETS_IN):
        raise Refusal("lets_in_may_not", field="second")
    return member.id


@act
def give_away(by: Actor, now: Moment) -> int:
    """Spots that were kept too long at this station's door go to whoever stands outside; returns how many did.

    Raises NotFound, Refusal `no_clinic_day`.
    """
    day, letter = require_open_day(now), _zone_of(by)
    before = {one.visit.id for one in spots.list_kept(day.id, letter)}
    zones.fill(by, now, letter, gives=True)
    after = {one.visit.id for one in spots.list_kept(day.id, letter)}
    audit.add(by, now, "zone.given_away", day.id, zone=letter, count=len(before - after))
    topics.touch(topics.BOARD, topics.LINE, topics.DAY)
    return len(before - after)


def _at_door(by: Actor, now: Moment, visit_id: str) -> tuple[clinic_days.ClinicDay, visits.Visit, str]:
    """The open day, a visit of it, and the zone of this door."""
    return *_of_today(now, visit_id), _zone_of(by)


def _of_today(now: Moment, visit_id: str) -> tuple[clinic_days.ClinicDay, visits.Visit]:
    day, visit = require_open_day(now), visits.get(visit_id)
    if visit.clinic_day_id != day.id:
        raise NotFound("visit")
    return day, visit


def _zone_of(by: Actor) -> str:
    station = stations.get(by.station)
    if station.kind != "door":
        raise NotFound("door")
    return station.zone


def _require_of_a_zone(visit: visits.Visit) -> None:
    """Raises Refusal `visit_moved_on` for whoever sits in a room, is at a table, or has gone."""
    if visit.stands not in (VisitState.WAITING, VisitState.HELD):
        raise Refusal("visit_moved_on", field="number", state=visit.state, move="enter")
