"""A tablet or phone as a scanner: its picture goes through the hub to an agent, and comes back as somebody's name."""

from __future__ import annotations

import base64
import io
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import pytest
import segno
from flask import Flask
from PIL import Image
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from kiosk.actions import table
from kiosk.agent.frames import Frames
from kiosk.agent.hub_link import HubLink
from kiosk.config import Settings, load
from kiosk.rules.words import Role
from kiosk.store import scans, visits
from kiosk.web import frames_mailbox
from kiosk.web.frames_mailbox import (
    BUSY,
    COOL_DOWN_SECONDS,
    MOST_ASKING,
    MOST_FRAMES,
    NO_AGENT,
    Frame,
    Mailbox,
    Reading,
    Seen,
)
from tests.cast import CARD, CARD_OF_PAO, CARD_OF_STRANGER, Players, called, key, now, receive, screened
from tests.web.conftest import Hands

DESK, TABLE = "/frames/desk-1", "/frames/injection-1"


def photo(text: str, side: int = 700) -> bytes:
    """A JPEG of a code that lies on a table."""
    file = io.BytesIO()
    segno.make_qr(text.encode(), mode="byte").save(file, kind="png", scale=12)
    code = Image.open(file).convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    picture = Image.new("RGB", (1280, 960), (150, 142, 130))
    picture.paste(code, (280, 130))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()


def send(tablet: Hands, page: str, content: bytes, **fields: Any) -> TestResponse:
    """What the page's form sends: a photo; with `live` what its script sends."""
    data = {"key": key()} | fields | {"frame": (io.BytesIO(content), "frame.jpg")}
    headers = {"HX-Request": "true", "HX-Target": "hint"} if "live" in fields else {}
    return tablet.post(page, data=data, headers=headers, content_type="multipart/form-data")


