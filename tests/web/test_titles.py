"""What the keeper of a screen knows a page of ours by: every page that a screen may show has it in its title."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

import kiosk
from tests.cast import key
from tests.house.test_routes import address
from tests.screen import Browser

HERE = Path(kiosk.__file__).parent
SCREEN = HERE.parent / "provisioning" / "browser"
OURS: str = runpy.run_path(str(SCREEN / "keeper.py"))["OURS"]
ALLOWED = json.loads((SCREEN / "policies.json").read_text(encoding="utf-8"))["URLAllowlist"]
PREFIXES = tuple(one.removeprefix("@HUB@") for one in ALLOWED if one.startswith("@HUB@"))
NOBODY = "00000000-0000-4000-8000-000000000000"
Take = Callable[..., Browser]


def title(answer: TestResponse) -> str:
    """The title of a whole page."""
    found = re.search(r"<title>([^<]*)</title>", answer.text)
    assert found, f"{answer.request.path}: {answer.status} without a title"
    return found[1]


def shown(hub: Flask) -> list[str]:
    """An address of every page that the policy lets a screen show."""
    rules = [rule for rule in hub.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return sorted(address(hub, rule.rule) for rule in rules if rule.rule.startswith(PREFIXES))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("who", ["", "kiosk"])
def test_every_page_that_a_screen_may_show_is_known_by_its_title(
    hub: Flask, browser: Take, who: str, language: str
) -> None:
    client = browser(who).client
    client.get("/pair")
    client.post("/language", data={"language": language})
    pages = ["/pair?next=/kiosk/kiosk-1", *shown(hub)]
    seen = {page: client.get(page, follow_redirects=True) for page in pages}
    whole = {page: title(answer) for page, answer in seen.items() if answer.mimetype == "text/html" and answer.data}
    assert {"/pair", "/board", "/kiosk/kiosk-1"} <= whole.keys()
    assert not [page for page, words in whole.items() if OURS not in words]


@pytest.mark.parametrize("path", ["/kiosk/kiosk-1/nothing", f"/kiosk/kiosk-1/scan/{NOBODY}", "/board/x"])
def test_a_page_that_is_not_there_is_ours_too(browser: Take, path: str) -> None:
    answer = browser("kiosk").client.get(path)
    assert answer.status_code == 404
    assert OURS in title(answer)


def test_a_refusal_a_stale_form_and_a_mistake_are_ours_too(
    hub: Flask, browser: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser("kiosk").client
    refused = client.post("/pair", data={"key": key(), "code": "AAAA-AAAA-AAAA-AAAA"})
    hub.config["WTF_CSRF_ENABLED"] = True
    stale = client.post("/kiosk/kiosk-1/language", data={"language": "en"})
    monkeypatch.setitem(hub.view_functions, "kiosk.home", lambda station: 1 / 0)
    wrong = client.get("/kiosk/kiosk-1")
    assert (stale.status_code, wrong.status_code) == (400, 500)
    assert refused.status_code in (400, 422)
    for answer in (refused, stale, wrong):
        assert OURS in title(answer)


def test_no_template_makes_a_title_of_its_own_but_those_that_no_screen_shows() -> None:
    # What a kiosk shows in the middle of a visit has its title from the one layout.
    made = {path.name for path in (HERE / "templates").rglob("*.html") if "<title" in path.read_text(encoding="utf-8")}
    assert made == {"base.html", "authority.html", "status.html"}
    base = (HERE / "templates/layouts/base.html").read_text(encoding="utf-8")
    assert f"<title>{{% block title %}}{{% endblock %}}{OURS}{{{{ site_name }}}}</title>" in base
    assert OURS in (SCREEN / "start.html").read_text(encoding="utf-8").partition("<title>")[2].partition("<")[0]
