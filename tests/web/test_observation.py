"""The observation room's page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from kiosk.actions import help_calls, observation, site
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import HelpReason, Role
from kiosk.store import audit, observations, visits
from kiosk.store import help_calls as calls
from kiosk.store.database import writing
from tests.cast import dosed, key, now, receive
from tests.clock import CLOCK

PAGE = "/observation/observation-1"
HTMX = {"HX-Request": "true", "HX-Target": "room"}


@pytest.fixture
def room(signed_in):
    browser = signed_in(Role.OBSERVER)
    browser.get(PAGE)
    return browser


def rows(text):
    """Each person's row, first first."""
    return re.findall(r'<li class="sitting.*?</li>', text, flags=re.S)


def over(players, person):
    """Somebody whose half hour is over; the visit's id."""
    return dosed(players, person, now(-31))


def test_opens_for_those_who_watch_and_only_for_rooms(client, room, signed_in):
    assert client.get(PAGE).location.startswith("/sign-in")
    assert room.get(PAGE).status_code == 200
    for role in (Role.VOLUNTEER, Role.TECHNICIAN):
        assert signed_in(role).get(PAGE).status_code == 403
    for other in ("injection-1", "desk-1", "kiosk-1", "nowhere"):
        assert room.get(f"/observation/{other}").status_code == 404


def test_an_empty_room_and_a_day_that_is_not_open_say_so(room, players):
    assert "Chưa mở buổi tiêm" in room.get(PAGE).text


def test_nobody_sits_here_yet(room, opened):
    assert "Chưa có ai ngồi theo dõi" in room.get(PAGE).text


def test_a_row_says_seat_number_times_and_minutes_and_masks_the_name(room, opened, players):
    visit = dosed(players, players.huong, now(-10.5))
    begun = CLOCK.local(observations.get(visit).begun_at)
    until = begun + timedelta(minutes=30)
    row = rows(room.get(PAGE).text)[0]
    assert "Ghế 1" in row
    assert "U 001" in row
    assert "Nguyễn Thị H•••" in row
    assert "Hường" not in row
    assert f"Tiêm {begun:%H:%M} · đến {until:%H:%M}" in row
    assert "còn 20 phút" in row
    assert "button primary" not in row


def test_whose_time_is_over_comes_first_and_has_the_filled_button(room, opened, players):
    dosed(players, players.pao, now(-10))
    over(players, players.huong)
    first, second = rows(room.get(PAGE).text)
    assert "U 001" in first
    assert "Được về" in first
    assert "button primary" in first
    assert "early=" not in first
    assert "A 001" in second
    assert "button primary" not in second
    assert "early=" in second


def test_whoever_is_released_is_gone_from_the_page(room, opened, players):
    visit = over(players, players.huong)
    same = key()
    for _ in range(2):
        answer = room.post(f"{PAGE}/visit/{visit}/release", data={"key": same})
        assert (answer.status_code, answer.location) == (303, PAGE)
    assert "U 001" not in room.get(PAGE).text
    assert (visits.get(visit).step, visits.get(visit).state) == ("finish", "waiting")


def test_too_early_is_refused_beside_the_field_and_a_reason_lets_them_go(room, opened, players):
    visit = dosed(players, players.huong)
    form = room.get(re.search(r'href="([^"]+early=[^"]+)"', room.get(PAGE).text)[1]).text
    assert "Cho U 001 về sớm" in form
    assert "Còn 30 phút" in form
    answer = room.act(f"{PAGE}/visit/{visit}/release", reason=" ")
    assert answer.status_code == 422
    assert 'id="reason-refusal"' in answer.text
    assert "Chờ thêm 30 phút" in answer.text
    assert "Hường" not in answer.text
    assert room.act(f"{PAGE}/visit/{visit}/release", reason="bác sĩ đồng ý").status_code == 303
    assert observations.get(visit).reason == "bác sĩ đồng ý"
    assert 'id="early"' not in room.get(f"{PAGE}?early={visit}").text, "they have gone"


def test_what_a_colleague_did_first_is_said(room, opened, players):
    visit = over(players, players.huong)
    observation.release(players.observer, now(), key(), visit, "")
    for act in ("release", "unwell"):
        answer = room.act(f"{PAGE}/visit/{visit}/{act}", into="room")
        assert answer.status_code == 422
        assert answer.text.lstrip().startswith('<section id="room"')
        assert "người khác vừa bấm trước" in answer.text


def test_a_look_opens_the_name_for_this_session_alone(room, signed_in, opened, players):
    visit = dosed(players, players.huong)
    before = audit.count()
    assert room.act(f"{PAGE}/visit/{visit}/look").status_code == 303
    assert audit.count() == before + 1
    text = room.get(PAGE).text
    assert "Nguyễn Thị Hường" in text
    assert "12/05/1958" in text
    assert "015158" not in text
    assert "Hường" not in signed_in(Role.SITE_LEAD).get(PAGE).text


