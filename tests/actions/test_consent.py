"""The signed consent: whose must have been seen before the injection, and by which guardian."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from kiosk import protocols
from kiosk.actions import consent, family, finish, identity, injection, screening, table
from kiosk.errors import Refusal
from kiosk.rules.consent import TYPED, RecordedFor, Said
from kiosk.rules.person import Identity
from kiosk.rules.words import Sex
from kiosk.store import audit, consents, openings, people, print_jobs, screenings, visits
from kiosk.store.corrections import Correction
from kiosk.store.database import db, writing
from tests.actions.test_family import born, child
from tests.cast import Players, called, done_once, everything, key, local, now, receive, refusal_of, vial_opened

pytestmark = pytest.mark.usefixtures("inside", "opened")
TOLD = Said(True, TYPED, "Lò Văn Pành", "0912 345 678")


def conclude(players: Players, visit_id: str, said: Said = TOLD, conclusion: str = "cleared", **sent: Any) -> str:
    """The doctor screens a healthy child; the visit's id."""
    return screening.conclude(players.screener, now(), key(), *facts(visit_id, conclusion), consent=said, **sent)


def facts(visit_id: str, conclusion: str = "cleared") -> tuple[Any, ...]:
    """What `conclude` is told of somebody healthy."""
    return (visit_id, [], True, {"temperature": "36,8"}, [], conclusion, "")


def refused(players: Players, visit_id: str, said: Said, conclusion: str = "cleared") -> tuple[str, str | None]:
    """Code and field with which the doctor's form comes back; nothing is left of it."""
    then = everything()
    with pytest.raises(Refusal) as refusal:
        conclude(players, visit_id, said, conclusion)
    assert everything() == then
    return refusal.value.code, refusal.value.field


@pytest.fixture
def an(players: Players) -> str:
    """A child of 12 who comes with Hường; their id."""
    return child("Lò Thị An", born(12), players.huong)


@pytest.fixture
def here(players: Players, an: str) -> str:
    """An is at the doctor's table; her visit."""
    receive(players, an)
    return called(players.screener)


def test_a_child_goes_on_to_the_needle_with_the_form_seen(players: Players, here: str, an: str) -> None:
    conclude(players, here, Said(True, players.huong))
    row = consents.find(here)
    assert row
    huong = people.get(players.huong)
    assert (row.version, row.guardian_id, row.guardian_name) == ("CV 1535/BYT-DP", huong.id, huong.name)
    assert (row.by, row.guardian_phone) == (players.screener.id, huong.phone)
    asked = screenings.find(here)
    assert asked
    assert asked.version == "QĐ 5002/QĐ-BYT"
    assert visits.get(here).step == "injection"
    consent.require_consent(visits.get(here))
    entry = audit.find_last("consent.seen", here)
    assert entry
    assert entry.facts == {"guardian": huong.id, "typed": False}


def test_another_guardian_is_typed_and_the_audit_names_nobody(players: Players, here: str) -> None:
    conclude(players, here)
    row = consents.find(here)
    assert row
    assert (row.guardian_id, row.guardian_name, row.guardian_phone) == (None, "Lò Văn Pành", "0912345678")
    said = str([entry.facts for entry in db.session.scalars(db.select(audit.AuditEntry))])
    assert "Pành" not in said
    assert "0912345678" not in said
    assert not list(audit.verify())


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        (Said(), "consent_missing", "consent"),
        (Said(False, TYPED, "Lò Văn Pành"), "consent_missing", "consent"),
        (Said(True), "guardian_missing", "guardian"),
        (Said(True, TYPED), "guardian_missing", "guardian_name"),
        (Said(True, "nobody whom we offered"), "guardian_missing", "guardian"),
        (Said(True, TYPED, "Lò Thị An"), "guardian_child", "guardian_name"),
        (Said(True, TYPED, "Lò 2"), "name_odd", "guardian_name"),
        (Said(True, TYPED, "Lò Văn Pành", "911"), "phone_odd", "guardian_phone"),
    ],
)
def test_no_child_is_cleared_without_a_signature_and_a_guardian(
    players: Players, here: str, said: Said, code: str, field: str
) -> None:
    assert refused(players, here, said) == (code, field)
    assert refused(players, here, said, "caution") == (code, field)
    assert visits.get(here).step == "screening"


