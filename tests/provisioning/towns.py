"""Network namespaces joined to one in the middle: a box, and whoever may come near it. Needs root."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# Opens what a box opens and more, on every address; echoes what it hears by UDP. Says when it is there.
LISTEN = """
import json, socket, struct, sys, threading
tcp, udp, groups = json.loads(sys.argv[1])
for port in tcp:
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("", port)); s.listen(50)
    threading.Thread(target=lambda s=s: [s.accept() for _ in iter(int, 1)], daemon=True).start()
def echo(s):
    while True:
        said, who = s.recvfrom(100)
        s.sendto(said, who)
for port in udp:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", port))
    for own in groups if port == 5353 else ():
        both = socket.inet_aton("224.0.0.251") + socket.inet_aton(own)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, both)
    threading.Thread(target=echo, args=(s,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""
# Asks all at once; a silent one is waited for no longer than SECONDS.
ASK = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
SECONDS = 1.5
def tcp(host, port):
    try:
        socket.create_connection((host, port), SECONDS).close()
    except TimeoutError:
        return "silent"
    except ConnectionRefusedError:
        return "refused"
    except OSError as error:
        return "refused" if error.errno == 113 else f"odd {error}"
    return "open"
def udp(host, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(SECONDS)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if port in (5353, 67):
        s.bind(("", {5353: 5353, 67: 68}[port]))
    try:
        s.sendto(b"?", (host, port))
        return "open" if s.recv(10) == b"?" else "odd"
    except TimeoutError:
        return "silent"
    except ConnectionRefusedError:
        return "refused"
    except OSError as error:
        return f"odd {error}"
asked = json.loads(sys.argv[1])
with ThreadPoolExecutor(len(asked)) as pool:
    print(json.dumps(list(pool.map(lambda one: {"tcp": tcp, "udp": udp}[one[0]](*one[1:]), asked))))
"""


class Towns:
    """`box` in the middle, with an interface to each neighbour: `(interface, the box's address, the neighbour's)`."""

    def __init__(self, neighbours: dict[str, tuple[str, str, str]]) -> None:
        self._prefix = f"kiosk{os.getpid()}"
        self._listening: list[subprocess.Popen[str]] = []
        self.neighbours = neighbours
        for name in ("box", *neighbours):
            _run("ip", "netns", "add", self.name(name))
            self.inside(name, "ip", "link", "set", "lo", "up")
        for name, (interface, own, theirs) in neighbours.items():
            self.inside("box", "ip", "link", "add", interface, "type", "veth", "peer", "name", "eth0", "netns",
                        self.name(name))  # fmt: skip
            self.inside("box", "ip", "address", "add", f"{own}/24", "dev", interface)
            self.inside("box", "ip", "link", "set", interface, "up")
            self.inside(name, "ip", "address", "add", f"{theirs}/24", "dev", "eth0")
            self.inside(name, "ip", "link", "set", "eth0", "up")
            self.inside(name, "ip", "route", "add", "default", "via", own)
        self.inside("box", "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def name(self, town: str) -> str:
        """Its namespace's."""
        return f"{self._prefix}-{town}"

    def inside(self, town: str, *command: str, text: str | None = None) -> str:
        """What a command in this town says."""
        return _run("ip", "netns", "exec", self.name(town), *command, text=text)

    def listen(self, town: str, tcp: list[int], udp: list[int] | None = None) -> None:
        """From now on something answers at these ports of it."""
        groups = [own for _, own, _ in self.neighbours.values()] if town == "box" else []
        command = ["ip", "netns", "exec", self.name(town), sys.executable, "-c", LISTEN]
        program = subprocess.Popen(
            [*command, json.dumps([tcp, udp or [], groups])], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._listening.append(program)
        assert program.stdout
        assert program.stdout.readline() == "ready\n"

    def ask(self, town: str, *what: tuple[str, str, int]) -> dict[tuple[str, str, int], str]:
        """What becomes of each (tcp or udp, host, port) when somebody in this town tries: open, refused or silent."""
        said: Any = json.loads(self.inside(town, sys.executable, "-c", ASK, json.dumps(what)))
        return dict(zip(what, said, strict=True))

    def close(self) -> None:
        """Takes all of it away."""
        for program in self._listening:
            program.kill()
            program.wait()
        for name in ("box", *self.neighbours):
            subprocess.run(["ip", "netns", "del", self.name(name)], check=False, capture_output=True)


def possible() -> str:
    """ "" where this machine lets us, else why not."""
    if os.geteuid() != 0:
        return "needs root"
    for program in ("ip", "nft", "unshare"):
        if not any(Path(folder, program).exists() for folder in ("/usr/sbin", "/sbin", "/usr/bin", "/bin")):
            return f"needs {program}"
    tried = subprocess.run(["unshare", "--net", "nft", "list", "ruleset"], check=False, capture_output=True)
    return "" if tried.returncode == 0 else "the kernel gives no namespace with a firewall of its own"


def _run(*command: str, text: str | None = None) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, input=text, timeout=60)
    assert done.returncode == 0, (command[:8], done.stderr)
    return done.stdout
