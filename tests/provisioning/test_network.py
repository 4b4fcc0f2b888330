"""The box's networks as files: profiles that NetworkManager takes, made once and kept; the units beside them."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROVISIONING = Path(__file__).parents[2] / "provisioning"
PROFILES = sorted((PROVISIONING / "network").glob("*.nmconnection"))
SCRIPTS = [
    PROVISIONING / "authority",
    *(PROVISIONING / name / "install" for name in ("avahi", "caddy", "firewall", "network")),
]
UNITS = {"kiosk-caddy.service": 2.0, "kiosk-authority.service": 2.0, "kiosk-firewall.service": 2.5}
# Every key that a profile of ours may have, by section: nm-settings-keyfile(5) of NetworkManager 1.42.
KEYS = {
    "connection": {"id", "uuid", "type", "interface-name", "autoconnect", "autoconnect-priority", "autoconnect-retries",
                   "multi-connect", "metered"},
    "wifi": {"mode", "ssid", "band", "channel", "powersave", "ap-isolation"},
    "wifi-security": {"key-mgmt", "proto", "pairwise", "group", "pmf", "psk"},
    "gsm": {"auto-config", "apn"},
    "ipv4": {"method", "address1", "route-metric", "dhcp-timeout"},
    "ipv6": {"method", "route-metric"},
}  # fmt: skip
# In a world of its own: what is written to /etc and /var/lib stays there, and no systemd is there to be told.
WORLD = """
set -eu
mount -t tmpfs none "$1"
for name in etc var/lib; do
    mkdir -p "$1/$name/up" "$1/$name/work"
    mount -t overlay overlay -o "lowerdir=/$name,upperdir=$1/$name/up,workdir=$1/$name/work" "/$name"
done
[ ! -d /run/systemd ] || mount -t tmpfs none /run/systemd
mkdir -p /var/lib/systemd/rfkill /var/lib/NetworkManager
echo 1 >/var/lib/systemd/rfkill/platform-fe300000.mmcnr:wlan
printf '[main]\\nWirelessEnabled=false\\n' >/var/lib/NetworkManager/NetworkManager.state
eval "$2"
"""


def in_a_world(folder: Path, script: str, **environment: str) -> str:
    """What a script says there; $HERE is provisioning/."""
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c", WORLD, "world", str(folder), script], check=False, capture_output=True,
        text=True, timeout=120, env=os.environ | {"HERE": str(PROVISIONING), "LANG": "C.UTF-8", **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def possible() -> bool:
    """May this test have a world of its own?"""
    tried = subprocess.run(
        ["unshare", "--mount", "bash", "-c", "mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w && "
         "mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w /etc"],
        check=False, capture_output=True,
    )  # fmt: skip
    return os.geteuid() == 0 and tried.returncode == 0


needs_a_world = pytest.mark.skipif(not possible(), reason="needs root and an overlay file system")
needs = {
    name: pytest.mark.skipif(not shutil.which(name), reason=f"needs {name}")
    for name in ("shellcheck", "systemd-analyze")
}


def parsed(text: str) -> configparser.ConfigParser:
    """A keyfile; strict: no section and no key twice."""
    file = configparser.ConfigParser(delimiters=("=",), comment_prefixes=("#",), interpolation=None, strict=True)
    file.optionxform = str  # type: ignore[assignment,method-assign]
    file.read_string(text)
    return file


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_profile_has_only_what_networkmanager_knows(path: Path) -> None:
    profile = parsed(path.read_text(encoding="utf-8"))
    for section in profile.sections():
        assert set(profile[section]) <= KEYS[section], section
    assert profile["connection"]["id"].startswith("kiosk-")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", profile["connection"]["uuid"])


def test_profiles_do_not_stand_in_each_others_way() -> None:
    read = {path.stem: parsed(path.read_text(encoding="utf-8")) for path in PROFILES}
    assert len({profile["connection"]["uuid"] for profile in read.values()}) == len(read) == 5
    metrics = {name: int(read[name]["ipv4"]["route-metric"]) for name in ("ethernet", "wifi", "mobile")}
    assert sorted(metrics, key=lambda name: metrics[name]) == ["ethernet", "wifi", "mobile"]
    assert max(metrics.values()) < 20000, "what a failed check of the way out adds"
    assert read["guest"]["wifi"]["ap-isolation"] == "1"
    names = {read[name]["connection"]["interface-name"] for name in ("staff", "guest")}
    links = {re.search(r"^Name=(.+)$", path.read_text(), re.M)[1] for path in (PROVISIONING / "network").glob("*.link")}  # type: ignore[index]
    assert names == links == {"wlan-site", "wlan-guest"}
    assert names <= set(
        re.findall(r'"(wlan-\w+)"', (PROVISIONING / "firewall" / "kiosk.nft").read_text(encoding="utf-8"))
    )


ALL = """
for part in network/install avahi/install firewall/install caddy/install; do
    portable=; [ "$part" != network/install ] || portable=--portable
    "$HERE/$part" --role "${ROLE:-both}" $portable
