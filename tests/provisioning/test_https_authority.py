"""The site's own authority: made once, its certificate good for whom and how long, made anew when it must be."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

AUTHORITY = Path(__file__).parents[2] / "provisioning" / "authority"
pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("openssl"), reason="needs root and openssl")


def made(folder: Path, hostname: str = "diem-tiem", *, clock_set: bool = False) -> list[str]:
    """Runs it; what it says it has changed."""
    environment = os.environ | {"KIOSK_CLOCK_SET": "yes" if clock_set else "no"}
    done = subprocess.run(
        [AUTHORITY, "--folder", folder, "--hostname", hostname, "--group", "nogroup"],
        check=True, capture_output=True, text=True, env=environment, timeout=60,
    )  # fmt: skip
    return [Path(line.removeprefix("changed: ")).name for line in done.stdout.splitlines()]


def openssl(*words: str | Path, fails: bool = False) -> str:
    """What openssl says."""
    done = subprocess.run(["openssl", *words], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stdout + done.stderr


def dates(crt: Path) -> tuple[datetime, datetime]:
    """From when until when it is valid."""
    said = openssl("x509", "-in", crt, "-noout", "-dates").splitlines()
    first, last = (datetime.strptime(line.split("=")[1], "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC) for line in said)
    return first, last


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where an authority has been made."""
    assert made(tmp_path / "authority") == ["root.key", "root.crt", "site.key", "site.crt"]
    return tmp_path / "authority"


def test_a_second_run_changes_nothing(folder: Path) -> None:
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    assert made(folder, clock_set=True) == []
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == before


def test_keys_are_for_root_and_for_the_proxy_alone(folder: Path) -> None:
    modes = {path.name: f"{path.stat().st_mode & 0o777:o} {path.group()}" for path in folder.iterdir()}
    assert modes == {
        "root.key": "600 root", "root.crt": "644 root", "site.key": "640 nogroup", "site.crt": "644 root",
    }  # fmt: skip


def test_what_browsers_ask_of_it(folder: Path) -> None:
    root, site = folder / "root.crt", folder / "site.crt"
    assert "OK" in openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", root, site)
    names = openssl("x509", "-in", site, "-noout", "-ext", "subjectAltName")
    assert names.split("\n")[1].strip() == "DNS:diem-tiem.local, DNS:diem-tiem, IP Address:10.42.0.1"
    first, last = dates(site)
    now = datetime.now(UTC)
    assert (last - first).days <= 825, "iPhones and iPads refuse more"
    assert (now - first).days >= 59, "for a tablet whose clock is behind"
    assert (last - now).days > 2 * 365, "for a box whose clock is behind"
    assert (dates(root)[1] - now).days > 3600


def test_it_cannot_be_abused_for_somebody_elses_name(folder: Path, tmp_path: Path) -> None:
    for name in ("DNS:bank.example", "IP:8.8.8.8"):
        forged = signed(folder, tmp_path, name, days=300)
        said = openssl("verify", "-CAfile", folder / "root.crt", forged, fails=True)
        assert "permitted subtree violation" in said


def test_what_ends_soon_is_made_anew_by_a_clock_that_is_set(folder: Path, tmp_path: Path) -> None:
    old = signed(folder, tmp_path, "DNS:diem-tiem.local,DNS:diem-tiem,IP:10.42.0.1", days=100)
    shutil.copyfile(old, folder / "site.crt")
    keys = {path.name: path.read_bytes() for path in folder.glob("*.key")} | {"ca": (folder / "root.crt").read_bytes()}
    assert made(folder) == [], "a clock that nobody has set is no reason"
    assert made(folder, clock_set=True) == ["site.crt"]
    assert keys == {path.name: path.read_bytes() for path in folder.glob("*.key")} | {
        "ca": (folder / "root.crt").read_bytes()
    }


def test_what_has_long_to_go_stays(folder: Path, tmp_path: Path) -> None:
    shutil.copyfile(
        signed(folder, tmp_path, "DNS:diem-tiem.local,DNS:diem-tiem,IP:10.42.0.1", days=130), folder / "site.crt"
    )
    assert made(folder, clock_set=True) == []


def test_a_box_that_was_renamed_keeps_its_authority(folder: Path) -> None:
    before = (folder / "root.crt").read_bytes()
    assert made(folder, "tram-y-te") == ["site.crt"]
    assert (folder / "root.crt").read_bytes() == before
    assert "OK" in openssl("verify", "-x509_strict", "-CAfile", folder / "root.crt", folder / "site.crt")
    assert "DNS:tram-y-te.local" in openssl("x509", "-in", folder / "site.crt", "-noout", "-ext", "subjectAltName")
    assert made(folder, "tram-y-te") == []


@pytest.mark.parametrize("lost", ["root.crt", "site.crt", "site.key"])
def test_power_that_goes_in_the_middle_is_made_good(folder: Path, lost: str) -> None:
    """Each file is whole or not there; which are there is what a cut leaves behind."""
    (folder / lost).unlink()
    (folder / ".making.abandoned").mkdir()
    assert lost in made(folder)
    assert not list(folder.glob(".making*"))
    ssl.create_default_context(cafile=str(folder / "root.crt")).load_cert_chain(
        folder / "site.crt", folder / "site.key"
    )
    assert "OK" in openssl("verify", "-CAfile", folder / "root.crt", folder / "site.crt")


def test_without_its_key_the_authority_is_not_replaced(folder: Path) -> None:
    (folder / "root.key").unlink()
    assert made(folder) == []
    (folder / "site.crt").unlink()
    before = (folder / "root.crt").read_bytes()
    with pytest.raises(subprocess.CalledProcessError):
        made(folder)
    assert (folder / "root.crt").read_bytes() == before


@pytest.mark.parametrize("name", ["Điểm Tiêm", "a b", "-x", "x;y", ""])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        made(tmp_path / "authority", name)
    assert not (tmp_path / "authority").exists()


def signed(folder: Path, work: Path, names: str, days: int) -> Path:
    """A certificate of the site's key for these names, by the authority's own key."""
    (work / "facts").write_text(f"subjectAltName={names}\nbasicConstraints=critical,CA:FALSE\n", encoding="ascii")
    openssl("req", "-new", "-key", folder / "site.key", "-subj", "/CN=x", "-out", work / "csr")
    openssl(
        "x509", "-req", "-in", work / "csr", "-CA", folder / "root.crt", "-CAkey", folder / "root.key",
        "-days", str(days), "-extfile", work / "facts", "-out", work / "crt",
    )  # fmt: skip
    return work / "crt"
