"""Dots as bytes: nothing is lost, nothing is obeyed that was meant to be seen, and little is sent."""

import os
import re
import subprocess
import sys
from importlib import metadata

import numpy as np
import pytest
from escpos.printer import Dummy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from kiosk.devices import escpos_encoder
from kiosk.devices.raster import draw
from tests.devices.test_raster import TICKET

REAL_TIME = re.compile(rb"\x10[\x04\x05\x14]")


def test_the_library_is_python_escpos_and_none_of_its_namesakes():
    assert metadata.version("python-escpos") == "3.1"
    for namesake in ("escpos", "escpos-python"):
        with pytest.raises(metadata.PackageNotFoundError):
            metadata.version(namesake)


def test_importing_the_encoder_leaves_nothing_in_the_temporary_folder(tmp_path):
    program = "import kiosk.devices.escpos_encoder, sys; sys.exit('escpos.escpos' in sys.modules)"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False, timeout=60).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("width", [576, 384])
def test_a_ticket_is_at_most_three_quarters_of_what_python_escpos_sends(width):
    dots = draw(TICKET, width)
    theirs = Dummy()
    theirs.image(Image.fromarray(np.where(dots, 0, 255).astype(np.uint8)), impl="bitImageRaster")
    theirs.cut()
    assert len(escpos_encoder.encode(dots)) <= 0.75 * len(theirs.output)


def test_python_escpos_sends_the_same_dots_in_the_same_rows():
    """Their raster of the same black and white picture, row for row, is what our bands hold before trimming."""
    dots = draw(TICKET, 576)
    theirs = Dummy()
    theirs.image(Image.fromarray(np.where(dots, 0, 255).astype(np.uint8)).convert("1"), impl="bitImageRaster")
    payload = theirs.output.split(b"\x1dv0\x00", 1)[1][4:]
    assert payload == np.packbits(dots, axis=1).tobytes()
    assert np.array_equal(unpacked(escpos_encoder.encode_picture(dots), 576), dots)


PICTURES = st.tuples(st.integers(1, 300), st.integers(1, 72)).flatmap(
    lambda shape: arrays.arrays(np.uint8, shape, elements=st.sampled_from([0, 0, 0x10, 0x04, 0x05, 0x14, 0xFF, 0x1D]))
)


@settings(max_examples=150, deadline=None)
@given(packed=PICTURES)
def test_no_picture_holds_a_real_time_command_and_every_dot_that_was_drawn_is_printed(packed):
    dots = np.unpackbits(packed, axis=1).astype(np.bool_)
    sent = escpos_encoder.encode(dots)
    assert not REAL_TIME.search(sent)
    picture = sent.removeprefix(escpos_encoder.INITIALISE).removesuffix(escpos_encoder.CUT)
    printed = np.packbits(unpacked(picture, dots.shape[1]), axis=1)
    # A dot is only ever made two dots wide, and only where a command would have begun.
    changed = printed != packed
    assert set(packed[changed]) <= {0x10}
    assert set(printed[changed]) <= {0x18}


def unpacked(sent, width):
    """The rows of dots of a stream of `GS v 0` bands and `ESC J` feeds; anything else fails."""
    rows, at = [], 0
    while at < len(sent):
        if sent[at : at + 2] == b"\x1bJ":
            rows.append(np.zeros((sent[at + 2], width), dtype=np.bool_))
            at += 3
            continue
        assert sent[at : at + 4] == b"\x1dv0\x00"
        columns, count = (int.from_bytes(sent[at + i : at + i + 2], "little") for i in (4, 6))
        band = np.frombuffer(sent[at + 8 : at + 8 + columns * count], dtype=np.uint8).reshape(count, columns)
        rows.append(np.unpackbits(np.pad(band, ((0, 0), (0, width // 8 - columns))), axis=1).astype(np.bool_))
        at += 8 + columns * count
    return np.concatenate(rows)
