"""The command line, as an operator uses it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from kiosk.actions.site import token_hash
from kiosk.cli import main
from kiosk.store import clinic_days
from kiosk.store.database import db
from tests.cast import CARD, TITLES, Players, dosed, hub, inside, now, opened, players, receive, roster_csv  # noqa: F401

PICTURES = Path(__file__).parent / "devices" / "pictures"
COMMANDS = [
    "web", "agent", "forward", "demo", "migrate", "doctor", "camera-test", "decode", "read", "roster", "staff", "pair",
    "audit", "report", "close-day", "print-sample", "print", "stock", "join",
]  # fmt: skip


def run(folder: Path, *words: str, typed: str = "") -> Result:
    """`python -m kiosk --folder … words`."""
    return CliRunner().invoke(main, ["--folder", str(folder), *words], input=typed, catch_exceptions=False)


def ask(folder: Path, question: str) -> int:
    """A count straight from the file."""
    database = sqlite3.connect(folder / "kiosk.db")
    found = int(database.execute(question).fetchone()[0])
    database.close()
    return found


def test_the_commands_are_those_that_others_lean_on() -> None:
    assert sorted(main.commands) == sorted(COMMANDS)


def every_command() -> list[list[str]]:
    """Each command and each command of a group."""
    found = []
    for name, command in main.commands.items():
        found.append([name])
        if isinstance(command, click.Group):
            found += [[name, inner] for inner in command.commands]
    return found


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_explains_itself(tmp_path: Path, words: list[str]) -> None:
    result = run(tmp_path, *words, "--help")
    assert result.exit_code == 0
    body = result.output.split("Options:")[0].split("\n", 1)[1]
    assert len(body.split()) >= 3, "a sentence that says what it does"


def test_it_runs_as_a_module_without_a_site(tmp_path: Path) -> None:
    program = subprocess.run(
        [sys.executable, "-m", "kiosk", "read", "DT1:23456789AB"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (program.returncode, json.loads(program.stdout)) == (0, {"kind": "ticket", "token": "23456789AB"})


def test_reading_a_card(tmp_path: Path) -> None:
    said = json.loads(run(tmp_path, "read", CARD).output)
    assert said["kind"] == "national_card"
    assert said["confidence"] == "high"
    assert said["identity"]["name"] == "Nguyễn Thị Hường"
    assert said["identity"]["born_on"] == "1958-05-12"


def test_reading_what_a_keyboard_scanner_typed_and_what_stays_out_of_the_history(tmp_path: Path) -> None:
    said = json.loads(run(tmp_path, "read", "--keyed", CARD.replace("|", "\\")).output)
    assert (said["identity"]["number"], said["identity"]["name"], said["confidence"]) == ("015158004187", "", "low")
    address = "http://diem-tiem.local/t/23456789AB\n"
    said = json.loads(run(tmp_path, "read", "--own", "https://diem-tiem.local", "-", typed=address).output)
    assert said == {"kind": "ticket", "token": "23456789AB"}


def test_reading_what_is_no_code_of_ours(tmp_path: Path) -> None:
    result = run(tmp_path, "read", "hello")
    assert (result.exit_code, json.loads(result.output)) == (1, {"kind": "unknown"})


def test_decoding_pictures_that_we_did_not_make(tmp_path: Path) -> None:
    pictures = sorted(PICTURES.glob("thalassiodracon*.png"))
    result = run(tmp_path, "decode", *map(str, pictures))
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [line["file"] for line in lines] == [str(path) for path in pictures]
    assert [set(line["texts"]) for line in lines] == [{"Thalassiodracon"}] * 2
    assert all(line["ms"] > 0 for line in lines)


def test_decoding_what_is_no_picture(tmp_path: Path) -> None:
    result = run(tmp_path, "decode", str(Path(__file__)))
    assert result.exit_code == 1
    assert "not a picture" in result.output


def test_migrating_twice_is_migrating_once(folder: Path) -> None:
    assert [run(folder, "migrate").exit_code for _ in range(2)] == [0, 0]
    assert run(folder, "audit", "verify").exit_code == 0


def test_a_mistake_in_the_settings_is_a_sentence(folder: Path) -> None:
    (folder / "site.toml").write_text("[site]\nnam = 1\n", encoding="utf-8")
    result = run(folder, "migrate")
    assert result.exit_code == 1
    assert "line " in result.output
    assert "Traceback" not in result.output


def test_adding_a_member_of_staff_asks_for_the_pin(folder: Path) -> None:
    words = ("staff", "add", "--name", "Vũ Thị Tình", "--role", "observer", "--badge", "o01")
    result = run(folder, *words, typed="2468\n2468\n")
    assert (result.exit_code, "O01 may sign in" in result.output, "2468" in result.output) == (0, True, False)
    again = run(folder, *words, "--pin", "2468")
    assert again.exit_code == 1
    assert "refusal." not in again.output
    assert run(folder, *words[:-1], "o02", "--role", "king", "--pin", "2468").exit_code == 2
    assert ask(folder, "SELECT count(*) FROM staff WHERE badge = 'O01'") == 1


def test_pairing_prints_a_token_and_keeps_its_hash(folder: Path, tmp_path: Path) -> None:
    saved = tmp_path / "agent.token"
    result = run(folder, "pair", "kiosk-1", "--save", str(saved))
    token = result.output.strip()
    assert (result.exit_code, saved.read_text()) == (0, token)
    assert saved.stat().st_mode & 0o077 == 0
    assert ask(folder, f"SELECT count(*) FROM pairing WHERE token_hash = '{token_hash(token)}'") == 1
    assert token.encode() not in (folder / "kiosk.db").read_bytes()


def test_pairing_a_station_that_is_not_there(folder: Path) -> None:
    result = run(folder, "pair", "kiosk-9")
    assert result.exit_code == 1
    assert "cli." not in result.output
    assert "Traceback" not in result.output


def test_the_audit_says_whether_anybody_touched_it(folder: Path) -> None:
    result = run(folder, "audit", "verify")
    assert result.exit_code == 0
    assert " 0 broken" in result.output
    database = sqlite3.connect(folder / "kiosk.db")
    database.execute("UPDATE audit_entry SET event = 'nothing.happened' WHERE seq = (SELECT min(seq) FROM audit_entry)")
    database.commit()
    database.close()
    result = run(folder, "audit", "verify")
    assert result.exit_code == 1
    assert "broken: hub-1 " in result.output


def doctor(folder: Path, *more: str) -> list[dict[str, str]]:
    """What the doctor finds, as JSON."""
    return [json.loads(line) for line in run(folder, "doctor", "--json", *more).output.splitlines()]


def test_the_doctor_says_one_line_for_each_part(folder: Path) -> None:
    assert run(folder, "pair", "kiosk-1").exit_code == 0
    found = {each["part"]: each for each in doctor(folder)}
    assert set(found) >= {"settings", "database", "clock", "disk", "audit", "day", "agent", "paper", "decoder"}
    assert found["database"]["state"] == found["audit"]["state"] == found["settings"]["state"] == "ok"
    assert (found["agent"]["state"], found["agent"]["place"]) == ("broken", "kiosk-1"), "its agent was never heard"
    assert "kiosk agent" in found["agent"]["do"]
    assert run(folder, "doctor").exit_code == 1


def test_the_doctor_speaks_the_sites_language_in_groups(folder: Path) -> None:
    lines = run(folder, "doctor").output.splitlines()
    assert lines[0] == "Chương trình"
    assert "  cần xem  máy tại bàn, Máy lấy số 1: chưa có máy nào ở đây" in lines
    path = folder / "site.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[site]", '[site]\nlanguage = "en"'), encoding="utf-8")
    assert (
        "  look     station's machine, Kiosk 1: no machine works here yet" in run(folder, "doctor").output.splitlines()
    )


def test_the_doctor_of_a_box_with_a_broken_site_toml_examines_the_rest(folder: Path) -> None:
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write("\n[hub]\ncolour = 1\n")
    found = {each["part"]: each for each in doctor(folder)}
    assert found["settings"]["state"] == "broken"
    assert "hub.colour" in found["settings"]["says"]
    assert found["disk"]["says"]
    assert "database" not in found
    assert run(folder, "doctor").exit_code == 1


def test_the_doctor_looks_at_a_platform_that_nobody_answers_for(folder: Path) -> None:
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write('\n[upstream]\nurl = "http://127.0.0.1:9/fhir"\n')
    found = {each["part"]: each for each in doctor(folder)}
    assert (found["reach"]["state"], found["reach"]["code"]) == ("look", "box.reach.unreachable")


@pytest.mark.parametrize(
    ("source", "state", "says"),
    [
        ("/dev/v4l/by-id/usb-Bia_Camera-video-index0", "broken", "/dev/v4l/by-id"),
        ("/dev/video97", "broken", "chưa cắm"),
        ("97", "broken", "/dev/video97 chưa cắm"),
        ("/dev/null", "ok", "camera-test"),
    ],
)
def test_the_doctor_looks_whether_the_camera_is_there(folder: Path, source: str, state: str, says: str) -> None:
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[camera]\nsource = "{source}"\n')
    [found] = [each for each in doctor(folder) if each["part"] == "camera"]
    assert found["state"] == state
    assert says in found["says"] + found["do"]


def box_of(folder: Path, role: str) -> Path:
    """A machine's own files, that say what it is."""
    root = folder / "root"
    (root / "etc" / "kiosk").mkdir(parents=True)
    (root / "etc" / "kiosk" / "role").write_text(f"{role}\n")
    return root


