"""An extra machine joins over real sockets: a real hub, TLS before it, and whoever pretends to be it."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from click.testing import CliRunner, Result

from kiosk.actions import devices as acts
from kiosk.actions.site import token_hash
from kiosk.app import create_app
from kiosk.cli import main
from kiosk.config import load
from kiosk.demo.processes import Program
from kiosk.demo.program import LOCAL, free_ports, wait_for_hub
from kiosk.rules import devices
from kiosk.rules.actor import OPERATOR
from kiosk.store import pairings
from kiosk.store.database import db
from kiosk.upkeep import setup
from tests.clock import CLOCK

OURS = Path(__file__).parent.parent / "upstream" / "localhost.pem"  # signed by itself, for tests alone


class _Clear(BaseHTTPRequestHandler):
    """What stands in the clear: the authority's certificate."""

    def do_GET(self) -> None:
        content = self.server.content  # type: ignore[attr-defined]
        self.send_response(200 if self.path == "/ca.crt" else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass
class Edge:
    """As the proxy before a hub: TLS with `pem`, and its certificate in the clear. `heard`: what came in, decrypted.

    While it is `deaf` the hub's answer to a joining is lost on its way, as where the power or the Wi-Fi goes.
    """

    pem: Path
    hub_port: int
    shown: str = ""
    deaf: bool = False
    heard: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._server = socket.create_server((LOCAL, 0))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.pem)
        self.url = f"https://{LOCAL}:{self._server.getsockname()[1]}"
        self._clear = ThreadingHTTPServer((LOCAL, 0), _Clear)
        self.certificate = f"http://{LOCAL}:{self._clear.server_address[1]}/ca.crt"
        text = self.pem.read_text()
        self._clear.content = (self.shown or text[text.index("-----BEGIN CERT") :]).encode()  # type: ignore[attr-defined]
        for work in (self._accept, self._clear.serve_forever):
            threading.Thread(target=work, daemon=True).start()

    def close(self) -> None:
        self._server.close()
        self._clear.shutdown()
        self._clear.server_close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(caller,), daemon=True).start()

    def _carry(self, caller: socket.socket) -> None:
        try:
            line = self._context.wrap_socket(caller, server_side=True)
        except OSError:
            return
        hub = socket.create_connection((LOCAL, self.hub_port))
        threading.Thread(target=self._pump, args=(hub, line, None), daemon=True).start()
        self._pump(line, hub, self.heard)

    def _pump(self, one: socket.socket, other: socket.socket, heard: bytearray | None) -> None:
        try:
            while piece := one.recv(65536):
                if heard is not None:
                    heard.extend(piece)
                elif self.deaf and b'"token"' in piece:
                    break
                other.sendall(piece)
        except OSError:
            pass
        finally:
            for end in (one, other):
                end.close()


@dataclass
class Running:
    """A hub that runs, and its site's folder."""

    folder: Path
    port: int

    def invite(self, station: str = "kiosk-1") -> str:
        """A one-time code, made at the hub."""
        result = CliRunner().invoke(main, ["--folder", str(self.folder), "pair", station, "--once"])
        assert result.exit_code == 0, result.output
        return result.output.strip()


@pytest.fixture
def running(folder: Path) -> Iterator[Running]:
    port = free_ports("hub")["hub"]
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[hub]\nlisten = "{LOCAL}:{port}"\n')
    (folder / "authority").mkdir()
    shutil.copyfile(OURS, folder / "authority" / "root.crt")
    hub = Program("web", folder)
    hub.start()
    try:
        wait_for_hub(f"http://{LOCAL}:{port}", hub)
        yield Running(folder, port)
    finally:
        hub.stop()


@pytest.fixture
def edge(running: Running) -> Iterator[Edge]:
    made = Edge(OURS, running.port)
    yield made
    made.close()


