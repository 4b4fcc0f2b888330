"""A joining that has begun, on disk: run again after a power cut it is the same joining, with the same tokens."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from kiosk.rules import devices


@dataclass(frozen=True)
class Begun:
    """`key`: of the act (UUID). `authority`: of the hub that has shown that it knows the code (PEM)."""

    key: str
    authority: str


def read(path: Path, hub: str, code: str, *, screen: bool) -> Begun | None:
    """What was begun with this code at this hub; None for nothing, for another, or for what cannot be read."""
    try:
        said = json.loads(path.read_text(encoding="ascii"))
        if said["of"] != _of(hub, code, screen):
            return None
        devices.certificate(said["authority"])
        return Begun(str(said["key"]), said["authority"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(path: Path, begun: Begun, hub: str, code: str, *, screen: bool) -> None:
    """On disk when it returns, whole or not at all. The code itself is not in it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        json.dump({"of": _of(hub, code, screen), "key": begun.key, "authority": begun.authority}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _of(hub: str, code: str, screen: bool) -> str:
    """By which a joining is known: its code has 77 random bits, which no hash gives away."""
    return hashlib.sha256(f"joining\n{hub}\n{code}\n{screen:d}".encode()).hexdigest()
