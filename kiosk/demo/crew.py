"""The people who work at the invented site: each has a browser without JavaScript, signs in, and uses the pages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Self, TypeVar

import requests

from kiosk import protocols, wording
from kiosk.demo.commune import Invented
from kiosk.demo.site import STAFF
from kiosk.demo.visitor import Form, Visitor
from kiosk.rules.person import masked_name

PATIENCE = 20.0
KIOSK = "/kiosk/kiosk-1"
NUMBER = re.compile(r"\b([A-Z] \d{3,4})\b")
LAST_QUESTION = re.compile(r"Câu (\d)/\1\b")
VISIT = re.compile(r"/visit/([0-9a-f-]{36})/")

T = TypeVar("T")


class Failed(Exception):
    """A step did not see what it must see."""


def until(what: str, look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """Looks again until something is seen. Raises Failed naming what was awaited."""
    end = time.monotonic() + seconds
    while True:
        try:
            seen = look()
        except (requests.RequestException, LookupError):
            seen = None
        if seen:
            return seen
        if time.monotonic() > end:
            raise Failed(f"never saw {what}")
        time.sleep(0.1)


class Worker(Visitor):
    """Somebody of the staff, signed in, at one page; `code` pairs their tablet, where a site wants that."""

    def __init__(self, base: str, badge: str, path: str, code: str = "") -> None:
        super().__init__(base)
        if code:
            self.open("/pair")
            self.do("/pair", code=code)
        self.path = path
        member = next(member for member in STAFF if member.badge == badge)
        self.open("/sign-in")
        self.do("/sign-in", who=member.badge, pin=member.pin)
        self.look()

    def look(self) -> Self:
        """The page as it is now."""
        self.open(self.path)
        return self

    def do(self, action: str, **more: str | list[str]) -> Self:
        """Sends a form of the page. Raises Failed when it is refused, LookupError when it is not there."""
        self.send(action, **more)
        if self.status != 200:
            raise Failed(f"{action} was refused ({self.status}): {self.text[:400]}")
        return self


class Kiosk(Visitor):
    """Whoever stands at the kiosk."""

    def __init__(self, base: str, code: str, path: str = KIOSK) -> None:
        super().__init__(base)
        self.path = path
        self.open(path).send("/pair", code=code)

    def meet(self, name: str) -> None:
        """Waits until the kiosk greets the person whose card is held to it. Raises Failed when it does not."""
        masked = masked_name(name)
        until(f"{masked} on the kiosk", lambda: masked in self.open(self.path).text)

    def reach_last_question(self) -> Form:
        """That is me, and nothing to declare up to the last question: its form, not yet sent."""
        self.send("/answers")
        while not LAST_QUESTION.search(self.text):
            self.send("/answers", none="yes")
        return self.find("/answers")

    def answer(self, before_each: Callable[[], None] = lambda: None) -> Form:
        """That is me, and nothing to declare; returns the last form, as it was sent."""
        self.send("/answers")
        while any("/answers" in form.action for form in self.forms):
            last = self.find("/answers")
            before_each()
            self.send("/answers", none="yes")
        return last

    @property
    def number(self) -> str:
        """The number on the screen. Raises Failed when there is none."""
        found = NUMBER.search(self.text)
        if not found:
            raise Failed(f"no number on the screen: {self.text[:200]}")
        return found[1]

    def leave(self) -> None:
        """The screen is the next person's."""
        self.send("/done")


class Lead(Worker):
    """The site lead."""

    def __init__(self, base: str, code: str = "") -> None:
        super().__init__(base, "TRUONG1", "/lead", code)

    def open_day(self, half: str = "morning") -> None:
        """Opens it."""
        self.look().do("/lead/open", half=half)

    def figure(self, name: str) -> int:
        """The number under one of the page's titles: `given`, `acknowledged`, … Raises Failed without it."""
        title = wording.say(f"lead.{name}", "vi")
        found = re.search(rf"{re.escape(title)} (\d+)", self.look().text)
        if not found:
            raise Failed(f"the lead page has no {title!r}: {self.text[:400]}")
        return int(found[1])

    def close_day(self) -> None:
        """Closes it while nobody is here and nothing is unsettled. Raises Failed otherwise."""
        self.look().do("/lead/close")
        self.find("/lead/open")


