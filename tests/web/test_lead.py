"""The site lead's page."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from kiosk.actions import forwarding, heartbeats, plan, posts, printing, stock, table, voiding
from kiosk.actions.forwarding import FORWARDER
from kiosk.actions.slips import find_closing
from kiosk.rules.words import Role, SlipKind
from kiosk.store import clinic_days, day_plans, outbox, print_jobs, rosters, staff, stations, vials, visits
from kiosk.store.database import db, writing
from kiosk.web import lead_queue_shown
from tests.cast import dosed, key, now, receive, vial_opened

UNDELIVERED = {"HX-Request": "true", "HX-Target": "undelivered"}


@pytest.fixture
def platform_set(hub):
    """This site reports to a platform."""
    settings = hub.config["SETTINGS"]
    upstream = settings.upstream.model_copy(update={"url": "https://platform.example/fhir"})
    hub.config["SETTINGS"] = settings.model_copy(update={"upstream": upstream})


@pytest.fixture
def parked(opened, players):
    """A dose was given, and the platform does not take it; the message's id."""
    dosed(players, players.huong)
    id = forwarding.take_message(FORWARDER, now(), key())
    forwarding.park(FORWARDER, now(), key(), id, "doubled")
    db.session.rollback()
    return id


@pytest.fixture
def lead(signed_in):
    browser = signed_in(Role.SITE_LEAD)
    browser.get("/lead")
    return browser


def test_opens_for_the_lead_and_shows_itself_to_the_technician(client, lead, signed_in):
    assert client.get("/lead").location.startswith("/sign-in")
    assert lead.get("/lead").status_code == 200
    technician = signed_in(Role.TECHNICIAN)
    assert 'action="/lead/open"' not in technician.get("/lead").text
    assert technician.act("/lead/open", half="morning").status_code == 403
    assert signed_in(Role.VOLUNTEER).get("/lead").status_code == 403


@pytest.fixture
def prepared(players):
    """This morning is planned, with a lot and somebody at each table; the plan's id."""
    id = plan.make_plan(players.lead, now(), key(), now().on, "morning")
    lot = stock.receive_lot(players.lead, now(), key(), "pfizer", "FR1", f"31/12/{now().on.year + 1}", 50, 6)
    save(players, plan.set_vaccine, id, "pfizer", {lot: "90"})
    save(players, plan.set_stations, id, {row.code: row.own_steps for row in stations.list_() if row.code[-1] == "1"})
    save(players, plan.set_zones, id, {"A": plan.Zone("", "2", "20")})
    save(players, posts.post_staff, id, {players.screener.id: "screening-1", players.vaccinator.id: "injection-1"})
    return id


def save(players, act, id, *facts):
    """The lead saves one section of a plan."""
    db.session.rollback()
    act(players.lead, now(), key(), id, day_plans.get(id).seen, *facts)


def test_says_what_is_not_ready_and_how_many_are_expected(lead, beat, prepared):
    text = lead.get("/lead").text
    assert "3 người trong danh sách hôm nay" in text
    assert "chưa thấy máy" in text
    beat()
    assert "Máy và danh sách đã sẵn sàng" in lead.get("/lead").text


def test_what_is_prepared_opens_with_one_tap(lead, prepared):
    text = lead.get("/lead").text
    assert "Theo kế hoạch 07:30–11:30: mời 40 người" in text
    assert 'type="radio"' not in text
    half = re.search(r'name="half" value="(\w+)">\s*<button id="open-planned"', text)[1]
    assert lead.act("/lead/open", half=half).status_code == 303
    assert clinic_days.find_open().plan_id == prepared


def test_without_a_plan_it_says_so_and_asks_which_half(lead):
    text = lead.get("/lead").text
    assert "Hôm nay chưa có kế hoạch cho buổi này" in text
    assert f'href="/plan?on={now().on}&amp;half=morning"' in text
    assert text.count('type="radio"') == 2


