"""The ledger of vaccine: what came, what went where, what was opened, drawn beyond the label, and wasted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.errors import NotFound
from kiosk.rules.stock import Balance, together
from kiosk.rules.words import StockKind
from kiosk.store import vials
from kiosk.store.columns import At, Code, Fact
from kiosk.store.database import Base, db
from kiosk.store.doses import Dose
from kiosk.store.lots import Lot

# The site's own store, where no table is named.
STORE = "store"
# The kinds that the books add up, and what they are called there. What is opened or placed stays on the site.
_COUNTED = {
    StockKind.RECEIVED: "received", StockKind.CAME: "came", StockKind.EXTRA: "extra", StockKind.WASTED: "wasted",
    StockKind.SENT: "sent",
}  # fmt: skip


class StockMove(Fact, Base):
    """One movement, never changed. `vials` unopened ones, `doses` in all of them, or out of one opened vial.

    `from_place`, `to_place`: STORE or a station's code, "" where it leaves the site or comes to it. `other_site`: whose
    it was or will be. `temperature_start`, `temperature_end`: degrees Celsius at the beginning and the end of its way.
    `reason`: a code of `protocols/stock.toml`. What is opened goes to no place: its vial says where it is; one that was
    opened by mistake comes back the same way. Where a lot was put right, a row of no vials says how many doses more (or
    less) the rows like it moved.
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
    by: Mapped[str] = mapped_column(String(40))

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)


def list_balances() -> list[tuple[Lot, Balance]]:
    """Every lot that ever moved, with its books; the one that expires first comes first."""
    query = select(StockMove.lot_id, StockMove.kind, func.sum(StockMove.doses)).group_by(
        StockMove.lot_id, StockMove.kind
    )
    moved: dict[str, dict[str, int]] = {}
    for lot_id, kind, n in db.session.execute(query.where(StockMove.kind.in_(_COUNTED))):
        moved.setdefault(lot_id, {})[kind] = n
    given, left, unopened = _given(), vials.count_left(), _unopened_doses()
    lots = select(Lot).where(Lot.id.in_(moved)).order_by(Lot.expires_on, Lot.vaccine, Lot.number)
    return [
        (lot, Balance(
            **{name: moved[lot.id].get(kind, 0) for kind, name in _COUNTED.items()},
            given=given.get(lot.id, 0), in_open=left.get(lot.id, 0), unopened=unopened.get(lot.id, 0),
        ))
        for lot in db.session.scalars(lots)
    ]  # fmt: skip


def balance(lot_id: str | None = None) -> Balance:
    """The books of one lot, or of all together."""
    return together(each for lot, each in list_balances() if lot_id in (None, lot.id))


def list_unopened(lot_id: str | None = None) -> list[tuple[Lot, str, int]]:
    """(lot, STORE or a station's code, vials) wherever unopened vials stand; the lot that expires first comes first."""
    rest: dict[tuple[str, str], int] = {}
    for place, sign in ((StockMove.to_place, 1), (StockMove.from_place, -1)):
        query = select(StockMove.lot_id, place, func.sum(StockMove.vials)).where(place != "", StockMove.vials > 0)
        query = query.where(StockMove.lot_id == lot_id) if lot_id else query
        for lot, where, n in db.session.execute(query.group_by(StockMove.lot_id, place)):
            rest[lot, where] = rest.get((lot, where), 0) + sign * n
    found = select(Lot).where(Lot.id.in_({lot for lot, _ in rest}))
    ordered = db.session.scalars(found.order_by(Lot.expires_on, Lot.vaccine, Lot.number))
    return [(lot, where, n) for lot in ordered for (id, where), n in sorted(rest.items()) if id == lot.id and n]


def count_unopened(lot_id: str, place: str) -> int:
    """Unopened vials of a lot at STORE or at a station."""
    return sum(n for _, where, n in list_unopened(lot_id) if where == place)


