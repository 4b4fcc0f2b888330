"""Who comes with whom: a guardian and their children."""

from __future__ import annotations

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.family import require_guardian
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity
from kiosk.store import audit, families, people


@act
def link_guardian(by: Actor, now: Moment, child_id: str, guardian_id: str) -> str:
    """From now on this person comes with that guardian; returns the guardian's id.

    Raises Refusal `guardian_self`, and as `rules.family.require_guardian`.
    """
    return give_guardian(by, now, people.get(child_id), people.get(guardian_id))


@act
def add_guardian(by: Actor, now: Moment, child_id: str, identity: Identity, phone: str) -> str:
    """A guardian who need not be vaccinated here; returns their id.

    Whoever has that name, phone and birth year was typed for another child of theirs: nobody is doubled. Raises as
    `link_guardian`.
    """
    same = people.list_by_name_and_phone(identity.name, phone)
    guardian = next((one for one in same if one.born_year in (None, identity.born_year)), None)
    if guardian is None:
        guardian = people.add(identity)
        guardian.phone = phone
        audit.add(by, now, "person.added", guardian.id, numbered=bool(identity.number), guardian=True)
    return give_guardian(by, now, people.get(child_id), guardian)


def give_guardian(by: Actor, now: Moment, child: people.Person, guardian: people.Person) -> str:
    """What `link_guardian` does, for acts that link on the way."""
    if child.id == guardian.id:
        raise Refusal("guardian_self", field="guardian")
    require_guardian(
        guardian.identity,
        guarded=families.find_guardian(guardian.id) is not None,
        child_guards=bool(families.list_children(child.id)),
        protocol=protocols.family(),
        today=now.on,
    )
    child.guardian_id = guardian.id
    audit.add(by, now, "guardian.linked", child.id, guardian=guardian.id)
    return guardian.id


@act
def unlink_guardian(by: Actor, now: Moment, child_id: str) -> str:
    """This person comes with nobody any more; returns their id."""
    families.part(child_id)
    audit.add(by, now, "guardian.unlinked", child_id)
    return child_id
