"""A Pi's own camera, as far as there is none: the program, its pipe and its death are real, picamera2 is a stand-in.

The stand-in has the part of picamera2's published interface that is used (the manual's `create_video_configuration`,
`capture_request` …), and libcamera's own way to fail: it raises anything, it prints, and it hangs.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kiosk.devices import camera_pi
from kiosk.devices.camera import CameraLost, Wishes, open_camera

PICAMERA2 = """
import json, os, time
import numpy as np
FOLDER = os.path.dirname(__file__)

def behaviour():
    with open(os.path.join(FOLDER, "behaviour.json")) as file:
        return json.load(file)

def note(what):
    with open(os.path.join(FOLDER, "notes"), "a") as file:
        file.write(json.dumps(what) + "\\n")

class Request:
    def __init__(self, size, shade):
        self.size, self.shade = size, shade
    def make_array(self, name):
        assert name == "main"
        picture = np.zeros((self.size[1], self.size[0], 3), np.uint8)
        picture[:, :, 0] = self.shade
        return picture
    def release(self):
        note("released")

class Picamera2:
    @staticmethod
    def global_camera_info():
        return behaviour()["cameras"]
    def __init__(self, camera_num=0):
        print("libcamera says hello on standard output")
        if behaviour().get("busy"):
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.camera_controls = {name: tuple(limits) for name, limits in behaviour()["controls"].items()}
        note({"opened": camera_num})
    def create_video_configuration(self, main=None, controls=None, queue=True):
        return {"main": main, "controls": controls, "queue": queue}
    def configure(self, config):
        note(config)
        self.config = config
        self.config["main"]["size"] = tuple(behaviour().get("size") or config["main"]["size"])
    def camera_configuration(self):
        return self.config
    def set_controls(self, controls):
        note({"controls": controls})
        self.shade = 7
    def start(self):
        note("started")
    def capture_request(self):
        note("captured")
        if behaviour().get("hangs"):
            time.sleep(600)
        if behaviour().get("breaks"):
            raise RuntimeError("Camera frontend has timed out!")
        self.shade += 1
        return Request(self.config["main"]["size"], self.shade)
    def stop(self):
        note("stopped")
    def close(self):
        note("closed")
"""
CSI = {"Num": 1, "Model": "imx708", "Id": "/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a"}
USB = {"Num": 0, "Model": "Webcam", "Id": "/base/axi/pcie@120000/rp1/usb@200000-1:1.0-046d:0825"}
LENS = {"AfMode": [0, 2, 0], "LensPosition": [0.0, 32.0, 1.0]}
SENSOR = {"ExposureTime": [26, 220_417_486, 20_000], "AnalogueGain": [1.12, 16.0, 1.0]}


class Module:
    """The stand-in, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "picamera2.py").write_text(PICAMERA2)
        self.behaves(cameras=[CSI])

    def behaves(self, cameras: list[dict[str, Any]], **how: Any) -> None:
        """From now on."""
        told = {"cameras": cameras, "controls": SENSOR | LENS} | how
        (self.folder / "behaviour.json").write_text(json.dumps(told))

    @property
    def notes(self) -> list[Any]:
        """What it was asked, in order."""
        return [json.loads(line) for line in (self.folder / "notes").read_text().splitlines()]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Module:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(camera_pi, "PYTHON", sys.executable)  # a system's Python without numpy has no picamera2 either
    return Module(tmp_path)


def test_it_is_set_to_what_site_toml_says_in_its_own_units(module: Module) -> None:
    camera = open_camera("pi", Wishes(320, 240, frames_per_second=20, focus=50, exposure=60, gain=800))
    picture = camera.read()
    camera.close()
    assert (picture.shape, picture[0, 0].tolist()) == ((240, 320, 3), [8, 0, 0]), "blue comes first"
    opened, configured, controls = module.notes[:3]
    assert opened == {"opened": 1}
    assert configured["main"] == {"size": [320, 240], "format": "RGB888"}
    assert configured["controls"] == {"FrameDurationLimits": [50_000, 50_000]}
    assert configured["queue"] is False
    assert controls == {"controls": {"AfMode": 0, "LensPosition": 5.0, "ExposureTime": 6000, "AnalogueGain": 8.0}}
    assert camera.refused == ()


def test_left_to_itself_it_focuses_all_the_time_and_nothing_is_fixed(module: Module) -> None:
    open_camera("pi", Wishes(320, 240)).close()
    assert module.notes[2] == {"controls": {"AfMode": 2}}


