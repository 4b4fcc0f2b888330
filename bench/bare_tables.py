"""The injection table that anybody would write first, as a peer: Flask, Flask-SQLAlchemy, the same rows, nothing asked.

No sign-in, no rules, no key against a second tap, no audit chain to bind: each POST adds the rows that it is told, and
commits. `python -m bench.bare_tables FOLDER PORT`; FOLDER holds `rows.json` and `bare.db`, the file as it was before.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from gunicorn.app.base import BaseApplication
from sqlalchemy import JSON, Date, DateTime, event
from sqlalchemy.types import TypeEngine

# What SQLite keeps as text and a table's column takes as something else.
READ: tuple[tuple[type[TypeEngine[Any]], Callable[[str], Any]], ...] = (
    (DateTime, datetime.fromisoformat), (Date, date.fromisoformat), (JSON, json.loads),
)  # fmt: skip


def create_app(folder: Path) -> Flask:
    """One route: `n` of the form names the rows to add and to change."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'bare.db'}"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"connect_args": {"timeout": 30}}
    database = SQLAlchemy(app)
    with app.app_context():
        event.listen(database.engine, "connect", _connect)
        database.reflect()
        tables = database.metadata.tables
        models: dict[str, Any] = {name: type(name, (database.Model,), {"__table__": tables[name]}) for name in tables}
    work = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    # As strong as it can be: its writers queue here and never meet SQLite's own back-off.
    turn = threading.Lock()

    @app.post("/table")
    def give() -> tuple[str, int]:
        rows = work[request.form["n"]]
        with turn:
            for table, facts in rows["add"]:
                database.session.add(models[table](**_row(models[table], facts)))
            for table, id, facts in rows["change"]:
                row = database.session.get(models[table], id)
                for name, value in _row(models[table], facts).items():
                    setattr(row, name, value)
            database.session.commit()
        return "", 204

    return app


def _row(model: Any, facts: dict[str, Any]) -> dict[str, Any]:
    row = {}
    for name, value in facts.items():
        kind = model.__table__.columns[name].type
        read = next((read for stored, read in READ if isinstance(kind, stored)), None)
        row[name] = read(value) if read and value is not None else value
    return row


def _connect(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


class _Server(BaseApplication):  # type: ignore[misc]
    """Served as the hub is: one worker of many threads."""

    def load_config(self) -> None:
        for name, value in {
            "bind": f"127.0.0.1:{sys.argv[2]}", "worker_class": "gthread", "workers": 1, "threads": 100,
            "keepalive": 65,
            "control_socket_disable": True, "loglevel": "warning",
        }.items():  # fmt: skip
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(Path(sys.argv[1]))


if __name__ == "__main__":
    _Server().run()
