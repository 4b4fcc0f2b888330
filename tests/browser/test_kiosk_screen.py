"""The screen of a box: its own launcher, keeper and Chromium, before a real hub that is late, killed and back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page, Playwright, expect

import kiosk
from kiosk import config, wording
from kiosk.demo.processes import Program
from kiosk.demo.program import LOCAL, free_ports, wait_for_hub
from kiosk.upkeep import setup
from tests.browser.conftest import KIOSK

LAUNCHER = Path(kiosk.__file__).parent.parent / "provisioning" / "browser" / "kiosk-browser"
WAITING = "Máy đang khởi động"
# Chromium says that a page failed; the keeper waits four seconds, and a busy machine takes its time.
BACK_SECONDS = 60
say = wording.speaker("vi")


@dataclass
class Screen:
    """A running screen. The test looks over its shoulder by a debugging port that only its stub Chromium opens."""

    folder: Path
    port: int
    hub: Program
    base: str
    token: str
    process: subprocess.Popen[bytes]
    playwright: Playwright
    heard: int = 0

    def shown(self) -> str:
        """Address and words of what is on the screen; "" where there is nothing to be asked."""
        with suppress(Error):
            browser = self.playwright.chromium.connect_over_cdp(f"http://{LOCAL}:{self.port}", timeout=5000)
            try:
                pages = _pages(browser)
                return "\n".join(f"{page.url} {page.locator('body').inner_text(timeout=2000)}" for page in pages)
            finally:
                browser.close()
        return ""

    def does(self, act: Callable[[Page], object]) -> None:
        """Something happens on the page that is shown."""
        browser = self.playwright.chromium.connect_over_cdp(f"http://{LOCAL}:{self.port}")
        with suppress(Error):  # what is done here ends pages
            act(_pages(browser)[0])
        with suppress(Error):
            browser.close()

    def wait_for(self, words: str) -> float:
        """Seconds until these words are the one page's."""
        began = time.monotonic()
        seen = ""
        while time.monotonic() < began + BACK_SECONDS:
            seen = self.shown()
            if words in seen and seen.count("://") == 1:
                return time.monotonic() - began
            time.sleep(0.3)
        raise AssertionError(f"{words!r} is not there but {seen!r}\n{(self.folder / 'screen.log').read_text()[-2000:]}")

    def wait_for_log(self, words: str) -> None:
        """Until the keeper has said these words, once more than before."""
        until = time.monotonic() + BACK_SECONDS
        while time.monotonic() < until:
            told = (self.folder / "screen.log").read_text(errors="replace")
            if words in told[self.heard :]:
                self.heard = len(told)
                return
            time.sleep(0.1)
        raise AssertionError(f"the keeper has not said {words!r}")

    def start_hub(self) -> None:
        """Returns when the hub answers."""
        self.hub.start()
        wait_for_hub(self.base, self.hub)


def _pages(browser: Any) -> list[Page]:
    return [page for context in browser.contexts for page in context.pages if "top-chrome" not in page.url]


def stub(folder: Path, name: str, lines: str) -> None:
    """A program of that name that goes before the machine's own."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def screen(folder: Path, tmp_path: Path, playwright: Playwright) -> Iterator[Screen]:
    """A screen whose hub does not run yet; no compositor, and a Chromium without a window."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    ports = free_ports("hub", "look")
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[hub]\nlisten = "{LOCAL}:{ports["hub"]}"\nlock_minutes = 0\n')
    base = f"http://{LOCAL}:{ports['hub']}"
    token = setup.pair(config.load(folder), "kiosk-1")
    for name in ("run", "secrets"):
        (tmp_path / name).mkdir(mode=0o700)
    (tmp_path / "secrets" / "screen.token").write_text(token, encoding="utf-8")
    (tmp_path / "screen").write_text(f"HUB={base}\nSTATION=kiosk-1\n", encoding="utf-8")
    stub(tmp_path / "bin", "cage", 'shift; exec "$@"')
    flags = (
        f"--headless=new --ozone-platform=headless --no-sandbox --disable-gpu --remote-debugging-port={ports['look']}"
    )
    stub(tmp_path / "bin", "chromium", f'exec {chromium} "$@" {flags} --window-size=1280,800')
    surroundings = os.environ | {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "RUNTIME_DIRECTORY": str(tmp_path / "run"),
        "CREDENTIALS_DIRECTORY": str(tmp_path / "secrets"),
        "KIOSK_SCREEN_FILE": str(tmp_path / "screen"),
    }
    with (tmp_path / "screen.log").open("wb") as log:
        process = subprocess.Popen([LAUNCHER], env=surroundings, stdout=log, stderr=log, start_new_session=True)
        hub = Program("web", folder)
        try:
            yield Screen(tmp_path, ports["look"], hub, base, token, process, playwright)
        finally:
            hub.kill()
            process.terminate()
            process.wait(20)


