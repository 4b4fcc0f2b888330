"""The virtual printer out of order: what it answers, what it pushes, and what becomes of the paper."""

import io
import json
import socket
import time

import numpy as np
import pytest
from PIL import Image

from kiosk.devices.escpos_encoder import CUT, INITIALISE
from kiosk.devices.printer import encode
from kiosk.devices.virtual_printer import VirtualPrinter
from tests.devices.wire import deliver, eventually, hear

BLACK = np.ones((200, 576), np.bool_)
MARK = b"\x1d(H\x06\x0000ABCD"


@pytest.fixture
def printer():
    machine = VirtualPrinter()
    machine.start()
    yield machine
    machine.stop()


@pytest.fixture
def connection(printer):
    with socket.create_connection((printer.host, printer.port), timeout=10) as opened:
        yield opened


FAULT_ANSWERS = {
    "paper_out": (0x1A, 0x32, 0x12, 0x7E),
    "near_end": (0x12, 0x12, 0x12, 0x1E),
    "cover_open": (0x1A, 0x16, 0x12, 0x12),
    "cutter_error": (0x1A, 0x52, 0x1A, 0x12),
    "offline": (0x1A, 0x12, 0x12, 0x12),
}


QUESTIONS = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"


@pytest.mark.parametrize("fault", FAULT_ANSWERS)
def test_questions_are_always_answered_and_a_fault_is_pushed(printer, connection, fault):
    connection.sendall(b"\x1da\xff\x1dr\x01")
    assert hear(connection, 5) == b"\x10\0\0\0" + b"\0"
    printer.set_fault(fault, True)
    assert printer.faults == {fault}
    assert hear(connection, 4) != b"\x10\0\0\0"
    connection.sendall(QUESTIONS)
    assert tuple(hear(connection, 4)) == FAULT_ANSWERS[fault]
    connection.sendall(MARK + b"\x10\x04\x01")
    if fault != "near_end":
        assert hear(connection, 1) == b"\x1a"  # only the question: the mark waits for the fault to pass
    printer.set_fault(fault, False)
    said = b""
    while b'7"ABCD\0' not in said:
        said += hear(connection, 1)


def test_paper_ends_after_so_many_rows_and_goes_on_where_it_stopped(printer):
    printer.paper_out_after_rows(90)
    deliver(printer, encode(BLACK))
    assert printer.papers == []
    assert Image.open(io.BytesIO(printer.rolling)).size == (576, 90)
    assert "paper_out" in printer.faults
    printer.set_fault("paper_out", False)
    assert np.array_equal(printer.papers[0].dots, BLACK)


