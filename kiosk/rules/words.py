"""The words of the house that are stored: each enum's value is what stands in the database."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who acts. `kiosk` is a paired screen or agent: a device, never a person."""

    VOLUNTEER = "volunteer"
    SCREENER = "screener"
    VACCINATOR = "vaccinator"
    OBSERVER = "observer"
    SITE_LEAD = "site_lead"
    TECHNICIAN = "technician"
    DEVICE = "device"


class Sex(StrEnum):
    """As on the card."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class VisitState(StrEnum):
    """Where a visit stands within its step; `left` ends it."""

    WAITING = "waiting"
    CALLED = "called"
    AT_TABLE = "at_table"
    LEFT = "left"


class Origin(StrEnum):
    """Why this person is here today."""

    ROSTER = "roster"
    WALK_IN = "walk_in"


class PrintState(StrEnum):
    """Where a slip stands. `sent`: a printer that cannot answer. `doubtful`: a person must look."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    PRINTED = "printed"
    SENT = "sent"
    DOUBTFUL = "doubtful"
    REPRINTED = "reprinted"
    VOID = "void"


class ScanOutcome(StrEnum):
    """What a scan led to."""

    ROSTERED = "rostered"
    NOT_ROSTERED = "not_rostered"
    CHECKED_IN = "checked_in"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_TICKET = "unknown_ticket"
    NO_CLINIC_DAY = "no_clinic_day"


class DayHalf(StrEnum):
    """A clinic day is a morning or an afternoon."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class HelpReason(StrEnum):
    """Why somebody at a kiosk calls a volunteer."""

    ASKED = "asked"
    NO_CARD = "no_card"
    NOT_ROSTERED = "not_rostered"
    UNKNOWN_CODE = "unknown_code"
    NO_PAPER = "no_paper"
    UNWELL = "unwell"