def test_says_who_is_not_signed_in_what_is_not_approved_and_what_the_plan_lacks(
    lead, prepared, players, beat, signed_in
):
    beat()
    with writing() as session:
        session.execute(db.update(staff.StaffSession).where(staff.StaffSession.staff_id == players.vaccinator.id)
                        .values(ended_at=now().at))  # fmt: skip
        session.execute(db.update(rosters.RosterEntry).values(approved=False))
        day_plans.get(prepared).stations = {"screening-1": ["screening"], "injection-1": ["injection"]}
        day_plans.get(prepared).lots = {}
        day_plans.get(prepared).protocols = {}
    text = lead.get("/lead", headers={"HX-Request": "true", "HX-Target": "readiness"}).text
    for words in (
        "Chưa có người tiêm nào đăng nhập", "3 người trong danh sách chưa được duyệt", "bước này: Theo dõi sau tiêm",
        "Chưa ghi lô vắc xin nào", "Quy định đã đổi từ khi lập kế hoạch", "#tables", "#lots", "#protocols",
    ):  # fmt: skip
        assert words in text
    assert "Chưa có bác sĩ" not in text
    with writing() as session:
        session.execute(db.update(staff.StaffSession).values(last_act_at=now(-200).at))
    assert "Chưa có bác sĩ" in signed_in(Role.SITE_LEAD).get("/lead").text, "a session left for hours is nobody's"


def test_an_afternoon_that_is_prepared_does_not_open_at_nine(lead, players):
    plan.make_plan(players.lead, now(), key(), now().on, "afternoon")
    assert 'id="open-planned"' not in lead.get("/lead").text


def test_a_technician_is_told_without_links(signed_in, prepared):
    text = signed_in(Role.TECHNICIAN).get("/lead").text
    assert 'id="open-planned"' not in text
    assert 'href="/plan' not in text


def test_opens_one_day_once(lead):
    same = key()
    for _ in range(2):
        answer = lead.post("/lead/open", data={"key": same, "half": "morning"})
        assert (answer.status_code, answer.location) == (303, "/lead")
    assert clinic_days.find_open().half == "morning"
    refused = lead.act("/lead/open", half="afternoon")
    assert refused.status_code == 422
    assert "mỗi lúc chỉ có một buổi tiêm" in refused.text
    assert lead.act("/lead/open", half="midnight").status_code == 400


def test_shows_the_day_live(lead, opened, players):
    receive(players, players.huong)
    receive(players, players.dung)
    alone = lead.get("/lead", headers={"HX-Request": "true", "HX-Target": "live"}).text
    assert alone.lstrip().startswith('<section id="live"')
    assert "trên 3 trong danh sách" in alone
    assert "Hường" not in alone
    stations = lead.get("/lead", headers={"HX-Request": "true", "HX-Target": "stations"}).text
    assert stations.lstrip().startswith('<section id="stations"')


def test_closing_asks_again_while_people_are_here(lead, opened, players):
    visit = receive(players, players.huong)
    first = lead.act("/lead/close")
    assert first.status_code == 422
    assert "còn 1 người chưa ra về" in first.text
    assert re.search(r"U 001</strong>\s*<span>[^<]*[Kk]hám", first.text), "who, by number, and where"
    assert "Hường" not in first.text
    assert "Họ đã về hết, kết thúc buổi" in first.text
    assert clinic_days.find_open() is not None
    assert lead.act("/lead/close", let_go="1").status_code == 303
    assert visits.get(visit).state == "left"
    closed = lead.get("/lead").text
    assert "Buổi trước: Buổi sáng" in closed
    assert 'value="afternoon" checked' in closed
    assert lead.act("/lead/open", half="morning").status_code == 303
    assert visits.get(visit).state == "waiting"


