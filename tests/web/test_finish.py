"""The finish desk: what the platform says, the slip, and letting people go."""

from __future__ import annotations

import re

import pytest

from kiosk.actions import forwarding, observation, printing, screening, table
from kiosk.rules.words import MessageState, PrintState, Role, SlipKind
from kiosk.store import clinic_days, departures, doses, outbox, print_jobs, visits
from kiosk.store.database import writing
from tests.cast import called, dose_of, dosed, key, now, receive

PAGE = "/table/finish-1"
PROOF = {"HX-Request": "true", "HX-Target": "proof"}


@pytest.fixture
def desk(signed_in):
    browser = signed_in(Role.VOLUNTEER)
    browser.get(PAGE)
    return browser


def seated(browser, players, person):
    """Somebody has had their dose and their half hour, and comes to this browser's finish desk; the visit's id."""
    visit = dosed(players, person, now(-31))
    observation.release(players.observer, now(), key(), visit, "")
    return take(browser)


def take(browser):
    """This browser calls whoever waits, and they come; the visit's id."""
    browser.act(f"{PAGE}/call")
    visit = visits.find_at(clinic_days.find_open().id, "finish-1")
    assert browser.act(f"{PAGE}/visit/{visit.id}/receive").status_code == 303
    return visit.id


@pytest.fixture
def here(desk, opened, players):
    """Hường sits at this browser's finish desk."""
    return seated(desk, players, players.huong)


def turned_away(browser, players, conclusion="deferred", note="hẹn sau hai tuần"):
    """Páo saw the doctor, got no injection, and comes to this browser's finish desk."""
    visit = receive(players, players.pao)
    called(players.screener)
    vitals = {"temperature": "36,8"}
    screening.conclude(players.screener, now(), key(), visit, [], True, vitals, [], conclusion, note)
    return take(browser)


def message_of(visit):
    """The message of the visit's dose."""
    return outbox.find_of(doses.find(visit).id)


def test_the_dose_is_shown_and_only_to_whoever_opened_the_person(desk, here, signed_in):
    text = desk.get(PAGE).text
    for fact in ("Nguyễn Thị Hường", "AstraZeneca", "lô NK0191", "mũi tiếp theo từ", "theo dõi đến"):
        assert fact in text
    assert "015158" not in text
    other = signed_in(Role.SITE_LEAD)
    assert "AstraZeneca" not in other.get(PAGE).text
    assert other.get(f"{PAGE}/visit/{here}/proof").status_code == 404
    assert other.act(f"{PAGE}/visit/{here}/slip").status_code == 404


def test_technicians_and_other_stations_have_no_business_here(client, desk, here, signed_in):
    assert client.get(f"{PAGE}/visit/{here}/proof").location.startswith("/sign-in")
    assert signed_in(Role.TECHNICIAN).get(f"{PAGE}/visit/{here}/proof").status_code == 403
    assert desk.get(f"/table/screening-1/visit/{here}/proof").status_code == 404
    assert desk.get(f"/table/desk-1/visit/{here}/proof").status_code == 404


def test_every_state_of_the_message_is_said_in_words_and_colour(desk, here):
    for state, kind, words in (
        (MessageState.WAITING, "wait", "Đang chờ gửi"),
        (MessageState.SENDING, "wait", "Đang gửi"),
        (MessageState.PARKED, "look", "cần người xem"),
    ):
        with writing():
            message_of(here).state = state
        notice = re.search(
            r'<div class="notice (\w+)".*?</div></div>', desk.get(f"{PAGE}/visit/{here}/proof").text, re.S
        )
        assert notice[1] == kind
        assert words in notice[0]


def test_the_receipt_appears_while_the_person_stands_there(desk, here):
    alone = desk.get(f"{PAGE}/visit/{here}/proof", headers=PROOF).text
    assert alone.lstrip().startswith('<section id="proof"')
    again = re.search(r'hx-get="([^"]+)"', alone)[1].replace("&amp;", "&")
    assert desk.get(again, headers=PROOF).status_code == 204
    forwarding.acknowledge(
        forwarding.FORWARDER, now(), key(), message_of(here).id, "https://platform", "Immunization/12", "1", "0" * 64
    )
    fresh = desk.get(again, headers=PROOF).text
    assert "Hệ thống quốc gia đã nhận lúc" in fresh
    assert "biên nhận Immunization/12" in fresh
    assert "notice right" in fresh


def test_an_answer_of_the_platform_does_not_undo_what_was_ticked(desk, here):
    """The form is asked for again only when another form is due."""
    headers = {"HX-Request": "true", "HX-Target": "here"}
    again = re.search(r'id="here"[^>]*hx-get="([^"]+)"', desk.get(PAGE).text)[1].replace("&amp;", "&")
    assert desk.get(again, headers=headers).status_code == 204
    with writing():
        message_of(here).state = MessageState.SENDING
    desk.act(f"{PAGE}/visit/{here}/slip")
    assert desk.get(again, headers=headers).status_code == 204