def test_the_child_is_no_guardian_and_neither_is_another_child(players: Players, here: str, an: str) -> None:
    assert refused(players, here, Said(True, an)) == ("guardian_missing", "guardian"), "nobody offers the child"
    with writing():
        people.get(players.huong).born_on, people.get(players.huong).born_year = born(17), born(17).year
    assert refused(players, here, Said(True, players.huong)) == ("guardian_minor", "guardian")


def test_one_is_chosen_or_typed_and_not_both(players: Players, here: str) -> None:
    said = Said(True, players.huong, "Lò Văn Pành")
    assert refused(players, here, said) == ("guardian_two", "guardian_name")


@pytest.mark.parametrize("conclusion", ["deferred", "referred", "contraindicated", "declined"])
def test_whoever_is_not_injected_needs_no_signature(players: Players, here: str, conclusion: str) -> None:
    conclude(players, here, Said(), conclusion)
    assert consents.find(here) is None
    assert visits.get(here).step == "finish"


def test_a_form_that_was_seen_is_written_down_though_the_dose_is_deferred(players: Players, here: str) -> None:
    conclude(players, here, TOLD, "deferred")
    assert consents.find(here)


def test_a_guardian_who_declines_has_not_consented(players: Players, here: str) -> None:
    assert refused(players, here, TOLD, "declined") == ("consent_contradicts", "consent")


def test_an_adult_signs_on_paper_and_nobody_writes_it_down(players: Players) -> None:
    receive(players, players.huong)
    visit = called(players.screener)
    conclude(players, visit, Said())
    assert consents.find(visit) is None
    consent.require_consent(visits.get(visit))


