"""From a clean Debian to a working box: provisioned twice, started with no network and a wrong clock, unplugged.

A clean system is made in a folder, with what a power cut in an earlier set-up leaves; and `provisioning/setup` makes a
practice site of it: hub and kiosk on one machine, without a screen. Setup runs twice: the second time nothing at all
may be different. Then the system is started in a container that has no network, under a clock that is behind its own
program's date. Measured is the time from the first instruction of its systemd to the hub's own word that it is ready;
beside it, in the same run, the same Debian without us. Under a right clock one invented person walks from card to
receipt with the units as the programs, and it is unplugged again and again while somebody writes. In a second fresh
copy the person walks while every unit is killed with -9, and the clock is lost when the day is open and set again when
they have their number.

Not a Pi: no firmware, no kernel start, no card. `provisioning/time-to-ready` and `provisioning/card-test` measure
there.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench import provision_root
from bench.provision_box import Container
from bench.provision_course import DATA, READY, Wrong, hub_back, measure_start, telling, unplug, walk
from bench.provision_root import Unable
from bench.report import Figure, Target, finish

TREE = Path(__file__).parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "diem-tiem"
PLAIN = "plain Debian, start to all of it, s"
TWICE = (
    Target("changes that the second set-up tells of", "<=", 0),
    Target("paths that the second set-up changed", "<=", 0),
)
BOOTED = (
    Target(READY, "<=", 40.0),
    Target("units that failed", "<=", 0),
    Target("walks that failed", "<=", 0),
    Target("unplugged and not whole again", "<=", 0),
    Target("written acts lost", "<=", 0),
)
# Ports of the practice site's virtual camera, printer and platform; nobody else lives in the container.
ANSWERS = """\
ROLE=both
MODE=demo
SITE_NAME=Điểm tiêm Trường THCS Thử Nghiệm
SITE_CODE=DEMO-01
LEAD_NAME=Lò Thị Mai
LEAD_BADGE=TRUONG1
LEAD_PIN=1001
CAMERA=http://127.0.0.1:9001/camera.mjpeg
PRINTER=tcp://127.0.0.1:9002
UPSTREAM_URL=http://127.0.0.1:9003/fhir
SCREEN=no
TECHNICIAN=kythuat
TECHNICIAN_PASSWORD=mot-hai-ba
"""
SETUP = (f"/{provision_root.SOURCE}/provisioning/setup", "--answers", "/root/answers", "--no-screen")
AHEAD_SECONDS = 30 * 24 * 3600
# Asks for a page as a phone would, where nothing but the program itself is at hand.
ONE_PAGE = """\
cd /opt/kiosk/current
kiosk web >/tmp/web.log 2>&1 &
ask='from urllib.request import urlopen; print(urlopen("http://127.0.0.1:8080/ready").read().decode())'
for _ in $(seq 300); do
    .venv/bin/python -c "$ask" 2>/dev/null && exit 0
    sleep 1
done
cat /tmp/web.log
exit 1
"""


def set_up(root: Path, cache: Path) -> list[str]:
    """Runs setup in a system that is not booted; the lines that it says it changed. Raises Wrong when it fails."""
    done = provision_root.inside(root, *SETUP, cache=cache)
    if done.returncode:
        raise Wrong(f"setup ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return changes(done.stdout)


def cut_off(root: Path) -> None:
    """What a power cut leaves of a set-up: Debian in the middle of an installation, a login without its password."""
    status = (root / "var/lib/dpkg/status").read_text(encoding="utf-8")
    (root / "var/lib/dpkg/updates/0000").write_text(status.split("\n\n")[0] + "\n", encoding="utf-8")
    provision_root.inside(root, "useradd", "--create-home", "kythuat")


def require_login(root: Path) -> None:
    """Raises Wrong when the technician has no password."""
    if re.search(r"^kythuat:[!*]", (root / "etc/shadow").read_text(encoding="utf-8"), re.M):
        raise Wrong("the technician cannot sign in")


def changes(said: str) -> list[str]:
    """What setup said it changed."""
    return re.findall(r"^changed: (.*)$", said, re.M)


def practise(root: Path) -> None:
    """What only a walk in a container needs: pages that do not lock when the site's clock jumps, and nobody sets it."""
    path = root / f"{DATA[1:]}/site.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[hub]\n", "[hub]\nlock_minutes = 0\n", 1), encoding="utf-8")
    spare_clock(root)


def spare_clock(root: Path) -> None:
    """Nothing of the system tries to set a clock that a container may not set."""
    for unit in ("fake-hwclock.service", "fake-hwclock-load.service"):
        lines = root / f"etc/systemd/system/{unit}.d/container.conf"
        lines.parent.mkdir(parents=True, exist_ok=True)
        # As chrony says it: a container may not set the clock, and this unit would fail where that of a Pi does not.
        lines.write_text("[Unit]\nConditionCapability=CAP_SYS_TIME\n", encoding="ascii")


def set_clock(root: Path, *, right: bool) -> None:
    """Right, or a month behind the day on which the release says it was built: a container cannot set its clock."""
    built = time.time() + (-1 if right else 1) * AHEAD_SECONDS
    os.utime(_release(root) / "kiosk/clock.py", (built, built))


