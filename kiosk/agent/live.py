"""The live picture for the browser on this machine: `/live.mjpeg`, and `/live.jpg` for one frame. Loopback only.

Without a fresh frame both answer 503; a running stream ends with one dark picture. The outline of a code is drawn into
the picture, so that it is in step with it; words are not, as the page shows it mirrored. They come by `/live.events`:
`advice` (a word of `Advice`, or nothing) and `read` (how many codes so far, never which).
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import cv2
import numpy as np

from kiosk.agent.sight import Glance, Sight
from kiosk.agent.signs import Signs
from kiosk.devices.decoder import Frame
from kiosk.devices.shot import BrokenPicture

log = logging.getLogger("kiosk.agent")

WIDTH = 640
FRAME_SECONDS = 0.1
QUALITY = 72
# A page takes two: one for the picture, one for the words.
MOST_VIEWERS = 6
SILENCE_SECONDS = 2.0
BOUNDARY = "frame"
DARK = cv2.imencode(".jpg", np.full((360, WIDTH, 3), (40, 31, 22), np.uint8))[1].tobytes()
OWN_NAMES = {"127.0.0.1", "localhost"}
# A page that has gone is noticed when something is written to it.
BEAT_SECONDS = 1.0
# BGR. Seen: amber; read: green; both on a dark line, to be told from any card.
AMBER, GREEN, EDGE = (40, 190, 255), (90, 200, 60), (30, 22, 16)
# Corners are given to a 16th of a pixel.
FINE = 4


class Live:
    """Serves what `sight` sees on 127.0.0.1. `port` 0, or one that is taken, means a free one.

    `hub`: the hub's address, whose pages alone may hear the events.
    """

    def __init__(
        self, sight: Sight, port: int, stop: threading.Event, signs: Signs | None = None, hub: str = ""
    ) -> None:
        self.sight = sight
        self.stop = stop
        self.signs = signs or Signs()
        self.origins = _origins(hub)
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
                small = np.asarray(cv2.resize(glance.frame, size, interpolation=cv2.INTER_AREA), np.uint8)
                self._draw(small, size[0] / width)
                encoded = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1]
                self._drawn = (glance.number, encoded.tobytes())
            return self._drawn[1]

    def _draw(self, picture: Frame, scale: float) -> None:
        for outline in self.signs.outlines(time.monotonic()):
            corners = cv2.convexHull(np.round(np.array(outline.corners) * scale * 2**FINE).astype(np.int32))
            for colour, thickness in ((EDGE, 9), (GREEN if outline.read else AMBER, 5)):
                cv2.polylines(picture, [corners], True, colour, thickness, cv2.LINE_AA, FINE)


def _origins(hub: str) -> frozenset[str]:
    """Of the hub's pages: its own; beside 127.0.0.1 also localhost, which is the same hub."""
    parts = urlsplit(hub)
    names = OWN_NAMES if parts.hostname in OWN_NAMES else {parts.hostname}
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return frozenset(f"{parts.scheme}://{name}{port}" for name in names if name)


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
        live = self.server.live
        if path == "/live.events":
            self._tell(live)
            return
        if path not in ("/live.mjpeg", "/live.jpg"):
            self.send_error(404)
            return
        glance = live.sight.newest()
        if glance is None or not live.seats.acquire(blocking=False):
            self.send_error(503)
            return
        try:
            if path == "/live.jpg":
                self._one(live.jpeg(glance))
            else:
                self._stream(live, glance)
        except BrokenPicture:
            self.send_error(503)
        finally:
            live.seats.release()

    def _tell(self, live: Live) -> None:
        origin = self.headers.get("Origin")
        # Another site's page in the same browser must not learn when somebody stands at the kiosk.
        if origin is not None and origin not in live.origins:
            self.send_error(403)
            return
        if not live.seats.acquire(blocking=False):
            self.send_error(503)
            return
        try:
            self._head("text/event-stream")
            if origin is not None:
                self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Vary", "Origin")
            self.end_headers()
            self.close_connection = True
            self._events(live)
        finally:
            live.seats.release()

    def _events(self, live: Live) -> None:
        version = live.signs.after(-1, 0.0)
        advice, reads = live.signs.told(time.monotonic())
        self._event("advice", advice)
        while not live.stop.is_set():
            before = (advice, reads)
            version = live.signs.after(version, BEAT_SECONDS)
            advice, reads = live.signs.told(time.monotonic())
            if reads != before[1]:
                self._event("read", str(reads))
            if advice != before[0]:
                self._event("advice", advice)
            if (advice, reads) == before:
                self.wfile.write(b":\n\n")

    def _event(self, name: str, data: str) -> None:
        self.wfile.write(f"event: {name}\ndata: {data}\n\n".encode())

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
            with suppress(BrokenPicture):
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
