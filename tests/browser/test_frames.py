"""A volunteer's tablet as a scanner, in a real Chromium whose camera shows a card: from its picture to whose it is."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from kiosk.demo import cards
from kiosk.demo.program import Demo
from kiosk.rules.person import masked_name
from kiosk.wording import say
from tests.browser.conftest import FLAGS, PHONE, TABLET, Watched

INSECURE = "kiosk.test"
SOUNDS = "window.played = []; window.Audio = class { constructor(of) { played.push(of); } async play() {} };"
SIZE = (1280, 720)


def before_the_camera(card: Image.Image) -> Image.Image:
    """One frame of a hand-held camera: the card fills two thirds of it."""
    frame = Image.new("RGB", SIZE, (118, 110, 104))
    card = card.resize((860, 860 * card.height // card.width), Image.Resampling.LANCZOS)
    frame.paste(card, ((SIZE[0] - card.width) // 2, (SIZE[1] - card.height) // 2), card)
    return frame


@pytest.fixture(scope="module")
def film(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the tablet's camera sees: somebody's card, again and again."""
    path = tmp_path_factory.mktemp("camera") / "card.mjpeg"
    file = io.BytesIO()
    before_the_camera(cards.national_card(demo.people[20])).save(file, "JPEG", quality=92)
    path.write_bytes(file.getvalue() * 10)
    return path


@pytest.fixture(scope="module")
def open_day(demo: Demo) -> None:
    """Somebody may come."""
    demo.camera.hold(None)
    demo.table_camera.hold(None)


@pytest.fixture
def tablets(demo: Demo, film: Path, chromium: Any) -> Iterator[Callable[..., Watched]]:
    """Browsers with a camera: `tablets(TABLET)`; with `host` under another name than this machine's own."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    camera = [
        "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}",
        f"--host-resolver-rules=MAP {INSECURE} 127.0.0.1",
    ]  # fmt: skip
    browser = chromium.browser_type.launch(executable_path=path, args=[*FLAGS, *camera])

    def take(size: tuple[int, int], *, host: str = "127.0.0.1", allowed: bool = True, **options: Any) -> Watched:
        permissions = ["camera"] if allowed else []
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, permissions=permissions, **options
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.add_init_script(SOUNDS)
        watched = Watched(context, page, demo.url.replace("127.0.0.1", host))
        page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        return watched

    yield take
    browser.close()


def test_a_card_before_the_tablets_camera_is_read_and_opens_its_holder(
    demo: Demo, film: Path, tablets: Callable[..., Watched]
) -> None:
    person = demo.people[20]
    tablet = tablets(TABLET, has_touch=True)
    tablet.sign_in("volunteer")
    page = tablet.go("/desk/desk-1")
    page.get_by_role("link", name=say("frames.link"), exact=True).click()
    expect(page.locator("#finder video")).to_be_visible()
    expect(page.get_by_text(masked_name(person.identity.name))).to_be_visible()
    expect(page.locator("#hint")).to_have_text(say("frames.hint.held"))
    assert person.identity.name not in page.content()
    assert person.identity.number not in page.content()
    assert [sound.rsplit("/", 1)[1] for sound in page.evaluate("played")] == ["read.wav"]
    tablet.check()
    page.get_by_role("button", name=say("frames.open")).click()
    expect(page.get_by_text(person.identity.name)).to_be_visible()
    assert person.identity.number not in page.url


def test_a_hidden_page_lets_the_camera_go(tablets: Callable[..., Watched]) -> None:
    tablet = tablets(PHONE)
    tablet.sign_in("volunteer")
    page = tablet.go("/frames/desk-1")
    expect(page.locator("#finder video")).to_be_visible()
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'));"
    )
    expect(page.locator("#finder")).to_be_hidden()
    assert page.evaluate("document.querySelector('video').srcObject") is None
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'));")
    expect(page.locator("#finder video")).to_be_visible()


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"host": INSECURE}, "frames.camera.insecure"),
        ({"allowed": False}, "frames.camera.denied"),
        ({"java_script_enabled": False}, None),
    ],
    ids=["without https", "without leave", "without scripts"],
)
def test_a_photo_does_what_the_camera_may_not(
    demo: Demo, tablets: Callable[..., Watched], how: dict[str, Any], sentence: str | None
) -> None:
    person = demo.people[21]
    file = io.BytesIO()
    before_the_camera(cards.national_card(person)).resize((4000, 2250)).save(file, "JPEG", quality=90)
    phone = tablets(PHONE, **how)
    phone.sign_in("volunteer")
    page = phone.go("/frames/desk-1")
    if sentence:
        expect(page.get_by_text(say(sentence))).to_be_visible()
        phone.check()
    page.locator("#frame").set_input_files(
        {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    if sentence is None:
        page.get_by_role("button", name=say("frames.photo.send")).click()
    expect(page.get_by_text(masked_name(person.identity.name))).to_be_visible()


def test_where_nobody_decodes_the_page_says_so(demo: Demo, tablets: Callable[..., Watched]) -> None:
    tablet = tablets(TABLET)
    tablet.sign_in("volunteer")
    demo.agent.stop()
    demo.table_agent.stop()
    try:
        page = tablet.go("/frames/desk-1")
        expect(page.locator("#hint")).to_have_text(say("frames.hint.no_agent"), timeout=40_000)
        tablet.check()
    finally:
        demo.agent.start()
        demo.table_agent.start()
    expect(page.locator("#hint")).to_have_text(say("frames.hint.held"), timeout=40_000)
