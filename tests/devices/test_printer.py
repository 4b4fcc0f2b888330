"""The print transaction against the virtual printer, over TCP and over a device file: every end is an honest one."""

import socket
import threading
import time

import numpy as np
import pytest
import zxingcpp

from kiosk.devices.escpos_printer import EscPosPrinter
from kiosk.devices.escpos_replies import Heard, Status
from kiosk.devices.printer import Deadlines, Outcome, encode, open_printer
from kiosk.devices.printer_links import TcpLink
from kiosk.devices.raster import draw
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.rules.slips import Code, Heading, Line, Number, Rule
from tests.devices.wire import eventually, in_background

QUICK = Deadlines(connect=2, answer=1.5, stall=2, finish=2, mechanism=0.3, fault=20, grace=0.1, poll=0.05, drain=1)
TICKET = draw([Heading("Điểm tiêm"), Rule(), Number("A 147"), Line("Khu A"), Code("DT1:K7M2QX9RTA", 8)], 576)
NEXT = draw([Heading("Điểm tiêm"), Number("B 8")], 576)


class Journal:
    """Counts how often the first byte was announced."""

    def __init__(self):
        self.first_bytes = 0

    def __call__(self):
        self.first_bytes += 1


@pytest.fixture
def journal():
    return Journal()


@pytest.fixture(params=["tcp", "device"])
def target(request, machine):
    return machine.address if request.param == "tcp" else machine.device()


@pytest.fixture
def printer(target):
    opened = open_printer(target, deadlines=QUICK)
    yield opened
    opened.close()


@pytest.fixture
def tcp_printer(machine):
    opened = open_printer(machine.address, deadlines=QUICK)
    yield opened
    opened.close()


def test_a_job_is_printed_dot_for_dot_and_confirmed(machine, printer, journal):
    assert printer.status() == Status("ready")
    for job in ("one", "two", "three"):
        assert printer.print(job, TICKET, journal) == Outcome("printed")
    assert journal.first_bytes == 3
    assert [paper.n for paper in machine.papers] == [1, 2, 3]
    assert all(np.array_equal(paper.dots, TICKET) for paper in machine.papers)
    assert machine.unknown == []


def test_the_code_is_read_from_the_printed_paper(machine, printer, journal):
    printer.print("job", TICKET, journal)
    picture = np.where(machine.papers[0].dots, 0, 255).astype(np.uint8)
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == ["DT1:K7M2QX9RTA"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("paper_out", "paper_out"),
        ("cover_open", "cover_open"),
        ("cutter_error", "cutter_error"),
        ("offline", "offline"),
    ],
)
def test_a_fault_before_the_job_holds_it_and_nothing_leaves(machine, printer, journal, fault, state):
    machine.set_fault(fault, True)
    assert printer.status().state == state
    assert printer.print("job", TICKET, journal) == Outcome("held", state)
    assert journal.first_bytes == 0
    machine.set_fault(fault, False)
    assert machine.papers == []
    assert printer.print("job", TICKET, journal) == Outcome("printed")
    assert len(machine.papers) == 1


def test_near_end_is_told_and_prints(machine, printer, journal):
    machine.set_fault("near_end", True)
    assert printer.status() == Status("ready", near_end=True)
    assert printer.print("job", TICKET, journal) == Outcome("printed")


def test_paper_that_runs_out_during_the_job_comes_back(machine, printer, journal):
    machine.paper_out_after_rows(100)
    result = in_background(lambda: printer.print("job", TICKET, journal))
    eventually(lambda: "paper_out" in machine.faults)
    eventually(lambda: printer.status().state == "paper_out")  # told while the job is waiting
    time.sleep(0.3)
    machine.set_fault("paper_out", False)
    assert result() == Outcome("printed", fault="paper_out")
    assert journal.first_bytes == 1
    (paper,) = machine.papers
    assert np.array_equal(paper.dots, TICKET)


def test_paper_out_is_told_even_when_the_buffer_is_full(journal):
    machine = VirtualPrinter(buffer_bytes=2048)
    machine.start()
    printer = open_printer(machine.address, deadlines=QUICK)
    try:
        machine.paper_out_after_rows(10)
        result = in_background(lambda: printer.print("job", TICKET, journal))
        eventually(lambda: printer.status().state == "paper_out")
        time.sleep(0.4)
        machine.set_fault("paper_out", False)
        assert result() == Outcome("printed", fault="paper_out")
        assert np.array_equal(machine.papers[0].dots, TICKET)
    finally:
        machine.stop()
        printer.close()


