"""The ways to a printer: a serial line as slow as it is, a plug that is pulled, and finding what is plugged in."""

import os
import termios
import threading
import time

import numpy as np
import pytest

from kiosk.devices.printer import Deadlines, Outcome, Status, UsbPorts, open_printer
from kiosk.devices.printer_links import DeviceLink, LinkLost
from kiosk.devices.printer_serial import SerialLink
from kiosk.devices.raster import draw
from kiosk.rules.slips import Code, Heading, Line, Number
from tests.devices.wire import eventually

QUICK = Deadlines(connect=2, answer=1.5, stall=2, finish=2, mechanism=0.3, fault=20, grace=0.1, poll=0.05, drain=1)
TICKET = draw([Heading("Điểm tiêm"), Number("A 147"), Line("Khu A"), Code("DT1:K7M2QX9RTA", 8)], 576)
NEXT = draw([Heading("Điểm tiêm"), Number("B 8")], 576)
BYTES_OF_9600_BAUD = 960


@pytest.fixture
def opened():
    """Opens printers and closes them all before their machines are switched off."""
    printers = []

    def open_one(target, **ways):
        printers.append(open_printer(target, deadlines=QUICK, **ways))
        return printers[-1]

    yield open_one
    for printer in printers:
        printer.close()


@pytest.fixture
def line(machines, tmp_path):
    """A virtual printer behind a name that can be pulled out."""
    machine = machines()
    plug = tmp_path / "printer"
    plug.symlink_to(machine.device())
    return machine, plug


def device(path, baud=115_200):
    return SerialLink(str(path), baud)


def test_a_serial_line_is_set_up_for_a_printer(line):
    link = device(line[1], 19_200)
    with open(line[1], "rb", buffering=0) as other:
        iflag, oflag, cflag, lflag, ispeed, ospeed, _ = termios.tcgetattr(other)
    assert cflag & termios.CSIZE == termios.CS8
    assert cflag & termios.CRTSCTS
    assert cflag & termios.CLOCAL
    assert not cflag & (termios.HUPCL | termios.PARENB | termios.CSTOPB)
    assert not oflag & termios.OPOST
    assert not lflag & (termios.ECHO | termios.ICANON | termios.ISIG)
    assert not iflag & (termios.IXON | termios.ICRNL | termios.INLCR)
    assert iflag & termios.IGNBRK
    assert ispeed == ospeed == termios.B19200
    link.close(0)


def test_what_is_no_serial_line_is_lost(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LinkLost, match="no serial line"):
        device(tmp_path / "file")
    with pytest.raises(LinkLost, match="No such file"):
        device(tmp_path / "absent")


def test_a_slip_comes_out_over_a_serial_line(line, opened):
    machine, plug = line
    printer = open_printer(f"serial:{os.path.realpath(plug)}", baud=115_200, deadlines=QUICK)
    assert printer.status() == Status("ready")
    assert printer.print("job", TICKET, lambda: None) == Outcome("printed")
    assert np.array_equal(machine.papers[0].dots, TICKET)
    assert machine.unknown == []
    printer.close()


def test_a_slow_line_is_neither_stuck_nor_late_as_long_as_bytes_move(machines, opened):
    machine = machines(slow_bytes_per_second=4 * BYTES_OF_9600_BAUD, buffer_bytes=4096)
    printer = opened(f"serial:{machine.device()}", baud=38_400)
    assert printer.status() == Status("ready")
    machine.set_fault("slow", True)
    told = []
    printer.watch(told.append)
    began = time.monotonic()
    assert printer.print("job", TICKET, lambda: None) == Outcome("printed")
    assert time.monotonic() - began > QUICK.stall + QUICK.finish, "the line was not slow enough to show anything"
    assert told == []
    assert np.array_equal(machine.papers[0].dots, TICKET)


@pytest.mark.parametrize("way", ["tcp", "usb"])
def test_a_slow_way_of_any_kind_ends_in_printed(machines, opened, way):
    machine = machines()
    printer = opened(machine.address if way == "tcp" else machine.device())
    assert printer.status() == Status("ready")
    machine.set_fault("slow", True)
    assert printer.print("job", TICKET, lambda: None) == Outcome("printed")
    assert np.array_equal(machine.papers[0].dots, TICKET)


def test_a_silent_serial_printer_that_could_speak_is_off_and_not_mute(machines, opened):
    machine = machines()
    printer = opened(f"serial:{machine.device()}")
    assert printer.status() == Status("ready")
    machine.set_fault("mute", True)
    assert printer.status() == Status("offline")
    assert printer.print("job", TICKET, lambda: None) == Outcome("held", "offline")
    machine.set_fault("mute", False)
    eventually(lambda: printer.status() == Status("ready"))


