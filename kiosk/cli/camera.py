"""The camera on the command line: how good its picture is, and what stands on pictures."""

from __future__ import annotations

import json
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiosk.cli.group import language, say, settings_of

if TYPE_CHECKING:
    from kiosk.devices.decoder import Frame, Reading
    from kiosk.devices.shot import Camera

LARGEST_PIXELS = 120_000_000
DECODE_SECONDS = 1 / 8
# Auto exposure slows a camera down in the dark: people then hold still in vain.
SLOW_FRAMES_PER_SECOND = 8.0


class UnusableImage(Exception):
    """A file that holds no picture to be read; the message is a sentence."""


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
def decode(images: tuple[Path, ...]) -> None:
    """Reads the codes on pictures: one JSON line each, with file, texts, readings and milliseconds.

    Exit code 1 when one of them cannot be read as a picture.
    """
    lines = [_decoded(path) for path in images]
    sys.exit(any("error" in line for line in lines))


def _decoded(path: Path) -> dict[str, Any]:
    from kiosk.devices import decoder

    said: dict[str, Any] = {"file": str(path), "texts": [], "readings": [], "ms": 0.0}
    try:
        frame = _picture(path)
    except UnusableImage as error:
        said |= {"error": str(error)}
    else:
        begun = time.perf_counter()
        readings = decoder.decode(frame)
        ms = round((time.perf_counter() - begun) * 1000, 1)
        said |= {"texts": [each.text for each in readings], "readings": [_told(each) for each in readings], "ms": ms}
    click.echo(json.dumps(said, ensure_ascii=False))
    return said


def _told(reading: Reading) -> dict[str, Any]:
    return {
        "text": reading.text,
        "kind": _kind(reading),
        "symbology": reading.symbology,
        "stage": reading.stage,
        "corners": [list(corner) for corner in reading.corners],
    }


def _kind(reading: Reading) -> str:
    from kiosk.rules import codes

    return str(codes.read(reading.raw).kind)


