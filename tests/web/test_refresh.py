"""Pages that are told nothing ask by themselves, and an answer that changes nothing is none."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

import kiosk
from kiosk.actions import help_calls
from kiosk.rules.words import HelpReason, Role
from tests.cast import key, now, receive

PARTIALS = sorted((Path(kiosk.__file__).parent / "templates" / "partials").rglob("*.html"))
TRIGGER = re.compile(r'hx-trigger="([^"]*)"')


@pytest.mark.parametrize("path", PARTIALS, ids=lambda path: path.stem)
def test_whoever_listens_also_asks(path):
    """The stream may be refused: there are only so many."""
    for trigger in TRIGGER.findall(path.read_text(encoding="utf-8")):
        if "sse:" in trigger:
            always = re.sub(r"{% if .*?{% endif %}", "", trigger)
            assert "{%" not in always
            assert "sse:" in always, "whatever is shown"
            assert int(re.search(r"every (\d+)s", always)[1]) <= 15


@pytest.mark.parametrize("path", PARTIALS, ids=lambda path: path.stem)
def test_what_asks_again_holds_nothing_that_is_typed_or_chosen(path):
    text = path.read_text(encoding="utf-8")
    if "sse:" in text and "kiosk" not in path.parts[-2:]:
        assert not re.search(r"\b(?:field|choice|box|declaration)\(", text)


@pytest.mark.parametrize(
    ("role", "page", "partial"),
    [
        (Role.VOLUNTEER, "/desk/desk-1", "calls"),
        (Role.VOLUNTEER, "/desk/desk-1", "papers"),
        (Role.VOLUNTEER, "/desk/desk-1/person/{huong}", "slips"),
        (Role.SCREENER, "/table/screening-1", "here"),
        (Role.SCREENER, "/table/screening-1", "waiting-list"),
        (Role.SITE_LEAD, "/lead", "live"),
        (Role.SITE_LEAD, "/lead", "stations"),
    ],
)
def test_a_partial_is_sent_once(signed_in, opened, players, beat, role, page, partial):
    browser = signed_in(role)
    beat()
    receive(players, players.huong)
    help_calls.call_help(players.kiosk, now(), key(), HelpReason.ASKED)
    if "{" in page:
        browser.get("/desk/desk-1")
        browser.act(f"/desk/desk-1/open/{players.huong}")
    shown = browser.get(page.format(huong=players.huong)).text
    headers = {"HX-Request": "true", "HX-Target": partial}
    address = html.unescape(re.search(rf'<\w+ id="{partial}"[^>]*? hx-get="([^"]+)"', shown)[1])
    assert browser.get(address, headers=headers).status_code == 204
    assert browser.get(address.split("?")[0], headers=headers).text.lstrip().startswith("<")
    receive(players, players.dung)
    help_calls.call_help(players.kiosk, now(), key(), HelpReason.NO_CARD)
    beat(printer="paper_out")
    changed = browser.get(address, headers=headers)
    assert (changed.status_code == 200) == (partial not in ("slips", "here"))


def test_the_opening_form_keeps_what_was_chosen(signed_in, players, beat):
    lead = signed_in(Role.SITE_LEAD)
    shown = lead.get("/lead").text
    headers = {"HX-Request": "true", "HX-Target": "readiness"}
    address = html.unescape(re.search(r'id="readiness"[^>]*? hx-get="([^"]+)"', shown)[1])
    assert lead.get(address, headers=headers).status_code == 204
    beat()
    anew = lead.get(address, headers=headers)
    assert anew.status_code == 200
    assert 'id="readiness"' in anew.text
    assert "<form" not in anew.text
