"""The code on a drawn ticket, with and without this box's address: read back from the paper as it comes out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from kiosk.demo import samples
from kiosk.devices import decoder, raster
from kiosk.rules import codes, slips
from kiosk.rules.codes import ticket

LEAST_MM = 0.7  # a module; phones read half of that from a hand's distance


def drawn(address: str, width: int) -> np.ndarray:
    """A grey picture of the code's own block, one pixel to a dot."""
    block = slips.Code(ticket.write(samples.TOKEN, address), beside=(slips.Line("Nguyễn Thị H•••"),))
    return np.where(raster.draw([block], width), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("width", [384, 576])
@pytest.mark.parametrize("address", ["", samples.ADDRESS, samples.LONG_ADDRESS])
def test_the_code_is_read_from_either_paper(address: str, width: int) -> None:
    own = [address] if address else []
    picture = drawn(address, width)
    # As a camera sees paper: 720 lines, a little over two pixels a module, a soft lens.
    seen = cv2.GaussianBlur(cv2.resize(picture, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA), (0, 0), 0.6)
    frame = np.full((720, 1280), 205, np.uint8)
    frame[100 : 100 + seen.shape[0], 300 : 300 + seen.shape[1]] = seen
    (reading,) = decoder.decode(frame)
    assert codes.read(reading.raw, own) == ticket.TicketCode(samples.TOKEN)


@pytest.mark.parametrize("address", [samples.ADDRESS, samples.LONG_ADDRESS])
def test_its_modules_are_as_large_as_narrow_paper_allows(address: str) -> None:
    code = drawn(address, 384)[-40 * 8 :] < 128
    columns = code.any(axis=0).nonzero()[0]
    modules = {samples.ADDRESS: 25, samples.LONG_ADDRESS: 33}[address]
    assert (columns[-1] - columns[0] + 1) / modules / raster.DOTS_PER_MM >= LEAST_MM
