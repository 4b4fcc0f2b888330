"""The volunteer of the benches for paper: checks people in, reads the strip, and answers for doubtful slips by looking.

Everything over HTTP, as a browser without JavaScript does it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.print_paper import Slip, count_slips, dots_of
from bench.print_rig import DESK, Job, PrintRig
from kiosk import protocols
from kiosk.demo.commune import Invented
from kiosk.demo.crew import Reception

# The paper has stopped when nothing has come out of the printer for so long.
STILL_SECONDS = 0.3


class Volunteer:
    """Signed in at the desk of a rig's site."""

    def __init__(self, rig: PrintRig) -> None:
        self._rig = rig
        self._page, self._strip = Reception(rig.hub_url), Reception(rig.hub_url)

    def check_in(self, person: Invented) -> None:
        """A number for somebody who may have one already (the answer was lost, the act was not)."""
        self._open(person)
        if any("/check-in" in form.action for form in self._page.forms):
            none = {f"none-{group.code}": "yes" for group in protocols.declaration().groups}
            self._page.do("/check-in", **none)

    def strip(self) -> str:
        """What the desk says of its machines now. Raises requests.RequestException when the hub is away."""
        return self._strip.open(f"{DESK}/strip").text

    def wait_for_paper(self) -> None:
        """Until nothing more comes out."""
        seen, since = self._came_out(), time.monotonic()
        while time.monotonic() - since < STILL_SECONDS:
            time.sleep(0.05)
            if (now := self._came_out()) != seen:
                seen, since = now, time.monotonic()

    def _came_out(self) -> tuple[int, int]:
        printer = self._rig.printer
        return len(printer.papers), len(printer.rolling)

    def hangs_out(self, slip: Slip) -> bool:
        """Is it whole on the paper that is not cut off yet? A person tears it off."""
        return bool(count_slips(dots_of(self._rig.printer.rolling), [slip]))

    def confirm(self, job: Job) -> None:
        """It came out."""
        self._page.look().do(f"/papers/{job.id}/seen")

    def reprint(self, job: Job) -> None:
        """It did not: print it again."""
        self._page.look().do(f"/papers/{job.visit}/reprint")

    def reprint_for(self, job: Job, people: Sequence[Invented]) -> None:
        """Somebody comes back without paper that the machines think was printed."""
        number = self._rig.number_of(job.visit)
        self._open(next(one for one in people if one.identity.number == number))
        self._page.do(f"/papers/{job.visit}/reprint")

    def _open(self, person: Invented) -> None:
        self._page.look().do("/find", words=person.identity.number)
        self._page.do("/open/")