def test_the_slip_is_printed_once_and_then_printed_again(desk, here):
    same = key()
    for _ in range(2):
        assert desk.post(f"{PAGE}/visit/{here}/slip", data={"key": same}).location == PAGE
    assert [job.slip for job in print_jobs.list_of(here)] == [SlipKind.TICKET, SlipKind.PROVISIONAL]
    text = desk.get(PAGE).text
    assert "In phiếu tiêm tạm" not in text
    assert "Phiếu tiêm tạm" in text
    assert "Chờ in" in text
    refused = desk.act(f"{PAGE}/visit/{here}/slip", into="proof")
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="proof"')
    assert "phiếu này đã in rồi" in refused.text
    whole = desk.act(f"{PAGE}/visit/{here}/slip")
    assert whole.status_code == 422
    assert "phiếu này đã in rồi" in whole.text
    answer = desk.act(f"{PAGE}/visit/{here}/slip/reprint", into="proof")
    assert answer.location == f"{PAGE}/visit/{here}/proof"
    assert [job.copy for job in print_jobs.list_copies(dose_of(here), SlipKind.PROVISIONAL)] == [1, 2]
    assert [job.copy for job in print_jobs.list_copies(here, SlipKind.TICKET)] == [1]


def test_a_doubtful_slip_is_confirmed_at_the_desk_that_printed_it(desk, here, players):
    desk.act(f"{PAGE}/visit/{here}/slip")
    job = print_jobs.find_newest(dose_of(here), SlipKind.PROVISIONAL).id
    ticket = print_jobs.find_newest(here, SlipKind.TICKET).id
    while (claimed := printing.claim_job(players.kiosk, now(), key(), "run-1")) is not None:
        printing.settle_job(players.kiosk, now(), key(), claimed, PrintState.DOUBTFUL, "no_answer", False)
    assert f"/slip/{job}/seen" in desk.get(PAGE).text
    other = receive(players, players.pao)
    assert (
        desk.act(f"{PAGE}/visit/{here}/slip/{print_jobs.find_newest(other, SlipKind.TICKET).id}/seen").status_code
        == 404
    )
    assert desk.act(f"{PAGE}/visit/{here}/slip/{job}/seen", into="proof").status_code == 303
    assert (print_jobs.get(job).state, print_jobs.get(ticket).state) == ("printed", "doubtful")


def test_whoever_had_no_dose_hears_why_and_gets_no_slip(desk, opened, players):
    visit = turned_away(desk, players)
    text = desk.get(PAGE).text
    assert "Hôm nay không tiêm" in text
    assert "Trì hoãn tiêm chủng · hẹn sau hai tuần" in text
    assert "In phiếu tiêm tạm" not in text
    assert 'name="seen" value="no_dose"' in text
    assert "In phiếu kết luận khám" in text
    for path in ("slip", "slip/reprint", "deferral/reprint"):
        assert desk.act(f"{PAGE}/visit/{visit}/{path}").status_code == 404
    assert desk.get(f"{PAGE}/visit/{visit}/proof").status_code == 404
    assert desk.act(f"{PAGE}/visit/{visit}/departure", seen="no_dose").status_code == 303
    assert departures.find(visit).seen == "no_dose"


def test_a_step_that_was_left_out_is_said_with_its_reason(desk, opened, players):
    visit = receive(players, players.pao)
    called(players.screener)
    screening.conclude(
        players.screener, now(), key(), visit, [], True, {"temperature": "36,8"}, [], "cleared", ""
    )  # fmt: skip
    called(players.vaccinator)
    table.skip(players.vaccinator, now(), key(), visit, "no_vaccine", "hẹn ngày mai")
    take(desk)
    assert "Hết vắc xin · hẹn ngày mai" in desk.get(PAGE).text


def test_whether_the_dose_was_seen_must_be_chosen_and_nothing_is_preselected(desk, here):
    text = desk.get(PAGE).text
    assert text.count('type="radio" name="seen"') == 3
    assert not re.search(r'name="seen"[^>]*checked', text)
    for into in ("", "here"):
        answer = desk.act(f"{PAGE}/visit/{here}/departure", into=into)
        assert answer.status_code == 422
        assert 'id="seen-refusal"' in answer.text
    assert visits.get(here).state == "at_table"
    assert "Gọi số tiếp theo" not in desk.get(PAGE).text


def test_whoever_has_just_gone_is_no_error_to_a_page_that_still_asks(desk, here):
    desk.act(f"{PAGE}/visit/{here}/slip")
    desk.act(f"{PAGE}/visit/{here}/departure", seen="yes")
    assert desk.get(f"{PAGE}/visit/{here}/proof", headers=PROOF).status_code == 204
    assert desk.act(f"{PAGE}/visit/{here}/slip/reprint").status_code == 404
    assert len(print_jobs.list_copies(dose_of(here), SlipKind.PROVISIONAL)) == 1


