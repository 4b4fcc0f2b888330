"""The network as the kernel tells it: each interface, what kind it is, its addresses, and the way out."""

from __future__ import annotations

import ipaddress
from itertools import pairwise
from pathlib import Path
from typing import Any

from kiosk.devices.box_tree import Tree
from kiosk.rules.box import LONGEST_TEXT, MOST_LISTED, Interface

# Sticks and phones that pass for a network card; a real USB card has its maker's own driver.
MODEMS = {"cdc_mbim", "qmi_wwan", "cdc_ether", "rndis_host", "cdc_ncm", "huawei_cdc_ncm", "ipheth"}
DEFAULT, IS_UP = "00000000", 1
# Of IPv6: global and the site's own; what every interface gives itself says nothing.
LINK_LOCAL = "20"


def network(tree: Tree) -> dict[str, Any]:
    """What `rules/box.Facts` says of the network: no name of a Wi-Fi, no password, no neighbour."""
    routes = _routes(tree)
    addresses = _addresses(tree, routes)
    interfaces = tuple(
        Interface(path.name[:LONGEST_TEXT], _kind(tree, path), _is_up(tree, path), tuple(addresses.get(path.name, ())))
        for path in tree.list_("sys/class/net/*") if _is_real(tree, path)
    )  # fmt: skip
    return {"interfaces": interfaces[:MOST_LISTED], "route": _way_out(routes)[:LONGEST_TEXT]}


def _is_real(tree: Tree, path: Path) -> bool:
    """Has hardware, or carries guests: bridges and tunnels of other programs are left out."""
    return (path / "device").exists() or tree.text(path / "uevent").find("DEVTYPE=wlan") >= 0


def _is_up(tree: Tree, path: Path) -> bool:
    return tree.text(path / "operstate") in ("up", "unknown")


def _kind(tree: Tree, path: Path) -> str:
    kind = _named(tree.text(path / "uevent")).get("DEVTYPE", "")
    driver = _named(tree.text(path / "device" / "uevent")).get("DRIVER", "")
    if kind == "wlan" or (path / "wireless").exists() or (path / "phy80211").exists():
        return "wifi"
    if kind == "wwan" or driver in MODEMS or path.name.startswith(("wwan", "ppp")):
        return "modem"
    return "ethernet" if tree.text(path / "type") == "1" else "other"


def _named(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition("=") for line in text.splitlines())}


Routes = list[tuple[str, ipaddress.IPv4Network, int, bool]]


def _routes(tree: Tree) -> Routes:
    """(interface, to where, metric, is it there) of /proc/self/net/route, whose numbers are little-endian hex."""
    found: Routes = []
    for line in tree.text("/proc/self/net/route").splitlines()[1:]:
        words = line.split()
        try:
            to, mask = (ipaddress.IPv4Address(bytes.fromhex(words[nth])[::-1]) for nth in (1, 7))
            where = ipaddress.IPv4Network(f"{to}/{mask}", strict=False)
            found.append((words[0], where, int(words[6]), bool(int(words[3], 16) & IS_UP)))
        except (IndexError, ValueError):
            continue
    return found


def _way_out(routes: Routes) -> str:
    """The default route with the lowest metric: that is the one the kernel takes."""
    out = [(metric, name) for name, where, metric, there in routes if where.prefixlen == 0 and there]
    return min(out)[1] if out else ""


def _addresses(tree: Tree, routes: Routes) -> dict[str, list[str]]:
    """By interface: IPv4 from what is local here and whose network leads there, IPv6 from the kernel's own list."""
    found: dict[str, list[str]] = {}
    for text in _own(tree.text("/proc/self/net/fib_trie")):
        try:
            address = ipaddress.IPv4Address(text)
        except ValueError:
            continue
        name = next((name for name, where, _, _ in routes if where.prefixlen and address in where), "")
        if name and text not in found.setdefault(name, []):
            found[name].append(text)
    for line in tree.text("/proc/self/net/if_inet6").splitlines():
        words = line.split()
        if len(words) == 6 and words[3] not in (LINK_LOCAL, "10"):
            found.setdefault(words[5], []).append(_ipv6(words[0]))
    return {name: each[:MOST_LISTED] for name, each in found.items()}


def _ipv6(digits: str) -> str:
    try:
        return str(ipaddress.IPv6Address(bytes.fromhex(digits)))
    except ValueError:
        return ""


def _own(trie: str) -> list[str]:
    """The /32 host addresses that are LOCAL, but for the machine's own loop."""
    lines = [line.strip() for line in trie.splitlines()]
    own = [
        before.split()[-1]
        for before, after in pairwise(lines)
        if after == "/32 host LOCAL" and before.startswith("|--")
    ]
    return [text for text in dict.fromkeys(own) if not text.startswith("127.")]
