"""Runs the migrations on the hub's own engine, as its one writer."""

from alembic import context
from flask import current_app

from kiosk.store.database import turn

database = current_app.extensions["migrate"].db

with turn(), database.engine.connect().execution_options(writing=True) as connection:
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="columns.",
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
