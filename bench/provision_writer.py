"""Somebody who works at the box while its plug is pulled: it makes pairing codes as fast as it can.

Each line that it prints is a code that is in the database and on the disk, as far as this box knows.
"""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Sequence
from typing import IO

from bench.provision_box import Container

PYTHON = "/opt/kiosk/current/.venv/bin/python"
AS_HUB = (
    "setpriv", "--reuid=kiosk-hub", "--regid=kiosk-hub", "--init-groups", "--", "env", "PYTHONDONTWRITEBYTECODE=1",
    "CREDENTIALS_DIRECTORY=/var/lib/kiosk/secrets", "HOME=/var/lib/kiosk", "sh", "-c",
    f'umask 007; exec {PYTHON} - "$@"', "writer",
)  # fmt: skip
WRITING = """
from pathlib import Path
from kiosk import config
from kiosk.upkeep import setup
settings = config.load(Path("/var/lib/kiosk"))
while True:
    print(setup.pair(settings, "desk-1"), flush=True)
"""
COUNTING = """
import sqlite3, sys
rows = sqlite3.connect("file:/var/lib/kiosk/kiosk.db?mode=ro", uri=True)
assert [row[0] for row in rows.execute("PRAGMA integrity_check")] == ["ok"], "integrity"
known = {row[0] for row in rows.execute("SELECT token_hash FROM pairing")}
asked = sys.argv[1:]
print("lost", sum(token not in known for token in asked))
"""


class Writer:
    """Runs until its container is unplugged; `told` are the codes that it was told are written."""

    def __init__(self, container: Container) -> None:
        self.told: list[str] = []
        self._process = subprocess.Popen(
            container.command(*AS_HUB),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(WRITING)
        self._process.stdin.close()
        self._reader = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def _listen(self, said: IO[str]) -> None:
        # A line that the plug cut in two was never told.
        self.told += [line.strip() for line in said if line.endswith("\n")]

    def end(self) -> list[str]:
        """After the plug was pulled: every code that it told of."""
        self._process.wait(30)
        self._reader.join(30)
        assert self._process.stdout
        self._process.stdout.close()
        return self.told


def lost(container: Container, told: Sequence[str]) -> int:
    """How many of these codes the box no longer knows. Raises ValueError when its database is torn."""
    hashes = [hashlib.sha256(code.encode()).hexdigest() for code in told]
    seen = container.run(*AS_HUB, *hashes, said=COUNTING)
    if not seen.stdout.startswith("lost "):
        raise ValueError(seen.stdout)
    return int(seen.stdout.split()[1])
