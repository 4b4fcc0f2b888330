"""A hub behind a real Caddy with the site's own certificate, as an installed box has them, on ports of a test's."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from kiosk.demo.processes import Program
from kiosk.demo.program import LOCAL, free_ports, wait_for_hub

PROVISIONING = Path(__file__).parents[2] / "provisioning"
NAME = "diem-tiem.local"
# Who is a guest is told by the address they come from; here it is another of this machine's.
GUEST = "127.0.0.2"


def possible() -> str:
    """ "" where this machine lets us, else why not."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [name for name in ("caddy", "openssl") if not shutil.which(name)]
    return f"needs {missing[0]}" if missing else ""


@dataclass
class Caddy:
    """The https server with the settings that are shipped. `log`: all that it ever said."""

    authority: Path
    hub: str
    log: Path
    https: int
    http: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once both ports answer."""
        home = str(self.log.parent / "home")
        environment = os.environ | {
            "KIOSK_AUTHORITY": str(self.authority), "KIOSK_HUB": self.hub, "KIOSK_GUESTS": f"{GUEST}/32",
            "KIOSK_HTTPS_PORT": str(self.https), "KIOSK_HTTP_PORT": str(self.http), "KIOSK_HOSTNAME": "diem-tiem",
            "HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home,
        }  # fmt: skip
        command = ["caddy", "run", "--config", PROVISIONING / "caddy" / "Caddyfile", "--adapter", "caddyfile"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        for port in (self.https, self.http):
            self._wait_for(port)

    def _wait_for(self, port: int) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            assert self.process
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            try:
                socket.create_connection((LOCAL, port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def stop(self) -> None:
        """Ends it."""
        if self.process:
            self.process.terminate()
            self.process.wait(10)


@dataclass
class Front:
    """`secure`, `plain`: the addresses by https and http; `direct`: the hub itself, as the Pi's own browser has it."""

    folder: Path
    root: Path
    caddy: Caddy
    hub: Program
    direct: str

    @property
    def secure(self) -> str:
        return f"https://{LOCAL}:{self.caddy.https}"

    @property
    def plain(self) -> str:
        return f"http://{LOCAL}:{self.caddy.http}"

    def close(self) -> None:
        """Ends both."""
        self.caddy.stop()
        self.hub.stop()


def certify(folder: Path) -> Path:
    """An authority and a certificate for this machine in `folder`; the authority's."""
    command = [PROVISIONING / "authority", "--folder", folder, "--hostname", "diem-tiem", "--address", LOCAL]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return folder / "root.crt"


def build(folder: Path, work: Path) -> Front:
    """Starts both over the site in `folder`."""
    ports = free_ports("hub", "https", "http")
    listen = f"{LOCAL}:{ports['hub']}"
    root = certify(work / "authority")
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[hub]\nlisten = "{listen}"\nstaff_address = "https://{NAME}:{ports["https"]}"\n')
        file.write(f'address = "http://{LOCAL}:{ports["http"]}"\nlock_minutes = 0\n')
    caddy = Caddy(work / "authority", listen, work / "caddy.log", ports["https"], ports["http"])
    front = Front(folder, root, caddy, Program("web", folder), f"http://{listen}")
    try:
        front.hub.start()
        wait_for_hub(front.direct, front.hub)
        caddy.start()
    except BaseException:
        front.close()
        raise
    return front