def test_paper_that_does_not_come_back_leaves_a_doubt(machine, journal, target):
    printer = open_printer(target, deadlines=Deadlines(**{**vars(QUICK), "fault": 0.2}))
    machine.paper_out_after_rows(100)
    assert printer.print("job", TICKET, journal) == Outcome("doubtful", "paper_out", fault="paper_out")
    assert printer.print("next", NEXT, journal) == Outcome("held", "paper_out")
    machine.set_fault("paper_out", False)
    assert printer.print("next", NEXT, journal) == Outcome("printed")
    printer.close()
    assert np.array_equal(machine.papers[0].dots, TICKET)
    assert np.array_equal(machine.papers[-1].dots, NEXT)


@pytest.mark.parametrize("fault", ["power_cut", "reset_link"])
@pytest.mark.parametrize("count", [30, 200, 9000])
def test_a_break_during_the_job_is_doubtful_and_the_next_job_is_whole(machine, tcp_printer, journal, fault, count):
    tcp_printer.status()
    machine.fault_after_bytes(fault, count)
    outcome = tcp_printer.print("job", TICKET, journal)
    assert outcome == Outcome("doubtful", "link_lost")
    assert journal.first_bytes == 1
    if fault == "power_cut":
        assert tcp_printer.status().state == "unreachable"
        assert tcp_printer.print("next", NEXT, journal) == Outcome("held", "unreachable")
        assert journal.first_bytes == 1
        machine.set_fault("power_cut", False)
    assert tcp_printer.status().state == "ready"
    assert tcp_printer.print("next", NEXT, journal) == Outcome("printed")
    assert np.array_equal(machine.papers[-1].dots, NEXT)  # the torn half was cut off before
    assert machine.unknown == []


def test_a_job_that_came_out_but_was_not_confirmed_is_not_sent_again(machine, tcp_printer, journal):
    tcp_printer.print("first", NEXT, journal)
    machine.fault_after_rows("mute", TICKET.shape[0] - 1)
    assert tcp_printer.print("job", TICKET, journal) == Outcome("doubtful", "no_answer")
    machine.set_fault("mute", False)
    assert tcp_printer.print("next", NEXT, journal) == Outcome("printed")
    assert [paper.dots.shape for paper in machine.papers] == [NEXT.shape, TICKET.shape, NEXT.shape]


def test_a_printer_that_cannot_answer_is_sent_the_job(machine, printer, journal):
    machine.set_fault("mute", True)
    assert printer.status() == Status("mute")
    assert printer.print("job", TICKET, journal) == Outcome("sent", "mute")
    eventually(lambda: machine.papers)
    assert np.array_equal(machine.papers[0].dots, TICKET)
    assert journal.first_bytes == 1


def test_a_printer_that_could_say_so_and_is_silent_now_has_not_surely_printed(machine, tcp_printer, journal):
    assert tcp_printer.print("one", NEXT, journal).state == "printed"
    machine.set_fault("mute", True)
    assert tcp_printer.print("two", TICKET, journal).state == "doubtful"
    machine.set_fault("mute", False)
    assert tcp_printer.print("three", NEXT, journal) == Outcome("printed")


def test_a_printer_that_falls_silent_and_speaks_again(machine, tcp_printer, journal):
    assert tcp_printer.print("one", TICKET, journal).state == "printed"
    machine.set_fault("mute", True)
    assert tcp_printer.status() == Status("mute")
    machine.set_fault("mute", False)
    assert tcp_printer.status() == Status("ready")
    assert tcp_printer.print("two", TICKET, journal) == Outcome("printed")


def test_one_silence_makes_no_mute_printer(machine):
    machine.set_fault("mute", True)
    links = []

    def connect():
        machine.set_fault("mute", not links)
        links.append(TcpLink(machine.host, machine.port, QUICK.connect))
        return links[-1]

    printer = EscPosPrinter(connect, QUICK)
    assert printer.status() == Status("ready")
    assert len(links) == 2
    printer.close()


def test_a_process_that_died_inside_a_picture_does_not_eat_the_next_slip(machine, target, journal):
    beginning = encode(TICKET)[:5000]
    if target.startswith("tcp"):
        with socket.create_connection((machine.host, machine.port)) as connection:
            connection.sendall(beginning)
    else:
        with open(target, "wb", buffering=0) as device:
            while beginning:
                beginning = beginning[device.write(beginning) :]
    printer = open_printer(target, deadlines=QUICK, torn=True)
    assert printer.print("next", NEXT, journal) == Outcome("printed")
    assert np.array_equal(machine.papers[-1].dots, NEXT)
    printer.close()


