"""How a thing with a code comes to be a camera frame: held somewhere before a background, lit, and photographed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from bench import frame_codes, frame_harms, frame_scenes, frame_things
from bench.frame_harms import Quad
from bench.frame_scenes import HEIGHT, WIDTH
from bench.frame_things import Picture as Frame

FOCAL = 1150.0  # pixels: a web camera that sees about 58° across
FINER = 3  # the code is drawn so many times finer than the frame, then averaged


@dataclass(frozen=True)
class Plan:
    """How one frame is taken. Blur and motion are in modules of the code; the lens, which is never sharp, in pixels."""

    module_px: float
    tilt: float
    turn: float
    blur: float
    motion: float = 0.0
    lens: float = 0.8
    noise: float = 2.5
    quality: int = 88
    light: float = 1.0
    sharpening: float = 0.0
    glare: float = 0.0
    shadow: float = 0.0
    moire: float = 0.0
    flicker: float = 0.0
    bloom: float = 0.0
    dimness: float = 0.0
    cover: float = 0.0
    bend: float = 0.0
    inverted: bool = False


def composed(thing: frame_things.Thing, code: frame_codes.Code, plan: Plan, chance: Random) -> tuple[Frame, Quad]:
    """The thing with its code before a background, held by somebody; and where the code is."""
    side = chance.uniform(*thing.sides)
    quiet = chance.choice((2, 3, 4, 4))
    modules = len(code.modules) + 2 * quiet
    unit = side / len(code.modules)
    whole = modules * unit
    scale = min(plan.module_px / unit, 0.9 * HEIGHT / (whole * 1.2))
    left = min(thing.x + (20 - side if thing.sides[1] <= 20 else (thing.sides[1] - side) / 2), thing.width - whole - 1)
    spot = np.array(
        ((left, thing.y), (left + whole, thing.y), (left + whole, thing.y + whole), (left, thing.y + whole))
    )
    pose = _pose(spot, scale, plan, chance)
    outline = np.array(((0, 0), (thing.width, 0), (thing.width, thing.height), (0, thing.height)), float)
    body, quad = _project(pose, outline), _project(pose, spot)
    frame = frame_scenes.behind(chance.randrange(frame_scenes.SCENES))
    frame = frame_scenes.clip(frame[:, :: chance.choice((1, -1))] * np.float32(chance.uniform(0.45, 1.05)))
    _lay_body(frame, thing, pose, scale, plan, spot)
    _lay_code(frame, thing, code, quiet, pose @ _placed(spot, whole / modules), plan, chance)
    return frame_harms.held(frame, body, quad, scale, chance), quad


def _pose(spot: Quad, scale: float, plan: Plan, chance: Random) -> np.ndarray:
    """The homography from millimetres of the thing to pixels; the middle of the code lies somewhere in the frame."""
    tilt, turn = np.radians(plan.tilt), np.radians(plan.turn)
    axis = chance.uniform(0, 2 * np.pi)
    vector, _ = cv2.Rodrigues(np.array((np.cos(axis), np.sin(axis), 0.0)) * tilt)
    spin, _ = cv2.Rodrigues(np.array((0.0, 0.0, turn)))
    turned = np.asarray(vector) @ np.asarray(spin)
    middle, depth = spot.mean(axis=0), FOCAL / scale
    columns = np.stack((turned[:, 0], turned[:, 1], np.array((0, 0, depth)) - turned[:, :2] @ middle), axis=1)
    lens = np.array(((FOCAL, 0, WIDTH / 2), (0, FOCAL, HEIGHT / 2), (0, 0, 1)))
    pose = lens @ columns
    seen = _project(pose, spot)
    low, high = seen.min(axis=0), seen.max(axis=0)
    move = []
    for near, far, length in zip(low, high, (WIDTH, HEIGHT), strict=True):
        room = length - 16 - (far - near)
        start = 8 + room * (0.5 + chance.uniform(-0.35, 0.35)) if room > 0 else (length - far + near) / 2
        move.append(start - near)
    return np.asarray(np.array(((1, 0, move[0]), (0, 1, move[1]), (0, 0, 1))) @ pose)


def _lay_body(frame: Frame, thing: frame_things.Thing, pose: np.ndarray, scale: float, plan: Plan, spot: Quad) -> None:
    density = min(float(frame_things.DENSITY), scale * 1.3)
    ratio = density / frame_things.DENSITY
    picture = cv2.resize(thing.picture, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    if plan.bend:
        picture = _bent(picture, plan.bend, density, spot.mean(axis=0) * density, spot[1, 0] - spot[0, 0])
    if plan.dimness:
        picture = cv2.convertScaleAbs(picture, alpha=1 - plan.dimness, beta=30 * plan.dimness)
    to_mm = np.diag((thing.width / picture.shape[1], thing.height / picture.shape[0], 1))
    _blend(frame, np.asarray(picture, np.uint8), pose @ to_mm, 1)


def _lay_code(
    frame: Frame, thing: frame_things.Thing, code: frame_codes.Code, quiet: int, pose: np.ndarray, plan: Plan,
    chance: Random,
) -> None:  # fmt: skip
    fine = max(2, min(12, round(FINER * plan.module_px)))
    white = np.pad(~code.modules, quiet, constant_values=True)
    ink = np.kron(white, np.ones((fine, fine))).astype(np.float32)
    spread = fine * chance.uniform(0.05, 0.16)  # ink runs, pixels glow: edges are soft and the dark gains or loses
    ink = np.clip((cv2.GaussianBlur(ink, (0, 0), spread) - chance.uniform(0.3, 0.6)) * 2.5 + 0.5, 0, 1)
    if thing.light[0] < 240:
        ink = _worn(ink, chance)
    if plan.inverted:
        ink = 1 - ink
    light, dark = frame_scenes.floats(thing.light), frame_scenes.floats(thing.dark)
    if plan.dimness:
        light, dark = light * (1 - plan.dimness) + 40 * plan.dimness, dark + 40 * plan.dimness
    painted = frame_scenes.clip(ink * 255)
    if plan.bend:
        middle = np.array((ink.shape[1], ink.shape[0])) / 2
        painted = frame_scenes.clip(_bent(painted, plan.bend, fine, middle, len(white)))
    _blend(frame, painted, pose @ np.diag((1 / fine, 1 / fine, 1)), FINER, (dark, light))


def _worn(ink: np.ndarray, chance: Random) -> np.ndarray:
    """A printer's missing dots and a fold."""
    high, wide = ink.shape
    for _ in range(chance.randrange(0, 3)):
        x = chance.randrange(wide)
        ink[:, x : x + 2] = np.maximum(ink[:, x : x + 2], chance.uniform(0.3, 0.9))
    if chance.random() < 0.3:
        y = chance.randrange(high)
        ink[y : y + 3] = ink[y : y + 3] * 0.5 + 0.35
    return ink


