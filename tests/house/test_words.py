"""Every sentence that is asked for exists in both languages and tells the same facts; nothing is worded for nobody."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import kiosk
from kiosk import protocols, wording
from kiosk.actions.queueing import LEADS_TO
from kiosk.documents import ledger_sheet
from kiosk.documents.follow_up_sheet import COLUMNS
from kiosk.rules.box import GROUPS, ORDER
from kiosk.rules.box_judging import KINDS
from kiosk.rules.devices import AGENT, SCREEN
from kiosk.rules.person import NumberFault
from kiosk.rules.printing import FAULTS
from kiosk.rules.stock import Balance
from kiosk.rules.words import (
    CodeKind,
    DayHalf,
    DocumentKind,
    DoseKind,
    EarlierSource,
    FollowUpKind,
    HelpReason,
    IdentityState,
    KeptFor,
    Likeness,
    MessageState,
    MoveKind,
    PrintState,
    Role,
    RosterKind,
    RosterState,
    RowState,
    ScanOutcome,
    Sex,
    SlipKind,
    StandbyState,
    StockKind,
    VisitState,
)
from kiosk.store.clock_wish import REASONS as REASONS_FOR_CLOCK
from kiosk.store.identity_checks import Counts
from kiosk.upstream.answers import REASONS
from kiosk.web.authority import DEVICES
from kiosk.web.device import CAMERA, GRADES, PRINTER
from kiosk.web.kiosk_shown import NOBODYS
from kiosk.web.queueing_shown import WAYS
from kiosk.web.refusals import KNOWN

FOLDER = Path(kiosk.__file__).parent
PYTHON = sorted(FOLDER.rglob("*.py"))
TEMPLATES = sorted(FOLDER.rglob("templates/**/*.html"))
CATALOGUES = {language: wording.catalogue(language) for language in wording.LANGUAGES}


def coded(rule: str, pattern: str) -> set[str]:
    """The codes that a rule's own text gives: one that is added there is missed here until it is worded."""
    return set(re.findall(pattern, (FOLDER / "rules" / rule).read_text(encoding="utf-8"), flags=re.M))


