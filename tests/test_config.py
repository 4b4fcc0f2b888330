"""`site.toml`: what is wrong stops the start, and the line of the mistake is named."""

from __future__ import annotations

import stat
from datetime import time
from pathlib import Path

import pytest

from kiosk import config
from kiosk.config import ConfigError
from kiosk.devices.printer import open_printer

GOOD = """\
[site]
name = "Điểm tiêm"
code = "YB-01"

[hub]
listen = "127.0.0.1:8080"

[printer]
paper_mm = 80

[[stations]]
code = "kiosk-1"
kind = "kiosk"
name = { vi = "Máy 1", en = "Kiosk 1" }

[[stations]]
code = "desk-1"
kind = "desk"
name = { vi = "Bàn 1", en = "Desk 1" }
prints_at = "kiosk-1"
"""


def write(folder: Path, text: str) -> Path:
    """A site's folder."""
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return folder


def test_what_is_not_said_has_a_safe_default(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, GOOD))
    assert settings.site.mode == "real"
    assert (settings.site.language, settings.site.time_zone, settings.site.box) == ("vi", "Asia/Ho_Chi_Minh", "hub-1")
    assert (settings.hub.host, settings.hub.port) == ("127.0.0.1", 8080)
    assert settings.database_url == f"sqlite:///{tmp_path.resolve() / 'kiosk.db'}"
    assert (settings.camera.source, settings.printer.target, settings.printer.width_dots) == ("", "auto", 576)
    assert [station.printer for station in settings.stations] == ["kiosk-1", "kiosk-1"]


@pytest.mark.parametrize(
    ("said", "minutes"),
    [("", 15), ("lock_minutes = 0", 0), ("lock_minutes = 120", 120), ("idle_minutes = 5", 15), ("lock_minutes = 2", 2)],
)
def test_after_how_many_minutes_a_page_locks(tmp_path: Path, said: str, minutes: int) -> None:
    settings = config.load(write(tmp_path, GOOD.replace('listen = "127.0.0.1:8080"', said, 1)))
    assert settings.hub.lock_minutes == minutes


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('listen = "127.0.0.1:8080"', 'listne = "127.0.0.1:8080"', 6, "hub.listne: is not a setting"),
        ('listen = "127.0.0.1:8080"', 'listen = "8080"', 6, "hub.listen"),
        ('listen = "127.0.0.1:8080"', "lock_minutes = 1", 6, "hub.lock_minutes: is 0 for never, or from 2 to"),
        ('listen = "127.0.0.1:8080"', "lock_minutes = 121", 6, "idle_minutes (120)"),
        ('listen = "127.0.0.1:8080"', "idle_minutes = 10\nlock_minutes = 11", 7, "idle_minutes (10)"),
        ('listen = "127.0.0.1:8080"', "lock_minutes = -1", 6, "hub.lock_minutes"),
        ("paper_mm = 80", "paper_mm = 76", 9, "printer.paper_mm"),
        ("paper_mm = 80", 'paper_mm = "80"', 9, "printer.paper_mm"),
        ("paper_mm = 80", 'target = "lp0"', 9, "printer.target"),
        ("paper_mm = 80", 'target = "serial:/dev/ttyUSB0"', 9, "under /dev/serial/by-id/"),
        ("paper_mm = 80", "baud = 14400", 9, "printer.baud"),
        ("paper_mm = 80", "roll_m = -1", 9, "printer.roll_m"),
        ("[printer]", "[pritner]", 8, "pritner: is not a setting"),
        ('code = "desk-1"', 'code = "Desk 1"', 17, "stations.2.code"),
        ('kind = "desk"', 'kind = "dance"', 18, "stations.2.kind"),
        ('name = { vi = "Bàn 1", en = "Desk 1" }', 'name = { vi = "Bàn 1" }', 19, "stations.2.name"),
        ('code = "desk-1"', 'code = "kiosk-1"', 17, "two stations are called 'kiosk-1'"),
        ('prints_at = "kiosk-1"', 'prints_at = "kiosk-9"', 20, "prints at 'kiosk-9'"),
        ('name = "Điểm tiêm"', 'name = ""', 2, "site.name"),
        ('name = "Điểm tiêm"\n', "", 1, "site.name"),
        ('code = "YB-01"', 'code = "YB-01"\ntime_zone = "Asia/Atlantis"', 4, "Atlantis"),
        ('code = "YB-01"', 'code = "YB-01"\nmode = "demoo"', 4, "site.mode"),
        ("[hub]", "[hub", 5, "site.toml"),
        ('code = "YB-01"', 'code = "YB-01', 3, "site.toml"),
        ("[hub]", "[site]", 5, "site.toml"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config.load(write(tmp_path, GOOD.replace(old, new, 1)))
    message = str(refused.value)
    assert f"line {line}" in message, message
    assert says in message
    assert "site.toml" in message


VOICE = """
[voice]
languages = ["vi", "en"]
quiet = [["11:30", "13:00"]]
volume = 40

[[boards]]
code = "hall"
name = { vi = "Bảng ở sảnh", en = "Board in the hall" }
zones = ["A", "B"]

[[boards]]
code = "yard"
name = { vi = "Bảng ở sân", en = "Board in the yard" }
zones = ["C"]
"""


def test_one_board_of_all_zones_speaks_where_none_is_named(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, GOOD))
    assert [(board.code, board.zones, board.voice) for board in settings.every_board] == [("board", (), True)]
    assert (settings.voice.on, settings.voice.chime, settings.voice.volume) == (True, True, 80)
    assert (settings.voice.languages, settings.voice.quiet_spans, settings.voice.repeat) == (("vi",), (), 1)


