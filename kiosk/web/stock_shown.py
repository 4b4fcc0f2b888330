"""What the page of the site's vaccine shows: the books, where the vials are, what moved today; and its forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from flask import g, url_for

from kiosk import protocols
from kiosk.actions import stock as acts
from kiosk.rules.permissions import may
from kiosk.rules.stock import Balance, minutes_left, together
from kiosk.rules.words import StockKind
from kiosk.store import lots, stock_moves, vials
from kiosk.store.stock_moves import STORE
from kiosk.web import shown

A_PAGE = 50
FORMS = {
    "receive": ("vaccine", "number", "expires", "vials", "doses_per_vial", "open_hours", "came_from",
                "temperature_start", "temperature_end", "note", "gtin"),
    "transfer": ("there", "vials", "to_place"),
    "send": ("there", "vials", "other_site", "temperature_start", "note"),
    "waste": ("there", "vials", "reason", "note"),
    "put_right": ("lot", "expires", "doses_per_vial", "open_hours", "note"),
}  # fmt: skip
NOTHING: Mapping[str, str] = MappingProxyType({})


def books(page: int) -> dict[str, Any]:
    """What partials/stock/books.html needs: every lot's balance in doses; those that are used up come last."""
    found = stock_moves.list_balances()
    found.sort(key=lambda row: not (row[1].unopened or row[1].in_open or row[1].difference))
    pages = max(1, -(-len(found) // A_PAGE))
    page = min(max(1, page), pages)
    rows = [_lot(lot, balance) for lot, balance in found[(page - 1) * A_PAGE : page * A_PAGE]]
    unbalanced = [(named(lot), balance.difference) for lot, balance in found if balance.difference]
    total = together(balance for _, balance in found)
    return {
        "books": rows,
        "total": total,
        "unbalanced": unbalanced,
        "books_page": page,
        "books_pages": pages,
        "books_page_url": lambda nth: url_for("stock.page", lots=nth),
        "books_url": url_for("stock.page", lots=page, stamp=shown.stamp(rows, total, unbalanced)),
    }


def _lot(lot: lots.Lot, balance: Balance) -> dict[str, Any]:
    days = (lot.expires_on - g.now.on).days
    there = balance.unopened or balance.in_open
    soon = there and days <= protocols.stock().expiring_days
    return {
        "vaccine": protocols.vaccines().get(lot.vaccine).name,
        "number": lot.number,
        "expires_on": lot.expires_on,
        "kind": "stop" if there and days < 0 else "look" if soon else "",
        "of": balance,
    }


def named(lot: lots.Lot) -> str:
    """`AstraZeneca · NK0191`."""
    return f"{protocols.vaccines().get(lot.vaccine).name} · {lot.number}"


def place(code: str) -> str:
    """The store, or a station by its name."""
    return shown.say("stock.store") if code == STORE else shown.place(code)


def places() -> dict[str, Any]:
    """What partials/stock/places.html needs: unopened vials in the store and at each table."""
    rows = [
        {"place": place(where), "lot": named(lot), "expires_on": lot.expires_on, "vials": n,
         "doses": n * (lot.doses_per_vial or 0)}
        for lot, where, n in stock_moves.list_unopened()
    ]  # fmt: skip
    rows.sort(key=lambda row: str(row["place"]) != place(STORE))
    return {"places": rows, "places_url": url_for("stock.page", stamp=shown.stamp(rows))}


def open_vials() -> dict[str, Any]:
    """What partials/stock/open_vials.html needs, those kept from an earlier half too; to be used first comes first."""
    found = [vial for vial in vials.list_kept("") if vial.left]
    found.sort(key=lambda vial: (vial.use_by is None, vial.use_by, vial.seq))
    rows = [_open_vial(vial) for vial in found]
    return {"open_vials": rows, "open_vials_url": url_for("stock.page", stamp=shown.stamp(rows))}


def _open_vial(vial: vials.Vial) -> dict[str, Any]:
    minutes = minutes_left(vial.use_by, g.now.at)
    if minutes is None:
        kind, words = "", shown.say("stock.open.unknown")
    elif minutes < 0:
        kind, words = "stop", shown.say("stock.open.over")
    else:
        kind = "look" if minutes <= protocols.stock().warn_minutes else "right"
        words = shown.say("stock.open.minutes", n=minutes)
    return {
        "place": place(vial.station), "lot": named(vial.lot), "left": vial.left, "opened": shown.at(vial.opened_at),
        "kind": kind, "words": words,
        "table_url": url_for("table.page", station=vial.station) if may(g.actor.role, "table.call") else None,
    }  # fmt: skip


def moves(page: int) -> dict[str, Any]:
    """What partials/stock/moves.html needs: today's movements, the newest first."""
    since = _midnight()
    n = stock_moves.count_moves(since)
    pages = max(1, -(-n // A_PAGE))
    page = min(max(1, page), pages)
    rows = [_move(row) for row in stock_moves.list_moves(since, (page - 1) * A_PAGE, A_PAGE)]
    return {
        "moves": rows,
        "moves_n": n,
        "moves_page": page,
        "moves_pages": pages,
        "moves_page_url": lambda nth: url_for("stock.page", moves=nth),
        "moves_url": url_for("stock.page", moves=page, stamp=shown.stamp(rows, n)),
        "export_url": url_for("stock.export"),
    }


def _midnight() -> datetime:
    local = shown.clock().local(g.now.at)
    since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    return g.now.at - since_midnight  # type: ignore[no-any-return]


def _move(row: stock_moves.StockMove) -> dict[str, Any]:
    return {
        "at": shown.at(row.at),
        "by": shown.colleague(row.by),
        "kind": shown.say(f"stock.kind.{row.kind}"),
        "lot": named(row.lot),
        "amount": amount(row),
        "way": way(row),
        "why": " · ".join(word for word in (reason(row.reason), degrees(row), row.note) if word),
    }


def amount(row: stock_moves.StockMove) -> str:
    """`12 lọ (120 liều)`, or doses alone where no unopened vial moved; "" where nothing did."""
    if row.kind == StockKind.PUT_RIGHT:
        return ""
    doses = shown.say("stock.doses", n=row.doses)
    return f"{shown.say('stock.vials', n=row.vials)} ({doses})" if row.vials else doses


def way(row: stock_moves.StockMove) -> str:
    """`Kho → Bàn tiêm 1`; another site by its name."""
    ends = [place(code) if code else "" for code in (row.from_place, row.to_place)]
    if row.kind == StockKind.CAME:
        ends[0] = row.other_site
    if row.kind == StockKind.SENT:
        ends[1] = row.other_site
    return " → ".join(end for end in ends if end)


def reason(code: str) -> str:
    """Why it was wasted; a code that is no longer in the protocol as it is."""
    known = {each.code: each.label(g.language) for each in protocols.stock().reasons}
    return known.get(code, code)


def degrees(row: stock_moves.StockMove) -> str:
    """`5–6,5 °C`, as far as it was read."""
    read = [_decimal(each) for each in (row.temperature_start, row.temperature_end) if each is not None]
    return f"{'–'.join(read)} °C" if read else ""


def _decimal(worth: float) -> str:
    text = f"{worth:g}"
    return text.replace(".", ",") if g.language == "vi" else text


def open_hours_hint() -> str:
    """What an empty open life stands for, product by product, and of which nothing is established."""
    of = protocols.vaccines().vaccines
    known = ", ".join(f"{each.name} {_decimal(each.open_hours)}" for each in of if each.open_hours)
    unknown = ", ".join(each.name for each in of if not each.open_hours)
    return shown.say("stock.field.open_hours.hint", known=known, unknown=unknown)


def _said_of(lot: lots.Lot) -> str:
    """A lot with what was typed of it."""
    open_life = shown.say("stock.right.open", hours=_decimal(lot.open_minutes / 60)) if lot.open_minutes else ""
    doses = shown.say("stock.right.doses", n=lot.doses_per_vial or 0)
    return " · ".join(each for each in (named(lot), f"{lot.expires_on:%d/%m/%Y}", doses, open_life) if each)


def forms(opened: str = "", given: Mapping[str, str] = NOTHING, wrong: Mapping[str, str] = NOTHING) -> dict[str, Any]:
    """What partials/stock/forms.html needs. `opened`: the form that is shown filled in with `given`; "" folds all.

    `wrong`: sentence by field, by "" where it is about no field.
    """
    there = [
        (f"{lot.id}/{where}", f"{named(lot)} · {place(where)} · {shown.say('stock.vials', n=n)}")
        for lot, where, n in stock_moves.list_unopened()
    ]
    tables = [(row.code, row.name(g.language)) for row in acts.list_tables()]
    return {
        "refused": bool(wrong),
        "forms": {form: _form(form, *((given, wrong) if form == opened else (NOTHING, NOTHING)), form == opened)
                  for form in FORMS},
        "vaccines": [(each.code, each.name) for each in protocols.vaccines().vaccines],
        "there": there,
        "may_be_put_right": [(lot.id, _said_of(lot)) for lot in stock_moves.list_never_opened()],
        "open_hours_hint": open_hours_hint(),
        "to": [(STORE, place(STORE)), *tables],
        "reasons": [(each.code, each.label(g.language)) for each in protocols.stock().reasons if each.unopened],
        "cold": (f"{protocols.stock().coldest:g}", f"{protocols.stock().warmest:g}"),
    }  # fmt: skip


def _form(form: str, given: Mapping[str, str], wrong: Mapping[str, str], opened: bool) -> dict[str, Any]:
    others = [sentence for field, sentence in wrong.items() if field not in FORMS[form]]
    return {
        "url": url_for(f"stock.{form}"),
        "open": opened,
        "given": {field: given.get(field, "") for field in FORMS[form]},
        "wrong": {field: wrong.get(field) for field in FORMS[form]},
        "refusal": next(iter(others), None),
    }
