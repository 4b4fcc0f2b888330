"""The slip of one who gets no dose today: why, and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk import wording
from kiosk.rules import slips
from kiosk.rules.words import Conclusion, Sex
from tests.rules.slip_reading import codes, lines, paper, speakers, values

AT = datetime(2021, 11, 20, 8, 5, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
FACTS = slips.DeferralFacts(
    site="Điểm tiêm Thử Nghiệm", site_code="15158A", label="A 047", name="Nguyễn Thị Hường", sex=Sex.FEMALE,
    born="12/05/1958", number="015158004187", conclusion=Conclusion.DEFERRED, title="Trì hoãn tiêm chủng",
    reasons=("Đang mắc bệnh cấp tính", "Thân nhiệt 38,2 °C"), note="Ho ba ngày", doctor="Trần Thị Mẫu", decided=AT,
    come_back_on=date(2021, 12, 4), refer_to="Bệnh viện Không Đâu", printed=AT.replace(hour=9),
)  # fmt: skip
ENDS = (Conclusion.DEFERRED, Conclusion.REFERRED, Conclusion.CONTRAINDICATED, Conclusion.DECLINED)


def deferral(language: str = "vi", **changed: object) -> tuple[slips.Block, ...]:
    return slips.deferral_slip(replace(FACTS, **changed), *speakers(language))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_conclusion_comes_first_in_both_languages(language: str) -> None:
    said = lines(deferral(language))
    assert said[:2] == [wording.say("slip.deferral", language), "Trì hoãn tiêm chủng"]
    other = "en" if language == "vi" else "vi"
    assert said[2] == wording.say("slip.deferral.deferred", other)
    assert wording.say("slip.deferral.deferred", language) in said[3:]


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_next_doctor_reads_who_why_and_from_whom(language: str) -> None:
    blocks = deferral(language)
    for fact in (
        "A 047", "Nguyễn Thị Hường", "12/05/1958", "015158004187", "Ho ba ngày", "Trần Thị Mẫu", "08:05 · 20/11/2021",
        "15158A", wording.say(f"sex.{Sex.FEMALE}", language),
    ):  # fmt: skip
        assert values(blocks).count(fact) == 1, fact
    for reason in FACTS.reasons:
        assert lines(blocks).count(f"– {reason}") == 1
    assert codes(blocks) == []


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("conclusion", ENDS)
def test_every_end_without_a_dose_says_what_it_means(language: str, conclusion: Conclusion) -> None:
    said = lines(deferral(language, conclusion=conclusion))
    assert wording.say(f"slip.deferral.{conclusion}", language) in said
    assert len({wording.say(f"slip.deferral.{each}", language) for each in ENDS}) == len(ENDS)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_when_and_where_to_go_is_said_only_where_the_doctor_said_it(language: str) -> None:
    back = wording.say("slip.deferral.come_back", language, on="04/12/2021")
    there = wording.say("slip.deferral.refer_to", language, place="Bệnh viện Không Đâu")
    assert {back, there} <= set(lines(deferral(language)))
    without = deferral(language, come_back_on=None, refer_to="", reasons=(), note="", doctor="")
    assert not {back, there, wording.say("slip.deferral.why", language)} & set(lines(without))
    assert "" not in values(without)
    assert "Không Đâu" not in paper(without)


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("conclusion", ENDS)
def test_what_nobody_recorded_is_left_to_be_written_where_it_matters(language: str, conclusion: Conclusion) -> None:
    blocks = deferral(language, conclusion=conclusion, come_back_on=None, refer_to="")
    place, day = (wording.say(f"slip.deferral.write_{each}", language) for each in ("place", "day"))
    assert (place in lines(blocks), day in lines(blocks)) == (
        conclusion is Conclusion.REFERRED, conclusion is Conclusion.DEFERRED,
    )  # fmt: skip
    assert not {place, day} & set(lines(deferral(language, conclusion=conclusion)))
