"""The inside of the virtual printer: one stream of bytes in, rows on the tape and answers out.

DLE commands are obeyed when they arrive, on a printer as Epson's also inside a picture; all others wait in line, and
while the printer is offline nothing in the line moves: so `GS r` and `GS ( H` stay unanswered until there is paper.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kiosk.devices.escpos_parser import Command, Parser, RealTimeEar
from kiosk.devices.tape import Cut, Tape
from kiosk.devices.virtual_settings import UnknownCommand
from kiosk.devices.virtual_typesetter import Typesetter

Dots = NDArray[np.bool_]

_STOPPING = frozenset({"paper_out", "cover_open", "cutter_error", "offline", "power_cut"})
_ORDERS = {("DLE DC4", b"\x08\x01\x03\x14\x01\x06\x02\x08"), ("DLE ENQ", b"\x01"), ("DLE ENQ", b"\x02")}
_NOT_COUNTED = {"cut", "text", "control"}  # ours, and what arrives in pieces of any size
_CUTS: dict[bytes, Cut] = dict.fromkeys((b"\0", b"0", b"A", b"a", b"g"), "full")
_PRINTER_FACTS = {
    1: b"\x20",
    2: b"\x02",
    3: b"\x01",
    65: b"_1.00\0",
    66: b"_DIEM TIEM\0",
    67: b"_VIRTUAL\0",
    68: b"_1\0",
}


class VirtualEngine:
    """Not safe for several threads: the caller holds one lock around all of it.

    `answer` sends bytes back; `fault_comes(name)` is called when a fault that was set to come after some rows is due.
    """

    def __init__(
        self,
        width: int,
        answer: Callable[[bytes], None],
        fault_comes: Callable[[str], None],
        *,
        hears_inside: bool = True,
        joins_marks: bool = False,
    ) -> None:
        self.tape = Tape(width)
        self._hears_inside = hears_inside
        self._joins_marks = joins_marks
        self.unknown: list[str] = []
        self.faults: set[str] = set()
        self._answer_out = answer
        self._fault_comes = fault_comes
        self._row_faults: list[tuple[int, str]] = []
        self._rows_printed = 0
        self._jams = False
        self.power_on()

    def power_on(self) -> None:
        """Buffers, settings and half-received commands are gone; the paper stays."""
        self._parser, self._ear = Parser(), RealTimeEar()
        self._typesetter = Typesetter(self.tape.width, lambda: self.tape.record, self._joins_marks)
        self._be_chinese("chinese_mode" in self.faults)
        self._line_up: deque[Command] = deque()
        self._rows = np.zeros((0, self.tape.width), np.bool_)
        self._pushed_kinds = 0
        self.waiting_bytes = 0

    def take(self, received: bytes) -> None:
        """Bytes from the computer; nothing is printed before `run`."""
        pieces = self._ear.split(received) if self._hears_inside else [(received, None)]
        for piece, order in pieces:
            for command in self._parser.feed(piece):
                if not command.name.startswith("DLE"):
                    self._wait_in_line(command)
                elif not self._hears_inside:
                    self._obey_at_once(command)
                else:
                    self._check_order(command)
            if order is not None:
                self._obey_at_once(order)

    def run(self, most_rows: int | None = None) -> None:
        """Do what stands in line, at most so many rows of paper."""
        left = most_rows
        while not self.faults & _STOPPING and (left is None or left > 0):
            if len(self._rows):
                printed = self._print_rows(left)
                left = None if left is None else left - printed
            elif self._line_up:
                command = self._line_up.popleft()
                self.waiting_bytes -= _size(command)
                self._obey(command)
            else:
                return

    def set_fault(self, name: str, on: bool) -> None:
        """Every change of the state is pushed when the computer asked for that (`GS a`)."""
        before = self._pushed_state()
        (self.faults.add if on else self.faults.discard)(name)
        if name == "cutter_error":
            self._jams = False
        elif name == "chinese_mode":
            self._be_chinese(on)
        if self._pushed_state() != before:
            self._push()

    def jam_at_next_cut(self) -> None:
        """The cutter fails when it is needed: the paper hangs out uncut, and is cut once the fault is mended."""
        self._jams = True

    def fault_after_rows(self, name: str, rows: int) -> None:
        """The fault comes when so many more rows of paper have come out."""
        self._row_faults.append((self._rows_printed + rows, name))
        self._row_faults.sort()

    def _print_rows(self, most: int | None) -> int:
        count = len(self._rows) if most is None else min(most, len(self._rows))
        if self._row_faults:
            count = min(count, max(0, self._row_faults[0][0] - self._rows_printed))
        self.tape.add(self._rows[:count])
        self._rows = self._rows[count:]
        self._rows_printed += count
        if self._row_faults and self._rows_printed >= self._row_faults[0][0]:
            self._fault_comes(self._row_faults.pop(0)[1])
        return count

    def _be_chinese(self, on: bool) -> None:
        self._typesetter.starts_in_chinese = on
        self._typesetter.set(Command("FS &" if on else "FS ."))

    def _wait_in_line(self, command: Command, first: bool = False) -> None:
        (self._line_up.appendleft if first else self._line_up.append)(command)
        self.waiting_bytes += _size(command)

    def _obey(self, command: Command) -> None:
        if command.name not in _NOT_COUNTED:
            self.tape.record.commands[command.name] += 1
        match command.name:
            case "GS V" | "ESC i" | "ESC m":
                self._rows = self._typesetter.flush(command.body[1] if len(command.body) > 1 else 0)
                self._wait_in_line(Command("cut", command.body[:1]), first=True)
            case "cut" if self._jams:
                self._wait_in_line(command, first=True)
                self.set_fault("cutter_error", True)
            case "cut":
                self.tape.cut(_CUTS.get(command.body, "partial"))
            case "GS a":
                self._pushed_kinds = 0 if "no_asb" in self.faults else command.body[0]
                self._push()
            case "GS r":
                self._answer(bytes([self._paper_bits() if command.body[0] in (1, 49) else 0]))
            case "GS I":
                self._answer(_PRINTER_FACTS.get(command.body[0], b"_\0"))
            case "GS ( H":
                self._answer_mark(command.body)
            case _:
                self._typeset(command)

    def _typeset(self, command: Command) -> None:
        if command.name == "ESC @":
            self._pushed_kinds = 0
        try:
            self._rows = self._typesetter.set(command)
        except UnknownCommand as unknown:
            self._note_unknown(str(unknown))

    def _note_unknown(self, what: str) -> None:
        self.unknown.append(what)
        self.tape.record.unknown.append(what)

    def _answer_mark(self, body: bytes) -> None:
        if body[:2] == b"\x30\x30" and len(body) == 6:
            if "no_process_id" not in self.faults:
                self._answer(b"\x37\x22" + body[2:] + b"\0")
        else:
            self._note_unknown(f"GS ( H {body.hex(' ')}")

    def _check_order(self, command: Command) -> None:
        """The ear has heard it, or it is an order that this printer does not know."""
        state_asked = command.name == "DLE EOT" and self._state_bits(command.body[0]) is not None
        if not state_asked and (command.name, command.body) not in _ORDERS:
            self._note_unknown(f"{command.name} {command.body.hex(' ')}")

    def _obey_at_once(self, command: Command) -> None:
        self._check_order(command)
        if command.name == "DLE EOT":
            state = self._state_bits(command.body[0])
            if state is not None:
                self._answer(bytes([state]))
        elif command.name == "DLE DC4":
            self._clear()
            self._answer(b"\x37\x25\0")
        elif "cutter_error" in self.faults:  # DLE ENQ: recover, and 2 drops what waits as well
            if command.body == b"\x02":
                self._clear()
            self.set_fault("cutter_error", False)

    def _clear(self) -> None:
        self._parser = Parser()
        self._line_up.clear()
        self._rows = self._rows[:0]
        self.waiting_bytes = 0

    def _state_bits(self, question: int) -> int | None:
        """The answer to DLE EOT n, as in the tables of Epson's books; None for an n that is not modelled."""
        faults = self.faults
        bits = {
            1: 0x08 if faults & _STOPPING else 0,
            2: (0x04 if "cover_open" in faults else 0)
            | (0x20 if "paper_out" in faults else 0)
            | (0x40 if "cutter_error" in faults else 0),
            3: 0x08 if "cutter_error" in faults else 0,
            4: (0x0C if self._near_end() else 0) | (0x60 if "paper_out" in faults else 0),
        }.get(question)
        return None if bits is None else 0x12 | bits

    def _paper_bits(self) -> int:
        return (0x03 if self._near_end() else 0) | (0x0C if "paper_out" in self.faults else 0)

    def _near_end(self) -> bool:
        return "no_near_end_sensor" not in self.faults and bool(self.faults & {"near_end", "paper_out"})

    def _push(self) -> None:
        if self._pushed_kinds:
            self._answer(self._pushed_state())

    def _pushed_state(self) -> bytes:
        first = 0x10 | (0x08 if self.faults & _STOPPING else 0) | (0x20 if "cover_open" in self.faults else 0)
        errors = 0x08 if "cutter_error" in self.faults else 0
        return bytes([first, errors, self._paper_bits(), 0])

    def _answer(self, said: bytes) -> None:
        if not self.faults & {"mute", "power_cut"}:
            self._answer_out(said)


def _size(command: Command) -> int:
    return len(command.body) + 2
