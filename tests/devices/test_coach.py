"""What the coach says of real frames, through the real stream: each advice in two strengths, and when it is silent."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
import segno
from numpy.typing import NDArray
from PIL import Image

from kiosk.devices.coach import Advice, Coach
from kiosk.devices.decoder import Frame, Reading, Sighting, Stream
from kiosk.devices.virtual_scene import Scene, hall

SIZE = (1280, 720)
STEP = 1 / 8
CARD_TEXT = "001190123456||Nguyễn Thị Ánh Tuyết|01021990|Nữ|Thôn Đắk Rơ Chót, Ngọc Hồi, Kon Tum|15042021"
HALL = hall(*SIZE).astype(np.float32)
NOISE = np.random.default_rng(7).normal(0, 2, (3, SIZE[1], SIZE[0], 1)).astype(np.float32)


def code(scale: int) -> Image.Image:
    """A code of as many modules as a national card's."""
    file = io.BytesIO()
    segno.make_qr(CARD_TEXT.encode(), error="m", mode="byte", version=8).save(file, kind="png", scale=scale, border=3)
    return Image.open(file).convert("RGB")


def card() -> Frame:
    """A card with its code in the corner, BGR."""
    picture = Image.new("RGB", (1280, 807), (206, 228, 222))
    picture.paste((90, 100, 120), (60, 320, 330, 680))
    picture.paste(code(6), (930, 30))
    return np.asarray(picture, np.uint8)[:, :, ::-1]


def phone() -> Frame:
    """A phone with a dark rim that shows the code, BGR."""
    picture = Image.new("RGB", (640, 1180), (28, 32, 38))
    picture.paste((244, 248, 251), (22, 40, 618, 1140))
    picture.paste(code(10), (45, 250))
    return np.asarray(picture, np.uint8)[:, :, ::-1]


@dataclass(frozen=True)
class Held:
    """How something is held up. `width` and `centre` in widths and heights of the frame; `lamp`: a mirrored light."""

    what: Frame
    width: float = 0.75
    centre: tuple[float, float] = (0.5, 0.5)
    blur: float = 0.7
    smear: int = 0
    shines: float = 0.96
    room: float = 1.0
    lamp: float = 0.0

    def frames(self, count: int) -> Iterable[Frame]:
        """So many frames of it in front of the hall; only the noise differs."""
        light = self.light()
        return (_picture(light, nth) for nth in range(count))

    def frame(self, nth: int = 0) -> Frame:
        """One of them."""
        return _picture(self.light(), nth)

    def light(self) -> NDArray[np.float32]:
        """The picture before the sensor adds its noise."""
        height, width = self.what.shape[:2]
        scale = self.width * SIZE[0] / width
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), 3.0, scale)
        turn[:, 2] += (SIZE[0] * self.centre[0] - width / 2, SIZE[1] * self.centre[1] - height / 2)
        picture = cv2.GaussianBlur(self.what, (0, 0), max(0.3, 0.4 / scale)).astype(np.float32) * self.shines
        cover = cv2.warpAffine(np.ones(self.what.shape, np.float32), turn, SIZE)
        seen = HALL * self.room * (1 - cover) + cv2.warpAffine(picture, turn, SIZE)
        if self.lamp:
            y, x = np.mgrid[: SIZE[1], : SIZE[0]]
            seen += (self.lamp * np.exp(-((x - 970) ** 2 + (y - 230) ** 2) / (2 * 70**2)))[:, :, None]
        if self.smear:
            seen = cv2.filter2D(seen, -1, np.full((1, self.smear), 1 / self.smear, np.float32))
        return np.asarray(cv2.GaussianBlur(seen, (0, 0), self.blur), np.float32)


def _picture(light: NDArray[np.float32], nth: int) -> Frame:
    return np.asarray(np.clip(light + NOISE[nth % 3], 0, 255), np.uint8)


def watch(frames: Iterable[Frame], room: float = 1.0) -> list[Advice | None]:
    """What a coach and a stream say of these frames, eight a second, after a look at the empty hall."""
    coach, stream = Coach(), Stream()
    coach.watch(_picture(HALL * room, 0), [], None, 0.0)
    said = []
    for nth, frame in enumerate(frames, 1):
        readings = stream.feed(frame)
        said.append(coach.watch(frame, readings, stream.sighting, nth * STEP))
    return said


def swung(held: Held, by: float) -> Iterable[Frame]:
    """Moved to and fro by so many widths of the frame from one look to the next."""
    return (replace(held, centre=(0.5 + by * (nth % 2 - 0.5), 0.5)).frame(nth) for nth in range(10))


CARD, PHONE = Held(card()), Held(phone(), width=0.25)
LONG = 8


@pytest.mark.parametrize(
    ("advice", "held"),
    [
        ("nearer", replace(CARD, width=0.24)),
        ("nearer", replace(CARD, width=0.18)),
        ("nearer", replace(CARD, width=0.45, blur=4.0)),
        ("farther", replace(CARD, width=1.1)),
        ("farther", replace(CARD, width=1.5)),
        ("dark", replace(CARD, shines=0.12, room=0.12, blur=4.0)),
        ("dark", replace(CARD, shines=0.08, room=0.08, blur=4.0)),
        ("glare", replace(CARD, lamp=400)),
        ("glare", replace(CARD, lamp=800)),
        ("still", replace(CARD, blur=4.0)),
        ("brighter", replace(PHONE, shines=0.22, blur=5.0)),
        ("brighter", replace(PHONE, shines=0.1, blur=5.0)),
    ],
)
def test_what_is_said_of_a_code_that_cannot_be_read(advice: str, held: Held) -> None:
    said = watch(held.frames(LONG), held.room)
    assert said[-2:] == [advice] * 2
    assert set(said) == {None, advice}
    assert said[:3] == [None] * 3, "it is said before it has lasted"