class Reception(Worker):
    """The volunteer at the desk."""

    def __init__(self, base: str, code: str = "") -> None:
        super().__init__(base, "TN1", "/desk/desk-1", code)

    def check_in(self, person: Invented) -> None:
        """A number for somebody of the list who has no card with them."""
        identity = person.identity
        self.look().do("/find", words=identity.name, born_year=str(identity.born_year))
        self.do("/open/")
        self.do("/check-in", **_well())

    def walk_in(self, person: Invented, approval: str) -> None:
        """A number for somebody who is on no list."""
        identity = person.identity
        form = self.open(f"{self.path}/walk-in").find("/walk-in")
        self.send(
            "/walk-in", name=identity.name, birth=f"{identity.born_on:%d/%m/%Y}", sex=identity.sex.value,
            number=identity.number, address=identity.address, approval=approval,
            approver=next(filter(None, form.options["approver"])), **_well(),
        )  # fmt: skip
        if self.status != 200:
            raise Failed(f"the walk-in was refused: {self.text[:400]}")


class Table(Worker):
    """Doctor, nurse or volunteer at a table that calls people."""

    def __init__(self, base: str, badge: str, station: str, code: str = "") -> None:
        super().__init__(base, badge, f"/table/{station}", code)

    def call(self) -> str | None:
        """Calls whoever waits longest, and they come; the id of their visit, None when nobody waits."""
        if any("/call" in form.action for form in self.look().forms):
            self.do("/call")
        if not any("/receive" in form.action for form in self.forms):
            return None
        self.do("/receive")
        return self.visit

    @property
    def visit(self) -> str:
        """Whose forms the page shows. Raises Failed when it shows nobody's."""
        found = next((found for form in self.forms if (found := VISIT.search(form.action))), None)
        if found is None:
            raise Failed(f"nobody is at {self.path}: {self.text[:400]}")
        return found[1]

    def screen(self, conclusion: str = "cleared", temperature: str = "36,8", ticked: str = "") -> None:
        """The doctor's form; `ticked`: an item answered with yes, else none is."""
        answers = {"items": ticked} if ticked else {"none": "yes"}
        self.do("/screening", temperature=temperature, conclusion=conclusion, **answers)

    def open_vial(self) -> None:
        """A vial of the lot that expires first, of those that are at the site. Raises Failed when there is none."""
        form = next((form for form in self.look().forms if form.action.endswith("/vial")), None)
        if form is None or self.submit(form).status != 200:
            raise Failed(f"no vial was opened: {self.text[:400]}")

    def ask_who(self) -> None:
        """The person says themselves who they are."""
        self.do("/identity/spoken", spoken=[each.code for each in protocols.identity().spoken if each.required])

    def give(self, arm: str = "left") -> None:
        """The dose, out of another vial when this one has none left."""
        if not any("/dose" in form.action for form in self.forms):
            self.open_vial()
        self.do("/dose", arm=arm)

    def leave_out(self, reason: str) -> None:
        """No injection today."""
        self.do("/skip", reason=reason)

    def discharge(self, seen: str) -> None:
        """Home; `seen` is what they say of their app, where they have had a dose."""
        form = self.find("/departure")
        self.do("/departure", seen=form.fields.get("seen", seen))


class Observer(Worker):
    """In the observation room."""

    def __init__(self, base: str, code: str = "") -> None:
        super().__init__(base, "TD1", "/observation/observation-1", code)

    def release(self, visit: str) -> bool:
        """Lets somebody go on, without a reason; False when it is too early for that."""
        release = f"/visit/{visit}/release"
        if not any(release in form.action for form in self.look().forms):
            self.open(f"{self.path}?early={visit}")
        return self.send(release).status == 200

    def release_all(self) -> int:
        """Lets everybody go whose time is over; how many."""
        due = [form for form in self.look().forms if form.action.endswith("/release")]
        for form in due:
            if self.submit(form).status != 200:
                raise Failed(f"not released: {self.text[:400]}")
        return len(due)


def _well() -> dict[str, str]:
    """A health declaration of somebody who has nothing to declare."""
    return {f"none-{group.code}": "yes" for group in protocols.declaration().groups}
