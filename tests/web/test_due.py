"""The page of people due a next dose, and the list that it makes."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest

from kiosk import importer, protocols
from kiosk.actions import due as acts
from kiosk.errors import Refusal
from kiosk.rules.due import windows
from kiosk.rules.person import Identity
from kiosk.rules.words import Role, RosterKind, RosterState, Sex
from kiosk.store import audit, due, people, rosters
from kiosk.store.columns import box_name, new_id, next_seq, record
from kiosk.store.database import db, writing
from kiosk.store.doses import EarlierDose
from kiosk.store.people import Person
from tests import cast as casting
from tests.cast import done_once, key, now

PAGE = "/due"
ON = casting.now().on
TOMORROW = ON + timedelta(days=1)
LONG_AGO = ON - timedelta(days=70)
LETTERS = "ABCDEGHIKLMNOPQRSTUVXY"


@pytest.fixture
def page(signed_in, players):
    """The site lead's browser with the page open."""
    browser = signed_in(Role.SITE_LEAD)
    browser.get(PAGE)
    return browser


def text(answer):
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def had(name, *doses, born=1960):
    """Somebody who has had these (vaccine, day) elsewhere; their id."""
    with writing():
        person = people.add(Identity(name, born_year=born, born_on=date(born, 5, 1), sex=Sex.FEMALE))
        for vaccine, given_on in doses:
            _said(person.id, vaccine, given_on)
        return person.id


def _said(person_id, vaccine, given_on):
    record(EarlierDose(person_id=person_id, vaccine=vaccine, given_on=given_on, at=now().at), now())


def many(n):
    """So many people with one dose of AstraZeneca, written at once."""
    with writing():
        rows = [
            {"id": new_id(), "name": f"Hà Thị {LETTERS[nth % 22]}{LETTERS[nth // 22 % 22]}", "name_key": "HA THI",
             "born_year": 1960, "sex": "female"}
            for nth in range(n)
        ]  # fmt: skip
        db.session.execute(db.insert(Person), rows)
        last = next_seq(box_name(), n)
        doses = [
            {"id": new_id(), "person_id": row["id"], "vaccine": "astrazeneca", "given_on": LONG_AGO, "at": now().at,
             "box": box_name(), "seq": last - nth, "clock_trusted": True}
            for nth, row in enumerate(rows)
        ]  # fmt: skip
        db.session.execute(db.insert(EarlierDose), doses)


def names(on=TOMORROW, vaccine="astrazeneca", early=False):
    """Who is due, as the store says."""
    found = windows(protocols.vaccines(), vaccine, on, early=early)
    rows = due.list_due(found, ON, 0, 100)
    return [row.identity.name for row in rows]


def test_it_is_the_site_leads(client, signed_in, players):
    assert client.get(PAGE).location == "/sign-in?next=/due"
    assert signed_in(Role.VOLUNTEER).get(PAGE).status_code == 403
    assert signed_in(Role.SITE_LEAD).get(PAGE).status_code == 200


def test_nobody_is_due_where_nobody_has_had_a_dose(page):
    assert "Không có ai đến hạn." in text(page.get(PAGE))


def test_who_is_due_is_counted_by_vaccine_and_day_and_shown_masked(page):
    had("Hà Thị Đến", ("astrazeneca", LONG_AGO))
    had("Hà Thị Mai", ("astrazeneca", TOMORROW - timedelta(days=54)))
    had("Hà Thị Phai", ("pfizer", LONG_AGO))
    had("Hà Thị Xong", ("astrazeneca", LONG_AGO), ("astrazeneca", ON - timedelta(days=5)))
    answer = text(page.get(f"{PAGE}?vaccine=astrazeneca"))
    assert "AstraZeneca Những ngày sau:" in answer
    assert f"{TOMORROW + timedelta(days=2):%d/%m}: 1" in answer
    assert "AstraZeneca: 1 người đến hạn" in answer
    assert "Hà Thị Đ••• 1960" in answer
    assert "Đến 1960" not in answer
    assert "mũi 2" in answer
    assert "Pfizer (Comirnaty) 1 người" in answer
    assert "Hà Thị P•••" in text(page.get(f"{PAGE}?vaccine=pfizer"))
    early = text(page.get(f"{PAGE}?vaccine=astrazeneca&early=1"))
    assert "AstraZeneca: 2 người đến hạn" in early


def test_whose_dose_was_given_here_counts_too(page, players, opened):
    casting.dosed(players, players.huong)
    assert names(ON + timedelta(days=60)) == []  # expected today
    with writing():
        db.session.execute(db.update(rosters.RosterEntry).values(on=date(2021, 1, 1)))
    assert names(ON + timedelta(days=60)) == ["Nguyễn Thị Hường"]
    assert names(ON + timedelta(days=50)) == []
    assert names(ON + timedelta(days=50), early=True) == ["Nguyễn Thị Hường"]


def test_two_rows_of_one_person_are_one(page):
    kept, gone = had("Hà Thị Một", ("astrazeneca", LONG_AGO)), had("Ha Thi Mot", ("astrazeneca", LONG_AGO))
    assert len(names()) == 2
    with writing():
        people.get_row(gone).merged_into = kept
    assert names() == ["Hà Thị Một"]
    with writing():
        _said(gone, "astrazeneca", ON - timedelta(days=3))
    assert names() == []


