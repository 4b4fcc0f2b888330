"""The first half of the walk: from a card in front of the camera to a number that the volunteer's desk knows."""

from __future__ import annotations

import re
import time

import numpy as np
import requests
from PIL import Image

from kiosk.demo import cards
from kiosk.demo.crew import KIOSK, Failed, Kiosk, Lead, Reception, until
from kiosk.demo.walk import Walk
from kiosk.devices import decoder
from kiosk.rules import codes
from kiosk.rules.codes import TicketCode
from kiosk.rules.person import masked_name

MOST_TAPS = 6


def open_day(walk: Walk) -> list[str]:
    """The site lead begins."""
    walk.lead = Lead(walk.demo.url, walk.code("desk-1"))
    walk.lead.open_day()
    return ["the site lead opened the clinic day"]


def pair(walk: Walk) -> list[str]:
    """The kiosk's screen, and its live picture."""
    walk.kiosk = Kiosk(walk.demo.url, walk.demo.pairing_codes["kiosk-1"])
    picture = until("the live picture on the kiosk's page", lambda: _live_picture(walk))
    return ["the kiosk's screen is paired", f"live picture of {picture} bytes from the agent"]


def _live_picture(walk: Walk) -> int | None:
    page = walk.kiosk.open(KIOSK)
    source = re.search(r"http://127\.0\.0\.1:\d+/live\.mjpeg", page.html)
    if not source:
        return None
    with requests.get(source[0], stream=True, timeout=5) as stream:
        return len(next(stream.iter_content(4096)))


def hold_card(walk: Walk) -> list[str]:
    """The national card, read by the camera; the agent may die over it."""
    walk.demo.camera.hold(cards.national_card(walk.person))
    if walk.kill:
        walk.kill_and_start(walk.demo.agent)
    walk.kiosk.meet(walk.name)
    if walk.name in walk.kiosk.text:
        raise Failed("the kiosk shows the full name")
    return [f"{masked_name(walk.name)} on the screen, on today's list"]


def take_number(walk: Walk) -> list[str]:
    """The health declaration, and a second tap on its last button."""
    kiosk = walk.kiosk
    kiosk.taps = 0
    if walk.kill:
        walk.demo.printer.set_fault("paper_out", on=True)
        walk.kill_hub()
    last = kiosk.answer(walk.kill_hub) if walk.kill else kiosk.answer()
    if kiosk.taps > MOST_TAPS:
        raise Failed(f"{kiosk.taps} taps from card to number")
    taps, walk.number = kiosk.taps, kiosk.number
    kiosk.submit(last, none="yes")
    if kiosk.number != walk.number:
        raise Failed("a second tap gave a second number")
    return [f"number {walk.number} after {taps} taps; a second tap gave the same"]


def see_paper(walk: Walk) -> list[str]:
    """The slip, as dots on paper."""
    if walk.kill:
        walk.kill_and_start(walk.demo.agent)
        walk.kill_hub()
        walk.demo.printer.set_fault("paper_out", on=False)
    printer = walk.demo.printer
    job = until("a settled slip", lambda: _settled(walk))
    walk.slip = until("paper", lambda: printer.papers[-1] if printer.papers else None, 2)
    return [f"{len(printer.papers)} paper(s), {walk.slip.dots.shape[0] / 8:.0f} mm, the hub says {job}"]


def _settled(walk: Walk) -> str | None:
    with walk.hub_rows():
        states = [job.state for job in walk.jobs()]
    return states[0] if len(states) == 1 and states[0] in ("printed", "doubtful") else None


def follow_code(walk: Walk) -> list[str]:
    """The slip itself, held to the camera."""
    if walk.slip is None:
        raise Failed("no paper")
    picture = Image.fromarray((~walk.slip.dots).astype("uint8") * 255).convert("RGB")
    found = [reading.text for reading in decoder.decode(np.asarray(picture))]
    ticket = codes.read(found[0]) if found else None
    if not isinstance(ticket, TicketCode):
        raise Failed(f"no ticket code on the paper: {found}")
    walk.kiosk.open(KIOSK).taps = 0
    walk.demo.camera.hold(None)
    time.sleep(2)
    walk.demo.camera.hold(picture)
    until("the slip's number on the kiosk", lambda: walk.number in walk.kiosk.open(KIOSK).text)
    walk.demo.camera.hold(None)
    return [f"token {ticket.token} read from the printed dots; held to the camera it shows {walk.number}"]


def ask_desk(walk: Walk) -> list[str]:
    """The volunteer knows the number."""
    desk = Reception(walk.demo.url, walk.code("desk-1"))
    until(f"{walk.number} at the desk", lambda: walk.number in desk.look().text)
    return [f"the volunteer's desk knows {walk.number} and its slip"]
