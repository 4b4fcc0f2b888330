"""What the codes are on, flat and without a code: a glossy card, a lit phone, a printed sheet, a thermal slip."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bench import frame_codes
from kiosk.demo import pen

Picture = NDArray[np.uint8]
DENSITY = 12  # pixels of a drawn thing to its millimetre
VARIANTS = 6  # so many of each are drawn once and used again


@dataclass(frozen=True)
class Thing:
    """A flat thing of `width`×`height` mm as BGR pixels, and where a code belongs on it.

    `x`, `y`: the code's top left in mm; `sides`: the shortest and longest side it has; `light`, `dark`: its inks (BGR).
    """

    picture: Picture
    width: float
    height: float
    x: float
    y: float
    sides: tuple[float, float]
    light: tuple[int, int, int]
    dark: tuple[int, int, int]


@cache
def card(variant: int) -> Thing:
    """A plastic card of 85.6×54 mm: guilloche, a portrait, lines of text; the code is 11 to 20 mm wide, top right."""
    chance = Random(f"card {variant}")
    top = tuple(chance.randrange(205, 245) for _ in range(3))
    bottom = tuple(chance.randrange(195, 240) for _ in range(3))
    picture = pen.paper((round(85.6 * DENSITY), 54 * DENSITY), top, bottom)  # type: ignore[arg-type]
    draw = ImageDraw.Draw(picture)
    name, sex, year = frame_codes.person(chance)
    ink = (40, 44, 60)
    draw.ellipse((40, 36, 150, 146), outline=(160, 60, 50), width=6, fill=(238, 222, 190))
    draw.text((180, 40), "THẺ BỊA ĐỂ ĐO", font=pen.font(40, "Bold"), fill=(150, 40, 40))
    draw.text((180, 96), "SAMPLE, NOT A DOCUMENT", font=pen.font(24), fill=ink)
    _portrait(draw, chance, (44, 210, 270, 510))
    draw.text((310, 190), f"Số / No.  015{chance.randrange(10**9):09}", font=pen.font(40, "SemiBold"), fill=ink)
    lines = ("Họ và tên", name, f"Ngày sinh  01/01/{year}   Giới tính  {sex}", "Nơi thường trú", "Xã Thử Nghiệm")
    for nth, line in enumerate(lines):
        draw.text((310, 262 + nth * 54), line, font=pen.font(28 if nth % 3 else 24), fill=ink)
    draw.text((44, 560), "Có giá trị đến: không có giá trị", font=pen.font(24), fill=ink)
    pen.stamp(picture, pen.SAMPLE, 70, (620, 470), 40)
    return Thing(_bgr(picture), 85.6, 54, 63, 3.4, (11, 20), (236, 242, 240), (44, 38, 36))


@cache
def phone(variant: int) -> Thing:
    """A phone of 70×146 mm with a lit screen; the code is 25 to 45 mm wide."""
    chance = Random(f"phone {variant}")
    picture = Image.new("RGB", (70 * DENSITY, 146 * DENSITY), (24, 24, 28))
    draw = ImageDraw.Draw(picture)
    tint = chance.choice(((236, 242, 250), (250, 250, 250), (205, 60, 60), (40, 120, 190), (28, 30, 34)))
    draw.rounded_rectangle((26, 26, 814, 1726), 70, fill=tint)
    ink = (20, 24, 30) if sum(tint) > 400 else (240, 240, 240)
    for x in (60, 640, 700):
        draw.rectangle((x, 50, x + 44, 70), fill=ink)
    draw.text((420, 130), "Mã QR cá nhân", font=pen.font(54, "Bold"), fill=ink, anchor="ma")
    draw.text((420, 210), frame_codes.person(chance)[0][:28], font=pen.font(40), fill=ink, anchor="ma")
    draw.rounded_rectangle((70, 300, 770, 1010), 40, fill=(252, 252, 252))
    for nth in range(5):
        y = 1070 + nth * 100
        draw.rounded_rectangle((90, y, 750, y + 78), 20, fill=tuple((c + 128) // 2 for c in tint))
        draw.text((120, y + 16), chance.choice(frame_codes.VILLAGES), font=pen.font(36), fill=ink)
    draw.rounded_rectangle((300, 1690, 540, 1700), 5, fill=ink)
    return Thing(_bgr(picture), 70, 146, 15, 34, (25, 45), (252, 252, 252), (14, 12, 12))


@cache
def sheet(variant: int) -> Thing:
    """Printed paper of 120×130 mm: headings, paragraphs, a table; the code is 25 to 50 mm wide."""
    chance = Random(f"sheet {variant}")
    shade = chance.randrange(224, 250)
    picture = Image.new("RGB", (120 * DENSITY, 130 * DENSITY), (shade, shade, shade - chance.randrange(14)))
    draw = ImageDraw.Draw(picture)
    draw.text((720, 60), "PHIẾU THỬ, KHÔNG CÓ GIÁ TRỊ", font=pen.font(52, "Bold"), fill=(30, 30, 34), anchor="ma")
    for nth in range(17):
        y = 150 + nth * 40 if nth < 4 else 480 + nth * 62
        words = " ".join(chance.choice(frame_codes.VILLAGES + frame_codes.COMMUNES) for _ in range(5))
        draw.text((80, y), words[:58], font=pen.font(30), fill=(50, 50, 54))
    for y in range(1080, 1480, 80):
        draw.line((60, y, 1380, y), fill=(90, 90, 96), width=3)
    return Thing(_bgr(picture), 120, 130, 40, 27, (25, 50), (shade, shade, shade), (40, 38, 38))


@cache
def slip(variant: int) -> Thing:
    """A thermal slip of 80×110 mm, grey and striped by a worn head; the code is 18 to 32 mm wide."""
    chance = Random(f"slip {variant}")
    width, height = 80 * DENSITY, 110 * DENSITY
    picture = Image.new("RGB", (width, height), (232, 232, 226))
    draw = ImageDraw.Draw(picture)
    draw.text((480, 40), "ĐIỂM TIÊM", font=pen.font(60, "Bold"), fill=(60, 60, 66), anchor="ma")
    draw.text((480, 120), f"{chance.randrange(1, 900):03}", font=pen.font(150, "Bold"), fill=(58, 58, 64), anchor="ma")
    for nth in range(7):
        words = chance.choice(frame_codes.VILLAGES)
        draw.text((80, 800 + nth * 62), words, font=pen.font(36), fill=(84, 84, 90))
    pixels = _bgr(picture)
    for _ in range(3):
        x = chance.randrange(width)
        pixels[:, x : x + chance.randrange(2, 6)] = 224
    return Thing(pixels, 80, 110, 24, 30, (18, 32), (230, 232, 232), (88, 80, 80))


def _portrait(draw: ImageDraw.ImageDraw, chance: Random, box: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = box
    draw.rectangle(box, fill=(206, 220, 232))
    skin = chance.choice(((214, 180, 156), (196, 160, 134), (226, 196, 172)))
    draw.ellipse((x0 + 10, y1 - 90, x1 - 10, y1 + 90), fill=tuple(chance.randrange(60, 170) for _ in range(3)))
    draw.rectangle((x0, y1, x1, y1 + 92), fill=(226, 230, 230))
    draw.ellipse((x0 + 50, y0 + 30, x1 - 50, y1 - 70), fill=(40, 34, 34))
    draw.ellipse((x0 + 62, y0 + 66, x1 - 62, y1 - 60), fill=skin)


def _bgr(picture: Image.Image) -> Picture:
    return np.asarray(cv2.cvtColor(np.asarray(picture.convert("RGB"), np.uint8), cv2.COLOR_RGB2BGR), np.uint8)