def test_a_pulled_plug_is_noticed_while_the_file_is_still_open(line):
    _, plug = line
    link = DeviceLink(str(plug))
    plug.unlink()
    with pytest.raises(LinkLost):
        link.exchange(memoryview(b"x"), 0)
    plug.symlink_to("/dev/null")
    with pytest.raises(LinkLost, match="another device"):
        link.exchange(memoryview(b"x"), 0)
    link.close(0)
    link.close(0)


class Machine:
    """A machine's `dev` and `sys` folders, where printers are plugged in and out."""

    def __init__(self, root):
        self.root = root
        (root / "dev/usb").mkdir(parents=True)
        (root / "sys/class/usbmisc").mkdir(parents=True)

    def plug(self, name, target, *, port="", kind="07"):
        (self.root / "dev" / name).symlink_to(target)
        if port:
            interface = self.root / "sys/devices" / port
            interface.mkdir(parents=True, exist_ok=True)
            (interface / "bInterfaceClass").write_text(f"{kind}\n")
            node = self.root / "sys/class/usbmisc" / name.rpartition("/")[2].removeprefix("usb")
            node.mkdir()
            (node / "device").symlink_to(interface)

    def pull(self, name):
        (self.root / "dev" / name).unlink()


@pytest.fixture
def computer(tmp_path):
    return Machine(tmp_path)


def test_the_printer_that_is_plugged_in_is_found(computer, machines, opened):
    machine = machines()
    printer = opened("auto", ports=UsbPorts(computer.root))
    assert printer.status() == Status("none")
    assert printer.print("job", TICKET, lambda: None) == Outcome("held", "none")
    computer.plug("usb/lp0", machine.device(), port="1-1.2:1.0")
    assert printer.status() == Status("ready")
    assert printer.print("job", TICKET, lambda: None) == Outcome("printed")
    computer.pull("usb/lp0")
    assert printer.status() == Status("unreachable")
    computer.plug("usb/lp3", machine.device())
    assert printer.status() == Status("ready")
    assert printer.print("next", TICKET, lambda: None) == Outcome("printed")
    assert len(machine.papers) == 2


def test_a_plug_that_is_pulled_inside_a_slip_is_told_at_once_and_leaves_a_doubt(computer, machines, opened):
    machine = machines(slow_bytes_per_second=4000)
    path = machine.device()
    computer.plug("usb/lp0", path)
    printer = opened("auto", ports=UsbPorts(computer.root))
    assert printer.status() == Status("ready")
    machine.set_fault("slow", True)
    machine.fault_after_bytes("near_end", 3000)  # the sign that half the slip is there
    told, outcomes = [], []
    printer.watch(told.append)
    job = threading.Thread(target=lambda: outcomes.append(printer.print("job", TICKET, lambda: None)))
    job.start()
    eventually(lambda: "near_end" in machine.faults)
    computer.pull("usb/lp0")
    eventually(lambda: Status("unreachable") in told)
    job.join(15)
    assert outcomes == [Outcome("doubtful", "link_lost")]
    machine.set_fault("slow", False)
    machine.set_fault("near_end", False)
    computer.plug("usb/lp1", path)
    eventually(lambda: printer.status() == Status("ready"))
    assert printer.print("next", NEXT, lambda: None) == Outcome("printed")
    assert np.array_equal(machine.papers[-1].dots, NEXT)


def test_printers_are_tried_in_the_order_of_their_ports(computer, machines):
    far, near, other = machines().device(), machines().device(), machines().device()
    computer.plug("usb/lp0", far, port="1-1.4:1.0")
    computer.plug("usb/lp10", near, port="1-1.2:1.0")
    computer.plug("usb/lp2", other, port="1-1.1:1.0", kind="03")
    computer.plug("lp0", other)  # a parallel port
    computer.plug("usblp10", near)  # the same printer by its old name
    assert [path.name for path in UsbPorts(computer.root).find()] == ["lp10", "lp0"]


def test_without_ports_the_number_decides(computer, machines):
    for name in ("usb/lp10", "usb/lp9"):
        computer.plug(name, machines().device())
    computer.plug("usb/lp1", "/dev/nowhere")  # its plug is half out
    assert [path.name for path in UsbPorts(computer.root).find()] == ["lp9", "lp10"]


def test_a_printer_that_may_not_be_opened_says_why(computer, opened):
    (computer.root / "dev/usb/lp0").mkdir()
    printer = opened("auto", ports=UsbPorts(computer.root))
    status = printer.status()
    assert status == Status("unreachable")
    assert "directory" in status.detail