# What is found of a box: every sentence, and those that must say what to do.
FINDS = "".join(
    (FOLDER / path).read_text(encoding="utf-8")
    for path in ("rules/box_judging.py", "upkeep/health.py", "upkeep/health_site.py", "upkeep/health_devices.py",
                 "web/boxes_shown.py")
)  # fmt: skip
FOUND = set(re.findall(r'"(box\.[a-z_.]+)"', FINDS)) - {"box.upstream.not_set.do"}
BROKEN = set(
    re.findall(
        r'(?:\b(?:look|broken|silent)\)?\(\s*|Finding\(\s*"(?:look|broken)",\s*)(?:"\w+"|part),\s*"(box\.[a-z_.]+)"',
        FINDS,
    )
)
ERRORS = {"csrf", "500", *map(str, KNOWN)}
UNUSABLE = {
    *NOBODYS, "keyed", "keyed_incomplete",
    ScanOutcome.UNKNOWN_CODE, ScanOutcome.UNKNOWN_TICKET, ScanOutcome.NO_CLINIC_DAY, ScanOutcome.INCOMPLETE,
}  # fmt: skip
# Sentences that are asked for by a code put together at run time: each family, whole.
FAMILIES: dict[str, set[str]] = {
    "authority.{}": set(DEVICES) | {step for steps in DEVICES.values() for step in steps},
    "roster.kind.{}": set(RosterKind),
    "roster.state.{}": set(RosterState) | {"withdrawn"},
    "roster.row.{}": set(RowState),
    "roster.rows.{}": set(RowState),
    "roster.day.show.{}": {"all", "unapproved", "special"},
    "sex.{}": set(Sex),
    "station.sex.{}": set(Sex),
    "station.paper.{}": set(PrintState) | {"none"},
    "station.visit.{}": {VisitState.CALLED, VisitState.AT_TABLE},
    "station.role.{}": set(Role) - {Role.DEVICE},
    "desk.reason.{}": set(HelpReason),
    "strip.printer.{}": set(PRINTER) - {"ready", "none"} | {"near_end"},
    "strip.printer.word.{}": set(PRINTER) | {"unseen"},
    "strip.camera.word.{}": set(CAMERA) | {"unseen"},
    "error.{}.sentence": ERRORS,
    "error.{}.way_out": ERRORS | {"refused"},
    "lead.half.{}": set(DayHalf),
    "ticket.half.{}": set(DayHalf),
    "lead.open.half.{}": set(DayHalf),
    "plan.protocol.{}": {each.name for each in protocols.versions()},
    "station.slip.{}": set(SlipKind),
    "station.fault.{}": set(FAULTS),
    "kiosk.paper.{}": {"printing", "printed", "asked", "late", "none"},
    "kiosk.paper.{}.more": {"printing", "printed", "asked", "late", "none"},
    "roster.reason.{}": coded("roster_cells.py", r'Reason\([\w"]+, "(\w+)"')
    | coded("roster_review.py", r'(?:Reason|look)\([^,]+, "(\w+)"')
    | coded("roster_twice.py", r'Reason\("\w+", "(\w+)"')
    | coded("roster_cells.py", r'"((?:name|birth|number)_[a-z_]+)"')
    | coded("roster_doses.py", r'"((?:vaccine|dose)_[a-z_]+)"')
    | {f"number_{fault}" for fault in NumberFault if not fault.blocks}
    | {"name_missing", "name_odd", "added"},
    "dose.kind.{}": {DoseKind.ADDITIONAL, DoseKind.BOOSTER},
    "lead.identity.{}": {each.name for each in fields(Counts)},
    "history.by.{}": set(EarlierSource) | {"us"},
    "schedule.{}": coded("schedule.py", r'Reason\("\w+", "(\w+)"'),
    "upstream.reason.{}": REASONS | {"unreadable", "failed", "not_set"},
    "upstream.state.{}": {MessageState.WAITING, MessageState.SENDING, MessageState.PARKED},
    "camera.rate.{}": {"good", "poor"},
    "camera.light.{}": {"good", "soft", "poor"},
    "camera.sharp.{}": {"good", "soft", "poor", "nothing"},
    "camera.module.{}": {"good", "soft", "poor"},
    "report.queue.{}": {"absent", "held", "early", "without_dose", "at", "number", "what", "why", "who"},
    "report.queue.did.{}": {MoveKind.JUMP, MoveKind.LANE, MoveKind.EARLY, MoveKind.ENTER},
    "report.balance.{}": coded("report.py", r'^        "(\w+)": figures\.'),
    "kiosk.unknown.{}": UNUSABLE,
    "kiosk.unknown.{}.way_out": UNUSABLE,
    "code.{}": set(CodeKind),
    "devices.kind.{}": {AGENT, SCREEN, "lasting"},
    "desk.document.{}": set(DocumentKind),
    "alike.because.{}": set(Likeness) | {"nothing"},
    "alike.kept.{}": set(KeptFor),
    "alike.decided.{}": {"merged", "apart"},
    "alike.field.{}": coded("alike.py", r'^        "(\w+)": (?:identity|row|birth_text|other)\b')
    | {"sex", "doses", "today"},
    "identity.state.{}": set(IdentityState),
    "follow_up.kind.{}": set(FollowUpKind),
    "follow_up.what.{}": set(FollowUpKind),
    "follow_up.sheet.{}": set(COLUMNS),
    "number.{}": {fault for fault in NumberFault if not fault.blocks},
    "standby.{}": {"waiting", "coming", "expected"},
    "standby.state.{}": set(StandbyState),
    "standby.said.{}": set(StandbyState) - {StandbyState.CALLING, StandbyState.HERE},
    "kiosk.{}.title": {"early", "no_dose"},
    "kiosk.person.late.{}": {protocols.queue().late},
    "standby.on.{}": {"missed", "late", "planned"},
    "stock.kind.{}": set(StockKind),
    "stock.of.{}": {each.name for each in fields(Balance)} | {"difference"},
    "table.did.{}": set(LEADS_TO) - {MoveKind.TRANSFER} | {"gone", "sent"},
    "table.way.{}": set(WAYS),
    "table.way.{}.more": set(WAYS),
    "table.way.{}.go": set(WAYS),
    "boxes.state.{}": {"right", "look", "stop"},
    "boxes.light.{}": set(GRADES),
    "boxes.sharp.{}": set(GRADES),
    "boxes.picture.{}": {"no_picture", "held"},
    "boxes.picture.{}.more": {"no_picture", "held"},
    "clock.why.{}": set(REASONS_FOR_CLOCK),
    "clock.why.{}.do": set(REASONS_FOR_CLOCK),
    "box.group.{}": set(ORDER),
    "box.part.{}": set(GROUPS),
    "box.kind.{}": set(KINDS),
    "box.state.{}": {"ok", "look", "broken"},
    "{}": FOUND,
    "{}.do": BROKEN,
    "sheet.ledger.{}": {code for code, _ in ledger_sheet.COLUMNS},
}


