"""The certificate on A4: what the platform returned, whole, embedded, searchable; its code can be read."""

import dataclasses
from datetime import date

import numpy as np
import pytest
import zxingcpp
from reportlab.lib.units import mm

from kiosk import wording
from kiosk.demo import samples
from kiosk.documents import sheet
from kiosk.documents.certificate import certificate
from kiosk.rules.slips import CertifiedDose
from tests.documents.pages import blackest, fonts, places, plain, read, words_of

VI, EN = wording.speaker("vi"), wording.speaker("en")
FACTS = samples.certificate_facts(samples.cast("vi"))
LONGEST = samples.certificate_facts(samples.cast("vi", longest=True))


def changed(facts, **changes):
    return dataclasses.replace(facts, **changes)


@pytest.mark.parametrize("facts", [FACTS, LONGEST], ids=["usual", "longest"])
def test_every_fact_is_on_it_as_text_that_can_be_searched(facts):
    text = words_of(certificate(facts, VI, EN))
    for fact in (facts.name, facts.born, facts.number, facts.phone, facts.address, facts.reference, facts.site):
        assert plain(fact) in text
    for dose in facts.doses:
        for fact in (f"{dose.on:%d/%m/%Y}", dose.vaccine, dose.lot, dose.place):
            assert plain(fact) in text
    for label in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Họ và tên/Name", "Ký tên, đóng dấu (Sign and stamp)"):
        assert label in text
    assert text.count(plain(VI("slip.certificate.form.title"))) == 1


@pytest.mark.parametrize("facts", [FACTS, LONGEST], ids=["usual", "longest"])
def test_the_same_facts_give_the_same_bytes(facts):
    assert certificate(facts, VI, EN) == certificate(facts, VI, EN)


def test_only_our_font_is_in_it_and_it_is_embedded():
    assert {(name.split("+")[1], whole) for name, whole in fonts(certificate(LONGEST, VI, EN))} == {
        ("BeVietnamPro-Regular", True),
        ("BeVietnamPro-Bold", True),
    }


def test_readers_are_told_its_title_and_language_and_nobodys_name():
    reader = read(certificate(FACTS, VI, EN))
    assert reader.metadata.title == "GIẤY XÁC NHẬN ĐÃ TIÊM VẮC XIN COVID-19"
    assert reader.trailer["/Root"]["/Lang"] == "vi"
    assert FACTS.name not in str(reader.metadata)


def test_nothing_is_outside_the_margins():
    for body in (certificate(FACTS, VI, EN), certificate(LONGEST, VI, EN)):
        for _, x, y, text in places(body):
            assert sheet.MARGIN - 1 <= x <= 595 - sheet.MARGIN, text
            assert sheet.FOOT - 1 <= y <= 842 - sheet.TOP, text


def test_a_fact_that_is_longer_than_a_page_goes_on_over_pages():
    long = "Thôn Tưởng Tượng Thượng " * 400
    body = certificate(
        changed(FACTS, address=long, doses=(CertifiedDose(1, date(2021, 9, 1), "A", "B", long),)), VI, EN
    )
    assert len(read(body).pages) > 2
    assert words_of(body).count("Tưởng Tượng Thượng") >= 780  # a page may end between two of the words


def test_a_field_that_the_platform_left_empty_stays_visibly_empty():
    assert "Số điện thoại/Tel —" in words_of(certificate(changed(FACTS, phone=""), VI, EN))


def test_letters_that_the_font_lacks_are_never_left_out():
    text = words_of(certificate(changed(FACTS, name="Y Blŏ 中 <b>H'Mông</b> & Co"), VI, EN))
    assert "Y Blo\u0306 ? <b>H'Mông</b> & Co" in text


def test_the_code_that_is_drawn_is_the_platforms_text_sign_for_sign():
    modules = blackest(certificate(FACTS, VI, EN))
    left, bottom = min(x for x, _, _, _ in modules), min(y for _, y, _, _ in modules)
    side = max(x + width for x, _, width, _ in modules) - left
    assert 35 * mm <= side * 2**0.5 <= 60 * mm  # from corner to corner, as the EU advises
    scale, quiet = 800 / side, 60
    picture = np.full((920, 920), 255, dtype=np.uint8)
    for x, y, width, height in modules:
        x0, y0 = quiet + (x - left) * scale, quiet + (y - bottom) * scale
        picture[round(y0) : round(y0 + height * scale), round(x0) : round(x0 + width * scale)] = 0
    assert [found.text for found in zxingcpp.read_barcodes(picture[::-1].copy())] == [FACTS.code]


def test_there_is_no_code_where_the_platform_gave_none():
    with_code, without = certificate(FACTS, VI, EN), certificate(changed(FACTS, code=""), VI, EN)
    assert len(without) < len(with_code) - 4_000
    assert FACTS.name in words_of(without)
