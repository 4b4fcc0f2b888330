"""The vials of a table: opened, taken up, wasted, closed; and the lot that only its box tells of."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from kiosk.actions import duty, scanning, stock, voiding
from kiosk.actions import vials as acts
from kiosk.rules.codes import pack
from kiosk.rules.codes import vial as labels
from kiosk.rules.words import Role, SlipKind
from kiosk.store import doses, lots, print_jobs, stations, stock_moves, vials
from kiosk.store.database import db, writing
from kiosk.store.stock_moves import STORE
from tests.cast import dose_of, dosed, key, now

PAGE = "/table/injection-1"
VIAL = f"{PAGE}/vial"
ALONE = {"HX-Request": "true", "HX-Target": "vial"}
GTIN = "0893601234567" + pack.check_digit("0893601234567")


@pytest.fixture
def table(signed_in, opened):
    """A nurse's."""
    browser = signed_in(Role.VACCINATOR)
    browser.get(PAGE)
    return browser


@pytest.fixture
def lot(players):
    """Five vials of ten in the store."""
    return received(players)


def received(players, vaccine="astrazeneca", number="NK0191", n=5):
    until = f"12/{now().on.year + 1}"
    return stock.receive_lot(players.lead, now(), key(), vaccine, number, until, n, 10, gtin=GTIN)


def new(**other):
    """A lot read off its box."""
    good = {"vaccine": "astrazeneca", "number": "nk0191", "expires": f"12/{now().on.year + 1}", "vials": "5",
            "doses_per_vial": "10", "open_hours": "6,5", "temperature_end": "4,5", "note": ""}  # fmt: skip
    return good | other


def here(opened, station="injection-1"):
    """The open vials of a table."""
    return vials.list_open(opened, station)


def drawn(id, doses):
    with writing():
        assert vials.draw(id, doses)


def test_only_tables_that_give_doses_have_vials(table, lot):
    assert 'id="vial"' in table.get(PAGE).text
    for station in ("screening-1", "finish-1"):
        assert 'id="vial"' not in table.get(f"/table/{station}").text
    assert table.act("/table/screening-1/vial", lot=lot).status_code == 422
    assert table.act("/table/desk-1/vial", lot=lot).status_code == 404


def test_one_tap_opens_a_vial_of_the_only_lot(table, opened, lot):
    text = table.get(PAGE).text
    assert "Chưa mở lọ nào" in text
    assert f'name="lot" value="{lot}"' in text
    same = key()
    for _ in range(2):
        answer = table.post(VIAL, data={"key": same, "lot": lot})
        assert (answer.status_code, answer.location) == (303, PAGE)
    (one,) = here(opened)
    text = table.get(PAGE).text
    assert "AstraZeneca" in text
    assert "Lô NK0191" in text
    tile = text.split("Còn (liều)")[1].split("</div>")[0]
    assert '<p class="worth">10</p>' in tile
    minutes = int(re.search(r'<p class="worth">(\d+)</p>', text.split("Dùng trong (phút)")[1])[1])
    assert minutes in (life(one) - 1, life(one))


def life(one):
    """How many minutes it had when it was opened."""
    return (one.use_by - one.opened_at) // timedelta(minutes=1)


def test_of_two_vaccines_none_is_opened_with_one_tap_until_one_was(table, opened, players, lot):
    other = received(players, "pfizer", "PF02")
    text = table.get(PAGE).text
    assert 'id="open-vial"' not in text
    assert "Pfizer (Comirnaty) · PF02" in text
    assert table.act(VIAL, lot=other).status_code == 303
    text = table.get(PAGE).text
    assert f'name="lot" value="{other}"' in text.split('id="open-vial"')[0].rsplit("<form", 1)[1]
    assert table.act(VIAL, lot="no such lot").status_code == 404
    assert [one.lot.vaccine for one in here(opened)] == ["pfizer"]


