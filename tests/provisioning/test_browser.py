"""The screen as a shell sees it: what is installed, what is started, and what never stands on a command line."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

import kiosk

HERE = Path(kiosk.__file__).parent.parent / "provisioning" / "browser"
TOKEN = "ABCD-EFGH-JKMN-2345"
# A Chromium as its keeper sees it: answers each question on the pipe; its one page's title stands in a file.
CHROMIUM = r"""#!/usr/bin/python3
import json, os, pathlib, sys
here = pathlib.Path(os.environ["SEEN"])
with (here / "chromium").open("a") as seen:
    print(json.dumps(sys.argv[1:]), file=seen)
pages, asked, rest = {"first": sys.argv[-1]}, 0, b""
title = here / "title"
while some := os.read(3, 65536):
    *whole, rest = (rest + some).split(b"\0")
    for one in map(json.loads, whole):
        with (here / "asked").open("a") as seen:
            print(one["method"], json.dumps(one["params"]), file=seen)
        answer = {}
        if one["method"] == "Target.getTargets":
            words = title.read_text()
            if words == "exit":
                sys.exit(7)
            if words == "deaf":
                os.close(4)
                os.read(3, 1)
            answer = {"targetInfos": [
                {"targetId": id, "type": "page", "url": url, "title": words} for id, url in pages.items()]}
        elif one["method"] == "Target.createTarget":
            asked += 1
            answer = {"targetId": f"new-{asked}"}
            pages[answer["targetId"]] = one["params"]["url"]
            if words == "broken once":
                title.write_text("Máy lấy số · Điểm tiêm")
        elif one["method"] == "Target.closeTarget":
            pages.pop(one["params"]["targetId"], None)
        os.write(4, json.dumps({"id": one["id"], "result": answer}).encode() + b"\0")
