"""What light, lens, hand and sensor do to a picture of a code. Each takes a frame and gives it back, harmed."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from bench import frame_scenes
from bench.frame_things import Picture

Quad = NDArray[np.float64]  # four corners (x, y) in pixels, clockwise from the top left


def defocused(picture: Picture, quad: Quad, radius: float) -> Picture:
    """A disc of `radius` pixels instead of each point, as a lens makes it."""
    if radius < 0.3:
        return picture
    half = int(np.ceil(radius + 0.5))
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return _within(picture, quad, kernel)


def smeared(picture: Picture, quad: Quad, length: float, chance: Random) -> Picture:
    """A hand that moves by `length` pixels while the shutter is open."""
    if length < 0.5:
        return picture
    size = 2 * int(np.ceil(length / 2)) + 3
    angle, centre = chance.uniform(0, np.pi), size // 2
    kernel = np.zeros((size, size))
    for step in np.linspace(-length / 2, length / 2, 8 * size):
        x, y = centre + step * np.cos(angle), centre + step * np.sin(angle)
        left, top = int(x), int(y)
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            weight = abs(1 - column - (x - left)) * abs(1 - row - (y - top))
            kernel[min(size - 1, top + row), min(size - 1, left + column)] += weight
    return _within(picture, quad, kernel)


def glared(picture: Picture, quad: Quad, share: float, chance: Random) -> Picture:
    """A lamp's reflection, a blob or a strip, that covers about `share` of the code."""
    side = float(np.sqrt(cv2.contourArea(quad.astype(np.float32))))
    place = (chance.uniform(0.2, 0.8), chance.uniform(0.2, 0.8))
    x, y = _between(quad, *place)
    if chance.random() < 0.35:
        half = int(side * 1.2), max(1, int(side * share / 2))
    else:
        long = chance.uniform(1, 2.2)
        radius = side * np.sqrt(share / np.pi)
        half = max(1, int(radius * long**0.5)), max(1, int(radius / long**0.5))
    spot = np.zeros(picture.shape[:2], np.float32)
    cv2.ellipse(spot, (int(x), int(y)), half, chance.randrange(180), 0, 360, 1.0, -1, cv2.LINE_AA)
    spot = cv2.GaussianBlur(spot, (0, 0), max(1.0, side * 0.025))  # type: ignore[assignment]
    veil = cv2.GaussianBlur(cv2.resize(spot, None, fx=0.125, fy=0.125), (0, 0), max(1.0, side * 0.02))
    veil = cv2.resize(veil, (picture.shape[1], picture.shape[0]))
    return frame_scenes.clip(picture + (spot * 330 + veil * 60)[:, :, None])


def shaded(picture: Picture, quad: Quad, depth: float, chance: Random) -> Picture:
    """A hard-edged shadow across the code that takes `depth` of the light."""
    x, y = _between(quad, chance.uniform(0.3, 0.7), chance.uniform(0.3, 0.7))
    angle = chance.uniform(0, 2 * np.pi)
    across = _slope(picture, x, y, angle)
    edge = np.clip(across / chance.uniform(1, 6) + 0.5, 0, 1)
    return frame_scenes.clip(picture * (1 - depth * edge)[:, :, None])


def banded(picture: Picture, depth: float, chance: Random) -> Picture:
    """Rolling bands: lamps on 50 Hz or a screen's refresh against a rolling shutter."""
    rows = np.arange(picture.shape[0], dtype=np.float32)
    wave = 0.5 + 0.5 * np.sin(rows * 2 * np.pi / chance.uniform(40, 300) + chance.uniform(0, 6.3))
    wave = wave ** chance.uniform(0.4, 2.5)
    return frame_scenes.clip(picture * (1 - depth * wave).astype(np.float32)[:, None, None])


