"""What leaves the site for help names nobody and opens nothing."""

from __future__ import annotations

import pytest

from kiosk.rules.masking import HIDDEN, masked_lines, masked_settings, masked_text


@pytest.mark.parametrize(
    "text",
    [
        "015158004187", "013255021", "0912345678", "+84 912 345 678", "0151 5800 4187", "015.158.004.187",
        "Bearer Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4", "postgresql://kiosk:sesame@db/kiosk", "psk=sesame12", "PIN: 1807x",
        'password = "sesame word"', "token=sesame",
    ],
)  # fmt: skip
def test_secrets_and_numbers_of_people_are_hidden(text: str) -> None:
    masked = masked_text(f"a {text} b")
    assert HIDDEN in masked
    assert not {"158", "255", "912", "345", "Zm9v", "sesame", "1807"} & set(masked.replace(HIDDEN, " ").split())
    assert "sesame" not in masked
    assert masked.startswith("a ")


@pytest.mark.parametrize(
    "text",
    [
        "heartbeat.refused code=x", "2021-11-20T07:30:12+0700 hub kiosk[812]: roster.landed", "16:20:05 52 °C",
        "id=0190a4c0-5e6f-4a6e-9f6a-1d2c3b4a5e6f", "https://diem-tiem.local/boxes", "192.168.100.200",
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
