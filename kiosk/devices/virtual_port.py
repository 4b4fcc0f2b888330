"""The ways into the virtual printer: a socket for one computer at a time, and a device file."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading
import tty
from collections.abc import Callable

TICK = 0.05
PORTION = 4096


class VirtualPort:
    """Listens between `open` and `shut`, hands what arrives to `take`, and reads at most `room()` bytes at once."""

    def __init__(self, host: str, port: int, take: Callable[[bytes], None], room: Callable[[], int]) -> None:
        self.host = host
        self.port = port
        self._take = take
        self._room = room
        self._lock = threading.Lock()
        self._place: socket.socket | None = None
        self._listener: socket.socket | None = None
        self._connection: socket.socket | None = None
        self._idle = threading.Event()
        self._idle.set()

    def open(self) -> None:
        """Listen; `port` is the real one afterwards. Open twice is open."""
        if self._place is None:
            # Keeps the port for this printer while it refuses everybody.
            self._place = socket.socket()
            self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._place.bind((self.host, self.port))
            self.port = self._place.getsockname()[1]
        if self._listener is None:
            listener = socket.create_server((self.host, self.port), backlog=4)
            listener.settimeout(TICK)
            self._listener = listener

    def shut(self) -> None:
        """Refuse new computers; `reset` ends the one that is there."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # at once, even while `serve` waits for somebody
            listener.close()

    def close(self) -> None:
        """Refuse everybody and let go of the port."""
        self.shut()
        place, self._place = self._place, None
        if place is not None:
            place.close()

    def serve(self, stopping: threading.Event) -> None:
        """Until `stopping`, also through times when the port is shut."""
        while not stopping.is_set():
            listener = self._listener
            if listener is None:
                stopping.wait(TICK)
                continue
            try:
                connection, _ = listener.accept()
            except OSError:
                continue
            self._attend(connection, stopping)

    def answer(self, said: bytes) -> bool:
        """Send to the computer; False when there is none."""
        connection = self._connection
        if connection is None:
            return False
        with contextlib.suppress(OSError):
            connection.sendall(said)
        return True

    def reset(self, wait: float) -> None:
        """A reset, as a pulled plug or a router makes it: both sides lose what was on its way."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is None:
                return
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RD)
        self._idle.wait(wait)

    def _attend(self, connection: socket.socket, stopping: threading.Event) -> None:
        connection.settimeout(2)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._idle.clear()
        self._connection = connection
        try:
            self._read(connection, stopping)
        finally:
            with self._lock:
                self._connection = None
                connection.close()
            self._idle.set()

    def _read(self, connection: socket.socket, stopping: threading.Event) -> None:
        # A broken connection still holds what had arrived; a real reset loses that.
        while self._connection is connection and not stopping.is_set():
            most = self._room()
            if not most:
                stopping.wait(TICK)
                continue
            if not select.select([connection], [], [], TICK)[0]:
                continue
            try:
                received = connection.recv(most)
            except OSError:
                return
            if not received:
                return
            self._take(received)


class DevicePort:
    """The printer's end of a pseudo terminal; `path` is the computer's end. Bytes as `VirtualPort` takes them."""

    def __init__(self, take: Callable[[bytes], None], room: Callable[[], int]) -> None:
        self._take = take
        self._room = room
        self._file, self._computers = os.openpty()
        tty.setraw(self._computers)
        os.set_blocking(self._file, False)
        self.path = os.ttyname(self._computers)
        self._lock = threading.Lock()
        self._pulled = threading.Event()
        self._gone = threading.Event()

    def serve(self, stopping: threading.Event) -> None:
        """Until `stopping` or `pull`; then the file is gone. Only this closes it: a number is soon another file's."""
        try:
            while not stopping.is_set() and not self._pulled.is_set():
                most = self._room()
                if not most:
                    stopping.wait(TICK)
                elif select.select([self._file], [], [], TICK)[0]:
                    with contextlib.suppress(BlockingIOError):
                        self._take(os.read(self._file, most))
        finally:
            with self._lock:
                os.close(self._file)
                os.close(self._computers)
                self._gone.set()

    def answer(self, said: bytes) -> None:
        """What a computer that does not listen misses is lost, as on a serial line."""
        with self._lock, contextlib.suppress(OSError):
            if not self._gone.is_set():
                os.write(self._file, said)

    def pull(self, wait: float) -> None:
        """As a cable: whoever has the file open is hung up on, after at most `wait` seconds."""
        self._pulled.set()
        self._gone.wait(wait)
