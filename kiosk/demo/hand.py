"""The hand in front of the virtual cameras: what it holds where, who comes next."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from PIL import Image

from kiosk.demo import cards
from kiosk.demo.commune import Invented
from kiosk.devices import decoder
from kiosk.devices.tape import Paper
from kiosk.devices.virtual_camera import VirtualCamera
from kiosk.errors import Refusal
from kiosk.rules.codes import ticket
from kiosk.rules.person import clean_text, name_key

LONGEST_PAYLOAD = 600


@dataclass(frozen=True)
class Held:
    """`kind`: person or stranger (`invented`, and which `paper` of theirs), phone (`payload`), odd (`name`)."""

    kind: str
    invented: Invented | None = None
    paper: str = "national_card"
    payload: str = ""
    name: str = ""


class Hand:
    """Holds one thing in front of each camera; `where` is the one that it stands at, at first the first.

    `people` are on today's list, `strangers` are not. `last` is what was held last, at whichever camera.
    """

    def __init__(
        self, cameras: Mapping[str, VirtualCamera], people: Sequence[Invented], strangers: Sequence[Invented]
    ) -> None:
        self.cameras = dict(cameras)
        self.where = next(iter(cameras))
        self.people = tuple(people)
        self.strangers = tuple(strangers)
        self.last: Held | None = None
        self._held: dict[str, Held] = {}
        self._shown: set[int] = set()
        self._lock = threading.Lock()

    @property
    def camera(self) -> VirtualCamera:
        """The one that the hand stands at."""
        return self.cameras[self.where]

    @property
    def held(self) -> Held | None:
        """What is in front of it."""
        return self._held.get(self.where)

    def go_to(self, where: str) -> None:
        """To another camera; what is held stays where it is. Raises Refusal `no_such_camera`."""
        if where not in self.cameras:
            raise Refusal("no_such_camera", field="where")
        self.where = where

    @cached_property
    def odd(self) -> dict[str, Image.Image]:
        """The pictures of `cards.odd_codes`, drawn once."""
        return cards.odd_codes()

    @property
    def next_index(self) -> int:
        """The first person of the list whose card was not held yet; after the last it begins again."""
        return next((index for index in range(len(self.people)) if index not in self._shown), 0)

    def hold(self, kind: str, index: int, paper: str = "national_card") -> None:
        """A paper of person or stranger number `index` (from 0). Raises Refusal `nothing_to_hold`."""
        among = {"person": self.people, "stranger": self.strangers}.get(kind, ())
        if not 0 <= index < len(among) or paper not in cards.PAPERS:
            raise Refusal("nothing_to_hold", field="who")
        if kind == "person":
            self._shown.add(index)
        self._take(Held(kind, among[index], paper), cards.PAPERS[paper](among[index]))

    def hold_next(self) -> None:
        """Whoever comes next on the list."""
        if self.next_index in self._shown:
            self._shown.clear()
        self.hold("person", self.next_index)

    def hold_phone(self, payload: str) -> None:
        """A phone that shows `payload`. Raises Refusal `nothing_to_hold` when there is none or it is too long."""
        payload = clean_text(payload)
        if not 0 < len(payload) <= LONGEST_PAYLOAD:
            raise Refusal("nothing_to_hold", field="payload")
        self._take(Held("phone", payload=payload), cards.phone_screen(payload))

    def hold_odd(self, name: str) -> None:
        """One of `odd`. Raises Refusal `nothing_to_hold`."""
        if name not in self.odd:
            raise Refusal("nothing_to_hold", field="name")
        self._take(Held("odd", name=name), self.odd[name])

    def thumbnail(self, name: str) -> bytes:
        """JPEG, 320 pixels wide, of one of `odd`."""
        picture = self.odd[name].resize((320, 202), Image.Resampling.LANCZOS)
        ground = Image.new("RGB", picture.size, (255, 255, 255))
        ground.paste(picture, mask=picture.getchannel("A"))
        file = io.BytesIO()
        ground.save(file, "JPEG", quality=85)
        return file.getvalue()

    def put_away(self) -> None:
        """Nothing in front of any camera."""
        with self._lock:
            self._held.clear()
            for camera in self.cameras.values():
                camera.hold(None)

    def matching(self, query: str) -> tuple[list[tuple[int, Invented]], list[tuple[int, Invented]]]:
        """People and strangers, with their places, whom every word of `query` fits.

        A word fits the beginning of a word of the name (without marks too), of the birth year or of the number.
        """
        words = (name_key(query) + " " + " ".join(part for part in query.split() if part.isdigit())).split()

        def fits(one: Invented) -> bool:
            said = f"{name_key(one.identity.name)} {one.identity.born_year} {one.identity.number}".split()
            return all(any(part.startswith(word) for part in said) for word in words)

        on_list, others = (
            [(index, one) for index, one in enumerate(among) if fits(one)] for among in (self.people, self.strangers)
        )
        return on_list, others

    def _take(self, held: Held, picture: Image.Image) -> None:
        with self._lock:
            self._held[self.where] = self.last = held
            self.camera.hold(picture)


@lru_cache(maxsize=16)
def ticket_on(paper: Paper) -> str:
    """The payload of our ticket code on this paper, read from its dots; "" when there is none."""
    pixels = np.where(np.pad(paper.dots, 24), 0, 255).astype(np.uint8)
    texts = [reading.text for reading in decoder.decode(pixels)]
    return next((text for text in texts if ticket.read(text)), "")
