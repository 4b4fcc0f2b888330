"""The socket of the virtual printer: one computer at a time, and links that break as real ones do."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable

TICK = 0.05
PORTION = 4096


class VirtualPort:
    """Listens between `open` and `shut`, hands what arrives to `take`, and reads nothing while `is_full()`."""

    def __init__(self, host: str, port: int, take: Callable[[bytes], None], is_full: Callable[[], bool]) -> None:
        self.host = host
        self.port = port
        self._take = take
        self._is_full = is_full
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._connection: socket.socket | None = None
        self._idle = threading.Event()
        self._idle.set()

    def open(self) -> None:
        """Listen; `port` is the real one afterwards. Open twice is open."""
        if self._listener is None:
            listener = socket.create_server((self.host, self.port), backlog=4)
            listener.settimeout(TICK)
            self.port = listener.getsockname()[1]
            self._listener = listener

    def shut(self) -> None:
        """Refuse new computers; `reset` ends the one that is there."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

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
            if self._is_full():
                stopping.wait(TICK)
                continue
            if not select.select([connection], [], [], TICK)[0]:
                continue
            try:
                received = connection.recv(PORTION)
            except OSError:
                return
            if not received:
                return
            self._take(received)
