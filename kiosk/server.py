"""The hub under gunicorn: one worker of 100 threads; SQLite's one writer sets the pace, more workers cost memory."""

from __future__ import annotations

import faulthandler
import http.client
import os
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from kiosk import importer, logs
from kiosk.app import create_app
from kiosk.config import Settings
from kiosk.notify import Feeder, Notify
from kiosk.upkeep import checkup

# An answer that takes longer is none.
ANSWER_SECONDS = 5.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "::1", "[::1]": "::1"}


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, make: Callable[[], Flask]) -> None:
        self._options = {
            "bind": settings.hub.listen,
            "worker_class": "gthread",
            "workers": 1,
            "threads": 100,
            "keepalive": 65,
            "graceful_timeout": 3,
            "control_socket_disable": True,
            # Whom to believe about https is decided in one place: kiosk/web/proxy.py.
            "forwarded_allow_ips": "",
            # Written to every second: in a unit it lies in memory, not on the card.
            "worker_tmp_dir": os.environ.get("RUNTIME_DIRECTORY"),
            "errorlog": "-",
            "loglevel": "warning",
            "preload_app": False,
        }
        self._make = make
        self._feeder = Feeder(Notify(), lambda: _answers(settings))
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In the worker: what is begun here ends with it."""
        _print_threads_when_aborted()
        app = self._make()
        programs = (importer.Program(app), checkup.Program(app))
        for program in programs:
            program.start()
        self.cfg.set("worker_exit", lambda _server, _worker: [program.stop() for program in programs])
        return app

    def run(self) -> None:
        """Until SIGTERM or Ctrl-C. Raises SystemExit."""
        try:
            _Master(self, self._feeder).run()
        except RuntimeError as error:
            raise SystemExit(str(error)) from error


class _Master(Arbiter):  # type: ignore[misc]
    """Gunicorn's own process, which also feeds systemd: it outlives the worker, and asks it as a browser would."""

    def __init__(self, app: _Server, feeder: Feeder) -> None:
        super().__init__(app)
        self._feeder, self._fed = feeder, False

    def manage_workers(self) -> None:
        """The first worker is made before there is a second thread: what is forked then is only ours."""
        super().manage_workers()
        if not self._fed:
            self._feeder.start()
            self._fed = True

    def stop(self, graceful: bool = True) -> None:
        """Says so before the pages let go, not after."""
        self._feeder.stop()
        super().stop(graceful)


def _print_threads_when_aborted() -> None:
    """Where the unit asked for it: gunicorn has just put its own answer to SIGABRT, systemd's word, in its place."""
    if faulthandler.is_enabled():
        faulthandler.disable()
        faulthandler.enable()


def _answers(settings: Settings) -> str:
    """ "" when the hub's own page answers: through the socket, a thread of the worker, and the database."""
    host = EVERYWHERE.get(settings.hub.host, settings.hub.host)
    line = http.client.HTTPConnection(host, settings.hub.port, timeout=ANSWER_SECONDS)
    try:
        line.request("GET", "/ready")
        answer = line.getresponse()
        said = answer.read(100).decode("ascii", "replace").strip()
        return "" if answer.status == 200 else f"/ready says {answer.status} {said}"
    except (OSError, http.client.HTTPException) as error:
        return f"/ready: {type(error).__name__}"
    finally:
        line.close()


def run(settings: Settings) -> None:
    """Serves until SIGTERM or Ctrl-C. The access log is off: addresses of pages are nobody's business."""
    logs.begin()
    settings.secret_key()
    _Server(settings, lambda: create_app(settings)).run()
