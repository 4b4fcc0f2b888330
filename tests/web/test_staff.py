"""Who works here: the list, somebody new, and everything that is done about one colleague."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import pytest

from kiosk.actions import sign_in as signing
from kiosk.actions import staff as acts
from kiosk.errors import Refusal
from kiosk.rules.staff import works_on
from kiosk.rules.words import Role, SlipKind
from kiosk.store import day_plans, print_jobs, staff
from kiosk.store.database import db, writing
from tests.cast import key, now, without_ids
from tests.conftest import STAFF

PAGE = "/staff"
ALONE = {"HX-Request": "true", "HX-Target": "colleagues"}
NEW = {"name": "Vũ Thị Tình", "role": "volunteer", "day": "yes", "pin": "2468", "again": "2468"}
ACTS = ("badge", "change", "lost-badge", "pin", "unlock", "sign-out", "out", "back")


@pytest.fixture
def lead(signed_in, players):
    """The site lead's browser with the list open."""
    browser = signed_in(Role.SITE_LEAD)
    browser.get(PAGE)
    return browser


@pytest.fixture
def nurse(players):
    """The nurse's row."""
    return staff.find_by_badge("N01")


def add(lead, **facts):
    """Somebody new through the form; their row."""
    answer = lead.act(PAGE, **NEW | facts)
    assert answer.status_code == 303, answer.text
    return staff.get(re.search(r"/staff/([0-9a-f-]{36})", answer.location)[1])


def many(n):
    """So many volunteers at once, as a campaign has them."""
    with writing():
        for nth in range(n):
            row = staff.Staff(
                name=f"Nguyễn Văn {chr(65 + nth % 26)}", name_key=f"NGUYEN VAN {chr(65 + nth % 26)}",
                badge=f"X{nth:04}", pin_hash="", role="volunteer", failures=0, added_at=now().at,
            )  # fmt: skip
            staff.add(row)


def test_it_is_the_site_leads(client, signed_in, players, nurse):
    assert client.get(PAGE).location == "/sign-in?next=/staff"
    client.get("/sign-in")
    for role in set(Role) - {Role.SITE_LEAD, Role.DEVICE}:
        browser = signed_in(role)
        assert f'href="{PAGE}"' not in browser.get("/").text
        for path in (PAGE, f"{PAGE}/new", f"{PAGE}/{nurse.id}", f"{PAGE}/{nurse.id}/badge.svg"):
            assert browser.get(path).status_code == 403
        assert browser.act(PAGE, **NEW).status_code == 403
        for act in ACTS:
            assert browser.act(f"{PAGE}/{nurse.id}/{act}", printer="kiosk-1").status_code == 403
    assert client.act(PAGE, **NEW).location.startswith("/sign-in")
    assert f'href="{PAGE}"' in signed_in(Role.SITE_LEAD).get("/").text


def test_the_list_says_who_is_here_how_they_stand_and_whose_licence_is_missing(lead, players):
    text = lead.get(PAGE).text
    for name, badge, _ in STAFF.values():
        assert name in text
        assert badge in text
    assert "Đang đăng nhập" in text
    assert "2 bác sĩ, điều dưỡng chưa ghi số giấy phép hành nghề" in text
    assert text.count("Chưa ghi số giấy phép hành nghề") == 2
    only = lead.get(f"{PAGE}?role=observer").text
    assert STAFF[Role.OBSERVER][0] in only
    assert STAFF[Role.VACCINATOR][0] not in only
    assert lead.get(f"{PAGE}?role=king&page=-7&gone=perhaps").status_code == 200


def test_where_somebody_is_posted_today_stands_beside_their_name(lead, players, nurse):
    posts = ((0, "morning", "injection-1"), (0, "afternoon", "injection-2"), (1, "morning", "desk-1"))
    with writing():
        for days, half, station in posts:
            on, at = now().on + timedelta(days=days), now().at
            post = day_plans.Posting(on=on, half=half, staff_id=nurse.id, station=station, at=at, by=players.lead.id)
            day_plans.add(post)
    for path in (PAGE, f"{PAGE}/{nurse.id}"):
        text = lead.get(path).text
        assert "Bàn tiêm 1 · Bàn tiêm 2" in text
        assert "Bàn tình nguyện viên 1" not in text


