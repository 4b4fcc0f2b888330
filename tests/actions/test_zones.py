"""Spots: one to a person, never more than the zone takes but by somebody's word, and none free while somebody waits."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kiosk import protocols
from kiosk.actions import check_in, doors, finish, moves, plan, queueing, screening, table, zones
from kiosk.actions import day as days
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import MoveKind, VisitState
from kiosk.store import clinic_days, day_plans, line, queue_moves, stations, visits
from kiosk.store import zones as spots
from kiosk.store.database import db, writing
from tests.cast import Players, answers, done_once, expected, key, local, now, receive, screened

pytestmark = pytest.mark.usefixtures("inside")
Act = Callable[["Hall", int], object]
KEPT_MINUTES = protocols.queue().call_minutes


def sized(players: Players, capacity: int, letter: str = "A") -> None:
    """The lead says how many people the zone takes, before the half is opened or while it is open."""
    row = day_plans.find(now().on, "morning")  # type: ignore[arg-type]
    id = row.id if row else plan.make_plan(players.lead, now(), key(), now().on, "morning")
    before = day_plans.get(id)
    zoned = {code: plan.Zone("", "2", str(zone["capacity"])) for code, zone in before.zones.items()}
    plan.set_zones(players.lead, now(), key(), id, before.seen, zoned | {letter: plan.Zone("", "2", str(capacity))})


@pytest.fixture
def small(players: Players) -> str:
    """The half is open and zone A takes three people; its id."""
    sized(players, 3)
    return days.open_day(players.lead, now(), key(), "morning")


def day() -> clinic_days.ClinicDay:
    """The open day."""
    found = clinic_days.find_open()
    assert found
    return found


def inside(letter: str = "A") -> dict[str, int]:
    """Number to spot of whoever has one."""
    return {visit.label: visit.spot or 0 for visit in spots.list_inside(day().id, letter)}


def arrive(players: Players, n: int, born_year: int = 1990, at: Moment | None = None) -> list[str]:
    """So many people get a number, one after the other; their visits' ids."""
    return [
        check_in.check_in_person(players.volunteer, at or now(), key(), person, answers(), "vi", local())
        for person in expected(n, born_year)
    ]


def kinds(visit: str) -> list[str]:
    """What the moves say of a visit's spots, in their order."""
    of_zones = (MoveKind.ENTER, MoveKind.ASK_IN, MoveKind.EXIT)
    return [move.kind for move in queue_moves.list_of(day().id, of_zones) if move.visit_id == visit]


def test_a_zone_without_a_plan_takes_what_a_gathering_may_be(players: Players, opened: str) -> None:
    assert zones.capacity(day(), "A") == protocols.capacity().zone_most == 20
    arrive(players, 22)
    assert sorted(inside().values()) == list(range(1, 21))
    assert spots.count_outside(day().id, "A") == 2


def test_whoever_stands_outside_is_asked_in_when_a_spot_is_given_back(players: Players, small: str) -> None:
    first, *_, last = arrive(players, 4)
    assert inside() == {"A 001": 1, "A 002": 2, "A 003": 3}
    queueing.hold(players.volunteer, now(), key(), first, "toilet")
    assert inside()["A 001"] == 1, "who is held keeps the spot"
    assert table.call_next(players.screener, now(), key()) != first
    queueing.resume(players.volunteer, now(), key(), first)
    gone_home(players, "A 001")
    assert inside() == {"A 004": 1, "A 002": 2, "A 003": 3}
    assert kinds(last) == [MoveKind.ASK_IN], "aloud"
    assert kinds(first) == [MoveKind.ENTER, MoveKind.EXIT]


def test_the_lanes_rule_says_who_is_asked_in(players: Players, small: str) -> None:
    """Two of the priority lane, then one of the other: outside as at the tables."""
    waiting = arrive(players, 5)
    elders = arrive(players, 3, 1940)
    order = [visit.label for visit in zones.list_next(day(), "A", 5)]
    assert order == ["U 001", "U 002", "A 004", "U 003", "A 005"]
    sized(players, 5)
    assert set(inside()) == {"A 001", "A 002", "A 003", "U 001", "U 002"}
    assert {kind for id in elders[:2] for kind in kinds(id)} == {MoveKind.ASK_IN}
    assert kinds(waiting[0]) == [MoveKind.ENTER]


