"""What is behind the codes, and what a camera sees when nobody holds one up: halls, people, walls, cloth, text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from bench import frame_things
from bench.frame_things import Picture

WIDTH, HEIGHT = 1280, 720
SCENES = 14  # backgrounds that are drawn once and used again
Colour = tuple[int, int, int]


@cache
def behind(number: int) -> Picture:
    """One of `SCENES` blurred backgrounds."""
    chance = Random(f"behind {number}")
    kinds = (hall, people, wall, desk, people, hall, people, leaves, hall, people, wall, hall, people, desk)
    return soft(kinds[number % len(kinds)](chance), chance.uniform(4, 14))


def wall(chance: Random) -> Picture:
    """A plain wall, lit from one side, with a little plaster grain."""
    light = np.linspace(chance.uniform(0.7, 1.0), chance.uniform(0.7, 1.0), WIDTH, dtype=np.float32)[None, :, None]
    picture = floats(_colour(chance, 120, 235)) * light * np.ones((HEIGHT, 1, 1), np.float32)
    return clip(picture + grain(chance, 3)[:, :, None])


def hall(chance: Random) -> Picture:
    """A hall: floor, windows, lamps, posters, rows of chairs."""
    picture = np.full((HEIGHT, WIDTH, 3), _colour(chance, 120, 200), np.uint8)
    floor = chance.randrange(380, 560)
    picture[floor:] = _colour(chance, 60, 140)
    for _ in range(chance.randrange(2, 6)):
        x, y = chance.randrange(WIDTH), chance.randrange(40, 220)
        box(picture, (x, y, chance.randrange(80, 200), chance.randrange(120, 260)), _colour(chance, 215, 255))
        box(picture, (x + 40, y, 8, 200), _colour(chance, 60, 110))
    for _ in range(chance.randrange(1, 4)):
        box(picture, (chance.randrange(WIDTH), chance.randrange(0, 60), 240, 14), (255, 255, 255))
    for _ in range(chance.randrange(6, 18)):
        box(picture, (chance.randrange(WIDTH), floor + chance.randrange(-60, 140), 50, 80), _colour(chance, 30, 200))
    return picture


def people(chance: Random) -> Picture:
    """The same hall with people: heads, masks, shirts."""
    picture = hall(chance)
    for _ in range(chance.randrange(3, 9)):
        _figure(picture, chance, chance.randrange(WIDTH), chance.randrange(160, 420), chance.uniform(0.5, 1.6))
    return picture


def face(chance: Random) -> Picture:
    """Somebody who stands before the camera and looks into it."""
    picture = soft(hall(chance), 6)
    _figure(picture, chance, chance.randrange(480, 800), chance.randrange(240, 380), chance.uniform(2.4, 3.6))
    return soft(picture, 1.2)


def desk(chance: Random) -> Picture:
    """A table seen from above: wood, papers, a pen, a cup."""
    y = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, WIDTH, dtype=np.float32)[None, :]
    wood = np.sin((y + 0.04 * np.sin(5 * x + chance.random() * 6)) * chance.uniform(40, 120))
    picture = clip(floats(_colour(chance, 70, 180)) + 9 * wood[:, :, None])
    for _ in range(4):
        box(picture, (chance.randrange(WIDTH), chance.randrange(HEIGHT), 300, 220), _colour(chance, 190, 245))
    cv2.circle(picture, (chance.randrange(WIDTH), chance.randrange(HEIGHT)), 70, _colour(chance, 60, 250), -1)
    return picture


def leaves(chance: Random) -> Picture:
    """Plants in the sun: hundreds of small bright and dark ellipses."""
    picture = np.full((HEIGHT, WIDTH, 3), (30, 60, 40), np.uint8)
    for _ in range(900):
        centre = chance.randrange(WIDTH), chance.randrange(HEIGHT)
        shade = chance.randrange(40, 220)
        axes = chance.randrange(6, 34), chance.randrange(3, 12)
        cv2.ellipse(picture, centre, axes, chance.randrange(180), 0, 360, (shade // 3, shade, shade // 2), -1)
    return picture


def bricks(chance: Random) -> Picture:
    """A brick wall."""
    picture = np.full((HEIGHT, WIDTH, 3), _colour(chance, 150, 210), np.uint8)
    wide, high, gap = chance.randrange(40, 110), chance.randrange(16, 44), chance.randrange(2, 6)
    for row, y in enumerate(range(0, HEIGHT, high)):
        for x in range(-(row % 2) * wide // 2, WIDTH, wide):
            shade = chance.randrange(70, 140)
            box(picture, (x, y, wide - gap, high - gap), (shade // 2, shade * 2 // 3, shade))
    return soft(picture, 1)


def checks(chance: Random) -> Picture:
    """A checked shirt or a tiled floor, leaning and folded."""
    size = chance.choice((6, 9, 14, 22, 40))
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    bent = x + 14 * np.sin(y / chance.uniform(60, 160)) + y * chance.uniform(-0.4, 0.4)
    cells = ((bent // size).astype(int) + (y // size).astype(int)) % 2
    first, second = floats(_colour(chance, 20, 110)), floats(_colour(chance, 150, 250))
    return soft(clip(np.where(cells[:, :, None] == 0, first, second)), chance.uniform(0.6, 1.6))


def squares(chance: Random) -> Picture:
    """Nested and scattered squares on paper: a crossword, floor plans, logos that look a little like a code."""
    picture = soft(desk(chance), 4)
    size, x0, y0 = chance.randrange(8, 20), chance.randrange(100, 500), chance.randrange(60, 240)
    box(picture, (x0 - size, y0 - size, size * 26, size * 24), (238, 238, 236))
    for row in range(22):
        for column in range(24):
            if chance.random() < 0.4:
                box(picture, (x0 + column * size, y0 + row * size, size, size), (30, 30, 32))
    for _ in range(3):
        x, y, side = chance.randrange(700, 1100), chance.randrange(60, 520), chance.randrange(40, 120)
        for inset, shade in ((0, 20), (side // 7, 240), (2 * side // 7, 20)):
            box(picture, (x + inset, y + inset, side - 2 * inset, side - 2 * inset), (shade, shade, shade))
    return soft(picture, 0.9)


def text_page(chance: Random) -> Picture:
    """A printed page, close to the camera."""
    return laid(frame_things.sheet(chance.randrange(frame_things.VARIANTS)), chance, 8.5)


def bare_card(chance: Random) -> Picture:
    """A card that is shown from the side without a code."""
    return laid(frame_things.card(chance.randrange(frame_things.VARIANTS)), chance, 10)


def bare_phone(chance: Random) -> Picture:
    """A phone that shows everything but a code."""
    return laid(frame_things.phone(chance.randrange(frame_things.VARIANTS)), chance, 4.6)


def bars(chance: Random) -> Picture:
    """A packet with bars that spell nothing."""
    picture = soft(desk(chance), 5)
    x, y, wide = chance.randrange(200, 600), chance.randrange(120, 360), chance.randrange(2, 6)
    box(picture, (x - 30, y - 20, wide * 110 + 60, 230), (244, 244, 244))
    for nth in range(110):
        if chance.random() < 0.5:
            box(picture, (x + nth * wide, y, wide, 170), (20, 20, 20))
    return soft(picture, 0.8)


def keyboard(chance: Random) -> Picture:
    """Keys in rows, each with its letter."""
    picture = np.full((HEIGHT, WIDTH, 3), _colour(chance, 30, 90), np.uint8)
    key, tone = chance.randrange(44, 90), _colour(chance, 20, 230)
    ink = (20, 20, 20) if sum(tone) > 380 else (235, 235, 235)
    for row, y in enumerate(range(10, HEIGHT, key)):
        for x in range(10 + row % 3 * key // 3, WIDTH, key):
            box(picture, (x, y, key - 8, key - 8), tone)
            letter = chance.choice("QWERTYUIOPASDFGHJKL")
            cv2.putText(picture, letter, (x + 8, y + key // 2), cv2.FONT_HERSHEY_SIMPLEX, key / 90, ink, 2)
    return soft(picture, 0.8)


def blinds(chance: Random) -> Picture:
    """A window with blinds or a grille: strong lines in one direction."""
    picture = soft(hall(chance), 8)
    step, dark = chance.randrange(8, 40), _colour(chance, 10, 80)
    for x in range(0, WIDTH, step):
        box(picture, (x, 0, max(2, step // 3), HEIGHT), dark)
    return soft(picture if chance.random() < 0.5 else np.ascontiguousarray(picture[:, ::-1]), 1)


def dazzled(chance: Random) -> Picture:
    """Over-exposed: a window opposite the camera."""
    return clip(floats(soft(people(chance), 5)) * chance.uniform(2, 3.4))


def dark(chance: Random) -> Picture:
    """Under-exposed: the lamps are off."""
    return clip(floats(soft(people(chance), 4)) * chance.uniform(0.03, 0.15) + grain(chance, 5)[:, :, None])


def static(chance: Random) -> Picture:
    """Noise of a sensor at its last amplification, or of a loose cable."""
    coarse = grain(chance, chance.uniform(30, 70))
    if chance.random() < 0.5:
        coarse = np.asarray(cv2.resize(coarse[:240, :427], (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST))
    return clip(floats((110, 110, 110)) + coarse[:, :, None])


EMPTY: dict[str, Callable[[Random], Picture]] = {
    "wall": wall, "hall": lambda chance: soft(hall(chance), 8), "people": lambda chance: soft(people(chance), 4),
    "face": face, "bare card": bare_card, "text page": text_page, "bare phone": bare_phone, "checks": checks,
    "bricks": bricks, "leaves": lambda chance: soft(leaves(chance), 1), "keyboard": keyboard, "bars": bars,
    "squares": squares, "blinds": blinds, "desk": desk, "dazzled": dazzled, "dark": dark, "static": static,
}  # fmt: skip


def laid(thing: frame_things.Thing, chance: Random, density: float) -> Picture:
    """A thing without a code, turned a little, in front of a background."""
    picture = behind(chance.randrange(SCENES)).copy()
    small = cv2.resize(
        thing.picture, None, fx=density / frame_things.DENSITY, fy=density / frame_things.DENSITY,
        interpolation=cv2.INTER_AREA,
    )  # fmt: skip
    high, wide = small.shape[:2]
    if thing.sides[1] <= 20:  # where the code of a card would be, its other side has a plain field
        small[: high // 2, wide * 2 // 3 :] = small[high // 2, wide * 2 // 3 :]
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), chance.uniform(-35, 35), 1)
    turn[:, 2] += chance.randrange(420, 860) - wide / 2, chance.randrange(260, 460) - high / 2
    mask = cv2.warpAffine(np.full((high, wide), 255, np.uint8), turn, (WIDTH, HEIGHT))
    warped = cv2.warpAffine(small, turn, (WIDTH, HEIGHT))
    return soft(np.where(mask[:, :, None] > 127, warped, picture).astype(np.uint8), 0.8)


def box(picture: Picture, at: tuple[int, int, int, int], colour: Colour) -> None:
    """A filled rectangle of (x, y, width, height)."""
    x, y, wide, high = at
    picture[max(0, y) : max(0, y + high), max(0, x) : max(0, x + wide)] = colour


def soft(picture: Picture, sigma: float) -> Picture:
    """Out of focus."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def floats(values: Sequence[int] | np.ndarray) -> NDArray[np.float32]:
    """To reckon with."""
    return np.asarray(values, np.float32)


