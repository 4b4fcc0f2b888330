"""A tablet that was given the site's certificate: its camera may open, and many streams leave room for an answer."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from kiosk.demo.program import LOCAL
from kiosk.rules.words import Role
from tests.browser.conftest import FLAGS, TABLET
from tests.conftest import STAFF
from tests.provisioning import front
from tests.provisioning.front import NAME, Front

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
WHY_NOT = front.possible() or ("" if CHROMIUM and shutil.which("certutil") else "needs chromium and certutil")
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
STREAMS = """async () => {
  const open = () => new Promise((done, failed) => {
    const source = new EventSource("/events?topic=board");
    source.addEventListener("hello", () => done(source));
    source.onerror = () => failed(new Error("no stream"));
  });
  const streams = await Promise.all(Array.from({length: 10}, open));
  const answer = await fetch("/ready");
  const through = performance.getEntriesByType("navigation")[0].nextHopProtocol;
  const live = streams.filter((each) => each.readyState === EventSource.OPEN).length;
  streams.forEach((each) => each.close());
  return [live, answer.status, through];
}"""
CAMERA = """async () => {
  const seen = await navigator.mediaDevices.getUserMedia({video: true});
  const kinds = seen.getTracks().map((track) => track.kind);
  seen.getTracks().forEach((track) => track.stop());
  return kinds;
}"""


@pytest.fixture(scope="module")
def served(ready_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A hub and the https server before it."""
    work = tmp_path_factory.mktemp("front")
    running = front.build(Path(shutil.copytree(ready_folder, work / "site")), work)
    yield running
    running.close()


def tablet(playwright: Playwright, home: Path, root: Path | None) -> BrowserContext:
    """A browser of its own that trusts `root` as a tablet does: it stands in the list of authorities."""
    store = f"sql:{home}/.pki/nssdb"
    (home / ".pki" / "nssdb").mkdir(parents=True)
    subprocess.run(["certutil", "-d", store, "-N", "--empty-password"], check=True, timeout=60)
    if root:
        subprocess.run(["certutil", "-d", store, "-A", "-t", "C,,", "-n", "site", "-i", root], check=True, timeout=60)
    return playwright.chromium.launch_persistent_context(
        home / "profile", executable_path=CHROMIUM, env=os.environ | {"HOME": str(home)},
        viewport={"width": TABLET[0], "height": TABLET[1]}, permissions=["camera"],
        args=[*FLAGS, "--use-fake-device-for-media-stream", f"--host-resolver-rules=MAP {NAME} {LOCAL}"],
    )  # fmt: skip


@pytest.fixture
def page(playwright: Playwright, served: Front, tmp_path: Path) -> Iterator[Page]:
    """The tablet's page, before anything was opened."""
    context = tablet(playwright, tmp_path, served.root)
    yield context.new_page()
    context.close()


def address(served: Front) -> str:
    """As staff type it."""
    return f"https://{NAME}:{served.caddy.https}"


def test_a_tablet_signs_in_and_its_camera_opens(served: Front, page: Page) -> None:
    base, (_, badge, pin) = address(served), STAFF[Role.VOLUNTEER]
    page.goto(f"{base}/sign-in")
    page.locator("[name=who]").fill(badge)
    page.locator("[name=pin]").fill(pin)
    page.locator("[name=pin]").press("Enter")
    page.wait_for_url(f"{base}/")
    answer = page.goto(f"{base}/frames/desk-1")
    assert answer
    assert answer.status == 200
    assert page.evaluate("window.isSecureContext")
    assert page.evaluate(CAMERA) == ["video"]
    kept = page.context.cookies()
    assert {cookie["name"] for cookie in kept} == {"session", "staff"}
    assert all(cookie["secure"] and cookie["httpOnly"] for cookie in kept)


def test_ten_streams_leave_room_for_an_answer(served: Front, page: Page) -> None:
    """Over HTTP/1.1 the seventh request of a browser waits for ever."""
    page.goto(f"{address(served)}/sign-in")
    assert page.evaluate(STREAMS) == [10, 200, "h2"]


def test_the_page_that_explains_the_certificate_opens_before_it_is_trusted(
    playwright: Playwright, served: Front, tmp_path: Path
) -> None:
    context = tablet(playwright, tmp_path, None)
    try:
        page = context.new_page()
        page.goto(f"http://{NAME}:{served.caddy.http}/authority")
        with page.expect_download() as loading:
            page.locator("a[href='/ca.crt']").click()
        assert Path(loading.value.path()).read_bytes() == served.root.read_bytes()
        assert page.get_by_role("link", name=address(served)).is_visible()
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            page.goto(f"{address(served)}/sign-in")
    finally:
        context.close()