def gone_home(players: Players, label: str) -> None:
    """Somebody is called in vain until they are out of the line, and their spot is given back."""
    letter, n = label.split()
    visit = visits.find_number(day().id, letter, int(n))
    assert visit
    while visit.stands is VisitState.WAITING:
        table.call_out_of_turn(players.other_screener, now(), key(), visit.id, "frail")
        table.no_show(players.other_screener, now(), key(), visit.id)


def test_a_zone_that_shrinks_throws_nobody_out_and_is_full(players: Players, small: str) -> None:
    arrive(players, 4)
    sized(players, 1)
    assert inside() == {"A 001": 1, "A 002": 2, "A 003": 3}
    assert zones.occupancy(day(), "A").over == 2
    gone_home(players, "A 001")
    assert inside() == {"A 002": 2, "A 003": 3}, "spot 1 goes to nobody while the zone is over its capacity"
    sized(players, 3)
    assert len(inside()) == 3, "grown again, whoever stands outside is asked in"


def test_a_spot_at_a_door_is_kept_and_lapses_to_the_next(players: Players, door: Actor, small: str) -> None:
    first, second, third, fourth = arrive(players, 4)
    assert visits.get(first).entered_at is None
    for id in (second, third):
        doors.enter(door, now(), key(), id)
    assert [one.visit.id for one in spots.list_kept(day().id, "A")] == [first]
    assert doors.give_away(door, now(KEPT_MINUTES - 1), key()) == 0, "not yet"
    assert doors.give_away(door, now(KEPT_MINUTES + 1), key()) == 1
    assert (visits.get(first).inside, visits.get(first).stands) == ("", VisitState.WAITING)
    assert visits.get(fourth).spot == 1
    assert kinds(first) == [MoveKind.ENTER, MoveKind.EXIT]
    assert zones.list_next(day(), "A", 1)[0].id == first, "near the front"


def test_a_spot_is_kept_as_long_as_nobody_else_needs_it(players: Players, door: Actor, small: str) -> None:
    first, _ = arrive(players, 2)
    assert doors.give_away(door, now(60), key()) == 0
    done_once(doors.enter, door, first)
    assert visits.get(first).entered_at


def test_a_spot_that_lapses_is_no_call_in_vain(players: Players, door: Actor, small: str) -> None:
    ids = arrive(players, 4)
    for nth in range(1, 15):
        doors.give_away(door, now(nth * (KEPT_MINUTES + 1)), key())
    stands = [visits.get(id) for id in ids]
    assert sum(MoveKind.EXIT in kinds(id) for id in ids) > 1, "spots went from hand to hand"
    assert {(visit.stands, visit.no_shows) for visit in stands} == {(VisitState.WAITING, 0)}


def test_nothing_lapses_by_itself_at_a_door_where_nobody_is_seen_to_come_through(
    players: Players, door: Actor, small: str
) -> None:
    first, second, third, fourth = arrive(players, 4)
    later = now(KEPT_MINUTES + 1)
    table.call_out_of_turn(players.screener, later, key(), second, "frail")
    table.receive(players.screener, later, key(), second)
    queueing.let_pass(players.screener, later, key(), second)
    assert visits.get(second).entered_at, "they were seen at a table; nobody stood at the door for that"
    assert visits.get(fourth).spot is None
    doors.enter(door, later, key(), third)
    queueing.hold(players.volunteer, later, key(), second, "toilet")
    assert (visits.get(first).spot, visits.get(fourth).spot) == (None, 1), "somebody keeps the door"


@pytest.mark.parametrize(("reason", "keeps"), [("toilet", True), ("papers", False)])
def test_whoever_is_gone_for_longer_gives_up_the_spot(players: Players, small: str, reason: str, keeps: bool) -> None:
    first, *_, last = arrive(players, 4)
    queueing.hold(players.volunteer, now(), key(), first, reason)
    assert (visits.get(first).spot is not None, visits.get(last).spot is not None) == (keeps, not keeps)
    queueing.resume(players.volunteer, now(), key(), first)
    assert visits.get(first).stands is VisitState.WAITING


