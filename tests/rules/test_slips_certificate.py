"""The certificate: the official form in both languages, and nothing on it that the platform did not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk import wording
from kiosk.rules import slips
from kiosk.rules.slips import Code, Pair, Space
from tests.rules.slip_reading import codes, lines, paper, speakers, values

AT = datetime(2021, 12, 20, 9, 5, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
FACTS = slips.CertificateFacts(
    name="Nguyễn Thị Hường", born="12/05/1958", number="015158004187", phone="0900000000",
    address="Tổ 4, phường Hồng Hà", code="HC1:6BF+70790T9WJWG", reference="URN:UVCI:01:VN:THU1#A", issued=AT,
    doses=(
        slips.CertifiedDose(1, date(2021, 8, 3), "AstraZeneca", "NJ0342", "Trạm y tế Không Đâu"),
        slips.CertifiedDose(2, date(2021, 11, 20), "Pfizer (Comirnaty)", "", ""),
    ),
    site="Điểm tiêm Thử Nghiệm", printed=AT.replace(day=21),
)  # fmt: skip
# As Phụ lục 4 of QĐ 3588/QĐ-BYT words them.
OFFICIAL = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "CERTIFICATE OF COVID-19 VACCINATION", "Họ và tên/Name",
    "Số điện thoại/Tel", "Địa chỉ/Address", "Đã được tiêm vắc xin phòng bệnh COVID-19",
    "Has been vaccinated with COVID-19 vaccine", "Cơ sở tiêm chủng/Immunization unit",
    "Ký tên, đóng dấu (Sign and stamp)",
)  # fmt: skip


def certificate(language: str = "vi", **changed: object) -> tuple[slips.Block, ...]:
    return slips.certificate(replace(FACTS, **changed), *speakers(language))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_form_is_the_official_one_whatever_language_somebody_reads(language: str) -> None:
    text = paper(certificate(language)).replace("\u00a0", " ")
    for words in (*OFFICIAL, "GIẤY XÁC NHẬN ĐÃ TIÊM VẮC XIN COVID-19", "Độc lập - Tự do - Hạnh phúc"):
        assert text.count(words) == 1, words
    official = {row for row in certificate() if isinstance(row, Pair)}
    assert {row for row in certificate(language) if isinstance(row, Pair)} == official


def test_it_says_what_the_platform_returned_and_each_of_it_once() -> None:
    said = values(certificate())
    for fact in (
        "Nguyễn Thị Hường", "12/05/1958", "015158004187", "0900000000", "Tổ 4, phường Hồng Hà", "03/08/2021",
        "AstraZeneca", "NJ0342", "Trạm y tế Không Đâu", "20/11/2021", "Pfizer (Comirnaty)", "URN:UVCI:01:VN:THU1#A",
        "20/12/2021", "09:05 21/12/2021",
    ):  # fmt: skip
        assert said.count(fact) == 1, fact
    assert len(said) == 14


def test_as_many_doses_as_the_platform_knows_are_on_it() -> None:
    doses = tuple(slips.CertifiedDose(n, date(2021, 1, n), "AstraZeneca", "", "") for n in range(1, 8))
    labels = [row.label for row in certificate(doses=doses) if isinstance(row, Pair)]
    assert [label for label in labels if label.startswith("Mũi")] == [f"Mũi {n}/Dose {n}" for n in range(1, 8)]


def test_the_code_is_the_platforms_own_and_stands_for_nothing_when_there_is_none() -> None:
    assert codes(certificate()) == [FACTS.code]
    assert [(block.dots, block.least) for block in certificate() if isinstance(block, Code)] == [(5, 3)]
    without = certificate(code="", reference="", issued=None)
    assert codes(without) == []
    assert "URN" not in paper(without)


def test_what_the_platform_left_empty_stays_visibly_empty() -> None:
    said = values(certificate(phone="", address="", number=""))
    assert said.count("—") == 3
    assert "" not in said


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_it_says_whose_words_these_are_and_to_its_owner_that_its_paper_fades(language: str) -> None:
    said = lines(certificate(language))
    for each in wording.LANGUAGES:
        assert said.count(wording.say("slip.certificate.copy", each)) == 1
        assert said.count(wording.say("slip.certificate.paper", each)) == (each == language)


def test_there_is_room_for_a_signature_and_a_stamp() -> None:
    blocks = certificate()
    sign = next(n for n, block in enumerate(blocks) if block.__dict__.get("text") == OFFICIAL[-1])
    space = blocks[sign + 1]
    assert isinstance(space, Space)
    assert space.mm >= 17
