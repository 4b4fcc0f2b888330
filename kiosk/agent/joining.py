"""An extra machine joins the site: it fetches the authority, has the hub prove itself, and only then says its code.

Nothing of the code but an id of 32 bits leaves this machine before the hub has shown that it knows it.
"""

from __future__ import annotations

import secrets
import ssl
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from kiosk.agent import joining_begun
from kiosk.agent.joining_begun import Begun
from kiosk.errors import Refusal
from kiosk.rules import devices

CONNECT_SECONDS, ANSWER_SECONDS, PAUSE_SECONDS = 5.0, 15.0, 3.0
LARGEST = 64 * 1024


@dataclass(frozen=True)
class Joined:
    """What an agent needs from now on: its station, its token, the browser's ("" when not asked for), the authority."""

    station: str
    token: str = field(repr=False)
    screen: str = field(repr=False)
    authority: str = field(repr=False)


def addresses(hub: str) -> tuple[str, str]:
    """The hub by https, and where its authority is fetched: from `diem-tiem.local` or `https://diem-tiem.local:8443`.

    Raises Refusal `join_address`.
    """
    whole = hub.rstrip("/") if "://" in hub else f"https://{hub.rstrip('/')}"
    parts = urlsplit(whole)
    if parts.scheme != "https" or not parts.hostname or parts.path:
        raise Refusal("join_address", hub=hub)
    # By name and without a port: the proxy hands the file out on port 80, in the clear.
    return whole, f"http://{parts.hostname}/ca.crt"


def join(hub: str, fetched_from: str, code: str, name: str, kept: Path, *, screen: bool) -> Joined:
    """Joins the hub at `hub` (https) with `code`; `fetched_from`: the address of its authority's certificate.

    `kept`: a file of ours. What makes this joining the same one again stands there before the code is said, for a power
    cut or a lost answer leaves that code used up; delete it once the tokens are safe.
    Raises Refusal: `join_no_hub`, `join_stranger` (whoever answers does not know the code), `pairing_unknown`,
    `pairing_busy`, `authority_missing`; OSError for a file that cannot be written.
    """
    code = devices.as_printed(code)
    with requests.Session() as session, tempfile.TemporaryDirectory() as folder:
        session.trust_env = False  # a proxy set for the machine must see none of this
        session.verify = str(Path(folder, "root.crt"))
        begun = joining_begun.read(kept, hub, code, screen=screen)
        if begun is None:
            begun = _prove(session, hub, fetched_from, code)
            joining_begun.write(kept, begun, hub, code, screen=screen)
        else:
            Path(session.verify).write_text(begun.authority, encoding="ascii")
        asked = {"key": begun.key, "code": code, "name": name, "screen": screen}
        said = _join(session, f"{hub}/device/join", asked)
    return Joined(
        str(said.get("station", "")), str(said.get("token", "")), str(said.get("screen", "")), begun.authority
    )  # fmt: skip


def _prove(session: requests.Session, hub: str, fetched_from: str, code: str) -> Begun:
    """The hub has shown that it knows the code: with its authority we go on. Nothing is used up yet."""
    key, nonce = devices.key_of(code), secrets.token_bytes(32)
    der = _authority(session, fetched_from)
    # As we read it: what else stood in that file vouches for nobody.
    pem = ssl.DER_cert_to_PEM_cert(der)
    Path(str(session.verify)).write_text(pem, encoding="ascii")
    said = _ask(session, f"{hub}/device/authority", {"id": devices.id_of(key), "nonce": nonce.hex()})
    if not devices.proves(key, nonce, devices.fingerprint(der), str(said.get("proof", ""))):
        raise Refusal("join_stranger", hub=hub)
    return Begun(str(uuid.uuid4()), pem)


def _authority(session: requests.Session, address: str) -> bytes:
    try:
        with session.get(address, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), allow_redirects=False, stream=True) as got:
            text = got.raw.read(LARGEST, decode_content=True) if got.status_code == 200 else b""
        return devices.certificate(text.decode("ascii"))
    except requests.RequestException as error:
        raise Refusal("join_no_hub", hub=address) from error
    except ValueError as error:
        raise Refusal("authority_missing") from error


def _join(session: requests.Session, address: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Asks again, a while later, where the first answer was lost: the same key is the same joining."""
    try:
        return _ask(session, address, asked)
    except Refusal as refusal:
        if refusal.code != "join_no_hub":
            raise
    time.sleep(PAUSE_SECONDS)
    return _ask(session, address, asked)


def _ask(session: requests.Session, address: str, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = session.post(
            address, json=asked, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), allow_redirects=False
        )  # fmt: skip
        said = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Refusal("join_no_hub", hub=address) from error
    if answer.status_code == 200 and isinstance(said, dict):
        return said
    refused = said.get("refusal") if isinstance(said, dict) else ""
    if refused == "pairing_unknown":
        raise Refusal("pairing_unknown")
    if refused == "pairing_busy":
        raise Refusal("pairing_busy")
    if refused == "authority_missing":
        raise Refusal("authority_missing")
    raise Refusal("join_no_hub", hub=address)
