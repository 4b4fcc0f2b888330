"""What the platform's answer means: may the same be sent again, must everything wait, or must a human look?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from kiosk.upstream.line import Said

# The closed set of reasons; each is worded for people as upstream.reason.<code>.
REASONS = frozenset(
    {
        "unreachable",  # no connection, or it broke
        "timeout",  # no whole answer in time
        "tls",  # the server's certificate was not accepted, or this machine's clock is wrong
        "incomplete",  # the answer broke off, or had no end
        "login_page",  # a page or a redirect instead of the platform: this network wants a sign-in
        "not_fhir",  # something else answers at this address
        "unauthorised",  # our token is not accepted
        "forbidden",  # our token is known and may not do this
        "busy",  # the platform asks to wait
        "server_error",  # the platform has an error of its own
        "refused",  # the platform does not take this message
        "forgotten",  # the platform said yes and has no such dose
        "doubled",  # the platform holds the dose or the person twice
        "differs",  # the platform holds another dose under this name
        "other_person",  # the platform has filed the dose under somebody else
        "changed",  # somebody changed the record on the platform between our look and our change
        "stands",  # the platform said yes to a void, and the dose still stands
        "invalid",  # no valid FHIR can be made of this message
    }
)
LONGEST_WAIT_SECONDS = 3600.0
FHIR_TYPES = {"application/fhir+json", "application/json"}
PAGE_TYPES = {"text/html", "application/xhtml+xml"}


@dataclass(frozen=True)
class Acknowledged:
    """The platform has exactly this dose: it was read back. `remote_id` like "Immunization/123"."""

    remote_id: str
    version: str
    server: str
    read_back_sha256: str


@dataclass(frozen=True)
class Later:
    """Not now. `link`: the line or the whole platform is the trouble and everything waits; else this message is."""

    reason: str
    link: bool
    wait_seconds: float | None = None


@dataclass(frozen=True)
class NeedsHuman:
    """Sending it again cannot help."""

    reason: str


Answer = Acknowledged | Later | NeedsHuman
Trouble = Later | NeedsHuman


def verdict(status: int, wait_seconds: float | None = None) -> Trouble | None:
    """What an HTTP status means, of an answer or of one entry in it; None for a success."""
    if status in (200, 201):
        return None
    if status == 412:
        return NeedsHuman("doubled")
    if status in (400, 413, 422):
        return Later("refused", link=False)
    return Later(_link_reason(status), link=True, wait_seconds=wait_seconds)


def _link_reason(status: int) -> str:
    named = {401: "unauthorised", 403: "forbidden", 429: "busy", 503: "busy", 511: "login_page"}
    if status in named:
        return named[status]
    if 300 <= status < 400:
        return "login_page"
    # 409 and 425: two writers met; the same may be said again.
    return "server_error" if status >= 500 or status in (408, 409, 425) else "not_fhir"


def read(said: Said, bundle_type: str) -> dict[str, Any] | Trouble:
    """The bundle that was said, or why there is none."""
    content = read_one(said, "Bundle")
    if isinstance(content, dict) and content.get("type") != bundle_type:
        return Later("not_fhir", link=True)
    return content


def read_one(said: Said, kind: str) -> dict[str, Any] | Trouble:
    """The resource of this kind that was said, or why there is none."""
    content = _resource(said)
    trouble = verdict(said.status, wait_seconds(said.headers))
    if trouble is not None:
        # What a proxy or a portal says about a message is not the platform's word on it. It may well say "too large".
        of_a_stranger = content is None and said.status in (400, 412, 422)
        return _stranger(said) if of_a_stranger else trouble
    if content is None:
        return _stranger(said)
    if content.get("resourceType") != kind:
        return Later("not_fhir", link=True)
    return content


def is_unknown(said: Said) -> bool:
    """The platform itself, and no proxy before it, says that there is no such thing."""
    return said.status in (404, 410) and _resource(said) is not None


def change_trouble(said: Said, kind: str) -> Trouble | None:
    """What the answer to the change of one resource means; None for a yes, which is still to be read back.

    A platform that takes doses and lets nobody change them is no trouble of the line: only this message's.
    """
    if _resource(said) is not None:
        if said.status in (409, 412):
            return Later("changed", link=False)
        if said.status in (403, 405, 428, 501):
            return Later("refused", link=False)
        if said.status in (404, 410):
            return Later("forgotten", link=False)
    answer = read_one(said, kind)
    return None if isinstance(answer, dict) else answer


def entries_trouble(answer: Mapping[str, Any], sent: int, wait: float | None) -> Trouble | None:
    """What the entries of a transaction's answer add up to; None when every one of them succeeded."""
    entries = answer.get("entry")
    statuses = [_entry_status(entry) for entry in entries] if isinstance(entries, list) else []
    if len(statuses) != sent or None in statuses:
        return Later("not_fhir", link=True)
    return _worst(verdict(status, wait) for status in statuses if status is not None)


def wait_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the server asks to wait, by `Retry-After` or by an exhausted `RateLimit`; at most an hour."""
    asked = headers.get("retry-after", "").strip()
    seconds: float | None = None
    if re.fullmatch(r"[0-9]{1,9}", asked):
        seconds = float(asked)
    elif asked:
        seconds = _until(asked, headers.get("date", ""))
    elif match := re.search(r"\br=0\b.*?\bt=([0-9]{1,9})\b", headers.get("ratelimit", "")):
        seconds = float(match[1])
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


def _until(then: str, now: str) -> float | None:
    # By the server's own clock: ours may be wrong.
    try:
        return (parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds()
    except (ValueError, TypeError):
        return None


def _resource(said: Said) -> dict[str, Any] | None:
    if _media_type(said) not in FHIR_TYPES:
        return None
    try:
        content = json.loads(said.body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and isinstance(content.get("resourceType"), str) else None


def _stranger(said: Said) -> Later:
    return Later("login_page" if _media_type(said) in PAGE_TYPES else "not_fhir", link=True)


def _media_type(said: Said) -> str:
    return said.headers.get("content-type", "").partition(";")[0].strip().lower()


def _entry_status(entry: Any) -> int | None:
    response = entry.get("response") if isinstance(entry, dict) else None
    status = response.get("status") if isinstance(response, dict) else None
    match = re.match(r"[1-5][0-9]{2}\b", status) if isinstance(status, str) else None
    return int(match[0]) if match else None


def _worst(troubles: Iterable[Trouble | None]) -> Trouble | None:
    """A platform that takes nothing comes before doubles, and doubles before a refusal."""
    found = [trouble for trouble in troubles if trouble is not None]
    return min(found, key=_rank, default=None)


def _rank(trouble: Trouble) -> int:
    if isinstance(trouble, NeedsHuman):
        return 1
    return 0 if trouble.link else 2
