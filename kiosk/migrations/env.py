"""Runs the migrations on the hub's own engine, as its one writer."""

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

from kiosk.store.database import turn

database = current_app.extensions["migrate"].db


def keep_references(connection: Connection, *, on: bool) -> None:
    """SQLite rebuilds a table by dropping it: what points to it must not notice. Only outside a transaction."""
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


with turn(), database.engine.connect().execution_options(writing=True) as connection:
    keep_references(connection, on=False)
    try:
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_as_batch=True,
            compare_type=True,
            # SQLite takes back what it did to its tables too: all steps, or none.
            transactional_ddl=True,
            user_module_prefix="columns.",
        )
        with context.begin_transaction():
            context.run_migrations()
            if connection.dialect.name == "sqlite":
                astray = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if astray:
                    raise RuntimeError(f"rows that point nowhere after the migration: {astray[:5]}")
        connection.commit()
    finally:
        connection.rollback()
        keep_references(connection, on=True)
