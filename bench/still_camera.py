"""A camera for benches: JPEGs that were made before, over HTTP at a steady rate, and the moment each scene begins."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
from PIL import Image

from kiosk.devices.virtual_scene import Scene

BOUNDARY = "frame"
SIZE = (1280, 720)
QUALITY = 88
# The card has long been there: what is measured is reading it, not the hand that brings it.
HELD_SECONDS = 60.0


@cache
def _scene() -> Scene:
    return Scene(*SIZE)


def pictures(held: Image.Image | None, count: int) -> list[bytes]:
    """`count` JPEGs of the hall, 1280×720, with a sensor's noise, and `held` (a card) in front or nobody."""
    scene = _scene()
    scene.hold(held)
    frames = [scene.frame(0.0, HELD_SECONDS) for _ in range(count)]
    return [cv2.imencode(".jpg", frame, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].tobytes() for frame in frames]


class StillCamera:
    """Shows one scene again and again; nothing is drawn while it runs, so it takes no time from what is measured."""

    def __init__(self, scene: Sequence[bytes], frames_per_second: int = 30) -> None:
        self.frames_per_second = frames_per_second
        self._scene = tuple(scene)
        self._fresh = False
        self._shown = threading.Event()
        self._shown_at = 0.0
        self._lock = threading.Lock()
        self._running = True
        self._server = _Server(("127.0.0.1", 0), self)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    @property
    def url(self) -> str:
        """The address for `camera.source`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/camera.mjpeg"

    @property
    def running(self) -> bool:
        """False once it has been stopped."""
        return self._running

    def show(self, scene: Sequence[bytes]) -> float:
        """From the next picture on this is seen. Returns when that picture was handed over (`time.time`)."""
        with self._lock:
            self._scene, self._fresh = tuple(scene), True
            self._shown.clear()
        if not self._shown.wait(20):
            raise TimeoutError("nobody looks at the camera")
        return self._shown_at

    def take(self, nth: int) -> bytes:
        """The picture for turn `nth`."""
        with self._lock:
            if self._fresh:
                self._fresh, self._shown_at = False, time.time()
                self._shown.set()
            return self._scene[nth % len(self._scene)]

    def stop(self) -> None:
        """Let every viewer go."""
        self._running = False
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], camera: StillCamera) -> None:
        super().__init__(address, _Viewer)
        self.camera = camera

    def handle_error(self, request: object, client_address: object) -> None:
        """A viewer that goes away is no news."""


class _Viewer(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        camera = self.server.camera
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.end_headers()
        begun, turn = time.monotonic(), 0
        while camera.running:
            time.sleep(max(0.0, begun + turn / camera.frames_per_second - time.monotonic()))
            jpeg = camera.take(turn)
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")
            turn += 1

    def log_message(self, format: str, *args: object) -> None:
        """Each picture is not an event."""
