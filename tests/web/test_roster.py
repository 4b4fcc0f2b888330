"""The pages of the list: bring a file, look at its rows, take it; who is expected, and the sheets that leave."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from kiosk import importer
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import Role, RosterState
from kiosk.store import audit, expected, people, rosters, staff, staged_rows
from kiosk.store.database import db, writing
from tests import cast as casting
from tests import roster_files

PAGE = "/rosters"
ON = casting.now().on
TOMORROW = ON + timedelta(days=1)
ACTS = ("{id}/land", "{id}/drop", "{id}/withdraw", "{id}/wrong", "days/{on}/approve", "days/{on}/sheet",
        "days/{on}/phones")  # fmt: skip
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def page(signed_in, players):
    """The site lead's browser with the page open."""
    browser = signed_in(Role.SITE_LEAD)
    browser.get(PAGE)
    return browser


def text(answer):
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def send(browser, content, name="Danh sách.xlsx", on=f"{TOMORROW:%d/%m/%Y}", **more):
    """Chooses a file and presses the button."""
    return browser.act(PAGE, file=(BytesIO(content), name), on=on, **more)


def worked(hub):
    """The importer has done what there was to do."""
    while importer.do_one(hub):
        pass
    db.session.rollback()


def under_review(browser, hub, content, **more):
    """The address of a list that was brought and read."""
    answer = send(browser, content, **more)
    assert answer.status_code == 303, text(answer)
    worked(hub)
    return answer.location


def rows_of(answer):
    """The rows of a sheet that was sent, as lists of texts."""
    assert answer.status_code == 200
    return CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def good_list(n=3, **more):
    """A file of people whom nobody knows."""
    rows = [
        {"name": f"Hà Thị {'ABCDEGHIKL'[nth % 10]}", "birth": f"{1 + nth % 28:02}/05/1970", "sex": "1",
         "phone": f"09{nth:08}", "number": f"0151700{nth:05}", **more}
        for nth in range(n)
    ]  # fmt: skip
    return roster_files.sheet_file("xlsx", rows)


def test_it_is_the_site_leads(client, signed_in, players):
    assert client.get(PAGE).location == "/sign-in?next=/rosters"
    client.get("/sign-in")
    acts = [f"{PAGE}/{act.format(id=NOWHERE, on=TOMORROW)}" for act in ACTS]
    reads = (PAGE, f"{PAGE}/{NOWHERE}", f"{PAGE}/days/{TOMORROW}", f"{PAGE}/blank.xlsx")
    for role in (Role.VOLUNTEER, Role.TECHNICIAN, Role.SCREENER):
        browser = signed_in(role)
        assert "/rosters" not in browser.get("/").text
        assert [browser.get(path).status_code for path in reads] == [403] * len(reads)
        assert [browser.act(path).status_code for path in (PAGE, *acts)] == [403] * (len(acts) + 1)
    assert all(client.act(path).location.startswith("/sign-in") for path in (PAGE, *acts))
    lead = signed_in(Role.SITE_LEAD)
    assert "/rosters" in lead.get("/").text
    assert [lead.get(path).status_code for path in reads] == [200, 404, 200, 200]
    assert lead.get(f"{PAGE}/days/yesterday").status_code == 404


def test_it_shows_the_days_and_the_lists(page):
    said = text(page.get(PAGE))
    assert f"{ON:%d/%m/%Y} hôm nay 3 người" in said
    assert "danh-sach.csv" in said
    assert f'value="{TOMORROW:%d/%m/%Y}"' in page.get(PAGE).text


def test_the_lists_alone_come_only_when_they_have_changed(page):
    ask = {"HX-Request": "true", "HX-Target": "lists"}
    address = unescape(re.search(r'id="lists"[^>]*hx-get="([^"]+)"', page.get(PAGE).text)[1])
    assert page.get(address, headers=ask).status_code == 204
    send(page, good_list())
    answer = page.get(address, headers=ask)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<section id="lists"')


def test_a_list_is_read_looked_at_and_taken(page, hub):
    answer = send(page, good_list())
    assert answer.status_code == 303
    waiting = page.get(answer.location)
    assert "<progress" in waiting.text
    assert 'hx-trigger="every 1s"' in waiting.text
    worked(hub)
    review = page.get(answer.location)
    assert "hx-trigger" not in review.text, "whoever looks at the rows is not disturbed"
    assert "Nhận 3 dòng" in text(review)
    assert "Hà Thị A•••" in text(review)
    assert expected.list_days(TOMORROW) == []
    assert page.act(f"{answer.location}/land", new="3", changed="0").location == answer.location
    assert "Đang ghi" in text(page.get(answer.location))
    worked(hub)
    said = text(page.get(answer.location))
    assert "Đã nhận" in said
    assert "Hoàng Thị Lan" in said
    assert f"Ngày {TOMORROW:%d/%m/%Y}" in said
    assert [day.expected for day in expected.list_days(TOMORROW)] == [3]


