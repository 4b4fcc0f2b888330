"""What the platform certifies of somebody's doses, as it was returned; and whose it is.

A site issues no certificate (Quyết định 5772/QĐ-BYT, 20/12/2021: it is signed centrally): what is here came from the
platform, and its code is printed sign by sign as it came. The code's signature is not checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from kiosk.errors import Refusal
from kiosk.rules.codes import hcert
from kiosk.rules.person import Identity, birth_text, same_plain_name
from kiosk.rules.slips import CertificateFacts, CertifiedDose
from kiosk.rules.words import Sex

# What a code of level M holds in letters and digits (ISO/IEC 18004) in version 25, the largest that 58 mm paper has
# room for at three dots. The longest of 411 certificates of 60 countries had 1044 signs.
LONGEST = 1451


@dataclass(frozen=True)
class Certificate:
    """Everything in the platform's words, not ours; "" and None: it did not say. `reference`: its own number for it.

    `identity`: whom it has filed the doses under. `code`: the signed text, byte for byte.
    """

    identity: Identity
    phone: str
    doses: tuple[CertifiedDose, ...]
    code: str
    reference: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; `read` is the way back."""
        born_on = self.identity.born_on
        return asdict(self) | {
            "identity": asdict(self.identity) | {"born_on": born_on.isoformat() if born_on else None},
            "doses": [asdict(dose) | {"on": dose.on.isoformat()} for dose in self.doses],
        }


def read(body: Mapping[str, Any]) -> Certificate:
    """The certificate that was stored."""
    who = body["identity"]
    born_on = date.fromisoformat(who["born_on"]) if who["born_on"] else None
    doses = (dose | {"on": date.fromisoformat(dose["on"])} for dose in body["doses"])
    return Certificate(
        identity=Identity(**who | {"born_on": born_on, "sex": Sex(who["sex"])}),
        phone=body["phone"],
        doses=tuple(CertifiedDose(**dose) for dose in doses),
        code=body["code"],
        reference=body["reference"],
    )


def require_own(certificate: Certificate, person: Identity) -> hcert.Certificate:
    """What the code says, if all of it is this person's: by name, marks aside, and birth, in the code and beside it.

    Raises Refusal `certificate_unreadable`, `certificate_of_another`.
    """
    code = None
    if certificate.code.startswith(hcert.PREFIX) and len(certificate.code) <= LONGEST:
        code = hcert.read(certificate.code)
    if code is None or not certificate.doses:
        raise Refusal("certificate_unreadable")
    filed = certificate.identity
    numbers_differ = bool(filed.number and person.number and filed.number != person.number)
    if numbers_differ or not all(_same_person(one, person) for one in (code.identity, filed) if one.name):
        raise Refusal("certificate_of_another")
    return code


def facts(certificate: Certificate, person: Identity, site: str, printed: datetime) -> CertificateFacts:
    """What its paper says. `printed`: now, in the site's time. Raises as `require_own`."""
    code = require_own(certificate, person)
    filed = certificate.identity if certificate.identity.name else code.identity
    return CertificateFacts(
        name=filed.name,
        born=birth_text(certificate.identity) or birth_text(code.identity),
        number=certificate.identity.number,
        phone=certificate.phone,
        address=certificate.identity.address,
        doses=certificate.doses,
        code=certificate.code,
        reference=certificate.reference,
        issued=code.issued_at.astimezone(printed.tzinfo) if code.issued_at else None,
        site=site,
        printed=printed,
    )


def _same_person(one: Identity, other: Identity) -> bool:
    """What one of them does not say of a birth is no difference."""
    if not same_plain_name(one.name, other.name):
        return False
    if one.born_on and other.born_on:
        return one.born_on == other.born_on
    return not (one.born_year and other.born_year) or one.born_year == other.born_year