def test_htmx_gets_the_list_and_nothing_while_nothing_changed(lead, players, nurse):
    alone = lead.get(PAGE, headers=ALONE).text
    assert alone.lstrip().startswith('<section id="colleagues"')
    again = unescape(re.search(r'hx-get="([^"]+)"', alone)[1])
    assert lead.get(again, headers=ALONE).status_code == 204
    acts.take_out(players.lead, now(), key(), nurse.id)
    changed = lead.get(again, headers=ALONE)
    assert changed.status_code == 200
    assert nurse.name not in changed.text


@pytest.mark.parametrize(("n", "pages"), [(0, 1), (44, 1), (45, 2), (300, 7)])
def test_a_long_list_comes_in_pages(lead, players, n, pages):
    many(n)
    text = lead.get(PAGE).text
    assert text.count("<li>") == min(50, n + len(STAFF))
    assert (f"/ {pages}" in text or f"{pages}" in text) if pages > 1 else 'rel="next"' not in text
    last = lead.get(f"{PAGE}?page={pages}").text
    assert 'rel="next"' not in last
    assert lead.get(f"{PAGE}?page=999").text.count("<li>") == last.count("<li>")
    volunteers = lead.get(f"{PAGE}?role=volunteer").text
    assert volunteers.count("<li>") == min(50, n + 1)


def test_somebody_is_found_by_name_or_badge_and_no_name_stands_in_an_address(lead, players, nurse):
    assert lead.act(f"{PAGE}/find", words="n01").location == f"{PAGE}/{nurse.id}"
    assert lead.act(f"{PAGE}/find", words="sua vang").location == f"{PAGE}/{nurse.id}"
    two = lead.act(f"{PAGE}/find", words="thị").location
    assert not re.search("thi|thị", unquote(two), re.I)
    text = lead.get(two).text
    assert "Trần Thị Mai" in text
    assert "Lò Văn Minh" not in text
    assert "4 người" in text
    nobody = lead.act(f"{PAGE}/find", words="Không Ai Cả").location
    assert "Không thấy ai" in lead.get(nobody).text
    assert "Không thấy ai" in lead.get(lead.act(f"{PAGE}/find", words="").location).text


def test_a_volunteer_for_today_is_added_and_signs_in(lead, client, players):
    form = lead.get(f"{PAGE}/new").text
    assert re.search(r'name="role" value="volunteer" checked', form)
    assert re.search(r'name="day" value="yes" checked', form)
    assert not re.search(r'name="others" value="yes" checked', form)
    row = add(lead)
    assert (row.name, row.role, row.valid_until) == ("Vũ Thị Tình", "volunteer", now().on)
    text = lead.get(f"{PAGE}/{row.id}?new=yes").text
    assert "Đã thêm" in text
    assert row.badge in text
    client.get("/sign-in")
    assert client.act("/sign-in", who=row.badge, pin="2468").location == "/"


def test_a_second_tap_adds_nobody(lead, players):
    same, before = key(), len(staff.list_())
    places = {lead.post(PAGE, data=NEW | {"key": same}).location for _ in range(2)}
    assert len(places) == 1
    assert len(staff.list_()) == before + 1


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        ({"role": "screener", "day": "yes", "licence": "000123/YB-CCHN"}, None),
        ({"role": "screener", "others": "yes"}, 0),
        ({"day": ""}, 0),
    ],
)
def test_the_box_for_today_counts_for_the_role_that_it_stands_with(lead, players, facts, until):
    row = add(lead, **facts)
    assert row.valid_until == (None if until is None else now().on)
    assert row.licence == facts.get("licence", "")
    assert ("Chưa ghi số giấy phép" in lead.get(f"{PAGE}/{row.id}").text) == (
        row.role == "screener" and not row.licence
    )


@pytest.mark.parametrize(
    ("facts", "field", "says"),
    [({"name": ""}, "name", "Ghi họ và tên"), ({"role": "king"}, "role", "Chọn một vai trò"),
     ({"pin": "1234", "again": "1234"}, "pin", "khó đoán hơn"), ({"pin": "12", "again": "12"}, "pin", "4 đến 8"),
     ({"again": "2469"}, "again", "không giống nhau"),
     ({"role": "screener", "licence": "a;b"}, "licence", "giấy phép")],
)  # fmt: skip
def test_what_is_refused_stands_beside_its_field_and_no_pin_comes_back(lead, players, facts, field, says):
    before = len(staff.list_())
    answer = lead.act(PAGE, **NEW | facts)
    assert answer.status_code == 422
    said = re.search(rf'id="{field}-refusal".*?</p>', answer.text, re.S)
    assert said
    assert says in said[0]
    assert "2468" not in without_ids(answer.text)
    if field != "name":
        assert 'value="Vũ Thị Tình"' in answer.text
    assert len(staff.list_()) == before