def test_whoever_waits_to_go_home_needs_no_spot_and_takes_none(players: Players, small: str) -> None:
    first, *_, last = arrive(players, 4)
    declined(players, first)
    visit = visits.get(first)
    assert (visit.step, visit.inside, visit.spot) == ("finish", "A", None)
    assert visits.get(last).spot == 1
    waits = line.read(day().id, ["finish"], 2)
    assert (len(waits.inside("finish-1")), len(waits.outside("finish-1"))) == (1, 0), "not outside"
    assert spots.count_outside(day().id, "A") == 0
    assert table.call_next(players.finisher, now(), key()) == first
    table.no_show(players.finisher, now(), key(), first)
    assert table.call_out_of_turn(players.finisher, now(), key(), first, "frail") == first


def declined(players: Players, visit: str) -> None:
    """Whoever waits longest for the doctor is cleared, and does not want the needle."""
    assert screened(players) == visit
    table.call_next(players.vaccinator, now(), key())
    table.receive(players.vaccinator, now(), key(), visit)
    table.skip(players.vaccinator, now(), key(), visit, "declined", "")


def test_who_is_further_along_is_asked_in_before_who_has_just_come(players: Players, small: str) -> None:
    first, *_, last = arrive(players, 5)
    assert screened(players) == first
    queueing.hold(players.volunteer, now(), key(), first, "papers")
    queueing.resume(players.volunteer, now(), key(), first)
    assert visits.get(first).queue_seq > visits.get(last).queue_seq
    assert [visit.id for visit in zones.list_next(day(), "A", 2)] == [first, last]
    *_, elder = arrive(players, 2, 1940)
    with writing():
        moves.place_first(visits.get(elder))
    assert zones.list_next(day(), "A", 1)[0].id == elder, "put before everybody"


def test_a_table_asks_in_whoever_waits_for_it_outside_any_zone(players: Players, small: str) -> None:
    """A day that began before there were spots, at a site with two zones."""
    behind("B")
    ids = arrive(players, 2)
    assert screened(players) == ids[0]
    with writing():
        for id in ids:
            visit = visits.get(id)
            visit.inside, visit.spot, visit.entered_at, visit.zone = "", None, None, "A"
    assert table.call_next(players.vaccinator, now(), key()) == ids[0]
    with writing():
        visits.get(ids[0]).state, visits.get(ids[0]).step, visits.get(ids[0]).station = "waiting", "finish", ""
        visits.get(ids[0]).inside, visits.get(ids[0]).spot = "", None
    assert table.call_next(players.finisher, now(), key()) == ids[0]


def test_a_plan_that_says_nothing_of_a_zone_leaves_it_what_a_gathering_may_be(players: Players, small: str) -> None:
    row = day_plans.find(now().on, "morning")  # type: ignore[arg-type]
    assert row
    with writing():
        row.zones = {"A": {**row.zones["A"], "capacity": 0}}
    assert zones.capacity(day(), "A") == protocols.capacity().zone_most


def test_whoever_finds_a_zone_full_goes_to_the_other_that_serves_the_step(players: Players, small: str) -> None:
    with writing():
        stations.get("screening-2").zone = "B"
    sized(players, 1, "B")
    ids = arrive(players, 5)
    assert inside("A") == {"A 001": 1, "A 002": 2, "A 003": 3}
    assert inside("B") == {"A 004": 1}
    assert (visits.get(ids[4]).zone, visits.get(ids[4]).spot) == ("A", None)
    sized(players, 2, "B")
    assert (visits.get(ids[4]).zone, visits.get(ids[4]).inside, kinds(ids[4])) == ("B", "B", [MoveKind.ASK_IN])


def test_a_clock_that_was_set_back_silences_nobody(players: Players, small: str) -> None:
    first, *_, last = arrive(players, 4)
    before = now(-30)
    queueing.hold(players.volunteer, before, key(), first, "papers")
    assert (visits.get(last).spot, kinds(last)) == (1, [MoveKind.ASK_IN])


