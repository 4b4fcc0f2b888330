"""The bytes of a list that waits to be read. They lie beside the database until its rows are in it, and no longer."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path
from uuid import uuid4

from flask import current_app

# A file without a list is one whose upload was cut off. A younger one may be on its way in.
ORPHAN_SECONDS = 3600


def keep(roster_id: str, content: bytes) -> None:
    """Whole and on the disk, or not there at all; readable by its owner only."""
    path = _path(roster_id)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(f".{uuid4().hex}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    _belongs_as(draft, path.parent.parent)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(roster_id: str) -> bytes | None:
    """What was kept; None when it is gone."""
    try:
        return _path(roster_id).read_bytes()
    except FileNotFoundError:
        return None


def forget(roster_id: str) -> None:
    """Its rows are in the database, or nobody wants them."""
    _path(roster_id).unlink(missing_ok=True)


def forget_orphans(wanted: Collection[str]) -> None:
    """Removes what no list asks for any more, unless it is so young that its list may be about to begin."""
    folder = _path("").parent
    for path in folder.glob("*") if folder.is_dir() else ():
        if path.stem not in wanted and time.time() - path.stat().st_mtime > ORPHAN_SECONDS:
            path.unlink(missing_ok=True)


def _path(roster_id: str) -> Path:
    return Path(current_app.config["SETTINGS"].folder, "rosters", f"{roster_id}.list")


def _belongs_as(path: Path, folder: Path) -> None:
    """Root may import a list (`sudo … roster import`): the hub must be able to read it, and to take it away."""
    if os.geteuid() == 0:
        owner = folder.stat()
        for each in (path.parent, path):
            os.chown(each, owner.st_uid, owner.st_gid)
