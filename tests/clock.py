"""The clock of every test's site: nine in the morning when the run begins, so that midnight never falls into one."""

from __future__ import annotations

import tempfile
from datetime import time
from pathlib import Path

from kiosk.clock import Clock
from kiosk.demo.shift import Shift

_FOLDER = tempfile.TemporaryDirectory(prefix="diem-tiem-clock-")
SHIFT = Path(_FOLDER.name) / "clock-shift"
CLOCK = Clock("Asia/Ho_Chi_Minh", SHIFT)
Shift(SHIFT).set_to(time(9), CLOCK.zone)
