"""The certificate at the finish desk: asked for, printed, and taken as a file, only as the platform returned it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import certificates as acts
from kiosk.actions import printing
from kiosk.documents.certificate import certificate as sheet
from kiosk.errors import NotFound, Refusal
from kiosk.rules.words import SlipKind
from kiosk.store import certificates as rows
from kiosk.store import print_jobs, visits
from kiosk.web import certificates_shown, finish_shown, refusals, shown
from kiosk.web.gate import form_key, requires
from kiosk.web.table import only_tables, refused

certificates = Blueprint("certificates", __name__, url_prefix="/table/<station>/visit/<visit>/certificate")
certificates.before_request(only_tables)


@certificates.get("")
@requires("visit.discharge")
def see_certificate(station: str, visit: str) -> ResponseReturnValue:
    """How the asking stands. Raises NotFound for anybody else's person."""
    if not finish_shown.is_here(visit):
        return "", 204  # they have just gone, and the page around this is about to hear it
    panel = certificates_shown.panel(visit)
    if shown.unchanged(panel["url"]):
        return "", 204
    return render_template("partials/finish/certificate.html", certificate=panel)


@certificates.post("/ask")
@requires("visit.discharge")
def ask(station: str, visit: str) -> ResponseReturnValue:
    """The person wants it. Raises NotFound without a dose."""
    return _after(visit, lambda: acts.ask(g.actor, g.now, form_key(), visit))


@certificates.post("/slip")
@requires("visit.discharge")
def print_certificate(station: str, visit: str) -> ResponseReturnValue:
    """Prints it."""
    local = shown.clock().local(g.now.at)
    return _after(visit, lambda: acts.print_certificate(g.actor, g.now, form_key(), visit, local))


@certificates.post("/slip/reprint")
@requires("visit.discharge")
def reprint(station: str, visit: str) -> ResponseReturnValue:
    """Prints it again, marked as such."""
    return _after(visit, lambda: printing.reprint(g.actor, g.now, form_key(), visit, SlipKind.CERTIFICATE))


@certificates.post("/slip/<job>/seen")
@requires("visit.discharge")
def confirm_paper(station: str, visit: str, job: str) -> ResponseReturnValue:
    """The doubtful paper did come out. Raises NotFound for somebody else's."""
    if print_jobs.get(job).visit_id != visit:
        raise NotFound("print job")
    return _after(visit, lambda: printing.confirm_paper(g.actor, g.now, form_key(), job))


@certificates.post("/file")
@requires("visit.discharge")
def download(station: str, visit: str) -> ResponseReturnValue:
    """The A4 sheet. A POST, since it is a look at a person: the audit notes it."""
    if not finish_shown.is_here(visit):
        raise NotFound("visit")
    local = shown.clock().local(g.now.at)
    try:
        id = acts.download(g.actor, g.now, form_key(), visit, local)
    except Refusal as refusal:
        return refused(refusal)
    row = visits.get(visit)
    content = sheet(acts.facts(rows.get(id), row, local), *acts.speakers(row))
    name = f"giay-xac-nhan-{row.label.replace(' ', '')}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, content_type="application/pdf", headers=headers)


def _after(visit: str, act: Callable[[], str]) -> ResponseReturnValue:
    if not finish_shown.is_here(visit):
        raise NotFound("visit")
    alone = shown.asks_for("certificate")
    try:
        act()
    except Refusal as refusal:
        if not alone:
            return refused(refusal)
        panel = certificates_shown.panel(visit, refusals.sentence(refusal))
        return render_template("partials/finish/certificate.html", certificate=panel), 422
    page = url_for("table.page", station=g.actor.station)
    return redirect(certificates_shown.url("see_certificate", visit) if alone else page, 303)
