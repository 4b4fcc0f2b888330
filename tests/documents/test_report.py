"""The day's report on A4: every figure, that they are provisional, the audit head, lines to sign."""

import dataclasses

import pytest

from kiosk import wording
from kiosk.demo import samples
from kiosk.documents.report import report
from tests.documents.pages import fonts, places, plain, read, words_of


def facts_of(language, **changes):
    return dataclasses.replace(samples.closing_facts(samples.cast(language)), **changes)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_figure_and_the_audit_head_are_on_it(language):
    facts, say = facts_of(language), wording.speaker(language)
    text = words_of(report(facts, say))
    for _, named, n in facts.rows:
        assert plain(f"{named} {n}") in text
    assert plain(say("slip.closing.provisional")) in text
    assert plain(say("slip.closing.balanced")) in text
    assert text.replace(" ", "").count(facts.audit_head) == 1
    assert text.count(say("document.sign")) == 2
    assert "document." not in text


def test_books_that_do_not_balance_say_so_and_not_that_they_do():
    say = wording.speaker("vi")
    text = words_of(report(facts_of("vi", unbalanced=("Thiếu 3 liều lô FF1234.",)), say))
    assert "Thiếu 3 liều lô FF1234." in text
    assert plain(say("slip.closing.balanced")) not in text


def test_a_long_table_goes_on_over_pages_under_its_head():
    say = wording.speaker("vi")
    rows = tuple((n % 3, f"Dòng thứ {n} của điểm tiêm có tên rất dài " * 3, n) for n in range(90))
    body = report(facts_of("vi", rows=rows), say)
    pages = read(body).pages
    assert len(pages) > 3
    text = words_of(body)
    assert all(f"Dòng thứ {n} của" in text for n in range(90))
    assert f"Trang 2/{len(pages)}" in text
    heads = {page for page, _, _, words in places(body) if say("document.figure") in words}
    assert len(heads) >= len(pages) - 1


def test_the_same_day_gives_the_same_bytes_and_only_embedded_fonts():
    say = wording.speaker("en")
    body = report(facts_of("en"), say)
    assert body == report(facts_of("en"), say)
    assert all(whole for _, whole in fonts(body))
    assert read(body).trailer["/Root"]["/Lang"] == "en"


QUEUE = ((0, "Số lần gọi", "240"), (1, "không rõ lý do (phải là 0)", "0,0"))
NAMED = ("08:41", "A 147", "Gọi ngoài lượt", "Người yếu, không ngồi chờ được", "Nguyễn Thị Ánh Nguyệt")


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_queue_stands_on_it_and_who_answers_for_what(language):
    say = wording.speaker(language)
    text = words_of(report(facts_of(language, queue=QUEUE, named=(NAMED,)), say))
    assert plain(say("report.queue")) in text
    assert all(plain(f"{named} {figure}") in text for _, named, figure in QUEUE)
    assert all(plain(word) in text for each in NAMED for word in each.split())
    assert plain(say("report.queue")) not in words_of(report(facts_of(language), say))


def test_three_hundred_moves_that_somebody_answers_for_go_on_over_pages():
    say = wording.speaker("vi")
    named = tuple((f"{7 + n // 60:02d}:{n % 60:02d}", f"A {n:03d}", *NAMED[2:4], "Nguyễn Thị " * 5) for n in range(300))
    text = words_of(report(facts_of("vi", queue=QUEUE, named=named), say))
    assert all(f"A {n:03d}" in text for n in range(300))