def gridded(picture: Picture, quad: Quad, depth: float, pitch: float, chance: Random) -> Picture:
    """Moiré: the pixels of the screen `quad` against the sensor's, as coloured beats of `pitch` and of finer pixels."""
    x0, y0, x1, y1 = _around(picture, quad, 1)
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    bow = np.float32(chance.uniform(-1, 1) * 2e-3) * ((x - x0) * (y - y0)) / pitch
    patch = picture[y0:y1, x0:x1].astype(np.float32)
    for length, weight in ((pitch, 0.7), (pitch * chance.uniform(0.35, 0.6), 0.5)):
        angle = np.float32(chance.uniform(0, np.pi))
        along = (x * np.cos(angle) + y * np.sin(angle)) * np.float32(2 * np.pi / length) + bow
        shift = chance.uniform(0.3, 1.6)
        for channel in range(3):
            patch[:, :, channel] *= 1 - np.float32(depth * weight) * (0.5 + 0.5 * np.sin(along + channel * shift))
    screen = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(screen, quad.astype(np.int32), 1)
    out = picture.copy()
    np.copyto(out[y0:y1, x0:x1], frame_scenes.clip(patch), where=screen[y0:y1, x0:x1, None] > 0)
    return out


def bloomed(picture: Picture, quad: Quad, strength: float) -> Picture:
    """A screen far brighter than the room: it saturates, and its light spreads over the dark modules."""
    side = float(np.sqrt(cv2.contourArea(quad.astype(np.float32))))
    bright = picture.astype(np.float32) * np.float32(1 + strength)
    small = cv2.resize(bright, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    near = cv2.GaussianBlur(small, (0, 0), 1.0 + strength * 0.4)
    far = cv2.GaussianBlur(cv2.resize(small, None, fx=0.25, fy=0.25), (0, 0), max(1.0, side / 30))
    size = (picture.shape[1], picture.shape[0])
    share = np.float32(min(0.75, 0.13 * strength))
    spread = cv2.resize(near, size) * share + cv2.resize(far, size) * share * np.float32(0.5)
    return frame_scenes.clip(np.maximum(bright * (1 - share), 0) + spread)


def covered(picture: Picture, quad: Quad, share: float, chance: Random) -> Picture:
    """A fingertip, a crack in the glass or scratches over about `share` of the code."""
    side = float(np.sqrt(cv2.contourArea(quad.astype(np.float32))))
    out = picture.copy()
    kind = chance.random()
    if kind < 0.4:
        radius = side * np.sqrt(share / np.pi) * 1.1
        edge = chance.uniform(0.1, 0.9)
        x, y = _between(quad, *chance.choice(((edge, 1.0), (1.0, edge), (0.0, edge))))
        out = _finger(out, (x, y), radius, np.arctan2(y - quad[:, 1].mean(), x - quad[:, 0].mean()), chance)
    elif kind < 0.7:
        _crack(out, quad, side, share, chance)
    else:
        width = max(1, round(side / 90))
        for _ in range(int(share * side / width * 0.9) + 1):
            x, y = _between(quad, chance.random(), chance.random())
            angle, run = chance.uniform(-0.5, 0.7), side * chance.uniform(0.2, 0.8)
            tone = chance.choice((226, 212, 240))
            end = (int(x + run * np.cos(angle)), int(y + run * np.sin(angle)))
            cv2.line(out, (int(x), int(y)), end, (tone, tone, tone), width, cv2.LINE_AA)
    return out


def held(picture: Picture, body: Quad, code: Quad, scale: float, chance: Random) -> Picture:
    """Fingers on the edge of the thing, clear of the code."""
    centre, reach = code.mean(axis=0), float(np.linalg.norm(code[0] - code[2])) * 0.56
    out = picture
    for _ in range(chance.choice((1, 1, 2, 3))):
        edge = chance.randrange(4)
        x, y = body[edge] + (body[(edge + 1) % 4] - body[edge]) * chance.uniform(0.15, 0.85)
        if np.hypot(x - centre[0], y - centre[1]) < reach + 22 * scale:
            continue
        away = np.arctan2(y - body[:, 1].mean(), x - body[:, 0].mean()) + chance.uniform(-0.4, 0.4)
        out = _finger(out, (x - 7 * scale * np.cos(away), y - 7 * scale * np.sin(away)), 8.5 * scale, away, chance)
    return out


def sensed(picture: Picture, light: float, noise: float, quality: int, chance: Random) -> Picture:
    """What the sensor gives: less light, amplified again with its noise in steps, and MJPG."""
    values = picture.astype(np.float32)
    gain = 1.0
    if light < 0.7:
        gain = min(0.75 / light, 24.0)
        noise = noise + 1.7 * gain
        values = np.floor(values * np.float32(light))
    shot = np.sqrt(values[:, :, 1] * np.float32(0.36 / 255) + np.float32(0.01)) + np.float32(0.35)
    colour = frame_scenes.grain(chance, noise * 0.5)
    values *= np.float32(gain)
    values += (frame_scenes.grain(chance, noise) * shot)[:, :, None]
    values[:, :, 0] += colour
    values[:, :, 2] -= colour
    _, packed = cv2.imencode(".jpg", frame_scenes.clip(values), (cv2.IMWRITE_JPEG_QUALITY, quality))
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def sharpened(picture: Picture, amount: float) -> Picture:
    """The little sharpening that a web camera adds by itself."""
    if amount <= 0:
        return picture
    blurred = cv2.GaussianBlur(picture, (0, 0), 1.2)
    return np.asarray(cv2.addWeighted(picture, 1 + amount, blurred, -amount, 0), np.uint8)


def _finger(picture: Picture, tip: tuple[float, float], radius: float, away: float, chance: Random) -> Picture:
    skin = np.array(chance.choice(((138, 168, 206), (110, 142, 186), (160, 188, 222))))
    far = (int(tip[0] + 900 * np.cos(away)), int(tip[1] + 900 * np.sin(away)))
    start, thick = (int(tip[0]), int(tip[1])), max(2, int(radius * 2))
    for part, shade in ((1.0, 0.72), (0.84, 0.9), (0.55, 1.0)):
        colour = tuple(float(c) for c in skin * shade)
        cv2.line(picture, start, far, colour, max(1, int(thick * part)), cv2.LINE_AA)
    return picture


def _crack(picture: Picture, quad: Quad, side: float, share: float, chance: Random) -> None:
    x, y = _between(quad, chance.uniform(0.1, 0.9), chance.uniform(0.1, 0.9))
    width = max(1, round(side / 110))
    for _ in range(max(2, int(share * side / width * 0.7))):
        angle, at = chance.uniform(0, 2 * np.pi), np.array((x, y))
        for _ in range(5):
            step = side * chance.uniform(0.05, 0.25)
            further = at + step * np.array((np.cos(angle), np.sin(angle)))
            tone = chance.choice((30, 190, 235))
            ends = (int(at[0]), int(at[1])), (int(further[0]), int(further[1]))
            cv2.line(picture, *ends, (tone, tone, tone), width, cv2.LINE_AA)
            at, angle = further, angle + chance.uniform(-0.5, 0.5)


def _within(picture: Picture, quad: Quad, kernel: np.ndarray) -> Picture:
    x0, y0, x1, y1 = _around(picture, quad, 3)
    out = picture.copy()
    out[y0:y1, x0:x1] = cv2.filter2D(picture[y0:y1, x0:x1], -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return out


def _around(picture: Picture, quad: Quad, margin: float) -> tuple[int, int, int, int]:
    middle = quad.mean(axis=0)
    larger = middle + (quad - middle) * margin
    x0, y0 = np.maximum(larger.min(axis=0), 0).astype(int)
    x1, y1 = np.minimum(larger.max(axis=0) + 1, (picture.shape[1], picture.shape[0])).astype(int)
    return int(x0), int(y0), int(x1), int(y1)


def _between(quad: Quad, across: float, down: float) -> tuple[float, float]:
    top = quad[0] + (quad[1] - quad[0]) * across
    bottom = quad[3] + (quad[2] - quad[3]) * across
    x, y = top + (bottom - top) * down
    return float(x), float(y)


def _slope(picture: Picture, x: float, y: float, angle: float) -> np.ndarray:
    rows = (np.arange(picture.shape[0], dtype=np.float32) - np.float32(y)) * np.float32(np.sin(angle))
    columns = (np.arange(picture.shape[1], dtype=np.float32) - np.float32(x)) * np.float32(np.cos(angle))
    return np.asarray(rows[:, None] + columns[None, :])
