"""Programs that others wrote, run by a real node, and a virtual printer that they know nothing of."""

from __future__ import annotations

import json
import random
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from kiosk.devices.tape import Paper
from kiosk.devices.virtual_printer import VirtualPrinter
from tests.devices.conftest import machines  # noqa: F401  a fixture
from tests.devices.wire import eventually

HERE = Path(__file__).parent
OLDEST_NODE = 18


@pytest.fixture(scope="session")
def node() -> str:
    """Where node is. Without it, or without its packages, these tests fail: nobody is to believe that they passed."""
    found = shutil.which("node")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout if found else ""
    version = re.match(r"v(\d+)\.", said)
    if found is None or version is None or int(version[1]) < OLDEST_NODE:
        pytest.fail(f"node {OLDEST_NODE} or newer is missing. Get it with:  sudo apt install nodejs npm")
    if not (HERE / "node_modules" / "receiptio").is_dir():
        pytest.fail(
            "The packages of tests/peers/package.json are missing. `./dev test` installs them, or npm ci there."
        )
    return found


@pytest.fixture
def encoded(node: str) -> Callable[..., bytes]:
    """Bytes of @point-of-sale/receipt-printer-encoder for its own methods in order."""

    def encode(*steps: tuple[object, ...], **options: object) -> bytes:
        asked = json.dumps({"options": options, "steps": steps}).encode()
        return subprocess.run([node, HERE / "encode.mjs"], input=asked, capture_output=True, check=True).stdout

    return encode


@pytest.fixture
def printed(machines: Callable[..., VirtualPrinter]) -> Callable[..., Paper]:  # noqa: F811
    """Sends bytes over a socket to a new printer, in pieces of random sizes; the only paper that comes out.

    Not one byte may be unknown to the printer.
    """

    def deliver(data: bytes, **features: object) -> Paper:
        printer, chance = machines(**features), random.Random(len(data))
        with socket.create_connection((printer.host, printer.port), timeout=5) as connection:
            at = 0
            while at < len(data):
                size = chance.choice((1, 2, 7, 61, 997, 20_000))
                connection.sendall(data[at : at + size])
                at += size
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(64):
                pass
        eventually(lambda: printer.papers)
        (paper,) = printer.papers
        assert printer.unknown == []
        return paper

    return deliver


def codes_on(paper: Paper) -> list[str]:
    """What a reader of codes finds on the paper."""
    picture = np.pad(np.where(paper.dots, 0, 255).astype(np.uint8), 32, constant_values=255)
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def picture(height: int, width: int) -> NDArray[np.bool_]:
    """Dots at random, the same in every run."""
    return np.random.default_rng(height).random((height, width)) < 0.3
