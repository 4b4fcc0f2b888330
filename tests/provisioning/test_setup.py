"""The set-up: its answers, and what it makes of them. A whole box: bench/provision.py."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import kiosk
from kiosk import config

ROOT = Path(kiosk.__file__).parent.parent
PROVISIONING = ROOT / "provisioning"
SKIPPED = {".git", ".venv", "node_modules", "build", "data"}
BOTH = {"ROLE": "both", "SITE_NAME": "Điểm tiêm xã Thử Nghiệm", "SITE_CODE": "YB-0214", "LEAD_NAME": "Lò Thị Mai",
        "LEAD_PIN": "2749"}  # fmt: skip
EXTRA = {"ROLE": "kiosk", "HOSTNAME": "kiosk-2", "HUB": "diem-tiem.local", "CODE": "ABCD-EFGH-JKLM-NPQR"}
LOGIN = {"TECHNICIAN": "kythuat", "TECHNICIAN_PASSWORD": "mot-hai-ba"}


def scripts() -> Iterator[Path]:
    """Every shell script of the tree, by its first line."""
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in SKIPPED and not name.endswith("_cache")]
        for path in (Path(folder, name) for name in names):
            if path.is_file() and re.match(rb"#!.*\b(ba)?sh\b|# shellcheck shell=bash", path.open("rb").read(40)):
                yield path


SCRIPTS = sorted(scripts())


def run(*words: str | Path, cwd: Path | None = None, **facts: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": "/", "LANG": "C.UTF-8"} | facts,
    )  # fmt: skip


def written(folder: Path, answers: dict[str, str]) -> Path:
    path = folder / "answers"
    path.write_text("".join(f"{key}={value}\n" for key, value in answers.items()), encoding="utf-8")
    return path


def checked(folder: Path, answers: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return run(PROVISIONING / "setup", "--check", "--answers", written(folder, answers))


def in_parts(script: str, folder: Path, answers: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs some of the parts' own functions after the answers were read."""
    parts = " ".join(f". {PROVISIONING}/lib/{noun}.sh;" for noun in ("say", "answers", "site", "farewell"))
    read = f"default_answers; read_answers {written(folder, answers)}; ROLE=$(answer ROLE); KIOSK_HOSTNAME=diem-tiem;"
    return run("bash", "-c", f"set -eu; {parts} {read} {script}")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_script_is_clean(script: Path) -> None:
    done = run("shellcheck", "-x", "-P", "SCRIPTDIR", script)
    assert done.returncode == 0, done.stdout


def test_the_scripts_were_found() -> None:
    assert {PROVISIONING / "setup", PROVISIONING / "prepare-card", PROVISIONING / "kiosk", ROOT / "dev"} <= set(SCRIPTS)


