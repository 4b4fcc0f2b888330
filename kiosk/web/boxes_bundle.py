"""The bundle of diagnostics from the page: the last findings, versions, settings without secrets, counts. No log."""

from __future__ import annotations

import json
from typing import Any

from flask import current_app, g

from kiosk.rules.box import Finding
from kiosk.rules.masking import masked_settings
from kiosk.store import audit, box_reports, tables
from kiosk.store.box_reports import HUB
from kiosk.web import boxes_shown, shown


def file_name() -> str:
    """`kiosk-hub-1-20211120-1405.zip`."""
    return f"kiosk-{current_app.config['BOX']}-{shown.clock().local(g.now.at):%Y%m%d-%H%M}.zip"


def parts() -> dict[str, str]:
    """The files, by name."""
    rows = box_reports.list_()
    found = {row.box: _found(row) for row in rows}
    lines = [f"{name}: {finding.state} · {' → '.join(filter(None, boxes_shown.words(finding)))}"
             for name, findings in found.items() for finding in findings]  # fmt: skip
    settings = current_app.config["SETTINGS"].model_dump(mode="json")
    box = current_app.config["BOX"]
    return {
        "doctor.txt": "\n".join(lines) + "\n",
        "doctor.json": as_json({name: [each.told() for each in findings] for name, findings in found.items()}),
        "boxes.json": as_json({row.box: {"at": row.at.isoformat(), **row.facts} for row in rows}),
        "settings.json": as_json(masked_settings(settings)),
        "database.json": as_json(
            {"revision": tables.revision(), "rows": tables.count_rows(), "audit_head": audit.head(box)}
        ),
    }


def _found(row: box_reports.BoxReport) -> list[Finding]:
    facts = boxes_shown.facts_of(row)
    told = row.facts.get("site", ()) if row.box == HUB else ()
    names = ("state", "part", "code", "facts", "coded", "place")
    site = [Finding(**{name: each[name] for name in names}) for each in told]
    return [*boxes_shown.judged(row, facts), *site]


def as_json(said: Any) -> str:
    """For people too: in lines."""
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