@pytest.fixture
def served(hub: Flask, players: Players) -> Iterator[str]:
    """The same hub behind a socket, where agents find it."""
    server = make_server("127.0.0.1", 0, hub, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def agent(hub: Flask, players: Players, served: str) -> Iterator[None]:
    """The kiosk's agent decodes for tablets."""
    stop = threading.Event()
    working = Frames(HubLink(served, players.tokens["kiosk"], "run-1"), stop)
    threading.Thread(target=working.run, daemon=True).start()
    box: Mailbox = hub.extensions["frames"]
    until = threading.Event()
    for _ in range(200):
        if box.is_listened_to():
            break
        until.wait(0.05)
    yield
    stop.set()


class Asked:
    """Another agent, by hand: what it is given, and what it says."""

    def __init__(self, hub: Flask, token: str) -> None:
        self.client, self.headers = hub.test_client(), {"Authorization": f"Bearer {token}"}

    def next(self) -> dict[str, Any]:
        return dict(self.client.get("/device/frames", headers=self.headers).json)

    def tell(self, id: str, *codes: str, advice: str = "") -> int:
        readings = [{"raw": base64.b64encode(code.encode()).decode(), "symbology": "QRCode"} for code in codes]
        body = {"readings": readings, "advice": advice}
        return self.client.post(f"/device/frames/{id}", json=body, headers=self.headers).status_code


@pytest.fixture
def asked(hub: Flask, players: Players, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """An agent that answers as the test says."""
    return Asked(hub, players.tokens["kiosk"])


def meanwhile(act: Callable[[], Any]) -> Callable[[], Any]:
    """Begins it in a thread of its own; the result when asked for."""
    result: list[Any] = []
    thread = threading.Thread(target=copy_context().run, args=(lambda: result.append(act()),), daemon=True)
    thread.start()

    def ended() -> Any:
        thread.join(20)
        return result[0]

    return ended


# Who may


@pytest.mark.parametrize(
    ("role", "at_desk", "at_table"),
    [
        (Role.VOLUNTEER, 200, 200), (Role.SITE_LEAD, 200, 403), (Role.SCREENER, 403, 200), (Role.VACCINATOR, 403, 200),
        (Role.OBSERVER, 403, 403), (Role.TECHNICIAN, 403, 403),
    ],
)  # fmt: skip
def test_only_where_codes_are_read_and_for_whoever_works_there(
    signed_in: Callable[[Role], Hands], role: Role, at_desk: int, at_table: int
) -> None:
    tablet = signed_in(role)
    for page, home, status in ((DESK, "/desk/desk-1", at_desk), (TABLE, "/table/injection-1", at_table)):
        answer = tablet.get(page)
        assert answer.status_code == status
        assert "camera=(self)" in answer.headers["Permissions-Policy"]
        assert (f'href="{page}"' in tablet.get(home).text) is (status == 200)
        assert send(tablet, page, photo(CARD)).status_code == (303 if status == 200 else status)
    for page in ("/frames/observation-1", "/frames/kiosk-1", "/frames/nowhere"):
        assert tablet.get(page).status_code == (403 if role is Role.TECHNICIAN else 404)


def test_nobody_else_may_open_a_camera(client: Hands, signed_in: Callable[[Role], Hands]) -> None:
    assert client.get(DESK).location.startswith("/sign-in")
    assert "camera=()" in signed_in(Role.VOLUNTEER).get("/desk/desk-1").headers["Permissions-Policy"]


# The whole way, with a real agent over HTTP


def test_a_photo_at_the_desk_leads_to_the_person(
    agent: None, opened: str, players: Players, signed_in: Callable[[Role], Hands]
) -> None:
    tablet = signed_in(Role.VOLUNTEER)
    answer = send(tablet, DESK, photo(CARD))
    assert answer.status_code == 303
    assert "015158004187" not in answer.location
    page = tablet.get(answer.location)
    assert "Nguyễn Thị H" in page.text
    assert "Nguyễn Thị Hường" not in page.text
    assert "015158004187" not in page.text
    assert "Có trong danh sách hôm nay" in page.text
    assert "Đã đọc: thẻ căn cước" in page.text
    scan = scans.find_newest("desk-1", now(-1).at)
    assert scan is not None
    assert scan.person_id == players.huong
    answer = tablet.act(f"{DESK}/open/{scan.id}")
    assert answer.location == f"/desk/desk-1/person/{players.huong}"
    assert "Nguyễn Thị Hường" in tablet.get(answer.location).text


def test_a_stranger_at_the_desk_leads_to_the_form_for_people_on_no_list(
    agent: None, opened: str, signed_in: Callable[[Role], Hands]
) -> None:
    tablet = signed_in(Role.VOLUNTEER)
    page = tablet.get(send(tablet, DESK, photo(CARD_OF_STRANGER)).location)
    assert "Không có trong danh sách hôm nay" in page.text
    scan = scans.find_newest("desk-1", now(-1).at)
    assert scan is not None
    form = tablet.get(tablet.act(f"{DESK}/open/{scan.id}").location)
    assert "Phạm Văn Khách" in form.text


def test_a_card_at_the_injection_table_is_the_second_source(
    agent: None, opened: str, players: Players, signed_in: Callable[[Role], Hands]
) -> None:
    tablet = signed_in(Role.VACCINATOR)
    assert "chưa có ai" in tablet.get(send(tablet, TABLE, photo(CARD_OF_PAO)).location).text
    receive(players, players.huong)
    screened(players)
    visit = called(players.vaccinator)
    assert "Chưa khớp" in tablet.get(send(tablet, TABLE, photo(CARD_OF_PAO)).location).text
    assert "Khớp với người đang ở bàn" in tablet.get(send(tablet, TABLE, photo(CARD)).location).text
    assert table.require_at_table(players.vaccinator, visit, "identity").id == visit
    assert visits.get(visit).step == "injection"


def test_live_pictures_say_it_once_while_the_code_stays(
    agent: None, opened: str, signed_in: Callable[[Role], Hands]
) -> None:
    tablet, picture = signed_in(Role.VOLUNTEER), photo(CARD)
    first = send(tablet, DESK, picture, live="1", shown="seek")
    assert (first.status_code, first.headers["HX-Retarget"]) == (200, "#answer")
    assert 'data-sound="read"' in first.text
    assert "Có trong danh sách hôm nay" in first.text
    scan = re.search(r'data-scan="([0-9a-f-]{36})"', first.text)
    assert scan
    again = send(tablet, DESK, picture, live="1", shown="seek", answer=scan[1])
    assert 'data-word="held"' in again.text
    assert send(tablet, DESK, picture, live="1", shown="held", answer=scan[1]).status_code == 204
    reloaded = send(tablet, DESK, picture, live="1", shown="seek", answer="")
    assert scan[0] in reloaded.text, "a page that has lost the answer gets the same again"
    assert len(scans.list_offered("desk-1", now(-1).at)) == 1
    other = send(tablet, DESK, photo(CARD_OF_PAO), live="1", shown="held")
    assert other.headers["HX-Retarget"] == "#answer"
    empty = send(tablet, DESK, _empty(), live="1", shown="held")
    assert 'data-word="seek"' in empty.text
    assert "hint=nothing" in send(tablet, DESK, _empty()).location


def test_a_form_that_is_sent_again_with_another_card_is_not_answered_with_the_one_before(
    agent: None, opened: str, signed_in: Callable[[Role], Hands]
) -> None:
    tablet, form, card = signed_in(Role.VOLUNTEER), key(), photo(CARD)
    first = send(tablet, DESK, card, key=form).location
    assert send(tablet, DESK, card, key=form).location == first, "a second tap is the same scan"
    other = tablet.get(send(tablet, DESK, photo(CARD_OF_PAO), key=form).location).text
    assert "Sùng A P" in other
    assert "Nguyễn Thị H" not in other


def test_the_same_card_at_two_tablets_is_one_offer_for_both(
    agent: None, opened: str, signed_in: Callable[[Role], Hands]
) -> None:
    one, two, card = signed_in(Role.VOLUNTEER), signed_in(Role.SITE_LEAD), photo(CARD)
    assert send(one, DESK, card).location == send(two, DESK, card).location


def _empty() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1280, 720), (120, 130, 140)).save(file, "JPEG")
    return file.getvalue()


