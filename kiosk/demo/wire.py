"""The network between site and platform, as a relay that can be cut."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

PIECE = 65536
# Close without a goodbye: whoever is at the other end sees a reset.
ABRUPT = struct.pack("ii", 1, 0)


class Wire:
    """Carries TCP from `host`:`port` (0: a free one) to `far` on the same host. `cut` makes the network go away."""

    def __init__(self, host: str, port: int, far: int) -> None:
        self._door = socket.socket()
        self._door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._door.bind((host, port))
        self._far = (host, far)
        self._whole = threading.Event()
        self._ended = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, name="wire", daemon=True)

    @property
    def port(self) -> int:
        """Where it begins."""
        return int(self._door.getsockname()[1])

    @property
    def down(self) -> bool:
        """Is it cut?"""
        return not self._whole.is_set()

    def start(self) -> None:
        """Begin to carry."""
        self.mend()
        self._thread.start()

    def stop(self) -> None:
        """Break off what is open and free the port."""
        self._ended = True
        self.cut()
        self._whole.set()
        if self._thread.is_alive():
            self._thread.join(2)
        self._door.close()

    def cut(self) -> None:
        """Connections break off, new ones are refused."""
        with self._lock:
            self._whole.clear()
            with suppress(OSError):
                self._door.shutdown(socket.SHUT_RDWR)  # Linux: no longer listens, and still owns the port
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """New connections are carried again."""
        with self._lock:
            self._door.listen(64)
            self._whole.set()

    def _accept(self) -> None:
        while self._whole.wait() and not self._ended:
            try:
                near, _ = self._door.accept()
            except OSError:
                continue
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPT)
        with near, suppress(OSError), socket.create_connection(self._far, 5) as far:
            far.settimeout(None)
            if not self._joined(near, far):
                return
            back = threading.Thread(target=_pump, args=(far, near), daemon=True)
            back.start()
            _pump(near, far)
            back.join()
            with self._lock:
                self._open -= {near, far}
                if self._whole.is_set():
                    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))

    def _joined(self, near: socket.socket, far: socket.socket) -> bool:
        with self._lock:
            if not self._whole.is_set():
                return False
            self._open |= {near, far}
        return True


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Until one end is closed; then the other end is told."""
    with suppress(OSError):
        while piece := source.recv(PIECE):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
