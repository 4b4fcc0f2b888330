"""Is it valid FHIR R4? The library's models, and what they let pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.immunization import Immunization
from fhir.resources.R4B.patient import Patient
from pydantic import BaseModel

MODELS: dict[str, type[BaseModel]] = {"Bundle": Bundle, "Immunization": Immunization, "Patient": Patient}
# The required bindings of the elements that we send, by the element's place.
CODES = {
    "Immunization.status": {"completed", "entered-in-error", "not-done"},
    "Patient.gender": {"male", "female", "other", "unknown"},
    "Patient.name.use": {"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"},
    "Bundle.type": {"transaction"},
    "Bundle.entry.request.method": {"POST"},
}
IDENTIFIER_USES = {"usual", "official", "temp", "secondary", "old"}
WHOLE_NUMBERS = {"doseNumberPositiveInt", "seriesDosesPositiveInt"}
TRUTHS = {"primarySource", "isSubpotent", "active"}
PATIENT = re.compile(r"(?:urn:uuid:[0-9a-f-]{36}|(?:https?://\S+/)?Patient/[A-Za-z0-9.-]{1,64}(?:/_history/\S+)?)")

Place = tuple[str, str, Any]


def validate(resource: dict[str, Any]) -> None:
    """Raises ValueError when it is not a valid Patient, Immunization or transaction Bundle of R4.

    The sentence names elements and never what stands in them.
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in MODELS:
        raise ValueError("resourceType: not one that is sent")
    for path, key, value in _walk(kind, kind, resource):
        _require_filled(path, value)
        _require_type(path, key, value)
        _require_code(path, value)
        _require_reference(path, value)
    _require_resolved(resource)
    _require_model(kind, resource)


def _walk(path: str, key: str, value: Any) -> Iterator[Place]:
    """Every element with its path; the resources of a bundle begin a path of their own."""
    yield path, key, value
    if isinstance(value, dict):
        for name, child in value.items():
            inner = child.get("resourceType") if name == "resource" and isinstance(child, dict) else None
            yield from _walk(inner if isinstance(inner, str) else f"{path}.{name}", name, child)
    elif isinstance(value, list):
        for child in value:
            yield from _walk(path, key, child)


def _require_filled(path: str, value: Any) -> None:
    if value is None or value in ([], {}) or (isinstance(value, str) and not value.strip()):
        raise ValueError(f"{path}: empty")


def _require_type(path: str, key: str, value: Any) -> None:
    if key in WHOLE_NUMBERS and type(value) is not int:
        raise ValueError(f"{path}: not a whole number")
    if key in TRUTHS and not isinstance(value, bool):
        raise ValueError(f"{path}: neither true nor false")


def _require_code(path: str, value: Any) -> None:
    allowed = IDENTIFIER_USES if path.endswith(".identifier.use") else CODES.get(path)
    if allowed is not None and not (isinstance(value, str) and value in allowed):
        raise ValueError(f"{path}: not a code of its list")


def _require_reference(path: str, value: Any) -> None:
    if path == "Immunization.patient.reference" and not (isinstance(value, str) and PATIENT.fullmatch(value)):
        raise ValueError(f"{path}: not a Patient")
    # imm-1: a document of education names its type or where it is.
    if path == "Immunization.education" and isinstance(value, dict) and not {"documentType", "reference"} & set(value):
        raise ValueError(f"{path}: neither documentType nor reference")


def _require_resolved(resource: dict[str, Any]) -> None:
    places = list(_walk("", "", resource))
    targets = {value for _, key, value in places if key == "fullUrl" and isinstance(value, str)}
    wanted = {value for _, key, value in places if key == "reference" and isinstance(value, str)}
    if resource["resourceType"] == "Bundle" and {name for name in wanted if name.startswith("urn:")} - targets:
        raise ValueError("Bundle: a reference leads nowhere")


def _require_model(kind: str, resource: dict[str, Any]) -> None:
    try:
        MODELS[kind].model_validate(resource)
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{kind}: {_elements(error)}") from None


def _elements(error: Exception) -> str:
    found = getattr(error, "errors", None)
    if found is None:
        return type(error).__name__
    return ", ".join(sorted({".".join(str(part) for part in each["loc"]) or each["type"] for each in found()}))
