"""The virtual printer answers receiptio (npm, 2.1.2) as a real printer does: about its state and about jobs."""

import itertools
import os
import subprocess

import pytest

from tests.devices.wire import eventually
from tests.peers.conftest import HERE, codes_on

RECEIPT = """\
^^^Diem tiem Yen Bai

^^^A 147

-
Khu cho | A
{code:DT1:K7M2QX9RTA;option:qrcode,6,M}
Moi bac cho den khi goi so
"""
# receiptio knows only port 9100: every printer has an address of its own, and so has every run.
PLACE = f"127.{91 + os.getpid() % 64}.{os.getpid() // 64 % 251}.%d"
COUNT = itertools.count(1)


@pytest.fixture
def printer(machines):
    return machines(PLACE % next(COUNT), 9100)


@pytest.fixture
def receiptio(node, printer):
    def start(*arguments):
        command = [
            node,
            HERE / "node_modules" / "receiptio" / "bin" / "cli.js",
            "-d",
            printer.host,
            "-l",
            "en",
            *arguments,
        ]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    running = []

    def run(*arguments, receipt=""):
        process = start(*arguments)
        running.append(process)
        process.stdin.write(receipt)
        process.stdin.close()
        process.stdin = None
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


def end_of(process):
    """(exit code, what it said)"""
    _, said = process.communicate(timeout=60)
    return process.returncode, said.strip()


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (None, (100, "online")),
        ("cover_open", (101, "coveropen")),
        ("paper_out", (102, "paperempty")),
        ("cutter_error", (103, "error")),
        ("power_cut", (105, "disconnect")),
    ],
)
def test_it_says_what_is_wrong(printer, receiptio, fault, answer):
    if fault:
        printer.set_fault(fault, True)
    assert end_of(receiptio("-p", "escpos", "-q")) == answer


@pytest.mark.parametrize("command", ["escpos", "epson", "citizen", "fit", "generic"])
def test_a_job_ends_in_success_and_its_code_is_on_the_paper(printer, receiptio, command):
    assert end_of(receiptio("-p", command, receipt=RECEIPT)) == (0, "success")
    eventually(lambda: printer.papers)
    (paper,) = printer.papers
    assert codes_on(paper) == ["DT1:K7M2QX9RTA"]
    lines = [line.text.strip() for line in paper.facts.lines if line.text.strip()]
    assert lines[:2] == ["Diem tiem Yen Bai", "A 147"]
    assert set(lines[2]) == {"─"}
    assert lines[-1] == "Moi bac cho den khi goi so"
    assert printer.unknown == []


@pytest.mark.parametrize("command", ["escpos", "epson", "citizen"])
def test_a_page_is_put_together_across_the_paper(printer, receiptio, command):
    assert end_of(receiptio("-p", command, "-v", receipt=RECEIPT)) == (0, "success")
    eventually(lambda: printer.papers)
    (paper,) = printer.papers
    assert paper.facts.commands["ESC L"] == 1
    assert codes_on(paper) == ["DT1:K7M2QX9RTA"]
    assert printer.unknown == []
    # It reads from bottom to top: the first line, twice as high, is the ink at the left.
    ink = paper.dots.any(axis=0).nonzero()[0]
    assert ink[0] < 48


def test_it_finds_out_by_itself_what_it_talks_to(printer, receiptio):
    assert end_of(receiptio(receipt=RECEIPT)) == (0, "success")
    eventually(lambda: printer.papers)
    assert codes_on(printer.papers[0]) == ["DT1:K7M2QX9RTA"]
    assert set(printer.unknown) <= {"unknown 1b 06", "control 01"}  # a question to printers of another maker


def test_paper_out_is_told_and_the_job_goes_on_with_new_paper(printer, receiptio):
    printer.fault_after_rows("paper_out", 60)
    assert end_of(receiptio("-p", "escpos", receipt=RECEIPT)) == (102, "paperempty")
    assert printer.papers == []
    printer.set_fault("paper_out", False)
    eventually(lambda: printer.papers)
    assert codes_on(printer.papers[0]) == ["DT1:K7M2QX9RTA"]


def test_a_cutter_that_fails_is_told_and_cuts_when_it_is_mended(printer, receiptio):
    printer.fault_after_rows("cutter_error", 10)
    assert end_of(receiptio("-p", "escpos", receipt=RECEIPT)) == (103, "error")
    assert printer.faults == {"cutter_error"}
    assert printer.papers == []
    printer.set_fault("cutter_error", False)
    eventually(lambda: printer.papers)
    assert codes_on(printer.papers[0]) == ["DT1:K7M2QX9RTA"]
