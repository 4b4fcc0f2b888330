"""What this site is set to: defaults, then `site.toml`, then secrets from files. Read once, never changed.

An unknown key or a bad value refuses to start and says which line of the file is wrong.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

# Names of zxing-cpp, which reads them all; QR codes are looked for everywhere.
CodeFormat = Literal["DataMatrix", "Aztec", "PDF417", "Code128", "Code39", "EAN13", "ITF"]
StationKind = Literal["kiosk", "desk", "door", "screening", "injection", "observation", "finish"]
Code = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")
# Their recordings are shipped; any other language is a folder of the site's own.
SHIPPED_VOICES = ("vi", "en")
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class ConfigError(Exception):
    """`site.toml` cannot be used; the message names the file, the line and what to do."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _reachable(address: str) -> str:
    """Its port may be one. Raises ValueError."""
    try:
        urlsplit(address).port  # noqa: B018 (reading it is the check)
    except ValueError as error:
        raise ValueError(f"{address!r} is no address: {error}") from error
    return address


Address = Annotated[str, AfterValidator(_reachable)]


class Label(_Section):
    """One name in both languages of the house."""

    vi: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=60)

    def of(self, language: str) -> str:
        """The name in `language`."""
        return self.en if language == "en" else self.vi


class Site(_Section):
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


class Hub(_Section):
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


class Agent(_Section):
    """The program that owns camera and printer: where its hub is and what it shows on loopback.

    `ca_file`: the site's own authority, where the hub is another machine, reached by https.
    """

    hub: Address = Field(default="http://127.0.0.1:8080", pattern=r"^https?://")
    ca_file: str = ""
    token_file: str = "agent.token"  # noqa: S105 (a file name)
    live_port: int = Field(default=8081, ge=0, le=65535)


class Camera(_Section):
    """`source`: a V4L2 path, `pi` or `pi:1` for a Pi's own, a video file, a folder of images, an MJPEG address, or "".

    The rest is asked of a V4L2 camera, whose `focus` and `gain` count as it likes, or of a Pi's: `focus` in tenths of a
    dioptre, `gain` in hundredths. `exposure` counts in 100 µs.
    """

    source: str = ""
    width: int = Field(default=1280, ge=320, le=4096)
    height: int = Field(default=720, ge=240, le=2160)
    frames_per_second: int = Field(default=30, ge=5, le=60)
    focus: Literal["auto"] | Annotated[int, Field(ge=0, le=4096)] = "auto"
    exposure: Literal["auto"] | Annotated[int, Field(ge=1, le=10_000)] = "auto"
    gain: Literal["auto"] | Annotated[int, Field(ge=0, le=65_535)] = "auto"


class Printer(_Section):
    """`target`: `auto` for the USB printer that is plugged in, or a certain one such as `/dev/usb/lp0`,
    `tcp://host:9100`, `serial:/dev/serial/by-id/…` with its `baud`, or "" for none.

    `roll_m`: the length of a new roll in m, from which the paper that is left is counted; 0 counts nothing. Unset, 80
    for 80 mm paper, as such rolls are sold; narrow ones come in any length.
    """

    target: str = Field(default="auto", pattern=r"^(auto|tcp://\S+|(serial:)?/dev/\S+)?$")
    baud: Literal[9600, 19200, 38400, 57600, 115200] = 115200
    paper_mm: Literal[58, 80] = 80
    roll_m: int | None = Field(default=None, ge=0, le=500)

    @field_validator("target")
    @classmethod
    def _stable_name(cls, value: str) -> str:
        if re.match(r"serial:/dev/tty(USB|ACM)\d+$", value):
            raise ValueError("changes with every plug: take the name under /dev/serial/by-id/")
        return value

    @property
    def new_roll_m(self) -> int:
        """The length of a new roll in m; 0 when it is not known."""
        if self.roll_m is not None:
            return self.roll_m
        return 80 if self.paper_mm == 80 else 0

    @property
    def width_dots(self) -> int:
        """Printable width in dots at 203 dpi: 48 mm or 72 mm."""
        return 576 if self.paper_mm == 80 else 384


