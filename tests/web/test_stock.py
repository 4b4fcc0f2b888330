"""The page of the site's vaccine: its books, its forms, and the ledger taken out."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from kiosk.actions import stock as acts
from kiosk.actions import vials
from kiosk.rules.words import Role
from kiosk.store import audit, lots, stations, stock_moves
from kiosk.store import vials as opened_vials
from kiosk.store.database import db, writing
from kiosk.store.lots import Lot
from kiosk.store.stock_moves import STORE
from tests.cast import everything, key, now

PAGE = "/stock"
NEXT_YEAR = f"31/12/{now().on.year + 1}"
FORMS = ("receive", "transfer", "send", "waste", "put-right", "ledger")


@pytest.fixture
def page(signed_in, players, opened):
    """The site lead's browser with the page open, a clinic day open."""
    browser = signed_in(Role.SITE_LEAD)
    browser.get(PAGE)
    return browser


def text(answer):
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def part(answer, root):
    """What one partial of a page says."""
    return " ".join(
        unescape(re.sub(r"<[^>]+>", " ", answer.text.split(f'id="{root}"')[1].split("</section>")[0])).split()
    )


def received(players, number="NK0191", vials=12, doses=10, vaccine="astrazeneca", expires=NEXT_YEAR):
    """A lot in the store; its id."""
    return acts.receive_lot(players.lead, now(), key(), vaccine, number, expires, vials, doses)


def delivery(**other):
    """The fields of the form that receives."""
    fields = {
        "vaccine": "astrazeneca",
        "number": "nk 0191",
        "expires": NEXT_YEAR,
        "vials": "12",
        "doses_per_vial": "10",
    }
    return {f"receive-{name}": worth for name, worth in (fields | other).items()}


def test_it_is_the_leads_and_the_nurses(client, signed_in, players, opened):
    assert client.get(PAGE).location == "/sign-in?next=/stock"
    for role in (Role.VOLUNTEER, Role.SCREENER, Role.OBSERVER, Role.TECHNICIAN):
        browser = signed_in(role)
        assert browser.get(PAGE).status_code == 403
        for form in FORMS:
            assert browser.act(f"{PAGE}/{form}").status_code == 403
    for role in (Role.SITE_LEAD, Role.VACCINATOR):
        browser = signed_in(role)
        assert browser.get(PAGE).status_code == 200
        assert "Vắc xin" in text(browser.get("/"))


def test_without_vaccine_it_says_so(page):
    answer = page.get(PAGE)
    assert "Chưa nhận vắc xin nào." in text(answer)
    assert "Chuyển lọ giữa kho" not in text(answer)


def test_a_delivery_is_entered_and_stands_in_the_books(page):
    answer = page.act(f"{PAGE}/receive", **delivery(temperature_start="4,5", temperature_end="6"))
    assert (answer.status_code, answer.location) == (303, PAGE)
    lot = lots.find("astrazeneca", "NK0191")
    assert stock_moves.list_unopened(lot.id) == [(lot, STORE, 12)]
    answer = page.get(PAGE)
    assert "NK0191 AstraZeneca hạn dùng" in part(answer, "books")
    assert " 120 0 0 0 0 0 120 0 0 " in part(answer, "books")
    assert "12 lọ 120 liều" in part(answer, "places")
    assert "Nhận AstraZeneca · NK0191 Kho của điểm tiêm · 4,5–6 °C 12 lọ (120 liều) Hoàng Thị Lan" in part(
        answer, "moves"
    )


@pytest.mark.parametrize(
    ("other", "field", "sentence"),
    [
        ({"vaccine": ""}, "vaccine", "vắc xin"),
        ({"number": "??"}, "number", "lô"),
        ({"expires": "31/02/2027"}, "expires", ""),
        ({"expires": "01/01/2021"}, "expires", "01/01/2021"),
        ({"vials": "0"}, "vials", "1"),
        ({"vials": "mười"}, "vials", "1"),
        ({"doses_per_vial": ""}, "doses_per_vial", "1"),
        ({"open_hours": "360"}, "open_hours", "từ 30 phút đến 48 giờ"),
        ({"temperature_start": "mát"}, "temperature_start", ""),
        ({"temperature_end": "15"}, "note", "8"),
    ],
)
def test_a_delivery_that_cannot_be_is_refused_beside_its_field(page, other, field, sentence):
    then = everything()
    answer = page.act(f"{PAGE}/receive", **delivery(**other))
    assert answer.status_code == 422
    said = re.search(rf'id="receive-{field}-refusal"[^>]*>(.*?)</p>', answer.text, re.S)
    assert said
    assert sentence.lower() in said[1].lower()
    assert "nk 0191" in answer.text or "number" in other
    assert everything() == then


