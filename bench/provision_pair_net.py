"""Two namespaces of the network and a cable between them: what two boxes at one site have, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

HUB_ADDRESS, EXTRA_ADDRESS = "10.77.0.1", "10.77.0.2"
_ENDS = (("kiosk-pair-hub", HUB_ADDRESS), ("kiosk-pair-extra", EXTRA_ADDRESS))
# The name of the network interface at each end, as in a Pi.
CARD = "eth0"


class Cable:
    """There for the length of the `with`; `hub` and `extra` are the namespaces' files."""

    hub, extra = (Path("/run/netns") / name for name, _ in _ENDS)

    def __enter__(self) -> Self:
        """Raises subprocess.CalledProcessError where this machine lets nobody lay one, or one is lying already."""
        made = list[str]()
        try:
            for name, _ in _ENDS:
                _ip("netns", "add", name)
                made.append(name)
            first, second = made
            _ip("-n", first, "link", "add", CARD, "type", "veth", "peer", "name", CARD, "netns", second)
            for name, address in _ENDS:
                _ip("-n", name, "address", "add", f"{address}/24", "dev", CARD)
                for link in ("lo", CARD):
                    _ip("-n", name, "link", "set", link, "up")
        except subprocess.CalledProcessError:
            _take_away(made)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        _take_away([name for name, _ in _ENDS])


def _take_away(names: list[str]) -> None:
    for name in names:
        subprocess.run(["ip", "netns", "delete", name], check=False)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
