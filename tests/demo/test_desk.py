import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from kiosk.clock import Clock
from kiosk.demo import cards, commune, desk, platform, switches
from kiosk.demo.hand import Hand
from kiosk.demo.shift import Shift
from kiosk.demo.site import Colleague
from kiosk.demo.wire import Wire
from kiosk.devices.printer import open_printer
from kiosk.devices.raster import draw
from kiosk.devices.virtual_camera import VirtualCamera
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.rules.slips import Code, Number
from kiosk.wording import catalogue

HERE = {"Origin": "http://localhost"}
TEMPLATES = Path(desk.__file__).parent / "templates"


class Lamp:
    """The smallest program there is: it is on or off."""

    def __init__(self, name):
        self.name = name
        self.alive = True

    def kill(self):
        self.alive = False

    def start(self):
        self.alive = True


class Ministry(Lamp):
    """A platform that only notes what it is told."""

    def __init__(self):
        super().__init__("platform")
        self.broken = set()

    @property
    def doses(self):
        return 7 if self.alive else None

    def turn(self, switch, broken):
        (self.broken.add if broken else self.broken.discard)(switch)


@pytest.fixture(scope="module")
def cameras():
    both = VirtualCamera(), VirtualCamera()
    for camera in both:
        camera.start()
    yield both
    for camera in both:
        camera.stop()


@pytest.fixture
def demo(cameras, tmp_path):
    printer, wire = VirtualPrinter(), Wire("127.0.0.1", 0, 1)
    for camera in cameras:
        camera.plug()
        camera.hold(None)
    printer.start()
    wire.start()
    yield SimpleNamespace(
        people=commune.invent(30, date(2021, 11, 20)),
        strangers=commune.strangers(3),
        clock=Clock("Asia/Ho_Chi_Minh", tmp_path / "clock-shift"),
        shift=Shift(tmp_path / "clock-shift"),
        camera=cameras[0],
        table_camera=cameras[1],
        printer=printer,
        wire=wire,
        platform=Ministry(),
        **{name: Lamp(name) for name in ("hub", "agent", "table_agent", "forwarder")},
        links=[("kiosk-1", "http://127.0.0.1:8080/kiosk/kiosk-1"), ("board", "http://127.0.0.1:8080/board")],
        staff=(Colleague("Lò Thị Mai", "site_lead", "TRUONG1", "1001"),),
        pairing_codes={"kiosk-1": "481203"},
    )
    wire.stop()
    printer.stop()


@pytest.fixture
def browser(demo):
    return desk.create_desk(demo).test_client()


def post(browser, url, **fields):
    return browser.post(url, data=fields, headers=HERE)


def print_ticket(demo):
    printer = open_printer(demo.printer.address)
    assert printer.print("1", draw([Number("A 001"), Code("DT1:23456789AB")], 576), lambda: None).state == "printed"
    printer.close()


def test_the_page_shows_people_screens_staff_and_codes(browser):
    page = browser.get("/")
    assert page.status_code == 200
    for words in ("Máy lấy số 1", "Bảng gọi số", "Lò Thị Mai", "trưởng điểm tiêm", "1001", "481203", "Còn giấy"):
        assert words in page.text
    assert page.text.count("<option") == 33 + len(cards.PAPERS)
    assert "img-src 'self'" in page.headers["Content-Security-Policy"]
    assert "demo." not in re.sub(r"<[^>]*>", "", page.text)
    assert "Ở bàn tiêm 1" in page.text


def test_cards_are_held_one_after_another_and_put_away(browser, demo):
    first, second = (one.identity.name for one in demo.people[:2])
    assert post(browser, "/hold", what="next").status_code == 303
    assert demo.camera.state == "holding"
    assert f"Đang giơ giấy tờ của {first}" in browser.get("/").text
    post(browser, "/hold", what="next")
    assert f"Đang giơ giấy tờ của {second}" in browser.get("/").text
    post(browser, "/put-away")
    assert demo.camera.state == "empty"


