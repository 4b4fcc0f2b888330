"""Looking at people is an act."""

from __future__ import annotations

import pytest

from kiosk.actions import looking
from kiosk.errors import NotFound
from kiosk.rules.person import Identity
from kiosk.rules.words import Sex
from kiosk.store import audit, openings, people
from kiosk.store.database import db, writing
from tests import cast as casting
from tests.actions.test_scanning import scan
from tests.cast import Players, done_once, key, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")


@pytest.mark.parametrize(
    "words", ["015158004187", "015 158 004 187", "15158004187", "nguyen thi huong", "Hường", "  hUo ", "NGUYỄN HƯỜNG"]
)
def test_a_person_is_found_by_number_or_by_parts_of_the_name(players: Players, words: str) -> None:
    assert done_once(looking.find_people, players.volunteer, words, "", other=players.lead) == [players.huong]


def test_the_birth_year_narrows_a_search(players: Players) -> None:
    assert looking.find_people(players.volunteer, now(), key(), "văn", "1947") == [players.dung]
    assert looking.find_people(players.volunteer, now(), key(), "văn", "1948") == []


@pytest.mark.parametrize("words", ["", "a", " ", "12", "..."])
def test_a_search_that_would_show_half_the_commune_is_refused(players: Players, words: str) -> None:
    assert refusal_of(looking.find_people, players.volunteer, words, "") == "search_too_short"


@pytest.mark.parametrize(
    ("field", "kept", "words"),
    [
        ("old_number", "061234567", "061 234 567"),
        ("document_number", "C1234567", "c1234567"),
        ("phone", "0912345678", "+84 912 345 678"),
        ("insurance", "1501234567", "GD4151501234567"),
        ("insurance", "GD4151501234567", "1501234567"),
        ("number", "015158004187", "4187 1958"),
        ("name", "Nguyễn Thị Hường", "huong nguyễn 1958"),
    ],
)
def test_a_person_is_found_by_whatever_they_can_say(players: Players, field: str, kept: str, words: str) -> None:
    with writing():
        setattr(people.get(players.huong), field, kept)
    assert looking.find_people(players.volunteer, now(), key(), words, "") == [players.huong]


def test_a_familys_phone_finds_all_of_them_and_a_year_one(players: Players) -> None:
    with writing():
        for id in (players.huong, players.pao):
            people.get(id).phone = "0912345678"
    assert set(looking.find_people(players.volunteer, now(), key(), "0912345678", "")) == {players.huong, players.pao}
    assert looking.find_people(players.volunteer, now(), key(), "0912345678", "1990") == [players.pao]
    found = looking.find_people(players.volunteer, now(), key(), "0912345678", "1900")
    assert len(found) == 2, "a wrong year hides nobody"


def test_the_likeliest_stands_first_and_a_full_page_says_that_there_are_more(players: Players) -> None:
    with writing():
        for name in ("Nguyễn Thị Hương", "Nguyễn Thị Hương Lan", "Nguyễn Thị Hướng", *["Nguyễn Thị Hươngg"] * 30):
            people.add(Identity(name, born_year=1958, sex=Sex.FEMALE))
    found = looking.find_people(players.volunteer, now(), key(), "nguyễn thị hương", "")
    names = [people.get(id).name for id in found]
    assert len(found) == looking.SHOWN + 1
    assert names[:2] == ["Nguyễn Thị Hương", "Nguyễn Thị Hương Lan"]
    assert found[2] == players.huong, "whoever is expected stands before their equals"
    assert names[3:5] == ["Nguyễn Thị Hướng", "Nguyễn Thị Hươngg"]


def test_what_was_searched_for_is_not_kept_only_who_was_found(players: Players) -> None:
    looking.find_people(players.volunteer, now(), key(), "Hường", "")
    last = db.session.scalars(db.select(audit.AuditEntry).order_by(audit.AuditEntry.seq.desc())).first()
    assert last
    assert (last.event, last.facts) == ("people.searched", {"found": [players.huong]})


def test_opening_a_person_lets_this_session_read_their_page(players: Players) -> None:
    done_once(looking.open_person, players.volunteer, players.huong, other=players.lead)
    assert openings.may_read(players.volunteer.session, players.huong)
    assert not openings.may_read(players.lead.session, players.huong)
    with pytest.raises(NotFound):
        looking.open_person(players.volunteer, now(), key(), "nobody")


def test_a_card_of_nobody_we_know_may_be_looked_at(players: Players, opened: str) -> None:
    found = scan(players.kiosk, casting.CARD_OF_STRANGER)
    assert done_once(looking.open_scan, players.volunteer, found.id, other=players.lead) == found.id
    with pytest.raises(NotFound):
        looking.open_scan(players.volunteer, now(), key(), "no such scan")
