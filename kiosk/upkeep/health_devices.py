"""What can be said of decoder, camera, scanner and the platform's line without opening a device."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.config import ConfigError, Settings
from kiosk.devices.box_tree import Tree
from kiosk.rules.box import Finding, broken, look, ok

REACH_SECONDS = 4.0


def _decoder(settings: Settings) -> Iterator[Finding]:
    import_module("zxingcpp")
    try:
        import_module("pyzbar.wrapper")  # the package is there, the library it needs may not be
    except ImportError:
        yield look("decoder", "box.decoder.one", version=version("zxing-cpp"))
    else:
        yield ok("decoder", "box.decoder", version=version("zxing-cpp"))


def _camera(settings: Settings, tree: Tree) -> Iterator[Finding]:
    """Only whether it is there: a camera serves one program, and that is the agent."""
    source = settings.camera.source
    device = f"/dev/video{source}" if source.isdigit() else source
    if not source:
        return  # a kiosk's camera may hang on another machine
    if source.partition(":")[0] == "pi":
        yield from _pi_camera(source, tree)
    elif source.startswith(("http://", "https://")):
        yield ok("camera", "box.camera.address", device=device)
    elif not os.path.exists(device):
        yield broken("camera", "box.camera.gone", device=device)
    elif not os.access(device, os.R_OK | (os.W_OK if device.startswith("/dev/") else 0)):
        yield broken("camera", "box.camera.denied", device=device)
    elif device.startswith("/dev/video"):
        yield look("camera", "box.camera.number", device=device)
    else:
        yield ok("camera", "box.camera.there", device=device)


def _pi_camera(source: str, tree: Tree) -> Iterator[Finding]:
    """A sensor that answered has a device of its own, beside those of the processor that takes its pictures."""
    sensors = tree.list_("sys/class/video4linux/v4l-subdev*")
    if sensors:
        yield ok("camera", "box.camera.there", device=source)
    else:
        yield look("camera", "box.camera.no_sensor", device=source)


def _scanner(settings: Settings) -> Iterator[Finding]:
    device = settings.scanner.device
    if not device:
        return  # a hand scanner is an extra
    if not os.path.exists(device):
        yield broken("scanner", "box.scanner.gone", device=device)
    elif not os.access(device, os.R_OK):
        group = "input" if device.startswith("/dev/input/") else "dialout"
        yield broken("scanner", "box.scanner.denied", device=device, group=group)
    else:
        yield ok("scanner", "box.scanner", device=device)


def _reach(settings: Settings) -> Iterator[Finding]:
    """Does anybody answer at the platform's address, and is it who it says? Nothing is sent."""
    parts = urlsplit(settings.upstream.url)
    if not parts.hostname:
        return
    host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((host, port), REACH_SECONDS) as line:
            if parts.scheme == "https":
                context = ssl.create_default_context(cafile=settings.upstream_authority())
                with context.wrap_socket(line, server_hostname=host):
                    pass
    except socket.gaierror:
        yield look("reach", "box.reach.no_name", host=host)
    except ssl.SSLError:
        yield look("reach", "box.reach.not_trusted", host=host)
    except ConfigError as error:
        yield broken("reach", "box.settings.wrong", why=str(error))
    except OSError:
        yield look("reach", "box.reach.unreachable", host=host, port=port)
    else:
        yield ok("reach", "box.reach", host=host)


Checks = tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...]
LINE: Checks = (("reach", _reach),)


def checks(root: Path) -> Checks:
    """What hangs on this machine. `root`: the machine's own files."""
    return ("decoder", _decoder), ("camera", partial(_camera, tree=Tree(root))), ("scanner", _scanner)