def test_namesakes_are_told_apart_by_their_badges(lead, players, nurse):
    row = add(lead, name=nurse.name)
    assert "thẻ N01" in lead.get(f"{PAGE}/{row.id}").text
    assert f"thẻ {row.badge}" in lead.get(f"{PAGE}/{nurse.id}").text


def test_a_badge_is_shown_printed_and_replaced(lead, client, players, nurse):
    picture = lead.get(f"{PAGE}/{nurse.id}/badge.svg")
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    answer = lead.act(f"{PAGE}/{nurse.id}/badge", printer="kiosk-1")
    assert answer.status_code == 303
    (job,) = db.session.scalars(db.select(print_jobs.PrintJob).where(print_jobs.PrintJob.slip == SlipKind.BADGE))
    assert (job.label, answer.location) == ("N01", f"{PAGE}/{nurse.id}?paper={job.id}")
    text = lead.get(answer.location).text
    assert "Thẻ đã gửi đến máy in" in text
    again = unescape(re.search(r'hx-get="([^"]+)"', text)[1])
    assert lead.get(again, headers={"HX-Request": "true", "HX-Target": "badge"}).status_code == 204
    assert lead.act(f"{PAGE}/{nurse.id}/badge", printer="nowhere").status_code == 404
    same = key()
    for _ in range(2):
        assert lead.post(f"{PAGE}/{nurse.id}/lost-badge", data={"key": same}).status_code == 303
    new = staff.get(nurse.id).badge
    assert new != "N01"
    assert new in lead.get(f"{PAGE}/{nurse.id}?paper={job.id}").text
    assert "Thẻ đã gửi" not in lead.get(f"{PAGE}/{nurse.id}?paper={job.id}").text, "that slip has the old code"
    client.get("/sign-in")
    assert client.act("/sign-in", who="N01", pin=STAFF[Role.VACCINATOR][2]).status_code == 422
    assert client.act("/sign-in", who=new, pin=STAFF[Role.VACCINATOR][2]).status_code == 303


def test_a_forgotten_pin_is_typed_anew_by_its_owner(lead, signed_in, players, nurse):
    theirs = signed_in(Role.VACCINATOR)
    refused = lead.act(f"{PAGE}/{nurse.id}/pin", pin="8642", again="8643")
    assert refused.status_code == 422
    assert "không giống nhau" in re.search(r'id="again-refusal".*?</p>', refused.text, re.S)[0]
    assert theirs.get("/").status_code == 200
    assert lead.act(f"{PAGE}/{nurse.id}/pin", pin="8642", again="8642").status_code == 303
    assert theirs.get("/").location.startswith("/sign-in")
    theirs.get("/sign-in")
    assert theirs.act("/sign-in", who="N01", pin="8642").status_code == 303


def test_somebody_locked_out_is_said_and_let_in(lead, client, players, nurse):
    for _ in range(5):
        with pytest.raises(Refusal):
            signing.sign_in(signing.NOBODY, now(), key(), "N01", "9999", key(), 5, 5)
    assert "Đang bị khóa" in lead.get(PAGE).text
    assert "Đang bị khóa đến" in lead.get(f"{PAGE}/{nurse.id}").text
    assert lead.act(f"{PAGE}/{nurse.id}/unlock").status_code == 303
    assert "Đang bị khóa" not in lead.get(f"{PAGE}/{nurse.id}").text
    client.get("/sign-in")
    assert client.act("/sign-in", who="N01", pin=STAFF[Role.VACCINATOR][2]).status_code == 303


def test_a_new_role_counts_from_the_next_request_on(lead, signed_in, players, nurse):
    theirs = signed_in(Role.VACCINATOR)
    assert theirs.get("/table/injection-1").status_code == 200
    facts = {"name": nurse.name, "role": "technician", "licence": "", "until": ""}
    assert lead.act(f"{PAGE}/{nurse.id}/change", **facts).status_code == 303
    assert theirs.get("/table/injection-1").status_code == 403
    assert theirs.get("/printers").status_code == 200


def test_what_is_corrected_badly_stands_beside_its_field(lead, players, nurse):
    facts = {"name": "Tên Mới", "role": "observer", "licence": "", "until": "01/01/2020"}
    refused = lead.act(f"{PAGE}/{nurse.id}/change", **facts)
    assert refused.status_code == 422
    assert "từ hôm nay trở đi" in re.search(r'id="until-refusal".*?</p>', refused.text, re.S)[0]
    assert 'value="Tên Mới"' in refused.text
    assert re.search(r'name="role" value="observer" checked', refused.text)
    assert staff.get(nurse.id).name == nurse.name


