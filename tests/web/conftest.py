"""Browsers of staff, each with its own cookies, and what the tests of this room share."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kiosk.actions import heartbeats
from kiosk.rules.words import Role
from kiosk.store.database import db
from tests import cast as casting
from tests.cast import Players, browser, door, hub, inside, key, opened, players  # noqa: F401
from tests.conftest import STAFF


class Hands(FlaskClient):
    """A browser in somebody's hands: it sends, as the pages do, the CSRF token of the page it has open."""

    token = ""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """A request knows nothing of the test's own context, and the test then sees what it wrote."""
        if kwargs.get("method") == "POST":
            kwargs["headers"] = {"X-CSRFToken": self.token} | dict(kwargs.pop("headers", None) or {})
        response = Context().run(super().open, *args, **kwargs)
        db.session.rollback()
        if response.mimetype == "text/html":
            found = re.search(r'name="csrf-token" content="([^"]+)"', response.text)
            self.token = found[1] if found else self.token
        return response

    def act(self, path: str, into: str = "", **fields: Any) -> TestResponse:
        """Presses a button: a POST with a fresh key; `into` is the partial in whose place htmx puts the answer."""
        headers = {"HX-Request": "true", "HX-Target": into} if into else {}
        return self.post(path, data={"key": key()} | fields, headers=headers)


@pytest.fixture
def client(hub: Flask, inside: None) -> Hands:  # noqa: F811
    """A browser in which nobody is signed in."""
    hub.test_client_class = Hands
    return hub.test_client()  # type: ignore[return-value]


@pytest.fixture
def signed_in(hub: Flask, client: Hands) -> Callable[[Role], Hands]:  # noqa: F811
    """A browser of its own for each call, signed in by badge and PIN."""

    def enter(role: Role) -> Hands:
        taken: Hands = hub.test_client()  # type: ignore[assignment]
        taken.get("/sign-in")
        answer = taken.act("/sign-in", who=STAFF[role][1], pin=STAFF[role][2])
        assert answer.status_code == 303, answer.text
        return taken

    return enter


@pytest.fixture
def beat(inside: None, players: Players) -> Callable[..., None]:  # noqa: F811
    """The machine of kiosk-1 says how it is."""

    def say(camera: str = "ready", printer: str = "ready", near_end: bool = False) -> None:
        heartbeats.beat(players.kiosk, casting.now(), "run-1", 8081, camera, printer, near_end)

    return say