@pytest.mark.parametrize("seen", ["yes", "not_yet", "no_phone"])
def test_whoever_is_discharged_is_gone_from_the_page(desk, here, seen):
    same = key()
    for _ in range(2):
        answer = desk.post(f"{PAGE}/visit/{here}/departure", data={"key": same, "seen": seen})
        assert (answer.status_code, answer.location) == (303, PAGE)
    text = desk.get(PAGE).text
    assert "U 001" not in text
    assert "Hường" not in text
    assert (visits.get(here).state, departures.find(here).seen) == ("left", seen)


def test_the_desk_speaks_english(desk, here):
    desk.act("/language", language="en", back=PAGE)
    text = desk.get(PAGE).text
    for words in ("next dose from", "Waiting to be sent", "Print the provisional slip", "Is the injection seen in"):
        assert words in text


def test_the_desk_of_volunteers_names_each_kind_of_slip(desk, signed_in, here, players):
    desk.act(f"{PAGE}/visit/{here}/slip")
    volunteers = signed_in(Role.VOLUNTEER)
    volunteers.act(f"/desk/desk-1/open/{players.huong}")
    text = volunteers.get(f"/desk/desk-1/person/{players.huong}").text
    assert re.findall(r'name="slip" value="(\w+)"', text) == [SlipKind.TICKET, SlipKind.PROVISIONAL]
    volunteers.act(f"/desk/desk-1/papers/{dose_of(here)}/reprint", slip=SlipKind.PROVISIONAL, person=players.huong)
    assert [job.slip for job in print_jobs.list_of(here)] == [
        SlipKind.TICKET,
        SlipKind.PROVISIONAL,
        SlipKind.PROVISIONAL,
    ]
    text = volunteers.get(f"/desk/desk-1/person/{players.huong}").text
    assert "Phiếu tiêm tạm · In lại lần 1" in " ".join(text.split())
    assert re.findall(r'name="slip" value="(\w+)"', text) == [SlipKind.TICKET, SlipKind.PROVISIONAL], (
        "only the newest of each kind"
    )


DEFERRAL = {"HX-Request": "true", "HX-Target": "deferral"}


def test_whoever_was_turned_away_gets_a_slip_that_says_why_once(desk, opened, players):
    visit, same = turned_away(desk, players), key()
    for _ in range(2):
        assert desk.post(f"{PAGE}/visit/{visit}/deferral", data={"key": same}).location == PAGE
    (job,) = print_jobs.list_copies(visit, SlipKind.DEFERRAL)
    assert "hẹn sau hai tuần" in str(job.blocks)
    text = desk.get(PAGE).text
    assert "In phiếu kết luận khám" not in text
    assert "Chờ in" in text
    refused = desk.act(f"{PAGE}/visit/{visit}/deferral", into="deferral")
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="deferral"')
    assert "phiếu này đã in rồi" in refused.text
    assert desk.act(f"{PAGE}/visit/{visit}/deferral").status_code == 422
    answer = desk.act(f"{PAGE}/visit/{visit}/deferral/reprint", into="deferral")
    assert answer.location == f"{PAGE}/visit/{visit}/deferral"
    assert [job.copy for job in print_jobs.list_copies(visit, SlipKind.DEFERRAL)] == [1, 2]


def test_the_deferral_slip_follows_its_paper_and_is_nobody_elses(client, desk, opened, players, signed_in):
    visit = turned_away(desk, players)
    address = f"{PAGE}/visit/{visit}/deferral"
    assert client.get(address).location.startswith("/sign-in")
    assert signed_in(Role.TECHNICIAN).get(address).status_code == 403
    other = signed_in(Role.SITE_LEAD)
    assert other.get(address).status_code == 404
    other.get("/lead")
    assert other.act(address).status_code == 404
    alone = desk.get(address, headers=DEFERRAL).text
    assert alone.lstrip().startswith('<section id="deferral"')
    again = re.search(r'hx-get="([^"]+)"', alone)[1].replace("&amp;", "&")
    assert desk.get(again, headers=DEFERRAL).status_code == 204
    desk.act(address)
    assert desk.get(again, headers=DEFERRAL).status_code == 200
    job = print_jobs.find_newest(visit, SlipKind.DEFERRAL).id
    while (claimed := printing.claim_job(players.kiosk, now(), key(), "run-1")) is not None:
        printing.settle_job(players.kiosk, now(), key(), claimed, PrintState.DOUBTFUL, "no_answer")
    assert f"/slip/{job}/seen" in desk.get(address, headers=DEFERRAL).text
    assert desk.act(f"{PAGE}/visit/{visit}/slip/{job}/seen", into="deferral").location == address
    assert print_jobs.get(job).state == "printed"


def test_whoever_had_a_dose_has_no_deferral_slip(desk, here):
    assert desk.get(f"{PAGE}/visit/{here}/deferral").status_code == 404
    assert desk.act(f"{PAGE}/visit/{here}/deferral").status_code == 404
    assert 'id="deferral"' not in desk.get(PAGE).text
