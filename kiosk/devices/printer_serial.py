"""A printer on a serial line, its own or behind a USB converter: 8 data bits, no parity, RTS/CTS flow control."""

from __future__ import annotations

import contextlib
import fcntl
import os
import termios
import tty

from kiosk.devices.printer_links import DeviceLink, LinkLost, waiting_bytes

_BITS_A_BYTE = 10  # with start and stop


class SerialLink(DeviceLink):
    """The line at `path`, at `baud` bits a second. Raises LinkLost when it is not there or no serial line."""

    may_be_off = True

    def __init__(self, path: str, baud: int) -> None:
        super().__init__(path)
        self.bytes_per_second = baud / _BITS_A_BYTE
        try:
            fcntl.ioctl(self._file, termios.TIOCEXCL)
            _set_up(self._file, baud)
        except (OSError, termios.error) as error:
            os.close(self._file)
            raise LinkLost(f"is no serial line ({error})") from error

    def unsent(self) -> int:
        return waiting_bytes(self._file)

    def paper_is_out(self) -> bool:
        return False

    def _forget_unsent(self) -> None:
        """What a stopped line still holds would keep the kernel's own close waiting for half a minute."""
        if self.unsent():
            with contextlib.suppress(termios.error):
                termios.tcflush(self._file, termios.TCOFLUSH)


def _set_up(file: int, baud: int) -> None:
    tty.setraw(file)
    speed = getattr(termios, f"B{baud}")
    iflag, oflag, cflag, lflag, _, _, special = termios.tcgetattr(file)
    # A printer that is switched off pulls the line down: that break must not pass for the NUL of an answer.
    iflag |= termios.IGNBRK | termios.IGNPAR
    # CLOCAL: few printers drive a carrier line. Without HUPCL closing does not reset some of them.
    cflag = (cflag | termios.CLOCAL | termios.CREAD | termios.CRTSCTS) & ~termios.HUPCL & ~termios.CSTOPB
    termios.tcsetattr(file, termios.TCSANOW, [iflag, oflag, cflag, lflag, speed, speed, special])
    termios.tcflush(file, termios.TCIFLUSH)  # answers to whoever had the line before
