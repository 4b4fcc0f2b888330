"""What each slip says, as blocks; one file a slip.

A slip is worded once, when its print job is made, so that a reprint equals the first.
"""

from kiosk.rules.slips.badge import BadgeFacts, badge
from kiosk.rules.slips.blank import BlankFacts, blank_form
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
from kiosk.rules.slips.certificate import CertificateFacts, CertifiedDose, certificate
from kiosk.rules.slips.closing import ClosingFacts, closing_slip
from kiosk.rules.slips.comeback import ComebackFacts, comeback_ticket
from kiosk.rules.slips.deferral import DeferralFacts, deferral_slip
from kiosk.rules.slips.dose import DoseFacts, provisional_slip
from kiosk.rules.slips.status import JoiningFacts, StatusFacts, status_slip
from kiosk.rules.slips.ticket import TicketFacts, queue_ticket
from kiosk.rules.slips.vial import VialFacts, vial_label
from kiosk.rules.slips.width import width_test

__all__ = [
    "Align",
    "BadgeFacts",
    "BlankFacts",
    "Block",
    "CertificateFacts",
    "CertifiedDose",
    "ClosingFacts",
    "Code",
    "ComebackFacts",
    "DeferralFacts",
    "DoseFacts",
    "Heading",
    "JoiningFacts",
    "Line",
    "Number",
    "Pair",
    "Rule",
    "Say",
    "Size",
    "Space",
    "StatusFacts",
    "TicketFacts",
    "VialFacts",
    "as_reprint",
    "badge",
    "blank_form",
    "certificate",
    "closing_slip",
    "comeback_ticket",
    "deferral_slip",
    "from_json",
    "provisional_slip",
    "queue_ticket",
    "status_slip",
    "to_json",
    "vial_label",
    "width_test",
]
