import time
from datetime import date

import cv2
import numpy as np
import pytest

from kiosk.demo import cards, commune
from kiosk.demo.hand import ticket_on
from kiosk.devices.decoder import decode
from kiosk.devices.raster import draw
from kiosk.devices.tape import Tape
from kiosk.devices.virtual_camera import VirtualCamera
from kiosk.devices.virtual_scene import Scene
from kiosk.rules import codes
from kiosk.rules.person import name_key
from kiosk.rules.slips import Code, Line
from kiosk.rules.words import CodeKind, Confidence

PEOPLE = commune.invent(300, date(2021, 11, 20))


@pytest.fixture(scope="module")
def scene():
    return Scene(1280, 720)


def seen(scene, picture):
    """The codes in a camera frame of this picture, after JPEG as it comes over the wire."""
    scene.hold(picture)
    jpeg = cv2.imencode(".jpg", scene.frame(3.0, 1.0), (cv2.IMWRITE_JPEG_QUALITY, 88))[1]
    return [reading.raw for reading in decode(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))]


@pytest.mark.parametrize("invented", PEOPLE[::20], ids=lambda one: one.identity.name)
def test_the_camera_reads_exactly_what_stands_on_the_card(scene, invented):
    assert seen(scene, cards.national_card(invented)) == [cards.card_text(invented).encode()]


def test_a_card_through_the_whole_camera():
    camera = VirtualCamera()
    try:
        camera.hold(cards.national_card(PEOPLE[7]))
        time.sleep(0.5)
        frame = cv2.imdecode(np.frombuffer(camera.jpeg(), np.uint8), cv2.IMREAD_COLOR)
    finally:
        camera.stop()
    assert [reading.text for reading in decode(frame)] == [cards.card_text(PEOPLE[7])]


def test_every_card_says_whose_it_is():
    for invented in PEOPLE:
        card = codes.read(cards.card_text(invented))
        assert card.identity == invented.identity
        assert card.issued_on == invented.issued_on
        assert card.confidence is Confidence.HIGH


@pytest.mark.parametrize(
    ("paper", "kind"),
    [
        ("personal_qr", CodeKind.NATIONAL_QR), ("masked_qr", CodeKind.NATIONAL_QR),
        ("insurance", CodeKind.INSURANCE_CARD), ("certificate", CodeKind.CERTIFICATE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("invented", PEOPLE[7::100], ids=lambda one: one.identity.name)
def test_every_other_paper_is_read_as_what_it_is(scene, invented, paper, kind):
    [raw] = seen(scene, cards.PAPERS[paper](invented))
    code = codes.read(raw)
    who, known = code.identity, invented.identity
    assert code.kind is kind
    assert name_key(who.name) == name_key(known.name)
    assert who.born_year == known.born_year
    assert (who.number, who.born_on) in ((known.number, known.born_on), ("", known.born_on), ("", None))


@pytest.mark.parametrize("payload", ["DT1:23456789AB", cards.card_text(PEOPLE[20])])
def test_a_phone_shows_its_code(scene, payload):
    assert seen(scene, cards.phone_screen(payload)) == [payload.encode()]


def test_odd_codes_are_not_ours(scene):
    found = {name: seen(scene, picture) for name, picture in cards.odd_codes().items()}
    kinds = {name: [codes.read(raw).kind for raw in raws] for name, raws in found.items()}
    assert kinds == {
        "location": [CodeKind.LINK], "damaged": [], "blank": [], "badge": [CodeKind.BADGE], "pack": [CodeKind.PACK]
    }  # fmt: skip


def test_the_ticket_on_a_paper_is_found_in_its_dots():
    tape = Tape(576)
    tape.add(draw([Line("Mời ngồi chờ ở khu A"), Code("DT1:23456789AB")], 576))
    tape.cut("full")
    tape.add(draw([Line("Không có mã")], 576))
    tape.cut("full")
    assert [ticket_on(paper) for paper in tape.papers] == ["DT1:23456789AB", ""]
