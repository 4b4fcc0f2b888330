"""Who takes part in the tests of store, actions and web: devices and staff as actors, and the people of the list.

The site itself (settings, migrated file, staff, today's list) is that of `conftest`. Nobody here is real.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event

from kiosk import protocols
from kiosk.actions import check_in, day, identity, injection, screening, site, stock, table, vials
from kiosk.actions.follow_up import Numbered
from kiosk.app import create_app
from kiosk.config import Settings
from kiosk.errors import Refusal
from kiosk.rules.actor import OPERATOR, Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity
from kiosk.rules.words import Role, Sex
from kiosk.store import doses, people, rosters, staff, stations
from kiosk.store.database import db, writing
from tests.clock import CLOCK
from tests.screen import Browser

CARD = "015158004187|061234567|Nguyễn Thị Hường|12051958|Nữ|Tổ 4, phường Hồng Hà|15042021"
CARD_OF_PAO = "015090001234||Sùng A Páo|03021990|Nam|Xã Tà Xi Láng|15042021"
CARD_OF_VANG = "015170009999||Đặng Thị Vắng|01011970|Nữ|Xã Bản Công|15042021"
CARD_OF_STRANGER = "015085990009||Phạm Văn Khách|01021985|Nam|Xã Láng Giềng|15042021"
# What is said of a number where there is none; whoever has one is not asked.
NUMBERLESS = Numbered(reason="not_issued")
LISTED = {"huong": "NGUYEN THI HUONG", "pao": "SUNG A PAO", "dung": "LO VAN DUNG", "vang": "DANG THI VANG"}
# who: badge and station of the session
SESSIONS = {
    "volunteer": ("V01", "desk-1"), "lead": ("L01", "desk-1"),
    "screener": ("S01", "screening-1"), "other_screener": ("N01", "screening-2"), "vaccinator": ("N01", "injection-1"),
    "other_vaccinator": ("N01", "injection-2"), "typist": ("V01", "injection-1"), "observer": ("OB1", "observation-1"),
    "finisher": ("V01", "finish-1"),
}  # fmt: skip
TITLES = "Họ và tên,Ngày sinh,Giới tính,Số CCCD,Địa chỉ,Ngày tiêm"


@dataclass(frozen=True)
class Players:
    """Actors, the tokens that their browsers and agents carry, and the ids of people: expected today, or not."""

    kiosk: Actor
    neighbour: Actor
    volunteer: Actor
    lead: Actor
    screener: Actor
    other_screener: Actor
    vaccinator: Actor
    other_vaccinator: Actor
    typist: Actor
    observer: Actor
    finisher: Actor
    table_camera: Actor
    tokens: Mapping[str, str]
    huong: str
    pao: str
    dung: str
    vang: str


def key() -> str:
    """A form's key."""
    return str(uuid4())


RANDOM = (
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",  # an id
    r"\b[0-9a-f]{16}\b",  # a stamp
    r"(?<=name=\"site-clock\" content=\")\d+",  # milliseconds
    r"\bI[\w-]{40,}\.[\w-]+\.[\w-]+",  # a form's token
)


def without_ids(text: str) -> str:
    """The same without what is random or runs on, in which any four digits may stand."""
    return re.sub("|".join(RANDOM), "", text)


def now(minutes: float = 0) -> Moment:
    """This moment, or some minutes later; always on the date that the list is for."""
    moment = CLOCK.now()
    return replace(moment, at=moment.at + timedelta(minutes=minutes))


def local() -> datetime:
    """This moment at the site."""
    return CLOCK.local(now().at)


def answers(**ticked: list[str]) -> dict[str, list[str]]:
    """A complete declaration: nothing ticked but what is named."""
    return {group.code: ticked.get(group.code, []) for group in protocols.declaration().groups}


def receive(players: Players, person_id: str, **ticked: list[str]) -> str:
    """Somebody on the list gets a number from the volunteer; the visit's id."""
    return check_in.check_in_person(players.volunteer, now(), key(), person_id, answers(**ticked), "vi", local())


def expected(n: int, born_year: int = 1990) -> list[str]:
    """So many more people are expected today, of whom nobody is old enough for the priority lane unless said so."""
    with writing():
        file = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at)
        rosters.add(file)
        added = [people.add(Identity(f"Người Thứ {nth}", born_year=born_year, sex=Sex.MALE)) for nth in range(n)]
        for person in added:
            db.session.add(rosters.RosterEntry(roster_id=file.id, person_id=person.id, on=now().on, priority_group=""))
    return [person.id for person in added]


def called(by: Actor, at: Moment | None = None) -> str:
    """The actor's table calls whoever waits longest, and they come; the visit's id."""
    visit_id = table.call_next(by, at or now(), key())
    assert visit_id, "nobody waits for this table"
    table.receive(by, at or now(), key(), visit_id)
    return visit_id


def screened(players: Players, at: Moment | None = None) -> str:
    """Whoever waits longest for the doctor is cleared; the visit's id."""
    at = at or now()
    visit_id = called(players.screener, at)
    vitals = {"temperature": "36,8"}
    screening.conclude(players.screener, at, key(), visit_id, [], True, vitals, [], "cleared", "")
    return visit_id


def lot_received(by: Actor, vaccine: str = "astrazeneca", number: str = "NK0191", count: int = 10) -> str:
    """So many vials of ten doses came to the site, of a lot that can still be used; its id."""
    return stock.receive_lot(by, now(), key(), vaccine, number, f"31/12/{now().on.year + 1}", count, 10)


