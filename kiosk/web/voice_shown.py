"""One announcement for a board: the addresses of its recordings, and what they say as a sentence of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app, g, url_for

from kiosk.config import Settings
from kiosk.config_tables import SHIPPED_VOICES
from kiosk.rules import queueing
from kiosk.rules import voice as rules
from kiosk.rules.voice import ToStation, ToZone
from kiosk.store import stations
from kiosk.web import shown

OURS = Path(__file__).parent.parent / "static" / "voice"
# Of two recordings of one clip the first of these kinds is played.
KINDS = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg"}
LANGUAGE, CLIP = re.compile(r"[a-z]{2,3}"), re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# Between two sayings of one call; the player knows it.
PAUSE = "-"


@dataclass(frozen=True)
class Announcement:
    """`clips`: addresses in the order in which they are played, `PAUSE` between two sayings; `caption`: for the eye."""

    clips: str
    caption: str


@dataclass(frozen=True)
class Recording:
    """A file, and what changes when another takes its place."""

    path: Path
    version: str


def recordings(language: str) -> dict[str, Recording]:
    """The recordings of a language by their clip, the site's own before ours; none where nobody recorded any.

    The site's folder is looked at once a request: what is put there is heard with the next call.
    """
    seen: dict[str, dict[str, Recording]] = g.setdefault("recordings", {})
    if language not in seen and LANGUAGE.fullmatch(language):
        own = _listed(_settings().voice_folder / language)
        seen[language] = {**_ours(language), **own}
    return seen.get(language, {})


def to_station(code: str) -> ToStation:
    """How a station is said: its kind, and the number at the end of the name that the board shows."""
    station = stations.find(code)
    if station is None:
        return ToStation("", 0, code)
    nth = re.search(r"\b[1-9][0-9]{0,3}$", station.name_vi.strip())
    return ToStation(station.kind, int(nth[0]) if nth else 0, code)


def announcement(series: str, n: int, to: ToStation | ToZone) -> Announcement:
    """The call of number `n` of a series, in the site's languages and as often as it says; no clips while it is off."""
    voice = _settings().voice
    said = [_addresses(language, series, n, to) for language in voice.languages] * voice.repeat
    return Announcement(f" {PAUSE} ".join(filter(None, said)) if voice.on else "", _caption(series, n, to))


def player(speaks: bool) -> dict[str, Any]:
    """What partials/board/announcements.html needs of the loudspeaker; `speaks`: is this page a voice too?"""
    voice = _settings().voice
    quiet = rules.is_quiet(voice.quiet_spans, shown.clock().local(g.now.at).time())
    return {"volume": voice.volume, "chime": voice.chime, "quiet": quiet, "speaks": speaks}


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


@cache
def _ours(language: str) -> dict[str, Recording]:
    return _listed(OURS / language) if language in SHIPPED_VOICES else {}


def _listed(folder: Path) -> dict[str, Recording]:
    """Recordings in a folder by their clip. A name that is no clip is no recording, wherever it leads."""
    found: dict[str, Recording] = {}
    for kind in reversed(KINDS):
        for path in sorted(folder.glob(f"*{kind}")):
            if CLIP.fullmatch(path.stem) and path.is_file():
                about = path.stat()
                found[path.stem] = Recording(path, shown.stamp(about.st_mtime_ns, about.st_size, kind)[:8])
    return found


def _addresses(language: str, series: str, n: int, to: ToStation | ToZone) -> str:
    """The clips of one saying. What the language lacks is said in Vietnamese: better than a gap in a number."""
    kept = {each: recordings(each) for each in (language, "vi")}
    said = []
    for clip in rules.announce(language, series, n, to, kept[language]):
        spoken = next((each for each in kept if clip in kept[each]), None)
        if spoken:
            version = kept[spoken][clip].version
            said.append(url_for("voice.play", language=spoken, clip=clip, v=version))
    return " ".join(said)


def _caption(series: str, n: int, to: ToStation | ToZone) -> str:
    number = queueing.label(series, n)
    if isinstance(to, ToStation):
        return shown.say("voice.to_station", number=number, place=shown.place(to.code))
    if to.spot:
        return shown.say("voice.to_spot", number=number, zone=to.letter, spot=to.spot)
    return shown.say("voice.to_zone", number=number, zone=to.letter)