def _release(root: Path) -> Path:
    link = (root / "opt/kiosk/current").readlink()
    return root / "opt/kiosk" / link if not link.is_absolute() else root / str(link)[1:]


def provision(root: Path, cache: Path, suite: str, arch: str) -> dict[str, Figure]:
    """A clean system, provisioned twice."""
    with telling(f"a clean {suite} for {arch}"):
        provision_root.make_clean(root, suite, arch, cache)
    provision_root.carry_tree(TREE, root)
    (root / "root/answers").write_text(ANSWERS, encoding="utf-8")
    cut_off(root)
    begun = time.monotonic()
    with telling("set up"):
        first = set_up(root, cache)
    took = time.monotonic() - begun
    require_login(root)
    before = provision_root.look(root)
    begun = time.monotonic()
    with telling("set up once more"):
        second = set_up(root, cache)
    again = time.monotonic() - begun
    after = provision_root.look(root)
    different = provision_root.differences(before, after)
    for line in [*second, *different][:20]:
        print(f"           the second time: {line}")
    digests = " and ".join(provision_root.digest(seen)[:16] for seen in (before, after))
    print(f"           {len(after)} paths, sha256 {digests}")
    return {
        "set-up of a clean system, s": round(took, 1),
        "set-up once more, s": round(again, 1),
        "changes of the first set-up": len(first),
        "changes that the second set-up tells of": len(second),
        "paths compared": len(after),
        "paths that the second set-up changed": len(different),
    }


def plain_start(root: Path, cache: Path, suite: str, arch: str) -> float:
    """The same Debian without us: seconds to the end of its start."""
    provision_root.make_clean(root, suite, arch, cache)
    with Container(root, root.with_suffix(".log")) as container:
        return round(container.await_end_of_start(), 2)


def start_and_break(work: Path, cache: Path, suite: str, arch: str, times: int) -> dict[str, Figure]:
    """Everything that is done with the provisioned system once it runs."""
    box, other = work / "box", work / "other"
    practise(box)
    provision_root.copy(box, other)
    figures: dict[str, Figure] = {PLAIN: plain_start(work / "plain", cache, suite, arch)}
    set_clock(box, right=False)
    with Container(box, work / "box.log") as container:
        figures |= measure_start(container)
        figures["hub killed with -9 to ready, s"] = hub_back(container)
        container.unplug()
        set_clock(box, right=True)
        container.plug_in()
        container.await_programs()
        failed = walk(container)
        figures |= unplug(container, times, random.Random(9))
    set_clock(other, right=True)
    with Container(other, work / "other.log") as container:
        container.await_programs()
        # Whoever comes gets a number all the same; vials and doses wait for the date, as the rules of stock say.
        lost_and_set = {"day": partial(set_clock, other, right=False), "number": partial(set_clock, other, right=True)}
        failed += walk(container, "--kill", after=lost_and_set)
    return figures | {"walks": 2, "walks that failed": failed}


def answer_one_page(root: Path) -> int:
    """Starts the hub of a system that is not booted and asks for one page; 1 when none came."""
    with telling("one page of a system that is not booted"):
        done = provision_root.inside(root, "bash", "-c", ONE_PAGE)
    print(done.stdout.rstrip())
    return int(done.returncode != 0)


def measure(work: Path, cache: Path, suite: str, arch: str, times: int) -> tuple[dict[str, Figure], tuple[Target, ...]]:
    """Every figure of one run, and what is promised of them. A foreign machine's system is provisioned, not booted."""
    figures = provision(work / "box", cache, suite, arch)
    if provision_root.EMULATED[arch] == os.uname().machine:
        return figures | start_and_break(work, cache, suite, arch, times), (*TWICE, *BOOTED)
    figures["pages not answered"] = answer_one_page(work / "box")
    return figures, (*TWICE, Target("pages not answered", "<=", 0))


def main() -> None:
    """Measures, tells; ends with 1 when anything failed, was lost or was changed by the second set-up."""
    native = next(arch for arch, machine in provision_root.EMULATED.items() if machine == os.uname().machine)
    options = argparse.ArgumentParser(prog="bench.provision", description=__doc__.split("\n")[0])
    options.add_argument("--suite", choices=("bookworm", "trixie"), default="bookworm")
    options.add_argument("--arch", choices=tuple(provision_root.EMULATED), default=native)
    options.add_argument("--unplug", type=int, default=3, metavar="TIMES", help="how often the plug is pulled")
    options.add_argument("--root", type=Path, metavar="DIR", help="where the systems are made; 6 GB must be free there")
    options.add_argument("--keep", action="store_true", help="leave the systems there")
    chosen = options.parse_args()
    try:
        provision_root.require_tools(chosen.arch)
        work = Path(tempfile.mkdtemp(prefix="provision-", dir=chosen.root))
        try:
            figures, targets = measure(work, CACHE, chosen.suite, chosen.arch, chosen.unplug)
        finally:
            if chosen.keep:
                print(f"the systems are in {work}", file=sys.stderr)
            else:
                shutil.rmtree(work, ignore_errors=True)
    except (Unable, Wrong, TimeoutError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    wrong = any(not target.met_by(figures[target.name]) for target in targets if target.name != READY)
    finish(f"provision {chosen.suite} {chosen.arch}", figures, targets, wrong)


if __name__ == "__main__":
    main()