def test_whoever_is_taken_out_sees_nothing_more_and_may_come_back(lead, signed_in, players, nurse):
    theirs = signed_in(Role.VACCINATOR)
    assert lead.act(f"{PAGE}/{nurse.id}/out").status_code == 303
    assert theirs.get("/").location.startswith("/sign-in")
    gone = lead.get(f"{PAGE}/{nurse.id}").text
    assert "Làm tiếp hôm nay" in gone
    assert "Mất thẻ" not in gone
    assert nurse.name in lead.get(f"{PAGE}?gone=yes").text
    assert nurse.name not in lead.get(PAGE).text
    for act in ("out", "change", "lost-badge", "pin", "unlock"):
        fields = {"name": "x", "role": "observer", "pin": "8642", "again": "8642"}
        assert lead.act(f"{PAGE}/{nurse.id}/{act}", **fields).status_code == 404
    assert lead.act(f"{PAGE}/{nurse.id}/badge", printer="kiosk-1").status_code == 404
    assert lead.act(f"{PAGE}/{nurse.id}/back", until="today").status_code == 303
    assert staff.get(nurse.id).valid_until == now().on
    assert "chỉ hôm nay" in lead.get(f"{PAGE}/{nurse.id}").text


def test_whose_last_day_has_passed_is_gone_and_comes_again_with_one_tap(lead, signed_in, players, nurse):
    theirs = signed_in(Role.VACCINATOR)
    with writing():
        staff.get(nurse.id).valid_until = now().on
    assert theirs.get("/").status_code == 200
    with writing():
        staff.get(nurse.id).valid_until = now().on - timedelta(days=1)
    assert theirs.get("/").location.startswith("/sign-in")
    assert theirs.act("/sign-in", who="N01", pin=STAFF[Role.VACCINATOR][2]).status_code in (400, 422)
    assert "đã hết ngày làm" in lead.get(f"{PAGE}/{nurse.id}").text
    assert nurse.name in lead.get(f"{PAGE}?gone=yes").text
    assert lead.act(f"{PAGE}/{nurse.id}/back", until="today").status_code == 303
    db.session.expire_all()
    assert works_on(staff.get(nurse.id), now().on)
    tomorrow = replace(now(), on=now().on + timedelta(days=1))
    assert not works_on(staff.get(nurse.id), tomorrow.on)


def test_signing_somebody_out_leaves_this_browser_alone(lead, signed_in, players, nurse):
    theirs = signed_in(Role.VACCINATOR)
    assert lead.act(f"{PAGE}/{nurse.id}/sign-out").status_code == 303
    assert theirs.get("/").location.startswith("/sign-in")
    assert lead.act(f"{PAGE}/{players.lead.id}/sign-out").status_code == 303
    assert lead.get(PAGE).status_code == 200


def test_the_last_site_lead_is_told_why_they_stay(lead, players):
    refused = lead.act(f"{PAGE}/{players.lead.id}/out")
    assert refused.status_code == 422
    assert "trưởng điểm cuối cùng" in refused.text
    facts = {"name": STAFF[Role.SITE_LEAD][0], "role": "volunteer", "licence": "", "until": ""}
    refused = lead.act(f"{PAGE}/{players.lead.id}/change", **facts)
    assert refused.status_code == 422
    assert "trưởng điểm cuối cùng" in re.search(r'id="role-refusal".*?</p>', refused.text, re.S)[0]
    assert "python -m kiosk staff pin" in lead.get(PAGE).text


def test_nobody_is_not_found(lead, players):
    for path in (f"{PAGE}/nobody", f"{PAGE}/nobody/badge.svg"):
        assert lead.get(path).status_code == 404
    for act in ACTS:
        fields = {"printer": "kiosk-1", "pin": "8642", "again": "8642", "name": "x", "role": "observer"}
        assert lead.act(f"{PAGE}/nobody/{act}", **fields).status_code == 404, act
        assert lead.post(f"{PAGE}/nobody/{act}", data={"key": "twice"}).status_code in (400, 404)


def test_the_pages_speak_english(lead, players, nurse):
    lead.act("/language", language="en", back=PAGE)
    text = lead.get(PAGE).text + lead.get(f"{PAGE}/new").text + lead.get(f"{PAGE}/{nurse.id}").text
    for words in ("Add somebody", "Badge lost", "Today only", "No practice licence noted", "until further notice"):
        assert words in text
