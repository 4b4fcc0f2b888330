"""The tables of `site.toml` that say what is plugged into a machine: its camera, printer and hand scanner."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from kiosk.config_tables import Section


class Camera(Section):
    """`source`: a V4L2 path, `pi` or `pi:1` for a Pi's own, a video file, a folder of images, an MJPEG address, or "".

    The rest is asked of a V4L2 camera, whose `focus` and `gain` count as it likes, or of a Pi's: `focus` in tenths of a
    dioptre, `gain` in hundredths. `exposure` counts in 100 µs.
    """

    source: str = ""
    width: int = Field(default=1280, ge=320, le=4096)
    height: int = Field(default=720, ge=240, le=2160)
    frames_per_second: int = Field(default=30, ge=5, le=60)
    focus: Literal["auto"] | Annotated[int, Field(ge=0, le=4096)] = "auto"
    exposure: Literal["auto"] | Annotated[int, Field(ge=1, le=10_000)] = "auto"
    gain: Literal["auto"] | Annotated[int, Field(ge=0, le=65_535)] = "auto"


class Printer(Section):
    """`target`: `auto` for the USB printer that is plugged in, or a certain one such as `/dev/usb/lp0`,
    `tcp://host:9100`, `serial:/dev/serial/by-id/…` with its `baud`, or "" for none.

    `roll_m`: the length of a new roll in m, from which the paper that is left is counted; 0 counts nothing. Unset, 80
    for 80 mm paper, as such rolls are sold; narrow ones come in any length.
    """

    target: str = Field(default="auto", pattern=r"^(auto|tcp://\S+|(serial:)?/dev/\S+)?$")
    baud: Literal[9600, 19200, 38400, 57600, 115200] = 115200
    paper_mm: Literal[58, 80] = 80
    roll_m: int | None = Field(default=None, ge=0, le=500)

    @field_validator("target")
    @classmethod
    def _stable_name(cls, value: str) -> str:
        if re.match(r"serial:/dev/tty(USB|ACM)\d+$", value):
            raise ValueError("changes with every plug: take the name under /dev/serial/by-id/")
        return value

    @property
    def new_roll_m(self) -> int:
        """The length of a new roll in m; 0 when it is not known."""
        if self.roll_m is not None:
            return self.roll_m
        return 80 if self.paper_mm == 80 else 0

    @property
    def width_dots(self) -> int:
        """Printable width in dots at 203 dpi: 48 mm or 72 mm."""
        return 576 if self.paper_mm == 80 else 384


class Scanner(Section):
    """A hand scanner beside the camera: `device` is its stable name, or "" for none.

    Under `/dev/input/` it is a keyboard, and `layout` the one that it believes it is; else it is a serial line, and
    `baud` its speed.
    """

    device: str = ""
    layout: Literal["us", "cz", "fr"] = "us"
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600

    @field_validator("device")
    @classmethod
    def _stable_name(cls, value: str) -> str:
        if value and not value.startswith("/"):
            raise ValueError("is neither a keyboard under /dev/input/ nor a serial line under /dev/")
        if re.match(r"/dev/input/event\d+$", value):
            raise ValueError("changes with every start: take the name under /dev/input/by-id/")
        return value
