"""Sends a dose, or the void of one, and believes only what it reads back; asks for what it certifies of a dose."""

from __future__ import annotations

import hashlib
import json

from kiosk.rules.certificate import Certificate
from kiosk.rules.messages import DoseGiven, DoseVoided, Message
from kiosk.upstream import fhir, fhir_void
from kiosk.upstream.answers import (
    REASONS,
    Acknowledged,
    Answer,
    Later,
    NeedsHuman,
    Trouble,
    change_trouble,
    entries_trouble,
    is_unknown,
    read,
    read_one,
    wait_seconds,
)
from kiosk.upstream.certificate import Asker
from kiosk.upstream.fhir import Resource
from kiosk.upstream.line import Line, LineTrouble
from kiosk.upstream.profile import Profile

__all__ = ["REASONS", "Acknowledged", "Answer", "Certificate", "Client", "Later", "NeedsHuman", "Trouble"]
# The four exchanges of a question hold up the next dose no longer than one of its own does.
QUESTION = 1 / 4


class Client:
    """The platform at `base`. Not for two threads at once: parallel creates are what makes doubles.

    `deadline_seconds` is for each exchange of a `submit`, from the first byte to the last: three of a dose, four of a
    void, six where its dose had not arrived.
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

    def submit(self, message: Message) -> Answer:
        """Tell of it and read it back. Safe to repeat; raises nothing that a network or a server can cause."""
        try:
            return self._void(message) if isinstance(message, DoseVoided) else self._give(message)
        except LineTrouble as trouble:
            return Later(trouble.reason, link=True)

    def _give(self, message: DoseGiven) -> Answer:
        trouble = self._create(message)
        stored = trouble or self._find(message.id)
        if not isinstance(stored, dict):
            return stored or Later("forgotten", link=False)
        if fhir.differences(message, stored, self._profile):
            return NeedsHuman("differs")
        return self._judge_person(message, stored) or self._receipt(stored)

    def _void(self, message: DoseVoided) -> Answer:
        """Marks the dose that is there, or takes its place, and looks at it again; what is void already is done."""
        stored = self._find(message.id)
        if stored is None:
            # The dose may be on its way still: whoever comes second creates nothing.
            stored = self._create(message) or self._find(message.id)
        if isinstance(stored, dict) and stored.get("status") == fhir_void.COMPLETED:
            stored = self._withdraw(message, stored) or self._find(message.id)
        if not isinstance(stored, dict):
            return stored or Later("forgotten", link=False)
        if stored.get("status") == fhir_void.COMPLETED:
            return Later("stands", link=False)
        return self._receipt(stored) if stored.get("status") == fhir_void.ENTERED_IN_ERROR else NeedsHuman("differs")

    def _create(self, message: Message) -> Trouble | None:
        try:
            transaction = _transaction(message, self._profile)
            body = json.dumps(transaction, ensure_ascii=False).encode()
        except ValueError:
            return NeedsHuman("invalid")
        said = self._line.exchange("POST", self._base, {}, body)
        answer = read(said, "transaction-response")
        if not isinstance(answer, dict):
            return answer
        return entries_trouble(answer, len(transaction["entry"]), wait_seconds(said.headers))

    def _withdraw(self, message: DoseVoided, found: Resource) -> Trouble | None:
        """Changes the newest version and no other: one that somebody else has written meanwhile is looked at again."""
        id = found.get("id")
        if not isinstance(id, str) or not fhir.ID.fullmatch(id):
            return Later("not_fhir", link=True)
        address = f"{self._base}/Immunization/{id}"
        # A search may leave elements out or be a little old; what is put back must be whole.
        said = self._line.exchange("GET", address, {}, None)
        newest = Later("forgotten", link=False) if is_unknown(said) else read_one(said, "Immunization")
        if not isinstance(newest, dict):
            return newest
        if not fhir.carries(newest, fhir.dose_identifier(message.id, self._profile)):
            return Later("not_fhir", link=True)
        if newest.get("status") != fhir_void.COMPLETED:
            return None
        version = _version(newest)
        if not version:
            return Later("refused", link=False)
        body = json.dumps(fhir_void.withdrawn(newest, message, self._profile)).encode()
        return change_trouble(self._line.exchange("PUT", address, {}, body, version), "Immunization")

    def _find(self, dose_id: str) -> Resource | Trouble | None:
        """The record with our identifier; None: there is none."""
        identifier = fhir.dose_identifier(dose_id, self._profile)
        query = {"identifier": f"{identifier['system']}|{identifier['value']}"}
        answer = read(self._line.exchange("GET", f"{self._base}/Immunization", query, None), "searchset")
        if not isinstance(answer, dict):
            return answer
        # Only a record with our identifier is ours: what else a server throws in proves nothing.
        ours = [resource for resource in _immunizations(answer) if fhir.carries(resource, identifier)]
        return NeedsHuman("doubled") if len(ours) > 1 else next(iter(ours), None)

    def _judge_person(self, message: DoseGiven, stored: Resource) -> Trouble | None:
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

    def _receipt(self, stored: Resource) -> Answer:
        remote_id = stored.get("id")
        if not isinstance(remote_id, str) or not fhir.ID.fullmatch(remote_id):
            return Later("not_fhir", link=True)
        canonical = json.dumps(stored, sort_keys=True, separators=(",", ":")).encode()
        return Acknowledged(
            remote_id=f"Immunization/{remote_id}",
            version=_version(stored),
            server=self._base,
            read_back_sha256=hashlib.sha256(canonical).hexdigest(),
        )


def _transaction(message: Message, profile: Profile) -> Resource:
    return fhir_void.bundle(message, profile) if isinstance(message, DoseVoided) else fhir.bundle(message, profile)


def _version(stored: Resource) -> str:
    meta = stored.get("meta")
    version = str(meta.get("versionId", "")) if isinstance(meta, dict) else ""
    return version if fhir.ID.fullmatch(version) else ""


def _immunizations(answer: Resource) -> list[Resource]:
    entries = answer.get("entry")
    listed = entries if isinstance(entries, list) else []
    resources = [entry.get("resource") for entry in listed if isinstance(entry, dict)]
    return [one for one in resources if isinstance(one, dict) and one.get("resourceType") == "Immunization"]
