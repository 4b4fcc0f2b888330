"""The bench of forwarding, at a size that proves only that it runs and counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench import check_in, forwarding
from kiosk.clock import Clock
from kiosk.store import outbox
from kiosk.store.database import db, writing
from kiosk.upstream.simulator import Platform


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = subprocess.run(
        [sys.executable, "-m", "bench.forwarding", "--count", "24", "--folder", str(tmp_path)],
        check=False, capture_output=True, text=True, timeout=120, cwd=Path(forwarding.__file__).parent.parent,
    )  # fmt: skip
    assert program.returncode == 0, program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    zeros = ("doses lost", "doses doubled", "messages without a receipt", "doses in a wrong state", "ghosts")
    for name in (*zeros, "audit entries broken"):
        assert said["targets"][name] == [0, "<=", 0, True]
    assert list(tmp_path.iterdir()) == [], "it takes its databases away again"


def test_it_sees_what_was_lost_doubled_or_not_proven(tmp_path: Path) -> None:
    clock = Clock(check_in.ZONE)
    app, ids = check_in.prepare(tmp_path, 2, clock.now(), check_in.SITE + forwarding.TABLE)
    by = forwarding.give_doses(app, ids, clock.now(), clock)
    platform = Platform(tmp_path / "platform")
    platform.start()
    try:
        assert forwarding.reread(app, platform)["doses lost"] == 2
        assert forwarding.reread(app, platform)["messages without a receipt"] == 2
        forwarding.forward_all(app, platform, 60)
        assert set(forwarding.reread(app, platform).values()) == {0}
        forwarding.change_some(app, by, clock.now())
        wrong = {name: worth for name, worth in forwarding.reread(app, platform).items() if worth}
        assert wrong == {"messages without a receipt": 1, "doses in a wrong state": 1, "ghosts": 1}
        forwarding.forward_all(app, platform, 60)
        assert set(forwarding.reread(app, platform).values()) == {0}
        platform.misbehave(duplicate=True)
        with app.app_context(), writing():
            for message in db.session.scalars(db.select(outbox.Message)):
                message.state = "waiting"
        forwarding.forward_all(app, platform, 60)
        assert forwarding.reread(app, platform)["doses doubled"] > 0
    finally:
        platform.stop()
