"""What somebody without a readable code shows."""

from __future__ import annotations

import pytest

from kiosk.errors import Refusal
from kiosk.rules.document import Document, require_document, zero_restored
from kiosk.rules.words import DocumentKind


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (("national", "015 158.004-187", ""), ("015158004187", Document(DocumentKind.NATIONAL))),
        (("notice", "015158004187", "LAO"), ("015158004187", Document(DocumentKind.NOTICE))),
        (("old_card", "061 234 567", ""), ("", Document(DocumentKind.OLD_CARD, "061234567"))),
        (("old_card", "61234567", ""), ("", Document(DocumentKind.OLD_CARD, "61234567"))),
        (("passport", "p 1234567", " lao "), ("", Document(DocumentKind.PASSPORT, "P1234567", "LAO"))),
        (("none", "", ""), ("", Document())),
    ],
)
def test_each_document_has_its_number(given: tuple[str, str, str], taken: tuple[str, Document]) -> None:
    assert require_document(*given) == taken


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        (("", "015158004187", ""), "document_odd", "document"),
        (("none", "015158004187", ""), "document_unnamed", "document"),
        (("national", " ", ""), "number_missing", "number"),
        (("national", "15158004187", ""), "number_zero_lost", "number"),
        (("notice", "0151580041", ""), "number_odd", "number"),
        (("old_card", "0612345", ""), "old_number_odd", "number"),
        (("old_card", "015158004187", ""), "old_number_odd", "number"),
        (("passport", "12345678", "LAO"), "passport_odd", "number"),
        (("passport", "P1234567", "Lào"), "nationality_odd", "nationality"),
    ],
)
def test_a_number_of_another_length_is_said_to_be_one(given: tuple[str, str, str], code: str, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        require_document(*given)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_the_lost_zero_is_offered_and_no_other() -> None:
    assert zero_restored("15 158 004 187") == "015158004187"
    assert zero_restored("1190990001") == "001190990001"
    assert [zero_restored(text) for text in ("", "015158004187", "151580041", "1515800418A")] == [""] * 4