def list_vials_moved(lot_id: str) -> list[tuple[StockKind, str, str, str, str, int]]:
    """(kind, from, to, other site, reason, vials) of a lot's unopened vials that came, moved and left."""
    alike = (StockMove.kind, StockMove.from_place, StockMove.to_place, StockMove.other_site, StockMove.reason)
    query = select(*alike, func.sum(StockMove.vials)).where(StockMove.lot_id == lot_id, StockMove.vials > 0)
    rows = db.session.execute(query.group_by(*alike).order_by(*alike))
    return [(StockKind(kind), came, went, site, reason, n) for kind, came, went, site, reason, n in rows]


def list_kept() -> list[str]:
    """Codes of the vaccines that this site keeps books of, also of those of which none is left."""
    return list(db.session.scalars(select(Lot.vaccine).where(Lot.id.in_(select(StockMove.lot_id))).distinct()))


def list_never_opened() -> list[Lot]:
    """Lots of which no vial was opened, but by mistake, nor a dose given before vials were counted."""
    opened = select(vials.Vial.lot_id).where(vials.Vial.doses > 0)
    given = select(Dose.lot_id).where(Dose.vial_id.is_(None))
    query = select(Lot).where(Lot.id.not_in(opened), Lot.id.not_in(given))
    return list(db.session.scalars(query.order_by(Lot.expires_on, Lot.vaccine, Lot.number)))


def list_moves(since: datetime, offset: int, limit: int) -> Sequence[StockMove]:
    """Movements from that instant on, the newest first."""
    query = select(StockMove).where(StockMove.at >= since).order_by(StockMove.seq.desc())
    return list(db.session.scalars(query.offset(offset).limit(limit)))


def has_moved(since: datetime, kinds: Collection[StockKind]) -> bool:
    """Has any vial come, gone or been opened so from that instant on? What was only put right has not."""
    mine = (StockMove.at >= since) & StockMove.kind.in_(kinds) & (StockMove.vials > 0)
    return db.session.scalar(select(StockMove.id).where(mine).limit(1)) is not None


def count_moves(since: datetime) -> int:
    """How many movements there were from that instant on."""
    return db.session.scalar(select(func.count()).select_from(StockMove).where(StockMove.at >= since)) or 0


def stream_moves() -> Iterator[StockMove]:
    """The whole ledger, oldest first, a piece at a time."""
    yield from db.session.scalars(select(StockMove).order_by(StockMove.seq).execution_options(yield_per=500))


def _given() -> dict[str, int]:
    """Doses that stand, by lot; what was given before vials were counted came out of none."""
    query = select(Dose.lot_id, func.count()).where(Dose.vial_id.is_not(None), Dose.voided_at.is_(None))
    return {lot_id: int(n) for lot_id, n in db.session.execute(query.group_by(Dose.lot_id))}


def _unopened_doses() -> dict[str, int]:
    """Counted in vials, so that it agrees with the rest only when every vial is somewhere."""
    rest: dict[str, int] = {}
    for lot, _, n in list_unopened():
        rest[lot.id] = rest.get(lot.id, 0) + n * (lot.doses_per_vial or 0)
    return rest


def find_waste(vial_id: str, at: datetime) -> StockMove | None:
    """The movement by which some of this vial was wasted at that instant."""
    wasted = (StockMove.vial_id == vial_id) & (StockMove.kind == StockKind.WASTED) & (StockMove.at == at)
    return db.session.scalar(select(StockMove).where(wasted).order_by(StockMove.seq.desc()).limit(1))


def find_opening(vial_id: str) -> StockMove:
    """The movement by which this vial was opened. Raises NotFound."""
    opened = (StockMove.vial_id == vial_id) & (StockMove.kind == StockKind.OPENED)
    row = db.session.scalar(select(StockMove).where(opened).order_by(StockMove.seq).limit(1))
    if row is None:
        raise NotFound("stock move")
    return row
