"""What the pictures of the demo are drawn with: the house's font, codes, stamps that say that nothing here is real."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parent.parent / "static" / "fonts"
SAMPLE = "MẪU – THẺ BỊA"
RED = (186, 24, 40)
INK = (22, 34, 44)


@cache
def font(size: int, weight: str = "Regular") -> ImageFont.FreeTypeFont:
    """Be Vietnam Pro at `size` pixels; weight: Regular, SemiBold or Bold."""
    return ImageFont.truetype(str(FONTS / f"BeVietnamPro-{weight}.ttf"), size)


def code(payload: str, side: int) -> Image.Image:
    """A QR code with its quiet zone, at most `side` pixels wide: UTF-8 bytes without ECI, as on the national card."""
    modules = segno.make_qr(payload, error="l", encoding="utf-8", eci=False)
    dots = np.array([[not bit for bit in row] for row in modules.matrix_iter(border=3)])
    scale = side // len(dots)
    return Image.fromarray(np.kron(dots, np.ones((scale, scale), bool)).astype(np.uint8) * 255).convert("RGB")


def wrapped(text: str, width: int, with_font: ImageFont.FreeTypeFont) -> list[str]:
    """The lines of `text`, none wider than `width` pixels unless a single word is."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and with_font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def paper(size: tuple[int, int], top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Image.Image:
    """A pale ground from one colour to the other, crossed by fine waves as on a printed card."""
    width, height = size
    down = np.linspace(0, 1, height)[:, None, None]
    ground = np.array(top) * (1 - down) + np.array(bottom) * down + np.zeros((height, width, 3))
    y, x = np.mgrid[:height, :width]
    for length, lean in ((210, 0.35), (260, -0.28)):
        wave = np.sin((y + lean * x + 34 * np.sin(x / length)) / 4.6)
        ground -= 7 * np.clip(wave - 0.55, 0, 1)[:, :, None] * np.array((1.5, 0.6, 0.9))
    return Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))


def stamp(picture: Image.Image, words: str, size: int, centre: tuple[int, int], strength: int) -> None:
    """`words` across the picture, leaning, in red; `strength` 0–255."""
    face = font(size, "Bold")
    left, top, right, bottom = face.getbbox(words)
    sheet = Image.new("RGBA", (int(right - left) + 40, int(bottom - top) + 40))
    ImageDraw.Draw(sheet).text((20 - left, 20 - top), words, font=face, fill=(*RED, strength))
    leaning = sheet.rotate(16, Image.Resampling.BICUBIC, expand=True)
    picture.paste(leaning, (centre[0] - leaning.width // 2, centre[1] - leaning.height // 2), leaning)


def rounded(picture: Image.Image, radius: int) -> Image.Image:
    """The same with round, transparent corners."""
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, picture.width - 1, picture.height - 1), radius, fill=255)
    picture = picture.convert("RGBA")
    picture.putalpha(mask)
    return picture
