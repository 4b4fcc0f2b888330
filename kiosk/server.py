"""The hub under gunicorn: one worker of 80 threads; SQLite's one writer sets the pace, more workers cost memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from kiosk import importer, logs
from kiosk.app import create_app
from kiosk.config import Settings


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, make: Callable[[], Flask]) -> None:
        self._options = {
            "bind": settings.hub.listen,
            "worker_class": "gthread",
            "workers": 1,
            "threads": 80,
            "keepalive": 65,
            "graceful_timeout": 3,
            "control_socket_disable": True,
            "errorlog": "-",
            "loglevel": "warning",
            "preload_app": False,
        }
        self._make = make
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In the worker: what is begun here ends with it."""
        app = self._make()
        program = importer.Program(app)
        program.start()
        self.cfg.set("worker_exit", lambda _server, _worker: program.stop())
        return app


def run(settings: Settings) -> None:
    """Serves until SIGTERM or Ctrl-C. The access log is off: addresses of pages are nobody's business."""
    logs.begin()
    settings.secret_key()
    _Server(settings, lambda: create_app(settings)).run()
