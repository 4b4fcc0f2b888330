"""The page of what is still to be put right: masked, opened by a look that is in the audit, closed, exported."""

from __future__ import annotations

import io
from datetime import timedelta
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from kiosk import wording
from kiosk.actions import follow_up
from kiosk.rules.person import Identity
from kiosk.rules.words import FollowUpKind, Role, Sex
from kiosk.store import audit, follow_ups, people, visits
from kiosk.store.database import db, writing
from tests.cast import key, now, receive

PAGE = "/follow-up"


@pytest.fixture
def volunteer(signed_in):
    browser = signed_in(Role.VOLUNTEER)
    browser.get(PAGE)
    return browser


@pytest.fixture
def lead(signed_in):
    return signed_in(Role.SITE_LEAD)


@pytest.fixture
def noted(players):
    """Something is to be put right; its id."""

    def note(person_id, kind=FollowUpKind.NO_NUMBER, reason="card_lost"):
        with writing():
            return follow_up.note(players.volunteer, now(), person_id, None, kind, reason, "ghi ở bàn tiêm").id

    return note


def test_it_stands_on_the_home_page_of_whoever_tends_it(signed_in):
    for role, there in ((Role.VOLUNTEER, True), (Role.SITE_LEAD, True), (Role.VACCINATOR, False)):
        assert ("Việc cần bổ sung" in signed_in(role).get("/").text) is there
    nurse = signed_in(Role.VACCINATOR)
    assert nurse.get(PAGE).status_code == 403


def test_nothing_to_do(volunteer):
    assert "Không còn việc nào." in volunteer.get(PAGE).text


def test_the_list_is_masked_and_counted_by_kind(volunteer, noted, players):
    noted(players.dung)
    noted(players.huong, FollowUpKind.RECOVERED, "listed")
    text = volunteer.get(PAGE).text
    assert "Lò Văn D•••" in text
    assert "Mất thẻ, hoặc đang chờ cấp thẻ" in text
    assert 'aria-label="Mở · Lò Văn D••• ' in text
    assert "Dũng" not in text
    other = volunteer.get(f"{PAGE}?kind=recovered").text
    assert "Nguyễn Thị H•••" in other
    assert "Theo danh sách tiêm" in other
    assert volunteer.get(f"{PAGE}?kind=shoes&page=-4").status_code == 200


def test_the_lead_finds_the_page(signed_in):
    assert f'href="{PAGE}"' in signed_in(Role.SITE_LEAD).get("/lead").text
    assert f'href="{PAGE}"' not in signed_in(Role.TECHNICIAN).get("/lead").text


def test_the_first_kind_that_has_anything_opens(volunteer, noted, players):
    noted(players.huong, FollowUpKind.RECOVERED, "said")
    assert "Nguyễn Thị H•••" in volunteer.get(PAGE).text


def test_the_oldest_come_first_and_fifty_a_page(volunteer, players):
    with writing():
        for n in range(60):
            who = people.add(Identity(f"Người Thứ {chr(65 + n % 26)}{chr(97 + n // 26)}", "", "", None, 1970, Sex.MALE))
            row = follow_up.note(players.volunteer, now(), who.id, None, FollowUpKind.NO_NUMBER, "other")
            row.at = now().at - timedelta(minutes=60 - n)
    first, second = volunteer.get(PAGE).text, volunteer.get(f"{PAGE}?page=2").text
    assert (first.count("/open"), second.count("/open")) == (50, 10)


def test_one_is_named_only_for_whoever_has_opened_it(volunteer, noted, players, signed_in):
    id = noted(players.dung)
    assert volunteer.get(f"{PAGE}/{id}").status_code == 404
    opened = volunteer.act(f"{PAGE}/{id}/open")
    assert (opened.status_code, opened.location) == (303, f"{PAGE}/{id}")
    text = volunteer.get(f"{PAGE}/{id}").text
    for words in ("Lò Văn Dũng", "Xã Bản Công", "Mất thẻ", "ghi ở bàn tiêm", "Trần Thị Mai"):
        assert words in text
    assert audit.find_last("person.viewed", players.dung)
    assert signed_in(Role.SITE_LEAD).get(f"{PAGE}/{id}").status_code == 404
    assert signed_in(Role.VOLUNTEER).act(f"{PAGE}/{id}/close", note="x").status_code == 404


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("closing_note_missing", {"note": " "}),
        ("number_paper_missing", {"number": "015047000321"}),
        ("number_odd", {"number": "1234", "paper": "notice"}),
        ("number_zero_lost", {"number": "15047000321", "paper": "notice"}),
        ("number_of_another", {"number": "015158004187", "paper": "notice"}),
        ("number_unlikely", {"number": "015147000321", "paper": "notice"}),
    ],
)
def test_every_refusal_is_a_sentence_beside_its_field(volunteer, noted, players, code, said, language):
    volunteer.post("/language", data={"language": language})
    id = noted(players.dung)
    volunteer.act(f"{PAGE}/{id}/open")
    answer = volunteer.act(f"{PAGE}/{id}/close", **said)
    assert answer.status_code == 422
    sentence = wording.say(f"refusal.{code}", language, digits=4 if code == "number_odd" else 11)
    assert unescape(answer.text).count(sentence) == 1
    assert 'aria-invalid="true"' in answer.text or 'id="paper-refusal"' in answer.text
    assert follow_ups.get(id).closed_at is None


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_number_that_another_row_of_theirs_has_leads_the_lead_to_where_rows_are_merged(
    noted, players, signed_in, language
):
    with writing():
        people.add(Identity("Lo Van Dung", "015047000321", "", None, 1947, Sex.MALE))
    id, said = noted(players.dung), {"number": "015047000321", "paper": "notice"}
    for role, links in ((Role.VOLUNTEER, 0), (Role.SITE_LEAD, 1)):
        session = signed_in(role)
        session.post("/language", data={"language": language})
        session.act(f"{PAGE}/{id}/open")
        answer = session.act(f"{PAGE}/{id}/close", **said)
        assert answer.status_code == 422
        assert unescape(answer.text).count(wording.say("refusal.number_on_other_row", language)) == 1
        assert answer.text.count('href="/people/alike"') == links
    assert people.get(players.dung).number is None


