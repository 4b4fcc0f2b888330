"""Every no has its sentence in both languages, and brings the facts that the sentence tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import kiosk
from kiosk import wording
from tests.house.test_words import CATALOGUES, facts

FOLDER = Path(kiosk.__file__).parent
PYTHON = [path for path in sorted(FOLDER.rglob("*.py")) if "demo" not in path.parts]
# How a refusal is raised, not what it says.
HOW = {"field", "keep"}
# Where a refusal that was met before is raised again with the code that it had then, or with one out of a table.
ELSEWHERE = {"act.py", "importer.py", "workbook.py", "consent.py", "roster_reading.py", "doses.py"}


@dataclass(frozen=True)
class Raised:
    """One `Refusal(code, …)`. `facts`: what it is told with; None where they are not written down there."""

    where: str
    code: str
    facts: frozenset[str] | None


def constants(node: ast.expr, inside: ast.AST) -> list[str] | None:
    """The codes that an expression may be, by what is assigned to its name in the same function; None: nobody knows."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        both = [constants(each, inside) for each in (node.body, node.orelse)]
        return None if None in both else [code for each in both for code in each or ()]
    if isinstance(node, ast.Name):
        given = [
            each.value for each in ast.walk(inside)
            if isinstance(each, ast.Assign) and [ast.unparse(one) for one in each.targets] == [node.id]
        ]  # fmt: skip
        found = [constants(each, inside) for each in given]
        return None if not found or None in found else [code for each in found for code in each or ()]
    return None


def functions(tree: ast.Module) -> Iterator[ast.AST]:
    """Every function, and the module for what stands outside of them."""
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def raised() -> Iterator[Raised]:
    """Every refusal that our own text makes, with each code that it may have."""
    for path in PYTHON:
        for function in functions(ast.parse(path.read_text(encoding="utf-8"))):
            for node in ast.walk(function):
                if not isinstance(node, ast.Call) or ast.unparse(node.func).split(".")[-1] != "Refusal":
                    continue
                told = {word.arg for word in node.keywords}
                given = None if None in told else frozenset(str(name) for name in told) - HOW
                for code in constants(node.args[0], function) or [""]:
                    yield Raised(f"{path.relative_to(FOLDER)}:{node.lineno}", code, given)


RAISED = sorted(set(raised()), key=lambda one: (one.where, one.code))


def test_there_is_no_refusal_whose_code_nobody_can_read() -> None:
    hidden = {one.where.rsplit(":", 1)[0].rsplit("/", 1)[-1] for one in RAISED if not one.code}
    assert hidden <= ELSEWHERE
    assert len(RAISED) > 150, "they are found at all"


@pytest.mark.parametrize("one", [one for one in RAISED if one.code], ids=lambda one: f"{one.code}-{one.where}")
def test_a_refusal_is_worded_and_brings_its_facts(one: Raised) -> None:
    code = f"refusal.{one.code}"
    for language in wording.LANGUAGES:
        assert wording.knows(code, language), language
        if one.facts is not None:
            assert facts(CATALOGUES[language][code]) <= one.facts, f"{one.where}: the sentence tells what nobody says"
