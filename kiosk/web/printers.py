"""The printers of the site: how each is, its test slip, its paper, and the slips that tell of no visit."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import protocols
from kiosk.actions import printers as acts
from kiosk.actions import printing
from kiosk.documents.blank_forms import blank_forms
from kiosk.errors import Refusal
from kiosk.store import stations, topics
from kiosk.web import devices_shown, health, printers_shown, refusals, shown
from kiosk.web.gate import form_key, requires

printers = Blueprint("printers", __name__, url_prefix="/printers")


def _page(status: int = 200, refusal: str | None = None) -> ResponseReturnValue:
    machines = printers_shown.machines(request.args.get("paper", ""), refusal)
    if shown.asks_for("machines"):
        if shown.unchanged(machines["machines_url"]):
            return "", 204
        return render_template("partials/printers/machines.html", **machines), status
    return (
        render_template(
            "pages/printers/printers.html", home_url=url_for("printers.page"), pack_url=url_for("printers.blank_pack"),
            events_url=url_for("events.stream", topic=[topics.DESK]),
            **(machines | printers_shown.forms() | health.strip(shown.clock(), url_for("printers.strip"))),
        ),
        status,
    )  # fmt: skip


def _after(act: Callable[[str], object], *, paper: bool = True) -> ResponseReturnValue:
    """Does it at the printer that the form names; `paper`: the act gives a slip, whose way is then shown."""
    try:
        done = act(request.form.get("printer", ""))
    except Refusal as refusal:
        return _page(422, refusals.sentence(refusal))
    return redirect(url_for("printers.page", paper=done) if paper else url_for("printers.page"), 303)


@printers.get("")
@requires("printer.tend")
def page() -> ResponseReturnValue:
    """Every printer of the site."""
    return _page()


@printers.get("/strip")
@requires("printer.tend")
def strip() -> ResponseReturnValue:
    """What is wrong with the machines."""
    return render_template("partials/strip/strip.html", **health.strip(shown.clock(), url_for("printers.strip")))


@printers.post("/test")
@requires("printer.tend")
def print_width() -> ResponseReturnValue:
    """Prints the ruled lines that tell how wide the paper is. Raises NotFound."""
    return _after(lambda printer: acts.print_width(g.actor, g.now, form_key(), printer, g.language))


@printers.post("/width")
@requires("printer.tend")
def set_width() -> ResponseReturnValue:
    """Which line of the test slip came out whole. Raises NotFound."""
    dots = request.form.get("dots", -1, int)
    return _after(lambda printer: acts.set_width(g.actor, g.now, form_key(), printer, dots), paper=False)


@printers.post("/roll")
@requires("printer.tend")
def change_roll() -> ResponseReturnValue:
    """Somebody has put a new roll in. Raises NotFound."""

    def change(printer: str) -> object:
        return printing.change_roll(g.actor, g.now, form_key(), acts.get_printer(printer).code)

    return _after(change, paper=False)


@printers.post("/blank")
@requires("printer.tend")
def print_blank() -> ResponseReturnValue:
    """Prints one person's form to fill in by hand, an adult's or a child's. Raises NotFound."""
    local, forms = shown.clock().local(g.now.at), protocols.screening_forms()
    form = forms.children if request.form.get("form") == forms.children.code else forms.adults
    return _after(lambda printer: acts.print_blank(g.actor, g.now, form_key(), printer, g.language, local, form))


@printers.post("/status")
@requires("device.pair")
def print_status() -> ResponseReturnValue:
    """Prints how this box is and, for one station, the code that pairs a device. Raises NotFound."""
    local, pair = shown.clock().local(g.now.at), request.form.get("pair", "")
    hub = current_app.config["SETTINGS"].hub
    addresses, reach = devices_shown.addresses(hub), devices_shown.reach(hub)

    def print_(printer: str) -> object:
        return acts.print_status(g.actor, g.now, form_key(), printer, pair, g.language, local, addresses, reach)

    return _after(print_)


@printers.post("/badge")
@requires("badge.print")
def print_badge() -> ResponseReturnValue:
    """Prints a colleague's badge. Raises NotFound."""
    member = request.form.get("member", "")
    return _after(lambda printer: acts.print_badge(g.actor, g.now, form_key(), printer, member, g.language))


@printers.get("/blank-forms.pdf")
@requires("printer.tend")
def blank_pack() -> ResponseReturnValue:
    """The paper pack for a power failure, on A4: to be printed before there is one."""
    site = stations.site()
    forms = protocols.screening_forms()
    asked = [tuple(item.label(g.language) for item in form.items) for form in (forms.adults, forms.children)]
    body = blank_forms(site.name, site.code, g.now.on, asked[0], asked[1], shown.say)
    named = f'attachment; filename="{site.code}-blank-forms.pdf"'
    return Response(body, mimetype="application/pdf", headers={"Content-Disposition": named})
