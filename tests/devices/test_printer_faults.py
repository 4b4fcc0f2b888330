"""What a printer lives through is told at once, and no answer is taken for another job's."""

import socket
import threading
import time

import numpy as np
import pytest

from kiosk.devices.escpos_replies import Heard, Status, status_from_answers
from kiosk.devices.printer import Deadlines, NoPrinter, Outcome, encode, open_printer
from kiosk.devices.raster import draw
from kiosk.rules.slips import Code, Heading, Line, Number
from tests.devices.wire import eventually, in_background

LIMITS = {
    **{"connect": 2, "answer": 1.5, "stall": 2, "finish": 3, "mechanism": 1.5, "fault": 20},
    **{"grace": 0.1, "poll": 0.05, "drain": 1},
}
QUICK = Deadlines(**LIMITS)
IMPATIENT = Deadlines(**{**LIMITS, "fault": 0.2})
TICKET = draw([Heading("Điểm tiêm"), Number("A 147"), Line("Khu A"), Code("DT1:K7M2QX9RTA", 8)], 576)
NEXT = draw([Heading("Điểm tiêm"), Number("B 8")], 576)
ROWS_PER_SECOND = 400


@pytest.fixture
def printer(machine):
    opened = open_printer(machine.address, deadlines=QUICK)
    yield opened
    opened.close()


@pytest.mark.parametrize("fault", ["paper_out", "cover_open", "offline", "cutter_error"])
def test_a_fault_inside_a_job_is_told_at_once_and_named_in_the_end(machine, printer, fault):
    told = []
    printer.status()
    printer.watch(told.append)
    machine.fault_after_rows(fault, 100)
    result = in_background(lambda: printer.print("job", TICKET, lambda: None))
    eventually(lambda: [status.state for status in told] == [fault])
    machine.set_fault(fault, False)
    assert result() == Outcome("printed", fault=fault)
    assert machine.papers[0].dots.shape == TICKET.shape
    assert [status.state for status in told] in ([fault], [fault, "ready"])
    assert printer.status() == Status("ready")
    assert told[-1] == Status("ready")


def test_the_first_fault_is_what_people_are_told(machine, printer):
    told = []
    printer.watch(told.append)
    machine.paper_out_after_rows(100)
    result = in_background(lambda: printer.print("job", TICKET, lambda: None))
    eventually(lambda: told and told[-1].state == "paper_out")
    machine.set_fault("cover_open", True)
    eventually(lambda: told[-1].state == "cover_open")
    machine.set_fault("paper_out", False)
    machine.set_fault("cover_open", False)
    assert result() == Outcome("printed", fault="paper_out")


def test_a_printer_that_stands_still_without_a_reason_is_told_before_it_is_given_up(machines):
    machine = machines(buffer_bytes=1000)
    machine.set_fault("no_asb", True)
    printer = open_printer(machine.device(), deadlines=QUICK)
    told = []
    printer.watch(told.append)
    machine.paper_out_after_rows(20)
    outcome = printer.print("job", TICKET, lambda: None)
    assert outcome in (Outcome("doubtful", "stalled"), Outcome("doubtful", "no_answer"))
    assert [status.state for status in told] in (["ready", "offline"], ["ready", "mute"], ["ready", "offline", "mute"])
    printer.close()


def test_a_printer_that_falls_silent_inside_a_job_is_told_long_before_the_doubt(machines):
    machine = machines()
    printer = open_printer(machine.address, deadlines=Deadlines(**{**LIMITS, "finish": 5}))
    assert printer.print("one", NEXT, lambda: None) == Outcome("printed")
    told = []
    printer.watch(told.append)
    machine.fault_after_bytes("mute", 1000)
    result = in_background(lambda: printer.print("job", TICKET, lambda: None))
    eventually(lambda: told)
    assert printer._lock.acquire(blocking=False) is False, "the job waits on"
    assert result() == Outcome("doubtful", "no_answer")
    assert told == [Status("mute")], "one that has not answered since is not called ready in between"
    assert printer.status() == Status("mute")
    assert told == [Status("mute")]
    printer.close()


def test_a_lost_link_inside_a_job_is_told_at_once(machine, printer):
    told = []
    printer.watch(told.append)
    machine.fault_after_bytes("power_cut", 9000)
    assert printer.print("job", TICKET, lambda: None) == Outcome("doubtful", "link_lost")
    assert [status.state for status in told] == ["ready", "unreachable"]


def test_silence_is_told_before_the_printer_is_asked_once_more(machine, printer):
    assert printer.status() == Status("ready")
    told = []

    def tell(status):
        told.append(status)
        machine.set_fault("power_cut", True)  # it was no mute printer but its plug

    printer.watch(tell)
    machine.set_fault("mute", True)
    assert printer.status() == Status("unreachable")
    assert [status.state for status in told] == ["mute", "unreachable"]