def test_what_it_cannot_do_is_said_and_the_rest_is_done(module: Module, caplog: pytest.LogCaptureFixture) -> None:
    module.behaves(cameras=[CSI], controls=SENSOR)
    camera = open_camera("pi", Wishes(320, 240, focus=50, exposure=60, gain=9000))
    camera.close()
    assert camera.refused == ("focus=50", "gain=9000 from=112 to=1600")
    assert module.notes[2] == {"controls": {"ExposureTime": 6000}}
    assert caplog.text.count("camera.refused") == 2


def test_a_picture_is_taken_only_when_one_is_asked_for(module: Module) -> None:
    camera = open_camera("pi", Wishes(320, 240))
    shades = [int(camera.shoot().frame[0, 0, 0]) for _ in range(3)]
    assert camera.shoot().small.shape == (30, 40)
    camera.close()
    assert shades == [8, 9, 10]
    assert module.notes.count("captured") == module.notes.count("released") == 4
    assert module.notes[-2:] == ["stopped", "closed"], "the next program may have it"


def test_the_size_is_what_the_sensor_made_of_it(module: Module) -> None:
    module.behaves(cameras=[CSI], size=[304, 228])
    camera = open_camera("pi", Wishes(320, 240))
    assert camera.read().shape == (228, 304, 3)
    camera.close()


def test_cameras_on_ribbons_are_counted_and_usb_ones_are_not(module: Module) -> None:
    module.behaves(cameras=[USB, CSI, CSI | {"Num": 2}])
    open_camera("pi:1", Wishes(320, 240)).close()
    assert module.notes[0] == {"opened": 2}
    with pytest.raises(CameraLost, match="the Pi sees 2 cameras"):
        open_camera("pi:2", Wishes(320, 240))
    module.behaves(cameras=[USB])
    with pytest.raises(CameraLost, match="the Pi sees 0 cameras"):
        open_camera("pi", Wishes(320, 240))


def test_without_the_package_the_sentence_says_which(module: Module) -> None:
    (module.folder / "picamera2.py").unlink()
    with pytest.raises(CameraLost, match="apt install python3-picamera2"):
        open_camera("pi", Wishes(320, 240))


def test_without_that_python_it_is_a_lost_camera(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(camera_pi, "PYTHON", str(tmp_path / "python3"))
    with pytest.raises(CameraLost, match="does not start"):
        open_camera("pi", Wishes(320, 240))


def test_another_program_that_has_it_is_told(module: Module) -> None:
    module.behaves(cameras=[CSI], busy=True)
    with pytest.raises(CameraLost, match=r"does not open.*sequence did not complete"):
        open_camera("pi", Wishes(320, 240))


def test_a_camera_that_breaks_is_lost_and_opens_again(module: Module) -> None:
    camera = open_camera("pi", Wishes(320, 240))
    camera.read()
    module.behaves(cameras=[CSI], breaks=True)
    with pytest.raises(CameraLost):
        camera.read()
    with pytest.raises(CameraLost):
        camera.read()
    camera.close()
    assert module.notes[-1] == "closed"
    module.behaves(cameras=[CSI])
    again = open_camera("pi", Wishes(320, 240))
    assert again.read()[0, 0, 0] == 8
    again.close()


def test_one_that_hangs_is_lost_and_its_program_ended(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = open_camera("pi", Wishes(320, 240))
    camera.read()
    monkeypatch.setattr(camera_pi, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(camera_pi, "CLOSE_SECONDS", 0.2)
    module.behaves(cameras=[CSI], hangs=True)
    with pytest.raises(CameraLost, match="no pictures any more"):
        camera.read()
    assert not children(str(camera_pi.PROGRAM)), "a program that hangs holds the camera"


def test_it_ends_with_whoever_asked(module: Module, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    camera = open_camera("pi", Wishes(320, 240))
    assert "camera.opened model=imx708 width=320 height=240" in caplog.text
    assert len(children(str(camera_pi.PROGRAM))) == 1
    camera._asking.close()  # what the kernel does when the agent is killed
    end = time.monotonic() + 20
    while "closed" not in module.notes and time.monotonic() < end:
        time.sleep(0.02)
    assert module.notes[-1] == "closed"
    camera.close()


def children(program: str) -> list[int]:
    """Processes of ours that run `program` (Linux only)."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    ours = [int(number) for path in listed for number in path.read_text().split()]
    return [pid for pid in ours if program in Path(f"/proc/{pid}/cmdline").read_text()]


def test_the_pixels_are_whole_however_large(module: Module) -> None:
    camera = open_camera("pi", Wishes(1920, 1080))
    picture = camera.read()
    camera.close()
    assert (picture.shape, np.unique(picture[:, :, 0]).tolist()) == ((1080, 1920, 3), [8])
