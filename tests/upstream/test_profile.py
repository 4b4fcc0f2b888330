"""The profile says where it comes from, and knows the vaccines of the campaign."""

from __future__ import annotations

import tomllib
from datetime import date

from kiosk.upstream import profile
from kiosk.upstream.profile import Product

VACCINES = {"astrazeneca", "pfizer", "moderna", "vero_cell", "hayat_vax", "sputnik_v", "abdala", "janssen"}


def test_it_names_version_source_and_day() -> None:
    content = tomllib.loads(profile.FILE.read_text(encoding="utf-8"))
    assert content["version"] == profile.load().version
    assert len(profile.load().source) > 15
    assert isinstance(content["valid_from"], date)


def test_it_knows_the_eight_vaccines() -> None:
    known = profile.load().vaccines
    assert set(known) == VACCINES
    assert len({product.text for product in known.values()}) == len(VACCINES)
    cvx = [code.code for product in known.values() for code in product.codes if code.system.endswith("/cvx")]
    assert sorted(cvx) == ["207", "208", "210", "212", "505", "510"]


def test_a_vaccine_without_codes_is_told_by_its_name() -> None:
    assert profile.load().product("nano_covax") == Product("nano_covax")


def test_every_system_is_different() -> None:
    systems = vars(profile.load().systems).values()
    assert len(set(systems)) == len(systems)