@pytest.mark.parametrize("language", ["vi", "en"])
def test_whoever_has_recovered_and_is_still_here_is_not_closed(lead, noted, players, opened, language):
    label = visits.get(receive(players, players.huong)).label
    id = noted(players.huong, FollowUpKind.RECOVERED, "said")
    lead.post("/language", data={"language": language})
    lead.act(f"{PAGE}/{id}/open")
    answer = lead.act(f"{PAGE}/{id}/close", note="trạm y tế đã nhập")
    assert answer.status_code == 422
    assert wording.say("refusal.recovered_here", language, number=label) in unescape(answer.text)
    assert follow_ups.get(id).closed_at is None


def test_the_number_is_typed_here_and_closes_it(volunteer, noted, players):
    id = noted(players.dung)
    volunteer.act(f"{PAGE}/{id}/open")
    said = {"number": "015047000321", "paper": "notice"}
    answer = volunteer.act(f"{PAGE}/{id}/close", **said)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}?kind=no_number")
    assert people.get(players.dung).number == "015047000321"
    assert "Việc này đã xong." in volunteer.get(f"{PAGE}/{id}").text
    again = volunteer.act(f"{PAGE}/{id}/close", **said)
    assert again.status_code == 422
    assert "đã có người đóng" not in volunteer.get(PAGE).text


def test_a_note_closes_what_is_no_number(lead, noted, players):
    id = noted(players.huong, FollowUpKind.RECOVERED, "said")
    lead.act(f"{PAGE}/{id}/open")
    text = lead.get(f"{PAGE}/{id}").text
    assert 'name="number"' not in text
    assert lead.act(f"{PAGE}/{id}/close", note="trạm y tế đã nhập").status_code == 303
    assert follow_ups.count_open(FollowUpKind.RECOVERED) == 0


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_volunteer_sees_who_has_recovered_and_does_not_close_it(volunteer, noted, players, language):
    id = noted(players.huong, FollowUpKind.RECOVERED, "said")
    volunteer.post("/language", data={"language": language})
    volunteer.act(f"{PAGE}/{id}/open")
    text = volunteer.get(f"{PAGE}/{id}").text
    assert wording.say("follow_up.recovered.who", language) in unescape(text)
    assert f"{id}/close" not in text
    assert volunteer.act(f"{PAGE}/{id}/close", note="trạm y tế đã nhập").status_code == 403
    assert follow_ups.count_open(FollowUpKind.RECOVERED) == 1


def test_whoever_went_with_a_card_that_differs_is_there_with_the_tables_reason(volunteer, noted, players):
    id = noted(players.huong, FollowUpKind.MISMATCH, "identity")
    assert "Chưa xác nhận được đúng người" in volunteer.get(PAGE).text
    volunteer.act(f"{PAGE}/{id}/open")
    assert volunteer.act(f"{PAGE}/{id}/close", note="đã sửa danh sách").status_code == 303


def test_the_lead_takes_the_sheet_for_the_commune(noted, players, signed_in):
    noted(players.dung)
    noted(players.huong, FollowUpKind.RECOVERED, "listed")
    noted(players.pao, FollowUpKind.MISMATCH, "list_misspelt")
    volunteer, lead = signed_in(Role.VOLUNTEER), signed_in(Role.SITE_LEAD)
    assert "Tải tệp" not in volunteer.get(PAGE).text
    assert volunteer.act(f"{PAGE}/sheet").status_code == 403
    assert "2 việc" in lead.get(PAGE).text
    answer = lead.post(f"{PAGE}/sheet", data={"key": key()})
    assert answer.status_code == 200
    assert "can-bo-sung-" in answer.headers["Content-Disposition"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[0][:5] == ["Việc", "Họ và tên", "Ngày sinh", "Giới tính", "Mã định danh"]
    assert {row[1] for row in rows[1:]} == {"Lò Văn Dũng", "Nguyễn Thị Hường"}
    assert rows[2][4] == "015158004187", "no zero is lost"
    entry = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.event == "follow_up.exported")).one()
    assert entry.facts == {"kinds": ["recovered", "no_number"], "rows": 2}


def test_a_person_without_marks_of_anything_is_no_page(volunteer):
    assert volunteer.get(f"{PAGE}/00000000-0000-4000-8000-000000000000").status_code == 404