def test_a_page_of_an_ended_day_becomes_another_page(lead, opened):
    lead.act("/lead/close")
    answer = lead.get("/lead", headers={"HX-Request": "true", "HX-Target": "live"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/lead")


def test_open_vials_are_named_before_the_day_ends_and_kept_for_the_afternoon(lead, opened, players):
    vial_opened(players.vaccinator)
    page = lead.get("/lead").text
    assert "Còn 1 lọ đang mở, 10 liều" in page
    assert "Bàn tiêm 1" in page.split("Còn 1 lọ đang mở")[1]
    receive(players, players.huong)
    asked = lead.act("/lead/close", keep_vials="yes")
    assert asked.status_code == 422
    assert 'name="keep_vials" value="yes"' in asked.text, "what was chosen goes on into the second question"
    assert lead.act("/lead/close", let_go=1, keep_vials="yes").status_code == 303
    (one,) = vials.list_open(opened)
    assert one.left == 10
    lead.act("/lead/open", half="afternoon")
    assert "Giữ lại cho buổi chiều" not in lead.get("/lead").text
    assert lead.act("/lead/close").status_code == 303
    db.session.rollback()
    assert (vials.get(one.id).wasted, vials.get(one.id).closed_at is None) == (10, False)


def test_closing_without_a_day_is_said(lead):
    assert lead.act("/lead/close").status_code == 422


def test_counts_what_was_given_and_what_the_platform_has(lead, players, parked, platform_set):
    dosed(players, players.pao)
    id = forwarding.take_message(FORWARDER, now(), key())
    forwarding.acknowledge(FORWARDER, now(), key(), id, "https://platform.example", "Immunization/1", "1", "00")
    dosed(players, players.dung)
    text = lead.get("/lead", headers={"HX-Request": "true", "HX-Target": "live"}).text
    tiles = dict(re.findall(r'<p class="of">([^<]+)</p><p class="worth">(\d+)</p>', text))
    wanted = {"Đã tiêm": "3", "Hệ thống đã nhận": "1", "Đang chờ gửi": "1", "Cần xem lại": "1"}
    assert {name: tiles[name] for name in wanted} == wanted
    assert "3 người đang theo dõi" in text
    assert "AstraZeneca" in text
    assert "Sổ không cân" not in text


def test_says_when_the_books_do_not_balance(lead, opened, players):
    dosed(players, players.huong)
    with writing() as session:
        session.execute(db.text("DELETE FROM message"))
    assert "số mũi đã tiêm khác với số bản gửi" in lead.get("/lead").text


def test_a_void_that_the_platform_does_not_have_is_called_what_it_is(lead, players, parked, platform_set):
    assert "Bản tin hủy mũi" not in lead.get("/lead", headers=UNDELIVERED).text
    voiding.void_dose(players.vaccinator, now(), key(), outbox.get(parked).noun_id, "wrong_person", "")
    db.session.rollback()
    text = lead.get("/lead", headers=UNDELIVERED).text
    for words in ("U 001", "Bản tin hủy mũi", "Chờ gửi"):
        assert words in text
    assert "Gửi lại U 001" not in text, "the dose itself is never sent again"
    assert "Hường" not in text


def test_lists_what_the_platform_does_not_have_without_names(lead, parked, platform_set):
    text = lead.get("/lead", headers=UNDELIVERED).text
    assert text.lstrip().startswith('<section id="undelivered"')
    for words in ("U 001", "Cần xem lại", "đã thử 1 lần", "hai bản của mũi này", "Gửi lại U 001"):
        assert words in text
    assert "Hường" not in text
    address = html.unescape(re.search(r'hx-get="([^"]+)"', text)[1])
    assert lead.get(address, headers=UNDELIVERED).status_code == 204
    forwarding.send_again(FORWARDER, now(), key(), parked)
    changed = lead.get(address, headers=UNDELIVERED)
    assert changed.status_code == 200
    assert "Gửi lại" not in changed.text


def test_sends_a_parked_dose_again_once(lead, parked, signed_in):
    technician = signed_in(Role.TECHNICIAN)
    assert "Gửi lại" not in technician.get("/lead").text
    assert technician.act(f"/lead/messages/{parked}/again").status_code == 403
    same = key()
    for _ in range(2):
        answer = lead.post(f"/lead/messages/{parked}/again", data={"key": same})
        assert (answer.status_code, answer.location) == (303, "/lead")
    assert outbox.get(parked).state == "waiting"
    late = lead.act(f"/lead/messages/{parked}/again")
    assert late.status_code == 422
    assert "không còn chờ người xem lại" in late.text
    assert lead.act("/lead/messages/nowhere/again").status_code == 404


def test_closing_waits_for_a_signature_with_a_reason(lead, opened, players, parked):
    dosed(players, players.pao)
    page = lead.get("/lead").text
    assert "còn 2 mũi hệ thống chưa nhận và chưa ai ký" in page
    refused = lead.act("/lead/close", let_go="2")
    assert refused.status_code == 422
    assert "Ký nhận trước rồi kết thúc buổi" in refused.text
    assert "Họ đã về hết" not in refused.text
    ids = re.findall(r'name="message" value="([^"]+)"', page)
    silent = lead.act("/lead/sign", message=ids, reason=" ")
    assert silent.status_code == 422
    assert "Ghi lý do ký nhận" in silent.text
    one = lead.act("/lead/sign", which=parked, message=ids, reason="nền tảng giữ hai bản")
    assert (one.status_code, one.location) == (303, "/lead")
    page = lead.get("/lead").text
    assert "còn 1 mũi hệ thống chưa nhận và chưa ai ký" in page
    assert "Hoàng Thị Lan đã ký nhận: nền tảng giữ hai bản" in page
    ids = re.findall(r'name="message" value="([^"]+)"', page)
    assert lead.act("/lead/sign", which="", message=ids, reason="mất mạng").status_code == 303
    assert "chưa ai ký" not in lead.get("/lead").text
    assert lead.act("/lead/close", let_go="2").status_code == 303
    closed = lead.get("/lead").text
    assert "Buổi trước" in closed
    assert "mất mạng" in closed, "what is signed for is still listed until the platform has it"


def test_what_somebody_has_signed_for_stays_theirs(lead, opened, players, parked):
    dosed(players, players.pao)
    ids = re.findall(r'name="message" value="([^"]+)"', lead.get("/lead").text)
    refused = lead.act("/lead/sign", which=parked, message=ids, reason="")
    assert refused.status_code == 422
    assert f'<option value="{parked}" selected>' in refused.text, "one does not become all by a refusal"
    lead.act("/lead/sign", which=parked, message=ids, reason="nền tảng giữ hai bản")
    # The same page, still open on another screen, from before that.
    assert lead.act("/lead/sign", which="", message=ids, reason="mất mạng").status_code == 303
    reasons = {id: outbox.get(id).signed_reason for id in ids}
    assert reasons.pop(parked) == "nền tảng giữ hai bản"
    assert list(reasons.values()) == ["mất mạng"]


def test_only_the_lead_signs(lead, opened, players, parked, signed_in):
    technician = signed_in(Role.TECHNICIAN)
    assert "chưa ai ký" not in technician.get("/lead").text
    assert technician.act("/lead/sign", which=parked, reason="không").status_code == 403


def test_says_once_that_no_platform_is_set(lead, opened):
    text = lead.get("/lead").text
    assert text.count("Chưa đặt địa chỉ nền tảng") == 1
    assert "Chương trình gửi dữ liệu" not in text


def test_the_strip_says_what_keeps_the_doses(lead, opened, players, platform_set):
    assert "Chương trình gửi dữ liệu không chạy" in lead.get("/lead/strip").text
    forwarding.beat(now(), "")
    assert "Chương trình gửi" not in lead.get("/lead/strip").text
    dosed(players, players.huong)
    forwarding.beat(now(), "login_page")
    said = lead.get("/lead/strip").text
    assert "chưa gửi được, 1 mũi đang chờ" in said
    assert "Mạng này đòi đăng nhập" in said
    forwarding.beat(now(-1), "login_page")
    assert re.search(r"không chạy từ \d\d:\d\d: 1 mũi", lead.get("/lead/strip").text)


def test_nobody_misses_a_forwarder_that_has_nothing_to_do(lead, platform_set):
    assert "Chương trình gửi" not in lead.get("/lead/strip").text


def test_a_step_that_nobody_does_is_said_before_the_day_opens(signed_in, inside):
    lead = signed_in(Role.SITE_LEAD)
    assert "Chưa có bàn hay phòng nào" not in lead.get("/lead").text
    with writing():
        stations.get("observation-1").steps = []
    assert "làm bước này: Theo dõi sau tiêm" in lead.get("/lead").text


def test_a_tables_camera_that_is_lost_is_said_while_it_was_there_this_shift(signed_in, opened, players):
    lead = signed_in(Role.SITE_LEAD)
    assert "Bàn tiêm 1: không thấy" not in lead.get("/lead").text
    heartbeats.beat(players.table_camera, now(), "run-1", 8082, "lost", "none", False)
    assert "Bàn tiêm 1" in lead.get("/lead/strip").text


def test_a_hand_scanner_that_is_lost_is_said_until_it_is_back(signed_in, opened, players):
    lead = signed_in(Role.SITE_LEAD)
    heartbeats.beat(players.kiosk, now(), "run-1", 8081, "ready", "ready", False, "lost")
    assert "không thấy máy quét cầm tay" in lead.get("/lead/strip").text
    heartbeats.beat(players.kiosk, now(), "run-1", 8081, "ready", "ready", False, "ready")
    assert "máy quét cầm tay" not in lead.get("/lead/strip").text


def test_every_page_says_that_a_dose_needs_a_person(signed_in, platform_set, parked):
    assert "1 mũi hệ thống quốc gia chưa nhận được" in signed_in(Role.SITE_LEAD).get("/lead/strip").text


CLOSING = {"HX-Request": "true", "HX-Target": "closing-slip"}


def closing_slips(id):
    """The slips of a day's last closing, as they stand."""
    newest = find_closing(clinic_days.get(id))
    copies = print_jobs.list_copies(newest.about, SlipKind.CLOSING) if newest else []
    return [(job.station, job.copy, job.state) for job in copies]


def test_there_is_no_closing_slip_before_a_day_was_closed(lead, opened):
    text = lead.get("/lead").text
    assert "In ở Máy lấy số 1" not in text
    assert "Phiếu chốt buổi" not in text
    refused = lead.act(f"/lead/days/{opened}/slip", printer="kiosk-1")
    assert refused.status_code == 422
    assert "Kết thúc buổi tiêm trước" in refused.text
    assert lead.get(f"/lead/days/{opened}/report.pdf").status_code == 404
    assert closing_slips(opened) == []


def test_the_closing_slip_of_the_last_day_is_printed_once_and_then_again(lead, opened, players):
    lead.act("/lead/close")
    alone = lead.get("/lead", headers=CLOSING).text
    assert alone.lstrip().startswith('<section id="closing-slip"')
    again = html.unescape(re.search(r'hx-get="([^"]+)"', alone)[1])
    assert lead.get(again, headers=CLOSING).status_code == 204
    assert "In ở Máy lấy số 1" in alone
    same = key()
    for _ in range(2):
        answer = lead.post(f"/lead/days/{opened}/slip", data={"key": same, "printer": "kiosk-1"})
        assert (answer.status_code, answer.location) == (303, "/lead")
    assert closing_slips(opened) == [("kiosk-1", 1, "queued")]
    fresh = lead.get(again, headers=CLOSING)
    assert fresh.status_code == 200
    assert "Chờ in" in fresh.text
    assert "In ở Máy lấy số 1" not in fresh.text
    refused = lead.act(f"/lead/days/{opened}/slip", into="closing-slip", printer="kiosk-1")
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="closing-slip"')
    assert "phiếu này đã in rồi" in refused.text
    while (claimed := printing.claim_job(players.kiosk, now(), key(), "run-1")) is not None:
        printing.settle_job(players.kiosk, now(), key(), claimed, "printed", "")
    assert lead.act(f"/lead/days/{opened}/slip/reprint", into="closing-slip").status_code == 303
    assert closing_slips(opened) == [("kiosk-1", 1, "reprinted"), ("kiosk-1", 2, "queued")]


def test_the_closing_slip_is_also_there_while_the_next_half_is_open(lead, opened):
    lead.act("/lead/close")
    lead.act("/lead/open", half="afternoon")
    text = lead.get("/lead").text
    assert f"/lead/days/{opened}/slip" in text
    assert "Buổi sáng" in text


def test_the_report_of_a_closed_day_is_a_document(lead, opened, client, signed_in):
    lead.act("/lead/close")
    address = f"/lead/days/{opened}/report.pdf"
    answer = lead.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="YB-01-')
    assert signed_in(Role.TECHNICIAN).get(address).status_code == 200
    assert client.get(address).location.startswith("/sign-in")
    assert signed_in(Role.VOLUNTEER).get(address).status_code == 403
    assert lead.get(f"/lead/days/{key()}/report.pdf").status_code == 404


def test_who_does_not_see_the_day_does_not_print_it(lead, opened, client, signed_in):
    lead.act("/lead/close")
    client.get("/sign-in")
    for path in ("slip", "slip/reprint"):
        assert client.act(f"/lead/days/{opened}/{path}", printer="kiosk-1").location.startswith("/sign-in")
        observer = signed_in(Role.OBSERVER)
        observer.get("/")
        assert observer.act(f"/lead/days/{opened}/{path}", printer="kiosk-1").status_code == 403
    assert lead.act(f"/lead/days/{opened}/slip", printer="finish-1").status_code == 404
    assert lead.act(f"/lead/days/{key()}/slip", printer="kiosk-1").status_code == 404
    assert lead.act(f"/lead/days/{opened}/slip/reprint").status_code == 404
    assert closing_slips(opened) == []


QUEUE = {"HX-Request": "true", "HX-Target": "queue"}


def test_shows_how_the_queue_is_kept(lead, opened, players):
    receive(players, players.huong)
    pao = receive(players, players.pao)
    table.call_out_of_turn(players.screener, now(), key(), pao, "duty", "xe đang chờ")
    alone = lead.get("/lead", headers=QUEUE).text
    assert alone.lstrip().startswith('<section id="queue"')
    for words in ("Hàng Ưu tiên", "Hàng Thường", "Vượt lượt trên 100 lần gọi", "100,0", "Khu A đông nhất", "2/20"):
        assert words in alone
    page = lead.get(f"/lead/days/{opened}/queue").text
    for words in ("A 001", "Gọi ngoài lượt", "Phải quay lại nhiệm vụ chống dịch", "xe đang chờ", "Ưu tiên, 1 người"):
        assert words in page
    assert "Páo" not in page
    assert "Hường" not in page


def test_before_anybody_came_there_is_no_queue_to_show(lead, opened):
    assert re.search(r'<section id="queue"[^>]* hidden', lead.get("/lead").text)
    assert "Chưa có ai lấy số trong buổi này." in lead.get(f"/lead/days/{opened}/queue").text


def test_the_queue_is_counted_once_a_minute(lead, opened, players, monkeypatch):
    receive(players, players.huong)
    alone = lead.get("/lead", headers=QUEUE).text
    again = html.unescape(re.search(r'hx-get="([^"]*queue=[^"]*)"', alone)[1])
    answer = lead.get(again, headers=QUEUE)
    assert (answer.status_code, answer.text) == (204, "")
    table.call_next(players.screener, now(), key())
    db.session.rollback()
    assert lead.get(again, headers=QUEUE).status_code == 204
    monkeypatch.setattr(lead_queue_shown, "MINUTE", timedelta(0))
    anew = lead.get(again, headers=QUEUE)
    assert anew.status_code == 200
    assert "quy tắc 0,0" in anew.text


def test_a_closed_day_keeps_its_queue(lead, opened, players):
    receive(players, players.huong)
    db.session.rollback()
    assert lead.get("/lead", headers=QUEUE).status_code == 200
    assert lead.act("/lead/close", let_go="1").status_code == 303
    assert lead.get("/lead", headers=QUEUE).status_code == 204
    assert f'href="/lead/days/{opened}/queue"' in lead.get("/lead").text
    page = lead.get(f"/lead/days/{opened}/queue").text
    assert "Ưu tiên, 1 người" in page
    assert "Chưa có lần nào." in page
    assert f"/lead/days/{opened}/report.pdf" in page
    assert lead.get(f"/lead/days/{key()}/queue").status_code == 404


def test_the_queue_is_for_whoever_may_see_the_day(signed_in, opened):
    assert signed_in(Role.VOLUNTEER).get(f"/lead/days/{opened}/queue").status_code == 403
