"""The finish desk: the provisional slip or the deferral slip, and letting people go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import finish as acts
from kiosk.actions import printing
from kiosk.errors import NotFound, Refusal
from kiosk.rules.words import SlipKind
from kiosk.store import doses, print_jobs
from kiosk.web import certificates_shown, finish_shown, refusals, shown
from kiosk.web.gate import form_key, requires
from kiosk.web.table import acted, only_tables, refused

finish = Blueprint("finish", __name__, url_prefix="/table/<station>/visit/<visit>")
finish.before_request(only_tables)
# The parts of the page that paper moves, partials of these names: what each shows, and where it is seen alone.
PAPERS: dict[str, tuple[Callable[..., dict[str, Any] | None], str]] = {
    "proof": (finish_shown.proof, "finish.see_proof"),
    "deferral": (finish_shown.deferral, "finish.see_deferral"),
    "certificate": (certificates_shown.panel, "certificates.see_certificate"),
}


@finish.get("/proof")
@requires("visit.discharge")
def see_proof(station: str, visit: str) -> ResponseReturnValue:
    """What the platform and the printer say now. Raises NotFound for anybody else's person."""
    return see("proof", visit)


@finish.post("/slip")
@requires("visit.discharge")
def print_slip(station: str, visit: str) -> ResponseReturnValue:
    """Prints the provisional slip. Raises NotFound without a dose."""
    dose, clock = doses.find(visit), shown.clock()
    if dose is None:
        raise NotFound("dose")
    local, given = clock.local(g.now.at), clock.local(dose.given_at)
    return after_paper(visit, lambda: acts.print_slip(g.actor, g.now, form_key(), visit, local, given))


@finish.post("/slip/reprint")
@requires("visit.discharge")
def reprint(station: str, visit: str) -> ResponseReturnValue:
    """Prints the slip again. Raises NotFound without a dose."""
    dose = doses.find(visit)
    if dose is None:
        raise NotFound("dose")
    return after_paper(visit, lambda: printing.reprint(g.actor, g.now, form_key(), dose.id, SlipKind.PROVISIONAL))


@finish.get("/deferral")
@requires("visit.discharge")
def see_deferral(station: str, visit: str) -> ResponseReturnValue:
    """How the deferral slip is. Raises NotFound for anybody else's person, and for whoever was not turned away."""
    return see("deferral", visit)


@finish.post("/deferral")
@requires("visit.discharge")
def print_deferral(station: str, visit: str) -> ResponseReturnValue:
    """Prints what the doctor concluded. Raises NotFound where the dose was not withheld."""
    screening, clock = acts.find_withheld(visit), shown.clock()
    if screening is None:
        raise NotFound("screening")
    local, decided = clock.local(g.now.at), clock.local(screening.at)
    return after_paper(visit, lambda: acts.print_deferral(g.actor, g.now, form_key(), visit, local, decided))


@finish.post("/deferral/reprint")
@requires("visit.discharge")
def reprint_deferral(station: str, visit: str) -> ResponseReturnValue:
    """Prints that slip again."""
    return after_paper(visit, lambda: printing.reprint(g.actor, g.now, form_key(), visit, SlipKind.DEFERRAL))


@finish.post("/slip/<job>/seen")
@requires("visit.discharge")
def confirm_paper(station: str, visit: str, job: str) -> ResponseReturnValue:
    """The doubtful paper did come out. Raises NotFound for somebody else's."""
    if print_jobs.get(job).visit_id != visit:
        raise NotFound("print job")
    return after_paper(visit, lambda: printing.confirm_paper(g.actor, g.now, form_key(), job))


def see(part: str, visit: str) -> ResponseReturnValue:
    """One of PAPERS alone, or nothing when the page shows just that. Raises NotFound where there is no such part."""
    if not finish_shown.is_here(visit):
        return "", 204  # they have just gone, and the page around this is about to hear it
    panel = PAPERS[part][0](visit)
    if panel is None:
        raise NotFound(part)
    if shown.unchanged(panel["url"]):
        return "", 204
    return render_template(f"partials/finish/{part}.html", **{part: panel})


def after_paper(visit: str, act: Callable[[], str]) -> ResponseReturnValue:
    """Does it for whoever is at this table, and shows the part of the page that asked. Raises NotFound for others."""
    if not finish_shown.is_here(visit):
        raise NotFound("visit")
    alone = shown.asks_for(*PAPERS)
    try:
        act()
    except Refusal as refusal:
        if not alone:
            return refused(refusal)
        panel = PAPERS[alone][0](visit, refusals.sentence(refusal))
        return render_template(f"partials/finish/{alone}.html", **{alone: panel}), 422
    if alone:
        return redirect(url_for(PAPERS[alone][1], station=g.actor.station, visit=visit), 303)
    return redirect(url_for("table.page", station=g.actor.station), 303)


@finish.post("/departure")
@requires("visit.discharge")
def discharge(station: str, visit: str) -> ResponseReturnValue:
    """The person goes home."""
    return acted(lambda: acts.discharge(g.actor, g.now, form_key(), visit, request.form.get("seen", "")))