@pytest.fixture
def joins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command on the extra machine, whose folder has no site.toml."""
    monkeypatch.setenv("LANG", "C")

    def run(edge: Edge, code: str, *more: str, piped: str = "") -> Result:
        words = ["--folder", str(tmp_path / "extra"), "join", edge.url, code, "--certificate-from", edge.certificate]
        return CliRunner().invoke(main, [*words, *more], input=piped)

    return run


def known(running: Running, token: str) -> requests.Response:
    """What the hub says to an agent with this token."""
    bearer = {"Authorization": f"Bearer {token}"}
    return requests.post(
        f"http://{LOCAL}:{running.port}/device/start", json={"run": "r"}, headers=bearer, timeout=10
    )  # fmt: skip


def test_a_machine_joins_and_its_agent_is_known(
    running: Running, edge: Edge, joins: Callable[..., Result], tmp_path: Path
) -> None:
    code, place = running.invite(), tmp_path / "extra"
    result = joins(edge, code.lower(), "--name", "Máy phụ", "--screen-to", str(place / "screen.token"))
    assert result.exit_code == 0, result.output
    assert result.stdout == "kiosk-1\n", "a script reads the station and nothing else"
    files = {path.name: path.stat().st_mode & 0o777 for path in place.iterdir()}
    assert files == {"agent.token": 0o600, "authority.crt": 0o644, "screen.token": 0o600}
    assert known(running, (place / "agent.token").read_text()).json()["station"] == "kiosk-1"
    assert known(running, (place / "screen.token").read_text()).status_code == 401
    # From now on it speaks with the hub by that authority alone.
    answer = requests.get(f"{edge.url}/board", verify=str(place / "authority.crt"), timeout=10)
    assert answer.status_code == 200


def test_a_code_joins_one_machine(running: Running, edge: Edge, joins: Callable[..., Result], tmp_path: Path) -> None:
    code = running.invite()
    assert joins(edge, code).exit_code == 0
    kept = (tmp_path / "extra" / "agent.token").read_text()
    again = joins(edge, code)
    assert again.exit_code == 1
    assert "ask for a new one" in again.output
    assert (tmp_path / "extra" / "agent.token").read_text() == kept, "what works is not touched"


def test_a_script_hands_the_code_over_and_is_asked_nothing(
    running: Running, edge: Edge, joins: Callable[..., Result]
) -> None:
    result = joins(edge, "-", piped=f"{running.invite()}\n")
    assert (result.exit_code, result.stdout) == (0, "kiosk-1\n")
    assert "code" not in result.stderr.lower()


@pytest.fixture
def stranger(running: Running, tmp_path: Path) -> Iterator[Edge]:
    """Between the machine and its hub, with a certificate of their own; all else they pass on."""
    pem = tmp_path / "stranger.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{LOCAL}", "-keyout", pem, "-out", f"{pem}.crt"],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    with pem.open("a") as file:
        file.write(Path(f"{pem}.crt").read_text())
    made = Edge(pem, running.port)
    yield made
    made.close()


def test_whoever_stands_between_never_hears_the_code(
    running: Running, stranger: Edge, edge: Edge, joins: Callable[..., Result], tmp_path: Path
) -> None:
    code = running.invite()
    result = joins(stranger, code)
    assert result.exit_code == 1
    assert "not this site's hub" in result.output
    said = bytes(stranger.heard).decode()
    assert "/device/authority" in said, "they were asked for the proof"
    assert code not in said
    assert devices.key_of(code).hex() not in said
    assert not list((tmp_path / "extra").iterdir()), "and nothing was kept"
    assert joins(edge, code).exit_code == 0, "the code is still good, for the hub itself"


def test_the_right_certificate_does_not_help_whoever_has_not_its_key(
    running: Running, stranger: Edge, joins: Callable[..., Result]
) -> None:
    text = OURS.read_text()
    stranger._clear.content = text[text.index("-----BEGIN CERT") :].encode()  # type: ignore[attr-defined]
    result = joins(stranger, running.invite())
    assert result.exit_code == 1
    assert "gave no proper answer" in result.output
    assert not stranger.heard


def lost(edge: Edge, join: Callable[[], Result]) -> Result:
    """A joining whose every answer is lost, by which its code is used up."""
    edge.deaf = True
    result = join()
    edge.deaf = False
    assert result.exit_code == 1
    return result


@pytest.mark.long
def test_a_joining_that_was_cut_off_goes_on_when_it_is_run_again(
    running: Running, edge: Edge, joins: Callable[..., Result], tmp_path: Path
) -> None:
    code, place = running.invite(), tmp_path / "extra"
    again = partial(joins, edge, code, "--screen-to", str(place / "screen.token"))
    assert "gave no proper answer" in lost(edge, again).output
    assert {path.name: path.stat().st_mode & 0o777 for path in place.iterdir()} == {"agent.token.joining": 0o600}
    assert code not in (place / "agent.token.joining").read_text()
    assert again().exit_code == 0
    assert sorted(path.name for path in place.iterdir()) == ["agent.token", "authority.crt", "screen.token"]
    assert known(running, (place / "agent.token").read_text()).json()["station"] == "kiosk-1"
    assert edge.heard.count(b"/device/authority") == 1, "it had proven itself"


@pytest.mark.long
def test_another_code_is_another_joining(running: Running, edge: Edge, joins: Callable[..., Result]) -> None:
    lost(edge, partial(joins, edge, running.invite()))
    assert joins(edge, running.invite("desk-1")).stdout == "desk-1\n"


def test_what_was_kept_of_a_joining_and_is_torn_is_nothing(
    running: Running, edge: Edge, joins: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "agent.token.joining").write_text('{"of": ')
    assert joins(edge, running.invite()).exit_code == 0


SETUP = """
set -eu
. {lib}/say.sh; . {lib}/answers.sh; . {lib}/site.sh
default_answers; ANSWER_HUB={hub}; ANSWER_CODE={code}
answer() {{ local name=ANSWER_$1; printf '%s' "${{!name}}"; }}
DATA={data} SECRETS={data}/secrets PYTHON={data}/python KIOSK_HOSTNAME=kiosk-2 STATION=""
join_hub
echo "station $STATION"
"""


def test_a_set_up_that_was_cut_off_joins_when_it_is_run_again(running: Running, edge: Edge, tmp_path: Path) -> None:
    data = tmp_path / "kiosk"
    (data / "secrets").mkdir(parents=True)
    (data / "secrets" / "agent.token").touch()
    python = data / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@" --certificate-from {edge.certificate}\n')
    python.chmod(0o755)
    code = running.invite("finish-1")
    lib = Path(__file__).parents[2] / "provisioning" / "lib"
    script = SETUP.format(lib=lib, hub=edge.url, code=code, data=data)

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(["bash", "-c", script], check=False, capture_output=True, text=True, timeout=60)

    edge.deaf = True
    assert run().returncode == 1
    assert (data / "secrets" / "agent.token").read_text() == "", "it has not joined"
    edge.deaf = False
    for _ in range(2):  # and the third time, with nothing left to do, it knows its station still
        done = run()
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "station finish-1"), done.stderr
    assert known(running, (data / "secrets" / "agent.token").read_text()).json()["station"] == "finish-1"
    assert (data / "authority" / "root.crt").stat().st_mode & 0o777 == 0o644


def test_what_is_not_there_is_said(running: Running, edge: Edge, joins: Callable[..., Result], tmp_path: Path) -> None:
    assert "ask for a new one" in joins(edge, "AAAA-BBBB-CCCC-DDDD").output
    (running.folder / "authority" / "root.crt").unlink()
    code = running.invite()
    assert "no certificate of the site" in joins(edge, code).output
    edge._clear.content = b"<html>"  # type: ignore[attr-defined]
    assert "no certificate of the site" in joins(edge, code).output
    edge.close()
    assert "gave no proper answer" in joins(edge, code).output
    for hub in ("http://diem-tiem.local", "https://diem-tiem.local/pair", "https://"):
        result = CliRunner().invoke(main, ["--folder", str(tmp_path), "join", hub, code])
        assert result.exit_code == 1
        assert "no https address" in result.output


def test_a_folder_that_takes_nothing_is_found_before_the_code_is_used(
    running: Running, edge: Edge, joins: Callable[..., Result], tmp_path: Path
) -> None:
    code = running.invite()
    (tmp_path / "file").write_text("")
    result = joins(edge, code, "--authority-to", str(tmp_path / "file" / "authority.crt"))
    assert result.exit_code == 1
    assert "cannot be written" in result.output
    assert joins(edge, code).exit_code == 0


def test_what_is_no_question_is_a_bad_request(running: Running) -> None:
    hub = f"http://{LOCAL}:{running.port}/device"
    odd = ({"id": "x", "nonce": "00" * 32}, {"id": "0" * 8, "nonce": "0"}, {"id": 1, "nonce": 2})
    bodies = [b"", b"[]", b"{", *(json.dumps(body).encode() for body in odd)]
    for body in bodies:
        for path in ("authority", "join"):
            answer = requests.post(
                f"{hub}/{path}", data=body, headers={"Content-Type": "application/json"}, timeout=10
            )  # fmt: skip
            assert answer.status_code == 400, (path, body)
    wrong = {"id": "0" * 8, "nonce": "00" * 32}
    answers = [requests.post(f"{hub}/authority", json=wrong, timeout=10) for _ in range(22)]
    assert [answer.status_code for answer in answers] == [422] * 22
    assert [answer.json()["refusal"] for answer in answers] == ["pairing_unknown"] * 20 + ["pairing_busy"] * 2


def test_a_lost_answer_is_asked_for_again_and_is_the_same(running: Running) -> None:
    hub, code = f"http://{LOCAL}:{running.port}/device/join", running.invite()
    asked = {"key": "0" * 36, "code": code, "name": "x", "screen": True}
    first, second = (requests.post(hub, json=asked, timeout=10).json() for _ in range(2))
    assert first == second
    assert known(running, first["token"]).status_code == 200


def test_a_replay_is_answered_only_with_tokens_that_are_trusted(running: Running) -> None:
    hub, code = f"http://{LOCAL}:{running.port}/device/join", running.invite()
    asked = {"key": "1" * 36, "code": code, "name": "x", "screen": False}
    first = requests.post(hub, json=asked, timeout=10).json()
    for odd in ({"code": running.invite("desk-1")}, {"code": "AAAA-BBBB-CCCC-DDDD"}, {"screen": True}):
        answer = requests.post(hub, json=asked | odd, timeout=10)
        assert (answer.status_code, answer.json()) == (422, {"refusal": "pairing_unknown"}), odd
    with create_app(load(running.folder)).app_context():
        row = pairings.find(token_hash(first["token"]))
        assert row
        acts.revoke(OPERATOR, CLOCK.now(), str(uuid4()), row.id)
        db.engine.dispose()
    answers = [requests.post(hub, json=asked, timeout=10).json() for _ in range(18)]
    assert [answer["refusal"] for answer in answers] == ["pairing_unknown"] * 17 + ["pairing_busy"], "and it is counted"


def test_a_code_made_at_the_hub_lasts_no_longer_than_a_day_and_a_token_does(running: Running, tmp_path: Path) -> None:
    token = setup.pair(load(running.folder), "kiosk-1")
    assert known(running, token).status_code == 200
    assert known(running, running.invite()).status_code == 401
    both = CliRunner().invoke(
        main, ["--folder", str(running.folder), "pair", "kiosk-1", "--once", "--save", str(tmp_path / "x")]
    )
    assert both.exit_code == 2
