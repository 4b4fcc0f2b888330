"""What makes a function an act: its transaction, its key, and its entry in the audit."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store import acts, audit, staff
from kiosk.store.database import db, writing

P = ParamSpec("P")
R = TypeVar("R")


class NotAudited(RuntimeError):
    """An act changed something and said nothing of it: a mistake of ours."""


def act(body: Callable[Concatenate[Actor, Moment, P], R]) -> Callable[Concatenate[Actor, Moment, str, P], R]:
    """Turns `body(by, now, …)` into `act(by, now, key, …)`, done at most once for its key.

    The same key again gives the first result (results are plain JSON: ids, counts). It must come from the same
    actor and mean the same act, else Refusal `key_used`. A Refusal with `keep` leaves what was written and is
    itself the answer to a second tap.
    """
    name = f"{body.__module__.rsplit('.', 1)[-1]}.{body.__name__}"

    @wraps(body)
    def run(by: Actor, now: Moment, key: str, /, *args: P.args, **facts: P.kwargs) -> R:
        kept: Refusal | None = None
        with writing():
            before = acts.find(key)
            if before is not None:
                if (before.name, before.by) != (name, by.id):
                    raise Refusal("key_used")
                if before.refusal:
                    raise Refusal(before.refusal["code"], field=before.refusal["field"], **before.refusal["facts"])
                return cast(R, before.result)
            db.session.info["audited"] = False
            if by.session:
                staff.note_act(by.session, now.at)
            audit.begin()
            try:
                result = body(by, now, *args, **facts)
                acts.add(key, name, by, now, result)
            except Refusal as refusal:
                if not refusal.keep:
                    raise
                acts.add(key, name, by, now, None, refusal)
                kept = refusal
            if not db.session.info["audited"]:
                raise NotAudited(name)
        if kept is not None:
            raise kept
        return result

    return run
