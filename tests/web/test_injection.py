"""The injection table: the right person, then the dose."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from kiosk import wording
from kiosk.actions import identity, screening, table
from kiosk.rules.words import Role
from kiosk.store import doses, observations, outbox, vials, visits
from kiosk.store.columns import record
from kiosk.store.database import db, writing
from tests.cast import called, key, now, receive, screened, vial_opened
from tests.conftest import STAFF

HTMX = {"HX-Request": "true", "HX-Target": "here"}
PAGE = "/table/injection-1"


@pytest.fixture
def nurse(signed_in):
    return signed_in(Role.VACCINATOR)


@pytest.fixture
def visit(nurse, opened, players):
    """Hường is cleared and sits at the nurse's table; a vial is open there."""
    receive(players, players.huong)
    screened(players)
    vial_opened(players.vaccinator)
    nurse.get(PAGE)
    nurse.act(f"{PAGE}/call")
    visit = db.session.scalars(db.select(visits.Visit)).one().id
    assert nurse.act(f"{PAGE}/visit/{visit}/receive").status_code == 303
    return visit


def sure(nurse, visit):
    return nurse.act(f"{PAGE}/visit/{visit}/identity/spoken", spoken=["name", "birth"])


def dose_form(nurse):
    """What the dose form would send."""
    fields = re.findall(r'name="(vial_id|dose_number)" value="([^"]*)"', nurse.get(PAGE).text)
    assert len(fields) == 2
    return dict(fields) | {"arm": "left"}


def test_the_dose_is_given_as_it_was_shown(nurse, visit, players):
    sure(nurse, visit)
    text = nurse.get(PAGE).text
    for words in ("AstraZeneca", "NK0191", "hạn dùng 31/12/", "mũi đầu tiên", "Người tiêm: Vàng Thị Sua"):
        assert words in text
    assert re.search(r'name="arm" value="left" checked', text)
    same = key()
    for _ in range(2):
        answer = nurse.post(f"{PAGE}/visit/{visit}/dose", data={"key": same} | dose_form_of(text))
        assert (answer.status_code, answer.location) == (303, PAGE)
    assert db.session.query(doses.Dose).count() == 1
    row = doses.find(visit)
    assert (row.arm, row.vaccinator, row.entered_by) == ("left", players.vaccinator.id, players.vaccinator.id)
    again = nurse.act(f"{PAGE}/visit/{visit}/dose", **dose_form_of(text))
    assert again.status_code == 422
    assert "Không tiêm lần nữa" in again.text


def test_a_shot_against_another_disease_is_no_dose_before_this(nurse, visit, players):
    sure(nurse, visit)
    for vaccine, days, said, unsaid in (
        ("other", 20, "mũi đầu tiên", "cách mũi trước"), ("astrazeneca", 100, "cách mũi trước 100 ngày", "20 ngày"),
    ):  # fmt: skip
        with writing():
            at = now().on - timedelta(days=days)
            record(doses.EarlierDose(person_id=players.huong, vaccine=vaccine, given_on=at, at=now().at), now())
        text = nurse.get(PAGE).text
        assert said in text
        assert unsaid not in text
        assert ("mũi trước cùng loại" in text) == (vaccine == "astrazeneca")


def dose_form_of(text):
    return dict(re.findall(r'name="(vial_id|dose_number)" value="([^"]*)"', text)) | {"arm": "left"}


def test_htmx_gets_the_partial_and_its_refusals(nurse, visit):
    sure(nurse, visit)
    form = dose_form(nurse)
    refused = nurse.act(f"{PAGE}/visit/{visit}/dose", into="here", **form | {"arm": ""})
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="here"')
    assert 'id="arm-refusal"' in refused.text
    for number in ("", "x", "²", "99999999999"):
        assert nurse.act(f"{PAGE}/visit/{visit}/dose", **form | {"dose_number": number}).status_code == 422


def test_a_vial_that_changed_meanwhile_is_shown_before_it_is_given(nurse, visit, players):
    sure(nurse, visit)
    old = dose_form(nurse)
    vial_opened(players.vaccinator, "pfizer")
    refused = nurse.act(f"{PAGE}/visit/{visit}/dose", **old | {"arm": "right"})
    assert refused.status_code == 422
    assert "vừa có thay đổi khi trang đang mở" in refused.text
    assert "Pfizer" in refused.text
    assert re.search(r'name="arm" value="right" checked', refused.text), "what was chosen stays"
    assert nurse.act(f"{PAGE}/visit/{visit}/dose", **dose_form(nurse)).status_code == 303
    assert doses.find(visit).lot.vaccine == "pfizer"


