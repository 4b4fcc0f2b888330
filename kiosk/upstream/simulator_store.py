"""What the simulated platform remembers: resources of FHIR in one SQLite file. What it committed survives kill -9."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Resource = dict[str, Any]

TABLES = """
create table if not exists resource (id integer primary key autoincrement, type text not null, body text not null);
create table if not exists token (
    type text not null, name text not null, system text not null, value text not null,
    id integer not null references resource (id)
);
create table if not exists former (id integer not null references resource (id), body text not null);
create index if not exists token_value on token (type, name, system, value);
"""


class Records:
    """Every read and write is under one lock: two creates of the same thing cannot pass each other."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._rows = sqlite3.connect(folder / "platform.db", isolation_level=None, check_same_thread=False)
        self._rows.execute("pragma journal_mode = wal")
        self._rows.execute("pragma synchronous = full")
        self._rows.executescript(TABLES)

    def close(self) -> None:
        """Nothing is lost without it."""
        with self._lock:
            self._rows.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: an exception takes back what was written within."""
        with self._lock:
            self._rows.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._rows.execute("rollback")
                raise
            self._rows.execute("commit")

    def mint(self, resource_type: str) -> str:
        """A new id; its resource is `put` in the same transaction."""
        row = self._rows.execute("insert into resource (type, body) values (?, '{}')", [resource_type])
        return str(row.lastrowid)

    def put(self, resource: Resource, resource_id: str) -> Resource:
        """Version 1 of a resource, as it is stored."""
        at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
        meta = {**resource.get("meta", {}), "versionId": "1", "lastUpdated": at}
        stored = {**resource, "id": resource_id, "meta": meta}
        self._rows.execute("update resource set body = ? where id = ?", [json.dumps(stored), resource_id])
        kind = resource["resourceType"]
        tokens = [("identifier", one.get("system", ""), one.get("value", "")) for one in stored.get("identifier", [])]
        tokens += [("_tag", one.get("system", ""), one.get("code", "")) for one in meta.get("tag", [])]
        self._rows.executemany(
            "insert into token values (?, ?, ?, ?, ?)", [(kind, *token, resource_id) for token in tokens]
        )
        return stored

    def change(self, resource: Resource, former: Resource) -> Resource:
        """The next version of a resource; the former one is kept."""
        at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
        version = str(int(former["meta"]["versionId"]) + 1)
        stored = resource | {"meta": {**resource.get("meta", {}), "versionId": version, "lastUpdated": at}}
        self._rows.execute("insert into former (id, body) values (?, ?)", [former["id"], json.dumps(former)])
        self._rows.execute("update resource set body = ? where id = ?", [json.dumps(stored), former["id"]])
        return stored

    def history(self, resource_id: str) -> list[Resource]:
        """Every version of a resource, the first one first."""
        with self._lock:
            rows = self._rows.execute(
                "select body from (select rowid as at, body from former where id = :id"
                " union all select 9e18, body from resource where id = :id) order by at",
                {"id": resource_id},
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def get(self, resource_type: str, resource_id: str) -> Resource | None:
        """The resource of that id."""
        with self._lock:
            row = self._rows.execute(
                "select body from resource where type = ? and cast(id as text) = ?", [resource_type, resource_id]
            ).fetchone()
        return json.loads(row[0]) if row else None

    def search(self, resource_type: str, wanted: list[tuple[str, str, str]]) -> list[Resource]:
        """Those that carry every wanted (parameter, system, value), oldest first."""
        carries = (
            "and exists (select 1 from token where token.id = resource.id and name = ? and system = ? and value = ?)"
        )
        facts = [fact for token in wanted for fact in token]
        with self._lock:
            rows = self._rows.execute(
                f"select body from resource where type = ? {carries * len(wanted)} order by id",  # noqa: S608
                [resource_type, *facts],
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def list_doses(self, patient: str) -> list[Resource]:
        """Every dose of a person ("Patient/16"), oldest first."""
        named = "json_extract(body, '$.patient.reference') = ?"
        with self._lock:
            rows = self._rows.execute(
                f"select body from resource where type = 'Immunization' and {named} order by id",  # noqa: S608
                [patient],
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def figures(self) -> dict[str, int]:
        """How many doses that stand, void ones and patients, and how many doses are there more than once."""
        with self._lock:
            doses, patients = (
                self._rows.execute("select count(*) from resource where type = ?", [kind]).fetchone()[0]
                for kind in ("Immunization", "Patient")
            )
            voided = self._rows.execute(
                "select count(*) from resource where type = 'Immunization'"
                " and json_extract(body, '$.status') = 'entered-in-error'"
            ).fetchone()[0]
            doubled = self._rows.execute(
                "select count(*) from (select 1 from token where type = 'Immunization' and name = 'identifier'"
                " group by system, value having count(distinct id) > 1)"
            ).fetchone()[0]
        return {"doses": doses - voided, "voided": voided, "patients": patients, "doubled": doubled}