def test_a_printer_known_to_be_mute_keeps_nobody_waiting(machine):
    patient = Deadlines(**{**LIMITS, "answer": 2})
    printer = open_printer(machine.address, deadlines=patient)
    machine.set_fault("mute", True)
    assert printer.status() == Status("mute")
    began = time.monotonic()
    for _ in range(10):
        assert printer.status() == Status("mute")
    assert time.monotonic() - began < 5 * patient.answer
    printer.close()


@pytest.mark.parametrize("marks", [True, False], ids=["marks", "clone"])
@pytest.mark.parametrize("life", ["same process", "new process"])
def test_an_old_job_that_ends_late_is_not_taken_for_the_next(machines, marks, life):
    machine = machines(rows_per_second=ROWS_PER_SECOND)
    machine.set_fault("no_process_id", not marks)
    printer = open_printer(machine.address, deadlines=IMPATIENT)
    machine.paper_out_after_rows(20)
    assert printer.print("job", TICKET, lambda: None).state == "doubtful"
    if life == "new process":
        printer.close()
        printer = open_printer(machine.address, deadlines=IMPATIENT, torn=True)
    assert printer.status().state == "paper_out"
    machine.set_fault("paper_out", False)
    ends = []
    eventually(lambda: ends.append(printer.print("next", NEXT, lambda: None)) or ends[-1].state != "held")
    assert ends[-1] == Outcome("printed")
    assert np.array_equal(machine.papers[0].dots, TICKET)
    assert np.array_equal(machine.papers[-1].dots, NEXT), "it was called printed before it was"
    assert machine.unknown == []
    printer.close()


def test_a_clone_whose_slip_was_torn_comes_in_step_again(machines):
    machine = machines()
    machine.set_fault("no_process_id", True)
    with socket.create_connection((machine.host, machine.port)) as connection:
        connection.sendall(encode(TICKET)[:5000])
    printer = open_printer(machine.address, deadlines=QUICK, torn=True)
    assert printer.print("next", NEXT, lambda: None) == Outcome("printed")
    assert np.array_equal(machine.papers[-1].dots, NEXT)
    printer.close()


def test_one_that_does_not_confirm_any_more_is_doubted_once():
    """Another printer may have been plugged in; the first slip that it does not confirm is a person's matter."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        answers = {b"\x10\x04\x01": b"\x12", b"\x1dr\x01": b"\x00"}

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    while part := connection.recv(65536):
                        for question, answer in list(answers.items()):
                            connection.sendall(answer * part.count(question))

        threading.Thread(target=serve, daemon=True).start()
        limits = Deadlines(**{**LIMITS, "answer": 0.5, "finish": 1, "mechanism": 0.2})
        printer = open_printer(f"tcp://{address[0]}:{address[1]}", deadlines=limits)
        assert printer.print("one", NEXT, lambda: None) == Outcome("printed")
        del answers[b"\x1dr\x01"]
        ends = [printer.print(job, NEXT, lambda: None) for job in ("two", "three", "four")]
        assert [(end.state, end.reason) for end in ends] == [
            ("doubtful", "no_answer"),
            ("sent", "no_confirmation"),
            ("sent", "no_confirmation"),
        ]
        printer.close()


def test_a_picture_wider_than_the_paper_reaches_the_printer_unharmed(machines):
    machine = machines(width_dots=576)
    printer = open_printer(machine.address, deadlines=QUICK)
    wide = np.zeros((40, 640), np.bool_)
    wide[10:20] = True
    assert printer.print("width", wide, lambda: None) == Outcome("printed")
    assert np.array_equal(machine.papers[0].dots, wide[:, :576])
    assert machine.unknown == []
    printer.close()


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ((0x12, 0x12, 0, 0x12), Status("ready")),
        ((0x1A, 0x12, 0, 0x12), Status("offline")),
        ((0x1A, 0x52, 0x1A, 0x12), Status("cutter_error")),
        ((0x1A, 0x52, 0x32, 0x12), Status("error")),
        ((0x1A, 0x52, 0x52, 0x12), Status("error")),
        ((0x1A, 0x52, 0, 0x12), Status("error")),
        ((0x1A, 0x36, 0, 0x7E), Status("cover_open", near_end=True)),
        ((0x1A, 0x32, 0, 0x7E), Status("paper_out", near_end=True)),
        ((0x12, 0x12, 0, 0x1E), Status("ready", near_end=True)),
    ],
)
def test_the_answers_of_the_books_are_understood(answers, state):
    assert status_from_answers(*answers) == state


@pytest.mark.parametrize(
    ("pushed", "state"),
    [(b"\x18\x08\x00\x00", "cutter_error"), (b"\x18\x20\x00\x00", "error"), (b"\x18\x40\x00\x00", "error")],
)
def test_a_pushed_error_says_whether_it_is_the_cutter(pushed, state):
    heard = Heard()
    heard.take(pushed)
    assert (heard.pushed, heard.fault) == (Status(state), state)


def test_nobody_listens_to_no_printer():
    printer = NoPrinter()
    printer.watch(pytest.fail)
    assert printer.status() == Status("none")
