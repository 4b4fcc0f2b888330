"""The code of a staff badge as a picture for a screen: a new colleague without paper keeps it on their phone."""

from __future__ import annotations

from io import BytesIO

import segno

from kiosk.rules.codes.badge import write

QUIET_MODULES = 4


def badge_picture(badge: str) -> bytes:
    """An SVG of the QR code that the printed badge carries, black on white, four white modules around."""
    picture = BytesIO()
    segno.make_qr(write(badge), error="m").save(picture, kind="svg", border=QUIET_MODULES, light="#fff", omitsize=True)
    return picture.getvalue()
