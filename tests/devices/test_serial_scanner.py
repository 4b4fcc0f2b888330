"""A scanner on a serial line, through the real driver and a pseudo terminal: bytes come out as they went in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.devices.scanner import Scanner, ScannerLost, open_scanner
from kiosk.devices.scanner_port import LONGEST_CODE
from kiosk.devices.serial_scanner import Lines
from kiosk.devices.virtual_scanner import VirtualSerialScanner

CARD = "001190123456||Lê Thị Sơn|01021990|Nữ|Tổ 3, Vĩnh Bảo, Hải Phòng|15042021".encode()
TICKET = b"DT1:K7M2QX9RTA"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[VirtualSerialScanner]:
    virtual = VirtualSerialScanner(tmp_path / "usb-scanner-if00")
    virtual.plug()
    yield virtual
    virtual.unplug()


@pytest.fixture
def scanner(machine) -> Iterator[Scanner]:
    opened = open_scanner(str(machine.path), "us", 115200)
    yield opened
    opened.close()


def all_of(scanner: Scanner) -> list[bytes]:
    """Every code until there is no more."""
    codes: list[bytes] = []
    while (code := scanner.read(0.2)) is not None:
        assert code.sure
        codes.append(code.raw)
    return codes


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b""], ids=["CR", "LF", "CR LF", "silence"])
def test_vietnamese_arrives_whole_whatever_ends_it(machine, scanner, end: bytes) -> None:
    assert scanner.symbology == "Serial"
    machine.send(CARD + end)
    assert all_of(scanner) == [CARD]


def test_codes_that_come_together_are_two_and_every_byte_is_kept(machine, scanner) -> None:
    garbage = bytes(range(256)).replace(b"\r", b"").replace(b"\n", b"")  # no control byte may act on the line
    machine.send(TICKET + b"\r\n" + garbage + b"\r\n\r\n")
    assert all_of(scanner) == [TICKET, garbage]


def test_half_a_code_is_dropped_when_the_plug_is_pulled_and_the_next_is_read(machine, scanner) -> None:
    machine.send(CARD[:40])
    assert scanner.read(0) is None
    machine.unplug()
    with pytest.raises(ScannerLost):
        all_of(scanner)
    with pytest.raises(ScannerLost, match="not plugged in"):
        open_scanner(str(machine.path), "us", 9600)
    machine.plug()
    again = open_scanner(str(machine.path), "us", 9600)
    machine.send(TICKET + b"\r")
    assert all_of(again) == [TICKET]
    again.close()
    again.close()


def test_a_file_is_no_serial_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(TICKET)
    with pytest.raises(ScannerLost, match="no serial line"):
        open_scanner(str(tmp_path / "file"), "us", 9600)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_device_of_others_names_the_group(machine) -> None:
    os.chmod(os.path.realpath(machine.path), 0)
    with pytest.raises(ScannerLost, match="group dialout"):
        open_scanner(str(machine.path), "us", 9600)


@pytest.mark.parametrize("portion", [7, 4096])
def test_what_never_ends_is_not_taken_for_a_code_and_the_next_one_is(portion: int) -> None:
    stream = b"\x00" * (LONGEST_CODE * 2) + b"\r" + TICKET + b"\r"
    lines = Lines()
    codes = [code for at in range(0, len(stream), portion) for code in lines.take(stream[at : at + portion])]
    assert [(len(code.raw), code.sure) for code in codes] == [(LONGEST_CODE, False), (len(TICKET), True)]
    assert not lines.begun
