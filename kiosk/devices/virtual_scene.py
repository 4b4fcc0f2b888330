"""What the virtual camera sees: a waiting hall out of focus, and a hand that holds a card or a phone into the frame."""

from __future__ import annotations

import math

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from kiosk.devices.decoder import Frame

# The part of the frame that the guide of the kiosk page asks people to fill.
GUIDE = (0.86, 0.88)
SLIDE_SECONDS = 0.4
NOISE_ROOM = 64
SKIN = (214, 168, 138)


def hall(width: int, height: int) -> Frame:
    """The empty scene, BGR: wall, window, door, benches and people far behind the focus."""
    w, h = width // 4, height // 4
    picture = Image.new("RGB", (w, h), (206, 212, 204))
    draw = ImageDraw.Draw(picture)

    def box(x0: float, y0: float, x1: float, y1: float, colour: tuple[int, int, int]) -> None:
        draw.rectangle((x0 * w, y0 * h, x1 * w, y1 * h), fill=colour)

    def blob(x0: float, y0: float, x1: float, y1: float, colour: tuple[int, int, int]) -> None:
        draw.ellipse((x0 * w, y0 * h, x1 * w, y1 * h), fill=colour)

    box(0, 0.48, 1, 0.74, (150, 176, 160))  # the green wainscot of every school in the country
    box(0, 0.74, 1, 1, (146, 132, 116))
    box(0.06, 0.08, 0.27, 0.46, (244, 248, 252))
    box(0.16, 0.08, 0.17, 0.46, (150, 160, 164))
    box(0.74, 0.1, 0.9, 0.78, (112, 86, 66))
    box(0.36, 0.14, 0.62, 0.26, (176, 58, 52))
    for x, shirt in ((0.30, (62, 88, 136)), (0.45, (228, 226, 220)), (0.60, (128, 72, 92))):
        blob(x - 0.035, 0.42, x + 0.035, 0.55, (98, 74, 60))
        blob(x - 0.07, 0.53, x + 0.07, 0.96, shirt)
    box(0.22, 0.8, 0.7, 0.86, (92, 72, 58))
    blurred = picture.filter(ImageFilter.GaussianBlur(w / 42)).resize((width, height), Image.Resampling.BICUBIC)
    return _shaded(np.asarray(blurred, np.uint8)[:, :, ::-1])


def _shaded(frame: Frame) -> Frame:
    height, width = frame.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = (1.04 - 0.16 * x - 0.2 * (x**2 + y**2)).astype(np.float32)
    lit: Frame = np.clip(frame * light[:, :, None] * 0.86, 0, 255).astype(np.uint8)
    return lit


def with_thumb(picture: Image.Image, box: tuple[int, int]) -> tuple[Frame, Frame]:
    """`picture` scaled into `box` (pixels) with a margin, a shadow and the thumb that holds it.

    Gives what it adds to a frame (H×W×3, BGR) and how much of the frame it leaves (H×W×3, 255: all of it).
    """
    scale = min(box[0] / picture.width, box[1] / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    card = picture.convert("RGBA").resize(size, Image.Resampling.LANCZOS)
    margin = round(box[1] * 0.22)
    sheet = Image.new("RGBA", (size[0] + 2 * margin, size[1] + 2 * margin))
    shadow = Image.new("RGBA", sheet.size)
    shadow.paste((16, 18, 22, 120), (margin + 6, margin + 12), card.getchannel("A"))
    sheet.alpha_composite(shadow.filter(ImageFilter.GaussianBlur(10)))
    sheet.alpha_composite(card, (margin, margin))
    sheet.alpha_composite(
        _thumb(round(box[1] * 0.34)), (round(margin + size[0] * 0.24), margin + round(size[1] * 0.93))
    )
    pixels = np.asarray(sheet, np.float32)
    cover = pixels[:, :, 3:] / 255
    adds = (pixels[:, :, 2::-1] * cover * 0.96).astype(np.uint8)
    return adds, np.repeat(255 * (1 - cover), 3, axis=2).astype(np.uint8)


def _thumb(length: int) -> Image.Image:
    width = round(length * 0.56)
    large = Image.new("RGBA", (width * 2, length * 2))
    draw = ImageDraw.Draw(large)
    draw.rounded_rectangle((8, 8, width * 2 - 8, length * 4), radius=width - 8, fill=(*SKIN, 255))
    draw.rounded_rectangle((width * 0.5, 26, width * 1.5, length * 0.62), radius=width // 2, fill=(236, 202, 182, 255))
    soft = large.filter(ImageFilter.GaussianBlur(5)).resize((width, length), Image.Resampling.LANCZOS)
    pixels = np.asarray(soft, np.float32).copy()
    across = np.linspace(-1, 1, width, dtype=np.float32)
    pixels[:, :, :3] *= (1.02 - 0.34 * across**2 - 0.08 * across)[None, :, None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGBA").rotate(
        -16, Image.Resampling.BICUBIC, expand=True
    )


class Scene:
    """One frame after another, `width`×`height`, BGR. The noise repeats, but hardly ever at the same place."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._hall = hall(width, height)
        self._chance = np.random.default_rng(2021)
        noise = np.round(self._chance.normal(0, 2.2, (height + NOISE_ROOM, width, 3)))
        self._lighter = np.clip(noise, 0, 255).astype(np.uint8)
        self._darker = np.clip(-noise, 0, 255).astype(np.uint8)
        self._held: tuple[Frame, Frame] | None = None

    def hold(self, picture: Image.Image | None) -> None:
        """From the next frame on, this picture is in the hand; None: nobody is there."""
        box = (round(self._size[0] * GUIDE[0]), round(self._size[1] * GUIDE[1]))
        self._held = with_thumb(picture, box) if picture else None

    def frame(self, at: float, held_for: float) -> Frame:
        """The scene at `at` seconds, the picture having been held for `held_for` seconds (it slides in)."""
        held = self._held
        frame = self._hall if held is None else self._composed(held, at, held_for)
        top, under = (int(n) for n in self._chance.integers(NOISE_ROOM, size=2))
        height = self._size[1]
        brighter = cv2.add(frame, self._lighter[top : top + height])
        return np.asarray(cv2.subtract(brighter, self._darker[under : under + height]), np.uint8)

    def _composed(self, held: tuple[Frame, Frame], at: float, held_for: float) -> Frame:
        colour, clear = held
        height, width = clear.shape[:2]
        still_to_come = max(0.0, 1 - held_for / SLIDE_SECONDS) ** 2
        angle = -1.6 + 0.5 * math.sin(at * 1.3) + 0.2 * math.sin(at * 4.1)
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        turn[0, 2] += (self._size[0] - width) / 2 + 3.0 * math.sin(at * 1.9) + 0.8 * math.sin(at * 7.3)
        turn[1, 2] += (self._size[1] - height) / 2 + 2.5 * math.sin(at * 2.3 + 1) + still_to_come * self._size[1]
        moved = cv2.warpAffine(colour, turn, self._size, flags=cv2.INTER_LINEAR)
        left = cv2.warpAffine(clear, turn, self._size, flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255))
        mixed = cv2.add(cv2.multiply(self._hall, left, scale=1 / 255), moved)
        return np.asarray(cv2.GaussianBlur(mixed, (5, 5), 0.7), np.uint8)
