"""The agent's side of the hub's device API: HTTP with the token of one station.

Any thread may call; each has its own connection. Losing the hub is logged once, and once when it is back.
"""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import requests

log = logging.getLogger("kiosk.agent")

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 8.0
# The hub answers a question for a tablet's frame when it has one, or after 20 s.
FRAME_ANSWER_SECONDS = 28.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 2.0


class HubGone(Exception):
    """No connection, no answer or a 5xx: the same call may succeed later."""


class NotPaired(HubGone):
    """The hub does not know this agent's token (401), or not any more."""


class HubRefused(Exception):
    """The hub understood and says no (any other 4xx); trying again cannot help. `code` is the refusal's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Welcome:
    """What the hub says to a new agent: its station, the site's language, and what to look for beside QR codes."""

    station: str
    language: str
    formats: tuple[str, ...]


@dataclass(frozen=True)
class PassedFrame:
    """A tablet's picture (JPEG, PNG or WebP) to decode. `live`: one of many of `source`, not a single photo."""

    id: str
    source: str
    live: bool
    formats: tuple[str, ...]
    picture: bytes = field(repr=False)


@dataclass(frozen=True)
class Scan:
    """A code that came into view: `id` (UUID, made once), its bytes, and what kind of code it was."""

    id: str
    raw: bytes = field(repr=False)
    symbology: str


@dataclass(frozen=True)
class PrintJob:
    """A slip to print: its blocks as JSON. The label and the copy are for people, not for the agent.

    `width_dots`: what the paper at this printer was measured to be; 0 leaves it to the agent's own settings.
    """

    id: str
    blocks: list[dict[str, Any]] = field(repr=False)
    width_dots: int = 0


@dataclass(frozen=True)
class JobReport:
    """What became of a print job. `state`: printed, sent, doubtful or held.

    `fault`: what stopped the printer on the way, "" for nothing; `mm`: the paper that the slip took.
    """

    job: str
    state: str
    reason: str = ""
    fault: str = ""
    mm: int = 0


class Backoff:
    """How long to wait before the next try: 0.2 s, doubled at each failure up to 2 s."""

    def __init__(self) -> None:
        self._next = FIRST_PAUSE_SECONDS

    def failed(self) -> float:
        """Seconds to wait after one more failure."""
        pause, self._next = self._next, min(self._next * 2, LONGEST_PAUSE_SECONDS)
        return pause

    def worked(self) -> None:
        """The next failure is a first one again."""
        self._next = FIRST_PAUSE_SECONDS


class HubLink:
    """The calls of the device API. Each raises HubGone (NotPaired at a 401) or HubRefused."""

    def __init__(self, address: str, token: str, run: str, authority: str | None = None) -> None:
        """`authority`: the file of the one to trust for an https address; None for the public ones."""
        self._verify: str | bool = authority or True
        self._address = address.rstrip("/")
        self._token = token
        self._run = run
        self._own = threading.local()
        self._lock = threading.Lock()
        self._gone = False

    def start(self, reports: list[JobReport]) -> Welcome:
        """A new agent process begins, and this is what the last one left behind."""
        journal = [asdict(report) for report in reports]
        said = self._call("POST", "/device/start", {"run": self._run, "journal": journal})
        return Welcome(str(said.get("station", "")), str(said.get("language", "")), _words(said.get("formats")))

    def heartbeat(self, facts: dict[str, Any]) -> bool:
        """Camera, printer and live port, as `Pulse` gathers them; does somebody want a picture?"""
        return self._call("POST", "/device/heartbeat", {"run": self._run, **facts}).get("picture") is True

    def picture(self, portrait: dict[str, Any]) -> None:
        """The picture that was asked for, or why there is none."""
        self._call("POST", "/device/picture", portrait)

    def scan(self, scan: Scan) -> str:
        """Hand over a code; the hub's word for what it did with it. Sending the same id twice is one scan."""
        body = {"id": scan.id, "raw": base64.b64encode(scan.raw).decode("ascii"), "symbology": scan.symbology}
        return str(self._call("POST", "/device/scans", body).get("outcome", ""))

    def next_frame(self) -> PassedFrame | None:
        """A tablet's frame, now ours; waits for one, and gives None after 20 s without."""
        said = self._call("GET", "/device/frames", patience=FRAME_ANSWER_SECONDS)
        if not said.get("id"):
            return None
        picture = base64.b64decode(said["picture"])
        return PassedFrame(str(said["id"]), str(said["source"]), bool(said["live"]), _words(said["formats"]), picture)

    def tell_frame(self, id: str, codes: Sequence[tuple[bytes, str]], advice: str) -> None:
        """What is in a frame: (bytes, symbology) of each code, or a word on why there is none."""
        readings = [{"raw": base64.b64encode(raw).decode("ascii"), "symbology": name} for raw, name in codes]
        self._call("POST", f"/device/frames/{id}", {"readings": readings, "advice": advice})

    def claim(self, wait: float = 0.0) -> PrintJob | None:
        """The next print job, now ours; None only after `wait` seconds without (at most 2).

        A hub that knows nothing of waiting answers at once.
        """
        path, patience = f"/device/print-jobs/claim?wait={wait:.2f}", wait + ANSWER_SECONDS
        job = self._call("POST", path, {"run": self._run}, patience)
        if not job.get("id"):
            return None
        return PrintJob(str(job["id"]), list(job["blocks"]), int(job.get("width_dots", 0)))

    def report(self, report: JobReport) -> None:
        """What became of a job. Reporting the same twice changes nothing."""
        body = asdict(report)
        job = body.pop("job")
        self._call("POST", f"/device/print-jobs/{job}/outcome", {"run": self._run, **body})

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, patience: float = ANSWER_SECONDS
    ) -> dict[str, Any]:
        try:
            answer = self._session().request(
                method,
                self._address + path,
                json=body,
                timeout=(CONNECT_SECONDS, patience),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            self._lost(type(error).__name__)
            raise HubGone(type(error).__name__) from None
        return self._read(answer)

    def _read(self, answer: requests.Response) -> dict[str, Any]:
        try:
            content = answer.json()
        except ValueError:
            content = None
        if answer.status_code == 401:
            self._lost("HTTP 401")
            raise NotPaired("HTTP 401")
        if 400 <= answer.status_code < 500 and answer.status_code not in (408, 429):
            self._found()
            raise HubRefused(str(content.get("refusal", "")) if isinstance(content, dict) else "")
        if answer.status_code != 200 or not isinstance(content, dict):
            self._lost(f"HTTP {answer.status_code}")
            raise HubGone(f"HTTP {answer.status_code}")
        self._found()
        return content

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
            # The hub is on the site's own network: a proxy set for the machine must not see the token.
            session.trust_env = False
            session.verify = self._verify
            session.headers["Authorization"] = f"Bearer {self._token}"
        return session

    def _lost(self, why: str) -> None:
        with self._lock:
            if not self._gone:
                log.warning("hub.lost why=%s", why)
            self._gone = True

    def _found(self) -> None:
        with self._lock:
            if self._gone:
                log.info("hub.found")
            self._gone = False


def _words(said: Any) -> tuple[str, ...]:
    return tuple(map(str, said or ()))
