"""HTTPS as an installed box serves it: real Caddy, the shipped settings, a certificate of the site's own."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from kiosk.agent.hub_link import HubGone, HubLink, NotPaired
from kiosk.demo.program import LOCAL, free_ports
from kiosk.rules.words import Role
from kiosk.web.events import MOST_STREAMS
from tests.conftest import STAFF
from tests.provisioning import front
from tests.provisioning.front import GUEST, NAME, Caddy, Front

WHY_NOT = front.possible()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture(scope="module")
def served(ready_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A hub and the https server before it."""
    work = tmp_path_factory.mktemp("front")
    running = front.build(Path(shutil.copytree(ready_folder, work / "site")), work)
    yield running
    running.close()


def signed_in(base: str, root: Path) -> requests.Session:
    """A browser that has signed in there by badge and PIN."""
    session = requests.Session()
    session.verify, session.trust_env = str(root), False
    page = session.get(f"{base}/sign-in", timeout=10)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    key = re.search(r'name="key" value="([^"]+)"', page.text)
    assert token
    assert key
    _, badge, pin = STAFF[Role.VOLUNTEER]
    answer = session.post(
        f"{base}/sign-in", data={"who": badge, "pin": pin, "key": key[1]}, allow_redirects=False, timeout=10,
        headers={"X-CSRFToken": token[1], "Referer": f"{base}/sign-in"},
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    return session


def raw(port: int, method: str, path: str, source: str = LOCAL) -> tuple[int, http.client.HTTPMessage, str]:
    """One request exactly as it is written here."""
    line = http.client.HTTPConnection(LOCAL, port, timeout=10, source_address=(source, 0))
    line.request(method, path)
    answer = line.getresponse()
    said = answer.read().decode("utf-8", "replace")
    line.close()
    return answer.status, answer.headers, said


def handshake(served: Front, name: str, root: Path | None) -> str | None:
    """The protocol that is agreed upon with whoever calls himself `name`."""
    context = ssl.create_default_context(cafile=str(root) if root else None)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((LOCAL, served.caddy.https), 10) as line,
        context.wrap_socket(line, server_hostname=name) as safe,
    ):
        return safe.selected_alpn_protocol()


def test_whoever_knows_the_authority_trusts_these_names_and_no_other(served: Front) -> None:
    for name in (NAME, "diem-tiem", LOCAL, "10.42.0.1"):
        assert handshake(served, name, served.root) == "h2"
    for name, root in (("localhost", served.root), ("bank.example", served.root), (NAME, None)):
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(served, name, root)


def test_cookies_are_for_https_where_the_page_came_so_and_still_work_on_the_machine_itself(served: Front) -> None:
    by_https, direct = signed_in(served.secure, served.root), signed_in(served.direct, served.root)
    assert {cookie.name: cookie.secure for cookie in by_https.cookies} == {"session": True, "staff": True}
    assert {cookie.name: cookie.secure for cookie in direct.cookies} == {"session": False, "staff": False}
    for session, base in ((by_https, served.secure), (direct, served.direct)):
        answer = session.get(f"{base}/", timeout=10, allow_redirects=False)
        assert answer.status_code == 200
        assert "Strict-Transport-Security" not in answer.headers


def test_a_form_of_another_page_is_refused_by_https(served: Front) -> None:
    session = signed_in(served.secure, served.root)
    token = re.search(r'name="csrf-token" content="([^"]+)"', session.get(f"{served.secure}/", timeout=10).text)
    assert token
    for referrer, code in ((f"{served.secure}/", 303), ("https://evil.example/", 400)):
        answer = session.post(
            f"{served.secure}/language", data={"language": "en", "key": "0" * 36}, timeout=10, allow_redirects=False,
            headers={"X-CSRFToken": token[1], "Referer": referrer},
        )  # fmt: skip
        assert answer.status_code == code, referrer


def test_streams_of_pages_that_are_gone_are_given_back(served: Front) -> None:
    """Else a morning of opened and closed pages uses them all up."""
    address = f"{served.secure}/events?topic=board"

    def opened() -> requests.Response:
        return requests.get(address, stream=True, verify=str(served.root), timeout=15)

    held = []  # one that nobody holds any more is closed
    with ExitStack() as stack:
        for _ in range(MOST_STREAMS):
            answer = stack.enter_context(opened())
            assert answer.status_code == 200
            held.append(answer.iter_lines())
            assert next(held[-1]) == b"retry: 1000", "at once, unbuffered"
        with opened() as refused:
            assert refused.status_code == 503
    until = time.monotonic() + 20
    while (code := opened().status_code) != 200:
        assert code == 503
        assert time.monotonic() < until, "streams are held for pages that nobody has"
        time.sleep(0.5)