done
"""
SHOW = "cat /etc/NetworkManager/system-connections/kiosk-staff.nmconnection"


@needs_a_world
def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    said = in_a_world(tmp_path, f"{ALL} echo again; {ALL} echo end", KIOSK_HOSTNAME="diem-tiem")
    first, second = said.split("again\n")
    assert len(first.splitlines()) > 12
    assert all(line.startswith("changed: ") for line in first.splitlines())
    assert second == "end\n"


@needs_a_world
def test_a_password_is_made_up_once_kept_and_replaced_by_a_given_one(tmp_path: Path) -> None:
    odd = r"\sa  b\\s#;=&"
    both = f"{ALL} {SHOW};"
    script = f"{both} {both} export KIOSK_WIFI_PASSWORD='{odd}'; {both} unset KIOSK_WIFI_PASSWORD; {both}"
    said = in_a_world(tmp_path, script, KIOSK_HOSTNAME="diem-tiem")
    first, second, third, fourth = re.findall(r"^psk=(.*)$", said, re.M)
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", first)
    assert second == first
    assert third == fourth == odd.replace("\\", "\\\\")
    assert "ssid=diem-tiem-nhan-vien" in said


@needs_a_world
def test_profiles_are_for_root_alone_and_radios_are_woken(tmp_path: Path) -> None:
    said = in_a_world(tmp_path, f"""{ALL}
        stat -c '%a %U %n' /etc/NetworkManager/system-connections/*
        cat /var/lib/systemd/rfkill/* /var/lib/NetworkManager/*.state
    """, KIOSK_HOSTNAME="diem-tiem")  # fmt: skip
    modes = re.findall(r"^(\d+ \w+) /etc/NetworkManager/system-connections/kiosk-(\w+)", said, re.M)
    assert sorted(modes) == [("600 root", name) for name in ("ethernet", "guest", "mobile", "staff")]
    assert said.endswith("0\n[main]\nWirelessEnabled=true\n")


@needs_a_world
def test_another_boxs_kiosk_is_no_access_point_and_serves_nothing(tmp_path: Path) -> None:
    said = in_a_world(tmp_path, f"{ALL} ls /etc/NetworkManager/system-connections /etc/systemd/system",
                      KIOSK_HOSTNAME="may-2", ROLE="kiosk")  # fmt: skip
    assert "kiosk-ethernet.nmconnection" in said
    for absent in ("kiosk-staff", "kiosk-guest", "kiosk-caddy", "avahi/services"):
        assert absent not in said


@needs_a_world
def test_the_firewall_that_is_installed_loads_with_what_the_site_adds(tmp_path: Path) -> None:
    install, added = '"$HERE/firewall/install" --role hub', "/etc/kiosk/firewall.d/staff-internet.nft"
    check = "unshare --net nft -c -f /etc/kiosk/firewall.nft"
    in_a_world(
        tmp_path,
        f"{install} --staff-internet yes; {check}; test -s {added}; {install}; test -s {added}; "
        f"{install} --staff-internet no; test ! -e {added}; {check}",
    )


@needs["shellcheck"]
def test_scripts_are_clean() -> None:
    done = subprocess.run(
        ["shellcheck", "-x", *SCRIPTS], check=False, capture_output=True, text=True, cwd=PROVISIONING.parent
    )
    assert done.returncode == 0, done.stdout


@needs["systemd-analyze"]
@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_well_formed_and_kept_in(name: str, tmp_path: Path) -> None:
    text = next(PROVISIONING.glob(f"*/{name}")).read_text(encoding="utf-8")
    # Its program is not on this machine.
    (tmp_path / name).write_text(re.sub(r"^(Exec\w+)=\S+", r"\1=/bin/true", text, flags=re.M), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / name], check=False, capture_output=True, text=True
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    score = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", tmp_path / name], check=False, capture_output=True, text=True
    ).stdout
    found = re.search(r"exposure level for \S+: ([\d.]+)", score)
    assert found
    assert float(found[1]) <= UNITS[name]
    print(f"{name} {found[1]}")
