"""Takes out of texts and settings what is nobody else's: numbers of people, phones, passwords, tokens, names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

HIDDEN = "•••"
# Identity numbers have 9 or 12 digits, phones 10, insurance numbers 10 or 13, groups of them are spaced or dotted.
NUMBER = re.compile(r"(?<![\w.])(?:\d[ .-]?){8,}\d(?!\w)")
# What a person could not type: keys, hashes, session and pairing tokens. A UUID tells nothing and helps to follow.
TOKEN = re.compile(r"(?<![\w-])(?![0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-]))[\w+/=-]{24,}(?![\w-])")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Addresses within a site help whoever looks for a fault.
LOCAL_ADDRESS = re.compile(
    r"(?<![\d.])(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.(?:0|[1-9]\d{0,2})){2,3}(?![\d.]\d)"
)
PASSWORD_IN_URL = re.compile(r"(?<=://)[^/\s@]+(?=@)")
SECRET = re.compile(r"password|passphrase|passwd|secret|token|psk|\bpin\b|key", re.IGNORECASE)
SPOKEN_SECRET = re.compile(rf"((?:{SECRET.pattern})\w*\s*[=:]\s*)(\"[^\"]*\"|\S+)", re.IGNORECASE)


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

    text = LOCAL_ADDRESS.sub(keep, UUID.sub(keep, text.replace("\x00", "")))
    text = PASSWORD_IN_URL.sub(HIDDEN, text)
    text = SPOKEN_SECRET.sub(rf"\1{HIDDEN}", text)
    text = NUMBER.sub(HIDDEN, TOKEN.sub(HIDDEN, text))
    return re.sub("\x00(\\d+)\x00", lambda found: kept[int(found[1])], text)


def masked_lines(lines: Iterable[str], names: Collection[str]) -> Iterator[str]:
    """A log, masked; a line that holds one of these names is left out whole, and said to be. `names`: of people."""
    known = {name.casefold() for name in names if len(name) > 1}
    spoken = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in known)) if known else None
    for line in lines:
        yield HIDDEN if spoken and spoken.search(line.casefold()) else masked_text(line)
