"""The bundle of diagnostics from the command line: everything that `doctor` says, the units, and the last day's log."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url, select
from sqlalchemy.exc import SQLAlchemyError

from kiosk.app import create_app
from kiosk.config import ConfigError, Settings
from kiosk.documents.bundle import bundle
from kiosk.rules.box import Finding
from kiosk.rules.masking import masked_lines, masked_settings, masked_text
from kiosk.store import audit, tables
from kiosk.store.consents import Consent
from kiosk.store.database import db
from kiosk.store.pairings import Pairing
from kiosk.store.people import Person
from kiosk.store.rosters import StagedRow
from kiosk.store.staff import Staff
from kiosk.upkeep import health

TOOL_SECONDS = 20.0
MOST_LOG_BYTES = 4 * 1024**2
UNITS = "kiosk-*"
# Whose names stand in the database, as written and as searched: a line of the log that holds one is left out.
# A device's was typed by somebody; a row that has not landed has only its cells.
NAMES = (
    Person.name, Person.name_key, Staff.name, Staff.name_key, Consent.guardian_name, Pairing.name,
    StagedRow.cells["name"].as_string(),
)  # fmt: skip


def pack(findings: list[Finding], folder: Path, settings: Settings | None, language: str) -> bytes:
    """The zip. `settings`: None where site.toml cannot be used."""
    parts = {
        "doctor.txt": "\n".join(health.as_text(findings, settings, language)) + "\n",
        "doctor.json": _json([finding.told() for finding in findings]),
        "box.json": _json(health.measured(folder).told()),
        "units.txt": _ask("systemctl", "list-units", "--all", "--no-pager", "--plain", UNITS),
    }
    names: set[str] | None = set()
    if settings is not None:
        parts["settings.json"] = _json(masked_settings(settings.model_dump(mode="json")))
        counts, names = _database(settings)
        parts["database.json"] = _json(counts)
    parts = {name: "\n".join(masked_text(line) for line in text.split("\n")) if name.endswith(".txt") else text
             for name, text in parts.items()}  # fmt: skip
    # Where nobody can say whose names there are, no log is taken along.
    if names is not None:
        parts["journal.txt"] = "".join(f"{line}\n" for line in masked_lines(_journal(), names))
    return bundle(parts)


def _json(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _ask(program: str, *words: str) -> str:
    """What a program of the system says; "" where there is none."""
    if shutil.which(program) is None:
        return ""
    try:
        done = subprocess.run(
            [program, *words], check=False, capture_output=True, text=True, errors="replace", timeout=TOOL_SECONDS,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout[-MOST_LOG_BYTES:]


def _journal() -> Iterator[str]:
    """The programs' log of the last day; nothing for whoever may not read it."""
    yield from _ask("journalctl", "--unit", UNITS, "--since", "-24h", "--no-pager", "--quiet", "-o", "short-iso").split(
        "\n"
    )


def _database(settings: Settings) -> tuple[dict[str, object], set[str] | None]:
    """Counts, revision and the audit's head, and every name in it; None where the names cannot be read."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return {}, set()
    try:
        with create_app(settings).app_context():
            said: dict[str, object] = {
                "revision": tables.revision(), "rows": tables.count_rows(), "audit_head": audit.head(settings.site.box),
            }  # fmt: skip
            return said, _names()
    except (SQLAlchemyError, OSError, ConfigError, ImportError) as error:
        return {"failed": type(error).__name__}, None


def _names() -> set[str]:
    return {name for column in NAMES for name in db.session.scalars(select(column).distinct()) if name}
