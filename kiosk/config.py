"""What this site is set to: defaults, then `site.toml`, then secrets from files. Read once, never changed.

An unknown key or a bad value refuses to start and says which line of the file is wrong.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError, model_validator
from pydantic_core import PydanticCustomError

from kiosk.config_devices import Camera, Printer, Scanner
from kiosk.config_tables import (
    ONE_BOARD,
    SHIPPED_VOICES,
    Agent,
    Board,
    Hub,
    Section,
    Site,
    Station,
    Upstream,
    Voice,
)


class ConfigError(Exception):
    """`site.toml` cannot be used; the message names the file, the line and what to do."""


def _wrong(table: str, nth: int, key: str, reason: str) -> PydanticCustomError:
    return PydanticCustomError(table, "{reason}", {"reason": reason, "where": [table, nth, key]})


class Settings(Section):
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