def test_in_the_clear_there_are_tickets_and_the_certificate(served: Front) -> None:
    page = requests.get(f"{served.plain}/t/AAAAAAAAAA", timeout=10, cookies={"staff": "x", "session": "y"})
    assert (page.status_code, "Set-Cookie" in page.headers) == (404, False)
    assert "/static/css/status.css" in page.text
    assert requests.get(f"{served.plain}/T/AAAAAAAAAA", timeout=10).text == page.text, "as the printed code says it"
    for path in ("/static/css/status.css", "/static/js/status.js", "/static/icon.svg", "/authority?l=en"):
        answer = requests.get(served.plain + path, timeout=10)
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False), path
    for base in (served.plain, served.secure):
        crt = requests.get(f"{base}/ca.crt", timeout=10, verify=str(served.root))
        assert (crt.content, crt.headers["Content-Type"]) == (served.root.read_bytes(), "application/x-x509-ca-cert")
        assert "diem-tiem-ca.crt" in crt.headers["Content-Disposition"]


@pytest.mark.parametrize("path", ["/", "/sign-in", "/events?topic=board", "/ready", "/device/start", "/board"])
def test_everything_else_goes_to_https(served: Front, path: str) -> None:
    code, headers, _ = raw(served.caddy.http, "GET", path)
    assert (code, headers["Location"]) == (302, f"https://{NAME}{path}")
    assert raw(served.caddy.http, "GET", path, GUEST)[0] == 404, "a guest has no https"


@pytest.mark.parametrize(
    "path",
    ["/t/../sign-in", "/t/%2e%2e/sign-in", "/static/../sign-in", "/static/..%2fsign-in", "//sign-in",
     "/t/x/../../sign-in", "/ca.crt/../sign-in", "/T/..;/sign-in",
     "/static/%2e%2e/%2e%2e/site.toml", "/ca.crt/../root.key"],
)  # fmt: skip
@pytest.mark.parametrize("source", [LOCAL, GUEST])
def test_no_spelling_of_an_address_leads_around_it(served: Front, path: str, source: str) -> None:
    code, _, said = raw(served.caddy.http, "GET", path, source)
    assert code in (302, 308, 400, 404), said
    assert 'name="pin"' not in said
    assert "PRIVATE KEY" not in said


def test_in_the_clear_nothing_is_posted(served: Front) -> None:
    assert raw(served.caddy.http, "POST", "/t/AAAAAAAAAA")[0] == 302
    assert raw(served.caddy.http, "POST", "/t/AAAAAAAAAA", GUEST)[0] == 404


def test_a_guest_sees_tickets_too(served: Front) -> None:
    assert "/static/css/status.css" in raw(served.caddy.http, "GET", "/t/AAAAAAAAAA", GUEST)[2]


def test_an_agent_of_another_box_verifies_the_hub(served: Front) -> None:
    with pytest.raises(NotPaired):
        HubLink(served.secure, "of-nobody", "run-1", str(served.root)).start([])
    with pytest.raises(HubGone, match="SSLError"):
        HubLink(served.secure, "of-nobody", "run-1").start([])
    elsewhere = served.secure.replace(LOCAL, "localhost")
    with pytest.raises(HubGone, match="SSLError"):
        HubLink(elsewhere, "of-nobody", "run-1", str(served.root)).start([])


def test_a_hub_that_is_gone_is_waited_for_in_words_and_no_token_is_logged(served: Front, tmp_path: Path) -> None:
    ports = free_ports("hub", "https", "http")
    alone = Caddy(served.caddy.authority, f"{LOCAL}:{ports['hub']}", tmp_path / "log", ports["https"], ports["http"])
    alone.start()
    try:
        for port, scheme in ((ports["http"], "http"), (ports["https"], "https")):
            answer = requests.get(f"{scheme}://{LOCAL}:{port}/t/QQQQSECRET", timeout=20, verify=str(served.root))
            assert (answer.status_code, answer.encoding) == (502, "utf-8")
            assert 'http-equiv="refresh"' in answer.text
    finally:
        alone.stop()
    assert "QQQQSECRET" not in alone.log.read_text(encoding="utf-8")
    assert "QQQQSECRET" not in served.caddy.log.read_text(encoding="utf-8")
