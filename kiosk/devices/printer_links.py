"""Ways to a printer: TCP port 9100 and the kernel's USB printer device. Nothing here waits without a limit.

python-escpos's own connectors are not used: they cut jobs short when unread status is waiting at close,
and they report paper where there is no printer.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import socket
import struct
import termios
import time
from typing import Literal, Protocol

_LPGETSTATUS = 0x060B  # linux/lp.h
_PAPER_OUT_BIT = 0x20  # IEEE 1284 status line
_PORTION = 16 * 1024
_BUSY_PAUSE = 0.02
_PLUG_SECONDS = 0.25  # so often a device is looked for while it is waited for
# USB and Ethernet carry more than any printer prints; behind port 9100 there may be a box with a serial line.
_AT_LEAST = 20_000.0


class LinkLost(Exception):
    """The way to the printer is gone: refused, reset, unplugged or closed by the other side.

    `state` is `none` where no printer has ever been.
    """

    def __init__(self, why: str, state: Literal["unreachable", "none"] = "unreachable") -> None:
        super().__init__(why)
        self.state: Literal["unreachable", "none"] = state


class Link(Protocol):
    """Bytes both ways. `exchange` waits until something moved, at most `wait` seconds.

    `bytes_per_second`: what the line carries at least. `may_be_off`: it stays when the printer is switched off.
    """

    bytes_per_second: float
    may_be_off: bool

    def exchange(self, data: memoryview, wait: float) -> tuple[int, bytes]:
        """(how many bytes of `data` were taken, what was received). Raises LinkLost."""
        ...

    def unsent(self) -> int:
        """Bytes that were taken and have not reached the printer, as far as this machine can know."""
        ...

    def paper_is_out(self) -> bool:
        """The paper line of a printer that cannot speak; False where there is no such line."""
        ...

    def close(self, wait: float) -> None:
        """Let what was taken arrive, at most `wait` seconds, then close. Never raises."""
        ...


class TcpLink:
    """A connection to a network printer. Raises LinkLost when it cannot be made within `wait` seconds."""

    bytes_per_second = _AT_LEAST
    may_be_off = False

    def __init__(self, host: str, port: int, wait: float) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout=wait)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # No TCP_USER_TIMEOUT: it would also break the wait of a job for paper while the printer's buffer is full.
        except OSError as error:
            raise LinkLost(str(error)) from error
        self._socket.setblocking(False)

    def exchange(self, data: memoryview, wait: float) -> tuple[int, bytes]:
        readable, writable = ready(self._socket.fileno(), bool(data), wait)
        try:
            # Reading comes first and alone: an error of the write must not lose the answer that stood before it.
            if readable:
                received = self._socket.recv(_PORTION)
                if not received:
                    raise LinkLost("closed by the printer")
                return 0, received
            return (self._socket.send(data[:_PORTION]) if writable else 0), b""
        except BlockingIOError:
            return 0, b""
        except OSError as error:
            raise LinkLost(str(error)) from error

    def unsent(self) -> int:
        return waiting_bytes(self._socket.fileno())

    def paper_is_out(self) -> bool:
        return False

    def close(self, wait: float) -> None:
        # Closing with unread bytes makes the kernel send RST, and the printer throws away the end of the job.
        with contextlib.suppress(OSError, LinkLost):
            self._socket.shutdown(socket.SHUT_WR)
            until = time.monotonic() + wait
            while (left := until - time.monotonic()) > 0:
                self.exchange(memoryview(b""), left)
        self._socket.close()


class DeviceLink:
    """A USB printer at `/dev/usb/lp*`. Raises LinkLost when it is not there."""

    bytes_per_second = _AT_LEAST
    may_be_off = False

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            raise LinkLost(str(error)) from error
        self._device = os.fstat(self._file).st_rdev

    def exchange(self, data: memoryview, wait: float) -> tuple[int, bytes]:
        self._require_plugged_in()
        readable, writable = ready(self._file, bool(data), min(wait, _PLUG_SECONDS))
        try:
            received = os.read(self._file, _PORTION) if readable else b""
            if received:
                return 0, received
            sent = os.write(self._file, data[:_PORTION]) if writable else 0
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise LinkLost(str(error)) from error
        if (readable or writable) and not sent:
            # usblp says "ready" without paper and reads empty packets: both would spin.
            time.sleep(_BUSY_PAUSE)
        return sent, b""

    def unsent(self) -> int:
        """usblp keeps one portion and says only whether it is through: 1 or 0."""
        with contextlib.suppress(LinkLost):
            return 0 if ready(self._file, True, 0)[1] else 1
        return 0

    def paper_is_out(self) -> bool:
        try:
            answer = fcntl.ioctl(self._file, _LPGETSTATUS, b"\0\0\0\0")
        except OSError:
            return False
        return bool(struct.unpack("i", answer)[0] & _PAPER_OUT_BIT)

    def close(self, wait: float) -> None:
        if self._file < 0:
            return
        until = time.monotonic() + wait
        while self.unsent() and time.monotonic() < until:  # closing takes back what usblp has not handed over
            time.sleep(_BUSY_PAUSE)
        self._forget_unsent()
        with contextlib.suppress(OSError, LinkLost):
            self.exchange(memoryview(b""), 0)
        file, self._file = self._file, -1
        with contextlib.suppress(OSError):
            os.close(file)

    def _forget_unsent(self) -> None:
        """Closing does that by itself."""

    def _require_plugged_in(self) -> None:
        """The device's name goes with the plug, some time before the kernel says so to whoever holds it open."""
        try:
            there = os.stat(self._path).st_rdev == self._device
        except OSError as error:
            raise LinkLost(str(error)) from error
        if not there:
            raise LinkLost("another device has come")


def ready(file: int, writing: bool, wait: float) -> tuple[bool, bool]:
    """(may be read, may be written), after at most `wait` seconds. Raises LinkLost when the other side hung up."""
    poll = select.poll()
    poll.register(file, select.POLLIN | (select.POLLOUT if writing else 0))
    events = dict(poll.poll(max(0, wait) * 1000)).get(file, 0)
    if events & select.POLLNVAL:
        raise LinkLost("closed")
    if events & (select.POLLERR | select.POLLHUP) and not events & select.POLLIN:
        raise LinkLost("hung up")
    return bool(events & select.POLLIN), bool(events & select.POLLOUT)


def waiting_bytes(file: int) -> int:
    """Bytes in the kernel's hands that the other side of a socket or a serial line has not taken; 0 if it is closed."""
    try:
        answer = fcntl.ioctl(file, termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:
        return 0
    return int(struct.unpack("i", answer)[0])