def test_a_lot_that_is_known_otherwise_is_refused_with_what_is_known(page, players):
    received(players)
    answer = page.act(f"{PAGE}/receive", **delivery(expires=f"30/06/{now().on.year + 1}"))
    assert answer.status_code == 422
    assert NEXT_YEAR in text(answer)
    assert page.act(f"{PAGE}/receive", **delivery(doses_per_vial="6")).status_code == 422
    assert page.act(f"{PAGE}/receive", **delivery()).status_code == 303
    assert stock_moves.balance().received == 240


def test_the_open_life_on_the_leaflet_is_typed_and_an_opened_vial_ends_with_it(page, players, opened):
    form = page.get(PAGE).text.split('id="receive-open_hours-hint"')[1].split("</p>")[0]
    assert "AstraZeneca 6, " in form
    assert re.search(r"Chưa rõ, hãy đọc tờ hướng dẫn: Vero Cell[^.]*Hayat-Vax[^.]*Sputnik V[^.]*Abdala", form)
    sent = delivery(vaccine="vero_cell", open_hours="6,5")
    assert page.act(f"{PAGE}/receive", **sent).status_code == 303
    vial = opened_vials.get(vials.open_vial(players.vaccinator, now(), key(), lots.find("vero_cell", "NK0191").id))
    assert vial.use_by - vial.opened_at == timedelta(hours=6.5)
    answer = page.act(f"{PAGE}/receive", **(sent | {"receive-open_hours": "4"}))
    assert answer.status_code == 422
    assert "390 phút sau khi mở" in answer.text.split('id="receive-open_hours-refusal"')[1].split("</p>")[0]


def test_a_lot_typed_wrongly_is_put_right(page, players):
    assert "Chữa lại lô" not in text(page.get(PAGE))
    lot_id = received(players, doses=1)
    form = page.get(PAGE).text.split('id="put_right-lot"')[1].split("</select>")[0]
    assert f"AstraZeneca · NK0191 · {NEXT_YEAR} · 1 liều mỗi lọ" in form
    fields = {"put_right-lot": lot_id, "put_right-doses_per_vial": "10", "put_right-open_hours": "6,5"}
    refused = page.act(f"{PAGE}/put-right", **fields)
    assert refused.status_code == 422
    assert "Ghi rõ lý do" in refused.text.split('id="put_right-note-refusal"')[1].split("</p>")[0]
    assert 'value="6,5"' in refused.text
    same = fields | {"put_right-note": "Gõ nhầm", "key": key()}
    for _ in range(2):
        assert page.post(f"{PAGE}/put-right", data=same).status_code == 303
    answer = page.get(PAGE)
    assert " 120 0 0 0 0 0 120 0 0 " in part(answer, "books")
    assert "12 lọ 120 liều" in part(answer, "places")
    assert "Chữa lại lô AstraZeneca · NK0191 Gõ nhầm Hoàng Thị Lan" in part(answer, "moves")
    assert "Kho của điểm tiêm · Gõ nhầm 108 liều" in part(answer, "moves")
    assert "10 liều mỗi lọ · mở dùng 6,5 giờ" in answer.text


def test_a_lot_of_which_a_vial_was_opened_is_not_put_right(page, players):
    lot_id = received(players)
    vials.open_vial(players.vaccinator, now(), key(), lot_id)
    assert "Chữa lại lô" not in text(page.get(PAGE))
    then = everything()
    fields = {"put_right-lot": lot_id, "put_right-doses_per_vial": "6", "put_right-note": "Gõ nhầm"}
    answer = page.act(f"{PAGE}/put-right", **fields)
    assert answer.status_code == 422
    assert "lô NK0191 đã có lọ được mở" in answer.text.split('id="put_right-lot-refusal"')[1].split("</p>")[0]
    assert everything() == then