def vial_opened(by: Actor, vaccine: str = "astrazeneca", number: str = "NK0191", at: Moment | None = None) -> str:
    """A vial of ten doses is opened at the actor's table and given from now on; its id."""
    return vials.open_vial(by, at or now(), key(), lot_received(by, vaccine, number))


def identified(by: Actor, at: Moment | None = None) -> str:
    """Whoever waits longest for the needle has said who they are; the visit's id."""
    visit_id = called(by, at)
    identity.confirm_spoken(by, at or now(), key(), visit_id, ["name", "birth"], NUMBERLESS)
    return visit_id


def dosed(players: Players, person_id: str, at: Moment | None = None) -> str:
    """Somebody on the list is checked in, screened, identified, and has had their first dose; the visit's id."""
    receive(players, person_id)
    screened(players, at)
    vial_id = vial_opened(players.vaccinator, at=at)
    visit_id = identified(players.vaccinator, at)
    injection.give_dose(players.vaccinator, at or now(), key(), visit_id, vial_id, 1, "left")
    return visit_id


def dose_of(visit_id: str) -> str:
    """The id of the visit's dose that stands: what its papers are about."""
    dose = doses.find(visit_id)
    assert dose
    return dose.id


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    db.session.rollback()
    rows = {table.name: db.session.execute(db.select(table)).all() for table in db.metadata.sorted_tables}
    db.session.rollback()
    return {name: sorted((tuple(row) for row in found), key=repr) for name, found in rows.items()}


def done_once(act: Callable[..., Any], by: Actor, *facts: Any, other: Actor = OPERATOR) -> Any:
    """Does it, and sees that a second tap changes nothing and that nobody else can use its key; the result."""
    form = key()
    result = act(by, now(), form, *facts)
    then = everything()
    assert act(by, now(1), form, *facts) == result, "a second tap gives the same result"
    assert everything() == then, "a second tap changes nothing"
    with pytest.raises(Refusal) as refused:
        act(other, now(), form, *facts)
    assert refused.value.code == "key_used"
    assert everything() == then
    return result


def refusal_of(act: Callable[..., Any], by: Actor, *facts: Any, at: Moment | None = None) -> str:
    """The code it refuses with; what is refused leaves nothing behind but what the refusal itself keeps."""
    then = everything()
    with pytest.raises(Refusal) as refused:
        act(by, at or now(), key(), *facts)
    assert refused.value.keep or everything() == then
    return refused.value.code


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked meanwhile, by somebody who has read nothing yet."""
    db.session.rollback()
    db.session.expunge_all()
    asked: list[str] = []

    def hear(*facts: Any) -> None:
        asked.append(str(facts[2]))

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


def roster_csv(on: str, *rows: tuple[str, ...]) -> bytes:
    """A list as the site gets it: name, birth, sex, number, address."""
    return ("\ufeff" + "\n".join([TITLES, *(",".join((*row, on)) for row in rows)]) + "\n").encode()


def _session(badge: str, token: str, station: str) -> Actor:
    member = staff.find_by_badge(badge)
    assert member
    at = now().at
    row = staff.StaffSession(
        staff_id=member.id, token_hash=site.token_hash(token), opened_at=at, last_act_at=at
    )  # fmt: skip
    staff.add(row)
    return Actor(member.id, member.works_as, station, row.id)


def _device(station: str, token: str) -> Actor:
    return Actor(site.pair(OPERATOR, now(), key(), station, token), Role.DEVICE, station)


@pytest.fixture
def hub(settings: Settings) -> Iterator[Flask]:
    """The hub, outside of any request."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def inside(hub: Flask) -> Iterator[None]:
    """The hub's database is at hand, as within one request."""
    with hub.app_context():
        yield


@pytest.fixture
def players(hub: Flask) -> Players:
    """Everybody who takes part: devices are paired, staff are signed in."""
    tokens = {name: f"the token of the {name}" for name in SESSIONS}
    tokens |= {name: site.new_token() for name in ("kiosk", "neighbour", "table_camera")}
    with hub.app_context():
        named = dict(db.session.execute(db.select(people.Person.name_key, people.Person.id)).all())
        ids = {name: named[words] for name, words in LISTED.items()}
        with writing():
            actors = {name: _session(badge, tokens[name], station) for name, (badge, station) in SESSIONS.items()}
        return Players(
            kiosk=_device("kiosk-1", tokens["kiosk"]),
            neighbour=_device("screening-2", tokens["neighbour"]),
            table_camera=_device("injection-1", tokens["table_camera"]),
            **actors,
            tokens=tokens,
            **ids,
        )


@pytest.fixture
def opened(hub: Flask, players: Players) -> str:
    """This morning's clinic day is open; its id."""
    with hub.app_context():
        return day.open_day(players.lead, now(), key(), "morning")


@pytest.fixture
def door(hub: Flask, players: Players) -> Actor:
    """Zone A has a door, and the volunteer keeps it."""
    with hub.app_context(), writing():
        row = {"code": "door-1", "kind": "door", "name_vi": "Cửa khu A", "name_en": "Door of zone A", "zone": "A"}
        stations.add(stations.Station(**row, prints_at="door-1"))
    return replace(players.volunteer, station="door-1")


@pytest.fixture
def browser(hub: Flask, players: Players) -> Callable[..., Browser]:
    """`browser()` is a stranger's, `browser("kiosk")` is paired, `browser("volunteer")` is signed in."""

    def take(who: str = "") -> Browser:
        cookie = "screen-kiosk-1" if who == "kiosk" else "staff"
        return Browser(hub.test_client(), cookie, players.tokens.get(who, ""))

    return take
