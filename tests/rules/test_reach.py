"""What a slip says of where the box is reached: nothing that does not open."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from kiosk.rules.box import Facts, Interface
from kiosk.rules.reach import addresses, is_loopback

STAFF = "https://diem-tiem.local"
BOX = Facts(interfaces=(
    Interface("eth0", "ethernet", True, ("192.168.1.20", "fd00::2")),
    Interface("wlan0", "wifi", True, ("10.42.0.1",)),
    Interface("wlan1", "wifi", True, ("10.42.1.1", "169.254.3.4")),
    Interface("eth1", "ethernet", False, ("192.168.7.7",)),
))  # fmt: skip


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A certificate for the name and the access point's own number."""
    path: Path = tmp_path_factory.mktemp("reach") / "site.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=x", "-addext", "subjectAltName=DNS:diem-tiem.local,IP:10.42.0.1", "-keyout", "/dev/null",
         "-out", path],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    return path.read_text(encoding="ascii")


def test_a_number_is_https_where_the_certificate_is_for_it_and_else_the_way_to_the_certificate(
    certificate: str,
) -> None:
    assert ssl.PEM_cert_to_DER_cert(certificate)
    said = addresses(STAFF, ("http://10.42.1.1",), "127.0.0.1:8080", BOX, certificate)
    assert said == [STAFF, "http://192.168.1.20/authority", "https://10.42.0.1"]
    assert addresses(f"{STAFF}:8443", (), "127.0.0.1:8080", BOX, certificate)[2] == "https://10.42.0.1:8443"


@pytest.mark.parametrize("certificate", ["", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "x"])
def test_without_a_certificate_that_can_be_read_no_number_is_https(certificate: str) -> None:
    said = addresses(STAFF, (), "127.0.0.1:8080", BOX, certificate)
    assert said == [STAFF, "http://192.168.1.20/authority", "http://10.42.0.1/authority"]


def test_without_https_it_is_where_the_hub_listens() -> None:
    assert addresses("", (), "127.0.0.1:8080", BOX, "") == []
    assert addresses("", (), "localhost:8080", BOX, "") == []
    assert addresses("", (), "192.168.1.20:8080", BOX, "") == ["http://192.168.1.20:8080"]
    assert addresses("", (), "0.0.0.0:8080", BOX, "") == ["http://192.168.1.20:8080", "http://10.42.0.1:8080"]
    assert addresses("", ("http://kiosk.local",), "127.0.0.1:8080", BOX, "") == ["http://kiosk.local"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.9.10", "::1", "[::1]", "a.localhost"])
def test_a_loopback_is_one_however_it_is_written(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "diem-tiem.local", "10.42.0.1", "0.0.0.0", "localhost.example", "[::]"])
def test_nothing_else_is(host: str) -> None:
    assert not is_loopback(host)
