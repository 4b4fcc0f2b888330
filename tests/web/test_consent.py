"""Children at the doctor's table: their own form, their guardian, and the signed consent there and at the needle."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from kiosk import protocols, wording
from kiosk.rules.words import Role
from kiosk.store import audit, consents, people, screenings, visits
from kiosk.store.database import writing
from tests.actions.test_family import born, child
from tests.cast import Players, now, receive
from tests.web.conftest import Hands

HEALTHY = {"temperature": "36,8", "none": "yes", "conclusion": "cleared"}
TYPED = {"guardian": "typed", "guardian_name": "Lò Văn Pành", "guardian_phone": "0987654321", "consent": "seen"}
TABLE = "/table/screening-1"


@pytest.fixture
def doctor(signed_in: Callable[[Role], Hands]) -> Hands:
    """The doctor's browser."""
    return signed_in(Role.SCREENER)


@pytest.fixture
def an(opened: str, players: Players) -> str:
    """A child of 12 who comes with Hường; the id."""
    with writing():
        people.get(players.huong).phone = "0912345678"
    return child("Lò Thị An", born(12), players.huong)


@pytest.fixture
def here(doctor: Hands, players: Players, an: str) -> str:
    """An is at the doctor's table; her visit."""
    return come(doctor, receive(players, an))


def come(browser: Hands, visit: str, table: str = TABLE) -> str:
    """The table calls this visit, and they come."""
    browser.act(f"{table}/call")
    browser.act(f"{table}/visit/{visit}/receive")
    return visit


def post(browser: Hands, visit: str, **fields: str):
    """The doctor's form as a page sends it."""
    return browser.act(f"{TABLE}/visit/{visit}/screening", **fields)


def page(browser: Hands, table: str = TABLE) -> str:
    """The table's page as people read it."""
    return unescape(browser.get(table).text)


def chosen(html: str) -> list[tuple[str, bool]]:
    """The guardians who are offered, and whether they are chosen."""
    found = re.findall(r'type="radio" name="guardian" value="([^"]+)"( checked)?', html)
    return [(code, bool(checked)) for code, checked in found]


def test_a_child_has_the_childrens_form_and_the_guardian_is_chosen_already(
    doctor: Hands, here: str, players: Players
) -> None:
    html = page(doctor)
    assert "Bảng kiểm trẻ em" in html
    assert "QĐ 5002/QĐ-BYT" in html
    assert "mang thai" not in html
    assert "Nghe tim, phổi bất thường" in html
    assert "Nguyễn Thị Hường · 0912345678" in html, "the guardian came to the table with the child"
    assert chosen(html) == [(players.huong, True), ("typed", False)]
    assert 'name="consent" value="seen" checked' not in html, "that it was seen is ticked by whoever sees it"
    answer = post(doctor, here, **HEALTHY, guardian=players.huong, consent="seen", version="QĐ 5002/QĐ-BYT")
    assert (answer.status_code, answer.location) == (303, TABLE)
    row = consents.find(here)
    assert row
    assert row.guardian_id == players.huong
    assert visits.get(here).step == "injection"


def test_an_adult_sees_neither_a_guardian_nor_a_box(doctor: Hands, opened: str, players: Players) -> None:
    come(doctor, receive(players, players.huong))
    html = page(doctor)
    assert "Phiếu sàng lọc người lớn" in html
    assert 'name="consent"' not in html
    assert 'name="guardian_name"' not in html


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize(
    ("fields", "code", "beside"),
    [
        (HEALTHY, "consent_missing", "consent"),
        (HEALTHY | {"consent": "seen"}, "guardian_missing", "consent"),
        (HEALTHY | TYPED | {"guardian_name": " "}, "guardian_missing", "guardian_name"),
        (HEALTHY | TYPED | {"guardian_name": "Lò 2"}, "name_odd", "guardian_name"),
        (HEALTHY | TYPED | {"guardian_name": "Lò Thị An"}, "guardian_child", "guardian_name"),
        (HEALTHY | TYPED | {"guardian": "HUONG"}, "guardian_two", "guardian_name"),
        (HEALTHY | TYPED | {"guardian_phone": "911"}, "phone_odd", "guardian_phone"),
        (HEALTHY | TYPED | {"conclusion": "declined"}, "consent_contradicts", "consent"),
        (HEALTHY | TYPED | {"version": "QĐ 4355/QĐ-BYT"}, "screening_changed", "items"),
    ],
)
def test_a_refusal_stands_beside_its_field_in_both_languages(
    doctor: Hands, here: str, players: Players, language: str, fields: dict[str, str], code: str, beside: str
) -> None:
    doctor.act("/language", language=language)
    sent = {name: players.huong if value == "HUONG" else value for name, value in fields.items()}
    answer = post(doctor, here, **sent, pulse="88", note="đã hỏi mẹ")
    text = unescape(answer.text)
    assert answer.status_code == 422
    found = re.search(rf'id="{beside}-refusal".*?</p>', text, re.S)
    assert found, f"nothing beside {beside}"
    assert wording.say(f"refusal.{code}", language) in found[0]
    assert text.count("autofocus") == 1
    kept = code != "screening_changed"
    assert ('value="88"' in text) is kept, "what was typed is kept, but for the answers to another form"
    assert ("đã hỏi mẹ" in text) is kept
    assert screenings.find(here) is None
    assert consents.find(here) is None


