"""How each part of the box is: the machine, the programs, the devices, the line out. For `doctor`, and for the bundle.

Works with no hub running, no database and a broken site.toml, and then examines the rest.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import make_url

from kiosk import protocols, wording
from kiosk.app import create_app
from kiosk.box_words import words
from kiosk.clock import Clock
from kiosk.config import ConfigError, Settings
from kiosk.devices.box import measure
from kiosk.devices.box_tree import Tree
from kiosk.rules.box import ORDER, Facts, Finding, broken, ok
from kiosk.rules.box_judging import judge
from kiosk.upkeep import health_devices, health_site

Check = Callable[[Settings], Iterator[Finding]]
ROOT = Path("/")
# One word: hub, kiosk or both; no file where nothing is installed.
ROLE = "/etc/kiosk/role"


def examine(settings: Settings, root: Path = ROOT) -> list[Finding]:
    """Every part's state, in groups. Never raises: a part that cannot be examined is broken."""
    site = settings.site
    findings = [ok("settings", "box.settings", name=site.name, mode=site.mode, box=site.box)]
    findings += [*_machine(settings.folder, root), *_safely("clock", _clock, settings)]
    checks = health_devices.checks(root)
    if Tree(root).text(ROLE) != "kiosk":  # one that only serves another box's hub has neither database nor platform
        findings += _safely("database", _database, settings)
        checks += health_devices.LINE
    for part, check in checks:
        findings += _safely(part, check, settings)
    return grouped(findings)


def examine_folder(folder: Path, error: ConfigError, root: Path = ROOT) -> list[Finding]:
    """What can be said where site.toml cannot be used: of the machine alone."""
    return grouped([broken("settings", "box.settings.wrong", why=str(error)), *_machine(folder, root)])


def grouped(findings: list[Finding]) -> list[Finding]:
    """In the order of the groups; within one as they were found."""
    return sorted(findings, key=lambda finding: ORDER.index(finding.group))


def _machine(folder: Path, root: Path) -> list[Finding]:
    return judge(measured(folder, root), protocols.boxes())


def measured(folder: Path, root: Path = ROOT) -> Facts:
    """This machine's facts, with the version of the library that holds the data."""
    facts = measure(folder, root)
    return replace(facts, versions={**facts.versions, "sqlite": sqlite3.sqlite_version})


def _database(settings: Settings) -> Iterator[Finding]:
    """A look must not make what it looks for: where there is no file yet, none is opened, and no key made."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        yield broken("database", "box.database.none")
        return
    with create_app(settings).app_context():
        for part, check in health_site.CHECKS:
            yield from _safely(part, check, settings)


def _safely(part: str, check: Check, settings: Settings) -> list[Finding]:
    try:
        return list(check(settings))
    except Exception as error:  # whatever one part's trouble is, the others must be told; its text may name somebody
        return [broken(part, "box.failed", why=type(error).__name__)]


def _clock(settings: Settings) -> Iterator[Finding]:
    clock = Clock(settings.site.time_zone, settings.clock_shift)
    now = clock.now()
    shown = f"{clock.local(now.at):%d/%m/%Y %H:%M}"
    yield ok("clock", "box.clock", time=shown) if now.trusted else broken("clock", "box.clock.past", time=shown)


def name_of(finding: Finding, settings: Settings | None, language: str) -> str:
    """What the part is called; a station's part with its station."""
    part = wording.say(f"box.part.{finding.part}", language)
    known = {station.code: station.name.of(language) for station in settings.stations} if settings else {}
    return f"{part}, {known.get(finding.place, finding.place)}" if finding.place else part


def as_text(findings: list[Finding], settings: Settings | None, language: str) -> list[str]:
    """Lines for a terminal: a heading for each group, a line for each part, and what to do under it."""
    lines: list[str] = []
    group = ""
    for finding in findings:
        if finding.group != group:
            group = finding.group
            lines += (
                ["", wording.say(f"box.group.{group}", language)]
                if lines
                else [wording.say(f"box.group.{group}", language)]
            )
        says, do = words(finding, language)
        state = wording.say(f"box.state.{finding.state}", language)
        lines.append(f"  {state:<8} {name_of(finding, settings, language)}: {says}")
        lines += [f"  {'':<8} → {do}"] if do else []
    return lines
