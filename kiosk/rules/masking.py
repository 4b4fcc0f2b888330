"""Takes out of texts and settings what is nobody else's: numbers of people, phones, passwords, tokens, names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

HIDDEN = "•••"
# Identity numbers have 9 or 12 digits, phones 10, insurance numbers 10 or 13, groups of them are spaced or dotted.
NUMBER = re.compile(r"(?<!\d)(?:\d[ .-]?){8,}\d(?!\d)")
# What a person could not type: keys, hashes, session tokens. A UUID tells nothing and helps to follow.
TOKEN = re.compile(r"(?<![\w-])(?![0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-]))[\w+/=-]{24,}(?![\w-])")
# What devices join by and agents show (`site.new_token`).
PAIRING = re.compile(r"(?<![^\W_])[^\W_]{4}(?:-[^\W_]{4}){3}(?![^\W_])")
BEARER = re.compile(r"(\b(?:bearer|basic)\s+)[^\s\"',]+", re.IGNORECASE)
UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])")
# Its digits would else be a number of somebody's.
TIME = re.compile(r"(?<!\d)20\d\d-[01]\d-[0-3]\d[ T][0-2]\d:[0-5]\d(?!\d)")
# Addresses within a site help whoever looks for a fault.
LOCAL_ADDRESS = re.compile(
    r"(?<![\d.])(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.(?:0|[1-9]\d{0,2})){2,3}(?![\d.]\d)"
)
PASSWORD_IN_URL = re.compile(r"(?<=://)[^/\s@]+(?=@)")
SECRET = re.compile(r"password|passphrase|passwd|secret|token|psk|\bpin\b|key", re.IGNORECASE)
# `token=x`, `PIN: x`, and as JSON or Python write it: `"token": "x"`.
SPOKEN_SECRET = re.compile(
    rf"""((?:{SECRET.pattern})\w*["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,}}]+)""", re.IGNORECASE
)
WORD = re.compile(r"[^\W_]+")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def masked_settings(settings: Any, name: str = "") -> Any:
    """Settings as JSON without secrets: what is called so, and passwords within addresses."""
    if isinstance(settings, Mapping):
        return {key: masked_settings(value, str(key)) for key, value in settings.items()}
    if isinstance(settings, list | tuple):
        return [masked_settings(each, name) for each in settings]
    if isinstance(settings, str) and settings:
        return HIDDEN if SECRET.search(name) else PASSWORD_IN_URL.sub(HIDDEN, settings)
    return settings


def masked_text(text: str) -> str:
    """A line without numbers of people, passwords and tokens."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\x00{len(kept) - 1}\x00"

    text = text.replace("\x00", "")
    for harmless in (UUID, TIME, LOCAL_ADDRESS):
        text = harmless.sub(keep, text)
    text = PASSWORD_IN_URL.sub(HIDDEN, text)
    text = BEARER.sub(rf"\1{HIDDEN}", SPOKEN_SECRET.sub(rf"\1{HIDDEN}", text))
    for personal in (PAIRING, TOKEN, NUMBER):
        text = personal.sub(HIDDEN, text)
    return re.sub("\x00(\\d+)\x00", lambda found: kept[int(found[1])], text)


def masked_lines(lines: Iterable[str], names: Collection[str]) -> Iterator[str]:
    """A log, masked; a line that holds one of these names is left out whole, and said to be. `names`: of people.

    A line is cut into words once and its runs are looked up, so that 50,000 names cost no more than ten.
    """
    known = {_words(name) for name in names if len(name) > 1} - {()}
    lengths = sorted({len(name) for name in known})
    for line in lines:
        words = _words(line)
        named = any(words[at : at + n] in known for n in lengths for at in range(len(words) - n + 1))
        yield HIDDEN if named else masked_text(line)


def _words(text: str) -> tuple[str, ...]:
    """In small letters, each letter with its marks one sign, as a log may have escaped them."""
    plain = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return tuple(WORD.findall(unicodedata.normalize("NFC", plain).casefold()))