def clip(values: np.ndarray) -> Picture:
    """Back to bytes."""
    return np.asarray(np.clip(values, 0, 255), np.uint8)


@cache
def _grains() -> np.ndarray:
    # Sums of bytes of a fixed stream: the same on every machine, near enough to a bell.
    stream = np.frombuffer(Random("grain").randbytes(4 * 1000 * 1700), np.uint8).reshape(4, 1000, 1700)
    return floats((stream.astype(np.float32).sum(axis=0) - 510) / 147.8)


def grain(chance: Random, sigma: float) -> np.ndarray:
    """Noise of one channel for a whole frame."""
    y, x = chance.randrange(1000 - HEIGHT), chance.randrange(1700 - WIDTH)
    return np.asarray(_grains()[y : y + HEIGHT, x : x + WIDTH] * np.float32(sigma * chance.choice((-1, 1))))


def _colour(chance: Random, low: int, high: int) -> Colour:
    shade = chance.randrange(low, high)
    return tuple(max(0, min(255, shade + chance.randrange(-18, 19))) for _ in range(3))  # type: ignore[return-value]


def _figure(picture: Picture, chance: Random, x: int, y: int, size: float) -> None:
    skin = chance.choice(((150, 180, 214), (128, 158, 196), (168, 194, 226)))
    shirt = _colour(chance, 30, 220)
    cv2.ellipse(picture, (x, y + int(150 * size)), (int(90 * size), int(110 * size)), 0, 0, 360, shirt, -1)
    cv2.ellipse(picture, (x, y - int(14 * size)), (int(44 * size), int(54 * size)), 0, 0, 360, (30, 28, 30), -1)
    cv2.ellipse(picture, (x, y), (int(38 * size), int(48 * size)), 0, 0, 360, skin, -1)
    for side in (-1, 1):
        cv2.circle(picture, (x + int(side * 15 * size), y - int(6 * size)), max(1, int(4 * size)), (30, 24, 24), -1)
    mask = (x - int(28 * size), y + int(10 * size), int(56 * size), int(32 * size))
    box(picture, mask, (230, 216, 190))
