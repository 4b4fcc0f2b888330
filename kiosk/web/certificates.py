"""The certificate at the finish desk: asked for, printed, and taken as a file, only as the platform returned it."""

from __future__ import annotations

from flask import Blueprint, Response, g
from flask.typing import ResponseReturnValue

from kiosk import wording
from kiosk.actions import certificates as acts
from kiosk.actions import printing
from kiosk.documents.certificate import certificate as sheet
from kiosk.errors import NotFound, Refusal
from kiosk.rules.words import SlipKind
from kiosk.store import certificates as rows
from kiosk.store import doses, visits
from kiosk.web import finish_shown, shown
from kiosk.web.finish import after_paper, see
from kiosk.web.gate import form_key, requires
from kiosk.web.table import only_tables, refused

certificates = Blueprint("certificates", __name__, url_prefix="/table/<station>/visit/<visit>/certificate")
certificates.before_request(only_tables)


@certificates.get("")
@requires("visit.discharge")
def see_certificate(station: str, visit: str) -> ResponseReturnValue:
    """How the asking stands. Raises NotFound for anybody else's person."""
    return see("certificate", visit)


@certificates.post("/ask")
@requires("visit.discharge")
def ask(station: str, visit: str) -> ResponseReturnValue:
    """The person wants it. Raises NotFound without a dose."""
    return after_paper(visit, lambda: acts.ask(g.actor, g.now, form_key(), visit))


@certificates.post("/slip")
@requires("visit.discharge")
def print_certificate(station: str, visit: str) -> ResponseReturnValue:
    """Prints it."""
    local = shown.clock().local(g.now.at)
    return after_paper(visit, lambda: acts.print_certificate(g.actor, g.now, form_key(), visit, local))


@certificates.post("/slip/reprint")
@requires("visit.discharge")
def reprint(station: str, visit: str) -> ResponseReturnValue:
    """Prints it again, marked as such. Raises NotFound without a dose that stands."""

    def again() -> str:
        acts.require_own(visit)
        dose = doses.find(visit)
        if dose is None:
            raise NotFound("dose")
        return printing.reprint(g.actor, g.now, form_key(), dose.id, SlipKind.CERTIFICATE)

    return after_paper(visit, again)


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
    content = sheet(acts.facts(rows.get(id), row, local), *wording.speakers(row.language))
    name = f"giay-xac-nhan-{row.label.replace(' ', '')}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, content_type="application/pdf", headers=headers)