def test_nobody_is_looked_at_who_does_not_sit_here(room, opened, players):
    waiting = receive(players, players.pao)
    assert room.act(f"{PAGE}/visit/{waiting}/look").status_code == 404
    elsewhere = dosed(players, players.huong)
    with writing():
        observations.get(elsewhere).station = "observation-9"
    for act in ("look", "release", "unwell"):
        assert room.act(f"{PAGE}/visit/{elsewhere}/{act}").status_code == 404
    assert room.get(f"{PAGE}?early={elsewhere}").status_code == 404


def test_help_is_called_and_the_page_says_who_is_coming(room, signed_in, opened, players):
    visit = dosed(players, players.huong)
    answer = room.act(f"{PAGE}/visit/{visit}/unwell")
    call = calls.list_open()[0]
    assert (answer.status_code, answer.location) == (303, f"{PAGE}?call={call.id}")
    text = room.get(answer.location).text
    assert "Đã gọi hỗ trợ đến ghế 1 (U 001)" in text
    assert "chưa ai nhận" in text
    assert f"/visit/{visit}/unwell" not in text, "one call is enough"
    assert "Đã gọi hỗ trợ lúc" in rows(signed_in(Role.SITE_LEAD).get(PAGE).text)[0], "colleagues see it too"
    help_calls.take_help(players.volunteer, now(), key(), call.id)
    text = room.get(answer.location).text
    assert "Đã gọi hỗ trợ lúc" in rows(text)[0], "whoever was unwell stays marked until they go"
    assert "Trần Thị Mai đang đến ghế 1 (U 001)" in text
    assert f"/visit/{visit}/unwell" in text


def test_every_staff_page_says_that_somebody_is_unwell_until_somebody_comes(room, signed_in, opened, players):
    visit = dosed(players, players.huong)
    doctor = signed_in(Role.SCREENER)
    assert "không khỏe sau tiêm" not in doctor.get("/table/screening-1/strip").text
    room.act(f"{PAGE}/visit/{visit}/unwell")
    said = doctor.get("/table/screening-1/strip").text
    assert "Phòng theo dõi, ghế 1: có người không khỏe sau tiêm" in said
    assert "Hường" not in said
    help_calls.take_help(players.volunteer, now(), key(), calls.list_open()[0].id)
    assert "không khỏe sau tiêm" not in doctor.get("/table/screening-1/strip").text


def test_the_desk_hears_which_seat(room, signed_in, opened, players):
    visit = dosed(players, players.huong)
    room.act(f"{PAGE}/visit/{visit}/unwell")
    text = signed_in(Role.VOLUNTEER).get("/desk/desk-1").text
    assert "Phòng theo dõi" in text
    assert "Ghế 1: không khỏe sau tiêm" in text


def test_another_stations_call_is_nothing_of_this_room(room, opened, players):
    call = help_calls.call_help(players.kiosk, now(), key(), HelpReason.ASKED)
    assert "Đã gọi hỗ trợ" not in room.get(f"{PAGE}?call={call}").text


def test_the_partial_comes_alone_and_says_nothing_until_something_changes(room, opened, players):
    visit = dosed(players, players.huong, now(-10.5))
    partial = room.get(PAGE, headers=HTMX).text
    assert partial.lstrip().startswith('<section id="room"')
    again = re.search(r'hx-get="([^"]+)"', partial)[1].replace("&amp;", "&")
    assert room.get(again, headers=HTMX).status_code == 204
    with writing():
        row = observations.get(visit)
        row.begun_at = now(-11.5).at
    assert "còn 19 phút" in room.get(again, headers=HTMX).text, "a minute has passed"


def test_a_room_that_is_gone_stays_up_while_somebody_sits_there(room, opened, players, settings):
    visit = over(players, players.huong)
    left = [(row, row.name.vi, row.name.en) for row in settings.stations if row.code != "observation-1"]
    site.set_up(OPERATOR, now(), key(), "YB-01", "x", "demo", left)
    assert len(rows(room.get(PAGE).text)) == 1
    assert room.act(f"{PAGE}/visit/{visit}/release").status_code == 303
    assert room.get(PAGE).status_code == 404


def test_the_page_speaks_english(room, opened, players):
    dosed(players, players.huong, now(-29.5))
    over(players, players.pao)
    room.act("/language", language="en", back=PAGE)
    text = room.get(PAGE).text
    assert "1 minute left" in text
    assert "2 people are sitting here" in text
    assert "May go" in text


def test_the_board_says_nothing_of_those_who_sit(client, opened, players):
    dosed(players, players.huong)
    text = client.get("/board").text
    assert "Phòng theo dõi" not in text
    assert "data-call" not in text, "the table's last number stands there; nobody is called"


def test_the_table_hears_for_two_minutes_where_to_send_them(signed_in, opened, players):
    table = signed_in(Role.VACCINATOR)
    dosed(players, players.huong, now(-2.5))
    assert "U 001 →" not in table.get("/table/injection-1").text
    visit = dosed(players, players.pao, now(-1))
    until = CLOCK.local(observations.get(visit).begun_at) + timedelta(minutes=30)
    assert f"A 001 → Phòng theo dõi, ghế 2, đến {until:%H:%M}" in table.get("/table/injection-1").text
    assert "A 001 →" not in table.get("/table/injection-2").text