def test_everything_that_is_wrong_with_a_guardian_is_said_at_once(doctor: Hands, here: str) -> None:
    wrong = TYPED | {"guardian_name": "Lò 2", "guardian_phone": "911"}
    text = post(doctor, here, **HEALTHY | wrong).text
    for field in ("guardian_name", "guardian_phone"):
        assert f'id="{field}-refusal"' in text


def test_a_guardian_who_turns_out_to_be_a_child_is_refused(doctor: Hands, here: str, players: Players) -> None:
    with writing():
        people.get(players.huong).born_on, people.get(players.huong).born_year = born(17), born(17).year
    answer = post(doctor, here, **HEALTHY, guardian=players.huong, consent="seen")
    assert answer.status_code == 422
    assert wording.say("refusal.guardian_minor", "vi", age=18) in unescape(answer.text)


def test_the_brother_is_offered_whoever_signed_for_the_sister(doctor: Hands, here: str, players: Players) -> None:
    assert post(doctor, here, **HEALTHY, **TYPED).status_code == 303
    brother = child("Lò Văn Bình", born(9), players.huong)
    visit = come(doctor, receive(players, brother))
    html = page(doctor)
    assert "Lò Văn Pành · 0987654321" in html
    (_, mother), (code, grandfather), _ = chosen(html)
    assert (mother, grandfather) == (True, False)
    assert post(doctor, visit, **HEALTHY, guardian=code, consent="seen").status_code == 303
    row = consents.find(visit)
    assert row
    assert (row.guardian_name, row.guardian_phone) == ("Lò Văn Pành", "0987654321")


def test_a_table_that_opened_neither_sees_the_guardians_masked(
    doctor: Hands, here: str, players: Players, signed_in: Callable[[Role], Hands]
) -> None:
    assert post(doctor, here, **HEALTHY, **TYPED).status_code == 303
    other = signed_in(Role.SCREENER)
    brother = child("Lò Văn Bình", born(9), players.huong)
    with writing():  # the desk parted them: only the phone says that they are one family
        for id in (brother, visits.get(here).person_id):
            people.get(id).guardian_id, people.get(id).phone = None, "0911222333"
    come(other, receive(players, brother), "/table/screening-2")
    html = page(other, "/table/screening-2")
    assert "Lò Văn P••• · •••• •••• 4321" in html
    assert "Pành" not in html
    assert "0987654321" not in html


def test_the_person_moves_no_name_into_the_address_or_the_log(doctor: Hands, here: str) -> None:
    answer = post(doctor, here, **HEALTHY, **TYPED)
    assert answer.location == TABLE
    entry = audit.find_last("consent.seen", here)
    assert entry
    assert "Pành" not in str(entry.facts)


@pytest.fixture
def unsure(doctor: Hands, opened: str, players: Players) -> str:
    """Of somebody at the doctor's table only the year is known, and it is that of an adult or of a child."""
    one = child("Lò Văn Năm", born(18), players.huong)
    with writing():
        people.get(one).born_on = None
    return come(doctor, receive(players, one))


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize(
    ("text", "code"),
    [("", "birth_odd"), ("31/02/2001", "birth_odd"), ("YEAR", "birth_whole"), ("01/01/1990", "birth_other_year")],
)
def test_a_birth_date_that_cannot_be_is_asked_again(
    doctor: Hands, unsure: str, language: str, text: str, code: str
) -> None:
    doctor.act("/language", language=language)
    year = now().on.year - 18
    answer = doctor.act(f"{TABLE}/visit/{unsure}/screening/birth", birth=text.replace("YEAR", str(year)))
    assert answer.status_code == 422
    found = re.search(r'id="birth-refusal".*?</p>', unescape(answer.text), re.S)
    assert found
    assert wording.say(f"refusal.{code}", language, year=year) in found[0]


