"""By which addresses other devices reach this box: only what opens there, as it stands on a slip."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from kiosk.rules import devices
from kiosk.rules.box import Facts

# The network of guests' phones in the Pi's own access point: it reaches tickets' pages and nothing else.
GUESTS = ipaddress.IPv4Network("10.42.1.0/24")
EVERYWHERE = ("0.0.0.0", "[::]", "::")


def is_loopback(host: str) -> bool:
    """Is it a name or number by which a machine reaches itself alone? With or without an IPv6 address's brackets."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def addresses(staff_address: str, tickets: tuple[str, ...], listen: str, box: Facts, certificate: str) -> list[str]:
    """Where a slip says that this box is reached. `tickets`: where phones open theirs; `listen`: the hub's HOST:PORT.

    By number too, for a device that knows no `.local`: behind https (`staff_address`) a number opens where the
    `certificate` (PEM, "" for none) is for it; else it leads to the certificate's page alone, which is in the clear.
    """
    numbers = list(_numbers(box))
    if not staff_address:
        host, _, port = listen.rpartition(":")
        if host in EVERYWHERE:
            return _each(*tickets, *(f"http://{number}:{port}" for number in numbers))
        return _each(*tickets, *(() if is_loopback(host) else (f"http://{listen}",)))
    parts, der = urlsplit(staff_address), _der(certificate)
    port = f":{parts.port}" if parts.port else ""
    by_number = (f"https://{each}{port}" if _is_for(der, each) else f"http://{each}/authority" for each in numbers)
    return _each(staff_address, *by_number)


def _each(*addresses: str) -> list[str]:
    return list(dict.fromkeys(addresses))


def _der(certificate: str) -> bytes:
    try:
        return devices.certificate(certificate)
    except ValueError:
        return b""


def _numbers(box: Facts) -> Iterator[ipaddress.IPv4Address]:
    for text in (text for interface in box.interfaces if interface.up for text in interface.addresses):
        try:
            number = ipaddress.IPv4Address(text)
        except ValueError:  # IPv6: nobody types that off a slip
            continue
        if number not in GUESTS and not number.is_loopback and not number.is_link_local:
            yield number


def _is_for(certificate: bytes, number: ipaddress.IPv4Address) -> bool:
    """In a certificate (DER) a name that is an IPv4 number is the tag 0x87, the length 4, and the number."""
    return b"\x87\x04" + number.packed in certificate
