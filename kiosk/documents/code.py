"""A QR code as the path of one SVG element, for a page that shows a code which stands in no address."""

from __future__ import annotations

import segno

QUIET_MODULES = 4


def code_path(payload: str) -> tuple[int, str]:
    """Modules along one side, four white ones around included, and the dark ones as an SVG path, a module a unit."""
    rows = segno.make_qr(payload, error="m").matrix
    dark = (
        f"M{x + QUIET_MODULES} {y + QUIET_MODULES}h1v1h-1z"
        for y, row in enumerate(rows) for x, module in enumerate(row) if module
    )  # fmt: skip
    return len(rows) + 2 * QUIET_MODULES, "".join(dark)
