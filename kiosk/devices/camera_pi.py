"""The Pi's own camera (CSI): picamera2 in a process of the system's Python, and its pictures when they are asked for.

Raspberry Pi OS builds picamera2 against its own numpy, older than ours: both in one process do not load. And libcamera
that hangs takes only that process with it. Exposure counts in 100 µs as everywhere, focus in tenths of a dioptre
(50 is 20 cm), gain in hundredths (100 is none, as ISO counts).
"""

from __future__ import annotations

import json
import logging
import os
import re
import select
import subprocess
import time
from io import RawIOBase
from pathlib import Path
from typing import Any, cast

import numpy as np

from kiosk.devices.shot import AUTO, SILENCE_SECONDS, Camera, CameraLost, PlainShot, Shot, Wishes

log = logging.getLogger("kiosk.devices.camera")

PI_CAMERA = re.compile(r"pi(?::(\d))?")
# Not the one of our own environment: apt's picamera2 belongs to this one.
PYTHON = "/usr/bin/python3"
PROGRAM = Path(__file__).with_name("camera_pi_program.py")
# libcamera loads its tuning and starts the sensor: seconds on a Pi that has just been switched on.
OPEN_SECONDS = 15.0
CLOSE_SECONDS = 2.0
LONGEST_LINE = 4096


class PiCamera(Camera):
    """Asks its program for one picture after another; the program keeps none that nobody asked for."""

    def __init__(self, source: str, wishes: Wishes) -> None:
        """`source` is `pi`, or `pi:1` for the second camera. Raises CameraLost with what the program said."""
        named = PI_CAMERA.fullmatch(source)
        controls = {name: getattr(wishes, name) for name in ("focus", "exposure", "gain")}
        asked = {
            "number": int(named[1] or 0) if named else 0,
            "width": wishes.width,
            "height": wishes.height,
            "frames_per_second": wishes.frames_per_second,
            "controls": {name: value for name, value in controls.items() if value != AUTO},
        }
        try:
            # -P: the folder of the program holds modules of ours whose names others may have too.
            self._program = subprocess.Popen(
                [PYTHON, "-P", "-B", str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
        except OSError as error:
            raise CameraLost(f"{PYTHON} does not start ({error.strerror})") from error
        self._asking, self._answers = cast(RawIOBase, self._program.stdin), cast(RawIOBase, self._program.stdout)
        self.refused: tuple[str, ...] = ()
        try:
            self._ask(json.dumps(asked).encode() + b"\n")
            said = self._line(time.monotonic() + OPEN_SECONDS)
        except CameraLost:
            self.close()
            raise
        self.refused = tuple(said["refused"])
        for what in self.refused:
            log.warning("camera.refused what=%s", what)
        log.info("camera.opened model=%s width=%s height=%s", said["model"], said["width"], said["height"])

    def shoot(self) -> Shot:
        """The next picture of the sensor. Raises CameraLost after three silent seconds, or when the program ended."""
        until = time.monotonic() + SILENCE_SECONDS
        try:
            self._ask(b"\n")
            said = self._line(until)
            height, width = int(said["height"]), int(said["width"])
            pixels = self._read(height * width * 3, until)
        except CameraLost:
            self.close()
            raise
        return PlainShot(np.frombuffer(pixels, np.uint8).reshape(height, width, 3))

    def close(self) -> None:
        """Ask the program to end; one that hangs is ended."""
        self._asking.close()  # its sign to let go of the camera
        try:
            self._program.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()
        self._answers.close()

    def _ask(self, what: bytes) -> None:
        try:
            self._asking.write(what)
        except (OSError, ValueError) as error:  # ended, or closed by us
            raise CameraLost("the camera's program has ended") from error

    def _line(self, until: float) -> dict[str, Any]:
        """What the program says next. Raises CameraLost in its words, or when it says nothing that is understood."""
        line = b""
        while not line.endswith(b"\n") and len(line) < LONGEST_LINE:
            line += self._read(1, until)
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise CameraLost("the camera's program says what nobody understands") from error
        if "lost" in said:
            raise CameraLost(str(said["lost"]))
        return said

    def _read(self, size: int, until: float) -> bytearray:
        """Exactly so many bytes. Raises CameraLost when they are not there at `until`, by the monotonic clock."""
        received = bytearray(size)
        view, there = memoryview(received), 0
        file = self._answers.fileno()
        poll = select.poll()
        poll.register(file, select.POLLIN)
        while there < size:
            if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
                raise CameraLost("the camera gives no pictures any more")
            count = os.readv(file, [view[there:]])
            if not count:
                raise CameraLost("the camera's program has ended")
            there += count
        return received
