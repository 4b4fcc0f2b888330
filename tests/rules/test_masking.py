"""What leaves the site for help names nobody and opens nothing."""

from __future__ import annotations

import json
import unicodedata

import pytest

from kiosk.actions.site import new_token
from kiosk.rules.masking import HIDDEN, masked_lines, masked_settings, masked_text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("015158004187", "158"), ("013255021", "255"), ("0912345678", "345"), ("+84 912 345 678", "345"),
        ("0151 5800 4187", "5800"), ("015.158.004.187", "158"), ("visit_015158004187", "158"),
        ("CCCD015158004187", "158"),
        ("no.015158004187", "158"), ("015158004187x", "158"), ("Bearer Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4", "Zm9v"),
        ("Authorization: Bearer abc123", "abc123"), ("postgresql://kiosk:sesame@db/kiosk", "sesame"),
        ("psk=sesame12", "sesame"), ("PIN: 1807x", "1807"), ('password = "open sesame"', "sesame"),
        ("token=sesame", "sesame"), ('{"token": "sesame", "n": 1}', "sesame"), ('{"token":"a\\"sesame"}', "sesame"),
        ("{'secret_key': 'open sesame'}", "sesame"), ('"pin": 1807', "1807"), ("joined by AB2D-EF3H-JK4M-NP5R", "EF3H"),
    ],
)  # fmt: skip
def test_secrets_and_numbers_of_people_are_hidden(text: str, secret: str) -> None:
    masked = masked_text(f"a {text} b")
    assert HIDDEN in masked
    assert secret not in masked
    assert masked.startswith("a ")


def test_no_token_of_ours_goes_through() -> None:
    for token in (new_token() for _ in range(200)):
        for line in (token, f"x {token}.", f'{{"event": "pairing", "said": "{token}"}}', f"name_{token}_x"):
            assert not [group for group in token.split("-") if group in masked_text(line)], line


@pytest.mark.parametrize(
    "text",
    [
        "heartbeat.refused code=x", "2021-11-20T07:30:12+0700 hub kiosk[812]: roster.landed", "16:20:05 52 °C",
        "2021-11-20 07:30:12 day.opened", "id=0190a4c0-5e6f-4a6e-9f6a-1d2c3b4a5e6f", "https://diem-tiem.local/boxes",
        "192.168.100.200", "the-date-is-2021", '{"event": "roster.landed", "rows": 300}',
    ],
)  # fmt: skip
def test_what_helps_is_kept(text: str) -> None:
    assert masked_text(text) == text


def test_settings_without_what_opens_anything() -> None:
    given = {
        "hub": {"database": "postgresql://kiosk:sesame@db:5432/kiosk", "listen": "127.0.0.1:8080"},
        "agent": {"token_file": "agent.token", "live_port": 8081},
        "wifi": [{"ssid": "Trạm", "psk": "sesame", "passphrase": "sesame"}],
    }
    masked = masked_settings(given)
    assert "sesame" not in str(masked)
    assert masked["hub"] == {"database": f"postgresql://{HIDDEN}@db:5432/kiosk", "listen": "127.0.0.1:8080"}
    assert masked["agent"] == {"token_file": HIDDEN, "live_port": 8081}
    assert given["wifi"][0]["psk"] == "sesame"


def test_a_line_with_somebodys_name_is_left_out_whole() -> None:
    lines = ["all is well", "printed for nguyễn thị hường", "Hường"]
    assert list(masked_lines(lines, {"Nguyễn Thị Hường"})) == ["all is well", HIDDEN, "Hường"]
    assert list(masked_lines(lines, set())) == lines


@pytest.mark.parametrize(
    "line",
    [
        '{"who": "Nguyễn Thị Hường"}', "NGUYỄN THỊ HƯỜNG.", "nguyễn_thị_hường", "for:Nguyễn  Thị\tHường,",
        unicodedata.normalize("NFD", "Nguyễn Thị Hường"), json.dumps({"who": "Nguyễn Thị Hường"}),
    ],
)  # fmt: skip
def test_a_name_is_known_however_it_is_written(line: str) -> None:
    assert list(masked_lines([line], {"Nguyễn Thị Hường", "Y"})) == [HIDDEN]


def test_fifty_thousand_names_cost_no_more_than_ten() -> None:
    """Looked for one by one in each line, these would take hours."""
    names = {f"Nguyễn {first} {last}" for first in _syllables(220) for last in _syllables(220)}
    lines = [f'{{"event": "outbox.sent", "n": {n}, "level": "info"}}' for n in range(100_000)]
    assert len(names) > 48_000
    assert list(masked_lines([*lines, f"for {min(names)}."], names)) == [*lines, HIDDEN]


def _syllables(n: int) -> list[str]:
    parts = [first + vowel for first in "bcdghklmnprstvx" for vowel in "aeiou"]
    return [one + other for one in parts for other in parts][:n]
