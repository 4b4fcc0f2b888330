"""Sends a dose to the platform, and believes only what it reads back; asks for what it certifies of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from kiosk.rules.certificate import Certificate
from kiosk.rules.messages import DoseGiven
from kiosk.upstream import fhir
from kiosk.upstream.answers import (
    REASONS,
    Acknowledged,
    Answer,
    Later,
    NeedsHuman,
    Trouble,
    entries_trouble,
    read,
    read_one,
    wait_seconds,
)
from kiosk.upstream.certificate import Asker
from kiosk.upstream.line import Line, LineTrouble
from kiosk.upstream.profile import Profile

__all__ = ["REASONS", "Acknowledged", "Answer", "Certificate", "Client", "Later", "NeedsHuman", "Trouble"]
# The four exchanges of a question hold up the next dose no longer than one of its own does.
QUESTION = 1 / 4


class Client:
    """The platform at `base`. Not for two threads at once: parallel creates are what makes doubles.

    `deadline_seconds` is for each of the three exchanges of a `submit`, from the first byte to the last.
    """

    def __init__(
        self,
        base: str,
        profile: Profile,
        token: str = "",
        *,
        deadline_seconds: float = 20.0,
        ca_file: str | None = None,
    ) -> None:
        self._base = base.rstrip("/")
        self._profile = profile
        self._line = Line(token, deadline_seconds, ca_file)
        self._asker = Asker(self._base, profile, Line(token, deadline_seconds * QUESTION, ca_file))

    def ask_certificate(self, message: DoseGiven, remote_id: str) -> Certificate | Trouble | None:
        """What the platform certifies of the person who had this dose; None: nothing yet. `remote_id`: its receipt's.

        Writes nothing there. Raises nothing that a network or a server can cause.
        """
        return self._asker.ask(message, remote_id)

    def submit(self, message: DoseGiven) -> Answer:
        """Tell of a dose and read it back. Safe to repeat; raises nothing that a network or a server can cause."""
        try:
            transaction = fhir.bundle(message, self._profile)
            body = json.dumps(transaction, ensure_ascii=False).encode()
        except ValueError:
            return NeedsHuman("invalid")
        try:
            return self._create(body, len(transaction["entry"])) or self._read_back(message)
        except LineTrouble as trouble:
            return Later(trouble.reason, link=True)

    def _create(self, body: bytes, entries: int) -> Trouble | None:
        said = self._line.exchange("POST", self._base, {}, body)
        answer = read(said, "transaction-response")
        if not isinstance(answer, dict):
            return answer
        return entries_trouble(answer, entries, wait_seconds(said.headers))

    def _read_back(self, message: DoseGiven) -> Answer:
        identifier = fhir.dose_identifier(message.id, self._profile)
        query = {"identifier": f"{identifier['system']}|{identifier['value']}"}
        answer = read(self._line.exchange("GET", f"{self._base}/Immunization", query, None), "searchset")
        if not isinstance(answer, dict):
            return answer
        # Only a record with our identifier is ours: what else a server throws in proves nothing.
        ours = [resource for resource in _immunizations(answer) if fhir.carries(resource, identifier)]
        if len(ours) != 1:
            return NeedsHuman("doubled") if ours else Later("forgotten", link=False)
        if fhir.differences(message, ours[0], self._profile):
            return NeedsHuman("differs")
        return self._judge_person(message, ours[0]) or self._receipt(ours[0])

    def _judge_person(self, message: DoseGiven, stored: dict[str, Any]) -> Trouble | None:
        """A number that is another citizen's files the dose under them: the platform then has it, and is wrong."""
        id = fhir.patient_of(stored)
        if id is None:
            return NeedsHuman("other_person")
        # By the platform's own id: no number of a person stands in an address.
        said = self._line.exchange("GET", f"{self._base}/Patient/{id}", {}, None)
        patient = Later("forgotten", link=False) if said.status == 404 else read_one(said, "Patient")
        if not isinstance(patient, dict):
            return patient
        return NeedsHuman("other_person") if fhir.another_person(message, patient) else None

    def _receipt(self, stored: dict[str, Any]) -> Answer:
        remote_id, meta = stored.get("id"), stored.get("meta")
        if not isinstance(remote_id, str) or not fhir.ID.fullmatch(remote_id):
            return Later("not_fhir", link=True)
        version = str(meta.get("versionId", "")) if isinstance(meta, dict) else ""
        canonical = json.dumps(stored, sort_keys=True, separators=(",", ":")).encode()
        return Acknowledged(
            remote_id=f"Immunization/{remote_id}",
            version=version if fhir.ID.fullmatch(version) else "",
            server=self._base,
            read_back_sha256=hashlib.sha256(canonical).hexdigest(),
        )


def _immunizations(answer: dict[str, Any]) -> list[dict[str, Any]]:
    entries = answer.get("entry")
    listed = entries if isinstance(entries, list) else []
    resources = [entry.get("resource") for entry in listed if isinstance(entry, dict)]
    return [one for one in resources if isinstance(one, dict) and one.get("resourceType") == "Immunization"]
