"""What many screens ask for at once: made once, for seconds only, and little of it kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import g

from kiosk.clock import Moment
from kiosk.web.kept import Kept

AT = datetime(2021, 9, 1, 2, tzinfo=UTC)


def test_an_answer_is_good_for_seconds_only_and_few_are_kept(hub):
    made = iter(range(10_000))
    answers = Kept[int](timedelta(seconds=5), 3)

    def ask(key="A", moved=1, after=0, language="vi"):
        with hub.test_request_context():
            g.language, g.now = language, Moment(AT + timedelta(seconds=after), AT.date())
            return answers.once(key, moved, lambda: next(made))

    assert [ask(), ask(after=4.9), ask(moved=0)] == [0, 0, 0], "it has moved less: an older reading asks"
    assert ask(language="en") == 1
    assert ask(moved=2) == 2
    assert ask(moved=2, after=5) == 3
    assert ask(moved=2) == 4, "the clock was put back"
    assert [ask("B"), ask("C"), ask("D")] == [5, 6, 7]
    assert [ask("B"), ask("D"), ask(moved=2)] == [5, 7, 8], "the oldest is forgotten first"
