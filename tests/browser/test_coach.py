"""The start page beside a real agent and camera: what to do is said, a reading is seen and heard, and both can fail."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from kiosk import wording
from kiosk.demo import cards
from kiosk.demo.program import Demo
from tests.browser.conftest import KIOSK, PHONE

# Of the frame: there is one pixel to a module, which nobody reads.
FAR = 0.22
PATIENCE = 20_000
# When the page had turned green and when the sound began (milliseconds since 1970), and what it said then: the next
# screen may come before anybody looks.
WATCH = """() => {
  window.seen = {};
  const live = document.querySelector(".live");
  const note = (name) => { window.seen[name] ??= performance.timeOrigin + performance.now(); };
  new MutationObserver(() => {
    if (!live.classList.contains("read")) return;
    note("green");
    window.seen.said ??= [...live.querySelectorAll("[data-advice]:not([hidden])")].map((one) => one.innerText.trim());
  }).observe(live, { attributes: true });
  const play = HTMLAudioElement.prototype.play;
  HTMLAudioElement.prototype.play = function () {
    note("sound");
    return play.call(this);
  };
}"""


def far_away(picture: Image.Image, share: float) -> Image.Image:
    """The same with so much air around it that it fills this share of the frame."""
    wide, high = (round(side / share) for side in picture.size)
    held = Image.new("RGBA", (wide, high))
    held.paste(picture, ((wide - picture.width) // 2, (high - picture.height) // 2))
    return held


def line(page: Page, language: str, code: str) -> Any:
    """The line under the picture, with these words alone."""
    return expect(page.locator(".coaching p:visible")).to_have_text(wording.say(code, language), timeout=PATIENCE)


def read_at(demo: Demo) -> float:
    """When the agent read its newest code, by its own log: milliseconds since 1970."""
    read = [line for line in demo.agent.log.read_text().splitlines() if '"code.read' in line]
    return datetime.fromisoformat(json.loads(read[-1])["timestamp"]).timestamp() * 1000


@pytest.fixture
def start(demo: Demo, visitor: Any) -> Any:
    """Opens the start screen of a given size, with its picture."""

    def open_at(size: tuple[int, int]) -> Any:
        demo.camera.hold(None)
        kiosk = visitor(size)
        kiosk.pair(demo)
        expect(kiosk.page.locator(".live img")).to_be_visible(timeout=2 * PATIENCE)
        return kiosk

    yield open_at
    demo.camera.hold(None)


@pytest.mark.parametrize("size", [KIOSK, PHONE])
def test_a_card_far_away_is_asked_nearer_in_the_language_of_the_page(demo: Demo, start: Any, size: Any) -> None:
    kiosk = start(size)
    page = kiosk.page
    line(page, "vi", "kiosk.start.coaching")
    demo.camera.hold(far_away(cards.national_card(demo.people[4]), FAR))
    line(page, "vi", "kiosk.advice.nearer")
    expect(page.get_by_role("status").filter(has=page.locator("[data-advice]"))).to_be_visible()
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    line(page, "en", "kiosk.advice.nearer")
    kiosk.check(scrolls=size == PHONE)
    demo.camera.hold(None)
    line(page, "en", "kiosk.start.coaching")


def test_a_reading_turns_the_picture_green_and_is_heard_once(
    demo: Demo, start: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kiosk = start(KIOSK)
    page = kiosk.page
    page.evaluate(WATCH)
    demo.camera.hold(cards.national_card(demo.people[5]))
    # The screen that says what was read comes next, and does not sound a second time.
    expect(page.locator("#unknown-code, #person")).to_be_visible(timeout=PATIENCE)
    demo.camera.hold(None)
    seen = page.evaluate("window.seen")
    assert seen.keys() == {"green", "sound", "said"}
    assert seen["said"] == [wording.say("kiosk.advice.read")]
    with capsys.disabled():
        print(f"\nfrom the decoded code: green after {seen['green'] - read_at(demo):.0f} ms, ", end="")
        print(f"sound {seen['sound'] - seen['green']:.1f} ms later")
    kiosk.check(scrolls=False)
    page.locator("form[action$='/drop'] button").click()
    expect(page.locator(".live img")).to_be_visible(timeout=PATIENCE)


def test_without_the_agent_the_pages_own_sentence_stays(demo: Demo, start: Any) -> None:
    kiosk = start(KIOSK)
    page = kiosk.page
    demo.camera.hold(far_away(cards.national_card(demo.people[4]), FAR))
    line(page, "vi", "kiosk.advice.nearer")
    demo.agent.kill()
    line(page, "vi", "kiosk.start.coaching")
    demo.camera.hold(None)
    demo.agent.start()
    # Nobody touches the page: it finds its agent again, or is loaded anew when the hub has missed it for too long.
    demo.camera.hold(far_away(cards.national_card(demo.people[4]), FAR))
    expect(page.locator(".coaching p:visible")).to_have_text(wording.say("kiosk.advice.nearer"), timeout=2 * PATIENCE)
    assert not [each for each in kiosk.complaints if "net::" not in each], "only the browser's own word of the loss"
