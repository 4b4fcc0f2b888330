"""The hub is silent, or has no stream left: what the pages say and do by themselves."""

from __future__ import annotations

import http.client
import time
from typing import Any

from playwright.sync_api import expect

from kiosk import wording
from kiosk.demo.program import Demo
from kiosk.web.events import MOST_STREAMS
from tests.browser.conftest import KIOSK, TABLET

say = wording.speaker("vi")


def test_a_tap_that_no_hub_answers_is_not_lost_in_silence(demo: Demo, visitor: Any) -> None:
    kiosk, desk = visitor(KIOSK), visitor(TABLET)
    kiosk.pair(demo)
    desk.sign_in("volunteer")
    desk.go("/desk/desk-1")
    for each in (kiosk, desk):
        expect(each.page.locator("[data-late]")).to_be_hidden()
    demo.hub.kill()
    kiosk.page.get_by_role("button", name=say("kiosk.help")).click()
    expect(kiosk.page.locator("[data-late]")).to_contain_text(say("kiosk.late.before"))
    expect(desk.page.locator("[data-late]")).to_contain_text(say("station.late.before"))
    assert kiosk.page.locator("[data-heard]").inner_text().count(":") == 1
    size: Any = kiosk.page.evaluate("[document.scrollingElement.scrollHeight, innerHeight]")
    assert size[0] <= size[1], "the sentence moves nothing out of sight"
    # Nor does a kiosk go to a page that does not come.
    address = kiosk.page.url
    kiosk.page.evaluate("document.querySelector('#start a, .kiosk-main').innerHTML += '<a href=/kiosk/kiosk-1>x</a>'")
    kiosk.page.evaluate("document.querySelector('.kiosk-main a').click()")
    kiosk.page.wait_for_timeout(500)
    assert kiosk.page.url == address
    demo.hub.start()
    demo.wait_for_hub()
    for each in (kiosk, desk):
        expect(each.page.locator("[data-late]")).to_be_hidden(timeout=15_000)
    kiosk.page.get_by_role("button", name=say("kiosk.help")).click()
    expect(kiosk.page.get_by_text(say("kiosk.help.coming"))).to_be_visible()
    expect(desk.page.locator("[data-ring]").first).to_be_visible(timeout=15_000)
    desk.page.locator("form[action$='/take'] button").first.click()
    expect(desk.page.locator("[data-ring]")).to_have_count(0)


def test_a_desk_that_found_no_stream_rings(demo: Demo, visitor: Any) -> None:
    kiosk, desk = visitor(KIOSK), visitor(TABLET)
    kiosk.pair(demo)
    desk.sign_in("volunteer")
    held = [_stream(demo) for _ in range(MOST_STREAMS)]
    assert held[-1][1].status == 503
    desk.go("/desk/desk-1")
    kiosk.page.get_by_role("button", name=say("kiosk.help")).click()
    expect(desk.page.locator("[data-ring]").first).to_be_visible(timeout=8_000)
    expect(desk.page.locator("[data-late]")).to_be_hidden()
    desk.page.locator("form[action$='/take'] button").first.click()
    expect(desk.page.locator("[data-ring]")).to_have_count(0)
    for stream, answer in held:
        answer.close()
        stream.close()
    _wait_for_room(demo)


def _stream(demo: Demo) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", int(demo.url.rsplit(":", 1)[1]), timeout=10)
    connection.request("GET", "/events?topic=day")
    return connection, connection.getresponse()


def _wait_for_room(demo: Demo) -> None:
    """The hub looks each second whether a page is gone."""
    for _ in range(40):
        time.sleep(1.5)
        stream, answer = _stream(demo)
        answer.close()
        stream.close()
        if answer.status == 200:
            return
    raise AssertionError("the streams are still held")
