"""What an idle kiosk costs: the real agent before an empty hall, with the kiosk's live picture open.

The camera sends 1280×720 at 30 pictures a second with a sensor's noise. Measured is the processor time of the agent's
process alone (all its threads), as a share of one core: with the live picture, without it, with a card held still.
Beside it, in the same run, before the same camera: the naive kiosk that decodes every picture and calls zxing-cpp.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from bench.report import Figure, Target, finish
from bench.rig import Rig, cpu_seconds, until
from bench.still_camera import StillCamera, pictures
from kiosk.demo import cards, commune
from kiosk.devices.multipart import Parts

IDLE = "idle, live picture open, % of a core"
TARGETS = (
    Target(IDLE, "<=", 5.0),
    Target("live pictures missing", "<=", 0),
)
# After the last motion the agent looks closely for four seconds more; its caches and the hub's are warm by then too.
SETTLE_SECONDS = 7.0
PEER_WARMS_SECONDS = 3.0


class Viewer:
    """Watches the live picture as the kiosk's browser does, and counts what comes."""

    def __init__(self, url: str) -> None:
        self._answer = requests.get(f"{url}/live.mjpeg", stream=True, timeout=10)
        self.pictures = 0
        self._open = True
        threading.Thread(target=self._watch, daemon=True).start()

    def close(self) -> None:
        """The page is left."""
        self._open = False

    def _watch(self) -> None:
        parts = Parts(self._answer.headers["Content-Type"])
        while self._open and (chunk := self._answer.raw.read1(65536)):
            self.pictures += len(parts.feed(chunk))
        self._answer.close()


@contextmanager
def naive(url: str) -> Iterator[int]:
    """The peer's process."""
    peer = subprocess.Popen([sys.executable, "-m", "bench.naive_kiosk", url], cwd=Path(__file__).parent.parent)
    try:
        yield peer.pid
    finally:
        peer.kill()
        peer.wait()


def share(pid: int, seconds: float) -> float:
    """Percent of one core that a process uses from now on."""
    begun, used = time.monotonic(), cpu_seconds(pid)
    time.sleep(seconds)
    return round(100 * (cpu_seconds(pid) - used) / (time.monotonic() - begun), 2)


def measure(folder: Path, seconds: float, settle: float) -> dict[str, Figure]:
    """Every figure of one run in an empty folder."""
    hall = pictures(None, 30)
    card = pictures(cards.national_card(commune.strangers(1, seed=4)[0]), 30)
    camera = StillCamera(hall)
    try:
        with Rig(folder, camera) as rig:
            viewer = Viewer(rig.live_url)
            time.sleep(settle)
            before = viewer.pictures
            idle = share(rig.agent_pid, seconds)
            live = (viewer.pictures - before) / seconds
            camera.show(card)
            until("the card read", lambda: rig.agent_said("scan.sent"))
            held = share(rig.agent_pid, seconds)
            camera.show(hall)
            viewer.close()
            time.sleep(settle)
            unseen = share(rig.agent_pid, seconds)
        with naive(camera.url) as pid:
            time.sleep(min(settle, PEER_WARMS_SECONDS))
            peer = share(pid, seconds)
    finally:
        camera.stop()
    return {
        "seconds each": seconds,
        IDLE: idle,
        "idle, nobody looks, % of a core": unseen,
        "a card held still, live picture open, % of a core": held,
        "naive kiosk, idle, % of a core": peer,
        "naive kiosk to ours, times": round(peer / max(idle, 0.01), 1),
        "live pictures a second, idle": round(live, 1),
        "live pictures missing": int(live < 1),
    }


def main() -> None:
    """Measures, tells, ends with 1 when the picture stood still; a card that is never read ends it with an error."""
    options = argparse.ArgumentParser(prog="bench.idle", description=__doc__.split("\n")[0])
    options.add_argument("--seconds", type=float, default=20.0, help="how long each state is measured")
    options.add_argument("--settle", type=float, default=SETTLE_SECONDS, help="how long it is left alone before that")
    options.add_argument("--folder", type=Path, help="where to put the site; a temporary folder otherwise")
    chosen = options.parse_args()
    if chosen.seconds < 1:
        options.error("--seconds is 1 or more")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.seconds, chosen.settle)
    finish("idle", figures, TARGETS, bool(figures["live pictures missing"]))


if __name__ == "__main__":
    main()
