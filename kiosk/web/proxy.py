"""Behind the https server on this machine: which scheme a page came by, and what its cookies may do.

Only that server is believed, and only where the site has one: `[hub] staff_address` is set and the hub listens to
nobody else. The Pi's own browser comes straight in, over plain http on loopback.
"""

from __future__ import annotations

from flask import Flask, current_app, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from kiosk.config import Settings
from kiosk.config_tables import Hub
from kiosk.rules.reach import is_loopback


def install(app: Flask, settings: Settings) -> None:
    """Makes the app believe the proxy, where there is one, and its session's cookie follow the request."""
    app.session_interface = _Sessions()
    if is_behind_one(settings.hub):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]


def is_behind_one(hub: Hub) -> bool:
    """Does everybody but this machine's own programs come through the https server?"""
    return bool(hub.staff_address) and is_loopback(hub.host)


def secure_cookies() -> bool:
    """Must a cookie of this answer never travel in the clear? As the page came; always where the site says so."""
    return request.is_secure or bool(current_app.config["SETTINGS"].hub.secure_cookies)


class _Sessions(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:
        """As every other cookie of ours."""
        return secure_cookies()