def test_a_table_no_longer_in_use_is_not_offered(page, players):
    lot_id = received(players)
    with writing():
        stations.get("injection-2").retired = True
    offered = page.get(PAGE).text.split('id="transfer-to_place"')[1].split("</select>")[0]
    assert "injection-1" in offered
    assert "injection-2" not in offered
    sent = {"transfer-there": f"{lot_id}/{STORE}", "transfer-vials": "1", "transfer-to_place": "injection-2"}
    assert page.act(f"{PAGE}/transfer", **sent).status_code == 422


def test_vials_go_to_a_table_and_to_another_site_and_are_wasted(page, players):
    lot_id = received(players)
    there = f"{lot_id}/{STORE}"
    for form, fields in (
        ("transfer", {"there": there, "vials": "3", "to_place": "injection-1"}),
        ("send", {"there": there, "vials": "2", "other_site": "Điểm tiêm Kim Đồng"}),
        ("waste", {"there": f"{lot_id}/injection-1", "vials": "1", "reason": "broken", "note": "Rơi"}),
    ):
        answer = page.act(f"{PAGE}/{form}", **{f"{form}-{name}": worth for name, worth in fields.items()})
        assert (form, answer.status_code) == (form, 303)
    answer = page.get(PAGE)
    assert " 120 0 0 0 10 0 90 20 0 " in part(answer, "books")
    assert "Bàn tiêm 1 AstraZeneca · NK0191" in part(answer, "places")
    assert "2 lọ 20 liều" in part(answer, "places")
    assert "Kho của điểm tiêm → Điểm tiêm Kim Đồng" in part(answer, "moves")
    assert "Vỡ, đổ · Rơi" in part(answer, "moves")


@pytest.mark.parametrize(
    ("form", "other", "field"),
    [
        ("transfer", {"there": ""}, "there"),
        ("transfer", {"vials": "13"}, "vials"),
        ("transfer", {"to_place": ""}, "to_place"),
        ("transfer", {"to_place": STORE}, "to_place"),
        ("transfer", {"to_place": "observation-1"}, "to_place"),
        ("send", {"other_site": " "}, "other_site"),
        ("send", {"vials": "13"}, "vials"),
        ("waste", {"reason": ""}, "reason"),
        ("waste", {"reason": "left_over"}, "reason"),
        ("waste", {"reason": "other"}, "note"),
        ("waste", {"vials": "-1"}, "vials"),
    ],
)
def test_what_cannot_be_moved_is_refused_beside_its_field(page, players, form, other, field):
    lot_id = received(players)
    fields = {"there": f"{lot_id}/{STORE}", "vials": "1", "to_place": "injection-1", "other_site": "Kim Đồng",
              "reason": "broken"} | other  # fmt: skip
    then = everything()
    answer = page.act(f"{PAGE}/{form}", **{f"{form}-{name}": worth for name, worth in fields.items()})
    assert answer.status_code == 422
    assert f'id="{form}-{field}-refusal"' in answer.text
    assert everything() == then


def test_a_second_tap_changes_nothing(page, players):
    fields = {"key": key(), **delivery()}
    for _ in range(2):
        assert page.post(f"{PAGE}/receive", data=fields).status_code == 303
    assert stock_moves.balance().received == 120


def test_what_a_pack_says_opens_the_form_filled_in(page):
    answer = page.get(f"{PAGE}?vaccine=pfizer&number=FK5618&expires=30/11/2027&gtin=00359267100010")
    form = answer.text.split('id="forms"')[1]
    assert 'value="FK5618"' in form
    assert 'value="pfizer" selected' in form
    assert re.search(r"<details[^>]* open>\s*<summary>.*?Nhận vắc xin", form, re.S)