def test_without_a_vial_the_form_points_to_it(nurse, opened, players):
    receive(players, players.huong)
    screened(players)
    visit = called(players.vaccinator)
    identity.confirm_spoken(players.vaccinator, now(), key(), visit, ["name", "birth"])
    nurse.get(PAGE)
    nurse.act(f"{PAGE}/visit/{visit}/look")
    text = nurse.get(PAGE).text
    assert wording.say("refusal.vial_missing", "vi") in text
    assert 'href="#vial"' in text
    assert "/dose" not in text


def told(players, vaccine, days, opens="astrazeneca"):
    """Hường tells the doctor of a dose given elsewhere, and comes to the nurse's table, where everything is ready."""
    receive(players, players.huong)
    visit = called(players.screener)
    earlier = [(vaccine, f"{now().on - timedelta(days=days):%d/%m/%Y}")]
    screening.conclude(
        players.screener, now(), key(), visit, [], True, {"temperature": "36,8"}, earlier, "caution", "run tay"
    )
    vial_opened(players.vaccinator, opens)
    table.call_next(players.vaccinator, now(), key())
    table.receive(players.vaccinator, now(), key(), visit)
    identity.confirm_spoken(players.vaccinator, now(), key(), visit, ["name", "birth"])
    return visit


def looked(nurse, visit):
    nurse.get(PAGE)
    nurse.act(f"{PAGE}/visit/{visit}/look")
    return nurse.get(PAGE).text


def test_a_dose_that_is_too_soon_is_a_doctors_decision(nurse, opened, players):
    visit = told(players, "astrazeneca", 14)
    text = looked(nurse, visit)
    assert "Chưa tiêm mũi này được" in text
    assert 'id="override"' in text
    assert f"/visit/{visit}/skip" in text
    form = dose_form(nurse)
    for facts, field, words in (
        ({}, "accept_reason", "dose_reason_missing"),
        ({"accept_reason": "other"}, "accept_note", "dose_note_missing"),
        ({"accept_reason": "explained"}, "doctor", "doctor_missing"),
    ):
        refused = nurse.act(f"{PAGE}/visit/{visit}/dose", into="here", **form, **facts)
        assert refused.status_code == 422
        assert f'id="{field}-refusal"' in refused.text
        assert wording.say(f"refusal.{words}", "vi") in refused.text
    _, badge, pin = STAFF[Role.SCREENER]
    mistyped = {"accept_reason": "explained", "doctor": badge, "doctor_pin": "0000"}
    refused = nurse.act(f"{PAGE}/visit/{visit}/dose", into="here", **form, **mistyped)
    beside = refused.text.split('id="doctor_pin-refusal"')[1].split("</p>")[0]
    assert wording.say("refusal.sign_in_wrong", "vi") in beside, "the top of the page is out of sight from the PIN"
    said = {"accept_reason": "explained", "doctor": badge, "doctor_pin": pin}
    assert nurse.act(f"{PAGE}/visit/{visit}/dose", **form, **said).status_code == 303
    assert doses.find(visit).accepted_by == players.screener.id


def test_what_nobody_may_allow_has_no_form(nurse, opened, players):
    visit = told(players, "astrazeneca", 60)
    with writing():
        said = doses.EarlierDose(person_id=players.huong, vaccine="astrazeneca", given_on=now().on, at=now().at)
        record(said, now())
    text = looked(nurse, visit)
    assert "Chưa tiêm mũi này được" in text
    assert f"/visit/{visit}/dose" not in text


def test_a_warning_is_a_sentence_and_the_dose_may_be_given_for_a_reason(nurse, opened, players):
    visit = told(players, "astrazeneca", 60, "pfizer")
    text = looked(nurse, visit)
    assert "Pfizer" in text
    assert "Bác sĩ kết luận:" in text
    assert "run tay" in text
    assert 'name="accept_reason"' in text
    form = dose_form(nurse)
    refused = nurse.act(f"{PAGE}/visit/{visit}/dose", **form)
    assert (refused.status_code, 'id="accept_reason-refusal"' in refused.text) == (422, True)
    assert nurse.act(f"{PAGE}/visit/{visit}/dose", **form, accept_reason="explained").status_code == 303
    row = doses.find(visit)
    assert (row.accepted_by, row.accepted_reason, bool(row.warnings)) == (players.vaccinator.id, "explained", True)


