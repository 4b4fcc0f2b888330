"""The label of a number, and that nothing but a token stands in the ticket's code."""

from __future__ import annotations

import pytest
import segno

from kiosk.rules.codes import ticket
from kiosk.rules.queueing import label


@pytest.mark.parametrize(("n", "words"), [(1, "A 001"), (47, "A 047"), (999, "A 999"), (1000, "A 1000")])
def test_a_number_has_three_digits_until_it_needs_more(n: int, words: str) -> None:
    assert label("A", n) == words


def test_the_payload_fits_the_smallest_code() -> None:
    payload = ticket.write(ticket.ALPHABET[: ticket.LENGTH])
    code = segno.make(payload, error="m", micro=False)
    assert (code.version, code.mode) == (1, "alphanumeric")
