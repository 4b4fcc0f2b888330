"""Which role may do what: one table. A permission that is not here is nobody's."""

from __future__ import annotations

from kiosk.errors import NotAllowed
from kiosk.rules.words import Role

_TABLES = frozenset({Role.VOLUNTEER, Role.SCREENER, Role.VACCINATOR, Role.OBSERVER, Role.SITE_LEAD})
_STAFF = _TABLES | {Role.TECHNICIAN}

ALLOWED: dict[str, frozenset[Role]] = {
    "kiosk.use": frozenset({Role.DEVICE}),
    "device.report": frozenset({Role.DEVICE}),
    "staff.home": _STAFF,
    "desk.use": frozenset({Role.VOLUNTEER, Role.SITE_LEAD}),
    "person.view": frozenset({Role.VOLUNTEER, Role.SITE_LEAD}),
    "visit.walk_in": frozenset({Role.VOLUNTEER, Role.SITE_LEAD}),
    # With one's own tablet or phone; what the station itself asks for must be held as well.
    "code.scan": _TABLES,
    "table.call": _TABLES,
    # Somebody called out of turn; to another lane; let in beyond what a zone takes.
    "queue.jump": frozenset({Role.SCREENER, Role.VACCINATOR, Role.SITE_LEAD, Role.VOLUNTEER}),
    "queue.lane": frozenset({Role.VOLUNTEER, Role.SITE_LEAD, Role.SCREENER}),
    "zone.keep": frozenset({Role.VOLUNTEER, Role.SITE_LEAD, Role.OBSERVER}),
    "zone.override": frozenset({Role.SITE_LEAD, Role.SCREENER}),
    "screening.record": frozenset({Role.SCREENER, Role.VOLUNTEER}),
    "screening.conclude": frozenset({Role.SCREENER}),
    "dose.record": frozenset({Role.VACCINATOR, Role.SCREENER, Role.VOLUNTEER}),
    "dose.confirm": frozenset({Role.VACCINATOR, Role.SCREENER}),
    # Whose word stands beside the vaccinator's where a card says otherwise, and whose where the rules refuse a dose.
    "identity.vouch": frozenset({Role.VACCINATOR, Role.SCREENER, Role.SITE_LEAD}),
    "dose.override": frozenset({Role.SCREENER}),
    # At the table that gave it; a volunteer for whoever is on duty. Every dose of a day is the lead's.
    "dose.void": frozenset({Role.VACCINATOR, Role.SCREENER, Role.VOLUNTEER, Role.SITE_LEAD}),
    "dose.review": frozenset({Role.SITE_LEAD}),
    # Vaccine as it comes, moves and is wasted; at a table whoever answers for the doses there.
    "stock.keep": frozenset({Role.SITE_LEAD, Role.VACCINATOR}),
    "vial.tend": frozenset({Role.VACCINATOR, Role.SCREENER, Role.VOLUNTEER}),
    "standby.call": frozenset({Role.VOLUNTEER, Role.SITE_LEAD}),
    "follow_up.tend": frozenset({Role.VOLUNTEER, Role.SITE_LEAD}),
    # Recovered from COVID-19: the commune's health station enters their doses, none is made here.
    "recovered.mark": frozenset({Role.VOLUNTEER, Role.SITE_LEAD, Role.SCREENER}),
    # A doctor takes the mark back at the table; the lead closes it once the doses are entered.
    "recovered.unmark": frozenset({Role.SCREENER}),
    "recovered.close": frozenset({Role.SITE_LEAD}),
    "duty.take": frozenset({Role.VACCINATOR, Role.SCREENER, Role.VOLUNTEER}),
    "observation.watch": frozenset({Role.OBSERVER, Role.SCREENER, Role.VACCINATOR, Role.SITE_LEAD}),
    "visit.discharge": _TABLES,
    "message.settle": frozenset({Role.SITE_LEAD}),
    "printer.tend": frozenset({Role.VOLUNTEER, Role.SITE_LEAD, Role.TECHNICIAN}),
    # How each machine is, a small picture of what its camera sees, a bundle for whoever helps.
    "box.tend": frozenset({Role.SITE_LEAD, Role.TECHNICIAN}),
    # A status slip may carry a pairing code, a badge somebody's sign-in name.
    "device.pair": frozenset({Role.SITE_LEAD, Role.TECHNICIAN}),
    "badge.print": frozenset({Role.SITE_LEAD, Role.TECHNICIAN}),
    "subject.add": frozenset({Role.VOLUNTEER, Role.SITE_LEAD}),
    "family.link": frozenset({Role.VOLUNTEER, Role.SITE_LEAD}),
    # Whose word lets somebody in who is not on the list, or whose row is not approved.
    "visit.approve": frozenset({Role.SITE_LEAD, Role.SCREENER}),
    # The whole list, and who is whom in it.
    "roster.manage": frozenset({Role.SITE_LEAD}),
    "person.merge": frozenset({Role.SITE_LEAD}),
    "day.plan": frozenset({Role.SITE_LEAD}),
    "staff.manage": frozenset({Role.SITE_LEAD}),
    "day.view": frozenset({Role.SITE_LEAD, Role.TECHNICIAN}),
    "day.open": frozenset({Role.SITE_LEAD}),
    "day.close": frozenset({Role.SITE_LEAD}),
}


def may(role: Role, permission: str) -> bool:
    """Does this role hold this permission?"""
    return role in ALLOWED.get(permission, frozenset())


def require_permission(role: Role, permission: str) -> None:
    """Raises NotAllowed unless the role holds the permission."""
    if not may(role, permission):
        raise NotAllowed(permission)