class Scanner(_Section):
    """A hand scanner beside the camera: `device` is its stable name, or "" for none.

    Under `/dev/input/` it is a keyboard, and `layout` the one that it believes it is; else it is a serial line, and
    `baud` its speed.
    """

    device: str = ""
    layout: Literal["us", "cz", "fr"] = "us"
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600

    @field_validator("device")
    @classmethod
    def _stable_name(cls, value: str) -> str:
        if value and not value.startswith("/"):
            raise ValueError("is neither a keyboard under /dev/input/ nor a serial line under /dev/")
        if re.match(r"/dev/input/event\d+$", value):
            raise ValueError("changes with every start: take the name under /dev/input/by-id/")
        return value


class Upstream(_Section):
    """The national platform: the base address of its FHIR interface ("" sends nothing) and the key to show it.

    `deadline_seconds`: how long one exchange may take in all. `ca_file`: the authority to trust instead of the public
    ones.
    """

    url: Address = Field(default="", pattern=r"^(https?://\S+)?$")
    token_file: str = ""
    deadline_seconds: float = Field(default=20.0, ge=1, le=120)
    ca_file: str = ""


class Station(_Section):
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


class Voice(_Section):
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


class Board(_Section):
    """A screen that shows the calls of these zones, of all where none is named; `voice`: it is also their voice."""

    code: str = Code
    name: Label
    zones: tuple[Annotated[str, Field(pattern=r"^[A-Z]$")], ...] = ()
    voice: bool = True

    def shares(self, other: Board) -> bool:
        """Would a call be on both?"""
        return not self.zones or not other.zones or bool(set(self.zones) & set(other.zones))


ONE_BOARD = Board(code="board", name=Label(vi="Bảng gọi số", en="Board"))


def _wrong(table: str, nth: int, key: str, reason: str) -> PydanticCustomError:
    return PydanticCustomError(table, "{reason}", {"reason": reason, "where": [table, nth, key]})