def _blend(
    frame: Frame, picture: Frame, pose: np.ndarray, finer: int, inks: tuple[np.ndarray, np.ndarray] | None = None
) -> None:
    """Lays `picture` into the frame in place, `finer` times finer first; a grey one is painted in its two inks."""
    high, wide = picture.shape[:2]
    corners = _project(pose, np.array(((0, 0), (wide, 0), (wide, high), (0, high)), float))
    x0, y0 = (int(end) for end in np.clip(np.floor(corners.min(axis=0)) - 1, 0, (WIDTH, HEIGHT)))
    x1, y1 = (int(end) for end in np.clip(np.ceil(corners.max(axis=0)) + 2, 0, (WIDTH, HEIGHT)))
    if x1 <= x0 or y1 <= y0:
        return
    size = (x1 - x0, y1 - y0)
    into = np.array(((1, 0, -x0), (0, 1, -y0), (0, 0, 1))) @ pose
    larger = np.diag((finer, finer, 1)) @ into
    # The edge of the picture is repeated outwards, so that nothing black is averaged into its border.
    laid = cv2.warpPerspective(picture, larger, (size[0] * finer, size[1] * finer), borderMode=cv2.BORDER_REPLICATE)
    if finer > 1:
        laid = cv2.resize(laid, size, interpolation=cv2.INTER_AREA)
    share = cv2.warpPerspective(np.ones((high, wide), np.float32), into, size)[:, :, None]
    above = laid.astype(np.float32)
    if inks is not None:
        above = inks[0] + (inks[1] - inks[0]) * (above[:, :, None] / np.float32(255))
    below = frame[y0:y1, x0:x1]
    frame[y0:y1, x0:x1] = (below + (above - below) * share).astype(np.uint8)


def _bent(picture: np.ndarray, bend: float, density: float, middle: np.ndarray, side: float) -> np.ndarray:
    """The same on a cylinder, seen from the front and a little from above; `bend`: the code's width in radii."""
    radius = side / bend
    high, wide = picture.shape[:2]
    across = np.clip((np.arange(wide, dtype=np.float32) - middle[0]) / (density * radius), -0.97, 0.97)
    arc = np.arcsin(across)
    x = (arc * radius * density + middle[0]).astype(np.float32)
    drop = (1 - np.cos(arc)) * radius * density * 0.35
    map_x = np.repeat(x[None, :], high, axis=0)
    map_y = np.arange(high, dtype=np.float32)[:, None] + drop[None, :].astype(np.float32)
    return np.asarray(cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def taken(frame: Frame, quad: Quad, plan: Plan, chance: Random) -> Frame:
    """What the camera makes of it: light first, then the lens, then the sensor."""
    module = plan.module_px
    screen = quad.mean(axis=0) + (quad - quad.mean(axis=0)) * 1.3
    steps: tuple[tuple[float, Callable[[Frame], Frame]], ...] = (
        (plan.cover, lambda was: frame_harms.covered(was, quad, plan.cover, chance)),
        (plan.moire, lambda was: frame_harms.gridded(was, screen, plan.moire, module * chance.uniform(0.8, 5), chance)),
        (plan.shadow, lambda was: frame_harms.shaded(was, quad, plan.shadow, chance)),
        (plan.glare, lambda was: frame_harms.glared(was, quad, plan.glare, chance)),
        (plan.flicker, lambda was: frame_harms.banded(was, plan.flicker, chance)),
        (plan.bloom, lambda was: frame_harms.bloomed(was, quad, plan.bloom)),
        (plan.motion, lambda was: frame_harms.smeared(was, quad, plan.motion * module, chance)),
        (plan.blur, lambda was: frame_harms.defocused(was, quad, plan.blur * module)),
    )
    for strength, step in steps:
        if strength:
            frame = step(frame)
    frame = frame_scenes.soft(frame, plan.lens)
    frame = frame_harms.sharpened(frame, plan.sharpening)
    return frame_harms.sensed(frame, plan.light, plan.noise, plan.quality, chance)


def _placed(spot: Quad, unit: float) -> np.ndarray:
    """From modules to millimetres of the thing."""
    return np.array(((unit, 0, spot[0, 0]), (0, unit, spot[0, 1]), (0, 0, 1)))


def _project(pose: np.ndarray, points: Quad) -> Quad:
    ends = np.column_stack((points, np.ones(len(points)))) @ pose.T
    return np.asarray(ends[:, :2] / ends[:, 2:])
