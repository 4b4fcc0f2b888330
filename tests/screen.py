"""What a person can do with a page: read it, and press what it offers. Forms are sent as the page wrote them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass
class Form:
    """One form: where it goes, its fields, and its buttons (words, name, value)."""

    action: str
    method: str
    id: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    boxes: dict[str, tuple[str, str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.inside: Form | None = None
        self.button: tuple[str, str, list[str]] | None = None
        self.box: tuple[str, str] | None = None
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        self.silent += tag in ("script", "style")
        if tag == "form":
            self.inside = Form(facts.get("action", ""), facts.get("method", "get"), facts.get("id", ""))
            self.forms.append(self.inside)
        elif self.inside and tag == "input":
            if facts.get("type") in ("checkbox", "radio"):
                self.box = (facts["name"], facts.get("value", "on"))
                if "checked" in facts:
                    self.inside.fields.append(self.box)
            else:
                self.inside.fields.append((facts.get("name", ""), facts.get("value", "")))
        elif tag == "button" and "form" in facts:
            self.inside = next(form for form in self.forms if form.id == facts["form"])
            self.button = (facts.get("name", ""), facts.get("value", ""), [])
        elif self.inside and tag == "button":
            self.button = (facts.get("name", ""), facts.get("value", ""), [])

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")
        if tag == "form":
            self.inside = None
        elif tag == "label":
            self.box = None
        elif tag == "button" and self.inside and self.button:
            name, value, words = self.button
            self.inside.buttons.append((" ".join(words), name, value))
            self.button = None

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if not words or self.silent:
            return
        self.text.append(words)
        if self.button:
            self.button[2].append(words)
        elif self.box and self.inside:
            self.inside.boxes[words] = self.box


class Screen:
    """A page that somebody sees."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.html = response.get_data(as_text=True)
        self.address = response.request.path
        reader = _Reader()
        reader.feed(self.html)
        self.text = " ".join(reader.text)
        self.forms = reader.forms


class Browser:
    """A browser in somebody's hands. `taps` counts what they pressed."""

    def __init__(self, client: FlaskClient, cookie: str = "", token: str = "") -> None:
        self.client = client
        self.taps = 0
        if token:
            client.set_cookie(cookie, token)

    def open(self, path: str, **how: Any) -> Screen:
        """Goes to an address and follows where it leads."""
        return Screen(self.client.get(path, follow_redirects=True, **how))

    def tick(self, screen: Screen, words: str) -> None:
        """Ticks the box with these words."""
        self.taps += 1
        form = next(form for form in screen.forms if words in form.boxes)
        form.fields.append(form.boxes[words])

    def tap(self, screen: Screen, words: str, *, htmx: bool = False, follow: bool = True) -> Screen:
        """Presses the button with these words."""
        self.taps += 1
        form, name, value = next(
            (form, name, value) for form in screen.forms for said, name, value in form.buttons if said == words
        )
        sent: dict[str, list[str]] = {}
        for field_name, field_value in [*form.fields, *([(name, value)] if name else [])]:
            sent.setdefault(field_name, []).append(field_value)
        headers = {"HX-Request": "true"} if htmx else {}
        assert form.method == "post", "what acts is a POST"
        return Screen(self.client.post(form.action, data=sent, headers=headers, follow_redirects=follow))
