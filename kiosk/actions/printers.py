"""The printers of the site: how wide they print, and the slips that tell of no visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.metadata import version

from kiosk import protocols, wording
from kiosk.actions.act import act
from kiosk.actions.devices import invited
from kiosk.actions.printing import queue_slip
from kiosk.actions.site import new_token
from kiosk.errors import NotFound, Refusal
from kiosk.rules import devices, slips
from kiosk.rules.actor import Actor
from kiosk.rules.codes import badge
from kiosk.rules.moment import Moment
from kiosk.rules.screening import Form
from kiosk.rules.staff import works_on
from kiosk.rules.words import SlipKind
from kiosk.store import audit, heartbeats, staff, stations, topics
from kiosk.store.columns import box_name, new_id

# Dots that the heads on the market print at 203 dpi: 48 mm on 58 mm paper, 64 and 72 mm on 80 mm paper. The width test
# has a line for each, in this order.
WIDTHS = (384, 512, 576)
# Whoever asks for one of these stands beside the printer: later a person is asked whether it is still wanted.
SOON = timedelta(minutes=10)


def list_printers() -> list[stations.Station]:
    """The stations that have a printer, by code: where another station or a slip of theirs prints, or one was heard."""
    known, hands_out = stations.list_(), protocols.steps().recording("departure")
    codes = {
        row.prints_at for row in known
        if row.kind in ("kiosk", "desk") or row.prints_at != row.code or hands_out & set(row.steps)
    } | {beat.station for beat in heartbeats.list_() if beat.printer != "none"}  # fmt: skip
    return [row for row in known if row.code in codes]


def get_printer(station: str) -> stations.Station:
    """The station that has this printer. Raises NotFound for one that has none."""
    printer = next((row for row in list_printers() if row.code == station), None)
    if printer is None:
        raise NotFound("printer")
    return printer


@act
def print_width(by: Actor, now: Moment, printer: str, language: str) -> str:
    """Asks for the ruled lines by which a person tells how wide the paper is; returns the job's id. Raises NotFound."""
    blocks = slips.width_test(WIDTHS, *wording.speakers(language))
    return _queue(by, now, printer, SlipKind.WIDTH, blocks, language)


@act
def set_width(by: Actor, now: Moment, printer: str, dots: int) -> int:
    """From now on this printer prints so wide, in dots; 0: as its agent's settings say. Returns the dots.

    Raises NotFound, Refusal `paper_width_odd`.
    """
    if dots not in (0, *WIDTHS):
        raise Refusal("paper_width_odd")
    station = get_printer(printer)
    station.paper_dots = dots
    audit.add(by, now, "printer.measured", station.code, dots=dots)
    topics.touch(topics.DESK)
    return dots


@act
def print_blank(by: Actor, now: Moment, printer: str, language: str, local: datetime, form: Form) -> str:
    """One person's form to fill in by hand while the power or the network is away; returns the job's id."""
    site = stations.site()
    facts = slips.BlankFacts(
        site=site.name, site_code=site.code, on=None, questions=tuple(item.label(language) for item in form.items),
        printed=local, of_child=form is protocols.screening_forms().children,
    )  # fmt: skip
    return _queue(by, now, printer, SlipKind.BLANK, slips.blank_form(facts, wording.speaker(language)), language)


@act
def print_badge(by: Actor, now: Moment, printer: str, staff_id: str, language: str) -> str:
    """A colleague's badge: name, role and the code that stands for typing it, never the PIN; returns the job's id.

    Raises NotFound, also for somebody who no longer works here.
    """
    member, say = staff.get(staff_id), wording.speaker(language)
    if not works_on(member, now.on):
        raise NotFound("staff")
    facts = slips.BadgeFacts(
        site=stations.site().name, name=member.name, role=say(f"station.role.{member.role}"), badge=member.badge,
        payload=badge.write(member.badge),
    )  # fmt: skip
    id = _queue(by, now, printer, SlipKind.BADGE, slips.badge(facts, say), language, label=member.badge)
    audit.add(by, now, "badge.worded", member.id, job=id)
    return id


@act
def print_status(
    by: Actor, now: Moment, printer: str, pair: str, language: str, local: datetime, addresses: tuple[str, ...],
    reach: str = "",
) -> str:  # fmt: skip
    """What a technician asks first of this box; returns the job's id. `addresses`: where this box is reached.

    `pair`: a station that one device may join with the code on the slip, "" for none; the slip is the only place where
    it stands readable. `reach`: the address by which that device opens the box, "" for none. Raises NotFound.
    """
    say, site = wording.speaker(language), stations.site()
    code = new_token()
    pairing = invited(by, now, pair, code) if pair else None
    facts = slips.StatusFacts(
        site=site.name, box=box_name(), addresses=addresses, versions=_versions(say), parts=_parts(now, language),
        joining=_joining(stations.get(pair).name(language), code, now, local, reach) if pairing else None,
        printed=local,
    )  # fmt: skip
    blocks = slips.status_slip(facts, say)
    return _queue(by, now, printer, SlipKind.STATUS, blocks, language, pairing.id if pairing else "")


def _joining(station: str, code: str, now: Moment, local: datetime, reach: str) -> slips.JoiningFacts:
    return slips.JoiningFacts(
        station=station, code=code, link=devices.link(reach, code), certificate=devices.certificate_address(reach),
        until=local + devices.LIFE if now.trusted else None,
    )  # fmt: skip


def _versions(say: slips.Say) -> tuple[tuple[str, str], ...]:
    return (
        (say("printers.version.program"), version("diem-tiem")),
        (say("printers.version.screening"), " · ".join(form.version for form in protocols.screening_forms().forms)),
        (say("printers.version.vaccines"), protocols.vaccines().version),
    )


def _parts(now: Moment, language: str) -> tuple[tuple[str, str], ...]:
    """How each machine is, as it last said; and the line to the platform, where one was ever tried."""
    say, rows = wording.speaker(language), []
    for beat in heartbeats.list_():
        station = stations.find(beat.station)
        place = station.name(language) if station else beat.station
        if beat.at < now.at - heartbeats.LATE:
            rows.append((place, say("strip.printer.word.unseen")))
            continue
        if beat.camera != "none":
            rows.append((say("printers.part.camera", place=place), say(f"strip.camera.word.{beat.camera}")))
        if beat.printer != "none":
            rows.append((say("printers.part.printer", place=place), say(f"strip.printer.word.{beat.printer}")))
    sender = heartbeats.find_forwarder(box_name())
    if sender is not None:
        late = sender.at < now.at - heartbeats.FORWARDER_LATE
        code = "printers.sender.silent" if late else "printers.sender.well"
        trouble = say(f"upstream.reason.{sender.trouble}") if sender.trouble and not late else say(code)
        rows.append((say("printers.sender"), trouble))
    return tuple(rows)


def _queue(
    by: Actor, now: Moment, printer: str, slip: SlipKind, blocks: tuple[slips.Block, ...], language: str,
    about: str = "", label: str = "",
) -> str:  # fmt: skip
    """Each is a paper of its own, called by its printer's name where nothing else names it."""
    station = get_printer(printer)
    job = queue_slip(
        by, now, slip, blocks, about=about or new_id(), label=(label or station.name(language))[:40],
        language=language, station=station.code, useful=SOON,
    )  # fmt: skip
    return job.id
