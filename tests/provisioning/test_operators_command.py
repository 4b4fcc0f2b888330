"""The command `kiosk` of an installed box: as which user, with whose groups, where a relative name is looked for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

COMMAND = Path(__file__).parents[2] / "provisioning" / "kiosk"
PASSWD = "kiosk-hub:x:64001:64001::/:/bin/false\nkiosk-agent:x:64002:64002::/:/bin/false\n"
GROUP = "kiosk-hub:x:64001:\nkiosk-agent:x:64002:\nkiosk-data:x:64003:kiosk-hub\nvideo:x:64004:kiosk-agent\n"
JOURNAL = "systemd-journal:x:64005:\n"
# In the place of the box's Python: it says what it was started as.
PYTHON = '#!/bin/sh\nid -u\nid -G\npwd\necho "$PYTHONPATH $PYTHONSAFEPATH"\necho "$@"\n'
# An installed box's places, in a view of the files of its own.
BOX = """
set -eu
mount -t tmpfs none /opt
mkdir -p /opt/kiosk/current/.venv/bin
cp "$1/python" /opt/kiosk/current/.venv/bin/python
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
cd "$1/mine"
shift
exec "$@"
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a view of the files of its own needs root")


def said(folder: Path, group: str) -> list[str]:
    for name, text in (("passwd", PASSWD), ("group", group), ("python", PYTHON)):
        (folder / name).write_text("root:x:0:\n" + text if name == "group" else text)
    (folder / "python").chmod(0o755)
    (folder / "mine").mkdir()
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c", BOX, "box", folder, COMMAND, "doctor", "--bundle", "my box.zip"],
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = folder / "mine" / "my box.zip"
    assert made.stat().st_mode & 0o777 == 0o600
    return made.read_text().splitlines()


def test_it_is_the_hub_with_what_opens_camera_and_log_and_stays_where_it_was_called(tmp_path: Path) -> None:
    user, groups, here, found, words = said(tmp_path, GROUP + JOURNAL)
    assert user == "64001"
    assert {int(each) for each in groups.split()} == {64001, 64002, 64003, 64004, 64005}
    assert here == str(tmp_path / "mine"), "a relative name is the caller's"
    assert found == "/opt/kiosk/current 1", "and no program of the caller's folder is run"
    assert words == "-m kiosk --folder /var/lib/kiosk doctor --bundle -", "root makes the file"


def test_a_system_without_a_journal_has_the_command_too(tmp_path: Path) -> None:
    user, groups, *_ = said(tmp_path, GROUP)
    assert (user, 64005 in {int(each) for each in groups.split()}) == ("64001", False)
