"""What somebody has had before, as a short list beside a form: which dose, what, when, and who says so."""

from __future__ import annotations

from typing import Any

from kiosk import protocols
from kiosk.rules.schedule import PastDose, counted
from kiosk.rules.vaccines import OTHER
from kiosk.rules.words import EarlierSource
from kiosk.store import doses
from kiosk.web import shown


def doses_known(person_id: str) -> list[dict[str, Any]]:
    """Every dose that we know of, oldest first, for partials/history/history.html."""
    known = doses.history(person_id)
    series = counted(protocols.vaccines(), known)
    return [
        {
            "n": f"{series.index(dose) + 1}." if dose in series else "",
            "product": product_name(dose.vaccine),
            "on": f"{dose.given_on:%d/%m/%Y}",
            "who": _source(dose),
            "look": dose.source is EarlierSource.CERTIFICATE,
        }
        for dose in known
    ]


def product_name(code: str) -> str:
    """What a history's product is called: one of ours, or what there is to say of another."""
    vaccine = protocols.vaccines().find(code)
    if vaccine is not None:
        return vaccine.name
    return shown.say("history.other" if code == OTHER else "history.unknown")


def _source(dose: PastDose) -> str:
    said = shown.say(f"history.by.{dose.source or 'us'}")
    return f"{said} · {dose.place}" if dose.place else said
