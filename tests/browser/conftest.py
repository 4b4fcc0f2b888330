"""A real Chromium in front of a running site: every program, virtual cameras, printer and platform."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from kiosk.demo.processes import Program
from kiosk.demo.program import LOCAL, OPENING, PORTS, Demo, free_ports, wait_for_hub
from kiosk.demo.site import STAFF
from kiosk.rules.words import Role
from tests import conftest as site

# A page that missed an event asks again within fifteen seconds, and the machine may be busy.
expect.set_options(timeout=30_000)

AXE = Path(__file__).with_name("axe-4.14.1.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
KIOSK, BOARD, LAPTOP, TABLET, PHONE = (1280, 800), (1920, 1080), (1280, 800), (1024, 768), (390, 844)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The running site at half past seven; its clinic day is not open yet."""
    running = Demo(tmp_path_factory.mktemp("site"), free_ports(*PORTS), open_day=False, begins=OPENING)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives the browsers; there can be one in a process."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, or the one that CHROMIUM names."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing: sudo apt install chromium"
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@dataclass
class Watched:
    """One person's browser; it remembers every complaint of its console."""

    context: BrowserContext
    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Opens a page of the hub."""
        self.page.goto(self.base + path)
        return self.page

    def check(self, *, scrolls: bool = True, axe: bool = True) -> None:
        """No console error, a title, no sideways scrolling, no WCAG 2.2 AA violation (`axe`: a second or two)."""
        expect(self.page).to_have_title(re.compile(r"[^ ·]"))  # a page that is just being left has none
        size: Any = self.page.evaluate(
            "(() => { const e = document.scrollingElement;"
            " return [e.scrollWidth, e.clientWidth, e.scrollHeight, e.clientHeight]; })()"
        )
        assert size[0] <= size[1], f"{self.page.url} scrolls sideways: {size}"
        assert scrolls or size[2] <= size[3], f"{self.page.url} scrolls: {size}"
        assert not self.complaints, f"{self.page.url}: {self.complaints}"
        if axe:
            self.page.evaluate(AXE)
            found: Any = self.page.evaluate(f"axe.run(document, {{runOnly: {RULES}}})")
            wrong = [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found["violations"]]
            assert not wrong, f"{self.page.url}: {wrong}"

    def sign_in(self, role: str) -> None:
        """Signs in as the demo's colleague of that role."""
        member = next(member for member in STAFF if member.role == role)
        self.enter(member.badge, member.pin)

    def enter(self, badge: str, pin: str) -> None:
        """Signs in by badge and PIN."""
        self.go("/sign-in")
        self.page.locator("[name=who]").fill(badge)
        self.page.locator("[name=pin]").fill(pin)
        self.page.locator("[name=pin]").press("Enter")
        self.page.wait_for_url(self.base + "/")

    def pair(self, demo: Demo) -> None:
        """Pairs this browser as the kiosk's screen."""
        self.go("/kiosk/kiosk-1")
        self.page.locator("[name=code]").fill(demo.pairing_codes["kiosk-1"])
        self.page.locator("[name=code]").press("Enter")
        self.page.wait_for_url("**/kiosk/kiosk-1*")


@dataclass
class Office:
    """A hub alone, as in the office on the day before: no agents, no cameras, nobody to report to."""

    folder: Path
    base: str
    hub: Program
    _chromium: Browser
    _opened: list[BrowserContext] = field(default_factory=list)

    def visitor(self, size: tuple[int, int] = LAPTOP, **options: Any) -> Watched:
        """A browser of its own, in which nobody is signed in."""
        return _arrive(self._chromium, self._opened, self.base, size, options)

    def sign_in(self, role: Role, size: tuple[int, int] = LAPTOP, **options: Any) -> Watched:
        """A browser of its own, signed in as the colleague of that role (`tests.conftest.STAFF`)."""
        watched = self.visitor(size, **options)
        watched.enter(*site.STAFF[role][1:])
        return watched

    def close(self) -> None:
        """Closes the browsers and ends the hub."""
        for context in self._opened:
            context.close()
        self.hub.stop()


@pytest.fixture
def office(chromium: Browser, folder: Path) -> Iterator[Office]:
    """A running hub over this test's own copy of the site in `tests.conftest`; much quicker than `demo`."""
    port = free_ports("hub")["hub"]
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[hub]\nlisten = "{LOCAL}:{port}"\nlock_minutes = 0\n')
    running = Office(folder, f"http://{LOCAL}:{port}", Program("web", folder), chromium)
    running.hub.start()
    try:
        wait_for_hub(running.base, running.hub)
        yield running
    finally:
        running.close()


def _arrive(
    chromium: Browser, opened: list[BrowserContext], base: str, size: tuple[int, int], options: dict[str, Any]
) -> Watched:
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    opened.append(context)
    page = context.new_page()
    page.set_default_timeout(15_000)
    watched = Watched(context, page, base)

    def complain(message: ConsoleMessage) -> None:
        # A refused form answers 422, which Chromium reports as a failed resource.
        if message.type == "error" and "status of 422" not in message.text:
            watched.complaints.append(message.text)

    page.on("console", complain)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    return watched


@pytest.fixture
def visitor(chromium: Browser, demo: Demo) -> Iterator[Any]:
    """Opens browsers of a given size: `visitor(TABLET)`; each with its own cookies."""
    opened: list[BrowserContext] = []

    def arrive(size: tuple[int, int], **options: Any) -> Watched:
        return _arrive(chromium, opened, demo.url, size, options)

    yield arrive
    for context in opened:
        context.close()
