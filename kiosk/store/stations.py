"""The site and its stations, as `site.toml` last said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.store.columns import Code
from kiosk.store.database import Base, by_key, db


class Site(Base):
    """One row: this place. `mode` is fixed by the first migration, so that demo people never meet real ones."""

    __tablename__ = "site"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    mode: Mapped[str] = mapped_column(String(10))


class Station(Base):
    """A place where staff or a kiosk act; `steps`: what is done here now, in the steps' order.

    `own_steps`: what is done here as `site.toml` says it; the plan of the open day goes before it.
    `paper_dots`: how wide its printer prints, as a person read it off a test slip; 0: as its agent's settings say.
    """

    __tablename__ = "station"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name_vi: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    zone: Mapped[str] = mapped_column(String(1))
    prints_at: Mapped[Code]
    steps: Mapped[list[str]] = mapped_column(JSON, default=list)
    own_steps: Mapped[list[str]] = mapped_column(JSON, default=list)
    paper_dots: Mapped[int] = mapped_column(default=0)
    retired: Mapped[bool] = mapped_column(default=False)

    def name(self, language: str) -> str:
        """Its name on screen."""
        return self.name_en if language == "en" else self.name_vi


def site() -> Site:
    """This place. Raises NotFound before the first migration."""
    row = find_site()
    if row is None:
        raise NotFound("site")
    return row


def find_site() -> Site | None:
    """This place, if it has been set up."""
    return db.session.scalar(_SITE)


_SITE = select(Site)


def address() -> str:
    """How phones in the site's own network reach this box, as `site.toml` says; "" where they do not."""
    return str(current_app.config["ADDRESS"])


def zone() -> ZoneInfo:
    """The site's time zone, as `site.toml` says."""
    return ZoneInfo(current_app.config["SETTINGS"].site.time_zone)


def get(code: str) -> Station:
    """The station in use with this code. Raises NotFound."""
    station = by_key(Station, code)
    if station is None or station.retired:
        raise NotFound("station")
    return station


def find(code: str) -> Station | None:
    """The station with this code, even one no longer in use."""
    return by_key(Station, code)


def list_(kinds: Sequence[str] = ()) -> list[Station]:
    """Stations in use, of these kinds (all when none is named), by code."""
    return list(db.session.scalars(_IN_USE.where(Station.kind.in_(kinds)) if kinds else _IN_USE))


_IN_USE = select(Station).where(Station.retired.is_(False)).order_by(Station.code)


def list_serving(step: str) -> list[Station]:
    """Stations in use that serve this step, by code."""
    return [station for station in list_() if step in station.steps]


def mark_serving(planned: Mapping[str, Sequence[str]] | None) -> None:
    """From now on each station serves what is planned for it, or nothing; None: as `site.toml` says."""
    for station in list_():
        station.steps = station.own_steps if planned is None else list(planned.get(station.code, ()))


def add(row: Site | Station) -> None:
    """Adds the site or a station."""
    db.session.add(row)
