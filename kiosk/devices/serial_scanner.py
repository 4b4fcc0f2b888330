"""A hand scanner on a serial line (USB CDC ACM, or a real one): bytes as they are, so Vietnamese arrives whole."""

from __future__ import annotations

import fcntl
import os
import re
import termios
import tty

from kiosk.devices.scanner_port import LONGEST_CODE, ScannedCode, ScannerLost, ScannerPort, open_device

SYMBOLOGY = "Serial"

_ENDS = re.compile(rb"[\r\n]+")


def open_serial(path: str, baud: int) -> ScannerPort:
    """The scanner at `/dev/serial/by-id/…` or any other tty: 8 data bits, no parity. Raises ScannerLost.

    A USB scanner does not care about `baud`; one on a real serial line does.
    """
    file = open_device(path, os.O_RDWR, "dialout")
    try:
        fcntl.ioctl(file, termios.TIOCEXCL)
        _set_up(file, baud)
    except (OSError, termios.error) as error:
        os.close(file)
        raise ScannerLost(f"is no serial line ({error})") from error
    return ScannerPort(file, Lines(), SYMBOLOGY)


class Lines:
    """Bytes to codes, each ended by CR, LF, both, or silence."""

    def __init__(self) -> None:
        self._begun = b""
        self._lost = False

    @property
    def begun(self) -> bool:
        """Has something come since the last end of a line?"""
        return bool(self._begun)

    def take(self, received: bytes) -> list[ScannedCode]:
        """The codes that are whole with these bytes."""
        *lines, rest = _ENDS.split(self._begun + received)
        codes = [code for line in lines for code in self._end(line)]
        self._lost = self._lost or len(rest) > LONGEST_CODE
        self._begun = rest[:LONGEST_CODE]
        return codes

    def quiet(self) -> list[ScannedCode]:
        """What has come so far is the code."""
        line, self._begun = self._begun, b""
        return self._end(line)

    def _end(self, line: bytes) -> list[ScannedCode]:
        sure, self._lost = not self._lost and len(line) <= LONGEST_CODE, False
        return [ScannedCode(line[:LONGEST_CODE], sure)] if line else []


def _set_up(file: int, baud: int) -> None:
    tty.setraw(file)
    speed = getattr(termios, f"B{baud}")
    iflag, oflag, cflag, lflag, _, _, special = termios.tcgetattr(file)
    # CLOCAL: most scanners drive no carrier line. Without HUPCL closing does not switch some of them off.
    cflag = (cflag | termios.CLOCAL | termios.CREAD) & ~termios.HUPCL & ~termios.CSTOPB & ~termios.CRTSCTS
    termios.tcsetattr(file, termios.TCSANOW, [iflag, oflag, cflag, lflag, speed, speed, special])
    termios.tcflush(file, termios.TCIFLUSH)  # what came before it was open is half a code at best