def test_a_second_tap_brings_nothing_twice(page, hub):
    form = casting.key()
    first, second = (send(page, good_list(), key=form) for _ in range(2))
    assert first.location == second.location
    assert page.get(PAGE).text.count("Danh sách.xlsx") == 1
    worked(hub)
    form = casting.key()
    for _ in range(2):
        assert page.act(f"{first.location}/land", new="3", changed="0", key=form).status_code == 303
    worked(hub)
    assert [day.expected for day in expected.list_days(TOMORROW)] == [3]


@pytest.mark.parametrize(
    ("content", "on", "says"),
    [
        (b"", "", "Chọn tệp"),
        (good_list(), "31/02/2026", "Ngày tiêm"),
        (good_list(), "01/01/2021", "Ngày tiêm"),
    ],
)
def test_what_cannot_be_brought_is_said_beside_its_field(page, content, on, says):
    answer = send(page, content, on=on)
    assert answer.status_code == 422
    refusal = re.search(r'class="refusal"[^>]*>.*?<span>(.*?)</span>', answer.text, flags=re.S)
    assert refusal
    assert says in unescape(refusal[1])
    assert f'value="{on}"' in answer.text


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x00\x01\x02 no list", "x.xls"),
        (b"a,b\n1,2\n", "x.csv"),
        (b"PK\x03\x04 broken", "x.xlsx"),
        (b"%PDF-1.7", "x.pdf"),
    ],
)
def test_a_file_that_is_no_list_gets_its_sentence(page, hub, content, name):
    answer = page.get(under_review(page, hub, content, name=name))
    assert "Không dùng được tệp này" in text(answer)
    assert 'role="alert"' in answer.text
    assert "refusal." not in answer.text
    assert page.act(f"{answer.request.path}/drop").location == PAGE
    assert text(page.get(PAGE)).count(name) == 0


def test_a_page_takes_no_more_than_a_list_is_long(page, signed_in):
    answer = send(page, b"x" * (2 * 1024**2))
    assert answer.status_code == 303
    longer = send(page, b"x" * (33 * 1024**2))
    assert longer.status_code == 413
    assert "Chia tệp thành nhiều tệp nhỏ hơn" in text(longer)
    assert page.act("/rosters/days/x/sheet", more="x" * (2 * 1024**2)).status_code == 413
    assert page.get(PAGE).status_code == 200


def test_nobody_else_may_send_so_much(client, players):
    client.get("/sign-in")
    assert send(client, b"x" * (2 * 1024**2)).status_code == 413


@pytest.mark.parametrize("kind", roster_files.KINDS)
def test_every_defect_is_named_by_its_row_and_column(page, hub, kind):
    file = roster_files.every_defect(kind)
    address = under_review(page, hub, file.content, name=f"loi.{kind}")
    answer = page.get(f"{address}?show=wrong")
    said = text(answer)
    for line in (*file.wrong, *file.clashes):
        assert re.search(rf'<td class="count">{line}</td>', answer.text), line
    assert "roster.reason" not in said
    assert "Ngày sinh" in said
    assert "31/02/1960" in said
    assert "Hà Thị S•••" in said
    assert "Hà Thị Sai" not in said, "a row is masked"
    twice = text(page.get(f"{address}?show=duplicate"))
    assert all(f"dòng {first}" in twice for first in file.duplicates.values())
    page.act(f"{address}/land", new=str(len(file.good_lines)), changed="0")
    worked(hub)
    assert [day.expected for day in expected.list_days(TOMORROW)] == [len(file.good_lines)]
    assert f"{len(file.wrong) + len(file.clashes)}" in text(page.get(address))


def test_wrong_rows_leave_as_the_same_sheet_with_their_reasons(page, hub):
    file = roster_files.every_defect("xlsx")
    address = under_review(page, hub, file.content)
    before = audit.count()
    answer = page.act(f"{address}/wrong")
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    rows = [row for row in rows_of(answer) if "Hà Thị Sai" in row]
    assert len(rows) == 1
    assert "Ngày sinh" in rows[0][-1]
    assert "31/02/1960" in rows[0]
    entry = audit.find_last("roster.wrong_exported", address.rsplit("/", 1)[-1])
    assert audit.count() == before + 1
    assert entry
    assert entry.facts == {"n": len(file.wrong) + len(file.clashes)}
    again = under_review(page, hub, answer.data, name="lai.xlsx")
    assert f"{len(file.wrong)} dòng sai" in text(page.get(again)), "it comes back as it went"


