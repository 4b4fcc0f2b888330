"""Plug a printer in and it is found: the USB printers that the kernel has bound by their class (its driver usblp)."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from kiosk.devices.printer_links import DeviceLink, LinkLost

_PLACES = (("dev/usb", re.compile(r"lp(\d+)")), ("dev", re.compile(r"usblp(\d+)")))
_PRINTER_CLASS = "07"  # bInterfaceClass of the USB device class definition for printing devices


class UsbPorts:
    """The machine's USB printers; `root` is the folder that holds `dev` and `sys`."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._seen = False

    def find(self) -> list[Path]:
        """Their device files, always in the same order: by the port they are plugged into, then by number."""
        found: dict[int, tuple[str, int, Path]] = {}
        for folder, name in _PLACES:
            for path in (self._root / folder).glob("*lp*"):
                number = name.fullmatch(path.name)
                port = self._port(f"lp{number[1]}") if number else None
                if number and port is not None:
                    with contextlib.suppress(OSError):  # it is being pulled out
                        found.setdefault(path.stat().st_rdev, (port, int(number[1]), path))
        return [path for _, _, path in sorted(found.values())]

    def connect(self) -> DeviceLink:
        """The first that can be opened. Raises LinkLost, of state `none` as long as there has never been one."""
        lost: LinkLost | None = None
        for path in self.find():
            self._seen = True
            try:
                return DeviceLink(str(path))
            except LinkLost as error:
                lost = lost or error
        raise lost or LinkLost("no USB printer is plugged in", "unreachable" if self._seen else "none")

    def _port(self, name: str) -> str | None:
        """Where it is plugged in, "" when the kernel does not say; None when it is no printer at all."""
        interface = self._root / "sys/class/usbmisc" / name / "device"
        try:
            kind = (interface / "bInterfaceClass").read_text(encoding="ascii").strip()
        except OSError:
            return ""
        return str(interface.resolve()) if kind == _PRINTER_CLASS else None
