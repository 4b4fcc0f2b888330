"""Behind `camera_pi`: owns a Pi camera through picamera2, under the system's own Python and nothing of ours.

In: a line of JSON with what is wished, then a byte for each picture. Out: a line of JSON each time, and after a
picture's `height` and `width` its pixels, three bytes each, blue first. It ends when nobody asks any more.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

# site.toml's word: the control of libcamera, the switch that must be thrown first, and the unit in libcamera's own.
# AfMode 0 is "by hand"; ExposureTime is in µs, LensPosition in dioptres.
CONTROLS: dict[str, tuple[str, dict[str, int], float]] = {
    "focus": ("LensPosition", {"AfMode": 0}, 0.1),
    "exposure": ("ExposureTime", {}, 100),
    "gain": ("AnalogueGain", {}, 0.01),
}
CONTINUOUS = 2  # of AfMode


class Lost(Exception):
    """There is no camera; the message says why."""


def main() -> int:
    """Speaks with `camera_pi`. Exit code 1 when there was no camera."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    try:
        camera, said = opened(json.loads(sys.stdin.buffer.readline()))
    except Exception as error:  # libcamera and picamera2 raise what they like
        tell(answers, {"lost": str(error) if isinstance(error, Lost) else f"the Pi camera does not open ({error!r})"})
        return 1
    try:
        tell(answers, said)
        while sys.stdin.buffer.read(1):
            give(camera, answers)
    except BrokenPipeError:
        pass
    finally:
        camera.stop()
        camera.close()
    return 0


def opened(wishes: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The camera, running, and what it was set to. Raises Lost."""
    try:
        picamera2 = importlib.import_module("picamera2")
    except ImportError as error:
        raise Lost(f"picamera2 is not there: apt install python3-picamera2 ({error})") from error
    # It lists USB cameras too; those are opened by their name under /dev.
    found = [each for each in picamera2.Picamera2.global_camera_info() if "/usb" not in each.get("Id", "")]
    if wishes["number"] >= len(found):
        raise Lost(f"the Pi sees {len(found)} cameras on its ribbon connectors: rpicam-hello --list-cameras")
    chosen = found[wishes["number"]]
    camera = picamera2.Picamera2(chosen["Num"])
    try:
        refused = list(start(camera, wishes))
        width, height = camera.camera_configuration()["main"]["size"]
    except BaseException:
        camera.close()
        raise
    return camera, {"model": chosen.get("Model", ""), "width": width, "height": height, "refused": refused}


def start(camera: Any, wishes: dict[str, Any]) -> Iterator[str]:
    """Configures and starts it; yields what it does not take."""
    duration = round(1_000_000 / wishes["frames_per_second"])
    camera.configure(
        camera.create_video_configuration(
            # libcamera names bytes from the last to the first: this is blue, green, red in memory.
            main={"size": (wishes["width"], wishes["height"]), "format": "RGB888"},
            controls={"FrameDurationLimits": (duration, duration)},
            queue=False,  # no picture from before it was asked for
        )
    )
    able, wanted = camera.camera_controls, {}
    if "AfMode" in able:
        wanted["AfMode"] = CONTINUOUS
    for name, value in wishes["controls"].items():
        control, switch, unit = CONTROLS[name]
        least, most = able[control][:2] if control in able else (1, 0)
        if not least <= value * unit <= most:
            yield f"{name}={value}" + (f" from={least / unit:g} to={most / unit:g}" if control in able else "")
            continue
        wanted |= switch | {control: value * unit if unit < 1 else round(value * unit)}
    camera.set_controls(wanted)
    camera.start()


def give(camera: Any, answers: BinaryIO) -> None:
    """The next picture."""
    request = camera.capture_request()
    try:
        picture = request.make_array("main")
    finally:
        request.release()
    height, width = picture.shape[:2]
    tell(answers, {"height": height, "width": width}, picture.tobytes())


def tell(answers: BinaryIO, said: dict[str, Any], pixels: bytes = b"") -> None:
    """One answer, at once."""
    answers.write(json.dumps(said).encode() + b"\n" + pixels)
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
