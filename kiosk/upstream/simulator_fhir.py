"""The simulated platform's side of FHIR R4: transactions with conditional create, changes, reads and searches.

A certificate is no stored thing: it is made of the dose whenever it is asked for.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.immunization import Immunization
from pydantic import BaseModel

from kiosk.upstream import simulator_certificate
from kiosk.upstream.simulator_store import Records, Resource

TYPES = ("Immunization", "Patient")
CERTIFICATES = "DocumentReference"
CHANGEABLE = "Immunization"
STRANGER = {"family": "Khách", "given": ["Không", "Quen"]}
SEARCHES = ("identifier", "_tag")
STATUSES = {"completed", "entered-in-error", "not-done"}


class Refused(Exception):
    """Answered with `status` and an OperationOutcome of `code`."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.code = code

    def outcome(self) -> Resource:
        """As a resource."""
        issue = {"severity": "error", "code": self.code, "diagnostics": str(self)}
        return {"resourceType": "OperationOutcome", "issue": [issue]}


class _TakenBack(Exception):
    """Ends a transaction that is to leave no trace."""


def capabilities() -> Resource:
    """The CapabilityStatement."""
    interactions = [{"code": code} for code in ("read", "create", "search-type")]
    resources = [
        {
            "type": name,
            "interaction": interactions + ([{"code": "update"}] if name == CHANGEABLE else []),
            "versioning": "versioned-update" if name == CHANGEABLE else "versioned",
            "conditionalCreate": True,
            "searchParam": [{"name": search, "type": "token"} for search in SEARCHES],
        }
        for name in TYPES
    ]
    related = {"name": "related", "type": "reference"}
    resources += [{"type": CERTIFICATES, "interaction": [{"code": "search-type"}], "searchParam": [related]}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2021-07-10",
        "kind": "instance",
        "implementation": {"description": "A simulated platform: invented data only"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": resources, "interaction": [{"code": "transaction"}]}],
    }


def transact(records: Records, bundle: Any) -> Resource:
    """All of a transaction, or Refused and none of it."""
    _require_valid(bundle)
    with records.transaction():
        return _carry_out(records, bundle, conditional=True)


def transact_and_forget(records: Records, bundle: Any) -> Resource:
    """The same answer, and nothing is stored."""
    _require_valid(bundle)
    answer: Resource = {}
    try:
        with records.transaction():
            answer = _carry_out(records, bundle, conditional=True)
            raise _TakenBack
    except _TakenBack:
        return answer


def transact_twice(records: Records, bundle: Any) -> Resource:
    """What a server does that races with itself: every create is carried out twice, whatever exists."""
    _require_valid(bundle)
    with records.transaction():
        _carry_out(records, bundle, conditional=False)
        return _carry_out(records, bundle, conditional=False)


def change(records: Records, place: str, resource: Any, version: str) -> Resource:
    """The next version of a dose; Refused unless `version` ("W/…", as If-Match says it) is the newest."""
    kind, _, id = place.partition("/")
    if kind != CHANGEABLE or not id:
        raise Refused(405, "not-supported", f"only {CHANGEABLE}/[id] is changed")
    if not isinstance(resource, dict) or (resource.get("resourceType"), resource.get("id")) != (kind, id):
        raise Refused(400, "invalid", "another resource than the address names")
    _require_model(Immunization, resource)
    _require_status(resource)
    with records.transaction():
        former = read(records, kind, id)
        if not version:
            raise Refused(428, "business-rule", "a change names the version that it changes")
        if version != _etag(former):
            raise Refused(412, "conflict", "there is a newer version")
        if resource.get("identifier") != former.get("identifier"):
            raise Refused(422, "business-rule", "an identifier is for ever")
        return records.change(resource, former)


def meddle(records: Records, place: str) -> None:
    """Somebody else writes a new version first."""
    kind, _, id = place.partition("/")
    with records.transaction():
        former = read(records, kind, id)
        records.change(former, former)


def read(records: Records, resource_type: str, resource_id: str) -> Resource:
    """One resource, or Refused with 404."""
    found = records.get(resource_type, resource_id)
    if found is None:
        raise Refused(404, "not-found", f"{resource_type} is not known")
    return found


def search(records: Records, resource_type: str, query: str, base: str) -> Resource:
    """A searchset of those that match."""
    patient = dict(parse_qsl(query)).get("patient")
    if resource_type == "Immunization" and patient:
        return _searchset(records.list_doses(patient), resource_type, query, base)
    return _searchset(records.search(resource_type, _tokens(query)), resource_type, query, base)


def certificates(records: Records, query: str, base: str) -> Resource:
    """A searchset with the certificate of the dose that is asked for, as soon as that is stored."""
    return _searchset(
        [simulator_certificate.document(*pair) for pair in _dosed(records, query)], CERTIFICATES, query, base
    )


def certificates_of_another(records: Records, query: str, base: str) -> Resource:
    """The same, in a stranger's name: what a platform does that has mixed two people up."""
    found = [
        simulator_certificate.document(dose, patient | {"name": [STRANGER]}) for dose, patient in _dosed(records, query)
    ]
    return _searchset(found, CERTIFICATES, query, base)


def no_certificates(query: str, base: str) -> Resource:
    """An empty searchset: the ministry has not signed yet."""
    return _searchset([], CERTIFICATES, query, base)


def _dosed(records: Records, query: str) -> list[tuple[Resource, Resource]]:
    related = dict(parse_qsl(query)).get("related", "")
    dose = records.get("Immunization", related.removeprefix("Immunization/"))
    patient = records.get("Patient", dose["patient"]["reference"].removeprefix("Patient/")) if dose else None
    return [(dose, patient)] if dose and patient and dose["status"] == "completed" else []


def _searchset(found: list[Resource], resource_type: str, query: str, base: str) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": [{"relation": "self", "url": f"{base}/{resource_type}?{query}"}],
        "entry": [
            {"fullUrl": f"{base}/{resource_type}/{one['id']}", "resource": one, "search": {"mode": "match"}}
            for one in found
        ],
    }


