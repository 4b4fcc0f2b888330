"""Templates: no way around the escaping, no script and no style in them, partials that stand alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import kiosk

FOLDERS = (Path(kiosk.__file__).parent / "templates", Path(kiosk.__file__).parent / "demo" / "templates")
TEMPLATES = sorted(path for folder in FOLDERS for path in folder.rglob("*.html"))
PARTIALS = [path for path in TEMPLATES if "partials" in path.parts]
# Part of a form that the page around it opens.
WITHIN_A_FORM = {"people_list.html"}
# The scale of a zone's seats: on the page that will show capacity.
VOID = {"input", "img", "br", "hr", "meta", "link", "source", "use"}


def name(path: Path) -> str:
    """As it is called in a failing test."""
    return str(path.relative_to(Path(kiosk.__file__).parent))


def html(path: Path) -> str:
    """A template without what Jinja replaces; of two branches the first."""
    text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.S)
    inner = re.compile(r"{%-?\s*if\b(?:(?!{%-?\s*(?:if|endif)\b).)*?{%-?\s*endif\s*-?%}", re.S)
    while found := inner.search(text):
        branch = re.sub(r"^{%.*?%}", "", found[0], count=1, flags=re.S)
        first = re.split(r"{%-?\s*(?:else|elif|endif)\b.*?%}", branch, maxsplit=1, flags=re.S)[0]
        text = text[: found.start()] + first + text[found.end() :]
    return re.sub(r"{[{%].*?[%}]}", "", text, flags=re.S)


class Roots(HTMLParser):
    """The elements at the top."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.depth = 0
        self.ids: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.ids.append(dict(attrs).get("id"))
        self.depth += tag not in VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.ids.append(dict(attrs).get("id"))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in VOID


class Controls(HTMLParser):
    """Buttons outside a form, forms without an action, links without an address."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms = 0
        self.wrong: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "form":
            self.forms += 1
            if not facts.get("method") or "action" not in facts:
                self.wrong.append("a form without method or action")
        inside = self.forms or facts.get("type") == "hidden" or "form" in facts
        if tag in ("button", "input", "select", "textarea") and not inside:
            self.wrong.append(f"<{tag}> outside a form")
        if tag == "a" and "href" not in facts:
            self.wrong.append("a link without href")

    def handle_endtag(self, tag: str) -> None:
        self.forms -= tag == "form"


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_goes_around_the_escaping_and_the_content_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", text)
    assert not re.search(r"\sstyle\s*=", text), "styles stand in the style sheets"
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "behaviour stands in the scripts"
    assert not re.search(r"\shx-on", text)
    assert not re.search(r"<script\b(?![^>]*\bsrc=)", text)
    assert "javascript:" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    assert not re.search(r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PARTIALS, ids=name)
def test_a_partial_says_what_it_needs_and_has_one_root_of_its_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("{# "), "the first line says what it needs"
    assert "{% extends" not in text
    roots = Roots(html(path))
    assert roots.depth == 0, "every element is closed"
    assert roots.ids == [path.stem.replace("_", "-")]


@pytest.mark.parametrize("path", PARTIALS, ids=name)
def test_a_partial_that_asks_again_asks_for_itself(path: Path) -> None:
    root = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.S)
    for element in re.findall(r"<\w+\b[^>]*\bhx-get=[^>]*>", root):
        if "hx-trigger" in element:
            assert 'hx-target="this"' in element


def with_forms(text: str) -> str:
    """The template with its calls of form macros as forms; a call may stand within another."""
    within: list[str] = []

    def put(found: re.Match[str]) -> str:
        if found[1] == "endcall":
            return within.pop()
        is_form = re.match(r"(?:\w+\.)?(?:\w*form|act)\(", found[2])
        within.append("</form>" if is_form else "")
        return "<form method=post action=x>" if is_form else ""

    return re.sub(r"{%-?\s*(endcall|call)\s*(.*?)%}", put, text, flags=re.S)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_control_works_without_scripts(path: Path) -> None:
    text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.S)
    text = with_forms(text)
    if ("components" in path.parts and "<form" not in text) or path.name in WITHIN_A_FORM:
        text = f"<form method=post action=x>{text}</form>"  # its caller stands in one
    text = re.sub(r"{{\s*(?:\w+\.)?button\(.*?}}", "<button></button>", text, flags=re.S)
    assert Controls(re.sub(r"{[{%].*?[%}]}", "", text, flags=re.S)).wrong == []


def test_every_template_is_used() -> None:
    python = "".join(path.read_text(encoding="utf-8") for path in Path(kiosk.__file__).parent.rglob("*.py"))
    said = python + "".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    dynamic = ("partials/kiosk/", "partials/desk/", "partials/lead/")
    for path in TEMPLATES:
        folder = next(folder for folder in FOLDERS if folder in path.parents)
        short = str(path.relative_to(folder))
        assert f'"{short}"' in said or short.startswith(dynamic) or f'"{path.stem}"' in python, short