class Settings(_Section):
    """Everything of `site.toml`, and the folder that holds it and the data."""

    folder: Path
    site: Site
    hub: Hub = Hub()
    agent: Agent = Agent()
    camera: Camera = Camera()
    printer: Printer = Printer()
    scanner: Scanner = Scanner()
    upstream: Upstream = Upstream()
    stations: tuple[Station, ...] = ()
    voice: Voice = Voice()
    boards: tuple[Board, ...] = ()

    @model_validator(mode="after")
    def _stations_agree(self) -> Settings:
        codes = [station.code for station in self.stations]
        for nth, station in enumerate(self.stations):
            if station.code in codes[:nth]:
                raise _wrong("stations", nth, "code", f"two stations are called {station.code!r}")
            if station.printer not in codes:
                reason = f"station {station.code!r} prints at {station.printer!r}, which is no station"
                raise _wrong("stations", nth, "prints_at", reason)
        return self

    @model_validator(mode="after")
    def _one_voice_to_a_zone(self) -> Settings:
        for nth, board in enumerate(self.boards):
            before = self.boards[:nth]
            if board.code in [other.code for other in before]:
                raise _wrong("boards", nth, "code", f"two boards are called {board.code!r}")
            trampled = [other.code for other in before if board.voice and other.voice and board.shares(other)]
            if trampled:
                reason = f"boards {trampled[0]!r} and {board.code!r} speak for one zone: voice = false for one of them"
                raise _wrong("boards", nth, "zones", reason)
        return self

    @model_validator(mode="after")
    def _every_language_has_recordings(self) -> Settings:
        for language in self.voice.languages:
            folder = self.voice_folder / language
            if language not in SHIPPED_VOICES and not folder.is_dir():
                reason = f"{language!r} has no recordings: put them in {folder}"
                raise PydanticCustomError("voice", "{reason}", {"reason": reason, "where": ["voice", "languages"]})
        return self

    @model_validator(mode="after")
    def _people_travel_encrypted(self) -> Settings:
        parts = urlsplit(self.upstream.url)
        if self.site.mode == "real" and parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost"):
            reason = "people's names and numbers leave only over https"
            raise PydanticCustomError("upstream", "{reason}", {"reason": reason, "where": ["upstream", "url"]})
        return self

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL: the file beside `site.toml`, or what the file says."""
        return f"sqlite:///{self.folder / 'kiosk.db'}" if self.hub.database == "sqlite" else self.hub.database

    @property
    def every_board(self) -> tuple[Board, ...]:
        """The boards of the site; one of all zones where none is named."""
        return self.boards or (ONE_BOARD,)

    @property
    def voice_folder(self) -> Path:
        """Where the site's own recordings lie: a folder to a language."""
        return self.folder / "voice"

    @property
    def clock_shift(self) -> Path | None:
        """The file that sets a demo's clock ahead; a real site has none."""
        return self.folder / "clock-shift" if self.site.mode == "demo" else None

    def upstream_token(self) -> str:
        """The key to show the platform; "" when it asks for none. Raises ConfigError when its file is missing."""
        return self._secret(self.upstream.token_file, make=False).decode().strip() if self.upstream.token_file else ""

    def upstream_authority(self) -> str | None:
        """The file of the authority to trust for the platform; None for the public ones. Raises ConfigError."""
        path = self.folder / self.upstream.ca_file
        if self.upstream.ca_file and not path.is_file():
            raise ConfigError(f"{path} is missing: put the platform's authority there, or take ca_file out")
        return str(path) if self.upstream.ca_file else None

    def agent_authority(self) -> str | None:
        """The file of the authority to trust for the hub; None for the public ones. Raises ConfigError."""
        path = self.folder / self.agent.ca_file
        if self.agent.ca_file and not path.is_file():
            raise ConfigError(f"{path} is missing: fetch http://NAME-OF-THE-HUB.local/ca.crt, or take ca_file out")
        return str(path) if self.agent.ca_file else None

    def secret_key(self) -> bytes:
        """The key that signs cookies; made on first use, readable by its owner only."""
        return self._secret("secret.key", make=True)

    def agent_token(self) -> str:
        """The agent's pairing token. Raises ConfigError when this machine has not been paired."""
        return self._secret(self.agent.token_file, make=False).decode().strip()

    def certificate(self, name: str) -> str:
        """PEM of the site's own authority (`root`) or of what it made for this box (`site`); "" for none."""
        try:
            return (self.folder / "authority" / f"{name}.crt").read_text(encoding="ascii")
        except (OSError, ValueError):
            return ""

    def _secret(self, name: str, *, make: bool) -> bytes:
        for folder in (os.environ.get("CREDENTIALS_DIRECTORY"), self.folder):
            path = Path(folder, name) if folder else None
            if path and path.is_file() and path.stat().st_size:
                return path.read_bytes()
        if not make:
            hint = (
                "pair this machine with `python -m kiosk pair STATION`"
                if name == self.agent.token_file
                else "put it there"
            )
            raise ConfigError(f"{self.folder / name} is missing: {hint}")
        path, draft = self.folder / name, self.folder / f"{name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
            os.fsync(file.fileno())
        draft.replace(path)  # whole or not at all, whenever the power goes
        return path.read_bytes()


def load(folder: Path) -> Settings:
    """The settings of the site in `folder`. Raises ConfigError naming the line of the first mistake."""
    path = folder / "site.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path} is missing: copy provisioning/site.example.toml there and edit it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    try:
        return Settings(folder=folder.resolve(), **tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = first.get("ctx", {}).get("where") or [part for part in first["loc"] if part != "folder"]
        name = ".".join(str(part + 1) if isinstance(part, int) else part for part in where)
        reason = "is not a setting we know" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigError(f"{path}, line {line_of(text, where)}: {name}: {reason}") from error
    except TypeError as error:
        raise ConfigError(f"{path}: {error}") from error


def line_of(text: str, where: list[int | str]) -> int:
    """Line (from 1) where the setting at `where` stands; of its table if the key is missing; 1 if there is neither."""
    names = [part for part in where if isinstance(part, str)]
    table, key = [*names, "", ""][:2]
    nth = next((part for part in where[1:2] if isinstance(part, int)), 0)  # later ones count within a list
    found, seen, inside = 1, -1, False
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[{1,2}\s*([\w-]+)", line)
        if header:
            seen += header[1] == table
            inside = header[1] == table and seen == nth
            found = number if inside else found
        elif (inside and re.match(rf"\s*{re.escape(key)}\s*=", line)) or (
            seen < 0 and re.match(rf"\s*{re.escape(table)}\s*=", line)
        ):
            return number
    return found