def test_the_end_of_a_broken_job_is_sent_again_when_the_first_link_went_nowhere(machine, journal):
    with socket.create_connection((machine.host, machine.port)) as connection:
        connection.sendall(encode(TICKET)[:5000])
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        ways = iter([nobody.getsockname(), (machine.host, machine.port)])
        printer = EscPosPrinter(lambda: TcpLink(*next(ways), QUICK.connect), QUICK, torn=True)
        assert printer.print("next", NEXT, journal) == Outcome("printed")
        assert np.array_equal(machine.papers[-1].dots, NEXT)
        printer.close()


def test_nothing_leaves_when_the_journal_cannot_be_written(machine, printer):
    def full_disk():
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        printer.print("job", TICKET, full_disk)
    assert printer.print("job", NEXT, lambda: None) == Outcome("printed")
    assert len(machine.papers) == 1


def test_closing_at_once_truncates_nothing(machine, journal):
    machine.set_fault("mute", True)
    for job in range(10):
        printer = open_printer(machine.address, deadlines=Deadlines(**{**vars(QUICK), "answer": 0.02, "grace": 0}))
        assert printer.print(str(job), TICKET, journal).state == "sent"
        machine.set_fault("mute", False)  # unread state is waiting when the link is closed
        machine.set_fault("near_end", job % 2 == 0)
        machine.set_fault("mute", True)
        printer.close()
    eventually(lambda: len(machine.papers) == 10)
    assert all(np.array_equal(paper.dots, TICKET) for paper in machine.papers)


def test_an_idle_connection_that_the_printer_closed_is_made_again(machine, tcp_printer, journal):
    assert tcp_printer.status() == Status("ready")
    machine.set_fault("reset_link", True)
    assert tcp_printer.print("job", TICKET, journal) == Outcome("printed")


def clone(answers, connections=1):
    """A cheap printer: it says `answers[question]` whenever the bytes of a question come by; its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        for _ in range(connections):
            connection, _ = listener.accept()
            with connection:
                waiting = b""
                while part := connection.recv(65536):
                    waiting += part
                    for question, answer in answers.items():
                        connection.sendall(answer * waiting.count(question))
                    waiting = waiting[-2:] if not any(waiting.endswith(question) for question in answers) else b""
        listener.close()

    threading.Thread(target=serve, daemon=True).start()
    return f"tcp://127.0.0.1:{listener.getsockname()[1]}"


def test_a_clone_that_knows_only_the_sensor_question_confirms_by_it(journal):
    printer = open_printer(clone({b"\x10\x04\x01": b"\x12", b"\x1dr\x01": b"\x00"}), deadlines=QUICK)
    assert printer.print("job", NEXT, journal) == Outcome("printed")
    printer.close()


def test_a_clone_that_answers_only_real_time_questions_is_never_believed_to_have_printed(journal):
    printer = open_printer(clone({b"\x10\x04\x01": b"\x12"}), deadlines=QUICK)
    assert printer.print("job", NEXT, journal) == Outcome("sent", "no_confirmation")
    printer.close()


def test_a_printer_that_takes_nothing_is_given_up(journal):
    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts by its backlog, never reads
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        printer = open_printer(address, deadlines=Deadlines(**{**vars(QUICK), "drain": 0.1}))
        huge = np.tile(np.random.default_rng(1).random((64, 576)) < 0.5, (1000, 1))
        assert printer.status() == Status("mute")
        assert printer.print("job", huge, journal) == Outcome("doubtful", "stalled")
        printer.close()


def test_no_printer_and_no_such_printer(journal):
    nothing = open_printer("")
    assert nothing.status() == Status("none")
    assert nothing.print("job", TICKET, journal) == Outcome("held", "none")
    nothing.close()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for target in (f"tcp://127.0.0.1:{port}", "/dev/usb/lp99"):
        absent = open_printer(target, deadlines=QUICK)
        assert absent.status() == Status("unreachable")
        assert absent.print("job", TICKET, journal) == Outcome("held", "unreachable")
        absent.close()
    assert journal.first_bytes == 0
    for wrong in ("lp0", "http://10.0.0.7", "tcp://"):
        with pytest.raises(ValueError, match="printer target"):
            open_printer(wrong)


def test_answers_are_sorted_out_of_one_stream_in_pieces():
    heard = Heard()
    stream = b'\x12\x14\x00\x00\x0f7"AB1Z\x00\x1c\x00\x0c\x00\x00\x11\x1a'
    for byte in stream:
        heard.take(bytes([byte]))
    assert heard.answers == [0x12, 0x1A]
    assert heard.marks == {b"AB1Z"}
    assert heard.pushed == Status("paper_out", near_end=False)
    assert heard.fault == "paper_out"
    assert heard.sensors == 1
