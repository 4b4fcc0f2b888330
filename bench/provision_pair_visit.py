"""Inside the extra box: its camera and printer, made of software, and whoever stands before it, as https and paper go.

Started as `python -m bench.provision_pair_visit HUB STATION DAY`; each number N that it reads is the N-th invented
person of that day, who holds their card to the camera. It answers with a line: `seen …`, or `failed …`.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import requests

from kiosk.demo import cards, commune
from kiosk.demo.crew import Failed, Kiosk, until
from kiosk.demo.site import PEOPLE
from kiosk.devices.virtual_camera import VirtualCamera
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.rules.person import masked_name

CAMERA_PORT, PRINTER_PORT = 9001, 9002
SCREEN = Path("/var/lib/kiosk/secrets/screen.token")
# A box that was just started, or whose hub was, takes its time.
PATIENCE = 60.0


def visit(kiosk: Kiosk, camera: VirtualCamera, printer: VirtualPrinter, person: commune.Invented) -> str:
    """From the card to the paper: what was seen. Raises Failed naming what was not."""
    papers = len(printer.papers)
    masked = masked_name(person.identity.name)
    camera.hold(cards.national_card(person))
    until(f"{masked} on {kiosk.path}", lambda: masked in kiosk.open(kiosk.path).text, PATIENCE)
    camera.hold(None)
    kiosk.answer()
    number = kiosk.number
    paper = until("paper", lambda: printer.papers[papers] if len(printer.papers) > papers else None, PATIENCE)
    kiosk.leave()
    return f"{masked}, number {number}, paper of {paper.dots.shape[0] / 8:.0f} mm"


def main() -> None:
    """Until its standard input ends."""
    hub, station, on = sys.argv[1:]
    people = commune.invent(PEOPLE, date.fromisoformat(on))
    camera, printer = VirtualCamera(port=CAMERA_PORT), VirtualPrinter(port=PRINTER_PORT)
    camera.start()
    printer.start()
    token = SCREEN.read_text(encoding="ascii").strip() if SCREEN.exists() else ""
    kiosk: Kiosk | None = None
    print("seen camera and printer", flush=True)
    for line in sys.stdin:
        try:
            kiosk = kiosk or Kiosk(hub, token, f"/kiosk/{station}")
            print(f"seen {visit(kiosk, camera, printer, people[int(line)])}", flush=True)
        except (Failed, LookupError, requests.RequestException) as error:
            print(f"failed {' '.join(str(error).split())[:600]}", flush=True)


if __name__ == "__main__":
    main()