def test_wrong_rows_of_a_list_with_days_and_slots_keep_them(page, hub):
    titles = "Họ và tên,Ngày sinh,Giới tính,Số CCCD,Ngày tiêm,Khung giờ,Duyệt"
    content = f"{titles}\nHà Văn Lỗi,31/02/1970,Nam,,{TOMORROW:%d/%m/%Y},07:30-08:00,x\n".encode()
    address = under_review(page, hub, content, name="loi.csv")
    rows = rows_of(page.act(f"{address}/wrong"))
    assert [row for row in rows if f"{TOMORROW:%d/%m/%Y}" in row and "07:30-08:00" in row]
    again = under_review(page, hub, page.act(f"{address}/wrong").data, name="lai.xlsx")
    row = staged_rows.list_after(again.rsplit("/", 1)[-1], 0, 5)[0]
    assert (row.cells["on"], row.cells["slot"], row.cells["approved"], row.cells["date_1"]) == (
        f"{TOMORROW:%d/%m/%Y}", "07:30-08:00", "x", "",
    )  # fmt: skip


def test_rows_that_were_not_taken_are_gone_after_a_day(page, hub):
    address = under_review(page, hub, roster_files.every_defect("csv").content, name="loi.csv")
    row = rosters.get(address.rsplit("/", 1)[-1])
    page.act(f"{address}/land", new=row.counts["new"], changed=row.counts["changed"])
    worked(hub)
    assert "Tải" in text(page.get(address))
    with writing():
        rosters.get(row.id).landed_at -= staged_rows.KEPT + timedelta(minutes=1)
    worked(hub)
    said = text(page.get(address))
    assert "chỉ giữ một ngày" in said
    assert "Tải" not in said
    assert staged_rows.list_after(row.id, 0, 5) == []


def test_who_brought_a_list_at_the_machine_is_said(page):
    assert "Lệnh tại máy" in text(page.get(PAGE))
    assert "Người khác" not in text(page.get(PAGE))


def test_what_changes_is_shown_from_and_to(page, hub, players):
    content = roster_files.sheet_file(
        "xlsx",
        [{"name": "Sùng A Páo", "birth": "03/02/1990", "sex": "0", "number": "015090001234", "phone": "0912345678"}],
    )
    said = text(page.get(under_review(page, hub, content)))
    assert "Số điện thoại:" in said
    assert "•••• •••• 5678" in said
    assert "0912345678" not in said


def test_somebody_else_took_it_meanwhile(page, hub):
    address = under_review(page, hub, good_list())
    answer = page.act(f"{address}/land", new="2", changed="0")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    page.act(f"{address}/drop")
    assert page.act(f"{address}/land", new="3", changed="0").status_code == 422
    assert expected.list_days(TOMORROW) == []


def test_a_list_is_withdrawn(page, hub):
    address = under_review(page, hub, good_list())
    page.act(f"{address}/land", new="3", changed="0")
    worked(hub)
    assert page.act(f"{address}/withdraw").location == address
    said = text(page.get(address))
    assert "đã được rút" in said
    assert "Rút danh sách này" not in said
    assert expected.list_days(TOMORROW) == []
    assert page.act(f"{address}/withdraw").status_code == 422


def test_a_long_list_is_shown_in_pages(page, hub):
    address = under_review(page, hub, good_list(120))
    first, third = page.get(address), page.get(f"{address}?show=new&page=3")
    assert first.text.count('<td class="count">') == 50
    assert "Trang 1/3" in text(first)
    assert third.text.count('<td class="count">') == 20
    assert 'rel="next"' not in third.text
    assert page.get(f"{address}?show=new&page=99").text.count('<td class="count">') == 20
    assert page.get(f"{address}?show=nonsense&page=x").status_code == 200


@pytest.fixture
def landed(page, hub):
    """A list for tomorrow: two slots, somebody special, somebody whom it does not approve of."""
    content = (
        "Họ và tên,Ngày sinh,Giới tính,Số CCCD,Số điện thoại,Ngày tiêm,Khung giờ,Duyệt,Nhóm ưu tiên\n"
        f"Hà Thị Bịa,01/01/1960,Nữ,015160000001,0912000001,{TOMORROW:%d/%m/%Y},07:30-08:30,có,9\n"
        f"Hà Văn Bịa,01/01/1961,Nam,015061000002,0912000002,{TOMORROW:%d/%m/%Y},08:30-09:30,không,9\n"
        f"Hà Thị Không,01/01/1962,Nữ,015162000003,,{TOMORROW:%d/%m/%Y},08:30-09:30,có,10\n"
    ).encode("utf-8-sig")
    with hub.app_context():
        importer.bring(OPERATOR, casting.now(), casting.key(), "ngay mai.csv", content)
    db.session.rollback()
    return f"{PAGE}/days/{TOMORROW}"


