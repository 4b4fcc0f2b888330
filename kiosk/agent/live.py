"""The live picture for the browser on this machine: `/live.mjpeg`, and `/live.jpg` for one frame. Loopback only.

Without a fresh frame both answer 503; a running stream ends with one dark picture.
"""

from __future__ import annotations

import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

from kiosk.agent.sight import Glance, Sight

log = logging.getLogger("kiosk.agent")

WIDTH = 640
FRAME_SECONDS = 0.1
QUALITY = 72
MOST_VIEWERS = 6
SILENCE_SECONDS = 2.0
BOUNDARY = "frame"
DARK = cv2.imencode(".jpg", np.full((360, WIDTH, 3), (40, 31, 22), np.uint8))[1].tobytes()
OWN_NAMES = {"127.0.0.1", "localhost"}


class Live:
    """Serves what `sight` sees on 127.0.0.1. `port` 0, or one that is taken, means a free one."""

    def __init__(self, sight: Sight, port: int, stop: threading.Event) -> None:
        self.sight = sight
        self.stop = stop
        self.seats = threading.BoundedSemaphore(MOST_VIEWERS)
        self._lock = threading.Lock()
        self._drawn = (0, b"")
        try:
            self._server = _Server(port, self)
        except OSError as error:
            log.warning("live.moved port=%d why=%s", port, error.strerror)
            self._server = _Server(0, self)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def run(self) -> None:
        """Answer until the program stops."""
        with self._server:
            while not self.stop.is_set():
                self._server.handle_request()

    def jpeg(self, glance: Glance) -> bytes:
        """`glance` as a JPEG 640 pixels wide; drawn once, however many look."""
        with self._lock:
            if self._drawn[0] != glance.number:
                height, width = glance.frame.shape[:2]
                size = (WIDTH, max(1, round(height * WIDTH / width)))
                small = cv2.resize(glance.frame, size, interpolation=cv2.INTER_AREA)
                encoded = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1]
                self._drawn = (glance.number, encoded.tobytes())
            return self._drawn[1]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    timeout = 0.2

    def __init__(self, port: int, live: Live) -> None:
        super().__init__(("127.0.0.1", port), _Viewer)
        self.live = live

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that closes its page is no news."""


class _Viewer(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5.0

    def do_GET(self) -> None:
        # A page of a foreign name that resolves to loopback must not see who stands at the kiosk.
        if self.headers.get("Host", "").partition(":")[0].lower() not in OWN_NAMES:
            self.send_error(403)
            return
        path = self.path.partition("?")[0]
        if path not in ("/live.mjpeg", "/live.jpg"):
            self.send_error(404)
            return
        live = self.server.live
        glance = live.sight.newest()
        if glance is None or not live.seats.acquire(blocking=False):
            self.send_error(503)
            return
        try:
            if path == "/live.jpg":
                self._one(live.jpeg(glance))
            else:
                self._stream(live, glance)
        finally:
            live.seats.release()

    def _one(self, jpeg: bytes) -> None:
        self._head("image/jpeg")
        self.send_header("Content-Length", str(len(jpeg)))
        self.end_headers()
        self.wfile.write(jpeg)

    def _stream(self, live: Live, glance: Glance | None) -> None:
        self._head(f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.end_headers()
        self.close_connection = True
        self.wfile.write(f"--{BOUNDARY}\r\n".encode())
        while glance is not None and not live.stop.is_set():
            began = time.monotonic()
            self._part(live.jpeg(glance))
            live.stop.wait(max(0.0, FRAME_SECONDS - (time.monotonic() - began)))
            glance = live.sight.after(glance.number, SILENCE_SECONDS)
        # A browser keeps the last picture when a stream ends, without an error: the last one must show nobody.
        self._part(DARK)

    def _part(self, jpeg: bytes) -> None:
        head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        # The boundary goes out with the picture it ends: a browser shows a part only once it has seen its end.
        self.wfile.write(head.encode() + jpeg + f"\r\n--{BOUNDARY}\r\n".encode())

    def _head(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")

    def log_message(self, format: str, *args: object) -> None:
        """Each frame is not an event."""
