"""The event stream: that something changed, never what.

One watcher a process looks at the database's change counter ten times a second, and at once when an agent has
spoken, and tells every open page whose topic moved. It sees the commits of every program of the box, without a broker.
Agents that wait for a slip hear of every commit of this process when its answer goes out, of another's by the watcher.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, request
from sqlalchemy import Engine

from kiosk.web.gate import public

events = Blueprint("events", __name__)
log = structlog.get_logger("kiosk.events")
# The server has 100 threads and a stream holds one; tablets' pictures take twelve (`frames_mailbox`), an agent that
# waits for slips one more, and pages need the rest. Who finds no stream polls.
MOST_STREAMS = 60
BEAT_SECONDS = 10
FIRST_LOOK_SECONDS = 2.0
LOOK_SECONDS = 0.1


class Watcher:
    """Wakes the streams whose topics changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._streams: dict[queue.SimpleQueue[str], frozenset[str]] = {}
        self._lock = threading.Lock()
        self._started = False
        self._knows = threading.Event()
        self._at_once = threading.Event()
        self._moved = threading.Condition()
        self.moves = self.waiting = 0

    def move(self) -> None:
        """Somebody has committed something: whoever waits for a slip looks now."""
        with self._moved:
            self.moves += 1
            self._moved.notify_all()

    def wait_for_move(self, moves: int, seconds: float) -> None:
        """Until somebody commits something after `moves` of them, or the seconds are over."""
        self._start()
        with self._moved:
            self.waiting += 1
            self._moved.wait_for(lambda: self.moves != moves, seconds)
            self.waiting -= 1

    def look(self) -> None:
        """Somebody waits in front of a machine: do not wait for the next look."""
        self._at_once.set()

    def subscribe(self, topics: frozenset[str]) -> queue.SimpleQueue[str]:
        """A queue that gets the name of each of these topics whenever it changes. 503 when too many are open."""
        inbox: queue.SimpleQueue[str] = queue.SimpleQueue()
        with self._lock:
            if len(self._streams) >= MOST_STREAMS:
                abort(503)
            self._streams[inbox] = topics
        self._start()
        # What changes before the watcher's first look would never be told; the page refreshes after this.
        self._knows.wait(FIRST_LOOK_SECONDS)
        return inbox

    def unsubscribe(self, inbox: queue.SimpleQueue[str]) -> None:
        """The page is gone."""
        with self._lock:
            self._streams.pop(inbox, None)

    def _start(self) -> None:
        with self._lock:
            if not self._started:
                self._started = True
                threading.Thread(target=self._watch, name="watcher", daemon=True).start()

    def _watch(self) -> None:
        known: dict[str, int] | None = None
        while True:
            connection = None
            try:
                connection = self._engine.raw_connection()
                for now in self._changes(connection.cursor(), connection.rollback):
                    if known is not None:
                        self._tell({name for name, version in now.items() if known.get(name) != version})
                    self.move()  # another program of the box may have queued a slip
                    known = now
                    self._knows.set()
            except Exception as error:  # the stream must outlive any trouble of the database
                log.error("watcher.failed", error=type(error).__name__)
                time.sleep(1)
            finally:
                if connection is not None:
                    connection.close()

    def _changes(self, cursor: Any, let_go: Callable[[], None]) -> Iterator[dict[str, int]]:
        """The topics' counters, each time somebody has committed. SQLite says cheaply whether anybody has."""
        counts = self._engine.dialect.name == "sqlite"
        seen = None
        while True:
            stamp = cursor.execute("PRAGMA data_version").fetchone()[0] if counts else None
            if stamp is None or stamp != seen:
                seen = stamp
                cursor.execute("SELECT name, version FROM topic")
                yield dict(cursor.fetchall())
                let_go()
            self._at_once.wait(LOOK_SECONDS)
            self._at_once.clear()

    def _tell(self, changed: set[str]) -> None:
        with self._lock:
            streams = list(self._streams.items())
        for inbox, topics in streams:
            for topic in changed & topics:
                inbox.put(topic)


def install(app: Flask, engine: Engine) -> None:
    """Gives the app its watcher."""
    watcher = app.extensions["watcher"] = Watcher(engine)

    @app.after_request
    def look(response: Response) -> Response:
        # Not after a page's own act: its answer should be there before the news of it.
        if request.method == "POST":
            watcher.move()
            if request.blueprint == "device":
                watcher.look()
        return response


def _tell(inbox: queue.SimpleQueue[str], line: socket.socket | None) -> Iterator[str]:
    yield "retry: 1000\nevent: hello\ndata: -\n\n"
    quiet = 0
    while not hung_up(line):
        try:
            yield f"event: {inbox.get(timeout=1).split(':')[0]}\ndata: -\n\n"
            quiet = 0
        except queue.Empty:
            quiet += 1
            if quiet % BEAT_SECONDS == 0:
                yield "event: beat\ndata: -\n\n"


def hung_up(line: socket.socket | None) -> bool:
    """Has the page gone away? Looked at each second, so that a thread is not held for a page that nobody has."""
    if line is None:
        return False
    try:
        return line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


@events.get("/events")
@public
def stream() -> Response:
    """`?topic=board&topic=kiosk:kiosk-1`: an event named after the topic's first part, with no content."""
    if request.method == "HEAD":
        abort(405)
    topics = frozenset(topic for topic in request.args.getlist("topic") if len(topic) <= 40)
    if not 1 <= len(topics) <= 6:
        abort(400)
    watcher: Watcher = current_app.extensions["watcher"]
    inbox = watcher.subscribe(topics)
    line = request.environ.get("gunicorn.socket")
    response = Response(_tell(inbox, line), content_type="text/event-stream", headers={"Cache-Control": "no-store"})
    # Not in a `finally` of the generator: one that was never begun never ends.
    response.call_on_close(lambda: watcher.unsubscribe(inbox))
    return response
