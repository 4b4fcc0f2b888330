"""Whom the hub believes about https, and what follows for its cookies; tests/provisioning does it with a real one."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import request

from kiosk.app import create_app
from kiosk.config import load

STAFF_ADDRESS = 'staff_address = "https://diem-tiem.local"'
SAID = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "diem-tiem.local", "X-Forwarded-For": "10.42.0.9"}


@pytest.mark.parametrize(
    ("settings", "told", "secure"),
    [
        (STAFF_ADDRESS, SAID, True),
        (STAFF_ADDRESS, {}, False),
        ("", SAID, False),
        (f'listen = "0.0.0.0:8080"\n{STAFF_ADDRESS}', SAID, False),
        ("secure_cookies = true", {}, True),
        (f"secure_cookies = true\n{STAFF_ADDRESS}", {}, True),
    ],
)
def test_a_cookie_is_for_https_where_the_page_came_so_or_the_site_says_so(
    folder: Path, settings: str, told: dict[str, str], secure: bool
) -> None:
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[hub]\n{settings}\n")
    app = create_app(load(folder))
    cookie = app.test_client().get("/sign-in", headers=told).headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert ("Secure" in cookie.split("; ")) == secure


def test_only_the_last_hop_is_believed(folder: Path) -> None:
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[hub]\n{STAFF_ADDRESS}\n")
    app, seen = create_app(load(folder)), []
    app.before_request_funcs[None].insert(0, lambda: seen.append((request.remote_addr, request.host_url)))
    app.test_client().get("/sign-in", headers=SAID | {"X-Forwarded-For": "6.6.6.6, 10.42.0.9"})
    assert seen == [("10.42.0.9", "https://diem-tiem.local/")]