def test_a_power_cut_forgets_the_job_and_a_reset_link_does_not(printer):
    data = encode(BLACK)
    printer.fault_after_bytes("reset_link", 6000)
    with pytest.raises(ConnectionError):
        deliver(printer, data, answer_bytes=1)
    deliver(printer, data[6000:])  # the rest, on a new connection, as if nothing had been
    assert np.array_equal(printer.papers[-1].dots, BLACK)
    printer.fault_after_bytes("power_cut", 6000)
    with pytest.raises(ConnectionError):
        deliver(printer, data, answer_bytes=1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((printer.host, printer.port), timeout=1)
    printer.set_fault("power_cut", False)
    deliver(printer, b"\x1b@" + encode(BLACK))
    assert np.array_equal(printer.papers[-1].dots[-200:], BLACK)


def test_a_printer_without_the_sensor_never_says_near_end(printer, connection):
    printer.set_fault("no_near_end_sensor", True)
    printer.set_fault("near_end", True)
    connection.sendall(QUESTIONS + b"\x1dr\x01")
    assert hear(connection, 5) == b"\x12\x12\x12\x12\0"
    printer.set_fault("paper_out", True)
    connection.sendall(b"\x10\x04\x04")
    assert hear(connection, 1) == b"\x72"


def test_a_clone_pushes_nothing_and_gives_no_mark_back(printer, connection):
    printer.set_fault("no_asb", True)
    printer.set_fault("no_process_id", True)
    connection.sendall(b"\x1da\xff" + MARK + b"\x1dr\x01")
    assert hear(connection, 1) == b"\0"
    printer.set_fault("cover_open", True)
    connection.sendall(b"\x10\x04\x02")
    assert hear(connection, 1) == b"\x16"
    assert printer.unknown == []


def test_what_is_pushed_ends_with_initialise(printer, connection):
    connection.sendall(b"\x1da\xff\x1b@\x1dr\x01")
    assert hear(connection, 5) == b"\x10\0\0\0\0"
    printer.set_fault("cover_open", True)
    connection.sendall(b"\x10\x04\x01")
    assert hear(connection, 1) == b"\x1a"


def test_a_fault_comes_after_some_time(printer):
    printer.fault_after_seconds("cover_open", 0.05)
    assert printer.faults == frozenset()
    eventually(lambda: printer.faults == {"cover_open"})
    printer.fault_after_seconds("reset_link", 0.05)
    with (
        socket.create_connection((printer.host, printer.port), timeout=20) as connection,
        pytest.raises(ConnectionError),
    ):
        hear(connection, 1)


def test_a_fault_that_is_still_to_come_does_not_hold_up_the_end():
    printer = VirtualPrinter()
    printer.start()
    printer.fault_after_seconds("power_cut", 600)
    printer.stop()
    assert printer.faults == frozenset()


def hang(printer):
    return Image.open(io.BytesIO(printer.rolling)).size[1]


def test_a_cutter_fails_at_the_cut_and_the_slip_hangs_until_it_is_mended(printer, connection):
    printer.fault_after_bytes("cutter_error", 100)
    connection.sendall(encode(BLACK) + MARK)
    eventually(lambda: printer.faults == {"cutter_error"})
    assert printer.papers == []
    assert hang(printer) == 200  # all of it came out
    printer.set_fault("cutter_error", False)
    assert hear(connection, 7) == b'7"ABCD\0'
    assert np.array_equal(printer.papers[0].dots, BLACK)


def test_recovering_with_empty_buffers_leaves_the_slip_uncut(printer, connection):
    printer.fault_after_rows("cutter_error", 1)
    connection.sendall(encode(BLACK))
    eventually(lambda: printer.faults)
    connection.sendall(b"\x10\x05\x02\x1dr\x01")
    assert hear(connection, 1) == b"\0"
    assert printer.faults == frozenset()
    assert printer.papers == []
    connection.sendall(encode(BLACK) + MARK)
    assert hear(connection, 7) == b'7"ABCD\0'
    assert printer.papers[0].facts.height == 400


@pytest.mark.parametrize("way", ["tcp", "device"])
def test_a_slow_line_takes_so_many_bytes_a_second(way):
    printer = VirtualPrinter(slow_bytes_per_second=20_000)
    printer.start()
    try:
        printer.set_fault("slow", True)
        data, begun = encode(BLACK), time.monotonic()
        if way == "tcp":
            deliver(printer, data)
        else:
            with open(printer.device(), "wb", buffering=0) as device:
                assert sum(device.write(data[at : at + 512]) for at in range(0, len(data), 512)) == len(data)
        eventually(lambda: printer.papers)
        took = time.monotonic() - begun
        assert took > len(data) / 20_000 - 0.2  # never faster; a busy machine may well be slower
        assert np.array_equal(printer.papers[0].dots, BLACK)
    finally:
        printer.stop()


def test_a_device_file_can_be_pulled_out_and_put_back(printer):
    with open(printer.device(), "r+b", buffering=0) as device:
        device.write(b"\x10\x04\x01")
        assert device.read(1) == b"\x12"
        printer.unplug()
        with pytest.raises(OSError, match="Input/output error"):
            device.write(b"\x10\x04\x01")
    with open(printer.device(), "r+b", buffering=0) as device:
        device.write(encode(BLACK) + b"\x1dr\x01")
        assert device.read(1) == b"\0"
    assert np.array_equal(printer.papers[0].dots, BLACK)


def test_chinese_mode_takes_letters_in_pairs_until_it_is_told_not_to(printer):
    printer.set_fault("chinese_mode", True)
    deliver(printer, b"\x1bt\x34" + "é ơn".encode("cp1258") + b"\n\x1b@\xc4\xe3\n" + CUT, 1)
    lines = [line.text for line in printer.papers[0].facts.lines]
    assert lines[1] == "你"
    assert "é" not in lines[0]  # the letter and the blank after it were taken for one
    assert printer.papers[0].facts.lines[0].pages == ("gb18030",)


def test_our_jobs_leave_chinese_mode_and_pictures_do_not_know_it(printer):
    printer.set_fault("chinese_mode", True)
    deliver(printer, encode(BLACK) + INITIALISE + b"\x1bt\x10" + "é à".encode("cp1252") + b"\n" + CUT)
    first, second = printer.papers
    assert np.array_equal(first.dots, BLACK)
    assert second.facts.lines[0].text == "é à"
    assert printer.unknown == []
    printer.set_fault("power_cut", True)
    printer.set_fault("power_cut", False)
    deliver(printer, b"\xc4\xe3\n" + CUT)
    assert printer.papers[-1].facts.lines[0].text == "你"


def band(inside):
    """One band, 72 bytes wide, of which `inside` is the beginning."""
    return b"\x1dv0\0\x48\0\x01\0" + inside.ljust(72, b"\0")


@pytest.mark.parametrize("portion", [1, 4096])
def test_a_question_inside_a_picture_is_answered_and_stays_a_picture(printer, portion):
    said = deliver(printer, INITIALISE + band(b"\x10\x04\x01") + CUT + b"\x1dr\x01", portion, answer_bytes=2)
    assert said == b"\x12\0"
    assert np.packbits(printer.papers[0].dots[0]).tobytes()[:3] == b"\x10\x04\x01"


def test_some_clones_take_it_for_a_picture_only():
    printer = VirtualPrinter(hears_inside=False)
    printer.start()
    try:
        said = deliver(printer, INITIALISE + band(b"\x10\x04\x01") + b"\x10\x04\x01\x1dr\x01", answer_bytes=2)
        assert said == b"\x12\0"
    finally:
        printer.stop()


def test_clearing_the_buffers_ends_a_picture_that_was_cut_short(printer):
    clear = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
    deliver(printer, band(b"")[:30] + clear + encode(BLACK))
    assert np.array_equal(printer.papers[0].dots, BLACK)


def test_the_facts_of_a_paper_are_json_too(printer):
    deliver(printer, b"\x1b@A 147\n\x1d\x7f" + CUT)
    (paper,) = printer.papers
    told = json.loads(paper.json)
    assert told == {
        "n": 1, "width": 576, "height": 30, "cut": "partial", "lines": [{"text": "A 147", "pages": ["cp437"]}],
        "codes": [], "commands": {"ESC @": 1, "unknown": 1, "GS V": 1},
        "unknown": ["unknown 1d 7f"], "unsayable": 0,
    }  # fmt: skip