def test_the_screen_finds_a_late_hub_and_comes_back_from_whatever_happens_to_it(screen: Screen) -> None:
    screen.wait_for(WAITING)
    assert "chrome-error" not in screen.shown()
    running = Path("/proc").glob("[0-9]*/cmdline")
    assert not [path for path in running if _says(path, screen.token)], "no command line tells the token"
    screen.start_hub()
    took = {"late hub": screen.wait_for(say("kiosk.start.ask_somebody"))}

    for name, act in {
        "a page that does not come": lambda page: page.evaluate("location.reload()"),
        "a form that nobody answers": lambda page: page.evaluate(
            "HTMLFormElement.prototype.submit.call(document.querySelector('form[action$=\"/help\"]'))"
        ),
    }.items():
        screen.hub.kill()
        screen.does(act)
        began = time.monotonic()
        screen.wait_for_log("the page shows")
        screen.wait_for(WAITING)
        took[f"{name}: waiting page"] = time.monotonic() - began
        screen.start_hub()
        took[name] = screen.wait_for(say("kiosk.start.ask_somebody"))

    # The hub dies and nobody touches anything: the page stays, and says so.
    screen.hub.kill()
    screen.wait_for(say("kiosk.late.before"))
    screen.start_hub()
    screen.wait_for(say("kiosk.start.ask_somebody"))

    for name, act, said in (
        ("a page that crashed", lambda page: _kill_pages(screen.process.pid), "the page crashed"),
        ("a second page", lambda page: page.context.new_page(), "closed"),
        ("no page at all", lambda page: page.close(), "the page is gone"),
    ):
        screen.does(act)
        began = time.monotonic()
        screen.wait_for_log(said)
        screen.wait_for(say("kiosk.start.ask_somebody"))
        took[name] = time.monotonic() - began
    print("\nback after, seconds:", {name: round(seconds, 1) for name, seconds in took.items()})


