"""The small picture for a technician: made of what a real camera sees, and of no card."""

from __future__ import annotations

import base64
import io
import threading

import cv2
import numpy as np
import pytest
from PIL import Image

from kiosk.agent.portrait import WIDEST, portrait
from kiosk.agent.sight import Glance, Sight
from kiosk.devices import decoder
from kiosk.devices.shot import JpegShot, PlainShot

CARD = "001190123456||Nguyễn Thị Ánh Tuyết|01021990|Nữ|Thôn Đắk Rơ Chót, Ngọc Hồi, Kon Tum|15042021"


@pytest.fixture
def sight(site, virtual, stop, eventually):
    """A camera that sees an empty hall."""
    looks = Sight(site(virtual.url).camera, stop, lambda: None)
    threading.Thread(target=looks.run, daemon=True).start()
    assert eventually(looks.newest)
    return looks


def opened(told) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(told["jpeg"])))


def test_it_is_small_grey_and_says_how_good_the_large_one_is(sight) -> None:
    told = portrait(sight.newest())
    picture = opened(told)
    height, width = sight.newest().frame.shape[:2]
    assert (told["width"], told["height"]) == (width, height)
    assert max(picture.size) <= WIDEST
    assert picture.mode == "L"
    assert len(told["jpeg"]) < 60_000
    assert {told["light"], told["sharp"]} <= {"good", "soft", "poor"}


def test_none_is_made_while_a_card_is_held_before_the_camera(sight, virtual, card, eventually) -> None:
    virtual.hold(card(CARD))
    assert eventually(lambda: decoder.decode(sight.newest().frame))
    assert portrait(sight.newest()) == {"trouble": "held"}


def test_a_card_whose_code_was_missed_cannot_be_read_in_it(card) -> None:
    """The card fills the whole picture, twice as large as anybody holds it, and the decoder looked away."""
    whole = np.asarray(card(CARD).resize((1280, 720)))[:, :, ::-1].copy()
    grey = cv2.GaussianBlur(whole, (0, 0), 9)  # so blurred that its code is not found
    assert not decoder.decode(grey)
    told = portrait(Glance(1, PlainShot(grey), True))
    assert not decoder.decode(np.asarray(opened(told)))


def test_the_pictures_detail_is_half_of_its_width() -> None:
    """Stripes two pixels wide in the large picture are one grey in the small one."""
    stripes = np.zeros((720, 1280, 3), np.uint8)
    stripes[:, ::4] = stripes[:, 1::4] = 255
    small = np.asarray(opened(portrait(Glance(1, PlainShot(stripes), True))))
    assert small.std() < 4


@pytest.mark.parametrize("shape", [(720, 1280), (1280, 720), (240, 320, 3), (100, 60, 3)])
def test_any_camera(shape) -> None:
    told = portrait(Glance(1, PlainShot(np.full(shape, 90, np.uint8)), True))
    assert max(opened(told).size) <= WIDEST


def test_a_camera_that_gives_nothing_or_rubbish_is_said_to() -> None:
    assert portrait(None) == {"trouble": "no_picture"}
    assert portrait(Glance(1, JpegShot(b"\xff\xd8\xff no picture"), True)) == {"trouble": "no_picture"}
