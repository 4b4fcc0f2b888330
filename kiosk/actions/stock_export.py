"""The ledger of vaccine as it leaves the site. Who takes it out is in the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from kiosk import protocols, wording
from kiosk.actions.act import act
from kiosk.errors import NotFound
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store import audit, staff, stations, stock_moves
from kiosk.store.stock_moves import STORE, StockMove

Cell = str | int | float


@act
def export_ledger(by: Actor, now: Moment, n: int) -> int:
    """Somebody takes the ledger out; returns `n`, how many movements are in it."""
    audit.add(by, now, "stock.exported", n=n)
    return n


def ledger_rows(language: str, local: Callable[[datetime], datetime]) -> Iterator[list[Cell]]:
    """Every movement as the columns of `documents/ledger_sheet`, oldest first; `local`: as the site's time."""
    say = wording.speaker(language)
    vaccines = {each.code: each.name for each in protocols.vaccines().vaccines}
    reasons = {each.code: each.label(language) for each in protocols.stock().reasons}
    names: dict[str, str] = {"": "", STORE: say("stock.store")}
    for row in stock_moves.stream_moves():
        for code in (row.from_place, row.to_place):
            names.setdefault(code, _station(code, language))
        yield [
            f"{local(row.at):%d/%m/%Y %H:%M}", say(f"stock.kind.{row.kind}"), vaccines.get(row.lot.vaccine, ""),
            row.lot.number, f"{row.lot.expires_on:%d/%m/%Y}", row.vials, row.doses, names[row.from_place],
            names[row.to_place], row.other_site, _read(row.temperature_start), _read(row.temperature_end),
            reasons.get(row.reason, row.reason), row.note, _colleague(row),
        ]  # fmt: skip


def _station(code: str, language: str) -> str:
    station = stations.find(code)
    return station.name(language) if station else code


def _read(degrees: float | None) -> Cell:
    return "" if degrees is None else degrees


def _colleague(row: StockMove) -> str:
    try:
        return staff.get(row.by).name
    except NotFound:  # the command line has no badge
        return row.by