# Nobody to decode, and pictures that are none


def test_without_an_agent_the_page_says_so_at_once(signed_in: Callable[[Role], Hands], opened: str) -> None:
    tablet = signed_in(Role.VOLUNTEER)
    answer = send(tablet, DESK, photo(CARD))
    assert "Chưa có máy nào đọc mã" in tablet.get(answer.location).text
    assert 'data-word="no_agent"' in send(tablet, DESK, photo(CARD), live="1", shown="seek").text
    assert scans.find_newest("desk-1", now(-1).at) is None


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "nothing"), (b"GIF89a....", "unreadable"), (b"\xff\xd8\xff" + bytes(12 * 1024**2), "too_large")],
    ids=["nothing", "another kind", "large"],
)
def test_what_is_no_picture_goes_to_no_agent(signed_in: Callable[[Role], Hands], content: bytes, word: str) -> None:
    assert f"hint={word}" in send(signed_in(Role.VOLUNTEER), DESK, content).location


def test_a_picture_larger_than_any_photo_is_not_even_read(signed_in: Callable[[Role], Hands]) -> None:
    assert send(signed_in(Role.VOLUNTEER), DESK, bytes(14 * 1024**2)).status_code == 413


def test_of_strangers_no_photo_is_read(client: Hands) -> None:
    assert send(client, DESK, bytes(2 * 1024**2)).status_code == 413
    client.set_cookie("staff", "made up")
    assert send(client, DESK, bytes(2 * 1024**2)).status_code == 413


