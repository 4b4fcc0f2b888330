"""Two ways to work a page: the keyboard alone, and a finger."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import Locator, Page

MOST_TABS = 90
HERE = "element => element === document.activeElement"
SAME_GROUP = """element => {
  const here = document.activeElement;
  return element.type === "radio" && here.type === "radio" && here.name === element.name && here.form === element.form;
}"""
FINGER = 48
CONTROLS = "button, a.button, summary, select, .choice, input:not([type=hidden])"
TOO_SMALL = f"""() => [...document.querySelectorAll("{CONTROLS}")]
  .filter((one) => one.checkVisibility() && !one.closest(".choice input"))
  .map((one) => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
  .filter(([, box]) => box.height > 0 && (box.height < {FINGER} - 0.5 || box.width < {FINGER} - 0.5))
  .map(([html, box]) => [html, box.width, box.height])"""


class Hand(Protocol):
    """`act`: a button that has a shortcut; `press`: any button; `tick`: a box or a radio; `write`: into a field;
    `choose`: out of a list."""

    def act(self, target: Locator) -> None: ...

    def press(self, target: Locator) -> None: ...

    def tick(self, target: Locator) -> None: ...

    def write(self, target: Locator, text: str) -> None: ...

    def choose(self, target: Locator, words: str) -> None: ...


class Keys:
    """The keyboard alone: Tab, arrows, Space, Enter, digits."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._keys = page.keyboard

    def act(self, target: Locator) -> None:
        """By its shortcut; the page must show it."""
        key = target.get_attribute("data-key")
        assert key, f"no shortcut on {target}"
        assert target.locator("kbd").inner_text() == key
        self._keys.press(key)

    def press(self, target: Locator) -> None:
        """Tab to it, Enter."""
        self._reach(target)
        self._keys.press("Enter")

    def tick(self, target: Locator) -> None:
        """Tab to it, Space; within radios the arrows."""
        self._reach(target)
        if not target.is_checked():
            self._keys.press("Space")
        assert target.is_checked()

    def write(self, target: Locator, text: str) -> None:
        """Tab to it and type over what is there."""
        self._reach(target)
        self._keys.press("Control+A")
        self._keys.type(text)

    def choose(self, target: Locator, words: str) -> None:
        """Tab to the list and type the first letters."""
        self._reach(target)
        self._keys.type(words)

    def _reach(self, target: Locator) -> None:
        target.wait_for()
        for _ in range(MOST_TABS):
            if target.evaluate(HERE):
                return
            self._keys.press("ArrowDown" if target.evaluate(SAME_GROUP) else "Tab")
        raise AssertionError(f"no Tab leads to {target}")


class Finger:
    """Touch alone; words are typed on the tablet's own keyboard."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def act(self, target: Locator) -> None:
        """Whether it has a shortcut or not."""
        target.tap()

    def press(self, target: Locator) -> None:
        """One tap."""
        target.tap()

    def tick(self, target: Locator) -> None:
        """One tap."""
        target.tap()
        assert target.is_checked()

    def write(self, target: Locator, text: str) -> None:
        """Tap it, and type over what is there."""
        target.tap()
        self._page.keyboard.press("Control+A")
        self._page.keyboard.type(text)

    def choose(self, target: Locator, words: str) -> None:
        """One tap, and one more on the tablet's own list."""
        target.tap()
        target.select_option(label=target.locator("option", has_text=words).first.inner_text())
        self._page.keyboard.press("Escape")


def too_small(page: Page) -> list[list[object]]:
    """What a finger would miss: controls less than 48 pixels wide or high."""
    found: list[list[object]] = page.evaluate(TOO_SMALL)
    return found
