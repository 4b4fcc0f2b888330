"""What many screens ask for at once: made once, for seconds only, and little of it kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

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
    assert ask(after=-0.1) == 0, "whoever began to ask a moment before has it too"
    assert ask(language="en") == 1
    assert ask(moved=2) == 2
    assert ask(moved=2, after=5) == 3
    assert ask(moved=2) == 4, "the clock was put back"
    assert [ask("B"), ask("C"), ask("D")] == [5, 6, 7]
    assert [ask("B"), ask("D"), ask(moved=2)] == [5, 7, 8], "the oldest is forgotten first"


def test_who_asks_at_once_for_one_thing_gets_one_answer_and_another_thing_does_not_wait(hub):
    answers, making, go = Kept[str](timedelta(seconds=5), 9), Event(), Event()
    made: list[str] = []
    had: list[str] = []

    def make(thing):
        made.append(thing)
        if thing == "slow":
            making.set()
            go.wait(10)
        return thing

    def ask(thing):
        with hub.test_request_context():
            g.language, g.now = "vi", Moment(AT, AT.date())
            had.append(answers.once(thing, 1, lambda: make(thing)))

    first = Thread(target=ask, args=("slow",))
    first.start()
    assert making.wait(10)
    others = [Thread(target=ask, args=(thing,)) for thing in ("slow", "slow", *"abcdefgh")]
    for each in others:
        each.start()
    for each in others[2:]:
        each.join(0.2)
    assert had, "the slow one is still being made"
    assert "slow" not in had
    go.set()
    for each in (first, *others):
        each.join(10)
    assert sorted(had) == [*"abcdefgh", "slow", "slow", "slow"]
    assert sorted(made) == [*"abcdefgh", "slow"]
