"""A spreadsheet of any kind, read by a program of its own: the hub never holds more of it than a row."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kiosk.errors import Refusal


class Workbook:
    """One spreadsheet. `choose` first, then `rows`. Methods raise Refusal by what the program says.

    `roster_protected` (a password), `roster_unreadable`, `roster_too_big` (it took more memory or time than it may).
    """

    def __init__(self, content: bytes, most_rows: int) -> None:
        self.most_rows = most_rows
        self._closed = False
        self._program = subprocess.Popen(
            [sys.executable, "-m", "kiosk.documents.workbook_program"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._tell(len(content).to_bytes(8, "big"))
        self._tell(content)

    def choose(self, header_of: Callable[[Sequence[Sequence[str]]], int]) -> int | None:
        """Shows the first rows of each sheet until `header_of` says how many of them are its header.

        Returns how many rows stand below it; None when no sheet has one.
        """
        while "top" in (answer := self._hear()):
            header = header_of(answer["top"])
            self._tell(b"%d\n" % header)
            if header:
                return int(self._hear()["count"])
        return None

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line in the sheet and cells of each row below the header that is not blank; until it is closed."""
        try:
            while not self._closed and isinstance(answer := self._hear(), list):
                yield answer[0], answer[1]
        finally:
            self.close()

    def close(self) -> None:
        """Ends the program; as often as one likes."""
        if not self._closed:
            self._closed = True
            self._program.kill()
            self._program.communicate()

    def _tell(self, words: bytes) -> None:
        if self._program.stdin:
            try:
                self._program.stdin.write(words)
                self._program.stdin.flush()
            except BrokenPipeError:
                return  # what it said last is why

    def _hear(self) -> Any:
        line = self._program.stdout.readline() if self._program.stdout else b""
        if not line.endswith(b"\n"):
            killed = self._program.wait() < 0
            raise Refusal("roster_too_big", rows=self.most_rows) if killed else Refusal("roster_unreadable")
        answer = json.loads(line)
        if isinstance(answer, dict) and "refused" in answer:
            raise Refusal(answer["refused"], rows=self.most_rows)
        return answer
