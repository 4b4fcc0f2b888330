"""The virtual printer against bytes that we did not make, and over a real socket."""

import io
import socket
import time

import numpy as np
import pytest
import zxingcpp
from escpos.printer import Dummy
from PIL import Image

from kiosk.devices.escpos_parser import Command, Parser
from kiosk.devices.printer import encode
from kiosk.devices.raster import draw
from kiosk.devices.virtual_printer import FAULTS, VirtualPrinter
from kiosk.rules.slips import Code, Heading, Line, Number, Rule

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


def deliver(printer, data, portion=4096, answer_bytes=0):
    """Send, then read to the end; what the printer said."""
    with socket.create_connection((printer.host, printer.port), timeout=5) as connection:
        for at in range(0, len(data), portion):
            connection.sendall(data[at : at + portion])
        if answer_bytes:
            said = b""
            while len(said) < answer_bytes:
                said += connection.recv(64)
            return said
        connection.shutdown(socket.SHUT_WR)
        said = b""
        while part := connection.recv(64):
            said += part
        return said


def hear(connection, count):
    said = b""
    while len(said) < count:
        part = connection.recv(count - len(said))
        assert part, "the printer closed the connection"
        said += part
    return said


def picture_of(dots):
    return Image.fromarray(np.where(dots, 0, 255).astype(np.uint8)).convert("1")


def eventually(condition):
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


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


@pytest.mark.parametrize("kind", ["bitImageRaster", "graphics", "bitImageColumn"])
@pytest.mark.parametrize("portion", [100_000, 37])
def test_pictures_composed_by_python_escpos(printer, width, kind, portion):
    dots = draw(TICKET, width)
    dots = np.pad(dots, ((0, -dots.shape[0] % 24), (0, 0)))
    source = Dummy()
    source.hw("INIT")
    source.image(picture_of(dots), impl=kind, fragment_height=480)
    source.cut(feed=False)
    deliver(printer, source.output, portion)
    (paper,) = printer.papers
    assert np.array_equal(paper.dots, dots)
    assert printer.unknown == []


def test_text_and_native_code_composed_by_python_escpos(printer):
    source = Dummy(profile="default")
    source.hw("INIT")
    source.set(align="center", bold=True, double_height=True, double_width=True)
    source.text("A 147\n")
    source.set(align="left", bold=False, normal_textsize=True)
    source.text("Waiting area A, please sit down until your number is called. " * 3 + "\n")
    source.qr("DT1:K7M2QX9RTA", native=True, size=6)
    source.cut()
    deliver(printer, source.output, 37)
    assert printer.unknown == []
    (paper,) = printer.papers
    picture = np.pad(np.where(paper.dots, 0, 255).astype(np.uint8), 32, constant_values=255)
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == ["DT1:K7M2QX9RTA"]
    assert paper.dots[:48].any(axis=1).sum() > 24  # double height
    ink = paper.dots[:40].any(axis=0).nonzero()[0]
    assert abs((ink[0] + ink[-1]) / 2 - paper.dots.shape[1] / 2) < 24  # centred


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


FAULT_ANSWERS = {
    "paper_out": (0x1A, 0x32, 0x12, 0x7E),
    "near_end": (0x12, 0x12, 0x12, 0x1E),
    "cover_open": (0x1A, 0x16, 0x12, 0x12),
    "cutter_error": (0x1A, 0x52, 0x1A, 0x12),
    "offline": (0x1A, 0x12, 0x12, 0x12),
}


@pytest.mark.parametrize("fault", FAULT_ANSWERS)
def test_questions_are_always_answered_and_a_fault_is_pushed(fault):
    printer = VirtualPrinter()
    printer.start()
    try:
        with socket.create_connection((printer.host, printer.port), timeout=5) as connection:
            connection.sendall(b"\x1da\xff\x1dr\x01")
            assert hear(connection, 4) == b"\x10\0\0\0"
            assert connection.recv(1) == b"\0"
            printer.set_fault(fault, True)
            assert printer.faults == {fault}
            assert hear(connection, 4) != b"\x10\0\0\0"
            connection.sendall(b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04")
            assert tuple(hear(connection, 4)) == FAULT_ANSWERS[fault]
            connection.sendall(b"\x1d(H\x06\x0000ABCD\x10\x04\x01")
            held = fault != "near_end"
            if held:
                assert connection.recv(8)[0] == 0x1A  # only the question: the mark waits for the fault to pass
            printer.set_fault(fault, False)
            said = b""
            while b'7"ABCD\0' not in said:
                said += connection.recv(64)
    finally:
        printer.stop()


def test_paper_ends_after_so_many_rows_and_goes_on_where_it_stopped(printer, width):
    dots = np.ones((200, width), np.bool_)
    printer.paper_out_after_rows(90)
    deliver(printer, encode(dots))
    assert printer.papers == []
    assert Image.open(io.BytesIO(printer.rolling)).size == (width, 90)
    assert "paper_out" in printer.faults
    printer.set_fault("paper_out", False)
    assert np.array_equal(printer.papers[0].dots, dots)


def test_a_power_cut_forgets_the_job_and_a_reset_link_does_not(printer, width):
    dots = np.ones((200, width), np.bool_)
    data = encode(dots)
    printer.fault_after_bytes("reset_link", 6000)
    with pytest.raises(ConnectionError):
        deliver(printer, data, answer_bytes=1)
    deliver(printer, data[6000:])  # the rest, on a new connection, as if nothing had been
    assert np.array_equal(printer.papers[-1].dots, dots)
    printer.fault_after_bytes("power_cut", 6000)
    with pytest.raises(ConnectionError):
        deliver(printer, data, answer_bytes=1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((printer.host, printer.port), timeout=1)
    printer.set_fault("power_cut", False)
    deliver(printer, b"\x1b@" + encode(dots))
    assert np.array_equal(printer.papers[-1].dots[-200:], dots)


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