def test_a_volunteer_types_once_a_nurse_has_signed_on(visit, nurse, signed_in, players):
    sure(nurse, visit)
    tablet = signed_in(Role.VOLUNTEER)
    text = looked(tablet, visit)
    assert "Chưa có điều dưỡng hay bác sĩ nào nhận bàn này" in text
    assert f"/visit/{visit}/dose" not in text
    form = {"vial_id": vial_opened(players.vaccinator), "dose_number": "1", "arm": "left"}
    refused = tablet.act(f"{PAGE}/visit/{visit}/dose", **form)
    assert refused.status_code == 422
    assert "Mời điều dưỡng hoặc bác sĩ nhận bàn này trước" in refused.text
    _, badge, pin = STAFF[Role.VACCINATOR]
    assert tablet.act(f"{PAGE}/duty", who=badge, pin=pin).status_code == 303
    text = tablet.get(PAGE).text
    assert "Người tiêm: Vàng Thị Sua · người nhập: Trần Thị Mai" in text
    assert tablet.act(f"{PAGE}/visit/{visit}/dose", **dose_form(tablet)).status_code == 303
    row = doses.find(visit)
    assert (row.entered_by, row.vaccinator) == (players.typist.id, players.vaccinator.id)


@pytest.mark.parametrize("path", ["identity/alike", "identity/spoken", "identity/override", "dose"])
def test_only_those_who_record_doses_and_only_at_tables(visit, client, signed_in, path):
    assert client.post(f"{PAGE}/visit/{visit}/{path}").status_code in (303, 400)
    for role in (Role.OBSERVER, Role.SITE_LEAD, Role.TECHNICIAN):
        browser = signed_in(role)
        browser.get("/")
        assert browser.act(f"{PAGE}/visit/{visit}/{path}").status_code == 403
    doctor = signed_in(Role.SCREENER)
    doctor.get(PAGE)
    assert doctor.act(f"/table/desk-1/visit/{visit}/{path}").status_code == 404
    assert doctor.act(f"/table/injection-2/visit/{visit}/{path}").status_code == 422


def test_who_may_only_watch_sees_no_button(visit, nurse, signed_in):
    lead = signed_in(Role.SITE_LEAD)
    assert "Điều dưỡng, bác sĩ hoặc tình nguyện viên ghi phần này" in looked(lead, visit)
    sure(nurse, visit)
    text = lead.get(PAGE).text
    assert "Điều dưỡng, bác sĩ hoặc tình nguyện viên ghi phần này" in text
    assert f"/visit/{visit}/dose" not in text


@pytest.fixture
def address(hub: Flask) -> Iterator[str]:
    """The hub behind a real socket, a thread for each request."""
    server = make_server("127.0.0.1", 0, hub, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class OverTheWire:
    """A browser over real HTTP, signed in at the nurse's table, with the person who sits there open."""

    def __init__(self, address, role, visit):
        self.address, self.session = address, requests.Session()
        self.get("/sign-in")
        self.post("/sign-in", who=STAFF[role][1], pin=STAFF[role][2])
        self.get(PAGE)
        self.post(f"{PAGE}/visit/{visit}/look")

    def get(self, path):
        text = self.session.get(self.address + path, timeout=20).text
        self.token = re.search(r'name="csrf-token" content="([^"]+)"', text)[1]
        return text

    def post(self, path, **fields):
        data = {"key": key(), "csrf_token": self.token} | fields
        headers = {"Referer": self.address}
        return self.session.post(
            self.address + path, data=data, headers=headers, timeout=20, allow_redirects=False
        ).status_code


@pytest.mark.parametrize("same", [False, True], ids=["two nurses", "one tap, sent four times"])
def test_pressed_at_the_same_moment_it_is_one_dose(nurse, visit, players, address, same):
    sure(nurse, visit)
    db.session.remove()
    roles = [Role.VACCINATOR] * 4 if same else [Role.VACCINATOR, Role.SCREENER] * 2
    first = OverTheWire(address, roles[0], visit)
    browsers = [first] * 4 if same else [OverTheWire(address, role, visit) for role in roles]
    forms = [dose_form_of(browser.get(PAGE)) for browser in browsers]
    one = key()
    answers = []
    start = threading.Barrier(4)

    def press(browser, form):
        start.wait()
        answers.append(browser.post(f"{PAGE}/visit/{visit}/dose", **form, **({"key": one} if same else {})))

    threads = [threading.Thread(target=press, args=pair) for pair in zip(browsers, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ([303] * 4 if same else [303, 422, 422, 422])
    db.session.rollback()
    for row in (doses.Dose, observations.Observation, outbox.Message):
        assert db.session.query(row).count() == 1


def test_an_expired_lot_has_no_button(nurse, visit, players):
    sure(nurse, visit)
    with writing():
        vial = vials.find_chosen(visits.get(visit).clinic_day_id, "injection-1")
        vial.lot.expires_on = now().on - timedelta(days=1)
    text = nurse.get(PAGE).text
    assert "đã hết hạn" in text
    assert f"/visit/{visit}/dose" not in text