def test_boards_part_the_zones(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, GOOD + VOICE))
    assert [board.code for board in settings.every_board] == ["hall", "yard"]
    assert settings.voice.quiet_spans == ((time(11, 30), time(13)),)
    silent = VOICE.replace('zones = ["C"]', 'zones = ["A"]\nvoice = false')
    assert not config.load(write(tmp_path, GOOD + silent)).boards[1].voice


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("volume = 40", "volume = 101", 25, "voice.volume"),
        ("volume = 40", "repeat = 4", 25, "voice.repeat"),
        ('["11:30", "13:00"]', '["11:30", "13:60"]', 24, "voice.quiet.1.2"),
        ('["11:30", "13:00"]', '["08:00", "09:00"], ["11.30", "13:00"]', 24, "voice.quiet.2.1"),
        ('["11:30", "13:00"]', '["11:30"]', 24, "voice.quiet.1"),
        ('["vi", "en"]', '["vi", "hmn"]', 23, "'hmn' has no recordings: put them in"),
        ('["vi", "en"]', '["vi", "../vi"]', 23, "voice.languages.2"),
        ('["vi", "en"]', "[]", 23, "voice.languages"),
        ('zones = ["C"]', 'zones = ["C", "B"]', 35, "boards 'hall' and 'yard' speak for one zone: voice = false"),
        ('zones = ["C"]', "", 32, "boards 'hall' and 'yard' speak for one zone"),
        ('zones = ["C"]', 'zones = ["c"]', 35, "boards.2.zones.1"),
        ('code = "yard"', 'code = "hall"', 33, "two boards are called 'hall'"),
    ],
)
def test_a_mistake_about_boards_and_voice_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        config.load(write(tmp_path, GOOD + VOICE.replace(old, new, 1)))
    assert f"line {line}:" in str(refused.value), refused.value
    assert says in str(refused.value)


def test_a_language_is_spoken_that_the_site_has_recorded(tmp_path: Path) -> None:
    (tmp_path / "voice" / "hmn").mkdir(parents=True)
    settings = config.load(write(tmp_path, GOOD + VOICE.replace('"en"]', '"hmn"]', 1)))
    assert settings.voice.languages == ("vi", "hmn")
    assert settings.voice_folder == tmp_path.resolve() / "voice"


