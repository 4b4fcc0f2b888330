"""Did anything move? Looked at on a picture an eighth as wide, in a tenth of a millisecond.

Not motion: a sensor's noise, lamps that flicker, an exposure that drifts. Motion: a card put there, however it came.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.devices.decoder import Frame

# Blocks of 4×4 of the small picture, 32×32 of the whole: averaged over a thousand pixels, noise is gone.
BLOCK = 4
# Added before the logarithm, so that the noise of black does not become a change.
DARK = 16.0
# A change of 5 % in brightness; and in a noisy picture eight times what its blocks commonly change by.
FAINTEST = 0.05
TIMES_NOISE = 8.0
# So much of the picture must have changed: a phone as small as can be read at all covers ten times as much.
SHARE = 0.005
# How fast the past is forgotten: about half a second at eight looks a second. What comes slowly is seen too.
FORGET = 0.2
LEARN_NOISE = 0.1


class Motion:
    """Tells for one picture after another whether something is there that was not there half a second ago."""

    def __init__(self) -> None:
        self._past: NDArray[np.float32] | None = None
        self._noise = 0.0

    def sees(self, small: Frame) -> bool:
        """`small`: uint8, H×W grey. The first picture, and the first of another size, is news too."""
        light = _light(small)
        if self._past is None or self._past.shape != light.shape:
            self._past, self._noise = light, 0.0
            return True
        change = light - self._past
        # Exposure shifts the whole picture, and a lamp against a rolling shutter whole rows; a hand does neither.
        strength = np.abs(change - np.median(change, axis=1, keepdims=True))
        limit = max(FAINTEST, TIMES_NOISE * self._noise)
        self._past = self._past + np.float32(FORGET) * change
        self._noise += LEARN_NOISE * (float(np.median(strength)) - self._noise)
        return bool(np.count_nonzero(strength > limit) >= max(1.0, SHARE * strength.size))


def _light(small: Frame) -> NDArray[np.float32]:
    """The brightness of each block, as a logarithm: a change of exposure then adds the same everywhere."""
    height, width = small.shape
    blocks = (max(1, width // BLOCK), max(1, height // BLOCK))
    mean = cv2.resize(small.astype(np.float32), blocks, interpolation=cv2.INTER_AREA)
    return np.asarray(np.log(mean + DARK), np.float32)
