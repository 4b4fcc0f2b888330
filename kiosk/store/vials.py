"""Opened vials: where each stands, what it still holds, until when it may be used."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Table, bindparam, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.errors import NotFound
from kiosk.rules.stock import gives
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.columns import At, Code, Fact, Instant
from kiosk.store.database import Base, by_key, db
from kiosk.store.lots import Lot


class Vial(Fact, Base):
    """One opened vial. `doses`: what its label promises; `extra`: what it gave beyond; `given`, `wasted`: what left it.

    `token`: the code on our label. `use_by`: None where no open life is established. `chosen`: of its table's vials the
    one with the highest was taken up last. `spent`: nobody put it away, it held nothing when the next was opened. The
    counters are changed in one statement with what they count; what a vial does not hold cannot be drawn from it.
    """

    __tablename__ = "vial"
    _also = (
        CheckConstraint("given >= 0 AND wasted >= 0 AND extra >= 0", name="counted"),
        CheckConstraint("given + wasted <= doses + extra", name="held"),
    )

    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"), index=True)
    station: Mapped[Code]
    token: Mapped[str] = mapped_column(String(10), unique=True)
    doses: Mapped[int]
    extra: Mapped[int] = mapped_column(default=0)
    given: Mapped[int] = mapped_column(default=0)
    wasted: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[At]
    opened_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    use_by: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    chosen: Mapped[int] = mapped_column(default=0)
    spent: Mapped[bool] = mapped_column(default=False)

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)

    @property
    def left(self) -> int:
        """Doses still in it."""
        return self.doses + self.extra - self.given - self.wasted


def get(id: str) -> Vial:
    """Raises NotFound."""
    vial = by_key(Vial, id)
    if vial is None:
        raise NotFound("vial")
    return vial


def get_anew(id: str) -> Vial:
    """The vial as its counters stand after a statement that changed them. Raises NotFound."""
    vial = get(id)
    db.session.refresh(vial)
    return vial


def list_of_date(on: date) -> list[Vial]:
    """Every vial that was opened on this date, by table; at each the one opened last comes first.

    Of both halves: one that was kept from the morning belongs to the afternoon since.
    """
    halves = select(ClinicDay.id).where(ClinicDay.on == on)
    query = select(Vial).where(Vial.clinic_day_id.in_(halves)).order_by(Vial.station, Vial.seq.desc())
    return list(db.session.scalars(query))


def find_by_token(token: str) -> Vial | None:
    """The vial that our label leads to."""
    return db.session.scalar(select(Vial).where(Vial.token == token))


def list_open(clinic_day_id: str, station: str | None = None) -> list[Vial]:
    """Vials of a clinic day that nobody has closed, at one table or at all; the one opened first comes first."""
    mine = [Vial.clinic_day_id == clinic_day_id, Vial.closed_at.is_(None)]
    if station is not None:
        mine.append(Vial.station == station)
    return list(db.session.scalars(select(Vial).where(*mine).order_by(Vial.seq)))


def list_kept(clinic_day_id: str) -> list[Vial]:
    """Vials of other clinic days than this that nobody has closed; the one opened first comes first."""
    kept = Vial.closed_at.is_(None) & (Vial.clinic_day_id != clinic_day_id)
    return list(db.session.scalars(select(Vial).where(kept).order_by(Vial.seq)))


def find_current(clinic_day_id: str, station: str, at: datetime) -> Vial | None:
    """The vial that the table gives from now: the one taken up last, while it holds a dose and may be used.

    After it the one of the same vaccine that was opened first: a table never goes over to another product by itself.
    """
    taken_up = find_chosen(clinic_day_id, station)
    if taken_up is None or gives(taken_up, at):
        return taken_up
    mine = (vial for vial in list_open(clinic_day_id, station) if vial.lot.vaccine == taken_up.lot.vaccine)
    return next((vial for vial in mine if gives(vial, at)), None)


def find_chosen(clinic_day_id: str, station: str) -> Vial | None:
    """The vial that was opened, scanned or tapped last at this table, whatever became of it."""
    return db.session.scalar(_CHOSEN, {"day": clinic_day_id, "station": station})


_CHOSEN = select(Vial).where(Vial.clinic_day_id == bindparam("day"), Vial.station == bindparam("station"))
_CHOSEN = _CHOSEN.order_by(Vial.chosen.desc()).limit(1)


def count_left() -> dict[str, int]:
    """Lot ids with the doses that their opened vials still hold, closed ones and former days' included."""
    left = func.sum(Vial.doses + Vial.extra - Vial.given - Vial.wasted)
    return {lot_id: int(n) for lot_id, n in db.session.execute(select(Vial.lot_id, left).group_by(Vial.lot_id))}


def waste(vial_id: str, doses: int) -> bool:
    """Doses that leave a vial unused; False when it does not hold them (any more). Below zero takes that back."""
    fits = Vial.given + Vial.wasted + doses <= Vial.doses + Vial.extra
    wasted = update(Vial).where(Vial.id == vial_id, fits).values(wasted=Vial.wasted + doses).returning(Vial.id)
    return db.session.scalar(wasted) is not None


def draw(vial_id: str, doses: int = 1) -> bool:
    """Takes doses out of an open vial; False when it does not hold them (any more). Below zero puts them back."""
    drawn = _OUT if doses > 0 else _BACK
    db.session.flush()
    return db.session.connection().execute(drawn, {"vial": vial_id, "n": doses}).rowcount == 1


_VIALS = cast(Table, Vial.__table__).c
_N = bindparam("n", type_=Integer)
_BACK = update(_VIALS.id.table).values(given=_VIALS.given + _N).where(
    _VIALS.id == bindparam("vial"), _VIALS.given + _N >= 0,
    _VIALS.given + _N + _VIALS.wasted <= _VIALS.doses + _VIALS.extra,
)  # fmt: skip
_OUT = _BACK.where(_VIALS.closed_at.is_(None))