def test_after_the_last_person_the_list_begins_again(demo):
    hand = Hand({"kiosk": demo.camera}, demo.people[:2], ())
    held = []
    for _ in range(4):
        hand.hold_next()
        held.append(hand.held.invented)
    assert held == [*demo.people[:2], *demo.people[:2]]


def test_each_camera_is_held_something_and_both_are_cleared(browser, demo):
    post(browser, "/hold", what="person:4")
    assert post(browser, "/camera", where="table").status_code == 303
    assert (demo.camera.state, demo.table_camera.state) == ("holding", "empty")
    page = browser.get("/").text
    assert "Chưa giơ gì" in page
    assert re.search(r'<option value="person:4" selected>', page), "the same card is one tap away at the table"
    empty = browser.get("/camera.jpg").data
    post(browser, "/hold", what="person:4")
    assert demo.table_camera.state == "holding"
    assert browser.get("/camera.jpg").data != empty
    post(browser, "/put-away")
    assert (demo.camera.state, demo.table_camera.state) == ("empty", "empty")


def test_an_unknown_camera_is_refused(browser):
    answer = post(browser, "/camera", where="attic")
    assert answer.status_code == 422
    assert "Không có máy ảnh này" in answer.text


def test_time_passes_for_every_program(browser, demo):
    assert "Đồng hồ đúng giờ" in browser.get("/").text
    before = demo.clock.now().at
    assert post(browser, "/clock").status_code == 303
    post(browser, "/clock")
    assert (demo.clock.now().at - before).total_seconds() >= 3600
    assert "Đồng hồ chạy trước 60 phút" in browser.get("/").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"what": "stranger:2"}, "không có trong danh sách"),
        ({"what": "phone", "payload": "DT1:23456789AB"}, "Đang giơ điện thoại với mã DT1:23456789AB"),
        ({"what": "odd:damaged"}, "Thẻ bị xước"),
    ],
)
def test_other_things_can_be_held(browser, demo, fields, said):
    assert post(browser, "/hold", **fields).status_code == 303
    assert demo.camera.state == "holding"
    assert said in browser.get("/").text


def test_every_paper_of_a_person_can_be_held(browser, demo):
    for paper in cards.PAPERS:
        assert post(browser, "/hold", what="person:4", paper=paper).status_code == 303
        assert f'<option value="{paper}" selected>' in browser.get("/").text
    assert post(browser, "/hold", what="person:4", paper="passport").status_code == 422


@pytest.mark.parametrize("what", ["", "person:30", "person:-1", "person:²", "stranger:x", "phone", "odd:none", "x:1"])
def test_nothing_to_hold_is_said_in_words(browser, demo, what):
    answer = post(browser, "/hold", what=what)
    assert answer.status_code == 422
    assert "Chưa chọn gì để giơ lên" in answer.text
    assert demo.camera.state == "empty"


def test_search_finds_by_name_without_marks_and_by_year(browser, demo):
    sought = demo.people[11].identity
    word = commune.names.FAMILY[0]
    plain = browser.get("/people", query_string={"q": f"{sought.name.split()[-1]} {sought.born_year}"}).text
    assert sought.name.replace("'", "&#39;") in plain
    assert browser.get("/people?q=nguyen").text == browser.get(f"/people?q={word}").text.replace(word, "nguyen", 1)
    assert "<option" not in browser.get("/people?q=khôngcó").text


def test_the_paper_comes_out_and_its_code_goes_on_a_phone(browser, demo):
    assert "Chưa có phiếu nào" in browser.get("/paper").text
    print_ticket(demo)
    paper = browser.get("/paper").text
    assert 'value="DT1:23456789AB"' in paper
    assert browser.get("/paper/1.png").data == demo.printer.papers[0].png
    assert browser.get("/paper/2.png").status_code == 404
    seen = re.search(r"seen=([\w-]+)", paper)[1]
    assert browser.get(f"/paper?seen={seen}").status_code == 204


