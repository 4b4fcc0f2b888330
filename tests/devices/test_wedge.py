"""A scanner that types: what its keys become, from the bytes that the kernel writes."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config_devices import Scanner as ScannerSettings
from kiosk.devices.keyboard_layouts import LAYOUTS
from kiosk.devices.keystrokes import Event, Keystrokes
from kiosk.devices.scanner import ScannedCode, Scanner, ScannerLost, open_scanner
from kiosk.devices.scanner_port import LONGEST_CODE
from kiosk.devices.virtual_scanner import UINPUT, UinputWedge, VirtualWedge, packed, recorded, typed, typed_by_number
from kiosk.devices.wedge import WedgeEvents, open_wedge

EVENTS = Path(__file__).parent / "events"
CARD = "001190123456||Lê Thị Sơn|01021990|Nữ|Tổ 3, Vĩnh Bảo, Hải Phòng|15042021"
LETTERS_LOST = "001190123456||L Th Sn|01021990|N|T 3, Vnh Bo, Hi Phng|15042021"
TICKET = "DT1:K7M2QX9RTA"


@pytest.fixture
def wedge(tmp_path: Path) -> Iterator[VirtualWedge]:
    virtual = VirtualWedge(tmp_path / "usb-scanner-event-kbd")
    virtual.plug()
    yield virtual
    virtual.unplug()


@pytest.fixture
def opened() -> Iterator[Callable[..., Scanner]]:
    scanners: list[Scanner] = []

    def opens(path: Path, layout: str = "us") -> Scanner:
        scanners.append(open_scanner(str(path), layout, 9600))
        return scanners[-1]

    yield opens
    for scanner in scanners:
        scanner.close()


def all_of(scanner: Scanner) -> list[tuple[str, bool]]:
    """Every code until there is no more."""
    codes: list[ScannedCode] = []
    while (code := scanner.read(0.2)) is not None:
        codes.append(code)
    return [(code.raw.decode(), code.sure) for code in codes]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("us_card", [LETTERS_LOST]),
        ("alt_card", [CARD]),
        ("crlf", [TICKET, "DT1:B8C3WY4PZE"]),
        ("stuck_shift", [None, "001190123456||LE"]),
        ("chord", [None]),
        ("repeat", ["001190123456"]),
        ("overrun", [None, TICKET]),
        ("silence", ["001190123456", TICKET]),
    ],
)
def test_what_a_scanner_typed_is_read_and_what_is_torn_is_known(wedge, opened, name: str, codes) -> None:
    scanner = opened(wedge.path)
    assert scanner.symbology == "Keyboard"
    wedge.play(recorded((EVENTS / f"{name}.txt").read_text(encoding="utf-8")))
    assert [code if sure else None for code, sure in all_of(scanner)] == codes


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_scanner_may_believe_in_another_keyboard(wedge, opened, layout: str) -> None:
    wedge.play(typed(CARD + "\n", layout))
    ((code, sure),) = all_of(opened(wedge.path, layout))
    assert sure
    assert [field for field in code.split("|") if field.isdigit()] == ["001190123456", "01021990", "15042021"]


def test_a_wrong_layout_gives_no_digits_that_look_right(wedge, opened) -> None:
    wedge.play(typed(CARD + "\n", "fr"))
    ((code, _),) = all_of(opened(wedge.path, "us"))
    assert "001190123456" not in code
    assert not code[:12].isdigit()


@pytest.mark.parametrize(
    "numbers",
    [CARD.encode(), [ord(letter) for letter in CARD]],
    ids=["the bytes of UTF-8", "the numbers of Unicode"],
)
def test_alt_mode_carries_vietnamese(wedge, opened, numbers) -> None:
    wedge.play(typed_by_number(numbers))
    assert all_of(opened(wedge.path)) == [(CARD, True)]


def test_alt_mode_of_windows_letters_is_not_taken_for_utf8(wedge, opened) -> None:
    wedge.play(typed_by_number("Hà Nội".replace("ộ", "ô").encode("cp1252")))
    assert all_of(opened(wedge.path)) == [("Hà Nôi", True)]


def test_a_code_cut_by_pulling_the_plug_is_dropped(wedge, opened) -> None:
    scanner = opened(wedge.path)
    wedge.play(typed("0011901"))
    assert scanner.read(0) is None
    wedge.unplug()
    with pytest.raises(ScannerLost):
        all_of(scanner)
    wedge.plug()
    wedge.play(typed(TICKET + "\n"))
    assert all_of(opened(wedge.path)) == [(TICKET, True)]


def test_what_never_ends_is_not_taken_for_a_code() -> None:
    endless = WedgeEvents()
    strokes = packed(typed("7" * 1000))
    codes = [code for _ in range(LONGEST_CODE // 1000 + 2) for code in endless.take(strokes)]
    codes += endless.quiet()
    assert [(len(code.raw), code.sure) for code in codes if not code.sure] == [(LONGEST_CODE, False)]


def test_half_an_event_waits_for_its_other_half() -> None:
    stream = packed(typed(TICKET + "\n"))
    events = WedgeEvents()
    codes = [code for at in range(0, len(stream), 7) for code in events.take(stream[at : at + 7])]
    assert [code.raw for code in codes] == [TICKET.encode()]


@pytest.mark.parametrize("path", ["/dev/input/by-id/usb-nobody-event-kbd", "/dev/input"])
def test_a_scanner_that_is_not_there_is_lost(path: str) -> None:
    with pytest.raises(ScannerLost):
        open_scanner(path, "us", 9600)


def test_what_is_no_keyboard_is_lost() -> None:
    with pytest.raises(ScannerLost, match="no keyboard"):
        open_wedge("/dev/null", "us")


def test_every_layout_that_may_be_set_is_known() -> None:
    assert set(get_args(ScannerSettings.model_fields["layout"].annotation)) == set(LAYOUTS)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 130), st.integers(-1, 3)), max_size=80))
def test_no_keys_in_any_order_break_it(strokes) -> None:
    keys = Keystrokes()
    for at, (kind, code, value) in enumerate(strokes):
        keys.take(Event(at / 100, kind, code, value))
    keys.quiet()
    # Whatever it was, the next code is read.
    codes = [code for event in typed("DT1:K7\n") for code in keys.take(event)]
    assert codes == [ScannedCode(b"DT1:K7")]


@pytest.mark.skipif(not os.access(UINPUT, os.W_OK), reason="this machine has no /dev/uinput: no grab to try")
def test_nobody_else_sees_the_keys_of_a_real_input_device(opened) -> None:
    device = UinputWedge()
    device.plug()
    try:
        other = os.open(device.path, os.O_RDONLY | os.O_NONBLOCK)
        scanner = opened(device.path)
        device.play(typed(TICKET + "\n"))
        assert all_of(scanner) == [(TICKET, True)]
        assert select.select([other], [], [], 0)[0] == []
        with pytest.raises(ScannerLost, match="another program"):
            opened(device.path)
        os.close(other)
    finally:
        device.unplug()
    with pytest.raises(ScannerLost):
        all_of(scanner)
