"""`multipart/x-mixed-replace` taken apart: bytes in, in any pieces; whole parts out (RFC 2046 section 5.1)."""

from __future__ import annotations

import re

LARGEST_PART = 16 * 1024 * 1024


class Parts:
    """The parts of one stream. `content_type` is the response's header; cameras quote its boundary or forget it."""

    def __init__(self, content_type: str) -> None:
        match = re.search(r'boundary="?([^";]+)', content_type)
        # Some cameras write the two dashes into the header as well.
        self._mark = b"--" + (match[1].strip().removeprefix("--").encode() if match else b"")
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """The parts that `chunk` completes, oldest first. Raises ValueError on a part larger than 16 MiB."""
        self._buffer += chunk
        if len(self._buffer) > LARGEST_PART:
            raise ValueError("a part is too large")
        parts: list[bytes] = []
        while (part := self._next()) is not None:
            parts.append(part)
        return parts

    def _next(self) -> bytes | None:
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return None
        length = re.search(rb"(?im)^content-length:\s*(\d+)", self._buffer[:head])
        end = head + 4 + int(length[1]) if length else self._buffer.find(b"\r\n" + self._mark, head + 4)
        if end < 0 or len(self._buffer) < end:
            return None
        part = bytes(self._buffer[head + 4 : end])
        del self._buffer[:end]
        return part