def _picture(path: Path) -> Frame:
    """The picture in a file. Raises UnusableImage: not there, no picture, or one that would fill the memory."""
    import cv2
    import numpy as np
    from PIL import Image

    try:
        raw = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures: we have our own limit
            with path.open("rb") as file, Image.open(file) as picture:
                width, height = picture.size
    except Image.DecompressionBombError:
        raise UnusableImage(say("camera.picture.too_large", n=LARGEST_PIXELS // 1_000_000)) from None
    except (OSError, ValueError, SyntaxError):
        reason = "camera.picture.not_one" if path.is_file() else "camera.picture.not_there"
        raise UnusableImage(say(reason)) from None
    if width * height > LARGEST_PIXELS:
        raise UnusableImage(say("camera.picture.too_large", n=LARGEST_PIXELS // 1_000_000))
    try:
        # Not cv2.imread: it cannot open every Vietnamese file name on every system.
        frame = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        frame = None
    if frame is None:
        raise UnusableImage(say("camera.picture.not_one"))
    return np.asarray(frame, np.uint8)


@dataclass
class Seen:
    """What a camera has shown: the sharpest picture, and the code that had the most pixels a module."""

    frames_per_second: float
    sharpest: Frame
    sharpness: float
    code: Reading | None = None
    module_px: float = 0.0


@click.command("camera-test")
@click.option("--source", help="Another camera than site.toml's: a device, a folder of pictures, a video, an address.")
@click.option("--seconds", default=5.0, show_default=True, type=click.FloatRange(1, 600), help="How long to look.")
@click.option("--save", type=click.Path(path_type=Path), help="Keep the sharpest picture here. It may show people.")
@click.pass_context
def camera_test(ctx: click.Context, source: str | None, seconds: float, save: Path | None) -> None:
    """Says how good the camera's picture is, and how well it shows a card held up; never what the card says.

    Exit code 0 when it is good enough to read cards. Stop the agent first: a camera serves one program.
    """
    from kiosk.config_devices import Camera
    from kiosk.devices.camera import CameraLost, Wishes, open_camera

    settings = Camera() if source is not None and not _has_site(ctx) else settings_of(ctx).camera
    source = settings.source if source is None else source
    if not source:
        raise click.ClickException(say("camera.none"))
    try:
        camera = open_camera(source, Wishes.of(settings))
        try:
            seen = _watch(camera, seconds)
        finally:
            camera.close()
    except CameraLost as error:
        raise click.ClickException(say("camera.lost", why=str(error))) from error
    for what in getattr(camera, "refused", ()):
        click.echo(say("camera.refused", what=what))
    usable = _judge(seen)
    if save:
        _save(seen.sharpest, save)
    click.echo(say("camera.usable" if usable else "camera.unusable"))
    sys.exit(not usable)


def _has_site(ctx: click.Context) -> bool:
    return bool((ctx.find_root().obj / "site.toml").is_file())


def _watch(camera: Camera, seconds: float) -> Seen:
    """Counts pictures for the first part of the time; in the rest it decodes. Raises CameraLost."""
    from kiosk.devices import measure

    frame = camera.read()
    begun, shots = time.monotonic(), 0
    while time.monotonic() - begun < min(2.0, seconds / 2):
        camera.shoot()
        shots += 1
    seen = Seen(shots / (time.monotonic() - begun), frame, measure.sharpness(frame))
    while time.monotonic() - begun < seconds:
        looked = time.monotonic()
        _notice(seen, camera.read())
        time.sleep(max(0.0, DECODE_SECONDS - (time.monotonic() - looked)))
    return seen


def _notice(seen: Seen, frame: Frame) -> None:
    from kiosk.devices import decoder, measure

    sharpness = measure.sharpness(frame)
    if sharpness > seen.sharpness:
        seen.sharpest, seen.sharpness = frame, sharpness
    for reading in decoder.decode(frame):
        px = measure.module_px(frame, reading)
        if seen.code is None or px > seen.module_px:
            seen.code, seen.module_px = reading, px


def _judge(seen: Seen) -> bool:
    """Prints a line for each figure with what to do about it; is it good enough to read cards?"""
    from kiosk.devices import measure

    height, width = seen.sharpest.shape[:2]
    light = measure.brightness(seen.sharpest)
    click.echo(say("camera.size", width=width, height=height))
    rate = "good" if seen.frames_per_second >= SLOW_FRAMES_PER_SECOND else "poor"
    bright = _grade(light, measure.DARK, measure.DIM)
    click.echo(say(f"camera.rate.{rate}", figure=_figure(seen.frames_per_second)))
    click.echo(say(f"camera.light.{bright}", figure=f"{light:.0f}"))
    sharp = _grade(seen.sharpness, measure.SOFT, measure.SHARP)
    verdicts = [rate, bright]
    if seen.code is None and sharp == "poor":
        click.echo(say("camera.sharp.nothing", figure=f"{seen.sharpness:.0f}"))
    else:
        verdicts.append(sharp)
        click.echo(say(f"camera.sharp.{sharp}", figure=f"{seen.sharpness:.0f}"))
    if seen.code is None:
        click.echo(say("camera.code.none"))
    else:
        click.echo(say("camera.code.kind", kind=say(f"code.{_kind(seen.code)}"), stage=seen.code.stage))
        if seen.module_px:
            px = _grade(seen.module_px, measure.MODULE_PX_LEAST, measure.MODULE_PX_ENOUGH)
            verdicts.append(px)
            click.echo(say(f"camera.module.{px}", figure=_figure(seen.module_px)))
    return "poor" not in verdicts


def _grade(figure: float, least: float, good: float) -> str:
    return "good" if figure >= good else "soft" if figure >= least else "poor"


def _figure(figure: float) -> str:
    return f"{figure:.1f}".replace(".", "," if language() == "vi" else ".")


def _save(frame: Frame, path: Path) -> None:
    import cv2

    written, raw = cv2.imencode(path.suffix or ".jpg", frame)
    if written:
        path.write_bytes(raw.tobytes())
        click.echo(say("camera.saved", path=path))