def literals(path: Path) -> set[str]:
    """Every string that stands in a Python module or a template."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        return set(re.findall(r"[\"']([a-z0-9_]+(?:\.[a-z0-9_]+)+)[\"']", text))
    return {
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def asked_for() -> Iterator[tuple[str, str]]:
    """(code, where) of every sentence asked for by its whole code."""
    for path in TEMPLATES:
        for code in re.findall(r"\bsay\(\s*[\"']([\w.]+)[\"']\s*[,)]", path.read_text(encoding="utf-8")):
            yield code, path.name
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            choices = (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)
            for choice in choices:
                if not isinstance(choice, ast.Constant) or not isinstance(choice.value, str):
                    continue
                if called in ("say", "_say", "other"):
                    yield choice.value, path.name
                elif called == "Refusal":
                    family = "demo.refusal" if "demo" in path.parts else "refusal"
                    yield f"{family}.{choice.value}", path.name


ASKED = sorted(set(asked_for()))


def facts(text: wording.Text) -> set[str]:
    """Names in braces, of all plural forms."""
    forms = (text,) if isinstance(text, str) else text
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize(("code", "where"), ASKED)
def test_every_sentence_that_is_asked_for_exists(code: str, where: str) -> None:
    for language in wording.LANGUAGES:
        assert wording.knows(code, language), f"{where} says {code}, which is not in {language}"


def test_both_languages_say_the_same_things_with_the_same_facts() -> None:
    assert set(CATALOGUES["vi"]) == set(CATALOGUES["en"])
    for code, text in CATALOGUES["vi"].items():
        assert facts(text) == facts(CATALOGUES["en"][code]) | (facts(text) & {"you", "who"}), code


@pytest.mark.parametrize(
    "other",
    [
        "thêm 1 liều", "liều thêm", "hoặc thêm", "mới thêm.", "được thêm",  # rút dư
        "giấy thông báo,", "văn bản thông báo", "giấy báo số",  # giấy thông báo số định danh
        "khi người tiêm", "về người tiêm",  # người được tiêm
        "nhập bù", "đổi lô", "máy tính là", "có thể tiêm, lọ",
    ],
)  # fmt: skip
def test_nothing_is_called_by_a_second_name(other: str) -> None:
    said = {code: text if isinstance(text, str) else " ".join(text) for code, text in CATALOGUES["vi"].items()}
    assert not [code for code, text in said.items() if other in text.lower()]


def test_no_sentence_is_empty() -> None:
    for language, words in CATALOGUES.items():
        empty = {code for code, text in words.items() if not (text if isinstance(text, str) else all(text))}
        assert empty <= {"sex.unknown", "station.sex.unknown"}, language


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_family_is_complete(family: str) -> None:
    for language in wording.LANGUAGES:
        missing = {member for member in FAMILIES[family] if not wording.knows(family.format(member), language)}
        assert not missing, language


def test_no_sentence_is_worded_for_nobody() -> None:
    built = {family.format(member) for family, members in FAMILIES.items() for member in members}
    said = {code for code, _ in ASKED} | built
    written = set().union(*(literals(path) for path in (*PYTHON, *TEMPLATES)))
    unused = {code for code in CATALOGUES["vi"] if code not in said and code not in written}
    # The demo desk's own tables name its switches, cards and programs.
    unused -= {code for code in unused if code.startswith("demo.")}
    refusals = {f"refusal.{text}" for path in PYTHON for text in literals(path)}
    assert unused - refusals == set()


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_no_code_stands_twice(language: str) -> None:
    met: dict[str, str] = {}
    for path in sorted((wording.FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        text = path.read_text(encoding="utf-8")
        for message in catalogue:
            if not message.id:
                continue
            code = message.id if isinstance(message.id, str) else message.id[0]
            assert code not in met, f"{code} in {path.name} and {met[code]}"
            assert text.count(f'msgid "{code}"') == 1, f"{code} twice in {path.name}"
            met[code] = path.name
            assert not message.fuzzy


def test_every_language_has_the_same_catalogues() -> None:
    vi, en = (sorted(path.name for path in (wording.FOLDER / language).glob("*.po")) for language in ("vi", "en"))
    assert vi == en
