"""What is shown of doses that were recorded: by the number of their visit, names masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import g, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions import voiding
from kiosk.actions.day import find_day
from kiosk.errors import NotFound
from kiosk.rules.dose import find_reason
from kiosk.rules.person import masked_name
from kiosk.rules.words import Arm, DoseKind, Role
from kiosk.store import clinic_days, doses, staff, stations, vials, visits
from kiosk.web import shown
from kiosk.web.injection_shown import ARMS

# The last doses of a table: whoever sees their own mistake sees it soon.
LAST, PAGE = 5, 50


@dataclass(frozen=True)
class Tried:
    """A form of the page that was sent and refused: which (`void`, `correct`), what was given, the sentences."""

    what: str = ""
    given: MultiDict[str, str] = field(default_factory=MultiDict)
    wrong: Mapping[str, str] = field(default_factory=dict)


NOTHING = Tried()


def url(name: str, **facts: Any) -> str:
    """The address of one of these pages: at the actor's table, or where the lead looks at a whole day."""
    if g.actor.station:
        return url_for(f"doses.{name}_at_table", station=g.actor.station, **facts)
    return url_for(f"doses.{name}", **facts)


def panel() -> dict[str, Any]:
    """What partials/injection/doses.html needs: the last doses of this table on the open clinic day."""
    day = find_day(g.now)
    rows = [_row(each) for each in doses.list_newest(day.id, g.actor.station, LAST)] if day else []
    needed = bool(protocols.steps().recording("dose") & set(stations.get(g.actor.station).steps))
    return {
        "needed": needed,
        "rows": rows,
        "url": url_for("table.page", station=g.actor.station, doses=shown.stamp(rows)),
    }


def of_day(page: int) -> dict[str, Any]:
    """What pages/doses/doses.html needs: the doses of the open clinic day, else of the newest."""
    day = clinic_days.find_open() or clinic_days.find_last()
    stand, void = doses.count_all(day.id) if day else (0, 0)
    pages = max(1, -(-(stand + void) // PAGE))
    page = min(max(1, page), pages)
    found = doses.list_newest(day.id, "", PAGE, (page - 1) * PAGE) if day else []
    return {
        "day": day,
        "stand": stand,
        "void": void,
        "rows": [_row(each) | {"station": shown.place(each.station)} for each in found],
        "page": page,
        "pages": pages,
        "page_url": lambda n: url_for("doses.page", page=n),
    }


def _row(dose: doses.Dose) -> dict[str, Any]:
    visit = visits.get(dose.visit_id)
    return {
        "label": visit.label,
        "name": masked_name(visit.person.name),
        "at": shown.at(dose.given_at),
        "vaccine": protocols.vaccines().get(dose.lot.vaccine).name,
        "lot": dose.lot.number,
        "number": dose.dose_number,
        "kind": "" if dose.kind == DoseKind.BASIC else shown.say(f"dose.kind.{dose.kind}"),
        "void": _void(dose),
        "corrects": dose.replaces_id is not None,
        "url": url("see", dose=dose.id),
    }


def _void(dose: doses.Dose) -> str:
    """Who took it back, when and why; "" for a dose that stands."""
    if dose.voided_at is None:
        return ""
    of = protocols.doses()
    reason = find_reason((*of.void_reasons, *of.correct_reasons), dose.void_reason)
    why = reason.label(g.language) if reason else dose.void_reason
    facts = {"time": shown.at(dose.voided_at), "staff": staff.get(dose.voided_by).name, "why": why}
    return shown.say("dose.voided", **facts)


def one(dose_id: str, tried: Tried) -> dict[str, Any]:
    """What pages/doses/dose.html needs. Raises NotFound for a dose of another table."""
    dose = doses.get(dose_id)
    if g.actor.station != dose.station and (g.actor.station or g.actor.role is not Role.SITE_LEAD):
        raise NotFound("dose")
    late = voiding.is_late(dose)
    return {
        "row": _row(dose) | {"station": shown.place(dose.station), "arm": shown.say(ARMS[Arm(dose.arm)]),
                             "vaccinator": staff.get(dose.vaccinator).name},
        "only_lead": late and g.actor.role is not Role.SITE_LEAD,
        "late": late,
        "correct": _correct(dose, tried if tried.what == "correct" else NOTHING),
        "void": _take_back(tried if tried.what == "void" else NOTHING),
        "refusal": tried.wrong.get(""),
        "correct_url": url("correct", dose=dose.id),
        "void_url": url("void", dose=dose.id),
        "back_url": url_for("table.page", station=g.actor.station) if g.actor.station else url_for("doses.page"),
    }  # fmt: skip


def _take_back(tried: Tried) -> dict[str, Any]:
    return _reasons(protocols.doses().void_reasons, tried)


def _reasons(reasons: Any, tried: Tried) -> dict[str, Any]:
    chosen = tried.given.get("reason", "")
    return {
        "reasons": [(each.code, each.label(g.language), each.code == chosen) for each in reasons],
        "note": tried.given.get("note", "")[:150],
        "open": tried.what != "",
        "wrong": tried.wrong,
    }


def _correct(dose: doses.Dose, tried: Tried) -> dict[str, Any]:
    given = tried.given
    vial, arm = given.get("vial_id", dose.vial_id or ""), given.get("arm", dose.arm)
    by = given.get("vaccinator", dose.vaccinator)
    unknown = [("", dose.lot.number, vial == "")] if dose.vial_id is None else []
    return _reasons(protocols.doses().correct_reasons, tried) | {
        "vials": unknown + [(each.id, _named(each), each.id == vial) for each in voiding.list_vials(dose)],
        "arms": [(str(code), shown.say(words), code == arm) for code, words in ARMS.items()],
        "number": given.get("dose_number", str(dose.dose_number))[:2],
        "vaccinators": [(member.id, member.name, member.id == by) for member in voiding.list_vaccinators(dose)],
    }


def _named(vial: vials.Vial) -> str:
    """A vial as somebody remembers it: product, lot, table, when it was opened."""
    return shown.say(
        "dose.vial", vaccine=protocols.vaccines().get(vial.lot.vaccine).name, lot=vial.lot.number,
        place=shown.place(vial.station), time=shown.at(vial.opened_at),
    )  # fmt: skip
