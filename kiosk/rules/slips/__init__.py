"""What each slip says, as blocks; one file a slip.

A slip is worded once, when its print job is made, so that a reprint equals the first.
"""

from kiosk.rules.slips.blocks import (
    Align,
    Block,
    Code,
    Heading,
    Line,
    Number,
    Pair,
    Rule,
    Say,
    Size,
    Space,
    as_reprint,
    from_json,
    to_json,
)
from kiosk.rules.slips.dose import DoseFacts, provisional_slip
from kiosk.rules.slips.ticket import TicketFacts, queue_ticket

__all__ = [
    "Align",
    "Block",
    "Code",
    "DoseFacts",
    "Heading",
    "Line",
    "Number",
    "Pair",
    "Rule",
    "Say",
    "Size",
    "Space",
    "TicketFacts",
    "as_reprint",
    "from_json",
    "provisional_slip",
    "queue_ticket",
    "to_json",
]
