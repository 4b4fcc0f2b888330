"""One voice for pages, slips and the command line: `say(code, language, **facts)`, in Vietnamese or English.

The words stand in `translations/<language>/<part>.po`; the message id is the code. They are read once.
A code that no catalogue knows is shown as itself and logged, as is a sentence whose fact is missing: neither may stop
a queue.
"""

from __future__ import annotations

import gettext
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("vi", "en")
FOLDER = Path(__file__).parent / "translations"
log = logging.getLogger("kiosk.wording")

Text = str | tuple[str, ...]
Say = Callable[..., str]


@cache
def catalogue(language: str) -> dict[str, Text]:
    """Every sentence of a language by its code; a tuple where the number `n` decides between forms.

    Raises ValueError when a code stands twice.
    """
    words: dict[str, Text] = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if not message.id:
                    continue
                code = message.id if isinstance(message.id, str) else message.id[0]
                if code in words:
                    raise ValueError(f"{code} stands twice in the {language} catalogues ({path.name})")
                words[code] = message.string if isinstance(message.string, str) else tuple(message.string or ())
    return words


@cache
def _form(language: str) -> Callable[[int], int]:
    return gettext.c2py("n != 1" if language == "en" else "0")


def knows(code: str, language: str = "vi") -> bool:
    """Is there a sentence for this code?"""
    return code in catalogue(language)


def say(code: str, language: str = "vi", **facts: object) -> str:
    """The sentence for `code` in `language` with the facts in their places."""
    text = catalogue(language).get(code)
    if text is None:
        log.error("word.missing code=%s language=%s", code, language)
        return code
    if isinstance(text, tuple):
        form = _form(language)(int(str(facts.get("n", 0))))
        text = text[min(form, len(text) - 1)]
    try:
        return text.format(**facts)
    except LookupError:
        log.error("word.fact_missing code=%s language=%s", code, language)
        return text


def speaker(language: str) -> Say:
    """`say` bound to a language, for templates and slips."""

    def bound(code: str, **facts: object) -> str:
        return say(code, language, **facts)

    return bound


def speakers(language: str) -> tuple[Say, Say]:
    """A paper's language, and the other one."""
    return speaker(language), speaker("en" if language == "vi" else "vi")