def test_a_phone_that_falls_silent_in_the_middle_of_a_picture_is_not_waited_for(
    signed_in: Callable[[Role], Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Input:
        """A request's body as gunicorn reads it."""

        def read(self, size: int) -> bytes:
            return line.recv(size)

    monkeypatch.setattr("kiosk.web.frames.SILENT_SECONDS", 1)
    tablet, (line, phone) = signed_in(Role.VOLUNTEER), socket.socketpair()
    phone.send(b"--x\r\nContent-Disposition: form-data; name=frame; filename=photo.jpg\r\n\r\n")
    environ = {"gunicorn.socket": line, "wsgi.input": Input(), "CONTENT_LENGTH": "90000"}
    kind = "multipart/form-data; boundary=x"
    answer = meanwhile(lambda: tablet.post(DESK, content_type=kind, environ_overrides=environ))()
    assert answer.status_code == 400
    for end in (line, phone):
        end.close()


def test_nothing_else_of_the_hub_takes_so_much(signed_in: Callable[[Role], Hands]) -> None:
    assert send(signed_in(Role.VOLUNTEER), "/desk/desk-1/find", bytes(2 * 1024**2)).status_code == 413


def test_a_hint_is_one_of_ours(signed_in: Callable[[Role], Hands]) -> None:
    assert 'data-word="seek"' in signed_in(Role.VOLUNTEER).get(f"{DESK}?hint=<b>").text


def test_no_picture_reaches_the_disk(signed_in: Callable[[Role], Hands], monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("a file was made for a picture")

    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(f"tempfile.{name}", never)
        monkeypatch.setattr(f"werkzeug.formparser.{name}", never, raising=False)
    assert send(signed_in(Role.VOLUNTEER), DESK, photo(CARD) + bytes(900_000)).status_code == 303


# The device's side of it


def test_an_agent_answers_only_what_it_was_given_and_once(
    asked: Asked, hub: Flask, players: Players, opened: str, signed_in: Callable[[Role], Hands]
) -> None:
    tablet, other = signed_in(Role.VOLUNTEER), Asked(hub, players.tokens["neighbour"])
    picture = photo(CARD)
    given = meanwhile(asked.next)
    _until(hub.extensions["frames"].is_listened_to)
    answer = meanwhile(lambda: send(tablet, DESK, picture))
    frame = given()
    assert base64.b64decode(frame["picture"]) == picture
    assert (frame["live"], frame["formats"]) == (False, [])
    assert other.tell(frame["id"], CARD) == 404
    assert asked.tell("00000000-0000-4000-8000-000000000000", CARD) == 404
    assert asked.tell(frame["id"], CARD) == 200
    assert asked.tell(frame["id"], CARD_OF_PAO) == 404
    assert "scan=" in answer().location


@pytest.mark.parametrize(
    "body",
    [
        {"readings": [], "advice": 1}, {"advice": ""}, {"readings": ["x"], "advice": ""},
        {"readings": [{"raw": "§", "symbology": "QRCode"}], "advice": ""},
        {"readings": [{"raw": "", "symbology": "QRCode"}], "advice": ""},
        {"readings": [{"raw": "eA==", "symbology": "QRCode"}] * 21, "advice": ""},
    ],
)  # fmt: skip
def test_a_malformed_answer_is_refused(asked: Asked, body: dict[str, Any]) -> None:
    assert asked.client.post("/device/frames/x", json=body, headers=asked.headers).status_code == 400


@pytest.mark.parametrize("who", ["", "the token of the volunteer"])
def test_frames_go_to_paired_agents_only(hub: Flask, players: Players, who: str) -> None:
    stranger = Asked(hub, who)
    assert stranger.client.get("/device/frames", headers=stranger.headers).status_code == 401
    assert stranger.tell("x", CARD) == 401


@pytest.mark.parametrize(
    ("set_to", "station", "formats"),
    [
        ("", "injection-1", ["DataMatrix"]), ("", "desk-1", []), ("", "kiosk-1", []),
        ('formats = ["Aztec"]', "kiosk-1", ["Aztec"]), ("formats = []", "injection-1", []),
    ],
)  # fmt: skip
def test_what_is_looked_for_beside_qr_codes(
    settings: Settings, players: Players, set_to: str, station: str, formats: list[str]
) -> None:
    from kiosk.app import create_app
    from kiosk.web import frames

    path = settings.folder / "site.toml"
    path.write_text(path.read_text().replace(f'code = "{station}"\n', f'code = "{station}"\n{set_to}\n'))
    with create_app(load(settings.folder)).app_context():
        assert list(frames.formats(station)) == formats


# The mailbox


def _frame(source: str = "tablet-1", id: str = "") -> Frame:
    return Frame(id or source, source, True, (), b"jpeg")


def _until(true: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(400):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("it did not come true")


def test_a_frame_waits_only_while_an_agent_listens() -> None:
    box = Mailbox()
    assert box.ask(_frame(), 5) is NO_AGENT
    assert box.take("agent-1", 0) is None
    assert box.ask(_frame(), 0.01) is BUSY
    assert box.take("agent-1", 0) is None, "nobody waits for it any more"


def test_the_newest_frame_of_a_tablet_takes_the_place_of_the_one_before() -> None:
    box = Mailbox()
    box.take("agent-1", 0)
    first = meanwhile(lambda: box.ask(_frame(id="1"), 10))
    _until(lambda: box.waiting == 1)
    second = meanwhile(lambda: box.ask(_frame(id="2"), 10))
    assert first() is BUSY
    taken = box.take("agent-1", 5)
    assert taken is not None
    assert taken.id == "2"
    assert not box.answer("agent-1", "1", Seen(()))
    seen = Seen((Reading(b"x", "QRCode"),))
    assert box.answer("agent-1", "2", seen)
    assert second() == seen
    assert box.waiting == 0


def test_a_frame_of_a_silent_agent_goes_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_mailbox, "HANDED_OVER_SECONDS", 0.1)
    box = Mailbox()
    box.take("dead", 0)
    answer = meanwhile(lambda: box.ask(_frame(), 10))
    assert box.take("dead", 5) is not None
    assert box.take("dead", 0.2) is None, "not to the same one again"
    assert box.take("alive", 5) is not None
    assert box.answer("alive", "tablet-1", Seen((), "dark"))
    assert answer().advice == "dark"


def test_an_agent_that_has_gone_is_given_nothing_and_counts_for_nothing() -> None:
    box = Mailbox()
    gone = threading.Event()
    question = meanwhile(lambda: box.take("agent-1", 20, gone.is_set))
    _until(box.is_listened_to)
    gone.set()
    assert box.ask(_frame(), 0.1) is BUSY, "its line is not looked at until there is something to say"
    assert question() is None
    assert box.ask(_frame(), 10) is NO_AGENT


def test_there_is_room_for_so_many_and_no_more() -> None:
    box = Mailbox()
    box.take("agent-1", 0)
    answers = [meanwhile(lambda nth=nth: box.ask(_frame(f"tablet-{nth}"), 20)) for nth in range(MOST_FRAMES)]
    _until(lambda: box.waiting == MOST_FRAMES)
    assert box.ask(_frame("one more"), 20) is BUSY
    questions = []
    for nth in range(MOST_FRAMES):
        frame = box.take(f"agent-{nth}", 5)
        assert frame is not None
        box.answer(f"agent-{nth}", frame.id, Seen(()))
    assert all(answer() == Seen(()) for answer in answers)
    for nth in range(MOST_ASKING):
        questions.append(meanwhile(lambda nth=nth: box.take(f"agent-{nth}", 2)))
    _until(lambda: box.asking == MOST_ASKING)
    assert box.take("one more", 20) is None
    newer = meanwhile(lambda: box.take("agent-0", 0))
    assert questions[0]() is None, "an agent that asks again has given up its question"
    assert newer() is None
    assert [question() for question in questions] == [None] * MOST_ASKING


def test_a_card_held_before_anybody_was_called_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    box, clock = Mailbox(), [100.0]
    monkeypatch.setattr(frames_mailbox.time, "monotonic", lambda: clock[0])
    box.note("tablet-1", b"met", "scan-1")
    box.note("tablet-1", b"too early", "scan-2", lasting=False)
    for _ in range(3):
        clock[0] += COOL_DOWN_SECONDS / 2
        assert box.known("tablet-1", b"met") == "scan-1", "it stays in view"
        box.known("tablet-1", b"too early")
    assert box.known("tablet-1", b"too early") is None


def test_a_code_makes_another_scan_when_it_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Mailbox()
    assert box.known("tablet-1", b"x") is None
    box.note("tablet-1", b"x", "scan-1")
    assert box.known("tablet-1", b"x") == "scan-1"
    assert box.known("tablet-1", b"y") is None
    assert box.known("tablet-2", b"x") is None
    monkeypatch.setattr(frames_mailbox, "COOL_DOWN_SECONDS", 0.0)
    assert box.known("tablet-1", b"x") is None
    for nth in range(9):
        box.note("tablet-1", bytes([nth]), "scan")
    assert len(box._read) == 1, "photos alone ask for none, and are forgotten too"
