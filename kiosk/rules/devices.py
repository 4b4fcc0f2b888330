"""How a device joins: by a code that pairs one device once, and by which the hub proves that it made it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from kiosk.rules.codes.ticket import ALPHABET

AGENT, SCREEN = "agent", "screen"
# How long a code that nobody has used can be used.
LIFE = timedelta(hours=24)
GROUPS, GROUP = 4, 4
LONGEST_NAME = 60
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")
# What a browser says of itself, in this order: others carry these words too.
_SYSTEMS = (
    ("Android", "Android"), ("iPad", "iPad"), ("iPhone", "iPhone"), ("CrOS", "Chromebook"), ("Windows", "Windows"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
_BROWSERS = (
    ("SamsungBrowser", "Samsung Internet"), ("coc_coc", "Cốc Cốc"), ("Edg", "Edge"), ("OPR", "Opera"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip


def as_printed(text: str) -> str:
    """The code as it was printed: capitals, four groups of four, whatever was typed between them."""
    signs = re.sub(r"[^0-9A-Z]", "", text.upper())[: GROUPS * GROUP]
    return "-".join(signs[at : at + GROUP] for at in range(0, len(signs), GROUP))


def link(reach: str, code: str) -> str:
    """What a device opens to join: the code stands behind the "#", where no server and no log sees it. "" from ""."""
    return f"{reach.rstrip('/')}/pair#{code}" if reach else ""


def certificate_address(reach: str) -> str:
    """The page that tells a device how to trust the site; "" for a box that is not reached by https."""
    parts = urlsplit(reach)
    return f"http://{parts.hostname}/authority" if parts.scheme == "https" and parts.hostname else ""


def derived(secret: bytes, *parts: str) -> str:
    """A code or token of 77 bits that only this box can make, and makes again from the same parts.

    So a form that is sent twice, because its answer was lost, gets the same answer.
    """
    n = int.from_bytes(hmac.digest(secret, "\n".join(("pairing", *parts)).encode(), "sha256"))
    signs = ""
    for _ in range(GROUPS * GROUP):
        n, at = divmod(n, len(ALPHABET))
        signs += ALPHABET[at]
    return as_printed(signs)


def is_open(made_at: datetime, until: datetime, at: datetime) -> bool:
    """Can an unused code still be used? A clock that was set back far does not bring an old code to life again."""
    return made_at - LIFE < at < until


def key_of(code: str) -> bytes:
    """What both sides know of a code: its SHA-256, of which the hub keeps the hexadecimal form."""
    return hashlib.sha256(code.encode()).digest()


def id_of(key: bytes) -> str:
    """By which a device names its code without saying it: the first 8 hexadecimal digits of the SHA-256 of its key."""
    return hashlib.sha256(key).hexdigest()[:8]


def proof(key: bytes, nonce: bytes, fingerprint: str) -> str:
    """HMAC-SHA256 over the asker's nonce and the authority's fingerprint, in hexadecimal digits."""
    return hmac.new(key, nonce + bytes.fromhex(fingerprint), "sha256").hexdigest()


def proves(key: bytes, nonce: bytes, fingerprint: str, said: str) -> bool:
    """Does the answer come from somebody who knows the code, and is it about this authority?"""
    return hmac.compare_digest(proof(key, nonce, fingerprint).encode(), said.encode())


def certificate(pem: str) -> bytes:
    """The first certificate of a PEM text, as DER. Raises ValueError where there is none."""
    found = _PEM.search(pem)
    if found is None:
        raise ValueError("no certificate")
    try:
        return base64.b64decode("".join(found[1].split()), validate=True)
    except binascii.Error as error:
        raise ValueError("no certificate") from error


def fingerprint(der: bytes) -> str:
    """SHA-256 of a certificate, 64 hexadecimal digits."""
    return hashlib.sha256(der).hexdigest()


def tidy_name(text: str) -> str:
    """A device's name on one line, 60 signs at most."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:LONGEST_NAME]


def proposed_name(agent: str) -> str:
    """What a browser calls itself (User-Agent), as `Android · Chrome`; "" where it says neither."""
    said = (next((name for sign, name in table if sign in agent), "") for table in (_SYSTEMS, _BROWSERS))
    return " · ".join(filter(None, said))
