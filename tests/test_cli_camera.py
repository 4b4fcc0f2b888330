"""`camera-test` and `decode`: what a technician and a stranger's picture meet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from kiosk.cli import main
from kiosk.demo import cards, commune
from kiosk.devices.virtual_camera import VirtualCamera
from kiosk.devices.virtual_scene import Scene

PERSON = commune.strangers(1, seed=4)[0]


def run(folder: Path, *words: str, language: str = "C") -> Result:
    return CliRunner(env={"LANG": language}).invoke(main, ["--folder", str(folder), *words], catch_exceptions=False)


def saved(folder: Path, name: str, frame: np.ndarray) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(cv2.imencode(".png", frame)[1].tobytes())
    return folder / name


@pytest.fixture
def held() -> np.ndarray:
    """The card as the virtual camera sees it."""
    scene = Scene(1280, 720)
    scene.hold(cards.national_card(PERSON))
    return scene.frame(0.0, 60.0)


@pytest.fixture
def virtual() -> Iterator[VirtualCamera]:
    camera = VirtualCamera()
    camera.start()
    yield camera
    camera.stop()


def test_a_card_before_a_camera_is_measured_and_not_told(virtual: VirtualCamera, tmp_path: Path) -> None:
    virtual.hold(cards.national_card(PERSON))
    (tmp_path / "site.toml").write_text(
        f'[site]\nname = "Điểm tiêm thử"\ncode = "T-01"\n[camera]\nsource = "{virtual.url}"\n', encoding="utf-8"
    )
    picture = tmp_path / "hình nét.jpg"
    result = run(tmp_path, "camera-test", "--seconds", "2", "--save", str(picture))
    assert "1280 × 720" in result.output
    assert "pictures a second" in result.output
    assert "national card" in result.output
    assert "3.5 or more" in result.output
    assert not any(word in result.output for word in (PERSON.identity.number, PERSON.identity.name))
    assert Image.open(picture).size == (1280, 720)


@pytest.mark.parametrize(
    ("worse", "code", "says"),
    [
        (lambda frame: frame, 0, "có thể|Dùng được"),
        (lambda frame: cv2.GaussianBlur(frame, (0, 0), 1.8), 0, "hơi mờ"),
        (lambda frame: (frame * 0.1).astype(np.uint8), 1, "quá tối"),
        (lambda frame: cv2.resize(frame, (520, 292), interpolation=cv2.INTER_AREA), 1, "quá ít"),
        (lambda frame: np.full_like(frame, 120), 0, "không thấy mã"),
    ],
)
def test_each_trouble_says_what_to_change(held, worse, code: int, says: str, tmp_path: Path) -> None:
    saved(tmp_path / "pictures", "a.png", worse(held))
    result = run(
        tmp_path, "camera-test", "--source", str(tmp_path / "pictures"), "--seconds", "1.2", language="vi_VN.UTF-8"
    )
    assert result.exit_code == code, result.output
    assert any(word in result.output for word in says.split("|")), result.output


@pytest.mark.parametrize(("words", "says"), [(["--source", "/dev/video97"], "no picture"), ([], "is empty")])
def test_without_a_camera_it_says_so(words: list[str], says: str, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text('[site]\nname = "Điểm tiêm thử"\ncode = "T-01"\n', encoding="utf-8")
    result = run(tmp_path, "camera-test", *words)
    assert result.exit_code == 1
    assert says in result.output


def test_decoding_tells_kind_stage_and_place(held, tmp_path: Path) -> None:
    picture = saved(tmp_path, "Thẻ của tôi – ảnh 1.png", held)
    result = run(tmp_path, "decode", str(picture))
    said = json.loads(result.output)
    assert (result.exit_code, said["file"], said["texts"]) == (0, str(picture), [cards.card_text(PERSON)])
    [reading] = said["readings"]
    assert (reading["text"], reading["kind"]) == (cards.card_text(PERSON), "national_card")
    assert reading["symbology"].replace(" ", "") == "QRCode"
    assert reading["stage"]
    assert len(reading["corners"]) >= 4
    assert said["ms"] > 0


def test_what_cannot_be_decoded_is_a_sentence_and_the_others_go_on(held, tmp_path: Path) -> None:
    good = saved(tmp_path, "good.png", held)
    broken = tmp_path / "broken.png"
    broken.write_bytes(good.read_bytes()[:60])
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    huge = tmp_path / "huge.png"
    Image.new("1", (16_000, 9_000)).save(huge)
    bomb = tmp_path / "bomb.png"
    Image.new("1", (40_000, 9_000)).save(bomb)
    paths = [text, broken, huge, bomb, tmp_path / "nothing.png", tmp_path, good]
    result = run(tmp_path, "decode", *map(str, paths))
    said = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 1
    assert [line.get("error", "") for line in said] == [
        "not a picture that can be read", "not a picture that can be read",
        "larger than 120 million pixels: make it smaller", "larger than 120 million pixels: make it smaller",
        "there is no such file", "there is no such file", "",
    ]  # fmt: skip
    assert all(line["texts"] == [] for line in said[:-1])
    assert said[-1]["texts"]