@pytest.mark.parametrize(("ahead", "given"), [(30, 1), (0.5, 0)])
def test_a_spot_that_was_kept_before_the_clock_was_set_back_is_given_away(
    players: Players, door: Actor, small: str, ahead: float, given: int
) -> None:
    *_, last = arrive(players, 4, at=now(ahead))
    assert doors.give_away(door, now(), key()) == given
    assert (visits.get(last).spot is not None) == bool(given)


def test_who_was_out_of_the_line_still_is_when_the_half_goes_on(players: Players, small: str) -> None:
    first, second = arrive(players, 2)
    queueing.hold(players.volunteer, now(), key(), first, "toilet")
    days.close_day(players.lead, now(), key(), 2)
    days.open_day(players.lead, now(), key(), "morning")
    db.session.expire_all()
    assert (visits.get(first).stands, visits.get(first).held_for) == (VisitState.HELD, "toilet")
    assert visits.get(second).stands is VisitState.WAITING


def behind(letter: str) -> None:
    """People wait for the needle in that zone."""
    with writing():
        for station in stations.list_serving("injection"):
            station.zone = letter


def test_whoever_moves_on_is_asked_over_when_the_next_zone_has_a_spot(players: Players, small: str) -> None:
    """Until then they keep the one that they have; then it goes to whoever stands outside."""
    behind("B")
    sized(players, 1, "B")
    first, second, *_, last = arrive(players, 5)
    assert screened(players) == first
    assert inside("B") == {"A 001": 1}
    assert screened(players) == second
    assert (inside("A")["A 002"], inside("B")) == (2, {"A 001": 1}), "B is full"
    assert visits.get(last).spot is None
    table.call_next(players.vaccinator, now(), key())
    table.receive(players.vaccinator, now(), key(), first)
    table.skip(players.vaccinator, now(), key(), first, "declined", "")
    assert (visits.get(first).zone, visits.get(first).spot) == ("A", None), "A is full, and they go home from there"
    assert inside("B") == {"A 002": 1}
    assert visits.get(last).inside == "A", "and the spot that they left in A is given on"


class Hall:
    """Everybody who acts in it; the number of an act picks to whom it is done. `minutes`: time goes on."""

    def __init__(self, players: Players, door: Actor) -> None:
        self.players, self.door, self.minutes = players, door, 0.0
        self.people = expected(25) + expected(8, 1940)

    @property
    def now(self) -> Moment:
        """Each act is some seconds after the one before."""
        self.minutes += 0.4
        return now(self.minutes)

    def visit(self, n: int) -> visits.Visit:
        """Somebody who is here. Raises NotFound while nobody is."""
        here = visits.list_present(day().id)
        if not here:
            raise NotFound("visit")
        return here[n % len(here)]

    def table(self, n: int) -> Actor:
        """One of the tables."""
        who = self.players
        return (who.screener, who.other_screener, who.vaccinator, who.finisher)[n % 4]


def comes(hall: Hall, n: int) -> None:
    """Somebody gets a number."""
    if hall.people:
        receive(hall.players, hall.people.pop(n % len(hall.people)))


def calls(hall: Hall, n: int) -> None:
    """A table calls."""
    table.call_next(hall.table(n), hall.now, key())


def served(hall: Hall, n: int) -> None:
    """Whoever is called comes, and is done with; or does not come."""
    by = hall.table(n)
    visit = visits.find_at(day().id, by.station)
    if visit is None:
        return
    if n % 5 == 0:
        table.no_show(by, hall.now, key(), visit.id)
        return
    if visit.stands is VisitState.CALLED:
        table.receive(by, hall.now, key(), visit.id)
    if visit.step == "screening":
        vitals = {"temperature": "36,8"}
        screening.conclude(by, hall.now, key(), visit.id, [], True, vitals, [], "cleared", "")
    elif visit.step == "finish":
        finish.discharge(by, hall.now, key(), visit.id, "no_dose")
    else:
        table.skip(by, hall.now, key(), visit.id, "declined", "")


def holds(hall: Hall, n: int) -> None:
    """Somebody is at the toilet, or fetches papers."""
    queueing.hold(hall.players.screener, hall.now, key(), hall.visit(n).id, ("toilet", "papers")[n % 2])


