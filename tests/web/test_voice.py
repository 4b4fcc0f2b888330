"""The loudspeaker's recordings: the site's own before ours, clip by clip, and no way to any other file."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import TypeVar

import pytest
from flask.testing import FlaskClient

from kiosk import config
from kiosk.app import create_app
from kiosk.rules.voice import ToStation, ToZone
from kiosk.store import stations
from kiosk.store.database import db, writing
from kiosk.web import voice_shown
from kiosk.web.voice_shown import OURS, PAUSE, Announcement

TO_TABLE = ToStation("injection", 2, "injection-2")
Result = TypeVar("Result")


def during(folder: Path, function: Callable[[], Result], lines: str = "") -> Result:
    """What a request for the board sees when the site's settings say these lines too."""
    settings = (folder / "site.toml").read_text(encoding="utf-8")
    (folder / "site.toml").write_text(f"{settings}\n{lines}\n", encoding="utf-8")
    app = create_app(config.load(folder))
    (folder / "site.toml").write_text(settings, encoding="utf-8")

    def asked() -> Result:
        with app.test_request_context("/board"):
            app.preprocess_request()
            try:
                return function()
            finally:
                db.session.remove()
                db.engine.dispose()

    return Context().run(asked)


def call(folder: Path, n: int, to: ToStation | ToZone = TO_TABLE, lines: str = "") -> Announcement:
    """The call of a number of series A."""
    return during(folder, lambda: voice_shown.announcement("A", n, to), lines)


def record(folder: Path, name: str, content: bytes = b"the site's own") -> Path:
    """Puts a recording into the site's folder."""
    path = folder / "voice" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def clips(addresses: str) -> list[str]:
    """`vi/7` of each address; the pauses stay."""
    return [re.sub(r"^/voice/(.+)\?v=\w+$", r"\1", address) for address in addresses.split()]


def test_a_recording_of_ours_is_for_everybody_and_kept_by_the_version_of_its_address(
    client: FlaskClient, folder: Path
) -> None:
    address = call(folder, 7).clips.split()[0]
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.content_type == "audio/wav"
    assert answer.data == (OURS / "vi" / "please.wav").read_bytes()
    assert answer.cache_control.max_age == 12 * 3600
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(address, headers={"Range": "bytes=0-3"}).data == b"RIFF"
    plain = client.get("/voice/vi/please")
    assert plain.data == answer.data
    assert (plain.cache_control.max_age or 0) == 0, "without a version it is asked for again"


@pytest.mark.parametrize(
    "path",
    [
        "/voice/vi/nothing", "/voice/vi/please.wav", "/voice/hmn/1", "/voice/fr/1", "/voice/../1",
        "/voice/vi/..%2f..%2fsite", "/voice/vi/%2e%2e", "/voice/%2e%2e/site", "/voice/vi/../../secret", "/voice/vi/",
        "/voice/VI/1", "/voice/vi/1%00",
    ],
)  # fmt: skip
def test_there_is_no_way_to_any_other_file(client: FlaskClient, folder: Path, path: str) -> None:
    (folder / "site.wav").write_bytes(b"not of a language")
    record(folder, "secret.wav")
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(("name", "kind"), [("7.wav", "audio/wav"), ("7.mp3", "audio/mpeg"), ("7.ogg", "audio/ogg")])
def test_the_sites_own_recording_goes_before_ours(client: FlaskClient, folder: Path, name: str, kind: str) -> None:
    ours = client.get("/voice/vi/7")
    record(folder, f"vi/{name}")
    answer = client.get("/voice/vi/7")
    assert (answer.data, answer.content_type) == (b"the site's own", kind)
    assert answer.headers["ETag"] != ours.headers["ETag"]
    assert client.get("/voice/vi/8").data == (OURS / "vi" / "8.wav").read_bytes()
    record(folder, "vi/7.txt", b"no recording")
    record(folder, "vi/7.wav", b"the better one")
    assert client.get("/voice/vi/7").data == b"the better one"