"""


class Box:
    """A machine of its own: programs, settings, folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bin", "run", "secrets", "state"):
            (folder / name).mkdir(mode=0o700)
        self.run = folder / "run"
        self.settings("HUB=http://127.0.0.1:8080\nSTATION=kiosk-1\n")
        self.title("Máy lấy số · Điểm tiêm")
        self.program("chromium", CHROMIUM)
        self.compositor("cage", 'shift; exec "$@"')

    def settings(self, text: str) -> None:
        (self.folder / "screen").write_text(text, encoding="utf-8")

    def title(self, words: str) -> None:
        (self.folder / "title").write_text(words, encoding="utf-8")

    def token(self, text: str) -> None:
        (self.folder / "secrets" / "screen.token").write_text(text, encoding="utf-8")

    def program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def compositor(self, name: str, then: str) -> None:
        """One that notes how it was called."""
        self.program(name, f'#!/bin/bash\nprintf \'%s\\n\' "$*" >"$SEEN/{name}"\nenv >"$SEEN/{name}.env"\n{then}\n')

    def surroundings(self, **more: str) -> Mapping[str, str]:
        return {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "SEEN": str(self.folder),
            "RUNTIME_DIRECTORY": str(self.run),
            "CREDENTIALS_DIRECTORY": str(self.folder / "secrets"),
            "KIOSK_SCREEN_FILE": str(self.folder / "screen"),
        } | more

    def start(self, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [HERE / "kiosk-browser"], env=self.surroundings(**more), stderr=subprocess.PIPE, text=True
        )

    def seen(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait_for(self, name: str, words: str) -> str:
        """Until a file of that name has these words in it."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if words in self.seen(name):
                return self.seen(name)
            time.sleep(0.05)
        raise AssertionError(f"{words} is not in {name}: {self.seen(name)}")

    def chromium(self) -> list[str]:
        """How Chromium was called first."""
        self.wait_for("chromium", "]")
        return list(json.loads(self.seen("chromium").splitlines()[0]))


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def ended(process: subprocess.Popen[str], seconds: float = 20) -> tuple[int, str]:
    """Exit code and what it complained of."""
    _, said = process.communicate(timeout=seconds)
    return process.returncode, said


def test_one_screen_is_cage_with_one_page_and_the_token_stands_on_no_command_line(box: Box) -> None:
    box.token(TOKEN)
    process = box.start()
    flags = box.chromium()
    page = box.run / "kiosk.html"
    process.terminate()
    ended(process)
    assert re.fullmatch(r"-- \S+/kiosk-browser screens\n", box.seen("cage")), "no -s: nobody changes the console"
    assert flags[-1] == f"file://{page}"
    for flag in (
        "--kiosk", "--ozone-platform=wayland", "--noerrdialogs", "--no-first-run", "--password-store=basic",
        "--enable-features=OverlayScrollbar",
        "--disable-session-crashed-bubble", "--disable-pinch", "--overscroll-history-navigation=0",
        "--autoplay-policy=no-user-gesture-required", f"--user-data-dir={box.run}/profile-kiosk",
    ):  # fmt: skip
        assert flag in flags
    assert not [flag for flag in flags if "sandbox" in flag or "debugging-port" in flag]
    assert TOKEN not in " ".join(flags) + box.seen("cage") + box.seen("cage.env")
    assert f'"/kiosk/kiosk-1#{TOKEN}"' in page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o777 == 0o600
    text = page.read_text(encoding="utf-8").replace("@font-face", "")
    assert "@" not in text, "nothing was left to be written in"
    assert "XKB_DEFAULT_OPTIONS=srvrkeys:none" in box.seen("cage.env")


def test_a_screen_without_a_token_asks_for_a_code_and_keeps_what_it_is_given(box: Box) -> None:
    box.token("-\n")
    process = box.start(STATE_DIRECTORY=str(box.folder / "state"))
    flags = box.chromium()
    process.terminate()
    ended(process)
    assert f"--user-data-dir={box.folder}/state/profile" in flags
    assert '"/kiosk/kiosk-1"' in (box.run / "kiosk.html").read_text(encoding="utf-8")


def test_nothing_is_waited_for(box: Box) -> None:
    # No hub, no network, no token, no settings of outputs: Chromium is there at once.
    box.settings("STATION=kiosk-1\n")
    process = box.start()
    box.chromium()
    process.terminate()
    ended(process)


def test_two_screens_are_labwc_with_a_chromium_each(box: Box) -> None:
    box.settings("HUB=http://127.0.0.1:8080\nSTATION=kiosk-1\nBOARD=/board?voice=1\nBOARD_OUTPUT=HDMI-A-9\n")
    box.token(TOKEN)
    box.compositor("labwc", "exec ${4% *} screens")
    process = box.start()
    both = box.wait_for("chromium", "board.html")
    box.wait_for("chromium", "kiosk.html")
    process.terminate()
    ended(process)
    assert "--class=board" in both
    assert box.seen("labwc").startswith(f"-C {box.run}/labwc -S ")
    rules = ElementTree.parse(box.run / "labwc" / "rc.xml").getroot()
    outputs = {rule.get("identifier"): rule[0].get("output") for rule in rules.iter("windowRule")}
    assert outputs == {"kiosk": "HDMI-A-1", "board": "HDMI-A-9"}
    assert rules.find("touch").get("mapToOutput") == "HDMI-A-1"
    assert {action.get("name") for action in rules.find("keyboard").iter("action")} == {"None"}
    ElementTree.parse(box.run / "labwc" / "menu.xml")
    assert '"/board?voice=1"' in (box.run / "board.html").read_text(encoding="utf-8")


def test_without_labwc_the_kiosk_alone_is_shown_and_said(box: Box) -> None:
    box.settings("STATION=kiosk-1\nBOARD=/board\n")
    process = box.start(PATH=f"{box.folder / 'bin'}:{_without_labwc(box.folder)}")
    flags = box.chromium()
    process.terminate()
    assert "two screens need labwc" in ended(process)[1]
    assert flags[-1].endswith("/kiosk.html")


def _without_labwc(folder: Path) -> str:
    """The machine's programs but that one."""
    few = folder / "few"
    few.mkdir()
    for name in ("bash", "env", "sed", "tail", "base64", "rm", "mkdir", "dirname", "readlink", "python3", "sh", "cat"):
        (few / name).symlink_to(f"/usr/bin/{name}")
    return str(few)


@pytest.mark.parametrize(
    "text",
    ["STATION=kiosk-1;reboot\n", "HUB=javascript:alert(1)\nSTATION=k\n", "BOARD=/sign-in\n", "HUB=http://127.0.0.1\n"],
)
def test_settings_that_lead_elsewhere_are_refused(box: Box, text: str) -> None:
    box.settings(text)
    code, said = ended(box.start())
    assert code == 1
    assert "kiosk-browser: " in said
    assert not box.seen("chromium")


def test_the_unit_hears_of_a_crash_of_chromium_and_of_one_that_does_not_answer(box: Box) -> None:
    for words in ("exit", "deaf"):
        box.title("Máy lấy số · Điểm tiêm")
        process = box.start()
        box.wait_for("asked", "getTargets")
        box.title(words)
        assert ended(process, 50)[0] != 0
        (box.folder / "asked").unlink()


def test_a_page_that_is_not_ours_is_replaced_and_one_that_never_comes_ends_the_browser(box: Box) -> None:
    process = box.start()
    box.wait_for("asked", "getTargets")
    time.sleep(1.5)  # it has looked once and seen a page of ours
    box.title("broken once")
    asked = box.wait_for("asked", 'closeTarget {"targetId": "first"}')
    assert f'createTarget {{"url": "file://{box.run}/kiosk.html"}}' in asked
    time.sleep(2)
    assert box.seen("asked").count("createTarget") == 1, "a page of ours stays"
    process.terminate()
    assert ended(process)[0] == 0


class SlowChromium:
    """Answers at once; what its page is called is told by `title`, and the time by whoever asks."""

    def __init__(self) -> None:
        self.title, self.now, self.made = "", 0.0, 0

    def ask(self, method: str, hear: object, **parameters: object) -> dict[str, object]:
        if method == "Target.createTarget":
            self.made += 1
            return {"targetId": f"new-{self.made}"}
        page = f"new-{self.made}" if self.made else "first"
        return {"targetInfos": [{"targetId": page, "type": "page", "url": "file:///start", "title": self.title}]}


def test_a_browser_that_is_slow_to_start_is_left_alone_and_a_lost_page_is_not() -> None:
    described = importlib.util.spec_from_file_location("keeper", HERE / "keeper.py")
    assert described
    assert described.loader
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    chromium = SlowChromium()
    keeper = module.Keeper(chromium, "file:///start", lambda: chromium.now)
    chromium.now = 60.0  # the first answer came after a minute
    keeper.begin()
    for chromium.now in (61.0, 75.0, 89.0):
        assert not keeper.look()
    assert chromium.made == 0, "the first page has half a minute"
    chromium.title = "Lấy số · Điểm tiêm"
    assert keeper.look()
    chromium.title = "127.0.0.1"
    chromium.now += 5
    assert not keeper.look()
    assert chromium.made == 1, "then a lost page is replaced within seconds"
    renewed = chromium.now
    while chromium.made < 3:
        chromium.now += 1
        keeper.look()
    assert chromium.now - renewed > 20, "each new one has twice the time"


def test_the_policy_leaves_the_kiosks_own_pages_and_nothing_else(tmp_path: Path) -> None:
    install(tmp_path, "--role", "both")
    policy = json.loads((tmp_path / "etc/chromium/policies/managed/kiosk.json").read_text(encoding="utf-8"))
    assert "*" in policy["URLBlocklist"]
    hub = "http://127.0.0.1:8080"
    assert policy["URLAllowlist"] == [
        f"{hub}/kiosk/", f"{hub}/pair", f"{hub}/board", f"{hub}/language", "file:///run/kiosk-browser/"
    ]  # fmt: skip
    assert policy["DeveloperToolsAvailability"] == 2
    assert policy["DownloadRestrictions"] == 3
    assert not policy["AllowFileSelectionDialogs"]
    assert not policy["PrintingEnabled"]
    assert policy["ExtensionSettings"] == {"*": {"installation_mode": "blocked"}}
    assert policy["CACertificates"] == []


def install(root: Path, *how: str) -> str:
    """What it says it has changed."""
    done = subprocess.run(
        [HERE / "install", "--root", str(root), *how], capture_output=True, text=True, check=True, timeout=20
    )
    return done.stdout


def test_installing_twice_changes_nothing_and_keeps_what_somebody_wrote(tmp_path: Path) -> None:
    assert install(tmp_path, "--role", "both").splitlines() == [
        "changed: /etc/kiosk/screen", "changed: /etc/chromium/policies/managed/kiosk.json"
    ]  # fmt: skip
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert install(tmp_path, "--role", "both") == ""
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    screen = tmp_path / "etc/kiosk/screen"
    screen.write_text("HUB=http://127.0.0.1:8080\nSTATION=kiosk-2\n", encoding="utf-8")
    assert install(tmp_path, "--role", "both") == ""
    assert "kiosk-2" in screen.read_text(encoding="utf-8")


def test_a_hub_without_a_screen_gets_none(tmp_path: Path) -> None:
    assert install(tmp_path, "--role", "hub") == ""
    assert list(tmp_path.iterdir()) == []
    assert "changed" in install(tmp_path, "--role", "hub", "--board", "/board")
    assert "\nSTATION=\n" in (tmp_path / "etc/kiosk/screen").read_text(encoding="utf-8")


def test_an_extra_machine_trusts_the_sites_own_authority_for_its_hub_alone(tmp_path: Path) -> None:
    agent = tmp_path / "var/lib/kiosk/agent"
    agent.mkdir(parents=True)
    (agent / "site.toml").write_text('[agent]\nhub = "https://diem-tiem.local"\n', encoding="utf-8")
    (agent / "hub.crt").write_text("-----BEGIN CERTIFICATE-----\nQUJD\nREVG\n-----END CERTIFICATE-----\n")
    install(tmp_path, "--role", "kiosk", "--station", "kiosk-2")
    policy = json.loads((tmp_path / "etc/chromium/policies/managed/kiosk.json").read_text(encoding="utf-8"))
    assert policy["CACertificates"] == ["QUJDREVG"]
    assert policy["LocalNetworkAccessAllowedForUrls"][0] == "https://diem-tiem.local"
    assert "HUB=https://diem-tiem.local\n" in (tmp_path / "etc/kiosk/screen").read_text(encoding="utf-8")


def test_the_unit_keeps_chromiums_own_sandbox() -> None:
    unit = (HERE.parent.parent / "systemd" / "kiosk-browser.service").read_text(encoding="utf-8")
    assert "RestrictNamespaces=user pid net mnt ipc" in unit
    assert "MemoryDenyWriteExecute=yes" not in unit
    for path in (HERE / "kiosk-browser", HERE / "keeper.py", HERE / "install"):
        assert "--no-sandbox" not in path.read_text(encoding="utf-8")
        assert os.access(path, os.X_OK)