def _kill_pages(pid: int) -> None:
    """As memory that runs out would: the processes that draw this screen's pages."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        _kill_pages(int(child))
        with suppress(OSError):
            if b"--type=renderer" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)


def _says(path: Path, token: str) -> bool:
    with suppress(OSError):
        return token.encode() in path.read_bytes()
    return False


def _open(office: Any, **options: Any) -> Any:
    watched = office.visitor(KIOSK, **options)
    watched.page.goto(f"{office.base}/kiosk/kiosk-1")
    return watched


def test_a_screen_is_paired_on_its_own_keypad(office: Any) -> None:
    token = setup.pair(config.load(office.folder), "kiosk-1")
    watched = _open(office, has_touch=True)
    page = watched.page
    watched.check(scrolls=False)
    keys = page.locator("[data-keypad] button")
    for box in (keys.nth(at).bounding_box() for at in range(keys.count())):
        assert box["width"] >= 88
        assert box["height"] >= 88
    for sign in "22" + token.replace("-", ""):
        if sign == "2" and page.locator("[name=code]").input_value() == "2":
            for _ in range(2):
                page.get_by_role("button", name=say("keypad.erase")).tap()
            assert page.locator("[name=code]").input_value() == ""
            break
        page.locator(f"[data-sign='{sign}']").tap()
    # Wrong first: the same screen says so, and the keys are still there.
    page.locator("[data-sign='2']").tap()
    page.get_by_role("button", name=say("keypad.screen.pair")).tap()
    expect(page.get_by_text(say("refusal.pairing_unknown"))).to_be_visible()
    watched.check(scrolls=False)
    page.get_by_role("button", name=say("keypad.erase")).tap()
    for sign in token.replace("-", ""):
        page.locator(f"[data-sign='{sign}']").tap()
    assert page.locator("[name=code]").input_value() == token
    page.locator("[data-sign='3']").tap()
    assert page.locator("[name=code]").input_value() == token, "a code has no seventeenth sign"
    page.get_by_role("button", name=say("keypad.screen.pair")).tap()
    expect(page.get_by_text(say("kiosk.start.ask_somebody"))).to_be_visible()


@pytest.mark.parametrize("size", [(480, 800), (720, 1280), (800, 480), (1024, 600)], ids=str)
def test_a_screen_of_any_size_has_its_keypad_whole(office: Any, size: tuple[int, int]) -> None:
    """A small or upright panel has no keyboard either."""
    watched = office.visitor(size, has_touch=True)
    page = watched.page
    page.goto(f"{office.base}/kiosk/kiosk-1")
    keys, pair = page.locator("[data-keypad] button"), page.get_by_role("button", name=say("keypad.screen.pair"))
    for refused in (False, True):
        watched.check(scrolls=False)
        bar = page.locator(".keypad-bar").bounding_box()
        boxes = [keys.nth(at).bounding_box() for at in range(keys.count())]
        assert all(boxes)
        assert min(box["width"] for box in boxes) >= 56
        assert min(box["height"] for box in boxes) >= 56
        assert max(box["y"] + box["height"] for box in boxes) <= bar["y"], "the bar covers no key"
        if not refused:
            page.locator("[data-sign='W']").tap()
            pair.tap()
            expect(page.get_by_text(say("refusal.pairing_unknown"))).to_be_visible()


def test_the_keypad_is_worked_by_keys_and_stays_away_without_scripts(office: Any) -> None:
    token = setup.pair(config.load(office.folder), "kiosk-1")
    page = _open(office).page
    for sign in token.replace("-", ""):
        page.locator(f"[data-sign='{sign}']").focus()
        page.keyboard.press("Enter")
    assert page.locator("[name=code]").input_value() == token
    plain = _open(office, java_script_enabled=False).page
    expect(plain.locator("[data-keypad]")).to_be_hidden()
    plain.locator("[name=code]").fill(token.lower())
    plain.locator("[name=code]").press("Enter")
    expect(plain.get_by_text(say("kiosk.start.ask_somebody"))).to_be_visible()


def test_the_pairing_screen_speaks_english_too(office: Any) -> None:
    watched = _open(office)
    watched.page.locator("form[action='/language'] button").click()
    expect(watched.page.get_by_text(wording.say("keypad.screen.pair", "en"))).to_be_visible()
    watched.check(scrolls=False)


KEPT_KEYS = ("Control++", "Control+p", "Control+s", "Control+o", "Control+u", "F1", "F7", "F11", "Alt+ArrowLeft")
# What a page did about an event, after everybody has heard it.
LISTEN = """name => { window.held = null;
  const hear = (event) => { window.held = event.defaultPrevented; };
  window.addEventListener(name, hear, { once: true, passive: true }); }"""


def test_a_kiosk_opens_no_menu_and_selects_nothing_while_a_staff_page_does(office: Any) -> None:
    kiosk_page, staff_page = _open(office).page, office.visitor(KIOSK).page
    staff_page.goto(f"{office.base}/sign-in")
    for page, held in ((kiosk_page, True), (staff_page, False)):
        page.evaluate(LISTEN, "contextmenu")
        page.locator("h1").click(button="right")
        assert _soon(page, "held") is held
        page.keyboard.press("Escape")
        page.evaluate(LISTEN, "wheel")
        page.keyboard.down("Control")
        page.mouse.wheel(0, -120)
        page.keyboard.up("Control")
        assert _soon(page, "held") is held
        page.locator("h1").click(click_count=3)
        assert (page.evaluate("getSelection().toString()") == "") is held
    kiosk_page.evaluate("window.addEventListener('keydown', (event) => { window.held = event.defaultPrevented; })")
    for keys, held in dict.fromkeys(KEPT_KEYS, True).items() | {("Tab", False), ("a", False)}:
        kiosk_page.evaluate("held = null")
        kiosk_page.keyboard.press(keys)
        assert kiosk_page.evaluate("held") is held, keys


def test_two_fingers_enlarge_a_staff_page_and_no_kiosk(office: Any) -> None:
    kiosk_page, staff_page = (
        _open(office, has_touch=True, is_mobile=True).page,
        office.visitor(KIOSK, has_touch=True, is_mobile=True).page,
    )
    staff_page.goto(f"{office.base}/sign-in")
    for page in (kiosk_page, staff_page):
        _pinch(page)
    assert staff_page.evaluate("visualViewport.scale") > 1.2
    assert kiosk_page.evaluate("visualViewport.scale") == 1


def _soon(page: Page, what: str) -> object:
    for _ in range(50):
        said = page.evaluate(what)
        if said is not None:
            return said
        page.wait_for_timeout(50)
    return None


def _pinch(page: Page) -> None:
    """Two fingers that move apart."""
    session = page.context.new_cdp_session(page)
    for step in range(12):
        fingers = [{"x": 600 + side * (40 + step * 15), "y": 300, "id": side + 1} for side in (-1, 1)]
        session.send(
            "Input.dispatchTouchEvent", {"type": "touchMove" if step else "touchStart", "touchPoints": fingers}
        )
        page.wait_for_timeout(30)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()
