"""Takes blur back out of a small picture, by dividing its spectrum (Wiener's filter).

A lens out of focus is near enough a Gaussian of a few pixels. A hand that moves leaves a line; how long and in which
direction shows in the cepstrum, the spectrum of the spectrum's logarithm, as its deepest points (Rom 1975).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]

BORDER = 12
# The line that a moving hand draws: shorter ones need no help, longer ones cannot be helped.
SHORTEST, LONGEST = 3.5, 22
SHARPNESS_OF_A_STILL_CAMERA = 0.7
NOISE = 0.03


class Spectrum:
    """The spectrum of one picture (uint8, H×W), for several attempts."""

    def __init__(self, picture: Frame) -> None:
        self._height, self._width = picture.shape
        high, wide = (cv2.getOptimalDFTSize(side + 2 * BORDER) for side in picture.shape)
        framed = cv2.copyMakeBorder(
            picture, BORDER, high - self._height - BORDER, BORDER, wide - self._width - BORDER, cv2.BORDER_REFLECT
        ).astype(np.float32)
        self._waves = cv2.dft(framed - framed.mean(), flags=cv2.DFT_COMPLEX_OUTPUT)
        self._down = np.fft.fftfreq(high).astype(np.float32)[:, None]
        self._across = np.fft.fftfreq(wide).astype(np.float32)[None]

    def focused(self, sigma: float, noise: float = NOISE) -> Frame:
        """As if a blur of `sigma` pixels had not been. `noise`: its share of the power; more of it is more careful."""
        return self._divided(self._lens(sigma), noise)

    def stilled(self, length: float, angle: float) -> Frame:
        """As if the picture had not moved by `length` pixels in the direction `angle` (radians)."""
        phase = np.pi * length * (self._across * np.cos(angle) + self._down * np.sin(angle)) + 1e-6
        return self._divided(np.sin(phase) / phase * self._lens(SHARPNESS_OF_A_STILL_CAMERA), NOISE)

    def motion(self) -> tuple[float, float]:
        """The likeliest movement, as (length, angle)."""
        power = (self._waves**2).sum(axis=2)
        waves = cv2.dft(np.log(power + 1e-3 * power.mean()), flags=cv2.DFT_COMPLEX_OUTPUT)
        cepstrum = np.fft.fftshift(waves[:, :, 0])
        middle = [side // 2 for side in cepstrum.shape]
        reach = min(LONGEST, *(side - 1 for side in middle))
        near = cepstrum[middle[0] - reach : middle[0] + reach + 1, middle[1] - reach : middle[1] + reach + 1]
        depth = cv2.GaussianBlur(near.astype(np.float32), (0, 0), 0.8)
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        far = np.hypot(x, y)
        depth[(far < SHORTEST) | (far > reach) | (y < 0) | ((y == 0) & (x <= 0))] = np.inf
        row, column = np.unravel_index(int(np.argmin(depth)), depth.shape)
        dy, dx = int(row) - reach, int(column) - reach
        return float(np.hypot(dx, dy)), float(np.arctan2(dy, dx))

    def _lens(self, sigma: float) -> NDArray[np.float32]:
        steep = -2 * np.pi**2 * sigma**2
        return np.asarray(np.exp(steep * self._across**2) * np.exp(steep * self._down**2), np.float32)

    def _divided(self, blur: NDArray[np.float32], noise: float) -> Frame:
        inverse = blur / (blur * blur + np.float32(noise))
        flags = cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT
        whole = cv2.dft(self._waves * inverse[:, :, None], flags=flags)
        sharp = whole[BORDER : BORDER + self._height, BORDER : BORDER + self._width]
        contrast = 60 / max(1e-6, float(sharp.std()))
        return np.asarray(np.clip(sharp * contrast + 127, 0, 255), np.uint8)