@pytest.mark.parametrize(
    ("mode", "url", "refused"),
    [
        ("real", "http://platform.example/fhir", True), ("real", "https://platform.example/fhir", False),
        ("real", "http://127.0.0.1:9/fhir", False), ("real", "", False), ("demo", "http://10.0.0.2/fhir", False),
    ],
)  # fmt: skip
def test_people_leave_a_real_site_only_encrypted(tmp_path: Path, mode: str, url: str, refused: bool) -> None:
    text = GOOD.replace('code = "YB-01"', f'code = "YB-01"\nmode = "{mode}"', 1) + f'\n[upstream]\nurl = "{url}"\n'
    if not refused:
        assert config.load(write(tmp_path, text)).upstream.url == url
        return
    with pytest.raises(ConfigError, match=r"line \d+: upstream.url: .*only over https"):
        config.load(write(tmp_path, text))


def test_the_platform_s_own_authority_lies_beside_the_settings(tmp_path: Path) -> None:
    assert config.load(write(tmp_path, GOOD)).upstream_authority() is None
    settings = config.load(write(tmp_path, GOOD + '\n[upstream]\nca_file = "platform-ca.pem"\n'))
    with pytest.raises(ConfigError, match=r"platform-ca\.pem is missing"):
        settings.upstream_authority()
    (tmp_path / "platform-ca.pem").touch()
    assert settings.upstream_authority() == str(settings.folder / "platform-ca.pem")


@pytest.mark.parametrize(
    "target",
    ["", "auto", "tcp://192.168.1.50", "tcp://printer.local:9100", "/dev/usb/lp0", "serial:/dev/serial/by-id/usb-x"],
)
def test_a_printer_may_be_anywhere(tmp_path: Path, target: str) -> None:
    settings = config.load(write(tmp_path, GOOD.replace("paper_mm = 80", f'target = "{target}"')))
    assert settings.printer.target == target
    assert settings.printer.baud == 115_200
    assert open_printer(settings.printer.target, baud=settings.printer.baud)


@pytest.mark.parametrize(
    ("set_to", "metres"),
    [("paper_mm = 80", 80), ("paper_mm = 58", 0), ("paper_mm = 58\nroll_m = 30", 30), ("roll_m = 0", 0)],
)
def test_the_length_of_a_new_roll(tmp_path: Path, set_to: str, metres: int) -> None:
    assert config.load(write(tmp_path, GOOD.replace("paper_mm = 80", set_to))).printer.new_roll_m == metres


def test_a_setting_above_every_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"line 1: colour: is not a setting we know"):
        config.load(write(tmp_path, 'colour = "red"\n' + GOOD))


def test_a_folder_without_a_site(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is missing: copy"):
        config.load(tmp_path)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path)


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        settings.site.mode = "demo"  # type: ignore[misc]


def test_the_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, GOOD))
    first = settings.secret_key()
    assert len(first) >= 32
    assert config.load(tmp_path).secret_key() == first
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_a_credential_of_the_service_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tmp_path / "credentials"
    given.mkdir()
    (given / "agent.token").write_text("ABCD-EFGH\n")
    settings = config.load(write(tmp_path, GOOD))
    with pytest.raises(ConfigError, match="kiosk pair"):
        settings.agent_token()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    assert settings.agent_token() == "ABCD-EFGH"


def test_the_example_that_we_ship_loads(tmp_path: Path) -> None:
    example = Path(config.__file__).parent.parent / "provisioning" / "site.example.toml"
    settings = config.load(write(tmp_path, example.read_text(encoding="utf-8")))
    assert settings.site.mode == "real"
    assert {station.kind for station in settings.stations} >= {"kiosk", "desk", "screening"}


def test_the_authority_of_another_boxs_hub_lies_beside_the_settings(folder: Path) -> None:
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write('\n[agent]\nhub = "https://diem-tiem.local"\nca_file = "hub.crt"\n')
    settings = config.load(folder)
    with pytest.raises(ConfigError, match=r"hub\.crt is missing"):
        settings.agent_authority()
    (folder / "hub.crt").touch()
    assert settings.agent_authority() == str(folder / "hub.crt")
