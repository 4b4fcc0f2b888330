"""Who acts."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.rules.words import Role


@dataclass(frozen=True)
class Actor:
    """`id`: of the staff member or the pairing; `station`: where they act, "" when nowhere yet.

    `session`: the staff session's id, "" for devices and the command line.
    """

    id: str
    role: Role
    station: str = ""
    session: str = ""


# What an operator does on the command line has no badge; the audit says so.
OPERATOR = Actor("operator", Role.TECHNICIAN)
