"""The firewall, in real network namespaces: what each neighbour of the box reaches, and that this is all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provisioning import towns
from tests.provisioning.towns import Towns

FIREWALL = Path(__file__).parents[2] / "provisioning" / "firewall"
WHY_NOT = towns.possible()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

NEIGHBOURS = {
    "staff": ("wlan-site", "10.42.0.1", "10.42.0.20"),
    "guest": ("wlan-guest", "10.42.1.1", "10.42.1.20"),
    "office": ("eth0", "192.168.77.1", "192.168.77.2"),
    "stranger": ("eth1", "203.0.113.1", "203.0.113.2"),
    "modem": ("wwan0", "10.99.0.1", "10.99.0.2"),
}
# What a box opens, and a few that nobody may ever reach.
TCP, UDP = [22, 53, 80, 443, 5353, 8080, 8081, 9100], [53, 67, 5353, 123]
# As NetworkManager 1.42 writes it for an access point whose method is "shared".
SHARED = """
table ip nm-shared-{interface} {{
  chain nat_postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {net} ip daddr != {net} masquerade;
  }}
  chain filter_forward {{
    type filter hook forward priority filter; policy accept;
    ip daddr {net} oifname "{interface}" ct state {{ established, related }} accept;
    ip saddr {net} iifname "{interface}" accept;
    iifname "{interface}" oifname "{interface}" accept;
    iifname "{interface}" reject;
    oifname "{interface}" reject;
  }}
}}
"""
LEADS_ON = 'iifname "wlan-site" oifname != { "wlan-site", "wlan-guest" } accept\n'


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Towns]:
    """A box that forwards, with both access points as NetworkManager makes them, and our table."""
    made = Towns(NEIGHBOURS)
    try:
        for interface, net in (("wlan-site", "10.42.0.0/24"), ("wlan-guest", "10.42.1.0/24")):
            made.inside("box", "nft", "-f", "-", text=SHARED.format(interface=interface, net=net))
        load(made, tmp_path_factory.mktemp("firewall"))
        made.listen("box", TCP, UDP)
        for town in ("office", "modem", "stranger"):
            made.listen(town, [80])
        yield made
    finally:
        made.close()


def load(box: Towns, folder: Path, lead_on: str = "") -> None:
    """Our table, as `firewall/install` leaves it in /etc/kiosk; from a folder of the test's."""
    (folder / "more.nft").write_text(lead_on, encoding="utf-8")
    rules = (FIREWALL / "kiosk.nft").read_text(encoding="utf-8")
    assert "/etc/kiosk/firewall.d/" in rules
    box.inside("box", "nft", "-f", "-", text=rules.replace("/etc/kiosk/firewall.d", str(folder)))


def reached(box: Towns, town: str, host: str) -> set[tuple[str, int]]:
    """What somebody of this town gets an answer from, of everything that listens at the box's address `host`."""
    wanted = [("tcp", host, port) for port in TCP] + [("udp", host, port) for port in UDP]
    return {(kind, port) for (kind, _, port), said in box.ask(town, *wanted).items() if said == "open"}


def test_what_listens_is_there_at_all(box: Towns) -> None:
    assert reached(box, "box", "127.0.0.1") >= {("tcp", port) for port in TCP} | {("udp", 53), ("udp", 123)}


def test_a_guest_reaches_the_ticket_page_an_address_and_a_name(box: Towns) -> None:
    assert reached(box, "guest", "10.42.1.1") == {("tcp", 80), ("tcp", 53), ("udp", 53), ("udp", 67)}
    assert box.ask("guest", ("tcp", "10.42.1.1", 443)).popitem()[1] == "refused", "at once, not after a while"
    assert reached(box, "guest", "10.42.0.1") == {("udp", 67)}, "not by another of the box's addresses"


def test_a_guest_is_forwarded_nowhere(box: Towns) -> None:
    for host in ("10.42.0.20", "192.168.77.2", "203.0.113.2", "10.99.0.2"):
        assert box.ask("guest", ("tcp", host, 80))["tcp", host, 80] != "open", host


def test_staff_reach_pages_names_ssh_and_the_time_and_not_the_hub_behind_them(box: Towns) -> None:
    assert reached(box, "staff", "10.42.0.1") == {
        ("tcp", 22), ("tcp", 53), ("tcp", 80), ("tcp", 443), ("udp", 53), ("udp", 67), ("udp", 123),
        ("udp", 5353),
    }  # fmt: skip
    assert box.ask("staff", ("udp", "224.0.0.251", 5353)).popitem()[1] == "open", "its name, by mDNS"


def test_a_site_with_a_network_of_its_own_gives_pages_ssh_and_the_time(box: Towns) -> None:
    assert reached(box, "office", "192.168.77.1") == {
        ("tcp", 22), ("tcp", 80), ("tcp", 443), ("udp", 123), ("udp", 5353),
    }  # fmt: skip


@pytest.mark.parametrize(("town", "host"), [("stranger", "203.0.113.1"), ("modem", "10.99.0.1")])
def test_from_outside_nothing_answers(box: Towns, town: str, host: str) -> None:
    assert reached(box, town, host) == set()
    assert set(box.ask(town, ("tcp", host, 443), ("tcp", host, 22)).values()) == {"silent"}


def test_the_box_itself_reaches_everybody(box: Towns) -> None:
    assert box.ask("box", ("tcp", "192.168.77.2", 80)).popitem()[1] == "open"
    assert box.ask("box", ("tcp", "10.99.0.2", 80)).popitem()[1] == "open"


def test_staff_are_led_on_only_where_the_site_says_so(box: Towns, tmp_path: Path) -> None:
    outside, guest = ("tcp", "203.0.113.2", 80), ("tcp", "10.42.1.20", 80)
    assert box.ask("staff", outside)[outside] == "silent"
    load(box, tmp_path, LEADS_ON)
    try:
        assert box.ask("staff", outside)[outside] == "open"
        assert box.ask("staff", guest)[guest] != "open"
        assert box.ask("guest", outside)[outside] != "open"
    finally:
        load(box, tmp_path)


def test_loading_again_leaves_the_access_points_tables_alone(box: Towns, tmp_path: Path) -> None:
    before = box.inside("box", "nft", "-s", "list", "ruleset")
    load(box, tmp_path)
    after = box.inside("box", "nft", "-s", "list", "ruleset")
    assert sorted(before.splitlines()) == sorted(after.splitlines())
    assert after.count("table ip nm-shared-") == 2
