"""What invented people carry beside the national card, as the text of its code: each names who it would be.

Nothing here is signed by anybody: a certificate's signature is 64 zeros.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

import cbor2

from kiosk.demo.commune import Invented
from kiosk.rules.person import name_key
from kiosk.rules.words import Sex
from kiosk.upstream.simulator_certificate import base45

ISSUER = "Điểm tiêm không có thật"


def personal_qr(invented: Invented, *, masked: bool = False) -> str:
    """The national personal QR of the apps (QĐ 1405/QĐ-BTTTT); `masked`: number and birth date with their stars."""
    who = invented.identity
    number = f"{'*' * 6}{who.number[6:]}" if masked else who.number
    birth = f"{who.born_year}-**-**" if masked else f"{who.born_on:%Y-%m-%d}"
    sex = 2 if who.sex is Sex.FEMALE else 1
    return f"{number}|{name_key(who.name)}|{birth}|0|99{who.number}0001|<{sex}<<0900000000"


def insurance(invented: Invented) -> str:
    """The code of the health-insurance card: name and address as hexadecimal."""
    who = invented.identity
    name, place = who.name.encode().hex(), who.address.encode().hex()
    sex = 2 if who.sex is Sex.FEMALE else 1
    number = f"GD415{who.number[2:]}"
    return f"{number}|{name}|{who.born_on:%d/%m/%Y}|{sex}|{place}|15 - 001|01/01/2021|31/12/2099|-"


def certificate(invented: Invented) -> str:
    """A vaccination certificate in the European form, with one dose, of an issuer that does not exist."""
    who = invented.identity
    family, _, given = who.name.partition(" ")
    dose = {
        "tg": "840539006", "vp": "1119305005", "mp": "EU/1/21/1529", "ma": "ORG-100001699", "dn": 1, "sd": 2,
        "dt": f"{invented.issued_on:%Y-%m-%d}", "co": "VN", "is": ISSUER, "ci": f"URN:UVCI:01:VN:BIA{who.number[-4:]}",
    }  # fmt: skip
    claim = {"ver": "1.3.0", "nam": {"fn": family, "gn": given}, "dob": f"{who.born_on:%Y-%m-%d}", "v": [dose]}
    issued = int(datetime(2021, 12, 20, tzinfo=UTC).timestamp())
    claims = {1: "VN", 4: issued + 365 * 86400, 6: issued, -260: {1: claim}}
    message = cbor2.CBORTag(18, [cbor2.dumps({1: -7}), {4: b"BIA-MAU!"}, cbor2.dumps(claims), bytes(64)])
    return "HC1:" + base45(zlib.compress(cbor2.dumps(message), 9))
