"""The same person twice."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk import wording
from kiosk.rules.person import Identity
from kiosk.rules.words import Role, Sex
from kiosk.store import audit, merges, people
from kiosk.store.database import writing
from tests.cast import key, now, without_ids

PAGE = "/people/alike"


@pytest.fixture
def gone(players):
    """Hường once more, as another list wrote her; the person's id."""
    with writing():
        who = Identity("NGUYEN THI HUONG", born_on=date(1958, 12, 5), born_year=1958, sex=Sex.FEMALE)
        return people.add(who).id


@pytest.fixture
def lead(signed_in):
    browser = signed_in(Role.SITE_LEAD)
    browser.get(PAGE)
    return browser


@pytest.fixture
def pair(lead, gone, players):
    """The page of the opened pair."""
    answer = lead.act(f"{PAGE}/{players.huong}/{gone}/open")
    assert answer.status_code == 303, answer.text
    return answer.location


def test_opens_for_the_site_lead_and_nobody_else(client, signed_in, lead):
    assert client.get(PAGE).location.startswith("/sign-in")
    assert signed_in(Role.VOLUNTEER).get(PAGE).status_code == 403
    assert "Không có ai có vẻ bị ghi hai lần" in lead.get(PAGE).text


def test_pairs_are_masked_until_somebody_opens_them(lead, gone, players, signed_in):
    text = without_ids(lead.get(PAGE).text)
    assert "1 cặp có thể là một người" in text
    assert "ngày và tháng sinh đổi chỗ" in text
    assert "Nguyễn Thị H•••" in text
    assert "Hường" not in text
    assert "015158" not in text
    assert lead.get(f"{PAGE}/{players.huong}/{gone}").status_code == 404
    before = audit.count()
    answer = lead.act(f"{PAGE}/{players.huong}/{gone}/open")
    assert (answer.status_code, answer.location) == (303, f"{PAGE}/{players.huong}/{gone}")
    assert audit.count() == before + 1
    assert "015158004187" in lead.get(answer.location).text
    assert signed_in(Role.SITE_LEAD).get(answer.location).status_code == 404


def test_letters_that_differ_are_marked_and_the_row_with_the_number_is_kept(lead, pair, players, gone):
    text = lead.get(pair).text
    assert "<mark>ườ</mark>" in text
    assert "Nên giữ dòng có mã định danh" in text
    assert f'value="{players.huong}" checked' in text
    assert f'value="{gone}"' not in text


def test_merge_and_undo(lead, pair, players, gone):
    form = key()
    for _ in range(2):
        answer = lead.post(f"{pair}/merge", data={"key": form, "kept": players.huong})
        assert (answer.status_code, answer.location) == (303, PAGE)
    assert people.get(gone).id == players.huong
    assert len(merges.list_newest(5)) == 1
    text = lead.get(PAGE).text
    assert "là một người" in text
    assert "NGUYEN THI H•••" in text
    assert lead.get(pair).location == PAGE, "a page that somebody else still has open"
    merge = merges.list_newest(5)[0].id
    assert lead.act(f"{PAGE}/undo/{merge}").location == PAGE
    assert people.get(gone).id == gone
    again = lead.act(f"{PAGE}/undo/{merge}")
    assert again.status_code == 422
    assert "đã được gỡ" in again.text


def test_the_wrong_row_is_refused_beside_the_choice(lead, pair, players, gone):
    answer = lead.act(f"{pair}/merge", kept=gone)
    assert answer.status_code == 422
    assert 'id="kept-refusal"' in answer.text
    assert people.get(gone).id == gone


def test_of_two_numbers_only_the_card_tells_which_stays(lead, players):
    with writing():
        who = Identity("Nguyễn Thị Hường", "015158004188", born_on=date(1958, 5, 12), born_year=1958, sex=Sex.FEMALE)
        misread = people.add(who).id
    page = lead.act(f"{PAGE}/{players.huong}/{misread}/open").location
    text = lead.get(page).text
    assert wording.say("alike.kept.card") in text
    assert " checked" not in text
    answer = lead.act(f"{page}/merge")
    assert answer.status_code == 422
    assert 'id="kept-refusal"' in answer.text
    assert lead.act(f"{page}/merge", kept=misread).status_code == 303
    assert people.get(players.huong).id == misread


def test_two_people_are_not_proposed_again_until_it_is_undone(lead, pair, players, gone):
    assert lead.act(f"{pair}/apart").location == PAGE
    text = lead.get(PAGE).text
    assert "Không có ai có vẻ bị ghi hai lần" in text
    assert "hai người khác nhau" in text
    assert lead.act(f"{PAGE}/{players.huong}/{gone}/again").location == PAGE
    assert "1 cặp" in lead.get(PAGE).text


def test_nothing_is_decided_about_people_whom_nobody_has_looked_at(lead, gone, players):
    for act in ("merge", "apart"):
        assert lead.act(f"{PAGE}/{players.huong}/{gone}/{act}", kept=players.huong).status_code == 404
    assert people.get(gone).id == gone


def test_many_pairs_come_in_pages(lead, inside):
    with writing():
        for n in range(25):
            for name in ("Lò Thị Đôi", "LO THI DOI"):
                people.add(Identity(name, born_on=date(1960 + n, 2, 13), born_year=1960 + n, sex=Sex.FEMALE))
    first, second = lead.get(PAGE).text, lead.get(f"{PAGE}?page=2").text
    assert (first.count('class="card pair"'), second.count('class="card pair"')) == (20, 5)
    assert lead.get(f"{PAGE}?page=99").text.count('class="card pair"') == 5
    assert lead.get(f"{PAGE}?page=-3").text.count('class="card pair"') == 20


def test_an_old_decision_can_still_be_taken_back(lead, gone, players):
    with writing():
        for n in range(12):
            other = people.add(Identity(f"Lò Thị {chr(65 + n)}", born_year=1960))
            merges.add_apart(players.huong, other.id, now(n).at, "")
    lead.act(f"{PAGE}/{players.huong}/{gone}/open")
    lead.act(f"{PAGE}/{players.huong}/{gone}/merge", kept=players.huong)
    merge = merges.list_newest(1)[0].id
    text = lead.get(PAGE).text + lead.get(f"{PAGE}?decided=2").text
    assert text.count("/again") == 12
    assert f"{PAGE}/undo/{merge}" in text
    assert "/again" in lead.get(f"{PAGE}?decided=99").text