def test_what_a_list_says_counts_only_while_the_list_does(page):
    person = had("Hà Thị Danh")
    with writing():
        row = rosters.Roster(file_name="x.xlsx", staged_at=now().at, state=RosterState.LANDED)
        rosters.add(row)
        _said(person, "astrazeneca", LONG_AGO)
        db.session.execute(db.update(EarlierDose).values(roster_id=row.id))
    assert names() == []
    with writing():
        row.landed_at = now().at
    assert names() == ["Hà Thị Danh"]


def test_the_button_makes_a_list_that_is_looked_at_and_lands(page, hub):
    had("Hà Thị Đến", ("astrazeneca", LONG_AGO), born=1961)
    had("Hà Thị Xưa", ("astrazeneca", LONG_AGO - timedelta(days=9)), born=1962)
    answer = page.act(PAGE, vaccine="astrazeneca", on=TOMORROW.isoformat(), most="1")
    assert answer.status_code == 303
    roster = rosters.get(answer.location.rsplit("/", 1)[1])
    assert (roster.kind, roster.state, roster.on, roster.total) == (RosterKind.DUE, RosterState.REVIEW, TOMORROW, 1)
    review = text(page.get(answer.location))
    assert "Hà Thị X•••" in review
    assert rosters.count_expected(TOMORROW) == 0
    assert page.act(f"{answer.location}/land", new="1", changed="0").status_code == 303
    while importer.do_one(hub):
        pass
    db.session.rollback()
    assert rosters.count_expected(TOMORROW) == 1
    assert names() == ["Hà Thị Đến"]
    assert len(people.search("ha thi xua", None)) == 1


def test_whoever_we_know_little_of_lands_too(page, hub):
    """A list of ours needs nothing that a file must say: no sex, no year, a paper of another country."""
    person_id = had("Hà Văn Mới", ("astrazeneca", LONG_AGO))
    with writing():
        row = db.session.get_one(Person, person_id)
        row.sex, row.born_on, row.born_year, row.document_number = Sex.UNKNOWN, None, None, "??"
    answer = page.act(PAGE, vaccine="astrazeneca", on=f"{TOMORROW:%d/%m/%Y}", most="5")
    roster_id = answer.location.rsplit("/", 1)[-1]
    page.act(f"/rosters/{roster_id}/land", new="1", changed="0")
    while importer.do_one(hub):
        pass
    assert rosters.get(roster_id).counts["wrong"] == 0
    assert rosters.find_entry(person_id, TOMORROW)


def test_a_mistyped_year_is_said_beside_its_field(page):
    had("Hà Thị Đến", ("astrazeneca", LONG_AGO))
    assert page.get(f"{PAGE}?on=9999-12-31").status_code == 422
    assert page.act(PAGE, vaccine="astrazeneca", on="31/12/9999", most="5").status_code == 422


def test_a_second_tap_makes_no_second_list(page, players):
    had("Hà Thị Đến", ("astrazeneca", LONG_AGO))
    form = key()
    fields = {"key": form, "vaccine": "astrazeneca", "on": TOMORROW.isoformat(), "most": "10"}
    first, second = page.post(PAGE, data=fields), page.post(PAGE, data=fields)
    assert (first.status_code, first.location) == (303, second.location)
    entries = audit.count()
    found = due.list_due(windows(protocols.vaccines(), "astrazeneca", TOMORROW, early=False), ON, 0, 10)
    done_once(acts.stage_due, players.lead, TOMORROW, found)
    assert audit.count() == entries + 1


def test_what_cannot_be_is_said_beside_its_field(page):
    had("Hà Thị Đến", ("astrazeneca", LONG_AGO))
    for fields, sentence in (
        ({"on": "hôm qua", "most": "1"}, "Ghi ngày tiêm như 20/11/2021, từ hôm nay đến một năm tới."),
        ({"on": (ON - timedelta(days=1)).isoformat(), "most": "1"}, "từ hôm nay"),
        ({"on": TOMORROW.isoformat(), "most": "0"}, "Ghi số người từ 1 đến 1000."),
        ({"on": TOMORROW.isoformat(), "most": "nhiều"}, "Ghi số người từ 1 đến 1000."),
    ):
        answer = page.act(PAGE, vaccine="astrazeneca", **fields)
        assert answer.status_code == 422
        assert sentence in text(answer)
    nobody = page.act(PAGE, vaccine="pfizer", on=TOMORROW.isoformat(), most="1")
    assert (nobody.status_code, "Không còn ai" in text(nobody)) == (422, True)
    unknown = page.act(PAGE, vaccine="other", on=TOMORROW.isoformat(), most="1")
    assert unknown.status_code == 422
    assert page.get(f"{PAGE}?on=abc&page=x").status_code == 422


def test_a_list_for_a_past_day_or_of_too_many_is_refused(page, players):
    with pytest.raises(Refusal) as refused:
        acts.stage_due(players.lead, now(), key(), ON - timedelta(days=1), [])
    assert refused.value.code == "due_day"
    with pytest.raises(Refusal) as refused:
        acts.stage_due(players.lead, now(), key(), TOMORROW, [None] * (acts.MOST + 1))
    assert refused.value.code == "due_too_many"


def test_three_hundred_people_are_paged(page):
    many(300)
    answer = page.get(PAGE)
    assert answer.text.count("Hà Thị") == 50
    assert "trang 1" in text(answer).lower() or "1/6" in text(answer)
    last = page.get(f"{PAGE}?vaccine=astrazeneca&page=99")
    assert last.text.count("Hà Thị") == 50


def test_in_english(page):
    had("Hà Thị Đến", ("astrazeneca", LONG_AGO))
    page.act("/language", language="en", next=PAGE)
    assert "Due for the next dose" in text(page.get(PAGE))
