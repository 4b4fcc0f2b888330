"""What speaks against a personal number, in words: it warns, and stops nobody."""

from __future__ import annotations

from flask import g

from kiosk import protocols
from kiosk.rules.person import Identity, NumberFault, check_number
from kiosk.web import shown


def warning(identity: Identity) -> str:
    """What the number says otherwise than the other fields, as one sentence; "" where all is well or there is none.

    Without a personal number: is the old card's one short?
    """
    if not identity.number:
        return shown.say("number.old_short") if len(identity.old_number) == 8 else ""
    faults = [each for each in check_number(identity.number, identity, protocols.provinces(), g.now.on)
              if not each.blocks]  # fmt: skip
    if NumberFault.YEAR_IN_FUTURE in faults:  # it goes without saying that it is not the birth year
        faults = [each for each in faults if each is not NumberFault.YEAR_DIFFERS]
    said = ", ".join(shown.say(f"number.{fault}") for fault in faults)
    return shown.say("number.look", faults=said) if said else ""
