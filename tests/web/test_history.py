"""What somebody has had before, as the doctor and the nurse read it."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk.actions import scanning
from kiosk.rules.words import EarlierSource, Role
from kiosk.store.columns import record
from kiosk.store.database import db, writing
from kiosk.store.doses import EarlierDose
from tests.actions.test_earlier import TWO
from tests.cast import key, now, receive, screened, vial_opened

WORDS = {
    "vi": ("theo giấy chứng nhận, chưa kiểm chữ ký", "Vắc xin phòng bệnh khác", "theo lời kể", "nhập hồi cứu"),
    "en": ("by a certificate, signature not checked", "against another disease", "as told", "entered later"),
}


def put(person_id: str, vaccine: str, given_on: date, source: EarlierSource) -> None:
    with writing():
        row = EarlierDose(person_id=person_id, vaccine=vaccine, given_on=given_on, at=now().at, source=source)
        record(row, now())


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("role", [Role.SCREENER, Role.VACCINATOR])
def test_each_dose_says_when_what_and_who_says_so(signed_in, opened, players, role, language):
    staff, by, page = signed_in(role), players.screener, "/table/screening-1"
    visit = receive(players, players.huong)
    if role is Role.VACCINATOR:
        by, page = players.vaccinator, "/table/injection-1"
        screened(players)
        vial_opened(players.vaccinator)
    staff.get(page)
    staff.act(f"{page}/call")
    staff.act(f"{page}/visit/{visit}/receive")
    id = key()
    scanning.scan_code(by, now(), id, id, TWO.encode(), "QRCode")
    put(players.huong, "other", date(2022, 3, 1), EarlierSource.SAID)
    put(players.huong, "moderna", date(2022, 4, 1), EarlierSource.LATE_ENTRY)
    db.session.rollback()
    if role is Role.VACCINATOR:
        staff.act(f"{page}/visit/{visit}/identity/spoken", spoken=["name", "birth"])
    staff.act("/language", language=language, back=page)
    text = staff.get(page).text
    start = text.index('id="history"')
    said = text[start : text.index("</section>", start)]
    for words in (*WORDS[language], "AstraZeneca", "01/07/2021", "Pfizer (Comirnaty)", "01/09/2021", "01/04/2022"):
        assert words in said
    assert said.count('class="by look"') == 2, "what nobody has checked is marked"
    assert [said.count(f'aria-hidden="true">{n}</span>') for n in ("1.", "2.", "3.", "4.")] == [1, 1, 1, 0]
