"""A thermal printer in software, for the demo and the tests: TCP port 9100, or a device file, with faults on order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from kiosk.devices.tape import Paper, to_png
from kiosk.devices.virtual_engine import VirtualEngine
from kiosk.devices.virtual_port import PORTION, TICK, DevicePort, VirtualPort

__all__ = ["FAULTS", "Paper", "VirtualPrinter"]

# What breaks, then what this printer never could: some have no sensor for the end of the roll, clones no marks of jobs.
FAULTS = (
    *("paper_out", "near_end", "cover_open", "cutter_error", "offline", "mute", "power_cut", "reset_link", "slow"),
    *("chinese_mode", "no_process_id", "no_asb", "no_near_end_sensor"),
)
_CATCH_UP = 0.1  # seconds of a slow line that a busy machine may make good


class VirtualPrinter:
    """One computer at a time, and a memory that outlives its connections, as real printers have.

    `buffer_bytes` is the receive buffer: when it is full nothing more is read, not even questions.
    `rows_per_second` makes the paper come out slowly enough to be watched; None prints at once.
    `slow_bytes_per_second` is what arrives while the fault `slow` is on: as much as a line of 115200 baud carries.
    `hears_inside`: real-time questions are answered inside a picture too, as Epson has it; some clones do not.
    `joins_marks`: a mark of CP1258 is put on its letter; a POS-5890 prints it beside.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        width_dots: int = 576,
        *,
        buffer_bytes: int = 1 << 20,
        rows_per_second: float | None = None,
        slow_bytes_per_second: int = 11_520,
        hears_inside: bool = True,
        joins_marks: bool = False,
    ) -> None:
        self._buffer_bytes = buffer_bytes
        self._rows_per_second = rows_per_second
        self._slow_bytes_per_second = slow_bytes_per_second
        self._line_free_at = 0.0
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._engine = VirtualEngine(
            width_dots, self._answer, self._fault_comes, hears_inside=hears_inside, joins_marks=joins_marks
        )
        self._port = VirtualPort(host, port, self._take, self._room)
        self._byte_fault: tuple[int, str] | None = None
        self._threads: list[threading.Thread] = []
        self._device: DevicePort | None = None

    def start(self) -> None:
        """Switch on and listen."""
        self._stopping.clear()
        self._port.open()
        self._begin(lambda: self._port.serve(self._stopping))
        if self._rows_per_second:
            self._begin(self._turn)

    def stop(self) -> None:
        self._stopping.set()
        self._break_link()
        for thread in self._threads:
            thread.join(2)
        self._threads.clear()
        self._port.close()
        self._device = None

    def device(self) -> str:
        """Also answer on a device file (a pseudo terminal); its path. Ends with `unplug` or `stop`."""
        self.unplug()
        self._device = device = DevicePort(self._take, self._room)
        self._begin(lambda: device.serve(self._stopping))
        return device.path

    def unplug(self) -> None:
        """Pull the cable of the device file; `device` plugs it in again, under another path."""
        device, self._device = self._device, None
        if device is not None:
            device.pull(20)

    @property
    def host(self) -> str:
        return self._port.host

    @property
    def port(self) -> int:
        """The real one after `start`."""
        return self._port.port

    @property
    def address(self) -> str:
        """As `open_printer` takes it."""
        return f"tcp://{self.host}:{self.port}"

    @property
    def papers(self) -> list[Paper]:
        with self._lock:
            return list(self._engine.tape.papers)

    @property
    def unknown(self) -> list[str]:
        """Commands that were not drawn; a test that prints fails on any."""
        with self._lock:
            return list(self._engine.unknown)

    @property
    def rolling(self) -> bytes:
        """PNG of the paper that is not cut off yet."""
        with self._lock:
            return to_png(self._engine.tape.hanging())

    @property
    def faults(self) -> frozenset[str]:
        with self._lock:
            return frozenset(self._engine.faults)

    def set_fault(self, name: str, on: bool) -> None:
        """Switch a fault. `reset_link` happens once and is over. Raises ValueError for a name not in FAULTS."""
        _check(name)
        if name == "reset_link":
            if on:
                self._break_link()
            return
        with self._lock:
            self._engine.set_fault(name, on)
            if name == "power_cut":
                self._engine.power_on()
            elif not on and not self._rows_per_second:
                self._engine.run()
        if name == "power_cut" and on:
            self._port.shut()
            self._break_link()
        elif name == "power_cut" and not self._stopping.is_set():
            self._port.open()

    def paper_out_after_rows(self, rows: int) -> None:
        """The roll ends when so many more rows have come out."""
        self.fault_after_rows("paper_out", rows)

    def fault_after_rows(self, name: str, rows: int) -> None:
        """Any fault, when so many more rows have come out. A cutter that is to fail does so at the cut that follows.

        Raises ValueError for a name not in FAULTS.
        """
        _check(name)
        with self._lock:
            self._engine.fault_after_rows(name, rows)

    def fault_after_bytes(self, name: str, count: int) -> None:
        """As `fault_after_rows`, when so many more bytes have arrived: also in the middle of a picture."""
        _check(name)
        with self._lock:
            self._byte_fault = (count, name)

    def fault_after_seconds(self, name: str, seconds: float) -> None:
        """As `fault_after_rows`, so many seconds from now, and not once the printer is stopped."""
        _check(name)

        def come() -> None:
            if not self._stopping.wait(seconds):
                self._fault_comes(name)

        self._begin(come)

    def _fault_comes(self, name: str) -> None:
        if name == "cutter_error":
            with self._lock:
                self._engine.jam_at_next_cut()
        else:
            self.set_fault(name, True)

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="virtual-printer", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _room(self) -> int:
        """How many bytes may be read now."""
        with self._lock:
            if self._engine.waiting_bytes > self._buffer_bytes:
                return 0
            if "slow" not in self._engine.faults:
                return PORTION
            if time.monotonic() < self._line_free_at:
                return 0
            return max(1, min(PORTION, round(self._slow_bytes_per_second * TICK)))

    def _take(self, received: bytes) -> None:
        with self._lock:
            self._line_free_at = max(self._line_free_at, time.monotonic() - _CATCH_UP)
            self._line_free_at += len(received) / self._slow_bytes_per_second
            if "slow" not in self._engine.faults:
                self._line_free_at = 0.0
            if "power_cut" in self._engine.faults:
                return
            due = ""
            if self._byte_fault is not None:
                count, name = self._byte_fault
                if count <= len(received):
                    due, self._byte_fault = name, None
                    lost = name in ("power_cut", "reset_link")
                    received, rest = received[:count], b"" if lost else received[count:]
                else:
                    self._byte_fault = (count - len(received), name)
            self._engine.take(received)
            self._run()
        if due:
            self._fault_comes(due)
            self._take(rest)

    def _run(self) -> None:
        if not self._rows_per_second:
            self._engine.run()

    def _turn(self) -> None:
        """The motor: rows come out by the clock."""
        rows = max(1, round((self._rows_per_second or 0) * TICK))
        while not self._stopping.wait(TICK):
            with self._lock:
                self._engine.run(rows)

    def _answer(self, said: bytes) -> None:
        if not self._port.answer(said) and self._device is not None:
            self._device.answer(said)

    def _break_link(self) -> None:
        inside = threading.current_thread() in self._threads
        self._port.reset(0 if inside else 1)


def _check(name: str) -> None:
    if name not in FAULTS:
        raise ValueError(f"no such fault: {name}")
