"""What comes out of the virtual printer, over a real socket. tests/peers has the bytes that we did not make."""

import io

import numpy as np
import pytest
from PIL import Image

from kiosk.devices.escpos_parser import Command, Parser
from kiosk.devices.printer import encode
from kiosk.devices.raster import draw
from kiosk.devices.virtual_printer import FAULTS, VirtualPrinter
from kiosk.rules.slips import Code, Heading, Line, Number, Rule
from tests.devices.wire import deliver, eventually

TICKET = (Heading("Điểm tiêm"), Rule(), Number("A 147"), Line("Mời bác chờ ở khu A"), Code("DT1:K7M2QX9RTA", 8))


@pytest.fixture(params=[576, 384])
def width(request):
    return request.param


@pytest.fixture
def printer(width):
    machine = VirtualPrinter(width_dots=width)
    machine.start()
    yield machine
    machine.stop()


@pytest.mark.parametrize("portion", [100_000, 37])
def test_a_drawn_ticket_comes_out_dot_for_dot(printer, width, portion):
    dots = draw(TICKET, width)
    deliver(printer, encode(dots), portion)
    (paper,) = printer.papers
    assert paper.n == 1
    assert np.array_equal(paper.dots, dots)
    assert np.array_equal(~np.asarray(Image.open(io.BytesIO(paper.png))), dots)
    assert printer.unknown == []


def test_random_pictures_come_out_dot_for_dot(printer, width):
    chance = np.random.default_rng(7)
    for height, ink in [(1, 1.0), (7, 0.0), (64, 0.5), (65, 0.01), (300, 0.001), (700, 0.0002)]:
        dots = chance.random((height, width)) < ink
        # A lone dot that would spell a real-time command becomes two dots wide; such a picture is not drawn by us.
        deliver(printer, encode(dots), 37)
        paper = printer.papers[-1]
        assert paper.dots.shape == dots.shape
        differing = paper.dots != dots
        assert not (differing & dots).any()
        assert differing.sum() <= height * width / 5000
    assert printer.unknown == []


def test_no_real_time_command_hides_in_a_picture():
    row = np.unpackbits(np.frombuffer(b"\x10\x04\x01\x10\x05\x10\x14\x08", np.uint8)).astype(bool)
    data = encode(np.tile(row, (3, 2)))
    for forbidden in (b"\x10\x04", b"\x10\x05", b"\x10\x14"):
        assert forbidden not in data


def test_an_unknown_command_is_named_and_what_follows_is_still_right(printer, width):
    dots = draw([Number("B 7")], width)
    strange = b"\x1b@\x1dk\x49\x06{B1234\x1c2\xf0\x40" + bytes(72) + b"\x1d\x7f"
    deliver(printer, strange + encode(dots), 37)
    assert np.array_equal(printer.papers[-1].dots, dots)
    assert printer.unknown == ["GS k", "FS 2", "unknown 1d 7f"]


def test_the_parser_knows_where_commands_end():
    stream = {
        b"\x1b@": Command("ESC @"),
        b"\x10\x04\x01": Command("DLE EOT", b"\x01"),
        b"\x1b*\x21\x02\x00abcdef": Command("ESC *", b"\x21\x02\x00abcdef"),
        b"\x1d8L\x03\x00\x00\x00\x30\x32\x10": Command("GS 8 L", b"\x30\x32\x10"),
        b"\x1bD\x08\x10\x00": Command("ESC D", b"\x08\x10\x00"),
        b"\x1dV\x42\x05": Command("GS V", b"\x42\x05"),
        b"\x1dV\x01": Command("GS V", b"\x01"),
        b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08": Command("DLE DC4", b"\x08\x01\x03\x14\x01\x06\x02\x08"),
        b"\x1b&\x01\x41\x42\x02ab\x01c": Command("ESC &", b"\x01\x41\x42\x02ab\x01c"),
        b"\x1dg0\x00\x14\x00": Command("GS g 0", b"\x00\x14\x00"),
    }
    parser = Parser()
    seen = [command for byte in b"".join(stream) for command in parser.feed(bytes([byte]))]
    assert seen == list(stream.values())


def test_paper_can_be_watched_rolling_out():
    printer = VirtualPrinter(rows_per_second=2000)
    printer.start()
    try:
        dots = draw(TICKET, 576)
        deliver(printer, encode(dots))
        eventually(lambda: Image.open(io.BytesIO(printer.rolling)).size[1] > 50)
        eventually(lambda: printer.papers)
        assert np.array_equal(printer.papers[0].dots, dots)
    finally:
        printer.stop()


def test_only_known_faults_can_be_ordered(printer):
    for name in FAULTS:
        printer.set_fault(name, False)
    with pytest.raises(ValueError, match="no such fault"):
        printer.set_fault("on_fire", True)