@pytest.mark.parametrize(("name", "fault"), switches.PRINTER.items())
def test_printer_switches(browser, demo, name, fault):
    assert post(browser, "/switch", name=name, to="broken").status_code == 303
    assert demo.printer.faults == {fault}
    assert catalogue("vi")[f"demo.switch.{name}.broken"] in browser.get("/switches").text
    post(browser, "/switch", name=name, to="well")
    assert demo.printer.faults == frozenset()


def test_camera_and_programs_can_be_broken_and_mended(browser, demo):
    programs = [getattr(demo, name) for name in switches.PROGRAMS]
    for name in ("unplugged", *switches.PROGRAMS, "reset_link"):
        post(browser, "/switch", name=name, to="broken")
    assert demo.camera.state == "unplugged"
    assert not any(program.alive for program in programs)
    assert "Hệ thống tập không trả lời" in browser.get("/switches").text
    assert browser.get("/camera.jpg").status_code == 503
    assert "Máy ảnh đang rút dây" in browser.get("/camera").text
    for name in ("unplugged", *switches.PROGRAMS):
        post(browser, "/switch", name=name, to="well")
    assert demo.camera.state == "empty"
    assert all(program.alive for program in programs)
    assert browser.get("/camera.jpg").data[:2] == b"\xff\xd8"
    assert "Hệ thống tập đang giữ 7 mũi tiêm" in browser.get("/switches").text


def test_the_network_can_be_cut_and_mended(browser, demo):
    post(browser, "/switch", name="network", to="broken")
    assert demo.wire.down
    assert "Mất mạng" in browser.get("/switches").text
    post(browser, "/switch", name="network", to="well")
    assert not demo.wire.down


@pytest.mark.parametrize("name", platform.FAULTS)
def test_platform_switches(browser, demo, name):
    post(browser, "/switch", name=name, to="broken")
    assert demo.platform.broken == {name}
    assert catalogue("vi")[f"demo.switch.{name}.broken"] in browser.get("/switches").text
    post(browser, "/switch", name=name, to="well")
    assert demo.platform.broken == set()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_switch_is_worded(language):
    ways = ("well", "broken", "break", "mend")
    names = set(switches.SIGNS) - set(switches.ONCE)
    assert {f"demo.switch.{name}.{way}" for name in names for way in ways} <= set(catalogue(language))


def test_an_unknown_switch_is_refused(browser):
    assert post(browser, "/switch", name="on_fire", to="broken").status_code == 422


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
@pytest.mark.parametrize("url", ["/hold", "/put-away", "/switch", "/camera", "/clock", "/language"])
def test_posts_from_elsewhere_are_refused(browser, demo, url, headers):
    answer = browser.post(url, data={"what": "next", "name": "hub", "to": "broken"}, headers=headers)
    assert answer.status_code == 403
    assert "Yêu cầu này không đến từ trang này" in answer.text
    assert demo.hub.alive


def test_english_is_complete(browser):
    assert post(browser, "/language", language="en").status_code == 303
    page = browser.get("/").text
    assert '<html lang="en">' in page
    assert "Hold the next person&#39;s card" in page or "Hold the next person's card" in page
    assert "demo." not in re.sub(r"<[^>]*>", "", page)
    assert browser.get("/nowhere").status_code == 404


def test_both_catalogues_hold_the_same_words():
    vietnamese, english = ({code for code in catalogue(one) if code.startswith("demo.")} for one in ("vi", "en"))
    assert vietnamese == english
    assert all(catalogue("vi")[code] and catalogue("en")[code] for code in vietnamese)
    asked = {
        code
        for path in TEMPLATES.rglob("*.html")
        for code in re.findall(r'say\("(demo\.[\w.]+)"[,)]', path.read_text(encoding="utf-8"))
    }
    assert asked <= vietnamese


def test_it_is_served_beside_other_work(demo):
    server = desk.serve(desk.create_desk(demo), "127.0.0.1", 0)
    try:
        assert requests.get(f"http://127.0.0.1:{server.server_port}/odd/blank.jpg", timeout=5).ok
    finally:
        server.shutdown()
        server.server_close()
