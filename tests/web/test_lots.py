"""The lot at a table."""

from __future__ import annotations

import re
from html import unescape

import pytest

from kiosk.actions import duty
from kiosk.actions import lots as acts
from kiosk.rules.words import Role, SlipKind
from kiosk.store import lots, print_jobs, stations
from kiosk.store.database import db, writing
from tests.cast import key, lot_placed, now

PAGE = "/table/injection-1"
ALONE = {"HX-Request": "true", "HX-Target": "lot"}


@pytest.fixture
def table(signed_in, opened):
    """A nurse's."""
    browser = signed_in(Role.VACCINATOR)
    browser.get(PAGE)
    return browser


def new(**other):
    return {"vaccine": "astrazeneca", "number": "nk0191", "expires": f"12/{now().on.year + 1}"} | other


def test_only_tables_that_give_doses_have_a_lot(table):
    assert 'id="lot"' in table.get(PAGE).text
    for station in ("screening-1", "finish-1"):
        assert 'id="lot"' not in table.get(f"/table/{station}").text


def test_a_lot_is_read_off_its_box(table, opened):
    assert "Chưa có lô" in table.get(PAGE).text
    same = key()
    for _ in range(2):
        answer = table.post(f"{PAGE}/lot/new", data={"key": same} | new())
        assert (answer.status_code, answer.location) == (303, PAGE)
    assert lots.find_at(opened, "injection-1").number == "NK0191"
    text = table.get(PAGE).text
    assert "NK0191" in text
    assert f"hạn dùng 31/12/{now().on.year + 1}" in text


