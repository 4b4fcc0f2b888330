"""A table and its line: who waits, out of turn, held and back, elsewhere, undone; and a table that closes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from kiosk import protocols
from kiosk.actions import day, plan, queueing
from kiosk.actions import table as calls
from kiosk.rules.words import Role
from kiosk.store import audit, clinic_days, day_plans, queue_moves, stations, topics, visits
from kiosk.store.database import db, writing
from tests.cast import called, dosed, key, now, receive, screened
from tests.screen import Browser

TABLE, NEEDLE = "/table/screening-1", "/table/injection-1"
PARTS = ("here", "waiting-list", "moves", "out-of-turn")


@pytest.fixture
def table(signed_in):
    browser = signed_in(Role.SCREENER)
    browser.get(TABLE)
    return browser


@pytest.fixture
def three(inside, players, opened):
    """Hường and Dũng (U 001, U 002) and Páo (A 001) wait."""
    return receive(players, players.huong), receive(players, players.dung), receive(players, players.pao)


def part(browser, name, path=TABLE):
    """One part of the page, as htmx asks for it."""
    return browser.get(path, headers={"HX-Request": "true", "HX-Target": name})


def state(visit):
    db.session.rollback()
    return visits.get(visit).state


def long_ago(visit):
    """They were called longer ago than anybody walks."""
    with writing():
        visits.get(visit).called_at = now().at - timedelta(seconds=protocols.queue().answer_seconds + 1)


def buttons(text):
    """id, action and words of the four buttons for whoever was called, in the order of the page."""
    row = re.search(r'<div class="station-actions of-call">(.*?)</div>', text, re.S)[1]
    found = re.findall(r'action="([^"]+)".*?<button id="(\w+)" class="button (\w+).*?<span>(.*?)</span>', row, re.S)
    return [(id, action.rsplit("/", 1)[-1], kind, words) for action, id, kind, words in found]


def test_the_line_says_lanes_whose_turn_it_is_and_who_cannot_be_called(table, three):
    with writing():
        visits.get(three[2]).spot, visits.get(three[2]).inside = None, ""
        visits.get(three[1]).bound_for = "screening-1"
    text = part(table, "waiting-list").text
    assert "Tiếp theo:" in text
    assert re.search(r"Tiếp theo:.*?U 001.*?\(hàng ưu tiên\)", text, re.S)
    assert "chỉ bàn này" in text
    outside = text[text.index('class="outside"') :]
    assert "Ở ngoài, chưa có chỗ: 1" in outside
    assert "A 001" in outside
    assert "A 001" not in text[: text.index('class="outside"')]
    with writing():
        visits.get(three[1]).bound_for = "screening-2"
        topics.touch(topics.LINE)
    text = part(table, "waiting-list").text
    assert "U 002" not in text[: text.index("Đã chuyển sang bàn khác: 1")], "another table's"
    assert f"jump={three[1]}" in text, "it may stand empty"


def test_a_lane_that_the_protocol_has_no_more_is_named_as_the_last(table, three):
    with writing():
        for visit in three:
            visits.get(visit).lane = "a lane of before"
    assert re.search(r"Tiếp theo:.*?U 001.*?\(hàng thường\)", part(table, "waiting-list").text, re.S)


def test_when_all_stand_outside_it_says_so(table, three):
    with writing():
        for visit in three:
            visits.get(visit).spot, visits.get(visit).inside = None, ""
    assert "còn ở ngoài khu" in table.get(TABLE).text


def test_every_part_comes_alone_and_not_again_while_it_is_the_same(table, three):
    table.act(f"{TABLE}/call")
    for name in PARTS:
        text = part(table, name).text
        assert re.match(rf'<\w+ id="{name}"', text.lstrip()), name
        if 'hx-get="' in text and name != "out-of-turn":
            again = text.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
            assert part(table, name, again).status_code == 204, name


def test_the_buttons_keep_their_places_and_what_they_do_when_the_time_is_up(table, three):
    huong, dung, _ = three
    table.act(f"{TABLE}/call")
    early = buttons(table.get(TABLE).text)
    assert [(id, does) for id, does, _, _ in early] == [
        ("recall", "recall"), ("pass", "pass"), ("absent", "no-show"), ("receive", "receive"),
    ]  # fmt: skip
    assert [id for id, _, kind, _ in early if kind == "primary"] == ["receive"]
    same = part(table, "here").text.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert part(table, "here", same).status_code == 204
    refused = table.act(f"{TABLE}/visit/{huong}/call-instead", into="here")
    assert refused.status_code == 422
    assert "Chờ đủ 60 giây" in refused.text
    long_ago(huong)
    late = buttons(part(table, "here", same).text)
    assert [id for id, *_ in late] == [id for id, *_ in early], "each in its place"
    assert late[3][1] == "receive", "who comes now is never sent away by a finger that was on its way"
    assert late[2] == ("absent", "call-instead", "primary", "Vắng, gọi số tiếp theo")
    same = key()
    for _ in range(2):
        answer = table.post(f"{TABLE}/visit/{huong}/call-instead", data={"key": same})
        assert (answer.status_code, answer.location) == (303, TABLE)
    assert (state(huong), state(dung)) == ("waiting", "called")


def test_a_page_of_before_still_only_says_absent(table, three):
    huong, dung, _ = three
    table.act(f"{TABLE}/call")
    old = buttons(table.get(TABLE).text)[2][1]
    long_ago(huong)
    assert table.act(f"{TABLE}/visit/{huong}/{old}").status_code == 303
    assert (state(huong), state(dung)) == ("waiting", "waiting")


def test_who_is_not_ready_lets_the_next_go_first(table, three):
    table.act(f"{TABLE}/call")
    assert table.act(f"{TABLE}/visit/{three[0]}/pass", into="here").status_code == 303
    assert state(three[0]) == "waiting"
    assert "U 001 vừa nhường số sau" in part(table, "moves").text


def test_the_last_call_in_vain_says_what_becomes_of_them_and_how_they_come_back(table, players, opened):
    huong = receive(players, players.huong)
    for _ in range(protocols.queue().attempts):
        table.act(f"{TABLE}/call")
        text = table.get(TABLE).text
        table.act(f"{TABLE}/visit/{huong}/no-show")
    assert "Đây là lần gọi thứ 3" in text
    text = table.get(TABLE).text
    assert "U 001 vắng 3 lần, đã ra khỏi hàng" in text
    assert "Vắng 3 lần gọi" in text
    assert table.act(f"{TABLE}/visit/{huong}/resume", into="waiting-list").status_code == 303
    assert state(huong) == "waiting"
    refused = table.act(f"{TABLE}/visit/{huong}/resume", into="waiting-list")
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="waiting-list"')
    assert "người khác vừa bấm trước" in refused.text


def test_held_with_a_reason_and_back_again_from_another_table(table, signed_in, three):
    huong = three[0]
    table.act(f"{TABLE}/call")
    assert "Chuyển, tạm giữ…" in table.get(TABLE).text
    refused = table.act(f"{TABLE}/visit/{huong}/hold", into="moves", note="chờ con")
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="moves"')
    assert "Chọn một lý do trong danh sách" in refused.text
    assert 'value="chờ con"' in refused.text
    assert refused.text.count("<details") - refused.text.count('<details class="fold">') >= 2, "what was open stays"
    same = key()
    for _ in range(2):
        fields = {"key": same, "reason": "companion", "note": "chờ con"}
        answer = table.post(f"{TABLE}/visit/{huong}/hold", data=fields)
        assert (answer.status_code, answer.location) == (303, TABLE)
    assert state(huong) == "held"
    other = signed_in(Role.VACCINATOR)
    text = part(other, "waiting-list", "/table/screening-2").text
    assert "Chờ người đi cùng: chờ con" in text
    assert "Đã quay lại" in text
    assert other.act(f"/table/screening-2/visit/{huong}/resume").status_code == 303
    assert state(huong) == "waiting"


def test_sent_to_another_table_that_serves_the_step(table, three):
    huong = three[0]
    table.act(f"{TABLE}/call")
    text = part(table, "moves").text
    assert "Bàn khám 2" in text
    assert "Bàn tiêm" not in text
    unfit = table.act(f"{TABLE}/visit/{huong}/transfer", into="moves", to="injection-1", reason="closing")
    assert unfit.status_code == 422
    assert "Chọn bàn khác đang làm bước này" in unfit.text
    done = table.act(f"{TABLE}/visit/{huong}/transfer", into="moves", to="screening-2", reason="closing")
    assert done.status_code == 303
    assert visits.get(huong).bound_for == "screening-2"
    assert "Vừa chuyển U 001 sang Bàn khám 2" in table.get(TABLE).text


def test_back_to_the_doctor_only_from_a_later_step(table, signed_in, players, opened):
    receive(players, players.huong)
    table.act(f"{TABLE}/call")
    assert "Trả về bàn khám" not in table.get(TABLE).text
    visit = visits.find_at(opened, "screening-1").id
    calls.no_show(players.screener, now(), key(), visit)
    screened(players)
    nurse = signed_in(Role.VACCINATOR)
    nurse.act(f"{NEEDLE}/call")
    assert "Trả về bàn khám" in nurse.get(NEEDLE).text
    refused = nurse.act(f"{NEEDLE}/visit/{visit}/back", into="moves")
    assert refused.status_code == 422
    assert "Chọn một lý do" in refused.text
    assert nurse.act(f"{NEEDLE}/visit/{visit}/back", reason="unwell").status_code == 303
    assert (visits.get(visit).step, state(visit)) == ("screening", "waiting")


def test_after_the_needle_the_way_back_is_not_offered_and_refused(signed_in, players, opened):
    visit = dosed(players, players.huong)
    with writing():
        row = visits.get(visit)
        row.state, row.station = "at_table", "injection-1"
    nurse = signed_in(Role.VACCINATOR)
    assert "Trả về bàn khám" not in nurse.get(NEEDLE).text
    refused = nurse.act(f"{NEEDLE}/visit/{visit}/back", into="moves", reason="unwell")
    assert refused.status_code == 422
    assert "Mời người theo dõi sau tiêm xem" in refused.text


@pytest.mark.parametrize("hours", [3, -3])
def test_a_clock_that_jumps_offers_and_does_nothing_by_itself(table, three, hours):
    table.act(f"{TABLE}/call")
    with writing():
        visits.get(three[0]).called_at -= timedelta(hours=hours)
    text = table.get(TABLE).text
    assert buttons(text)[2][1] == "call-instead"
    assert ('data-since="0"' in text) == (hours < 0), "a call of the future has lasted no time"
    assert state(three[0]) == "called"
    assert table.act(f"{TABLE}/visit/{three[0]}/receive").status_code == 303
    assert state(three[0]) == "at_table"


def test_out_of_turn_with_a_reason_while_the_table_is_free(table, three):
    pao = three[2]
    text = part(table, "waiting-list").text
    assert f"?jump={pao}" in text
    assert "Gọi A 001 trước lượt" in table.get(f"{TABLE}?jump={pao}").text, "a page, without a script"
    assert "Gọi A 001 trước lượt" in part(table, "out-of-turn", f"{TABLE}?jump={pao}").text
    refused = table.act(f"{TABLE}/visit/{pao}/jump", into="out-of-turn", note="xe lăn")
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="out-of-turn"')
    assert 'value="xe lăn"' in refused.text
    assert "Chọn một lý do" in refused.text
    same = key()
    for _ in range(2):
        answer = table.post(f"{TABLE}/visit/{pao}/jump", data={"key": same, "reason": "frail", "note": "xe lăn"})
        assert (answer.status_code, answer.location) == (303, TABLE)
    assert state(pao) == "called"
    assert queue_moves.find_last(pao).note == "xe lăn"
    busy = part(table, "waiting-list").text
    assert "jump=" not in busy, "not while somebody is here"
    refused = table.act(f"{TABLE}/visit/{three[0]}/jump", reason="frail")
    assert refused.status_code == 422
    assert "bàn này đã có người" in refused.text


@pytest.mark.parametrize("asked", ["nobody", "", "00000000-0000-4000-8000-000000000000"])
def test_a_strange_number_opens_no_question(table, three, asked):
    assert "trước lượt" not in table.get(f"{TABLE}?jump={asked}").text


def test_not_inside_or_for_another_step_is_said(table, three):
    huong, dung, _ = three
    with writing():
        visits.get(huong).spot, visits.get(huong).inside = None, ""
        visits.get(dung).step = "injection"
    for visit, sentence in ((huong, "số còn ở ngoài khu chờ"), (dung, "Để bàn khác gọi số này")):
        refused = table.act(f"{TABLE}/visit/{visit}/jump", into="out-of-turn", reason="frail")
        assert refused.status_code == 422
        assert sentence in refused.text


def test_an_observer_may_call_but_not_out_of_turn(signed_in, three):
    watcher = signed_in(Role.OBSERVER)
    assert "jump=" not in watcher.get(TABLE).text
    assert watcher.act(f"{TABLE}/visit/{three[2]}/jump", reason="frail").status_code == 403
    assert state(three[2]) == "waiting"


def test_the_last_move_is_undone_while_nobody_went_on(table, players, three):
    table.act(f"{TABLE}/call")
    text = part(table, "moves").text
    assert "Vừa gọi U 001" in text
    undo = re.search(r'action="(/table/screening-1/move/[^"]+/undo)"', text)[1]
    assert table.act(undo, into="moves").status_code == 303
    assert state(three[0]) == "waiting"
    assert "Hoàn tác" not in part(table, "moves").text
    again = table.act(undo, into="moves")
    assert again.status_code == 422
    assert "người khác chuyển" in again.text
    assert audit.count_of("visit.move_undone", three[0]) == 1
    assert table.act(f"{TABLE}/move/nothing/undo").status_code == 404


def test_undo_is_offered_for_some_minutes_and_not_after_they_came(table, three):
    table.act(f"{TABLE}/call")
    move = queue_moves.find_last(three[0])
    with writing():
        queue_moves.get(move.id).at -= timedelta(minutes=queueing.UNDO_MINUTES + 1)
    assert "Hoàn tác" not in part(table, "moves").text
    table.act(f"{TABLE}/visit/{three[0]}/receive")
    assert "Hoàn tác" not in part(table, "moves").text


def test_a_fold_does_not_close_while_nothing_changes_for_whoever_is_here(table, players, three):
    table.act(f"{TABLE}/call")
    url = part(table, "moves").text.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    long_ago(three[0])
    calls.call_next(players.other_screener, now(), key())
    assert part(table, "moves", url).status_code == 204


def test_by_hand_without_a_script(browser, players, three):
    hands: Browser = browser("screener")
    screen = hands.tap(hands.open(TABLE), "Gọi số tiếp theo 1")
    assert "U 001" in screen.text
    hands.tick(screen, "Đi vệ sinh")
    screen = hands.tap(screen, "Tạm giữ")
    assert "Vừa tạm giữ U 001" in screen.text
    screen = hands.tap(screen, "Đã quay lại")
    assert "U 001 vừa quay lại hàng" in screen.text
    screen = hands.tap(screen, "Hoàn tác")
    assert state(three[0]) == "held"


def test_the_routes_are_for_tables_and_their_staff(client, table, signed_in, three):
    for act in ("jump", "hold", "resume", "transfer", "back"):
        assert table.act(f"/table/desk-1/visit/{three[0]}/{act}").status_code == 404
        assert signed_in(Role.TECHNICIAN).act(f"{TABLE}/visit/{three[0]}/{act}").status_code == 403
    assert state(three[0]) == "waiting"


def test_a_table_that_closes_says_whom_it_lost_and_the_next_one_calls_them(signed_in, players, table):
    made = plan.make_plan(players.lead, now(), key(), now().on, "morning")
    day.open_day(players.lead, now(), key(), "morning")
    huong = receive(players, players.huong)
    called(players.screener)
    lead = signed_in(Role.SITE_LEAD)
    lead.get("/plan")
    fields = {f"steps-{row.code}": row.steps for row in stations.list_() if row.steps and row.code != "screening-1"}
    seen = day_plans.get(made).seen
    answer = lead.act(f"/plan/{made}/stations", seen=seen, **fields)
    assert answer.status_code == 303, answer.text[:2000]
    assert state(huong) == "waiting"
    page = table.get(TABLE)
    assert page.status_code == 200
    assert "Số U 001 đã được đưa về đầu hàng chờ" in page.text
    assert "Bàn này hiện không phụ trách bước nào" in page.text
    assert table.act(f"{TABLE}/visit/{huong}/finish").status_code == 422
    other = signed_in(Role.VACCINATOR)
    other.act("/table/screening-2/call")
    assert visits.find_at(clinic_days.find_open().id, "screening-2").id == huong
