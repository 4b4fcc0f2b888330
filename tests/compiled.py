"""What a hub compiles when it starts, compiled once for all tests of a process.

Every test makes a hub of its own, and each would compile the same two hundred routes, statements and templates anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from jinja2 import Environment
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

R = TypeVar("R")
_statements: LRUCache[Any, Any] = LRUCache(5000)


def once() -> None:
    """From now on, in this process."""
    Rule._compile_builder = _kept(Rule._compile_builder, _of_rule)
    Environment.compile = _kept(Environment.compile, _of_template)
    Engine._compiled_cache = property(lambda _: _statements, lambda *_: None)
    # A statement is kept for its dialect, and every engine makes one; all of ours are alike.
    SQLiteDialect_pysqlite.__eq__ = lambda self, other: type(self) is type(other)
    SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))


def _of_rule(rule: Rule, append_unknown: bool = True) -> tuple[Any, ...]:
    return rule.rule, repr(rule._trace), repr(rule.defaults), append_unknown


def _of_template(_: Environment, *source: Any, **options: Any) -> tuple[Any, ...]:
    return *source, *options.items()


def _kept(compile: Callable[..., R], of: Callable[..., tuple[Any, ...]]) -> Callable[..., R]:
    known: dict[tuple[Any, ...], R] = {}

    @wraps(compile)
    def kept(*args: Any, **named: Any) -> R:
        what = of(*args, **named)
        if what not in known:
            known[what] = compile(*args, **named)
        return known[what]

    return kept