def test_a_lot_of_the_site_is_chosen(table, opened, players):
    id = acts.receive_lot(players.lead, now(), key(), "pfizer", "PF02", f"12/{now().on.year + 1}")
    assert "Pfizer (Comirnaty) · PF02" in table.get(PAGE).text
    assert table.act(f"{PAGE}/lot", lot=id).status_code == 303
    assert lots.find_at(opened, "injection-1").id == id
    assert f'<option value="{id}"' not in table.get(PAGE).text, "the one that stands there is no choice"
    assert table.act(f"{PAGE}/lot", lot="no such lot").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"vaccine": ""}, "lot-vaccine", "Chọn một vắc xin"),
        ({"number": "?"}, "number", "Ghi số lô như trên hộp"),
        ({"expires": "mai"}, "expires", "Ghi hạn dùng như trên hộp"),
        ({"expires": "01/2020"}, "expires", "lô đã hết hạn ngày 31/01/2020"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(table, opened, wrong, field, words):
    for into in ("lot-form", ""):
        refused = table.act(f"{PAGE}/lot/new", into=into, **new(**wrong))
        assert refused.status_code == 422
        beside = refused.text.split(f'id="{field}-refusal"')[1].split("</p>")[0]
        assert words in beside
        for name, value in new(**wrong).items():
            assert f'value="{value}"' in refused.text, name
    assert lots.find_at(opened, "injection-1") is None


def test_another_date_for_a_known_lot_is_said(table, players):
    lot_placed(players.vaccinator)
    refused = table.act(f"{PAGE}/lot/new", into="lot-form", **new(expires=f"11/{now().on.year + 1}"))
    assert refused.status_code == 422
    assert f"đã được ghi với hạn 31/12/{now().on.year + 1}" in refused.text


def test_a_refusal_elsewhere_on_the_page_says_nothing_here(table):
    refused = table.act(f"{PAGE}/duty", who="x", pin="y", number="abc")
    assert refused.status_code == 422
    assert 'value="abc"' not in refused.text


def test_htmx_gets_the_panel_and_nothing_while_nothing_changed(table, players):
    panel = table.get(PAGE, headers=ALONE).text
    assert panel.lstrip().startswith('<section id="lot"')
    again = unescape(panel.split('hx-get="')[1].split('"')[0])
    assert table.get(again, headers=ALONE).status_code == 204
    assert table.act(f"{PAGE}/lot/new", into="lot-form", **new()).status_code == 303
    assert table.get(again, headers=ALONE).status_code == 200


def test_a_volunteer_places_a_lot_only_for_whoever_is_on_duty(signed_in, table, players):
    browser = signed_in(Role.VOLUNTEER)
    text = browser.get(PAGE).text
    assert "Mời điều dưỡng, bác sĩ hoặc trưởng điểm chọn lô" in text
    assert "/lot/new" not in text
    id = lot_placed(players.vaccinator)
    assert "NK0191" in browser.get(PAGE).text
    assert browser.act(f"{PAGE}/lot", lot=id).status_code == 422
    assert browser.act(f"{PAGE}/lot/new", **new()).status_code == 422
    duty.take_duty(players.typist, now(), key(), "N01", "5538", 5, 5)
    assert "/lot/new" in browser.get(PAGE).text
    assert browser.act(f"{PAGE}/lot", lot=id).status_code == 303


def test_the_form_comes_to_a_volunteer_with_whoever_signs_on(signed_in, opened, players):
    browser, alone = signed_in(Role.VOLUNTEER), {"HX-Request": "true", "HX-Target": "lot-form"}
    address = unescape(re.search(r'<div id="lot-form" hx-get="([^"]+)"', browser.get(PAGE).text)[1])
    assert browser.get(address, headers=alone).status_code == 204
    duty.take_duty(players.typist, now(), key(), "N01", "5538", 5, 5)
    form = browser.get(address, headers=alone).text
    assert "/lot/new" in form
    assert "hx-get" not in form, "it is never taken from under a finger"


def test_a_site_lead_places_one_and_only_at_tables(signed_in, opened):
    lead = signed_in(Role.SITE_LEAD)
    lead.get(PAGE)
    assert lead.act(f"{PAGE}/lot/new", **new()).status_code == 303
    for station in ("desk-1", "observation-1", "nowhere"):
        assert lead.act(f"/table/{station}/lot/new", **new()).status_code == 404


def test_without_a_clinic_day_there_is_no_lot(signed_in):
    browser = signed_in(Role.VACCINATOR)
    text = browser.get(PAGE).text
    assert 'id="lot"' in text
    assert "/lot/new" not in text
    assert browser.act(f"{PAGE}/lot/new", **new()).status_code == 422


def labels():
    """Every vial label that was asked for."""
    return list(db.session.scalars(db.select(print_jobs.PrintJob).where(print_jobs.PrintJob.slip == SlipKind.VIAL)))


def test_a_vials_label_is_printed_and_the_table_sees_where_it_is(table, players):
    id, same = lot_placed(players.vaccinator), key()
    assert "In nhãn lọ" in table.get(PAGE).text
    for _ in range(2):
        answer = table.post(f"{PAGE}/lot/label", data={"key": same, "lot": id})
        assert answer.status_code == 303
    (job,) = labels()
    assert answer.location == f"{PAGE}?label={job.id}"
    panel = table.get(answer.location, headers=ALONE).text
    assert panel.lstrip().startswith('<section id="lot"')
    assert "Chờ in" in panel
    again = unescape(panel.split('hx-get="')[1].split('"')[0])
    assert f"label={job.id}" in again
    assert table.get(again, headers=ALONE).status_code == 204
    assert "Chờ in" in table.get(answer.location).text


def test_a_label_of_another_lot_is_refused_in_its_panel(table, players):
    first = lot_placed(players.vaccinator)
    lot_placed(players.vaccinator, "pfizer")
    refused = table.act(f"{PAGE}/lot/label", into="lot", lot=first)
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="lot"')
    assert "lô vừa được đổi" in refused.text
    whole = table.act(f"{PAGE}/lot/label", lot=first)
    assert whole.status_code == 422
    assert whole.text.count("lô vừa được đổi") == 1
    assert labels() == []


def test_labels_are_for_whoever_may_place_a_lot(client, signed_in, table, players):
    id = lot_placed(players.vaccinator)
    client.get("/sign-in")
    assert client.act(f"{PAGE}/lot/label", lot=id).location.startswith("/sign-in")
    volunteer = signed_in(Role.VOLUNTEER)
    assert "In nhãn lọ" not in volunteer.get(PAGE).text
    refused = volunteer.act(f"{PAGE}/lot/label", lot=id)
    assert refused.status_code == 422
    assert signed_in(Role.OBSERVER).act(f"{PAGE}/lot/label", lot=id).status_code == 403
    assert labels() == []


def test_a_table_without_a_printer_offers_no_label(table, players):
    id = lot_placed(players.vaccinator)
    with writing():
        stations.get("injection-1").prints_at = "injection-1"
    assert "In nhãn lọ" not in table.get(PAGE).text
    assert table.act(f"{PAGE}/lot/label", lot=id).status_code == 404
