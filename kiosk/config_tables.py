"""The tables of `site.toml` that say what a site is: its name, hub, stations, boards and lines out."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

# Names of zxing-cpp, which reads them all; QR codes are looked for everywhere.
CodeFormat = Literal["DataMatrix", "Aztec", "PDF417", "Code128", "Code39", "EAN13", "ITF"]
StationKind = Literal["kiosk", "desk", "door", "screening", "injection", "observation", "finish"]
Code = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")
# Their recordings are shipped; any other language is a folder of the site's own.
SHIPPED_VOICES = ("vi", "en")
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Section(BaseModel):
    """A table of `site.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _reachable(address: str) -> str:
    """Its port may be one. Raises ValueError."""
    try:
        urlsplit(address).port  # noqa: B018 (reading it is the check)
    except ValueError as error:
        raise ValueError(f"{address!r} is no address: {error}") from error
    return address


Address = Annotated[str, AfterValidator(_reachable)]


class Label(Section):
    """One name in both languages of the house."""

    vi: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=60)

    def of(self, language: str) -> str:
        """The name in `language`."""
        return self.en if language == "en" else self.vi


class Site(Section):
    """Where we are. `box` is the name of this machine: every fact row carries it."""

    mode: Literal["real", "demo"] = "real"
    name: str = Field(min_length=1, max_length=80)
    code: str = Field(min_length=1, max_length=20)
    box: str = Field(default="hub-1", pattern=r"^[a-z0-9-]{1,20}$")
    language: Literal["vi", "en"] = "vi"
    time_zone: str = "Asia/Ho_Chi_Minh"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone {value!r}") from error
        return value


class Hub(Section):
    """The web server and its database. `sign_in_*`, `idle_*` and `lock_*` are house policy; no decree sets these.

    `staff_address`: how tablets and other boxes reach it, https through the proxy on this machine; "" where only
    `listen` is there. `trusted_only`: staff sign in only on devices that were paired to the station.
    `address`: how phones in the site's network reach it, "" where they do not; a ticket's code is then its `/T/TOKEN`.
    `secure_cookies`: no cookie ever travels in the clear, so nobody signs in by plain http; else each goes as its page
    came. `lock_minutes`: after so long without an act or a touch a page asks for the PIN, 0 for never; after
    `idle_minutes` it asks for everything.
    """

    listen: str = Field(default="127.0.0.1:8080", pattern=r"^[^:\s]+:\d{1,5}$")
    address: Address = Field(default="", pattern=r"^(https?://[^\s/]+/?)?$")
    staff_address: Address = Field(default="", pattern=r"^(https://[^\s/]+)?$")
    trusted_only: bool = False
    database: str = "sqlite"
    secure_cookies: bool = False
    sign_in_attempts: int = Field(default=5, ge=1, le=20)
    sign_in_lock_minutes: int = Field(default=5, ge=1, le=120)
    idle_minutes: int = Field(default=120, ge=5, le=720)
    lock_minutes: int = Field(default=15, ge=0, le=720)

    @model_validator(mode="after")
    def _locks_before_it_signs_out(self) -> Hub:
        if "lock_minutes" not in self.model_fields_set or self.lock_minutes == 0:
            return self
        # A page tells of a touch once a minute at most, and warns half a minute before it locks.
        if not 2 <= self.lock_minutes <= self.idle_minutes:
            reason = f"is 0 for never, or from 2 to idle_minutes ({self.idle_minutes})"
            raise PydanticCustomError("hub", "{reason}", {"reason": reason, "where": ["hub", "lock_minutes"]})
        return self

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.listen.rsplit(":", 1)[0]

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.listen.rsplit(":", 1)[1])

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses whose `/t/TOKEN` is a ticket of ours."""
        return (self.address,) if self.address else ()


class Agent(Section):
    """The program that owns camera and printer: where its hub is and what it shows on loopback.

    `ca_file`: the site's own authority, where the hub is another machine, reached by https.
    """

    hub: Address = Field(default="http://127.0.0.1:8080", pattern=r"^https?://")
    ca_file: str = ""
    token_file: str = "agent.token"  # noqa: S105 (a file name)
    live_port: int = Field(default=8081, ge=0, le=65535)


class Upstream(Section):
    """The national platform: the base address of its FHIR interface ("" sends nothing) and the key to show it.

    `deadline_seconds`: how long one exchange may take in all. `ca_file`: the authority to trust instead of the public
    ones.
    """

    url: Address = Field(default="", pattern=r"^(https?://\S+)?$")
    token_file: str = ""
    deadline_seconds: float = Field(default=20.0, ge=1, le=120)
    ca_file: str = ""


class Station(Section):
    """A place where staff or a kiosk act. `prints_at` is the station whose printer serves it.

    `steps`: what is done here, where that is not what its kind says; so a small site folds several into one table.
    `formats`: what is looked for beside QR codes; unset, what is done here decides (vials carry DataMatrix codes).
    """

    code: str = Code
    kind: StationKind
    name: Label
    zone: str = Field(default="A", pattern=r"^[A-Z]$")
    prints_at: str = ""
    steps: tuple[str, ...] = ()
    formats: tuple[CodeFormat, ...] | None = None

    @property
    def printer(self) -> str:
        """Code of the station whose printer this one uses: its own unless set."""
        return self.prints_at or self.code


class Voice(Section):
    """The loudspeaker of the boards. `quiet`: from when until when nothing is said and nothing rings.

    `languages`: one after the other; each call is said `repeat` times. `volume` in percent of what the machine gives.
    """

    on: bool = True
    chime: bool = True
    volume: int = Field(default=80, ge=0, le=100)
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = Field(default=("vi",), min_length=1)
    quiet: tuple[tuple[TimeOfDay, TimeOfDay], ...] = ()
    repeat: int = Field(default=1, ge=1, le=3)

    @property
    def quiet_spans(self) -> tuple[tuple[time, time], ...]:
        """`quiet` as times of day at the site."""
        return tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in self.quiet)


class Board(Section):
    """A screen that shows the calls of these zones, of all where none is named; `voice`: it is also their voice."""

    code: str = Code
    name: Label
    zones: tuple[Annotated[str, Field(pattern=r"^[A-Z]$")], ...] = ()
    voice: bool = True

    def shares(self, other: Board) -> bool:
        """Would a call be on both?"""
        return not self.zones or not other.zones or bool(set(self.zones) & set(other.zones))


ONE_BOARD = Board(code="board", name=Label(vi="Bảng gọi số", en="Board"))