@pytest.mark.parametrize(
    "answers", [BOTH, BOTH | {"ROLE": "hub", "MODE": "demo", "UPSTREAM_URL": "http://127.0.0.1:9003/fhir"}, EXTRA]
)
def test_good_answers_are_good_and_nothing_is_written(tmp_path: Path, answers: dict[str, str]) -> None:
    done = checked(tmp_path, answers)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "answers").read_text(encoding="utf-8").count("\n") == len(answers)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ROLE", "all"), ("HOSTNAME", "Điểm"), ("HOSTNAME", "x" * 21), ("SITE_NAME", ""),
        ("SITE_NAME", "x" * 81), ("SITE_CODE", ""),
        ("LANGUAGE", "fr"), ("MODE", "test"), ("LEAD_NAME", ""), ("LEAD_BADGE", "thẻ 1"), ("LEAD_PIN", ""),
        ("LEAD_PIN", "12a4"), ("LEAD_PIN", "123"), ("LEAD_PIN", "1234"), ("LEAD_PIN", "9876"), ("LEAD_PIN", "7777"),
        ("LEAD_PIN", "4242"), ("PAPER_MM", "76"), ("PRINTER", "usb"), ("SCANNER", "gun"), ("DATA_DEVICE", "sda; rm"),
        ("UPSTREAM_URL", "http://platform.example/fhir"), ("WIFI_PASSWORD", "short"), ("SCREEN", "maybe"),
        ("RTC_BATTERY", "yes"), ("RTC_BATTERY", "3000000"), ("VIDEO", "1280x800"), ("VIDEO", "HDMI-A-1:x quiet"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_refused_by_its_name(tmp_path: Path, key: str, value: str) -> None:
    done = checked(tmp_path, BOTH | {key: value})
    assert done.returncode == 1
    assert done.stderr.startswith(f"{key}: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("key", "value"), [("HUB", ""), ("HUB", "a b"), ("CODE", ""), ("CODE", "1234")])
def test_an_extra_box_needs_its_hub_and_a_code(tmp_path: Path, key: str, value: str) -> None:
    done = checked(tmp_path, EXTRA | {key: value})
    assert (done.returncode, done.stderr[: len(key) + 1]) == (1, f"{key}:")


def test_what_is_no_answer_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    for line in ("LED_PIN=2749", "PATH=/evil", "just words", "ANSWER_ROLE=hub", "site_name=x"):
        path.write_text(f"ROLE=both\n\n{line}\n", encoding="utf-8")
        done = run(PROVISIONING / "setup", "--check", "--answers", path, LANG="en_US.UTF-8")
        assert done.returncode == 1
        assert f"{path}, " in done.stderr
        assert " 3: " in done.stderr


def test_answers_are_parsed_and_never_run(tmp_path: Path) -> None:
    answers = written(
        tmp_path, BOTH | {"SITE_NAME": "$(touch trap) `touch trap` \"; touch trap #'", "LEAD_NAME": "a[$(touch trap)]"}
    )
    done = run(PROVISIONING / "setup", "--check", "--answers", answers, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["answers"]


def test_answers_as_windows_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    path.write_bytes(
        "".join(f"{key}={value}\n" for key, value in BOTH.items()).replace("\n", "\r\n").encode("utf-8-sig")
    )
    assert run(PROVISIONING / "setup", "--check", "--answers", path).returncode == 0


def test_the_setup_without_answers_says_what_it_needs() -> None:
    done = run(PROVISIONING / "setup", "--check")
    assert done.returncode == 1
    assert "--answers" in done.stderr


def test_the_example_names_every_answer_and_no_other() -> None:
    example = (PROVISIONING / "answers.example").read_text(encoding="utf-8")
    known = run("bash", "-c", f'. {PROVISIONING}/lib/answers.sh; printf "%s " $KNOWN_ANSWERS').stdout.split()
    assert len(known) > 20
    assert set(re.findall(r"^([A-Z_]+)=", example, flags=re.M)) == set(known)


@pytest.mark.parametrize(("role", "make"), [("both", "hub_toml"), ("hub", "hub_toml"), ("kiosk", "kiosk_toml")])
def test_the_settings_made_of_answers_are_read_back(tmp_path: Path, role: str, make: str) -> None:
    name = 'Điểm tiêm "Trạm \\ y tế"'
    # An extra box is asked for no more than EXTRA holds.
    given = EXTRA if role == "kiosk" else BOTH | {"ROLE": role, "SITE_NAME": name}
    given = given | {"PAPER_MM": "58"}
    done = in_parts(make, tmp_path, given)
    assert done.returncode == 0, done.stderr
    (tmp_path / "site.toml").write_text(done.stdout, encoding="utf-8")
    settings = config.load(tmp_path)
    assert settings.site.name == ("diem-tiem" if role == "kiosk" else name)
    if role == "kiosk":
        assert settings.site.box == "diem-tiem"
        assert settings.agent.hub == "https://diem-tiem.local"
        assert settings.agent.ca_file
        assert settings.stations == ()
    else:
        assert settings.hub.staff_address == "https://diem-tiem.local"
        assert settings.hub.trusted_only
        assert [s.kind for s in settings.stations] == [
            "kiosk",
            "desk",
            "screening",
            "injection",
            "observation",
            "finish",
        ]
        assert {s.printer for s in settings.stations} == {"kiosk-1"}
    assert settings.printer.paper_mm == (80 if role == "hub" else 58)


QUEUE = """
CHANGES={folder}/changes SLIP_MARK={folder}/first-slip
as_hub() {{ [ ! -e {folder}/away ] && echo "$*" >>{folder}/queued; }}
own_station() {{ echo kiosk-1; }}
touch {folder}/away; queue_slip; rm {folder}/away
queue_slip; queue_slip
"""


def test_the_first_slip_is_printed_once_and_also_after_a_set_up_that_was_cut_off(tmp_path: Path) -> None:
    done = in_parts(QUEUE.format(folder=tmp_path), tmp_path, BOTH)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("sudo kiosk print status") == 1, "the one that was not queued is told"
    assert (tmp_path / "queued").read_text() == "print status --station kiosk-1 --pair desk-1\n"


def test_the_platforms_key_is_named_where_there_is_one_and_never_in_the_settings(tmp_path: Path) -> None:
    done = in_parts("hub_toml", tmp_path, BOTH | {"UPSTREAM_URL": "https://p.example/fhir", "UPSTREAM_TOKEN": "s3cret"})
    assert "s3cret" not in done.stdout
    (tmp_path / "site.toml").write_text(done.stdout, encoding="utf-8")
    assert config.load(tmp_path).upstream.token_file == "upstream.token"


def test_used_secrets_leave_the_answers_and_nothing_else_does(tmp_path: Path) -> None:
    answers = BOTH | LOGIN | {"UPSTREAM_TOKEN": "s3cret"}
    done = in_parts(f"forget_secrets {tmp_path}/answers; forget_secrets {tmp_path}/answers", tmp_path, answers)
    assert done.stdout.count("changed: ") == 1
    left = (tmp_path / "answers").read_text(encoding="utf-8")
    assert "2749" not in left
    assert "s3cret" not in left
    assert LOGIN["TECHNICIAN_PASSWORD"] not in left
    assert f"SITE_NAME={BOTH['SITE_NAME']}\n" in left
    assert [path.name for path in tmp_path.iterdir()] == ["answers"]


def test_what_setup_writes_it_writes_once(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        owner = f"{os.environ.get('USER', 'nobody')}:{os.environ.get('USER', 'nogroup')}"
    else:
        owner = "root:root"
    path, again = (
        tmp_path / "etc" / "file",
        f". {PROVISIONING}/lib/say.sh; printf 'a\\nb' | put {tmp_path}/etc/file 640 {owner}",
    )
    first = run("bash", "-c", again)
    before = path.stat()
    second = run("bash", "-c", again)
    assert (first.stdout, second.stdout) == (f"changed: {path}\n", "")
    assert path.stat() == before or path.stat().st_mtime_ns == before.st_mtime_ns
    assert (path.read_text(), oct(path.stat().st_mode & 0o777)) == ("a\nb", "0o640")
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_users_and_folders_are_those_of_the_units() -> None:
    declared = (PROVISIONING / "sysusers.d" / "kiosk.conf").read_text()
    users = set(re.findall(r"^u (\S+)", declared, flags=re.M))
    groups = set(re.findall(r"^g (\S+)", declared, flags=re.M)) | users
    units = [path.read_text() for path in (ROOT / "systemd").glob("*.service")]
    assert units
    asked = {name for text in units for name in re.findall(r"^User=(\S+)", text, flags=re.M)}
    assert asked == {*users, "root"}, "the clock is root's to set, and nothing else"
    wanted = {
        name
        for text in units
        for line in re.findall(r"^(?:Supplementary)?Groups?=(.+)", text, flags=re.M)
        for name in line.split()
    }
    # tty: what Debian itself has, for the screen's terminal.
    assert wanted - {"tty", "root", "seat", "audio"} <= groups
