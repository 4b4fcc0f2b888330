"""By whose word somebody is let in: how the desk asks for it."""

from __future__ import annotations

from typing import Any

from flask import g, request

from kiosk.actions import approving
from kiosk.errors import Refusal
from kiosk.rules.permissions import may
from kiosk.web import refusals, shown

FIELDS = ("approval", "approver")


def asked(reason: str = "", by: str = "", refusal: Refusal | None = None) -> dict[str, Any]:
    """The reason and whose word it was, as typed; and from whom to choose, nobody where the actor may approve."""
    said = refusals.sentence(refusal) if refusal else None
    own = may(g.actor.role, approving.APPROVES)
    staff = [] if own else approving.list_approvers(g.now)
    return {
        "reason": reason,
        "by": by,
        "own": own,
        "approvers": [(one.id, f"{one.name} · {shown.say(f'station.role.{one.role}')}") for one in staff],
        "reason_refusal": said if refusal and refusal.field == "approval" else None,
        "by_refusal": said if refusal and refusal.field == "approver" else None,
    }


def read() -> tuple[str, str]:
    """The reason and the approver's id, as the form has them."""
    return request.form.get("approval", "").strip()[:200], request.form.get("approver", "")[:36]


def lacking(reason: str, by: str) -> Refusal | None:
    """What is missing of a word that must be given."""
    if not reason:
        return Refusal("approval_missing", field="approval")
    return None if by or may(g.actor.role, approving.APPROVES) else Refusal("approver_missing", field="approver")
