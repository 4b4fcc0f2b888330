"""A camera made of software: real JPEGs over a real socket, of a scene into which a picture can be held.

It can be told to misbehave: `unplug` drops every viewer at once and refuses new ones.
"""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
from PIL import Image

from kiosk.devices.decoder import Frame
from kiosk.devices.virtual_scene import Scene

FRAMES_PER_SECOND = 10
BOUNDARY = "frame"


class VirtualCamera:
    """Serves `/camera.mjpeg` on `host`:`port` (0: a free one). Draws only while somebody looks."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, width: int = 1280, height: int = 720) -> None:
        self._scene = Scene(width, height)
        self._began = self._held_at = time.monotonic()
        self._holding = False
        self._plugged = True
        self._running = True
        self._viewers: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = _Server((host, port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="virtual-camera", daemon=True
        )

    @property
    def url(self) -> str:
        """The address for `camera.source`."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/camera.mjpeg"

    @property
    def state(self) -> str:
        """`unplugged`, `holding` or `empty`."""
        if not self._plugged:
            return "unplugged"
        return "holding" if self._holding else "empty"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Drop the viewers and free the port."""
        self._running = False
        self._drop_viewers()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(2)
        self._server.server_close()

    def hold(self, picture: Image.Image | Frame | None) -> None:
        """Hold this picture (PIL with its alpha, or H×W×3 BGR) in front of the camera; None takes it away."""
        if isinstance(picture, np.ndarray):
            picture = Image.fromarray(np.ascontiguousarray(picture[:, :, ::-1]))
        with self._lock:
            self._scene.hold(picture)
            self._holding = picture is not None
            self._held_at = time.monotonic()

    def unplug(self) -> None:
        """As if the cable were pulled: streams break off in the middle, new ones are refused with 503."""
        self._plugged = False
        self._drop_viewers()

    def plug(self) -> None:
        """The cable is back; viewers must connect again."""
        self._plugged = True

    def jpeg(self) -> bytes:
        """The scene as it is now."""
        now = time.monotonic()
        with self._lock:
            frame = self._scene.frame(now - self._began, now - self._held_at)
        return cv2.imencode(".jpg", frame, (cv2.IMWRITE_JPEG_QUALITY, 88))[1].tobytes()

    def gives_pictures(self) -> bool:
        """Whether a viewer may look."""
        return self._plugged and self._running

    def add_viewer(self, connection: socket.socket) -> None:
        """`unplug` will cut this connection."""
        with self._lock:
            self._viewers.add(connection)

    def remove_viewer(self, connection: socket.socket) -> None:
        """The connection is gone."""
        with self._lock:
            self._viewers.discard(connection)

    def _drop_viewers(self) -> None:
        with self._lock:
            viewers = list(self._viewers)
        for connection in viewers:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.remove_viewer(connection)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], camera: VirtualCamera) -> None:
        super().__init__(address, _Viewer)
        self.camera = camera

    def handle_error(self, request: object, client_address: object) -> None:
        """A viewer that goes away is no news."""


class _Viewer(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        camera = self.server.camera
        if self.path != "/camera.mjpeg":
            self.send_error(404)
        elif not camera.gives_pictures():
            self.send_error(503)
        else:
            camera.add_viewer(self.connection)
            try:
                self._stream(camera)
            finally:
                camera.remove_viewer(self.connection)

    def _stream(self, camera: VirtualCamera) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        while camera.gives_pictures():
            began = time.monotonic()
            jpeg = camera.jpeg()
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")
            time.sleep(max(0.0, 1 / FRAMES_PER_SECOND - (time.monotonic() - began)))

    def log_message(self, format: str, *args: object) -> None:
        """The virtual camera is quiet."""