def test_a_day_shows_who_is_expected_masked_and_by_slot(page, landed):
    answer = page.get(landed)
    said = text(answer)
    assert "Hà Thị B•••" in said
    assert "Hà Thị Bịa" not in said
    assert "•••• •••• 0001" in said
    assert "015160000001" not in answer.text
    assert "0912000001" not in answer.text
    assert "07:30–08:30 1" in said
    assert "08:30–09:30 2" in said
    assert "Nhóm 9" in said
    later = text(page.get(f"{landed}?slot=08:30"))
    assert "Hà Văn B•••" in later
    assert "Hà Thị B•••" not in later
    assert "Hà Văn B•••" in text(page.get(f"{landed}?show=unapproved"))
    assert page.get(f"{landed}?slot=99:99&show=x&page=-1").status_code == 200


def test_whoever_is_not_approved_is_approved_by_name(page, landed):
    entry = re.search(r'name="entry" value="([^"]+)"', page.get(landed).text)[1]
    form = casting.key()
    for _ in range(2):
        answer = page.act(f"{landed}/approve?show=unapproved", entry=entry, key=form)
        assert answer.location == f"{landed}?show=unapproved"
    lead = staff.find_by_badge("L01")
    row = db.session.get_one(rosters.RosterEntry, entry)
    assert row.approved
    assert lead
    assert row.approved_by == lead.id
    assert "Hoàng Thị Lan duyệt" in text(page.get(landed))


def test_all_of_a_day_are_approved_at_once_as_shown(page, landed):
    assert page.act(f"{landed}/approve", n="7").status_code == 422
    assert page.act(f"{landed}/approve", n="1").status_code == 303
    assert [day.unapproved for day in expected.list_days(TOMORROW)] == [0]


def test_a_day_leaves_as_the_ministrys_sheet_with_its_results(page, landed, players, opened, signed_in):
    rows = rows_of(page.act(f"{landed}/sheet"))
    assert next(row for row in rows if "Hà Thị Bịa" in row)[7] == "015160000001", "a number is text"
    entry = audit.find_last("roster.exported", str(TOMORROW))
    assert entry
    assert entry.facts == {"n": 3}
    casting.dosed(players, players.huong)
    casting.receive(players, players.pao)
    today = {row[1]: row for row in rows_of(page.act(f"{PAGE}/days/{ON}/sheet"))}
    assert "Đã tiêm AstraZeneca mũi 1, lô NK0191" in today["Nguyễn Thị Hường"][-1]
    assert "NK0191" in today["Nguyễn Thị Hường"][:-1]
    assert today["Sùng A Páo"][-1] == "Đang ở điểm tiêm"
    assert today["Lò Văn Dũng"][-1] == "Chưa đến"


def test_zeros_that_came_back_leave_with_the_sheet(page, hub):
    titles = "Họ và tên,Ngày sinh,Giới tính,Số CCCD,Số điện thoại"
    content = f"{titles}\nHà Văn Mới,01/01/1970,Nam,15070990077,912345678\n".encode()
    address = under_review(page, hub, content, name="a.csv")
    page.act(f"{address}/land", new="1", changed="0")
    worked(hub)
    row = next(row for row in rows_of(page.act(f"/rosters/days/{TOMORROW}/sheet")) if "Hà Văn Mới" in row)
    assert "015070990077" in row
    assert "0912345678" in row


def test_phones_leave_by_slot_and_without_names(page, landed):
    rows = rows_of(page.act(f"{landed}/phones"))
    said = " ".join(str(cell) for row in rows for cell in row)
    assert "0912000001" in said
    assert "07:30–08:30" in said
    assert "0912000002" not in said, "nobody is called who is not approved"
    assert "Bịa" not in said
    assert "015160000001" not in said
    entry = audit.find_last("roster.phones_exported", str(TOMORROW))
    assert entry
    assert entry.facts == {"n": 1}


def test_an_empty_sheet_is_there_to_be_filled_in(page):
    rows = rows_of(page.get(f"{PAGE}/blank.xlsx"))
    assert any("Họ và tên (*)" in row for row in rows)
    assert not any("Nguyễn" in str(row) for row in rows)


def test_no_list_at_all(page):
    with writing():
        for row in db.session.scalars(db.select(rosters.Roster)):
            row.withdrawn_at, row.state = casting.now().at, RosterState.DROPPED
    said = text(page.get(PAGE))
    assert "Chưa có danh sách nào" in said
    assert "Chưa có ai" in said
    assert "Không có ai" in text(page.get(f"{PAGE}/days/{ON}"))


def test_names_of_the_files_and_of_people_stay_what_they_are(page, hub):
    name = "<b>danh sách</b>" * 12 + ".xlsx"
    content = roster_files.sheet_file("xlsx", [{"name": "<script>alert(1)</script>", "birth": "x", "sex": "1"}])
    answer = page.get(under_review(page, hub, content, name=name))
    assert "<script>alert" not in answer.text
    assert "<b>danh" not in answer.text
    assert people.search("alert", None) == []
