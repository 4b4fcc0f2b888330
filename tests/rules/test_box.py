"""What the facts of a box mean, and what is taken of another machine's word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk import protocols, wording
from kiosk.rules.box import Facts, Finding, Interface, read, worst
from kiosk.rules.box_judging import judge

LIMITS = protocols.boxes()
FINE = Facts(
    machine="a", model="Raspberry Pi 4", release="7", load=0.5, cores=4, memory_mb=3800, memory_free_mb=2000,
    disk_mb=60_000, disk_free_mb=40_000, disk_own=True, disk_read_only=False, disk_errors=0, medium="sd",
    card_name="SN64G", flush="ok", flush_ms=3.0, heat_c=55.0, throttled=0, clock_synced=True, rtc=True,
    rtc_battery_mv=3000, route="eth0", interfaces=(Interface("eth0", "ethernet", True, ("192.168.1.2",)),),
)  # fmt: skip


def found(**other: object) -> dict[str, Finding]:
    """The findings of an otherwise fine box, by part."""
    return {each.part: each for each in judge(replace(FINE, **other), LIMITS)}


def test_a_fine_box_has_nothing_to_say_but_that() -> None:
    findings = judge(FINE, LIMITS)
    assert {each.state for each in findings} == {"ok"}
    assert {each.part for each in findings} >= {"heat", "power", "memory", "disk", "mount", "card", "clock", "network"}
    assert worst(findings) == "ok"


def test_what_is_unknown_is_no_fault() -> None:
    assert judge(Facts(), LIMITS) == []


@pytest.mark.parametrize(
    ("part", "other", "state", "code"),
    [
        ("heat", {"heat_c": 69.9}, "ok", "box.heat"),
        ("heat", {"heat_c": 70.0}, "look", "box.heat.warm"),
        ("heat", {"heat_c": 80.0}, "look", "box.heat.slows"),
        ("heat", {"heat_c": 85.0}, "broken", "box.heat.limit"),
        ("power", {"throttled": 0x50005}, "broken", "box.power.low"),
        ("power", {"throttled": None, "under_voltage": True}, "broken", "box.power.low"),
        ("power", {"throttled": 0x50000}, "look", "box.power.was_low"),
        ("power", {"throttled": 0x8}, "look", "box.power.slowed"),
        ("power", {"throttled": 0x80000}, "look", "box.power.was_slowed"),
        ("memory", {"memory_free_mb": 100}, "look", "box.memory.low"),
        ("load", {"load": 6.0}, "look", "box.load.high"),
        ("disk", {"disk_free_mb": 999}, "look", "box.disk.low"),
        ("disk", {"disk_free_mb": 199}, "broken", "box.disk.full"),
        ("mount", {"disk_read_only": True}, "broken", "box.mount.read_only"),
        ("mount", {"disk_errors": 1}, "broken", "box.mount.errors"),
        ("mount", {"disk_own": False}, "ok", "box.mount.shared"),
        ("card", {"life_percent": 80}, "look", "box.card.wears"),
        ("card", {"life_percent": 100}, "broken", "box.card.worn"),
        ("card", {"spare": 2}, "look", "box.card.wears"),
        ("card", {"spare": 3}, "broken", "box.card.worn"),
        ("flush", {"flush": "suspicious"}, "look", "box.flush.suspicious"),
        ("flush", {"flush": "slow"}, "look", "box.flush.slow"),
        ("clock", {"clock_synced": False}, "ok", "box.clock.kept"),
        ("clock", {"clock_synced": False, "rtc": False}, "look", "box.clock.alone"),
        ("rtc", {"rtc": False}, "look", "box.rtc.none"),
        ("rtc", {"rtc_battery_mv": 2400}, "look", "box.rtc.empty"),
        ("network", {"route": ""}, "ok", "box.network.local"),
        ("network", {"route": "", "interfaces": (Interface("eth0"),)}, "look", "box.network.none"),
    ],
)  # fmt: skip
def test_each_part_from_when_on_somebody_should_look(part: str, other: dict, state: str, code: str) -> None:
    finding = found(**other)[part]
    assert (finding.state, finding.code) == (state, code)
    for language in wording.LANGUAGES:
        said = {name: wording.say(word, language) for name, word in finding.coded.items()}
        assert wording.say(code, language, **finding.facts, **said)
        assert wording.knows(f"{code}.do", language) == (state != "ok"), "a trouble says what to do"


def test_no_network_is_nothing_broken() -> None:
    nothing = found(route="", interfaces=(Interface("eth0"), Interface("wlan0", "wifi")), clock_synced=False, rtc=False)
    assert {each.state for each in nothing.values()} == {"ok", "look"}


@pytest.mark.parametrize(
    "said",
    [
        None, [], "x", {"heat_c": "hot"}, {"heat_c": float("nan")}, {"heat_c": float("inf")}, {"heat_c": True},
        {"model": 7}, {"model": "x" * 81}, {"rtc": 1}, {"cores": 1.5}, {"disk_mb": 10**13},
        {"interfaces": [{"name": "x"}] * 17}, {"interfaces": ["eth0"]}, {"interfaces": [{"addresses": ["x" * 81]}]},
        {"versions": {"a": 1}}, {"versions": [1]}, {"versions": {str(n): "" for n in range(17)}},
    ],
)  # fmt: skip
def test_a_word_that_is_not_of_its_kind_is_refused(said: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(said)


def test_a_newer_agent_may_say_more_and_an_older_one_less() -> None:
    assert read({"heat_c": 50, "colour": "green"}) == Facts(heat_c=50)
