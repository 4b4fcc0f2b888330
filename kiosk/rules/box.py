"""What a box tells of itself, and what was found of it: codes and numbers, nobody's name and no password.

Every fact may be unknown (None, ""): a machine that is no Raspberry Pi has no throttling, a USB disk no card name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

LONGEST_TEXT = 80
MOST_LISTED = 16
LARGEST = 10**12

State = Literal["ok", "look", "broken"]


@dataclass(frozen=True)
class Interface:
    """A network interface. `kind`: ethernet, wifi, modem (4G sticks, tethered phones), other."""

    name: str
    kind: str = "other"
    up: bool = False
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """One box. Sizes in MB (2^20), times in seconds, heat in °C, voltages in mV.

    `machine`: tells two machines apart, and says nothing else. `medium`: sd, emmc, usb, nvme,
    disk. `disk_own`: the data lie on a mount of their own. `life_percent`: how much of an eMMC's life is used at most;
    `spare`: 1 normal, 2 warning, 3 urgent. `flush`: what the card test said of it: ok, suspicious, slow.
    `throttled`: the firmware's bits. `load`: of fifteen minutes. `route`: the interface of the default route.
    """

    machine: str = ""
    model: str = ""
    system: str = ""
    kernel: str = ""
    release: str = ""
    uptime_s: int | None = None
    load: float | None = None
    cores: int | None = None
    memory_mb: int | None = None
    memory_free_mb: int | None = None
    disk_mb: int | None = None
    disk_free_mb: int | None = None
    disk_own: bool | None = None
    disk_read_only: bool | None = None
    disk_errors: int | None = None
    medium: str = ""
    card_name: str = ""
    card_maker: str = ""
    card_made: str = ""
    life_percent: int | None = None
    spare: int | None = None
    flush: str = ""
    flush_ms: float | None = None
    heat_c: float | None = None
    throttled: int | None = None
    under_voltage: bool | None = None
    clock_synced: bool | None = None
    rtc: bool | None = None
    rtc_battery_mv: int | None = None
    route: str = ""
    interfaces: tuple[Interface, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """As JSON; `read` takes it back."""
        return asdict(self) | {"versions": dict(self.versions)}


def read(said: object) -> Facts:
    """What another program said, bounded. Unknown names are left out, as a newer agent may say more.

    Raises ValueError for anything that is not of its kind.
    """
    if not isinstance(said, dict):
        raise ValueError("a box speaks in names and values")
    known = {each.name: str(each.type) for each in fields(Facts)}
    taken: dict[str, Any] = {
        name: _value(kind, said[name])
        for name, kind in known.items() if name in said and name not in ("interfaces", "versions")
    }  # fmt: skip
    return Facts(
        **taken, interfaces=tuple(_interface(each) for each in _listed(said.get("interfaces", ()))),
        versions={_text(name): _text(value) for name, value in _named(said.get("versions", {})).items()},
    )  # fmt: skip


def _value(kind: str, value: object) -> object:
    if kind == "str":
        return _text(value)
    if value is None:
        return None
    if kind.startswith("bool"):
        if not isinstance(value, bool):
            raise ValueError("neither true nor false")
        return value
    if isinstance(value, bool) or not isinstance(value, int if kind.startswith("int") else (int, float)):
        raise ValueError("not a number")
    if not abs(value) < LARGEST:  # nor is NaN
        raise ValueError("no such number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError("not a short text")
    return value


def _listed(value: object) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple) or len(value) > MOST_LISTED:
        raise ValueError("not a short list")
    return value


def _named(value: object) -> dict[Any, Any]:
    if not isinstance(value, dict) or len(value) > MOST_LISTED:
        raise ValueError("not a few names")
    return value


def _interface(said: object) -> Interface:
    named = _named(said)
    addresses = tuple(_text(each) for each in _listed(named.get("addresses", ())))
    up = named.get("up", False)
    return Interface(_text(named.get("name", "")), _text(named.get("kind", "other")), up is True, addresses)


@dataclass(frozen=True)
class Finding:
    """One part: `ok`, `look` (works, but somebody should look) or `broken`.

    `code`: the sentence, `box.…`; with `.do` behind it what to do, where there is something. `facts`: for the sentence;
    `coded`: those facts that are codes of sentences themselves. `place`: the station it is about, "" for the box.
    """

    state: State
    part: str
    code: str
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    coded: Mapping[str, str] = field(default_factory=dict)
    place: str = ""

    @property
    def group(self) -> str:
        """Where it stands among the others."""
        return GROUPS.get(self.part, "devices")

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"group": self.group}


# The groups in the order in which they are told, with their parts.
GROUPS = {
    "settings": "programs", "database": "programs", "audit": "programs", "day": "programs",
    "heat": "machine", "power": "machine", "memory": "machine", "load": "machine",
    "disk": "storage", "mount": "storage", "card": "storage", "flush": "storage",
    "clock": "clock", "rtc": "clock",
    "network": "network",
    "upstream": "upstream", "reach": "upstream", "messages": "upstream",
    "agent": "devices", "camera": "devices", "printer": "devices", "scanner": "devices", "decoder": "devices",
    "paper": "devices",
    "versions": "versions",
}  # fmt: skip
ORDER = tuple(dict.fromkeys(GROUPS.values()))


def ok(part: str, code: str, place: str = "", **facts: str | int | float) -> Finding:
    """This part is as it should be."""
    return Finding("ok", part, code, facts, place=place)


def look(part: str, code: str, place: str = "", **facts: str | int | float) -> Finding:
    """It works, and somebody should look."""
    return Finding("look", part, code, facts, place=place)


def broken(part: str, code: str, place: str = "", **facts: str | int | float) -> Finding:
    """It does not work, or soon will not."""
    return Finding("broken", part, code, facts, place=place)


def worst(findings: list[Finding]) -> State:
    """The state of the whole: that of its worst part."""
    states = {finding.state for finding in findings}
    return "broken" if "broken" in states else "look" if "look" in states else "ok"
