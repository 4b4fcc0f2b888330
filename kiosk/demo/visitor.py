"""A visitor without JavaScript: reads pages, finds forms and sends them as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


@dataclass
class Form:
    """A form as the page offers it: its fields' values, what may be chosen from, and the buttons that send it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._chosen_in = ""
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        self._silent += tag in ("script", "style", "title")
        if tag == "form":
            self._form = Form(facts.get("action", ""))
            self.forms.append(self._form)
        elif self._form is not None and tag == "input" and facts.get("type") not in ("checkbox", "radio"):
            self._form.fields[facts.get("name", "")] = facts.get("value", "")
        elif self._form is not None and tag == "input" and "checked" in facts:
            self._form.fields[facts["name"]] = facts.get("value", "on")
        elif self._form is not None and tag == "button":
            self._form.buttons.append(facts)
        elif self._form is not None and tag == "select":
            self._chosen_in = facts.get("name", "")
        elif self._form is not None and tag == "option":
            self._form.options.setdefault(self._chosen_in, []).append(facts.get("value", ""))
            if self._chosen_in not in self._form.fields or "selected" in facts:
                self._form.fields[self._chosen_in] = facts.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "title")
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(" ".join(data.split()))


class Visitor:
    """One browser: its cookies, the page it is on, and how often it has tapped."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session = requests.Session()
        self.url = base
        self.status = 0
        self.forms: list[Form] = []
        self.text = self.html = ""
        self.taps = 0

    def open(self, path: str) -> Visitor:
        """Goes to a page. Raises requests.RequestException when the hub is away."""
        return self._read(self._session.get(urljoin(self._base, path), timeout=10))

    def find(self, action: str) -> Form:
        """The first form whose action contains `action`. Raises LookupError saying what the page offers."""
        for form in self.forms:
            if action in form.action:
                return form
        raise LookupError(f"no form {action!r} on {self.url}: {[form.action for form in self.forms]}")

    def send(self, action: str, **more: str | list[str]) -> Visitor:
        """Taps a form's button; `more` fills its fields in."""
        form = self.find(action)
        self.taps += 1
        return self.submit(form, **more)

    def submit(self, form: Form, **more: str | list[str]) -> Visitor:
        """Sends a form as it was read, the same key included: sending it twice is a second tap."""
        where, whence = urljoin(self.url, form.action), {"Referer": self.url}  # over https a form says where it stood
        answer = self._session.post(where, data=form.fields | more, headers=whence, timeout=10)
        return self._read(answer)

    def _read(self, answer: requests.Response) -> Visitor:
        reader = _Reader()
        reader.feed(answer.text)
        self.url, self.status = answer.url, answer.status_code
        self.forms, self.text, self.html = reader.forms, " ".join(reader.words), answer.text
        return self
