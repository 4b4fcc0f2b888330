"""A vaccination certificate in the European form, `HC1:` (Quyết định 5772/QĐ-BYT, 20/12/2021), signature unchecked.

`HC1:` + Base45 (RFC 9285) of zlib of a COSE_Sign1 whose claims hold the certificate (EU-DCC hcert_spec, schema 1.3).
Anybody can write one: without the signature it proves nothing.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import cbor2

from kiosk.rules.codes.letters import is_readable
from kiosk.rules.person import Identity, clean_text, read_date
from kiosk.rules.words import CodeKind, Confidence

PREFIX = "HC1:"
# Labels of COSE (RFC 9052) and CWT (RFC 8392), and the claim that holds the certificate.
_KEY_ID, _ISSUER, _EXPIRES, _ISSUED, _CLAIM, _FIRST = 4, 1, 4, 6, -260, 1
# The largest code inflates to a few kilobytes; a bomb of 2,800 bytes would inflate to millions.
_INFLATED = 32 * 1024
_DEPTH = 12
_DOSES = 16
_BASE45 = {sign: n for n, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}
_YEAR = re.compile(r"((?:19|20)\d{2})(?:-(?:\d\d|XX)){0,2}", re.ASCII)


def _untagged(value: Any, _immutable: bool) -> Any:
    return value


# A stranger's tags must not make regular expressions, e-mails or numbers of a million digits for us.
_UNTAGGED = dict.fromkeys(range(1005), _untagged)


@dataclass(frozen=True)
class CertifiedDose:
    """One vaccination entry, in the certificate's own codes (`product`: `EU/1/21/1529`, …)."""

    product: str
    maker: str
    number: int
    of: int
    given_on: date | None
    country: str
    issuer: str
    certificate_id: str


@dataclass(frozen=True)
class Certificate:
    """What a certificate claims. Nobody has checked its signature: it proves nothing yet."""

    kind = CodeKind.CERTIFICATE

    identity: Identity
    doses: tuple[CertifiedDose, ...]
    issuer: str = ""
    key_id: str = ""
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    confidence: Confidence = Confidence.LOW


def read(text: str) -> Certificate | None:
    """The certificate, or None when the text is not one or any of its layers is broken."""
    packed = base45(text.removeprefix(PREFIX))
    inflated = packed and _inflated(packed)
    message = _cbor(inflated) if inflated else None
    if not isinstance(message, list | tuple) or len(message) != 4:
        return None
    protected, unprotected, payload, _ = message
    claims, header = _cbor(payload), _cbor(protected)
    if not isinstance(claims, Mapping):
        return None
    certificate = _mapping(_mapping(claims.get(_CLAIM)).get(_FIRST))
    who = _identity(certificate)
    doses = certificate.get("v", ())
    if who is None or not isinstance(doses, list | tuple):
        return None
    return Certificate(
        identity=who,
        doses=tuple(_dose(dose) for dose in doses[:_DOSES] if isinstance(dose, Mapping)),
        issuer=_text(claims.get(_ISSUER)),
        key_id=_key_id(_mapping(header).get(_KEY_ID)) or _key_id(_mapping(unprotected).get(_KEY_ID)),
        issued_at=_moment(claims.get(_ISSUED)),
        expires_at=_moment(claims.get(_EXPIRES)),
    )


def base45(text: str) -> bytes | None:
    """Decodes Base45 (RFC 9285): three signs are two bytes, two at the end are one; None for anything else."""
    decoded = bytearray()
    for start in range(0, len(text), 3):
        signs = text[start : start + 3]
        if len(signs) == 1 or not all(sign in _BASE45 for sign in signs):
            return None
        value, size = sum(_BASE45[sign] * 45**n for n, sign in enumerate(signs)), len(signs) - 1
        if value >= 256**size:
            return None
        decoded += value.to_bytes(size, "big")
    return bytes(decoded)


def _inflated(packed: bytes) -> bytes | None:
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(packed, _INFLATED)
    except zlib.error:
        return None
    return inflated if stream.eof else None


def _cbor(data: Any) -> Any:
    if not isinstance(data, bytes):
        return None
    try:
        return cbor2.loads(data, semantic_decoders=_UNTAGGED, max_depth=_DEPTH, allow_duplicate_keys=False)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError):
        return None


def _identity(certificate: Mapping[Any, Any]) -> Identity | None:
    """Family name first. Names in another script than ours are taken from their transliteration."""
    names = _mapping(certificate.get("nam"))
    parts = [_name(names, kind) for kind in ("fn", "gn")]
    birth = _text(certificate.get("dob")).split("T")[0]
    born_on, year = read_date(birth), _YEAR.fullmatch(birth)
    if not any(parts):
        return None
    return Identity(
        name=clean_text(" ".join(parts)),
        born_on=born_on if year else None,
        born_year=int(year[1]) if year else None,
    )


def _name(names: Mapping[Any, Any], kind: str) -> str:
    return _text(names.get(kind)) or clean_text(_text(names.get(f"{kind}t")).replace("<", " "))


def _dose(entry: Mapping[Any, Any]) -> CertifiedDose:
    return CertifiedDose(
        product=_text(entry.get("mp")),
        maker=_text(entry.get("ma")),
        number=_count(entry.get("dn")),
        of=_count(entry.get("sd")),
        given_on=read_date(_text(entry.get("dt"))[:10]),
        country=_text(entry.get("co")),
        issuer=_text(entry.get("is")),
        certificate_id=_text(entry.get("ci")),
    )


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    """Readable text of a sensible length, else ""."""
    text = clean_text(value) if isinstance(value, str) and len(value) <= 200 else ""
    return text if is_readable(text) else ""


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 100 else 0


def _key_id(value: Any) -> str:
    """Base64, as the lists of keys write it."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) and len(value) <= 64 else ""


def _moment(value: Any) -> datetime | None:
    """Seconds since 1970; None for what lies outside of 1970 to 2100."""
    if not isinstance(value, int | float) or not 0 <= value < 4102444800:
        return None
    return datetime.fromtimestamp(value, UTC)