def test_a_call_in_vietnamese(folder: Path) -> None:
    said = call(folder, 147)
    assert clips(said.clips) == [
        "vi/please", "vi/letter-a", "vi/1", "vi/hundred", "vi/4", "vi/tens", "vi/7", "vi/to", "vi/injection", "vi/2",
    ]  # fmt: skip
    assert said.caption == "Mời số A 147 đến Bàn tiêm 2"
    said = call(folder, 105, ToZone("A", 12))
    assert clips(said.clips)[-5:] == ["vi/into-zone", "vi/letter-a", "vi/spot", "vi/10", "vi/2"]
    assert said.caption == "Mời số A 105 vào khu A, chỗ 12"
    assert call(folder, 105, ToZone("A")).caption == "Mời số A 105 vào khu A"


def test_every_address_of_a_call_leads_to_a_recording(folder: Path, client: FlaskClient) -> None:
    for address in call(folder, 2345, lines='[voice]\nlanguages = ["vi", "en"]').clips.split():
        assert address == PAUSE or client.get(address).status_code == 200, address


def test_several_languages_one_after_the_other_and_again(folder: Path) -> None:
    said = clips(call(folder, 7, lines='[voice]\nlanguages = ["vi", "en"]\nrepeat = 2').clips)
    once = ["please", "letter-a", "7", "to", "injection", "2"]
    vietnamese, english = [f"vi/{clip}" for clip in once], [f"en/{clip}" for clip in once]
    assert said == [*vietnamese, PAUSE, *english, PAUSE, *vietnamese, PAUSE, *english]


def test_a_language_that_is_recorded_in_part_falls_back_clip_by_clip(folder: Path) -> None:
    for clip in ("please", "1", "7", "injection"):
        record(folder, f"hmn/{clip}.mp3")
    assert clips(call(folder, 147, lines='[voice]\nlanguages = ["hmn"]').clips) == [
        "hmn/please", "vi/letter-a", "hmn/1", "vi/4", "hmn/7", "vi/to", "hmn/injection", "vi/2",
    ]  # fmt: skip


def test_a_tables_own_name_where_it_was_recorded(folder: Path) -> None:
    record(folder, "vi/station-injection-2.ogg")
    assert clips(call(folder, 1).clips)[-2:] == ["vi/to", "vi/station-injection-2"]


def test_another_recording_has_another_address(folder: Path) -> None:
    record(folder, "vi/please.mp3")
    first = call(folder, 1).clips.split()
    record(folder, "vi/please.mp3", b"another one")
    second = call(folder, 1).clips.split()
    assert (first[0] == second[0], first[1:] == second[1:]) == (False, True)


def test_while_the_voice_is_off_the_caption_stays(folder: Path) -> None:
    said = call(folder, 1, lines="[voice]\non = false")
    assert (said.clips, said.caption) == ("", "Mời số A 001 đến Bàn tiêm 2")


def test_a_station_is_said_as_the_board_names_it(folder: Path, inside: None) -> None:
    def said(code: str) -> ToStation:
        return during(folder, lambda: voice_shown.to_station(code))

    assert said("screening-2") == ToStation("screening", 2, "screening-2")
    assert said("observation-1") == ToStation("observation", 0, "observation-1"), "its name has no number"
    assert said("gone-3") == ToStation("", 0, "gone-3")
    for name, nth in (("Bàn tiêm 12", 12), ("Bàn 2B", 0), ("Bàn tiêm số 0", 0), ("Phòng A12", 0), ("12", 12)):
        with writing():
            stations.get("injection-1").name_vi = name
        assert said("injection-1").nth == nth, name


@pytest.mark.parametrize(("spans", "quiet"), [('[["08:30", "09:30"]]', True), ('[["21:00", "06:00"]]', False)])
def test_the_player_is_told_volume_chime_and_whether_it_is_quiet_now(folder: Path, spans: str, quiet: bool) -> None:
    lines = f"[voice]\nvolume = 40\nchime = false\nquiet = {spans}"
    told = during(folder, lambda: voice_shown.player(speaks=True), lines)
    assert told == {"volume": 40, "chime": False, "quiet": quiet, "speaks": True}
