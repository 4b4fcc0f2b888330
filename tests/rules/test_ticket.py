"""The label of a number, and that nothing but a token stands in the ticket's code."""

from __future__ import annotations

import pytest
import segno

from kiosk.rules import codes
from kiosk.rules.codes import ticket
from kiosk.rules.queueing import label


@pytest.mark.parametrize(("n", "words"), [(1, "A 001"), (47, "A 047"), (999, "A 999"), (1000, "A 1000")])
def test_a_number_has_three_digits_until_it_needs_more(n: int, words: str) -> None:
    assert label("A", n) == words


def test_the_payload_fits_the_smallest_code() -> None:
    payload = ticket.write(ticket.ALPHABET[: ticket.LENGTH])
    code = segno.make(payload, error="m", micro=False)
    assert (code.version, code.mode) == (1, "alphanumeric")


@pytest.mark.parametrize(
    ("address", "version"),
    [
        ("http://10.42.0.1", 2), ("http://10.42.0.1/", 2), ("http://192.168.100.200", 2),
        ("http://192.168.100.200:8080", 3),
        ("https://diem-tiem.local", 2), ("https://diem-tiem-xa-thu-nghiem.local:8443", 3),
    ],
)  # fmt: skip
def test_with_an_address_it_stays_small_and_leads_back_to_the_ticket(address: str, version: int) -> None:
    token = ticket.ALPHABET[-ticket.LENGTH :]
    payload = ticket.write(token, address)
    code = segno.make(payload, error="m", micro=False)
    assert (code.version, code.mode) == (version, "alphanumeric")
    assert codes.read(payload, [address]) == ticket.TicketCode(token)
    assert codes.read(payload.lower(), [address]) == ticket.TicketCode(token)
    assert codes.read(payload, ["http://10.42.0.2"]) != ticket.TicketCode(token), "another box's"
    assert codes.read(ticket.write(token), [address]) == ticket.TicketCode(token), "tickets of before the address"