def test_a_box_that_only_serves_another_ones_hub_has_no_database_to_miss(tmp_path: Path, folder: Path) -> None:
    for name in ("kiosk.db", "kiosk.db-wal", "kiosk.db-shm"):
        (folder / name).unlink(missing_ok=True)
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write('\n[upstream]\nurl = "http://127.0.0.1:9/fhir"\n')
    parts = {each["part"] for each in doctor(folder, "--root", str(box_of(tmp_path, "hub")))}
    assert parts >= {"database", "reach"}
    extra = box_of(tmp_path / "extra", "kiosk")
    found = {each["part"]: each["state"] for each in doctor(folder, "--root", str(extra))}
    assert "settings" in found
    assert not found.keys() & {"database", "audit", "day", "agent", "reach", "upstream", "messages"}
    assert run(folder, "doctor", "--root", str(extra)).exit_code == 0


def test_the_doctor_looks_whether_a_pis_own_camera_has_a_sensor(tmp_path: Path, folder: Path) -> None:
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write('\n[camera]\nsource = "pi"\n')
    root = box_of(tmp_path, "both")
    [found] = [each for each in doctor(folder, "--root", str(root)) if each["part"] == "camera"]
    assert (found["state"], found["code"]) == ("look", "box.camera.no_sensor")
    (root / "sys" / "class" / "video4linux" / "v4l-subdev0").mkdir(parents=True)
    [found] = [each for each in doctor(folder, "--root", str(root)) if each["part"] == "camera"]
    assert (found["state"], found["code"]) == ("ok", "box.camera.there")