def test_a_vial_that_is_not_there_is_refused_in_its_panel(table, opened, players, lot):
    stock.ship(players.lead, now(), key(), lot, 5, "Trạm y tế Bản Công")
    refused = table.act(VIAL, into="vial", lot=lot)
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="vial"')
    assert refused.text.count("chỉ còn 0 lọ chưa mở") == 1
    whole = table.act(VIAL, lot=lot)
    assert whole.text.count("chỉ còn 0 lọ chưa mở") == 1
    form = table.act(VIAL, into="vial-form", lot=lot)
    assert form.text.lstrip().startswith('<div id="vial-form"')
    assert form.text.count("chỉ còn 0 lọ chưa mở") == 1


def test_a_lot_is_received_off_its_box(table):
    assert table.act(f"{VIAL}/lot", **new()).status_code == 303
    lot = lots.find("astrazeneca", "NK0191")
    assert stock_moves.list_unopened() == [(lot, STORE, 5)]
    assert stock_moves.list_moves(now(-1).at, 0, 1)[0].temperature_end == 4.5
    assert lot.open_minutes == 390


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"vaccine": ""}, "lot-vaccine", "Chọn một vắc xin"),
        ({"number": "?"}, "number", "Ghi số lô như trên hộp"),
        ({"expires": "mai"}, "expires", "Ghi hạn dùng như trên hộp"),
        ({"expires": "01/2020"}, "expires", "lô đã hết hạn ngày 31/01/2020"),
        ({"vials": ""}, "vials", "từ 1 đến 9999"),
        ({"doses_per_vial": "mười"}, "doses_per_vial", "từ 1 đến 99"),
        ({"open_hours": "sáu"}, "open_hours", "từ 30 phút đến 48 giờ"),
        ({"temperature_end": "ấm"}, "temperature_end", "Ghi nhiệt độ bằng số"),
        ({"temperature_end": "12"}, "note", "Nhiệt độ ngoài 2–8 °C"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(table, wrong, field, words):
    for into in ("vial-form", ""):
        refused = table.act(f"{VIAL}/lot", into=into, **new(**wrong))
        assert refused.status_code == 422
        beside = refused.text.split(f'id="{field}-refusal"')[1].split("</p>")[0]
        assert words in beside
        for name, value in new(**wrong).items():
            assert f'value="{value}"' in refused.text, name
    assert lots.list_usable(now().on) == []


def test_a_refusal_elsewhere_on_the_page_says_nothing_here(table):
    refused = table.act(f"{PAGE}/duty", who="x", pin="y", number="abc")
    assert refused.status_code == 422
    assert 'value="abc"' not in refused.text


def test_htmx_gets_the_panel_and_nothing_while_nothing_changed(table, lot):
    panel = table.get(PAGE, headers=ALONE).text
    assert panel.lstrip().startswith('<section id="vial"')
    again = unescape(panel.split('hx-get="')[1].split('"')[0])
    assert table.get(again, headers=ALONE).status_code == 204
    assert table.act(VIAL, into="vial", lot=lot).status_code == 303
    assert table.get(again, headers=ALONE).status_code == 200


def test_a_volunteer_opens_one_only_for_whoever_is_on_duty(signed_in, table, players, lot):
    browser = signed_in(Role.VOLUNTEER)
    text = browser.get(PAGE).text
    assert "Mời điều dưỡng hoặc bác sĩ nhận bàn này rồi mở lọ" in text
    assert 'id="open-vial"' not in text
    refused = browser.act(VIAL, lot=lot)
    assert refused.status_code == 422
    address = unescape(re.search(r'<div id="vial-form" hx-get="([^"]+)"', browser.get(PAGE).text)[1])
    duty.take_duty(players.typist, now(), key(), "N01", "5538", 5, 5)
    form = browser.get(address, headers={"HX-Request": "true", "HX-Target": "vial-form"}).text
    assert 'id="open-other"' in form
    assert "hx-get" not in form, "it is never taken from under a finger"
    assert 'id="open-vial"' in browser.get(PAGE).text
    assert browser.act(VIAL, lot=lot).status_code == 303
    assert browser.act(f"{VIAL}/lot", **new()).status_code == 403, "what comes is the nurse's and the lead's"


def test_vials_are_for_whoever_gives_doses(client, signed_in, table, opened, players, lot):
    id = acts.open_vial(players.vaccinator, now(), key(), lot)
    client.get("/sign-in")
    presses = (VIAL, f"{VIAL}/{id}/waste", f"{VIAL}/{id}/close", f"{VIAL}/{id}/extra", f"{VIAL}/{id}/label")
    for path in presses:
        assert client.act(path, lot=lot).location.startswith("/sign-in"), path
    observer = signed_in(Role.OBSERVER)
    for path in presses:
        assert observer.act(path, lot=lot).status_code == 403, path
    assert observer.get(f"{VIAL}/{id}").status_code == 403
    assert table.act(f"{VIAL}/{id}/nothing").status_code == 404
    assert table.get(f"/table/injection-2/vial/{id}").status_code == 404
    assert table.get(f"{VIAL}/{key()}").status_code == 404


def test_a_site_lead_sees_the_panel_and_opens_nothing(signed_in, opened, lot):
    lead = signed_in(Role.SITE_LEAD)
    assert 'id="vial"' in lead.get(PAGE).text
    assert 'id="open-vial"' not in lead.get(PAGE).text
    assert lead.act(VIAL, lot=lot).status_code == 403


def test_without_a_clinic_day_there_is_no_vial(signed_in, lot):
    browser = signed_in(Role.VACCINATOR)
    text = browser.get(PAGE).text
    assert 'id="vial"' in text
    assert 'id="open-vial"' not in text
    assert browser.act(VIAL, lot=lot).status_code == 422


def doses_left(text):
    """The tile of the doses that are left."""
    return text.split("Còn (liều)")[1].split("</div>")[0]


def test_the_last_dose_offers_one_more_and_another_vial(table, opened, players, lot):
    id = acts.open_vial(players.vaccinator, now(), key(), lot)
    assert 'id="extra"' not in table.get(PAGE).text
    assert "triangle-alert" not in doses_left(table.get(PAGE).text)
    drawn(id, 10)
    text = table.get(PAGE).text
    assert 'id="extra"' in text
    assert "triangle-alert" in doses_left(text), "not by its colour alone"
    assert "triangle-alert" in doses_left(table.get(f"{VIAL}/{id}").text)
    assert table.act(f"{VIAL}/{id}/extra").status_code == 303
    assert (vials.get(id).extra, vials.get(id).left) == (1, 1)
    refused = table.act(f"{VIAL}/{id}/extra", into="vial")
    assert refused.status_code == 422
    assert "Dùng hết 1 liều còn lại trước" in refused.text


def test_a_vial_that_was_open_too_long_is_wasted_with_one_tap(table, opened, players, lot):
    id = acts.open_vial(players.vaccinator, now(), key(), lot)
    drawn(id, 7)
    with writing():
        vials.get(id).use_by = now(-1).at
    text = table.get(PAGE).text
    assert "quá giờ từ" in text
    assert "Hủy 3 liều còn lại" in text
    assert table.act(f"{VIAL}/{id}/close", reason="open_too_long").status_code == 303
    assert (vials.get(id).wasted, vials.get(id).closed_at is None) == (3, False)


@pytest.mark.parametrize(("minutes", "kind"), [(32, "right"), (30.5, "look"), (29, "look")])
def test_the_last_half_hour_is_amber(table, opened, players, lot, minutes, kind):
    id = acts.open_vial(players.vaccinator, now(), key(), lot)
    with writing():
        vials.get(id).use_by = now(minutes).at
    text = table.get(PAGE).text
    assert f'<div class="tile {kind}"><p class="of">Dùng trong (phút)' in text
    tile = text.split("Dùng trong (phút)")[1].split("</div>")[0]
    assert ("triangle-alert" in tile) == (kind == "look"), "not by its colour alone"


def test_another_open_vial_is_taken_up_with_one_visible_tap(table, opened, players, lot):
    first = acts.open_vial(players.vaccinator, now(), key(), lot)
    acts.open_vial(players.vaccinator, now(), key(), received(players, "pfizer", "PF02"))
    others = table.get(PAGE).text.split("Lọ khác đang mở ở bàn này")[1]
    assert 'aria-label="Dùng lọ này · AstraZeneca NK0191, còn 10 liều"' in others
    assert table.act(f"{VIAL}/{first}/choose").status_code == 303
    assert vials.find_current(opened, "injection-1", now().at).id == first
    assert "Pfizer" in table.get(PAGE).text.split("Lọ khác đang mở ở bàn này")[1]


def test_doses_are_wasted_on_the_vials_own_page(table, opened, players, lot):
    id = acts.open_vial(players.vaccinator, now(), key(), lot)
    page = table.get(f"{VIAL}/{id}").text
    assert "Lọ còn nguyên, đưa về chỗ cũ" in page
    for wrong, words in (
        ({"doses": "11", "reason": "broken"}, "Lọ chỉ còn 10 liều"), ({"doses": "2", "reason": ""}, "Chọn lý do hủy"),
        ({"doses": "2", "reason": "other"}, "Ghi rõ lý do"), ({"doses": "x", "reason": "broken"}, "từ 1 đến 99"),
    ):  # fmt: skip
        refused = table.act(f"{VIAL}/{id}/waste", note="", **wrong)
        assert refused.status_code == 422
        assert words in refused.text
        assert f'value="{wrong["doses"]}"' in refused.text
    same = key()
    for _ in range(2):
        sent = {"key": same, "doses": "2", "reason": "broken", "note": ""}
        assert table.post(f"{VIAL}/{id}/waste", data=sent).status_code == 303
    assert vials.get(id).left == 8
    assert "Lọ còn nguyên" not in table.get(f"{VIAL}/{id}").text
    assert table.act(f"{VIAL}/{id}/waste", doses="8", reason="left_over").status_code == 303
    assert table.get(f"{VIAL}/{id}").location == PAGE, "a closed one has no page"


def test_a_vial_opened_by_mistake_is_put_back(table, opened, players, lot):
    id = acts.open_vial(players.vaccinator, now(), key(), lot)
    assert table.act(f"{VIAL}/{id}/unopen").status_code == 303
    assert here(opened) == []
    assert stock_moves.count_unopened(lot, STORE) == 5


def test_a_vial_is_not_offered_as_sealed_once_a_dose_of_it_was_recorded(table, opened, players):
    dose = doses.get(dose_of(dosed(players, players.huong)))
    voiding.void_dose(players.vaccinator, now(), key(), dose.id, "not_drawn", "")
    page = table.get(f"{VIAL}/{dose.vial_id}").text
    assert "Lọ còn nguyên" not in page
    refused = table.act(f"{VIAL}/{dose.vial_id}/unopen")
    assert refused.status_code == 422
    assert "lọ này đã có liều được ghi" in refused.text


def scanned(players, code):
    """Something is held to the table's camera."""
    id = key()
    scanning.scan_code(players.table_camera, now(), id, id, code.encode(), "DataMatrix")


def a_pack(number="NK0191", days=None):
    last = now().on.replace(year=now().on.year + 1, month=12, day=31)
    return pack.write(GTIN, number, last if days is None else now().on + timedelta(days=days))


def test_a_pack_is_offered_where_a_vial_gives_already(table, opened, players, lot):
    acts.open_vial(players.vaccinator, now(), key(), received(players, "pfizer", "PF02"))
    scanned(players, a_pack())
    panel = table.get(PAGE, headers=ALONE).text
    assert "Hộp vừa quét: AstraZeneca, lô NK0191, còn 5 lọ chưa mở" in panel
    form = panel.split('id="open-scanned"')[0].rsplit("<form", 1)[1]
    assert f'name="lot" value="{lot}"' in form
    assert table.act(VIAL, lot=lot).status_code == 303
    assert "Hộp vừa quét" not in table.get(PAGE, headers=ALONE).text


def test_an_unknown_pack_fills_the_form_in_for_whoever_may(signed_in, table, players, lot):
    scanned(players, a_pack("ZZ99"))
    text = table.get(PAGE).text
    assert "Lô ZZ99 trên hộp này chưa được nhận vào kho" in text
    link = unescape(re.search(r'href="([^"]*pack=1[^"]*)"', text)[1])
    form = table.get(link.split("#")[0]).text
    assert 'value="ZZ99"' in form
    assert f'value="31/12/{now().on.year + 1}"' in form
    assert '<option value="astrazeneca" selected' in form, "its product is known"
    assert f'name="gtin" value="{GTIN}"' in form
    volunteer = signed_in(Role.VOLUNTEER).get(PAGE).text
    assert "Mời điều dưỡng hoặc trưởng điểm nhận lô này" in volunteer
    assert "pack=1" not in volunteer


def test_an_expired_pack_is_refused_loudly(table, players, lot):
    scanned(players, a_pack(days=-1))
    panel = table.get(PAGE, headers=ALONE).text
    assert 'class="notice stop" role="alert"' in panel
    assert "lô đã hết hạn" in panel
    assert 'id="open-scanned"' not in panel


def test_a_label_of_another_table_is_offered_and_a_closed_one_says_so(table, opened, players, lot):
    theirs = acts.open_vial(players.other_vaccinator, now(), key(), lot)
    scanned(players, labels.write(vials.get(theirs).token))
    panel = table.get(PAGE, headers=ALONE).text
    assert "đang ghi ở Bàn tiêm 2" in panel, "nobody had signed on: it did not come by itself"
    assert table.act(f"{VIAL}/{theirs}/move").status_code == 303
    assert [one.id for one in here(opened)] == [theirs]
    assert "đang ghi ở" not in table.get(PAGE, headers=ALONE).text
    acts.close_vial(players.vaccinator, now(), key(), theirs, "left_over")
    assert "lọ này đã đóng" in table.get(PAGE, headers=ALONE).text
    scanned(players, labels.write("ABCDEFGHJK"))
    assert "không có trong sổ" in table.get(PAGE, headers=ALONE).text


def jobs():
    """Every vial label that was asked for."""
    return list(db.session.scalars(db.select(print_jobs.PrintJob).where(print_jobs.PrintJob.slip == SlipKind.VIAL)))


def test_a_vials_label_is_printed_and_the_table_sees_where_it_is(table, opened, players, lot):
    id, same = acts.open_vial(players.vaccinator, now(), key(), lot), key()
    assert "In nhãn lọ" in table.get(PAGE).text
    for _ in range(2):
        answer = table.post(f"{VIAL}/{id}/label", data={"key": same})
        assert answer.status_code == 303
    (job,) = jobs()
    assert answer.location == f"{PAGE}?label={job.id}"
    panel = table.get(answer.location, headers=ALONE).text
    assert "Chờ in" in panel
    again = unescape(panel.split('hx-get="')[1].split('"')[0])
    assert f"label={job.id}" in again
    assert table.get(again, headers=ALONE).status_code == 204


def test_a_table_without_a_printer_offers_no_label(table, opened, players, lot):
    id = acts.open_vial(players.vaccinator, now(), key(), lot)
    with writing():
        stations.get("injection-1").prints_at = "injection-1"
    assert "In nhãn lọ" not in table.get(PAGE).text
    assert table.act(f"{VIAL}/{id}/label").status_code == 404