def resumes(hall: Hall, n: int) -> None:
    """Whoever was out of the line is back."""
    held = [visit for visit in visits.list_present(day().id) if visit.stands is VisitState.HELD]
    if held:
        queueing.resume(hall.players.screener, hall.now, key(), held[n % len(held)].id)


def passes(hall: Hall, n: int) -> None:
    """Not ready: others go first."""
    queueing.let_pass(hall.table(n), hall.now, key(), hall.visit(n).id)


def enters(hall: Hall, n: int) -> None:
    """Somebody stands at the door."""
    doors.enter(hall.door, hall.now, key(), hall.visit(n).id)


def leaves(hall: Hall, n: int) -> None:
    """Somebody goes out, for a while or for good."""
    doors.go_out(hall.door, hall.now, key(), hall.visit(n).id, "toilet", comes_back=bool(n % 3))


def let_in(hall: Hall, n: int) -> None:
    """The lead lets somebody in by name."""
    by = Actor(hall.players.lead.id, hall.players.lead.role, "door-1", hall.players.lead.session)
    doors.let_in(by, hall.now, key(), hall.visit(n).id, "frail", "", ("", ""), 5, 5)


def gives(hall: Hall, n: int) -> None:
    """Some minutes later the door gives lapsed spots away."""
    hall.minutes += n % 7
    doors.give_away(hall.door, hall.now, key())


def sizes(hall: Hall, n: int) -> None:
    """The lead enlarges or shrinks a zone."""
    sized(hall.players, 1 + n // 2, "AB"[n % 2])


def undoes(hall: Hall, n: int) -> None:
    """A table takes its last move back."""
    last = queue_moves.find_last(hall.visit(n).id)
    if last:
        queueing.undo(hall.table(n), hall.now, key(), last.id)


def closes(hall: Hall, n: int) -> None:
    """A table stops, and serves again."""
    row = day_plans.find(now().on, "morning")  # type: ignore[arg-type]
    assert row
    steps = {code: list(served) for code, served in row.stations.items()}
    steps["screening-2"] = [] if n % 2 else ["screening"]
    plan.set_stations(hall.players.lead, hall.now, key(), row.id, row.seen, steps)


ACTS: list[Act] = [
    *[comes] * 4, *[calls] * 4, *[served] * 4, holds, *[resumes] * 2, passes, *[enters] * 3, leaves, let_in, gives,
    sizes, undoes, closes,
]  # fmt: skip


def count() -> dict[str, int]:
    """How many are in each zone."""
    return {letter: len(spots.list_inside(day().id, letter)) for letter in "AB"}


def check(before: int, by_word: int, letter: str) -> None:
    """`before`: how many were inside before the act, which let in so many `by_word` of somebody."""
    rows = spots.list_inside(day().id, letter)
    taken = [visit.spot for visit in rows]
    assert len(set(taken)) == len(taken), "two on one spot"
    assert all(visit.stands not in (VisitState.SEATED, VisitState.LEFT) for visit in rows)
    assert all(visit.held_for not in (moves.ABSENT, "papers") for visit in rows)
    assert all(visit.step != "finish" for visit in rows), "a spot for somebody who goes home"
    most = zones.capacity(day(), letter)
    assert len(rows) <= max(most, before + by_word), "beyond the capacity without a word"
    outside = spots.count_outside(day().id, letter)
    assert not outside or len(rows) >= most, "a free spot while somebody stands outside"


@settings(
    max_examples=3, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.integers(0, 2**32))
def test_no_spot_is_lost_or_given_twice_whatever_is_done(hall: Hall, seed: int) -> None:
    """Acts at random; what is refused changes nothing. The next example goes on where the last one stopped."""
    chance = Random(seed)
    for act in (*[comes] * 5, *chance.choices(ACTS, k=70)):
        before = count()
        try:
            act(hall, chance.randrange(12))
        except (Refusal, NotFound):
            db.session.rollback()
        db.session.rollback()
        for letter in "AB":
            check(before[letter], int(act is let_in and letter == "A"), letter)


@pytest.fixture
def hall(players: Players, door: Actor, small: str) -> Hall:
    """A hall with a zone behind a door, and one before the tables that inject."""
    behind("B")
    sized(players, 2, "B")
    return Hall(players, door)
