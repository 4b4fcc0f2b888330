"""The database: one write transaction at a time, in the order asked for; reading transactions cannot write.

SQLite: every writer takes the kernel's lock on `<file>.lock` (its queue is fair, SQLite's own back-off is not), then
BEGIN IMMEDIATE; everybody else gets `query_only`. PostgreSQL: an advisory lock, and READ ONLY.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData, Select, Table, bindparam, event, insert, inspect, make_url, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.orm.util import identity_key


class CannotWrite(RuntimeError):
    """A page that only reads tried to change something: a mistake of ours, never of the person's."""


class Base(DeclarativeBase):
    """Parent of all models; constraint names are stable so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


M = TypeVar("M", bound=Base)
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def prepare(engine: Engine) -> None:
    """Teaches an engine the house's transactions. Call once, before its first connection."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _connect)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_server)


def _connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "journal_size_limit=67108864",
        "cache_size=-16384",  # KiB: a list of fifty thousand lands all over its indexes
    ):
        connection.execute(f"PRAGMA {pragma}")


def _writing(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writing"))


def _begin_sqlite(connection: Connection) -> None:
    writing = _writing(connection)
    line: Any = connection.connection.dbapi_connection  # by itself: these two say nothing that a statement's way is for
    line.execute(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
    line.execute("BEGIN IMMEDIATE" if writing else "BEGIN")


def _begin_server(connection: Connection) -> None:
    writing = _writing(connection)
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1)" if writing else "SET TRANSACTION READ ONLY")


@event.listens_for(Session, "before_flush")
def _only_writers_flush(session: Session, *_: object) -> None:
    if not session.info.get("writing") and (session.new or session.dirty or session.deleted):
        raise CannotWrite("a change outside `writing()`")


@contextmanager
def turn() -> Iterator[None]:
    """Waits for this writer's turn among all threads and programs of the box; the kernel frees it if we die."""
    path = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not path:
        yield
        return
    lock = open_lock(f"{path}.lock", path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _held_since.append(time.monotonic())
        try:
            yield
        finally:
            _held_since.clear()
    finally:
        os.close(lock)


# Since when this process has the turn: at most one entry, as only one thread of the box has it.
_held_since: list[float] = []


def held_seconds() -> float:
    """How long a thread of this process has held the turn by now; 0.0 where none does."""
    return max((time.monotonic() - since for since in tuple(_held_since)), default=0.0)


def open_lock(name: str, beside: str | Path) -> int:
    """A lock file, made where it is missing, that is everybody's who may write what it stands beside; its descriptor.

    Hub and forwarder are two users of one group: the database's mode says whether they share it. Root may make it
    (`sudo … staff add`): it must stay usable by whoever owns the database.
    """
    try:
        return os.open(name, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        if os.geteuid() == 0 and os.path.exists(beside):
            owner = os.stat(beside)
            os.fchown(lock, owner.st_uid, owner.st_gid)
        return lock


def touch_database(url: str) -> None:
    """Makes SQLite's file where it is missing: by itself it lets only its owner write, and never the group.

    The umask takes what nobody shares away again; the files beside it (-wal, -shm) get the mode of this one.
    """
    path = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and path:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660))


@contextmanager
def writing() -> Iterator[Session]:
    """The one way to change something: a transaction that commits at the end or leaves no trace.

    What this session had read before is read anew. Not to be nested.
    """
    session = cast(Session, db.session())
    if session.info.get("writing"):
        raise CannotWrite("one thing a person does is one transaction: `writing()` was nested")
    session.rollback()
    session.expire_all()  # after a commit there is nothing to roll back
    with turn():
        session.info["writing"] = True
        try:
            session.connection(execution_options={"writing": True})
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info["writing"] = False


def by_key(model: type[M], key: str) -> M | None:
    """The row with this key, None without one: as `Session.get`, which makes its statement anew each time."""
    here: M | None = db.session.identity_map.get(identity_key(model, key))
    if here is not None and not inspect(here).expired:
        return here
    found: M | None = db.session.scalar(_keyed(model), {"key": key})
    return found


@cache
def _keyed(model: type[Base]) -> Select[Any]:
    (key,) = inspect(model).primary_key
    return select(model).where(key == bindparam("key"))


def add_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds many rows at once, each a mapping of all its columns without a default; none stays in memory."""
    if rows:
        db.session.execute(insert(cast(Table, model.__table__)), [dict(row) for row in rows])