def _tokens(query: str) -> list[tuple[str, str, str]]:
    tokens = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        system, bar, code = value.rpartition("|")
        if name not in SEARCHES or not bar:
            raise Refused(400, "not-supported", f"search {name}: only identifier and _tag, as system|value")
        tokens.append((name, system, code))
    if not tokens:
        raise Refused(400, "too-costly", "a search names what it looks for")
    return tokens


def _require_valid(bundle: Any) -> None:
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        raise Refused(400, "invalid", "not a transaction")
    _require_model(Bundle, bundle)
    for entry in bundle.get("entry", []):
        resource, request = entry.get("resource", {}), entry.get("request", {})
        if request.get("method") != "POST" or request.get("url") != resource.get("resourceType"):
            raise Refused(400, "not-supported", "only creates")
        if resource["resourceType"] not in TYPES:
            raise Refused(400, "not-supported", f"no {resource['resourceType']} here")
        _require_status(resource)


def _require_model(model: type[BaseModel], resource: Resource) -> None:
    try:
        model.model_validate(resource)
    except (ValueError, TypeError, AttributeError) as error:
        raise Refused(400, "invalid", f"not valid R4: {type(error).__name__}") from None


def _require_status(resource: Resource) -> None:
    if resource["resourceType"] == "Immunization" and resource["status"] not in STATUSES:
        raise Refused(422, "code-invalid", "Immunization.status")


def _carry_out(records: Records, bundle: Resource, *, conditional: bool) -> Resource:
    places: dict[str, str] = {}
    created: list[tuple[Resource, str]] = []
    responses: list[Resource] = []
    for entry in bundle.get("entry", []):
        resource = entry["resource"]
        kind, wanted = resource["resourceType"], entry["request"].get("ifNoneExist")
        existing = records.search(kind, _tokens(wanted)) if conditional and wanted else []
        if len(existing) > 1:
            raise Refused(412, "multiple-matches", f"{len(existing)} {kind} match")
        number = existing[0]["id"] if existing else records.mint(kind)
        if not existing:
            created.append((resource, number))
        places[entry.get("fullUrl", "")] = f"{kind}/{number}"
        version = existing[0]["meta"]["versionId"] if existing else "1"
        responses.append(_response("200 OK" if existing else "201 Created", f"{kind}/{number}", version))
    for resource, number in created:
        records.put(_resolved(resource, places), number)
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": responses}


def _response(status: str, place: str, version: str) -> Resource:
    return {"response": {"status": status, "location": f"{place}/_history/{version}", "etag": f'W/"{version}"'}}


def _etag(resource: Resource) -> str:
    return f'W/"{resource["meta"]["versionId"]}"'


def _resolved(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_resolved(one, places) for one in value]
    if not isinstance(value, dict):
        return value
    resolved = {name: _resolved(one, places) for name, one in value.items()}
    reference = resolved.get("reference")
    if isinstance(reference, str) and reference.startswith("urn:"):
        if reference not in places:
            raise Refused(400, "invalid", "a reference leads nowhere")
        resolved["reference"] = places[reference]
    return resolved