def test_a_site_may_have_every_adults_form_written_down(players: Players, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = replace(protocols.consent(), recorded_for=RecordedFor.ALL)
    monkeypatch.setattr(protocols, "consent", lambda: everybody)
    receive(players, players.huong)
    visit = called(players.screener)
    assert refused(players, visit, Said()) == ("consent_missing", "consent")
    conclude(players, visit, Said(True))
    row = consents.find(visit)
    assert row
    assert (row.version, row.guardian_id, row.guardian_name) == ("QĐ 3588/QĐ-BYT", None, "")
    consent.require_consent(visits.get(visit))


def test_whoever_signed_for_a_sister_is_offered_for_the_brother(players: Players, here: str) -> None:
    conclude(players, here)
    brother = child("Lò Văn Bình", born(9), players.huong)
    receive(players, brother)
    visit = visits.get(called(players.screener))
    mother, grandfather = consent.list_guardians(visit)
    assert (mother.id, mother.name) == (players.huong, people.get(players.huong).name)
    assert (grandfather.id, grandfather.name, grandfather.phone) == (None, "Lò Văn Pành", "0912345678")
    conclude(players, visit.id, Said(True, grandfather.code))
    row = consents.find(visit.id)
    assert row
    assert (row.guardian_id, row.guardian_name, row.guardian_phone) == (None, "Lò Văn Pành", "0912345678")
    third = child("Lò Văn Chi", born(7), players.huong)
    receive(players, third)
    assert len(consent.list_guardians(visits.get(called(players.screener)))) == 2, "nobody is offered twice"


def test_a_shared_phone_makes_a_family_too_and_nobody_elses_guardian_is_offered(players: Players) -> None:
    phones = {"Lò Thị An": "0987654321", "Lò Văn Bình": "0987654321", "Vàng Thị Chi": ""}
    met = []
    for name, phone in phones.items():
        one = child(name, born(10), players.huong)
        with writing():
            people.get(one).guardian_id, people.get(one).phone = None, phone
        receive(players, one)
        visit = visits.get(called(players.screener))
        met.append([guardian.name for guardian in consent.list_guardians(visit)])
        conclude(players, visit.id)
    assert met == [[], ["Lò Văn Pành"], []]


@pytest.fixture
def at_the_needle(players: Players) -> str:
    """Hường was screened as the adult she was taken for; at the needle a card says that she is 17. Her visit."""
    receive(players, players.huong)
    visit = called(players.screener)
    conclude(players, visit, Said())
    with writing():
        people.get(players.huong).born_on, people.get(players.huong).born_year = born(17), born(17).year
    assert called(players.vaccinator) == visit
    return visit


def test_a_child_whom_the_doctor_took_for_an_adult_is_stopped_at_the_needle(
    players: Players, at_the_needle: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        consent.require_consent(visits.get(at_the_needle))
    assert (refusal.value.code, refusal.value.field) == ("consent_missing", "consent")
    note = consent.note_consent
    assert refusal_of(note, players.vaccinator, at_the_needle, False, "", "", "") == "consent_missing"
    assert refusal_of(note, players.vaccinator, at_the_needle, True, TYPED, "", "") == "guardian_missing"
    done_once(note, players.vaccinator, at_the_needle, True, TYPED, "Lò Văn Pành", "", other=players.typist)
    consent.require_consent(visits.get(at_the_needle))
    assert refusal_of(note, players.vaccinator, at_the_needle, True, TYPED, "Lò Văn Pành", "") == "already_consented"


def test_an_adults_own_signature_is_no_guardians(
    players: Players, at_the_needle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing():
        row = consents.Consent(visit_id=at_the_needle, version="QĐ 3588/QĐ-BYT", guardian_name="", at=now().at,
                               by=players.screener.id, box="b", seq=10_000, clock_trusted=True)  # fmt: skip
        db.session.add(row)
    assert consent.is_missing(visits.get(at_the_needle))
    consent.note_consent(players.vaccinator, now(), key(), at_the_needle, True, TYPED, "Lò Văn Pành", "")
    kept = consents.find(at_the_needle)
    assert kept
    assert (kept.id, kept.version, kept.guardian_name) == (row.id, "CV 1535/BYT-DP", "Lò Văn Pành")


def test_the_childs_guardian_is_opened_with_the_call(players: Players, here: str, an: str) -> None:
    session = players.screener.session
    assert openings.may_read(session, an)
    assert openings.may_read(session, players.huong)
    entry = audit.find_last("visit.called", here)
    assert entry
    assert entry.facts == {"person": an, "guardian": players.huong}


def test_a_form_that_is_not_this_persons_is_asked_anew(players: Players, here: str) -> None:
    adults = protocols.screening_forms().adults.version
    with pytest.raises(Refusal) as refusal:
        conclude(players, here, TOLD, version=adults)
    assert refusal.value.code == "screening_changed"
    conclude(players, here, TOLD, version="QĐ 5002/QĐ-BYT")


def test_on_the_eve_of_the_birthday_a_guardian_signs_and_on_the_day_nobody_does(players: Players) -> None:
    today = now().on
    for eve, missing in ((1, True), (0, False)):
        eighteen = date(today.year - 18, today.month, today.day) + timedelta(days=eve)
        one = child("Lò Văn Đủ", eighteen, players.huong)
        receive(players, one)
        visit = visits.get(called(players.screener))
        assert consent.is_missing(visit) is missing
        conclude(players, visit.id, TOLD if missing else Said())


@pytest.fixture
def unsure(players: Players) -> str:
    """Somebody who is 17 or 18: we know the year alone. Their visit, at the doctor's."""
    one = child("Lò Văn Năm", born(18), players.huong)
    with writing():
        people.get(one).born_on = None
    receive(players, one)
    return called(players.screener)


def test_whoever_may_be_a_child_is_one_until_the_birth_date_is_typed(players: Players, unsure: str) -> None:
    assert refused(players, unsure, Said()) == ("consent_missing", "consent")
    year = now().on.year - 18
    done_once(screening.note_birth, players.screener, unsure, f"01/01/{year}", other=players.other_screener)
    person = visits.get(unsure).person
    assert (person.born_on, person.born_year) == (date(year, 1, 1), year)
    row = db.session.scalar(db.select(Correction).where(Correction.person_id == person.id))
    assert row
    assert (row.fields, row.visit_id) == ({"born_on": [None, f"{year}-01-01"]}, unsure)
    entry = audit.find_last("person.corrected", person.id)
    assert entry
    assert entry.facts == {"fields": ["born_on"]}
    conclude(players, unsure, Said())
    asked = screenings.find(unsure)
    assert asked
    assert asked.version == "QĐ 4355/QĐ-BYT"


def test_the_birth_date_may_also_show_a_child(players: Players, unsure: str) -> None:
    with writing():  # as if their year were the next
        visits.get(unsure).person.born_year = now().on.year - 17
    screening.note_birth(players.screener, now(), key(), unsure, f"31/12/{now().on.year - 17}")
    assert refused(players, unsure, Said()) == ("consent_missing", "consent")


def test_of_whom_nothing_is_known_a_year_is_enough(players: Players) -> None:
    with writing():
        person = people.get(players.pao)
        person.born_on = person.born_year = None
    receive(players, players.pao)
    visit = called(players.screener)
    assert refused(players, visit, Said()) == ("consent_missing", "consent")
    screening.note_birth(players.screener, now(), key(), visit, "1990")
    assert (people.get(players.pao).born_on, people.get(players.pao).born_year) == (None, 1990)
    conclude(players, visit, Said())


@pytest.mark.parametrize(
    ("text", "code"), [("", "birth_odd"), ("31/02/2003", "birth_odd"), ("01/01/1990", "birth_other_year")]
)
def test_a_birth_that_cannot_be_is_refused(players: Players, unsure: str, text: str, code: str) -> None:
    assert refusal_of(screening.note_birth, players.screener, unsure, text) == code


def test_a_known_birth_date_is_not_typed_over(players: Players, here: str) -> None:
    assert refusal_of(screening.note_birth, players.screener, here, "01/01/2010") == "birth_known"
    year = now().on.year - 18
    table.no_show(players.screener, now(), key(), here)
    assert refusal_of(screening.note_birth, players.screener, here, f"01/01/{year}") == "visit_moved_on"


def test_a_guardian_of_the_same_name_is_linked_at_the_desk(players: Players, here: str, an: str) -> None:
    identity = Identity("Lò Thị An", born_on=born(35), born_year=born(35).year, sex=Sex.FEMALE)
    with writing():
        namesake = people.add(identity).id
    family.unlink_guardian(players.volunteer, now(), key(), an)
    family.link_guardian(players.volunteer, now(), key(), an, namesake)
    conclude(players, here, Said(True, namesake))
    row = consents.find(here)
    assert row
    assert row.guardian_id == namesake


def test_a_childs_papers_name_nobody_but_the_child(players: Players, here: str) -> None:
    ticked = ["acute_or_progressing"]
    screening.conclude(
        players.screener, now(), key(), here, ticked, False, {"temperature": "38,4"}, [], "deferred", "", consent=TOLD
    )
    assert called(players.finisher) == here
    finish.print_deferral(players.finisher, now(), key(), here, local(), local())
    ticket, deferral = sorted(print_jobs.list_of(here), key=lambda job: job.slip != "ticket")
    assert "Đang mắc bệnh cấp tính, bệnh mạn tính tiến triển" in str(deferral.blocks), "in the words of their own form"
    for job in (ticket, deferral):
        for name in ("Hường", "Pành", "0987654321"):
            assert name not in str(job.blocks)


def test_no_dose_is_given_to_a_child_whose_form_nobody_has_seen(players: Players, at_the_needle: str) -> None:
    identity.confirm_spoken(players.vaccinator, now(), key(), at_the_needle, ["name", "birth"], "")
    vial = vial_opened(players.vaccinator, "pfizer")
    give = (at_the_needle, vial, 1, "left")
    assert refusal_of(injection.give_dose, players.vaccinator, *give) == "consent_missing"
