"""A clean Debian system in a folder: made by debootstrap, changed by our set-up, looked at file by file."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

MIRROR = "http://deb.debian.org/debian"
BASE = "systemd,systemd-sysv,dbus,ca-certificates,udev"
SOURCE = "root/kiosk"
# Not compared: what is of one start only; apt's lists and archives, and what programs log, which setup does not own;
# what systemd-nspawn itself lays out at each call.
LEFT_OUT = ("proc", "sys", "run", "tmp", "dev", "var/tmp", "var/cache/apt", "var/lib/apt/lists", "var/log", SOURCE)
# SQLite keeps these beside an open database and takes them away again: the times of the database say nothing either.
DATABASE = re.compile(r"kiosk\.db(-wal|-shm)?$")
PASSED_ON = re.compile(r"(PIP_(DEFAULT_TIMEOUT|INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|PROXY)|(https?|no)_proxy)$", re.I)
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
EMULATED = {"arm64": "aarch64", "amd64": "x86_64"}
# The first bytes of a program for 64-bit ARM, and which of them count: as qemu's own registration has them.
ARM64_MAGIC = (
    r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
    r":\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
)
BINFMT = Path("/proc/sys/fs/binfmt_misc")


class Unable(Exception):
    """This machine cannot do it; the message says what is missing."""


def require_tools(arch: str) -> None:
    """Raises Unable naming what must be here first."""
    if os.geteuid() != 0:
        raise Unable("a system is only made and started by root: sudo ./dev bench provision")
    missing = [name for name in ("debootstrap", "systemd-nspawn", "nsenter", "git") if not shutil.which(name)]
    if missing:
        raise Unable(f"missing here: {', '.join(missing)}; get them: apt install debootstrap systemd-container git")
    if EMULATED[arch] != os.uname().machine:
        _emulate(arch)


def _emulate(arch: str) -> None:
    name = EMULATED[arch]
    qemu = shutil.which(f"qemu-{name}-static")
    if arch != "arm64" or qemu is None:
        raise Unable(f"programs of {arch} do not run here; get qemu with: apt install qemu-user-static")
    if not (BINFMT / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)], check=True)
    if not (BINFMT / f"qemu-{name}").exists():
        # F: the interpreter is opened now, so that it need not be inside the root.
        (BINFMT / "register").write_text(f":qemu-{name}:M::{ARM64_MAGIC}:{qemu}:F")


def make_clean(root: Path, suite: str, arch: str, cache: Path) -> None:
    """Lays a minimal Debian out in `root`, which must not exist; from an earlier run's archive where there is one."""
    archive = cache / f"{suite}-{arch}.tar"
    if not archive.exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = ["debootstrap", "--variant=minbase", f"--arch={arch}", f"--include={BASE}", suite, str(root), MIRROR]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Unable(f"debootstrap: {(done.stdout + done.stderr).strip().splitlines()[-1]}")
        draft = archive.with_suffix(".draft")
        subprocess.run(["tar", "--numeric-owner", "-C", str(root), "-cf", str(draft), "."], check=True)
        draft.replace(archive)
        return
    root.mkdir(parents=True)
    subprocess.run(["tar", "--numeric-owner", "-C", str(root), "-xpf", str(archive)], check=True)


def copy(root: Path, other: Path) -> None:
    """The same system once more."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(root), str(other)], check=True)


def carry_tree(tree: Path, root: Path) -> None:
    """The working tree as git knows it, without what it ignores, into /root/kiosk, as an unpacked archive would lie."""
    listed = subprocess.run(
        ["git", "-C", str(tree), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    (root / SOURCE).mkdir(parents=True, exist_ok=True)
    names = [name for name in listed.split(b"\0") if name and (tree / os.fsdecode(name)).exists()]
    pack = [
        "tar",
        "-C",
        str(tree),
        "--owner=0",
        "--group=0",
        "--null",
        "--verbatim-files-from",
        "--files-from=-",
        "-cf",
    ]
    with tempfile.NamedTemporaryFile(suffix=".tar") as packed:
        subprocess.run([*pack, packed.name], input=b"".join(name + b"\0" for name in names), check=True)
        subprocess.run(["tar", "-C", str(root / SOURCE), "-xf", packed.name], check=True)


def inside(root: Path, *command: str, cache: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command in a system that is not booted, with this machine's network and its authorities for pip."""
    settings = [f"--setenv={key}={value}" for key, value in os.environ.items() if PASSED_ON.match(key)]
    binds = []
    if AUTHORITIES.exists():
        binds.append(f"--bind-ro={AUTHORITIES}:/run/authorities.crt")
        settings.append("--setenv=PIP_CERT=/run/authorities.crt")
    if cache:
        (cache / "pip").mkdir(parents=True, exist_ok=True)
        binds.append(f"--bind={cache / 'pip'}:/run/pip")
        settings.append("--setenv=PIP_CACHE_DIR=/run/pip")
    return subprocess.run(
        [*NSPAWN, "--as-pid2", "--resolv-conf=bind-host", *binds, *settings, "-D", str(root), *command],
        check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


NSPAWN = ("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--timezone=off")

Look = dict[str, str]


def look(root: Path) -> Look:
    """Every path with kind, mode, owner, and content or target; the time of change too, where it is a file."""
    return {str(path.relative_to(root)): _seen(path) for path in _paths(root, root)}


def _paths(folder: Path, root: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if str(path.relative_to(root)) in LEFT_OUT or path.name in ("kiosk.db-wal", "kiosk.db-shm"):
            continue
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _paths(path, root)


def _seen(path: Path) -> str:
    about = path.lstat()
    said = f"{stat.filemode(about.st_mode)} {about.st_uid}:{about.st_gid}"
    if path.is_symlink():
        return f"{said} -> {path.readlink()}"
    if not stat.S_ISREG(about.st_mode):
        return said
    when = "" if DATABASE.search(path.name) else f" {about.st_mtime_ns}"
    with path.open("rb") as file:
        return f"{said} {hashlib.file_digest(file, 'sha256').hexdigest()}{when}"


def differences(before: Look, after: Look) -> list[str]:
    """What is different, a line to a path: `+` is new, `-` is gone, `~` has changed."""
    paths = sorted(before.keys() | after.keys())
    signs = {path: "+" if path not in before else "-" if path not in after else "~" for path in paths}
    return [f"{signs[path]} {path}" for path in paths if before.get(path) != after.get(path)]


def digest(seen: Look) -> str:
    """One number for all of it."""
    return hashlib.sha256("".join(f"{path}\0{about}\n" for path, about in sorted(seen.items())).encode()).hexdigest()
