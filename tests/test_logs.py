"""What is logged of a failure: where and which, never of whom."""

# ruff: noqa: F811 (fixtures are taken over from the cast)
from __future__ import annotations

import base64
import io
import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask

from kiosk import logs, server, wording
from kiosk.config import Settings
from tests.cast import CARD, Players, hub, key, now, players  # noqa: F401
from tests.screen import Browser

PERSONAL = ("Hường", "Huong", "HUONG", "015158004187", "1958", "Hồng", "Trần", "1807")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where every program of the box logs to, for this test."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.begin(stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


def damage(folder: Path, table: str) -> None:
    """Takes a table away, as a broken file would."""
    database = sqlite3.connect(folder / "kiosk.db")
    database.execute(f"ALTER TABLE {table} RENAME TO gone")
    database.commit()
    database.close()


def said(lines: io.StringIO) -> list[dict[str, str]]:
    """The logged lines: each is one JSON object, and none tells of a person."""
    for word in PERSONAL:
        assert word not in lines.getvalue(), word
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_failed_page_and_its_log_share_a_reference(
    hub: Flask,
    players: Players,
    folder: Path,
    lines: io.StringIO,
) -> None:
    browser = Browser(hub.test_client(), "staff", players.tokens["volunteer"])
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.open("/desk/desk-1").html)
    assert token
    damage(folder, "person")
    answer = browser.client.post(
        "/desk/desk-1/find",
        data={"key": key(), "words": "Nguyễn Thị Hường", "born_year": "1958", "csrf_token": token[1]},
    )  # fmt: skip
    assert answer.status_code == 500
    page = answer.get_data(as_text=True)
    (line,) = [line for line in said(lines) if line["event"] == "page.failed"]
    assert line["level"] == "error"
    assert re.fullmatch(r"[0-9A-F]{6}", line["reference"])
    assert line["reference"] in page
    assert line["error"] == "OperationalError"
    assert ".py:" in line["where"]
    assert "Traceback" not in page
    assert "OperationalError" not in page


def test_a_failed_scan_tells_nobody_whose_card_it_was(
    hub: Flask,
    players: Players,
    folder: Path,
    lines: io.StringIO,
) -> None:
    damage(folder, "visit")
    database = sqlite3.connect(folder / "kiosk.db")
    database.execute(
        'INSERT INTO clinic_day (id, "on", half, opened_at)'
        " VALUES ('day', ?, 'morning', '2021-11-20 00:00:00.000000')",
        (str(now().on),),
    )
    database.commit()
    database.close()
    body = {"id": key(), "raw": base64.b64encode(CARD.encode()).decode(), "symbology": "QRCode"}
    answer = hub.test_client().post(
        "/device/scans", json=body, headers={"Authorization": f"Bearer {players.tokens['kiosk']}"}
    )  # fmt: skip
    assert (answer.status_code, answer.json) == (500, {"refusal": "500"})
    (line,) = said(lines)
    assert (line["event"], line["endpoint"]) == ("page.failed", "device.scan")
    assert body["raw"] not in lines.getvalue()


def test_a_library_that_warns_is_one_json_line_too(lines: io.StringIO) -> None:
    logging.getLogger("somebody.else").warning('it said "no" to %s', "us")
    logging.getLogger("somebody.else").info("nothing worth a line")
    (line,) = said(lines)
    assert (line["event"], line["level"]) == ('it said "no" to us', "warning")


def test_a_missing_sentence_is_one_json_line(lines: io.StringIO) -> None:
    wording.say("no.such.code")
    (line,) = said(lines)
    assert "no.such.code" in line["event"]


def test_no_log_names_the_token_of_a_ticket(
    hub: Flask, players: Players, folder: Path, lines: io.StringIO, settings: Settings
) -> None:
    web = server._Server(settings, lambda: hub)
    web.cfg.set("errorlog", "-")
    assert web.cfg.accesslog is None, "no request is logged"
    said_by_gunicorn = web.cfg.logger_class(web.cfg)
    heard = io.StringIO()
    said_by_gunicorn.error_log.addHandler(logging.StreamHandler(heard))
    said_by_gunicorn.error("Error handling request %s %s", "GET", "/T/23456789AB?l=en")
    said_by_gunicorn.warning("Invalid request from ip=10.0.0.7: Invalid HTTP request line: 'GET /t/23456789ab'")
    assert heard.getvalue().count("/t/…") == 2
    damage(folder, "clinic_day")
    assert hub.test_client().get("/t/23456789AB").status_code == 500
    assert "page.failed" in lines.getvalue()
    for text in (heard.getvalue(), lines.getvalue()):
        assert "23456789" not in text
