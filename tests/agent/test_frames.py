"""What an agent makes of a tablet's picture: codes, advice, or a word on why it is no picture."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageFilter

from kiosk.agent.frames import ENOUGH_PIXELS, MOST_CODES, BadPicture, Frames, open_picture
from kiosk.agent.hub_link import HubLink, PassedFrame
from kiosk.devices.decoder import Reading
from kiosk.web import device

CARD = "001190123456||Nguyễn Thị Ánh Tuyết|01021990|Nữ|Thôn Đắk Rơ Chót, Ngọc Hồi, Kon Tum|15042021"


def file_of(picture: Image.Image, kind: str = "JPEG") -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, quality=85)
    return file.getvalue()


def passed(content: bytes, *, live: bool = False, source: str = "tablet-1") -> PassedFrame:
    return PassedFrame("frame-1", source, live, (), content)


def on_table(card: Image.Image, width: int, height: int) -> Image.Image:
    """The card lies on a table, and fills half of the picture's width."""
    table = Image.new("RGB", (width, height), (120, 112, 104))
    card = card.resize((width // 2, width // 2 * card.height // card.width), Image.Resampling.BICUBIC)
    table.paste(card, (width // 4, height // 4))
    return table


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it has `side` × `side` pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def layers(times: int) -> bytes:
    """A JPEG in layers, whose last one comes so many times more."""
    file = io.BytesIO()
    Image.new("L", (640, 480), 120).save(file, "JPEG", progressive=True)
    content = file.getvalue()
    last = content[content.rfind(b"\xff\xda") : -2]
    remark = b"\xff\xfe\x00\x04\xff\xd9"  # that looks like the end
    return content[:-2] + (remark + last) * times + content[-2:]


@pytest.fixture
def frames(hub, stop) -> Frames:
    return Frames(HubLink(hub.url, hub.token, run="run-1"), stop)


@pytest.mark.parametrize(
    ("kind", "size"),
    [("JPEG", (1600, 1200)), ("PNG", (1600, 1200)), ("WEBP", (1600, 1200)), ("JPEG", (8160, 6144))],
    ids=["jpeg", "png", "webp", "50 megapixels"],
)
def test_a_photo_of_a_card_is_read(
    frames, card: Callable[[str], Image.Image], kind: str, size: tuple[int, int]
) -> None:
    content = file_of(on_table(card(CARD), *size), kind)
    assert open_picture(content).size <= ENOUGH_PIXELS
    readings, advice = frames.see(passed(content), 0.0)
    assert ([reading.text for reading in readings], advice) == ([CARD], "")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "unreadable"),
        (b"\xff\xd8\xff" + b"no picture at all" * 9, "unreadable"),
        (file_of(Image.new("RGB", (3, 3))), "unreadable"),
        (file_of(Image.effect_noise((640, 480), 80))[:200], "unreadable"),
        (file_of(Image.new("RGB", (640, 480)), "BMP"), "unreadable"),
        (bomb(7_000), "too_large"),
        (bomb(60_000), "too_large"),
        (layers(100), "unreadable"),
    ],
    ids=["nothing", "not a picture", "tiny", "cut off", "another kind", "large", "a bomb", "layers without end"],
)
def test_what_is_no_picture_is_refused_before_it_is_unpacked(content: bytes, word: str) -> None:
    with pytest.raises(BadPicture) as refused:
        open_picture(content)
    assert refused.value.word == word


def test_a_photo_with_a_second_picture_or_a_film_in_it_and_one_in_layers_are_read(frames, card) -> None:
    photo, file = on_table(card(CARD), 1600, 1200), io.BytesIO()
    photo.save(file, "MPO", save_all=True, append_images=[photo.resize((320, 240))], quality=85)
    assert [reading.text for reading in frames.see(passed(file.getvalue()), 0.0)[0]] == [CARD]
    assert open_picture(layers(10)).shape == (480, 640)
    film = b"\x00\xff\xda" * 100
    assert [reading.text for reading in frames.see(passed(file_of(photo) + film), 0.0)[0]] == [CARD]


def test_a_vials_square_of_dots_is_read_where_it_is_asked_for(frames, dots) -> None:
    content = file_of(dots)
    assert frames.see(passed(content), 0.0) == ([], "")
    asked = PassedFrame("frame-1", "tablet-1", False, ("DataMatrix",), content)
    assert [reading.symbology for reading in frames.see(asked, 0.0)[0]] == ["DataMatrix"]
    # Large in a large photo: read in half its size.
    large = PassedFrame("frame-1", "tablet-1", False, ("DataMatrix",), file_of(dots.resize((4000, 2250))))
    assert [reading.text for reading in frames.see(large, 0.0)[0]] == ["0104012345678901"]


def test_a_sheet_of_labels_is_no_more_than_the_hub_takes(frames, hub, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Reading(f"label {nth}".encode(), f"label {nth}", "QRCode", (), "plain") for nth in range(MOST_CODES + 5)]
    monkeypatch.setattr(frames, "see", lambda frame, now: (many, ""))
    frames._serve(passed(b""))
    assert MOST_CODES == device.MOST_CODES
    assert [len(body["readings"]) for body in hub.bodies("/device/frames/frame-1")] == [MOST_CODES]


def test_a_live_picture_is_read_or_says_what_would_help(frames, card) -> None:
    table = on_table(card(CARD), 1800, 1012).crop((350, 150, 1630, 870))
    readings, advice = frames.see(passed(file_of(table), live=True), 0.0)
    assert ([reading.text for reading in readings], advice) == ([CARD], "")
    night = table.filter(ImageFilter.GaussianBlur(2.5)).point(lambda light: light // 5)
    content = file_of(night)
    said = [frames.see(passed(content, live=True, source="tablet-2"), 0.2 * nth) for nth in range(8)]
    assert not [reading for readings, _ in said for reading in readings]
    assert said[-1][1] == "dark"
    wall = file_of(Image.new("RGB", (1280, 720), (180, 176, 170)))
    assert {frames.see(passed(wall, live=True, source="tablet-3"), 0.2 * nth)[1] for nth in range(8)} == {""}


def test_one_tablet_after_another_is_forgotten(frames, card) -> None:
    content = file_of(on_table(card(CARD), 640, 480))
    for nth in range(40):
        frames.see(passed(content, live=True, source=f"tablet-{nth}"), nth / 100)
    assert len(frames._tablets) <= 16
    frames.see(passed(content, live=True), 100.0)
    assert len(frames._tablets) == 1


def test_a_stop_waits_for_the_picture_in_hand_and_begins_no_other(
    frames, hub, stop, eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[threading.Event] = []

    def decoding(_frame: PassedFrame, _now: float) -> tuple[list[Reading], str]:
        begun.append(threading.Event())
        begun[-1].wait(20)
        return [], "dark"

    monkeypatch.setattr(frames, "see", decoding)
    frames.wait_until_idle(20)
    serving = threading.Thread(target=frames._serve, args=(passed(b""),), daemon=True)
    serving.start()
    assert eventually(lambda: begun)
    stop.set()
    waiting = threading.Thread(target=frames.wait_until_idle, args=(20,), daemon=True)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    begun[0].set()
    waiting.join(5)
    assert not waiting.is_alive()
    serving.join(5)
    assert frames._serve(passed(b"")) == 0.0
    assert len(begun) == 1
    assert len(hub.bodies("/device/frames/frame-1")) == 1


def test_a_hub_that_has_nothing_at_once_is_not_asked_again_and_again(frames, hub, stop, eventually) -> None:
    asking = threading.Thread(target=frames.run, daemon=True)
    asking.start()
    assert eventually(lambda: len(hub.bodies("/device/frames")) == 2)
    stop.set()
    asking.join(5)
    assert not asking.is_alive()
