"""Asks the platform for the certificate of a dose that it has acknowledged. Only reads, and follows no address."""

from __future__ import annotations

from typing import Any

from kiosk.rules.certificate import Certificate
from kiosk.rules.messages import DoseGiven
from kiosk.upstream import fhir, fhir_certificate
from kiosk.upstream.answers import Later, NeedsHuman, Trouble, is_unknown, read, read_one
from kiosk.upstream.line import Line, LineTrouble, Said
from kiosk.upstream.profile import Profile

# A page of a search. Nobody has as many vaccinations; a record that goes on is not printed in part.
MOST = "100"
Resource = dict[str, Any]


class Asker:
    """Asks over a line of its own. One thread at a time."""

    def __init__(self, base: str, profile: Profile, line: Line) -> None:
        self._base, self._profile, self._line = base, profile, line

    def ask(self, message: DoseGiven, remote_id: str) -> Certificate | Trouble | None:
        """What it certifies of the person who had this dose; None: nothing yet. `remote_id`: of the dose's receipt.

        Raises nothing that a network or a server can cause.
        """
        try:
            return self._ask(message, remote_id.removeprefix("Immunization/"))
        except LineTrouble as trouble:
            return Later(trouble.reason, link=True)

    def _ask(self, message: DoseGiven, id: str) -> Certificate | Trouble | None:
        if not fhir.ID.fullmatch(id):
            return Later("forgotten", link=False)
        documents = self._search("DocumentReference", {"related": f"Immunization/{id}"})
        if not isinstance(documents, list):
            return documents
        issued = fhir_certificate.find_issued(documents, id)
        return None if issued is None else self._complete(message, id, issued)

    def _complete(self, message: DoseGiven, id: str, issued: fhir_certificate.Issued) -> Certificate | Trouble:
        patient = self._patient(message, id)
        if not isinstance(patient, dict):
            return patient
        if issued.patient not in ("", patient["id"]):
            return NeedsHuman("other_person")
        record = self._search("Immunization", {"patient": f"Patient/{patient['id']}"})
        if not isinstance(record, list):
            return record or Later("forgotten", link=False)
        ours = fhir.dose_identifier(message.id, self._profile)
        if not any(fhir.carries(dose, ours) and dose.get("status") == "completed" for dose in record):
            return Later("forgotten", link=False)
        found = fhir_certificate.certificate(issued, patient, record, self._profile)
        return found or Later("incomplete", link=False)

    def _patient(self, message: DoseGiven, id: str) -> Resource | Trouble:
        """Whom the platform has filed the dose under. Whoever has another name or birth year is somebody else."""
        dose = self._read("Immunization", id)
        if not isinstance(dose, dict):
            return dose
        if not fhir.carries(dose, fhir.dose_identifier(message.id, self._profile)):
            return Later("forgotten", link=False)
        named = fhir.patient_of(dose)
        patient = self._read("Patient", named) if named else NeedsHuman("other_person")
        if not isinstance(patient, dict):
            return patient
        return NeedsHuman("other_person") if fhir.another_person(message, patient) else patient

    def _read(self, kind: str, id: str) -> Resource | Trouble:
        said = self._get(f"{kind}/{id}", {})
        if is_unknown(said):
            return Later("forgotten", link=False)
        found = read_one(said, kind)
        if isinstance(found, dict) and found.get("id") != id:
            return Later("not_fhir", link=True)
        return found

    def _search(self, kind: str, query: dict[str, str]) -> list[Resource] | Trouble | None:
        """Every resource of that kind that was found; None: the platform has no such search."""
        said = self._get(kind, query | {"_count": MOST})
        if is_unknown(said):
            return None
        bundle = read(said, "searchset")
        if not isinstance(bundle, dict):
            return bundle
        if any(isinstance(link, dict) and link.get("relation") == "next" for link in fhir.listed(bundle, "link")):
            return Later("incomplete", link=False)
        found = [entry.get("resource") for entry in fhir.listed(bundle, "entry") if isinstance(entry, dict)]
        return [one for one in found if isinstance(one, dict) and one.get("resourceType") == kind]

    def _get(self, path: str, query: dict[str, str]) -> Said:
        return self._line.exchange("GET", f"{self._base}/{path}", query, None)
