"""What the facts of a box mean: each part ok, to be looked at, or broken. Thresholds are data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kiosk.rules.box import Facts, Finding, Interface, broken, look, ok

# Bits of the firmware's word: now, and the same sixteen higher since the start.
UNDER_VOLTAGE, CAPPED, THROTTLED, SOFT_LIMIT = 1, 2, 4, 8
SINCE_START = 16
SPARE_LOW, SPARE_OUT = 2, 3


@dataclass(frozen=True)
class Limits:
    """From when on somebody should look. `…_c` °C, `…_mb` MB, `…_mv` mV."""

    heat_look_c: float
    heat_slows_c: float
    heat_limit_c: float
    disk_look_mb: int
    disk_full_mb: int
    life_look_percent: int
    life_over_percent: int
    battery_look_mv: int
    memory_look_mb: int
    load_look: float
    late_seconds: int


def judge(facts: Facts, limits: Limits) -> list[Finding]:
    """Every part of which something is known. What is unknown is left out: it is no fault of the box."""
    return [
        *_heat(facts, limits), *_power(facts), *_memory(facts, limits), *_load(facts, limits), *_disk(facts, limits),
        *_mount(facts), *_card(facts, limits), *_flush(facts), *_clock(facts), *_rtc(facts, limits), *_network(facts),
        *_versions(facts),
    ]  # fmt: skip


def _heat(facts: Facts, limits: Limits) -> Iterator[Finding]:
    c = facts.heat_c
    if c is None:
        return
    shown = round(c)
    if c >= limits.heat_limit_c:
        yield broken("heat", "box.heat.limit", c=shown)
    elif c >= limits.heat_slows_c:
        yield look("heat", "box.heat.slows", c=shown)
    elif c >= limits.heat_look_c:
        yield look("heat", "box.heat.warm", c=shown)
    else:
        yield ok("heat", "box.heat", c=shown)


def _power(facts: Facts) -> Iterator[Finding]:
    """Too little voltage is what breaks cards; being slowed down by heat is told, too."""
    bits = facts.throttled
    if bits is None and facts.under_voltage is None:
        return
    now, ever = bits or 0, (bits or 0) >> SINCE_START
    if now & UNDER_VOLTAGE or facts.under_voltage:
        yield broken("power", "box.power.low")
    elif ever & UNDER_VOLTAGE:
        yield look("power", "box.power.was_low")
    elif now & (CAPPED | THROTTLED | SOFT_LIMIT):
        yield look("power", "box.power.slowed")
    elif ever & (CAPPED | THROTTLED | SOFT_LIMIT):
        yield look("power", "box.power.was_slowed")
    else:
        yield ok("power", "box.power")


def _memory(facts: Facts, limits: Limits) -> Iterator[Finding]:
    if facts.memory_mb is None or facts.memory_free_mb is None:
        return
    known: dict[str, Any] = {"free": facts.memory_free_mb, "of": facts.memory_mb}
    if facts.memory_free_mb < limits.memory_look_mb:
        yield look("memory", "box.memory.low", **known)
    else:
        yield ok("memory", "box.memory", **known)


def _load(facts: Facts, limits: Limits) -> Iterator[Finding]:
    if facts.load is None or not facts.cores:
        return
    percent = round(100 * facts.load / facts.cores)
    if facts.load >= limits.load_look * facts.cores:
        yield look("load", "box.load.high", percent=percent)
    else:
        yield ok("load", "box.load", percent=percent)


def _disk(facts: Facts, limits: Limits) -> Iterator[Finding]:
    if facts.disk_mb is None or facts.disk_free_mb is None:
        return
    known: dict[str, Any] = {"free": facts.disk_free_mb, "of": facts.disk_mb}
    if facts.disk_free_mb < limits.disk_full_mb:
        yield broken("disk", "box.disk.full", **known)
    elif facts.disk_free_mb < limits.disk_look_mb:
        yield look("disk", "box.disk.low", **known)
    else:
        yield ok("disk", "box.disk", **known)


def _mount(facts: Facts) -> Iterator[Finding]:
    if facts.disk_read_only:
        yield broken("mount", "box.mount.read_only")
    elif facts.disk_errors:
        yield broken("mount", "box.mount.errors", n=facts.disk_errors)
    elif facts.disk_own is not None:
        yield ok("mount", "box.mount.own" if facts.disk_own else "box.mount.shared")


def _card(facts: Facts, limits: Limits) -> Iterator[Finding]:
    name = " ".join(part for part in (facts.card_name, facts.card_made) if part) or facts.medium
    if not name:
        return
    used, spare = facts.life_percent, facts.spare
    if (used is not None and used >= limits.life_over_percent) or spare == SPARE_OUT:
        yield broken("card", "box.card.worn", card=name)
    elif (used is not None and used >= limits.life_look_percent) or spare == SPARE_LOW:
        yield look("card", "box.card.wears", card=name, percent=used or 0)
    elif used is not None:
        yield ok("card", "box.card.life", card=name, percent=used)
    else:
        yield ok("card", "box.card", card=name)


def _flush(facts: Facts) -> Iterator[Finding]:
    """Noted by the card test when it was last run."""
    known: dict[str, Any] = {"ms": round(facts.flush_ms, 2) if facts.flush_ms is not None else 0}
    if facts.flush == "suspicious":
        yield look("flush", "box.flush.suspicious", **known)
    elif facts.flush == "slow":
        yield look("flush", "box.flush.slow", **known)
    elif facts.flush == "ok":
        yield ok("flush", "box.flush", **known)


def _clock(facts: Facts) -> Iterator[Finding]:
    """Without a network nothing tells the time: a box with a battery then keeps it, any other must be looked at."""
    if facts.clock_synced:
        yield ok("clock", "box.clock.synced")
    elif facts.clock_synced is False and facts.rtc:
        yield ok("clock", "box.clock.kept")
    elif facts.clock_synced is False:
        yield look("clock", "box.clock.alone")


def _rtc(facts: Facts, limits: Limits) -> Iterator[Finding]:
    if facts.rtc is None:
        return
    mv = facts.rtc_battery_mv
    if not facts.rtc:
        yield look("rtc", "box.rtc.none")
    elif mv is None:
        yield ok("rtc", "box.rtc")
    elif mv < limits.battery_look_mv:
        yield look("rtc", "box.rtc.empty", volt=f"{mv / 1000:.1f}")
    else:
        yield ok("rtc", "box.rtc.battery", volt=f"{mv / 1000:.1f}")


def _network(facts: Facts) -> Iterator[Finding]:
    """No network is nothing broken: the site works without."""
    known = {each.name: each for each in facts.interfaces}
    if facts.route:
        way = known.get(facts.route, Interface(facts.route))
        yield Finding(
            "ok", "network", "box.network",
            {"name": way.name, "addresses": ", ".join(way.addresses)}, {"kind": f"box.kind.{_kind(way)}"},
        )  # fmt: skip
    elif any(each.up and each.addresses for each in facts.interfaces):
        addresses = ", ".join(address for each in facts.interfaces if each.up for address in each.addresses)
        yield ok("network", "box.network.local", addresses=addresses)
    elif facts.interfaces:
        yield look("network", "box.network.none")


def _kind(interface: Interface) -> str:
    return interface.kind if interface.kind in KINDS else "other"


KINDS = ("ethernet", "wifi", "modem", "other")


def _versions(facts: Facts) -> Iterator[Finding]:
    if facts.release:
        programs = ", ".join(f"{name} {value}" for name, value in facts.versions.items())
        known = {"release": facts.release, "system": facts.system, "kernel": facts.kernel, "programs": programs}
        yield ok("versions", "box.versions", **known)
