"""How the database is as a whole: how many rows each table has, which revision it is at. Counts only."""

from __future__ import annotations

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from kiosk.store.database import Base, db


def count_rows() -> dict[str, int]:
    """Rows by table."""
    return {
        table.name: int(db.session.scalar(select(func.count()).select_from(table)) or 0)
        for table in Base.metadata.sorted_tables
    }


def revision() -> str:
    """The migration that the database is at; "" before the first."""
    try:
        return str(db.session.scalar(text("SELECT version_num FROM alembic_version")) or "")
    except SQLAlchemyError:
        db.session.rollback()
        return ""
