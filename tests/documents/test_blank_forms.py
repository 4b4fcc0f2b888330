"""The paper pack: five kinds of pages, each whole, in both languages."""

import pytest

from kiosk import protocols, wording
from kiosk.demo import samples
from kiosk.documents.blank_forms import blank_forms
from tests.documents.pages import fonts, places, plain, read, words_of


def pack(language, *, longest=False, on=samples.ON):
    who = samples.cast(language, longest=longest)
    forms = protocols.screening_forms()
    adults, children = (tuple(item.label(language) for item in form.items) for form in (forms.adults, forms.children))
    return blank_forms(who.site, "15158A", on, adults, children, wording.speaker(language)), adults, children


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("longest", [False, True])
def test_it_has_steps_a_list_forms_and_slips(language, longest):
    body, adults, children = pack(language, longest=longest)
    pages = read(body).pages

    def say(code):
        return plain(wording.say(code, language))

    assert len(pages) == 5
    texts = [plain(page.extract_text()) for page in pages]
    assert say("document.blank.enter") in texts[0]
    assert [page.mediabox.width > page.mediabox.height for page in pages] == [False, True, False, False, False]
    assert " 13 14" in texts[1]
    for page, questions, decline in (
        (texts[2], adults, "document.blank.decline"), (texts[3], children, "document.blank.guardian_declines"),
    ):  # fmt: skip
        for question in questions:
            assert plain(question) in page
        assert page.index(say("document.blank.told_help")) < page.index(say(decline))
    for code in ("slip.blank.guardian", "slip.blank.guardian_phone", "slip.blank.guardian_agrees"):
        assert say(code) in texts[3]
    assert say("slip.blank.guardian_phone") not in texts[2]
    assert texts[4].count(say("slip.provisional")) == 2
    assert texts[4].count(say("slip.unwell")) == 2
    assert "document." not in words_of(body)


def test_the_date_is_printed_or_left_to_be_written():
    assert "20/11/2021" in words_of(pack("vi")[0])
    body, *_ = pack("vi", on=None)
    assert "20/11/2021" not in words_of(body)
    assert "…… / …… / …………" in words_of(body)


def test_a_longer_form_goes_on_over_pages():
    questions = tuple(f"Câu hỏi số {n} " * 8 for n in range(1, 61))
    body = blank_forms("Điểm tiêm", "15158A", None, questions, questions, wording.speaker("vi"))
    assert len(read(body).pages) > 7
    text = words_of(body)
    assert all(text.count(f"{n}. Câu hỏi số {n} ") >= 2 for n in range(1, 61))


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_it_is_the_same_every_time_and_inside_the_margins(language):
    body, *_ = pack(language, longest=True)
    assert body == pack(language, longest=True)[0]
    assert all(whole for _, whole in fonts(body))
    pages = read(body).pages
    for page, x, y, text in places(body):
        assert 40 <= x <= float(pages[page].mediabox.width) - 40, text
        assert 30 <= y <= float(pages[page].mediabox.height) - 30, text