def scratched(held: Held) -> Held:
    """Two of the code's corner marks are gone: no light and no patience will bring them back."""
    what = held.what.copy()
    what[30:130, 920:1250] = 206
    return replace(held, what=what)


def test_another_document_is_asked_for_when_a_faultless_picture_is_not_read() -> None:
    said = watch(scratched(CARD).frames(40))
    assert said[:24] == [None] * 24, "not before it had its chance"
    assert said[-2:] == ["other"] * 2


@pytest.mark.parametrize(("by", "smear"), [(0.06, 25), (0.15, 61)])
def test_hold_still_is_said_of_a_card_that_moves(by: float, smear: int) -> None:
    assert watch(swung(replace(CARD, width=0.6, smear=smear), by))[-1] == Advice.STILL


@pytest.mark.parametrize("held", [CARD, PHONE, replace(CARD, width=0.6, blur=1.2)])
def test_nothing_is_said_of_a_code_that_is_read(held: Held) -> None:
    assert set(watch(held.frames(LONG))) == {None}


def test_nothing_is_said_to_an_empty_hall_by_day_by_night_and_while_the_light_changes() -> None:
    scene = Scene(*SIZE)
    assert set(watch(scene.frame(nth * STEP, 0.0) for nth in range(16))) == {None}
    assert set(watch((_picture(HALL * 0.05, nth) for nth in range(12)), 0.05)) == {None}
    assert set(watch(_picture(HALL * (1 - 0.03 * nth), nth) for nth in range(16))) == {None}


@pytest.mark.parametrize("shirt", [(60, 60, 130), (225, 226, 228)])
def test_nothing_is_said_to_somebody_who_walks_by_or_stands_there(shirt: tuple[int, int, int]) -> None:
    def person(x: int) -> Frame:
        picture = HALL.copy()
        cv2.ellipse(picture, (x, 190), (105, 140), 0, 0, 360, (96, 128, 170), -1)
        cv2.ellipse(picture, (x, 720), (300, 380), 0, 0, 360, shirt, -1)
        cv2.rectangle(picture, (x + 60, 520), (x + 130, 620), (245, 245, 245), -1)  # a badge
        return _picture(cv2.GaussianBlur(picture, (0, 0), 4), x)

    assert set(watch(person(x) for x in range(-200, 1500, 90))) == {None}
    assert set(watch(person(640 + nth % 4) for nth in range(16))) == {None}


def test_a_poster_on_the_wall_is_left_alone_in_time() -> None:
    coach = Coach()
    frame = replace(CARD, width=0.2).frame()
    seen = Sighting(((700, 200), (750, 200), (750, 250), (700, 250)), 1.0)
    said = [coach.watch(frame, [], seen, nth * STEP) for nth in range(160)]
    assert Advice.NEARER in said[:100]
    assert set(said[-20:]) == {None}


def test_the_line_does_not_flicker() -> None:
    coach = Coach()
    far, near = replace(CARD, width=0.2).frame(), replace(CARD, width=1.2).frame()
    seen = Sighting(((700, 200), (750, 200), (750, 250), (700, 250)), 1.0)
    cut = Sighting(((900, 0), (1279, 0), (1279, 300), (900, 300)), 6.0)
    reasons = [(far, seen)] * 6 + [(near, cut)] * 10
    said = [coach.watch(frame, [], sighting, nth * STEP) for nth, (frame, sighting) in enumerate(reasons)]
    assert said.index(Advice.NEARER) == 4
    assert said.index(Advice.FARTHER) - said.index(Advice.NEARER) >= 1.2 / STEP
    changes = sum(before is not after for before, after in itertools.pairwise(said))
    assert changes == 2


def test_two_reasons_that_alternate_are_no_advice() -> None:
    coach = Coach()
    frame = replace(CARD, width=0.2).frame()
    seen = Sighting(((700, 200), (750, 200), (750, 250), (700, 250)), 1.0)
    assert {coach.watch(frame, [], seen if nth % 2 else None, nth * STEP) for nth in range(16)} == {None}


def test_a_reading_ends_the_advice_at_once_and_for_a_while() -> None:
    coach = Coach()
    frame = replace(CARD, width=0.2).frame()
    seen = Sighting(((700, 200), (750, 200), (750, 250), (700, 250)), 1.0)
    said = [coach.watch(frame, [], seen, nth * STEP) for nth in range(8)]
    assert said[-1] == Advice.NEARER
    assert coach.watch(frame, [Reading(b"a", "a", "QRCode", (), "plain")], None, 1.0) is None
    assert [coach.watch(frame, [], seen, 1.0 + nth * STEP) for nth in range(1, 12)] == [None] * 11


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: frame[:, :, 1],
        lambda frame: frame[:90, :160],
        np.zeros_like,
        lambda frame: np.full_like(frame, 255),
    ],
)
def test_every_frame_has_an_answer(spoil: Callable[[Frame], Frame]) -> None:
    coach = Coach()
    frame = spoil(CARD.frame())
    height, width = frame.shape[:2]
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    for nth, sighting in enumerate((None, Sighting(corners, 0.0), Sighting(((5, 5),) * 4, 3.0), None)):
        coach.watch(frame, [], sighting, float(nth))