def test_the_doctor_outlives_a_database_that_is_damaged_in_many_places(folder: Path) -> None:
    database = sqlite3.connect(folder / "kiosk.db")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = database.execute("PRAGMA page_size").fetchone()[0]
    indexes = "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix_person%'"
    pages = database.execute(indexes).fetchall()
    database.close()
    assert len(pages) > 1
    with (folder / "kiosk.db").open("r+b") as file:
        for [page] in pages:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)
    found = {each["part"]: each for each in doctor(folder)}
    assert (found["database"]["state"], found["database"]["code"]) == ("broken", "box.database.torn")
    assert found["clock"]


def test_an_address_of_no_port_is_refused_with_its_line(folder: Path) -> None:
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write('\n[upstream]\nurl = "https://platform.example:99999/fhir"\n')
    result = run(folder, "doctor")
    assert isinstance(result.exception, SystemExit)
    assert "upstream.url" in result.output
    assert "99999" in result.output


def test_the_doctor_of_a_box_that_was_never_migrated(tmp_path: Path, folder: Path) -> None:
    for name in ("kiosk.db", "kiosk.db-wal", "kiosk.db-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / "secret.key").unlink(missing_ok=True)
    before = sorted(folder.iterdir())
    result = run(folder, "doctor")
    assert result.exit_code == 1
    assert "migrate" in result.output
    assert "Traceback" not in result.output
    assert sorted(folder.iterdir()) == before, "looking makes nothing"
    assert now().trusted


@pytest.fixture
def one_dose(players: Players, opened: str, inside: None) -> str:  # noqa: F811
    """An open day on which one of two people has had a dose; its id."""
    dosed(players, players.huong)
    receive(players, players.pao)
    db.session.remove()
    return opened


def test_the_report_says_the_day_in_words(folder: Path, one_dose: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "vi_VN.UTF-8")
    result = run(folder, "report")
    assert result.exit_code == 0
    lines = {" ".join(line.split()) for line in result.output.splitlines()}
    assert {
        "Số liệu tạm tại điểm tiêm", "Trong danh sách 3", "Đã đến 2", "Đã khám sàng lọc 1", "Đã tiêm 1",
        "AstraZeneca, mũi 1 1", "Đang theo dõi 1", "Hệ thống đã nhận 0", "Đang chờ gửi 1", "Sổ cân.",
        "Hàng chờ · Buổi sáng", "Thường, 1 người 0 · 0 phút", "không rõ lý do (phải là 0) 0,0", "Gọi mà không đến 0",
    } <= lines  # fmt: skip
    assert "report." not in result.output
    assert "Hường" not in result.output


def test_the_report_as_json(folder: Path, one_dose: str) -> None:
    said = json.loads(run(folder, "report", "--on", str(now().on), "--json").output)
    assert (said["on"], said["provisional"], said["given"], said["waiting"]) == (str(now().on), True, 1, 1)
    (half,) = said["halves"]
    assert (half["numbers"], half["numbered"]) == ({"A": 1, "U": 1},) * 2
    queue = half["queue"]
    assert (queue["calls"], queue["unexplained"], queue["lanes"]["usual"]["people"]) == (2, 0, 1)
    assert (half["half"], half["closed_at"], half["unbalanced"], half["arrived"]) == ("morning", None, [], 2)


def test_a_report_whose_books_do_not_balance_fails(folder: Path, one_dose: str) -> None:
    database = sqlite3.connect(folder / "kiosk.db")
    database.execute("DELETE FROM message")
    database.commit()
    database.close()
    result = run(folder, "report")
    assert result.exit_code == 1
    assert "doses given and messages differ" in result.output


def test_a_report_of_a_day_that_was_none(folder: Path) -> None:
    for words in ((), ("--on", "2020-01-01")):
        result = run(folder, "report", *words)
        assert result.exit_code == 1
        assert "there was no clinic day" in result.output


def test_closing_the_day_asks_for_a_signature_and_for_those_who_left(folder: Path, one_dose: str) -> None:
    refused = run(folder, "close-day")
    assert refused.exit_code == 1
    assert "the platform does not have 1 dose" in refused.output
    still_here = run(folder, "close-day", "--sign", "no network")
    assert still_here.exit_code == 1
    assert "Signed for 1 dose" in still_here.output
    closed = run(folder, "close-day", "--let-go", "2")
    assert (closed.exit_code, closed.output) == (0, "The clinic day is closed; 2 people were noted as gone.\n")
    assert clinic_days.find_open() is None
    nothing = run(folder, "close-day")
    assert nothing.exit_code == 1
    assert "refusal." not in nothing.output


def test_forwarding_once_without_a_platform(folder: Path, one_dose: str) -> None:
    result = run(folder, "forward", "--once")
    assert result.exit_code == 1
    assert "No platform is set" in result.output
    assert "The platform does not have 1 dose; 0 of them need a look." in result.output


def test_the_doctor_says_how_the_forwarder_is(folder: Path, one_dose: str) -> None:
    def said() -> dict[str, str]:
        return {each["part"]: f"{each['state']} {each['code']} {each['says']}" for each in doctor(folder)}

    assert said()["upstream"].startswith("look box.upstream.not_set")
    assert said()["messages"].startswith("ok box.messages 1 ")
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write('\n[upstream]\nurl = "http://127.0.0.1:9/fhir"\n')
    assert said()["upstream"].startswith("broken box.upstream.silent")
    assert run(folder, "forward", "--once").exit_code == 1
    assert said()["upstream"].startswith("look box.upstream.trouble")
