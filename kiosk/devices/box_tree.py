"""Small files of /proc and /sys, read without ever failing; a test lays out a machine in a folder of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

LARGEST_BYTES = 256 * 1024
# chronyc and vcgencmd answer in milliseconds, or hang with what they ask.
TOOL_SECONDS = 2.0


class Tree:
    """The files of one machine."""

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root

    def at(self, path: str) -> Path:
        """The path, which may begin with a slash, in this machine."""
        return self.root / path.lstrip("/")

    def text(self, path: str | Path) -> str:
        """The file's text without what surrounds it; "" where there is none, or nobody may read it."""
        where = self.at(path) if isinstance(path, str) else path
        try:
            with where.open("rb") as file:
                return file.read(LARGEST_BYTES).replace(b"\0", b"").decode("utf-8", "replace").strip()
        except (OSError, ValueError):
            return ""

    def whole(self, path: str | Path, base: int = 10) -> int | None:
        """The number that the file holds; None where it holds none."""
        try:
            return int(self.text(path), base)
        except ValueError:
            return None

    def list_(self, pattern: str) -> list[Path]:
        """The files that a pattern names, by name."""
        try:
            return sorted(self.root.glob(pattern.lstrip("/")))
        except OSError:
            return []

    def has(self, path: str) -> bool:
        """Is it there?"""
        try:
            return self.at(path).exists()
        except OSError:
            return False

    def ask(self, path: str, *words: str) -> str:
        """What a program of this machine says; "" where it is not there, fails or takes longer than two seconds."""
        program = self.at(path)
        try:
            done = subprocess.run(
                [program, *words], check=True, capture_output=True, text=True, timeout=TOOL_SECONDS,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError, ValueError):
            return ""
        return done.stdout.strip()