def test_open_vials_say_where_and_how_long(page, players, opened):
    lot_id = received(players)
    acts.transfer(players.lead, now(), key(), lot_id, STORE, "injection-1", 2)
    vials.open_vial(players.vaccinator, now(), key(), lot_id)
    answer = page.get(PAGE)
    assert "Bàn tiêm 1 AstraZeneca · NK0191 mở lúc 09:" in part(answer, "open-vials")
    assert "còn 10 liều dùng được" in part(answer, "open-vials")
    assert "còn 10 liều" in part(answer, "leftover")
    assert " 120 0 0 0 0 10 110 0 0 " in part(answer, "books")


def test_a_lot_that_ends_soon_comes_first_and_is_amber(page, players):
    received(players)
    received(players, "SOON", expires=f"{now().on + timedelta(days=7):%d/%m/%Y}")
    received(players, "LATER", expires=f"{now().on + timedelta(days=8):%d/%m/%Y}")
    books = page.get(PAGE).text.split('id="books"')[1].split("</section>")[0]
    assert books.index("SOON") < books.index("LATER") < books.index("NK0191")
    assert re.search(r"SOON.*?paper look", books.split("LATER")[0], re.S)
    assert "paper look" not in books.split("LATER")[1]


def test_books_that_do_not_balance_are_loud(page, players):
    lot_id = received(players)
    with writing():
        db.session.execute(db.update(Lot).where(Lot.id == lot_id).values(doses_per_vial=9))
    answer = page.get(PAGE)
    assert "Sổ của lô AstraZeneca · NK0191 lệch 12 liều." in text(answer)
    assert 'role="alert"' in answer.text.split('id="books"')[1].split("</section>")[0]


@pytest.mark.parametrize("root", ["books", "places", "open-vials", "moves", "leftover"])
def test_a_partial_comes_alone_and_only_when_it_changed(page, players, root):
    lot_id = received(players)
    answer = page.get(PAGE)
    where = unescape(re.search(rf'id="{root}"[^>]*hx-get="([^"]+)"', answer.text)[1])
    htmx = {"HX-Request": "true", "HX-Target": root}
    assert page.get(where, headers=htmx).status_code == 204
    received(players, "NK0192")
    acts.transfer(players.lead, now(), key(), lot_id, STORE, "injection-1", 2)
    vials.open_vial(players.vaccinator, now(), key(), lot_id)
    answer = page.get(where, headers=htmx)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith(f'<section id="{root}"')


def test_three_hundred_lots_and_movements_are_paged(page, players):
    for nth in range(60):
        received(players, f"LOT{nth:03}", vials=1)
    answer = page.get(PAGE)
    assert len(re.findall(r"<strong>LOT\d+", answer.text)) == 50
    assert part(answer, "moves").count("Nhận AstraZeneca") == 50
    assert "Hôm nay: 60 lần" in text(answer)
    assert "600" in part(answer, "books")
    assert len(re.findall(r"<strong>LOT\d+", page.get(f"{PAGE}?lots=2&moves=2").text)) == 10


def test_the_ledger_is_taken_out_and_that_is_noted(page, players):
    received(players, "NK0191")
    lot_id = lots.find("astrazeneca", "NK0191").id
    acts.waste_unopened(players.lead, now(), key(), lot_id, STORE, 1, "other", "=1+1")
    answer = page.act(f"{PAGE}/ledger")
    assert answer.status_code == 200
    assert "so-vac-xin" in answer.headers["Content-Disposition"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["Thời gian", "Việc", "Vắc xin", "Số lô"]
    assert [row[1] for row in rows[1:]] == ["Nhận", "Hủy"]
    assert [row[5:7] for row in rows[1:]] == [[12, 120], [1, 10]]
    assert rows[2][13] == "=1+1"
    entry = audit.find_last("stock.exported", "")
    assert entry.facts == {"n": 2}


def test_in_english(page, players):
    page.act(f"{PAGE}/receive", **delivery(temperature_start="4,5", temperature_end="6"))
    page.act("/language", language="en", next=PAGE)
    answer = text(page.get(PAGE))
    assert "The site's store · 4.5–6 °C" in answer
    assert "Empty: AstraZeneca 6, " in answer
    assert "The books by lot, in doses" in answer
    assert "Today: 1 movement" in answer
