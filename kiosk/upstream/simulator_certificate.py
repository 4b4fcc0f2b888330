"""The simulated platform's certificates: a DocumentReference with a code in the European form that nobody has signed.

The key is called `demo` and the signature is 64 zeros: no reader that checks it takes such a code for a real one.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from datetime import datetime
from typing import Any

import cbor2

from kiosk.upstream.simulator_store import Resource

ISSUER = "Nền tảng mô phỏng"
YEAR_SECONDS = 365 * 86400
# By CVX (the CDC's list): product and maker as the certificate's form calls them (eu-dcc-valuesets, 30/11/2022).
PRODUCTS = {
    "207": ("EU/1/20/1507", "ORG-100031184"),
    "208": ("EU/1/20/1528", "ORG-100030215"),
    "210": ("EU/1/21/1529", "ORG-100001699"),
    "212": ("EU/1/20/1525", "ORG-100001417"),
    "505": ("Sputnik-V", "Gamaleya-Research-Institute"),
    "510": ("BBIBP-CorV", "ORG-100020693"),
}
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def document(dose: Resource, patient: Resource) -> Resource:
    """The certificate of a stored dose; the same one however often it is asked for."""
    # "Mẫu bịa": whoever looks at the paper sees that it is a made-up sample.
    reference = f"URN:UVCI:01:VN:MAUBIA{hashlib.sha256(dose['id'].encode()).hexdigest()[:26].upper()}"
    issued_at = dose["meta"]["lastUpdated"]
    text = _code(dose, patient, reference, int(datetime.fromisoformat(issued_at).timestamp()))
    return {
        "resourceType": "DocumentReference",
        "id": f"certificate-{dose['id']}",
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": reference},
        "status": "current",
        "subject": {"reference": f"Patient/{patient['id']}"},
        "date": issued_at,
        "content": [{"attachment": {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}}],
        "context": {"related": [{"reference": f"Immunization/{dose['id']}"}]},
    }


def _code(dose: Resource, patient: Resource, reference: str, issued: int) -> str:
    entry = {**_entry(dose), "co": "VN", "is": ISSUER, "ci": reference}
    claim = {"ver": "1.3.0", "nam": _names(patient), "dob": patient.get("birthDate", ""), "v": [entry]}
    claims = {1: "VN", 4: issued + YEAR_SECONDS, 6: issued, -260: {1: claim}}
    message = cbor2.CBORTag(18, [cbor2.dumps({1: -7, 4: b"demo"}), {}, cbor2.dumps(claims), bytes(64)])
    return "HC1:" + base45(zlib.compress(cbor2.dumps(message), 9))


def _entry(dose: Resource) -> dict[str, Any]:
    applied = dose.get("protocolApplied", [{}])[0]
    cvx = next((one["code"] for one in dose["vaccineCode"].get("coding", []) if one["system"].endswith("/cvx")), "")
    product, maker = PRODUCTS.get(cvx, (dose["vaccineCode"].get("text", ""), ""))
    number = applied.get("doseNumberPositiveInt", 1)
    return {
        "tg": "840539006", "vp": "1119305005", "mp": product, "ma": maker, "dn": number,
        "sd": applied.get("seriesDosesPositiveInt", number), "dt": dose["occurrenceDateTime"][:10],
    }  # fmt: skip


def _names(patient: Resource) -> dict[str, str]:
    name = patient["name"][0]
    return {"fn": name.get("family", ""), "gn": " ".join(name.get("given", []))}


def base45(data: bytes) -> str:
    """RFC 9285: two bytes are three signs, one at the end is two."""
    signs = []
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            signs.append(_BASE45[value % 45])
            value //= 45
    return "".join(signs)
