"""A child at the doctor's table, with the keyboard alone and with a finger: form, guardian, signed consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from kiosk import config
from kiosk.actions import check_in, day
from kiosk.app import create_app
from kiosk.rules.actor import OPERATOR
from kiosk.rules.person import Identity
from kiosk.rules.words import Role, Sex
from kiosk.store import consents, people, rosters, visits
from kiosk.store.database import db, writing
from kiosk.wording import say
from tests.browser.conftest import LAPTOP, PHONE, TABLET, Office
from tests.browser.hands import Finger, Keys, too_small
from tests.cast import answers, key, local, now

LONGEST = "Nguyễn Hoàng Phương Uyên Thảo Nguyên Bích Ngọc Trâm Anh Kim"
TABLE = "/table/screening-1"


def bring_children(office: Office, *names: str) -> list[str]:
    """Children of Hường have their numbers and wait for the doctor; their visits."""
    with create_app(config.load(office.folder)).app_context():
        mother = people.search("NGUYEN THI HUONG", None)[0]
        day.open_day(OPERATOR, now(), key(), "morning")
        with writing():
            people.get(mother.id).phone = "0912345678"
            file = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at)
            rosters.add(file)
            born = [date(now().on.year - 12, 1, 1 + n) for n in range(len(names))]
            brought = [
                people.add(Identity(name, born_on=on, born_year=on.year, sex=Sex.FEMALE))
                for name, on in zip(names, born, strict=True)
            ]
            for child in brought:
                child.guardian_id = mother.id
                entry = rosters.RosterEntry(roster_id=file.id, person_id=child.id, on=now().on, priority_group="")
                db.session.add(entry)
        desk = replace(OPERATOR, station="desk-1")
        return [check_in.check_in_person(desk, now(), key(), child.id, answers(), "vi", local()) for child in brought]


@pytest.mark.parametrize(
    ("hand", "size", "options"),
    [(Keys, LAPTOP, {}), (Finger, TABLET, {"has_touch": True}), (Finger, PHONE, {"has_touch": True})],
    ids=["keyboard", "finger", "phone"],
)
def test_a_child_is_screened_with_the_consent_seen(
    office: Office, hand: type[Keys] | type[Finger], size: tuple[int, int], options: dict[str, Any]
) -> None:
    first, second = bring_children(office, LONGEST, "Lò Thị An")
    doctor = office.sign_in(Role.SCREENER, size, **options)
    page, way = doctor.go(TABLE), hand(doctor.page)
    form = page.locator("form[action$='/screening']")

    def receive() -> None:
        way.act(page.locator("form[action$='/call'] button"))
        way.act(page.locator("form[action$='/receive'] button"))
        expect(form).to_be_visible()

    receive()
    expect(form.locator("[name=guardian]").first).to_be_checked()
    expect(form.locator("[name=guardian_name]")).to_be_hidden()
    _quick(way, form, "none", "conclusion")
    way.write(form.locator("[name=temperature]"), "36,8")
    way.press(form.locator("#conclude"))
    expect(form.locator("#consent-refusal")).to_be_visible()
    doctor.complaints.clear()  # a refused form is a 422, which the console tells
    doctor.check()
    _quick(way, form, "consent")
    way.act(form.locator("#conclude"))

    expect(page.locator("form[action$='/call'] button")).to_be_enabled()
    receive()
    way.tick(form.locator("[name=guardian][value=typed]"))
    way.write(form.locator("[name=guardian_name]"), LONGEST.replace("Nguyễn", "Vàng"))
    way.write(form.locator("[name=temperature]"), "36,8")
    for box in ("[name=none]", "[name=consent]", "[name=conclusion][value=cleared]"):
        way.tick(form.locator(box))
    doctor.check()
    if hand is Finger:
        assert not too_small(page)
    way.act(form.locator("#conclude"))
    expect(page.get_by_text(say("table.nobody"))).to_be_visible()
    with create_app(config.load(office.folder)).app_context():
        one, other = consents.find(first), consents.find(second)
        assert one is not None
        assert other is not None
        assert (one.guardian_id is None, other.guardian_id is None) == (False, True)
        assert [visits.get(id).step for id in (first, second)] == ["injection", "injection"]


def _quick(way: Keys | Finger, form: Any, *names: str) -> None:
    """One key or one tap each: the boxes of the usual case, the conclusion that nothing stands against."""
    for name in names:
        box = form.locator(f"[name={name}][value=cleared]" if name == "conclusion" else f"[name={name}]")
        if isinstance(way, Finger):
            way.tick(box)
            continue
        shortcut = box.get_attribute("data-key")
        assert shortcut, f"{name} has no key"
        form.page.keyboard.press(shortcut)
        expect(box).to_be_checked()
