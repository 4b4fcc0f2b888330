"""Whatever is done in whatever order, the books balance to the dose: given, taken back, corrected, wasted, moved."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kiosk.actions import day, forwarding, injection, stock, table, vials, voiding
from kiosk.actions.forwarding import FORWARDER
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.report import balance
from kiosk.rules.words import DayHalf, VisitState
from kiosk.store import clinic_days, doses, figures, observations, stations, stock_moves, visits
from kiosk.store import vials as opened_vials
from kiosk.store.database import db
from kiosk.store.stock_moves import STORE
from tests.cast import Players, identified, key, lot_received, now, receive, screened

pytestmark = pytest.mark.usefixtures("inside")
Act = Callable[["Site", int], object]


class Site:
    """Two tables that give, two lots in the store; the number of an act picks what it is done to."""

    def __init__(self, players: Players) -> None:
        self.players = players
        self.lots = [lot_received(players.lead, "astrazeneca"), lot_received(players.lead, "pfizer", "PF1")]

    @property
    def day(self) -> str:
        """The half that is open."""
        day = clinic_days.find_open()
        assert day
        return day.id

    @property
    def halves(self) -> list[clinic_days.ClinicDay]:
        """Those that were opened today."""
        return [day for half in DayHalf if (day := clinic_days.find(now().on, half))]

    def nurse(self, n: int) -> Actor:
        """Whoever gives at one of the tables."""
        return (self.players.vaccinator, self.players.other_vaccinator)[n % 2]

    def vial(self, n: int) -> str:
        """One of the vials of the date, open or not."""
        rows = opened_vials.list_of_date(now().on)
        return rows[n % len(rows)].id if rows else key()

    def dose(self, n: int) -> doses.Dose:
        """One of the doses of the date, void ones too. Raises NotFound while there is none."""
        rows = [dose for half in self.halves for dose in doses.list_newest(half.id, "", 50)]
        if not rows:
            raise NotFound("dose")
        return rows[n % len(rows)]


def receives(site: Site, n: int) -> None:
    """More of a lot comes."""
    lot_received(site.players.lead, *(("astrazeneca", "NK0191"), ("pfizer", "PF1"))[n % 2], count=1)


def opens(site: Site, n: int) -> None:
    """A vial is opened."""
    vials.open_vial(site.nurse(n), now(), key(), site.lots[n // 2 % 2])


def gives(site: Site, n: int) -> None:
    """Whoever waits longest is injected, out of a vial that is opened for it where the table has none."""
    by = site.nurse(n)
    if not visits.list_waiting(site.day, ["injection"], 1) or visits.find_at(site.day, by.station):
        return
    if opened_vials.find_current(site.day, by.station, now().at) is None:
        opens(site, n)
    visit, vial = identified(by), opened_vials.find_current(site.day, by.station, now().at)
    try:
        injection.give_dose(by, now(), key(), visit, vial.id if vial else "", 1, ("left", "right")[n % 2])
    finally:
        if visits.get(visit).stands is VisitState.AT_TABLE:
            table.no_show(by, now(), key(), visit)


def voids(site: Site, n: int) -> None:
    """A dose is taken back, for any of the reasons; by the lead where it is late."""
    dose, reason = site.dose(n), ("wrong_person", "not_drawn", "drawn", "wrong_person")[n % 4]
    by = next(each for each in (site.nurse(0), site.nurse(1)) if each.station == dose.station)
    by = site.players.lead if voiding.is_late(dose) else by
    voiding.void_dose(by, now(), key(), dose.id, reason, "")


def corrects(site: Site, n: int) -> None:
    """A dose came out of another vial."""
    dose = site.dose(n)
    voiding.correct_dose(
        site.players.lead, now(), key(), dose.id, vial_id=site.vial(n // 3), dose_number=1 + n % 2, arm="right",
        vaccinator=dose.vaccinator, reason="other_vial", note="",
    )  # fmt: skip


def wastes(site: Site, n: int) -> None:
    """Some of a vial is thrown away."""
    vials.waste(site.nurse(n), now(), key(), site.vial(n), 1 + n % 4, "broken")


def extra(site: Site, n: int) -> None:
    """A vial gives one more."""
    vials.draw_extra(site.nurse(n), now(), key(), site.vial(n))


def closes(site: Site, n: int) -> None:
    """A vial is put away."""
    vials.close_vial(site.nurse(n), now(), key(), site.vial(n), "left_over")


def moves(site: Site, n: int) -> None:
    """An open vial goes to the other table."""
    vials.move_vial(site.nurse(n), now(), key(), site.vial(n))


def transfers(site: Site, n: int) -> None:
    """Unopened vials go to a table or back."""
    places = [STORE, "injection-1", "injection-2"]
    stock.transfer(
        site.players.lead, now(), key(), site.lots[n % 2], places[n % 3], places[(n + 1 + n // 3 % 2) % 3], 1 + n % 3
    )


def ships(site: Site, n: int) -> None:
    """One goes to another site, or is wasted unopened."""
    lot = site.lots[n % 2]
    if n % 3:
        stock.ship(site.players.lead, now(), key(), lot, 1, "Trạm y tế xã khác")
    else:
        stock.waste_unopened(site.players.lead, now(), key(), lot, STORE, 1, "broken")


def puts_right(site: Site, n: int) -> None:
    """Another number of doses a vial had been typed of a lot that none was opened of; more of it has come."""
    id = lot_received(site.players.lead, "moderna", "MD1", count=1)
    stock.transfer(site.players.lead, now(), key(), id, STORE, "injection-2", 1)
    stock.put_lot_right(site.players.lead, now(), key(), site.lots[n % 2] if n % 3 else id, "x", doses_per_vial=1 + n)
    if not n % 3:
        stock.put_lot_right(site.players.lead, now(), key(), id, "x", doses_per_vial=10)


def unopens(site: Site, n: int) -> None:
    """A vial was not opened after all."""
    vials.unopen_vial(site.nurse(n), now(), key(), site.vial(n))


def goes_over(site: Site, n: int) -> None:
    """One half is closed, with its open vials kept or not, and one is opened: the other, or the same once more."""
    while message := forwarding.take_message(FORWARDER, now(), key()):
        forwarding.acknowledge(FORWARDER, now(), key(), message, "https://x", f"r-{message}", "1", "0" * 64)
    db.session.rollback()
    day.close_day(site.players.lead, now(), key(), len(visits.list_present(site.day)), keep_vials=n % 3 > 0)
    check(site)
    day.open_day(site.players.lead, now(), key(), ("morning", "afternoon")[n % 2])
    for person in (site.players.huong, site.players.pao, site.players.dung):
        if visits.find(site.day, person) is None:
            receive(site.players, person)
            screened(site.players)


ACTS: list[Act] = [
    receives, opens, *[gives] * 4, *[voids] * 2, *[corrects] * 4, wastes, extra, closes, moves, transfers, ships,
    puts_right, unopens, goes_over,
]  # fmt: skip


def check(site: Site) -> None:
    """The ledger, each vial, each observation and the day's figures say the same."""
    db.session.rollback()
    for lot, books in stock_moves.list_balances():
        assert books.difference == 0, (lot.number, books)
    stands = [row for half in site.halves for row in doses.list_newest(half.id, "", 200) if row.voided_at is None]
    for vial in opened_vials.list_of_date(now().on):
        assert vial.given == sum(row.vial_id == vial.id for row in stands)
        assert vial.left >= 0
        assert vial.closed_at is None or vial.left == 0, "what was put away holds nothing"
    now_open = clinic_days.find_open()
    assert now_open is None or opened_vials.list_kept(now_open.id) == [], "what is open belongs to the open half"
    for row in stands:
        assert observations.get(row.visit_id).dose_id == row.id
    for half in site.halves:
        assert balance(figures.of_day(half)) == ()


@pytest.fixture
def site(players: Players, opened: str) -> Site:
    """Three people wait for the needle; each of two tables may call them."""
    for person in (players.huong, players.pao, players.dung):
        receive(players, person)
        screened(players)
    assert stations.list_serving("injection")
    return Site(players)


@settings(
    max_examples=2, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.integers(0, 2**32))
def test_the_books_balance_whatever_is_done(site: Site, seed: int) -> None:
    """Fifty acts at random; what is refused changes nothing. The next example goes on where the last one stopped."""
    chance = Random(seed)
    for act in (gives, gives, *chance.choices(ACTS, k=50)):
        try:
            act(site, chance.randrange(12))
        except (Refusal, NotFound):
            db.session.rollback()
        check(site)
    assert any(doses.count_all(half.id) != (0, 0) for half in site.halves)
