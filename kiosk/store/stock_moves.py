"""The ledger of vaccine: what came, what went where, what was opened, drawn beyond the label, and wasted."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At, Code, Fact
from kiosk.store.database import Base

# The site's own refrigerator, where no table is named.
STORE = "store"


class StockMove(Fact, Base):
    """One movement, never changed. `vials` unopened ones, `doses` in all of them, or out of one opened vial.

    `from_place`, `to_place`: STORE or a station's code, "" where it leaves the site or comes to it. `other_site`: whose
    it was or will be. `temperature_start`, `temperature_end`: degrees Celsius at the beginning and the end of its way.
    `reason`: a code of `protocols/stock.toml`.
    """

    __tablename__ = "stock_move"
    _also = (Index("ix_stock_move_lot_id", "lot_id", "kind"), Index("ix_stock_move_vial_id", "vial_id"))

    kind: Mapped[str] = mapped_column(String(10))
    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    vial_id: Mapped[str | None] = mapped_column(ForeignKey("vial.id"))
    clinic_day_id: Mapped[str | None] = mapped_column(ForeignKey("clinic_day.id"))
    from_place: Mapped[Code] = mapped_column(default="")
    to_place: Mapped[Code] = mapped_column(default="")
    other_site: Mapped[str] = mapped_column(String(120), default="")
    vials: Mapped[int] = mapped_column(default=0)
    doses: Mapped[int]
    temperature_start: Mapped[float | None]
    temperature_end: Mapped[float | None]
    reason: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[At]
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
