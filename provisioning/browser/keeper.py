#!/usr/bin/python3
"""Keeps one page on one screen: `keeper.py START COMMAND…` starts Chromium with START and looks after what it shows.

Chromium is asked over a pipe that nobody but this process holds, and only for what the managed policy leaves of that
pipe: which pages there are and their titles. It opens no port and reads no page. Each page of ours has a title with
` · ` in it; Chromium's own pages (no answer, blocked, crashed) have none, and START takes their place.

Ends with Chromium, or when Chromium does not answer: then it is killed, and whoever started this starts it again.
With NOTIFY_SOCKET it says READY=1 at the first page of ours and WATCHDOG=1 as long as one is shown.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

LOOK_SECONDS = 1.0
# A page that is being loaded has its address for a title until its first line is there.
GRACE_SECONDS = 4.0
# A cold card, with hub and agent starting too: before the first page, and for each page that did not come.
FIRST_GRACE_SECONDS = 30.0
LONGEST_GRACE_SECONDS = 60.0
DEAF_SECONDS = 30.0
FIRST_ANSWER_SECONDS = 90.0
# Renewed so often without a page of ours: the browser itself is ill.
MOST_RENEWALS = 5
OURS = " · "
# The bar's own surfaces, which Chromium counts as pages.
NO_PAGE = ".top-chrome/"


class Deaf(Exception):
    """Chromium does not answer, or is gone."""


class Pipe:
    """Chromium's remote debugging pipe: JSON objects, each ended by a zero byte."""

    def __init__(self, command: list[str]) -> None:
        theirs, self._write = (_far(one) for one in os.pipe())
        self._read, theirs_out = (_far(one) for one in os.pipe())
        # Chromium reads from 3 and writes to 4; this process has moved everything else out of their way.
        os.dup2(theirs, 3)
        os.dup2(theirs_out, 4)
        self.browser = subprocess.Popen(command, pass_fds=(3, 4), stdin=subprocess.DEVNULL)
        for mine in (3, 4, theirs, theirs_out):
            os.close(mine)
        self._rest = b""
        self._asked = 0
        self._patience = FIRST_ANSWER_SECONDS

    def ask(self, method: str, hear: Callable[[dict[str, Any]], None], **parameters: Any) -> dict[str, Any]:
        """The answer to `method`, {} where Chromium refuses; what it tells meanwhile goes to `hear`. Raises Deaf."""
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        try:
            os.write(self._write, json.dumps(message).encode() + b"\0")
        except OSError as error:
            raise Deaf from error
        until = time.monotonic() + self._patience
        while True:
            for told in self._take(until - time.monotonic()):
                if told.get("id") == self._asked:
                    self._patience = DEAF_SECONDS
                    return dict(told.get("result", {}))
                hear(told)

    def _take(self, seconds: float) -> list[dict[str, Any]]:
        if seconds <= 0 or not select.select([self._read], [], [], seconds)[0]:
            raise Deaf
        some = os.read(self._read, 65536)
        if not some:
            raise Deaf
        *whole, self._rest = (self._rest + some).split(b"\0")
        return [json.loads(one) for one in whole]

    def end(self) -> int:
        """Chromium is asked to end, and ended; returns how it did."""
        if self.browser.poll() is None:
            self.browser.terminate()
        try:
            return self.browser.wait(5)
        except subprocess.TimeoutExpired:
            self.browser.kill()
            return self.browser.wait()


def _far(fd: int) -> int:
    """The same end of a pipe under a number that nobody needs."""
    far = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(fd)
    return far


class Keeper:
    """Watches one Chromium. `start`: the address that is shown first, and instead of whatever is not ours."""

    def __init__(self, pipe: Pipe, start: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._pipe = pipe
        self._start = start
        self._clock = clock
        self._page = ""
        self._well_at = clock()
        self._grace = FIRST_GRACE_SECONDS
        self._renewals = 0
        self._crashed: set[str] = set()

    def begin(self) -> None:
        """Asks to be told of pages. Raises Deaf."""
        self._pipe.ask("Target.setDiscoverTargets", self._hear, discover=True)
        self._well_at = self._clock()

    def look(self) -> bool:
        """Is a page of ours on the screen? Renews it when there is none for a while. Raises Deaf."""
        found = self._pipe.ask("Target.getTargets", self._hear).get("targetInfos", [])
        pages = {one["targetId"]: one for one in found if one["type"] == "page" and NO_PAGE not in one["url"]}
        if not self._page and pages:
            self._page = next(iter(pages))
        for other in pages.keys() - {self._page}:
            # A second tab or window is in front of the screen's own page.
            say(f"closed {pages[other]['title']!r}")
            self._pipe.ask("Target.closeTarget", self._hear, targetId=other)
        page = pages.get(self._page)
        crashed = self._page in self._crashed
        if page and not crashed and OURS in page["title"]:
            self._well_at, self._renewals, self._grace = self._clock(), 0, GRACE_SECONDS
            return True
        gone = page is None and self._page
        if crashed or gone or self._clock() - self._well_at > self._grace:
            why = "crashed" if crashed else f"shows {page['title']!r}" if page else "is gone"
            self._renew(pages, f"the page {why}")
        return False

    def _renew(self, pages: dict[str, Any], why: str) -> None:
        self._renewals += 1
        say(f"{why}: begins anew ({self._renewals})")
        if self._renewals > MOST_RENEWALS:
            raise Deaf
        self._page = self._pipe.ask("Target.createTarget", self._hear, url=self._start).get("targetId", "")
        for old in pages:
            self._pipe.ask("Target.closeTarget", self._hear, targetId=old)
        self._crashed.clear()
        self._well_at, self._grace = self._clock(), min(self._grace * 2, LONGEST_GRACE_SECONDS)

    def _hear(self, told: dict[str, Any]) -> None:
        if told.get("method") == "Target.targetCrashed":
            self._crashed.add(told["params"]["targetId"])


def say(words: str) -> None:
    """A line of the journal."""
    print(words, file=sys.stderr, flush=True)


def notify(state: str) -> None:
    """Tells systemd, where it listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.connect("\0" + address[1:] if address.startswith("@") else address)
            door.send(state.encode())


def _stop(*_: object) -> None:
    raise SystemExit(0)


def main(start: str, command: list[str]) -> int:
    """Until Chromium ends (its exit code) or does not answer (1)."""
    signal.signal(signal.SIGTERM, _stop)
    pipe = Pipe([*command, "--remote-debugging-pipe", start])
    ready = False
    try:
        keeper = Keeper(pipe, start)
        keeper.begin()
        while pipe.browser.poll() is None:
            if keeper.look():
                notify("WATCHDOG=1" if ready else "READY=1\nWATCHDOG=1")
                ready = True
            time.sleep(LOOK_SECONDS)
        return pipe.browser.returncode
    except Deaf:
        say("Chromium does not answer")
        return pipe.end() or 1
    finally:
        pipe.end()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
