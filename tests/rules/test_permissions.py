"""Who may do what: closed by default."""

from __future__ import annotations

import pytest

from kiosk.errors import NotAllowed
from kiosk.rules.permissions import ALLOWED, may, require_permission
from kiosk.rules.words import Role

OPENS = {"day.open", "day.close"}


@pytest.mark.parametrize("role", list(Role))
def test_a_permission_that_is_not_in_the_table_is_nobodys(role: Role) -> None:
    assert not may(role, "site.sell")
    with pytest.raises(NotAllowed):
        require_permission(role, "site.sell")


@pytest.mark.parametrize("permission", sorted(OPENS))
def test_only_the_site_lead_opens_and_closes(permission: str) -> None:
    assert {role for role in Role if may(role, permission)} == {Role.SITE_LEAD}


def test_a_device_is_never_a_member_of_staff() -> None:
    held = {permission for permission in ALLOWED if may(Role.DEVICE, permission)}
    assert held == {"kiosk.use", "device.report"}


def test_a_technician_sees_machines_and_never_a_person() -> None:
    held = {permission for permission in ALLOWED if may(Role.TECHNICIAN, permission)}
    assert not held & {"desk.use", "person.view", "visit.walk_in", "table.call"}


def test_every_role_holds_something_and_every_permission_has_a_holder() -> None:
    assert all(ALLOWED.values())
    assert set().union(*ALLOWED.values()) == set(Role)