def test_the_birth_date_decides_which_form_it_is(doctor: Hands, unsure: str) -> None:
    year = now().on.year - 18
    html = page(doctor)
    assert "Bảng kiểm trẻ em" in html
    assert f"Chỉ biết năm sinh {year}" in html
    answer = doctor.act(f"{TABLE}/visit/{unsure}/screening/birth", birth=f"01/01/{year}")
    assert (answer.status_code, answer.location) == (303, TABLE)
    html = page(doctor)
    assert "Phiếu sàng lọc người lớn" in html
    assert 'id="birth"' not in html
    assert post(doctor, unsure, **HEALTHY, version="QĐ 5002/QĐ-BYT").status_code == 422, "the page of before"
    assert post(doctor, unsure, **HEALTHY, version="QĐ 4355/QĐ-BYT").status_code == 303


def test_somebody_who_is_surely_a_child_is_not_asked_for_a_birth_date(
    doctor: Hands, opened: str, players: Players
) -> None:
    one = child("Lò Văn Sáu", born(9), players.huong)
    with writing():
        people.get(one).born_on = None
    come(doctor, receive(players, one))
    html = page(doctor)
    assert "Bảng kiểm trẻ em" in html
    assert 'id="birth"' not in html


@pytest.fixture
def nurse(signed_in: Callable[[Role], Hands]) -> Hands:
    """The browser at the needle."""
    return signed_in(Role.VACCINATOR)


@pytest.fixture
def at_the_needle(doctor: Hands, nurse: Hands, opened: str, players: Players) -> str:
    """Hường was screened as an adult, has said who she is, and then a paper shows that she is 17. Her visit."""
    visit = come(doctor, receive(players, players.huong))
    assert post(doctor, visit, **HEALTHY).status_code == 303
    come(nurse, visit, "/table/injection-1")
    with writing():
        people.get(players.huong).born_on, people.get(players.huong).born_year = born(17), born(17).year
    said = nurse.act(f"/table/injection-1/visit/{visit}/identity/spoken", spoken=["name", "birth"], reason="")
    assert said.status_code == 303, said.text
    return visit


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize(
    ("fields", "code", "beside"),
    [
        ({}, "consent_missing", "consent"),
        ({"consent": "seen"}, "guardian_missing", "consent"),
        (TYPED | {"guardian_phone": "911"}, "phone_odd", "guardian_phone"),
    ],
)
def test_at_the_needle_the_dose_waits_for_the_signed_form(
    nurse: Hands, at_the_needle: str, language: str, fields: dict[str, str], code: str, beside: str
) -> None:
    nurse.act("/language", language=language)
    html = page(nurse, "/table/injection-1")
    assert wording.say("consent.missing", language) in html
    form = protocols.screening_forms().children.label(language)
    assert wording.say("consent.asked_by", language, form=form) in html
    answer = nurse.act(f"/table/injection-1/visit/{at_the_needle}/consent", **fields)
    assert answer.status_code == 422
    found = re.search(rf'id="{beside}-refusal".*?</p>', unescape(answer.text), re.S)
    assert found
    assert wording.say(f"refusal.{code}", language) in found[0]
    assert consents.find(at_the_needle) is None


def test_once_seen_the_dose_form_opens(nurse: Hands, doctor: Hands, at_the_needle: str) -> None:
    path = f"/table/injection-1/visit/{at_the_needle}/consent"
    answer = nurse.act(path, **TYPED)
    assert (answer.status_code, answer.location) == (303, "/table/injection-1")
    assert wording.say("consent.missing") not in page(nurse, "/table/injection-1")
    again = nurse.act(path, **TYPED)
    assert again.status_code == 422
    assert wording.say("refusal.already_consented") in unescape(again.text)
    row = consents.find(at_the_needle)
    assert row
    assert row.guardian_name == "Lò Văn Pành"


def test_only_those_who_may_note_it(signed_in: Callable[[Role], Hands], client: Hands, at_the_needle: str) -> None:
    path = f"/table/injection-1/visit/{at_the_needle}/consent"
    assert client.act(path).status_code in (303, 400)
    lead = signed_in(Role.SITE_LEAD)
    lead.get("/table/injection-1")
    lead.act(f"/table/injection-1/visit/{at_the_needle}/look")
    assert wording.say("injection.watch_only") in page(lead, "/table/injection-1")
    assert lead.act(path, **TYPED).status_code == 403
    assert consents.find(at_the_needle) is None


def test_without_a_page_of_its_own_the_form_works_alone_and_in_place(doctor: Hands, here: str) -> None:
    answer = doctor.act(f"{TABLE}/visit/{here}/screening", into="here", **HEALTHY)
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith('<section id="here"')
    assert "<html" not in answer.text
