"""Invented camera frames of 1280×720 with one code in them, or none: the same ones for the same seed.

Each scenario isolates one thing that goes wrong, in eight severities: 0 is easy, 7 is meant to be unreadable.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from bench import frame_codes, frame_harms, frame_scenes, frame_things, frame_views
from bench.frame_things import Picture

Frame = Picture
SEVERITIES = 8


@dataclass(frozen=True)
class Shot:
    """One frame, what it is about, and the text of its code; None: there is no code in it."""

    scenario: str
    severity: int
    frame: Frame
    text: str | None


# scenario: what changes with the severity
HARDER: dict[str, dict[str, tuple[float, ...]]] = {
    "size": {"module_px": (8, 5, 3.8, 3.1, 2.7, 2.35, 2, 1.4)},
    "tilt": {"tilt": (8, 20, 32, 42, 50, 57, 63, 70)},
    "rotation": {"module_px": (6, 4.6, 3.8, 3.2, 2.8, 2.4, 2, 1.5)},
    "blur": {"blur": (0.2, 0.35, 0.48, 0.6, 0.7, 0.8, 0.95, 1.4)},
    "motion": {"motion": (0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.3, 3.2)},
    "noise": {"noise": (5, 14, 25, 36, 48, 62, 80, 120)},
    "glare": {"glare": (0.01, 0.02, 0.035, 0.055, 0.08, 0.12, 0.18, 0.4)},
    "shadow": {"shadow": (0.2, 0.35, 0.5, 0.6, 0.7, 0.78, 0.87, 0.97)},
    "low_light": {"light": (0.6, 0.3, 0.15, 0.09, 0.06, 0.04, 0.025, 0.012)},
    "jpeg": {"quality": (70, 45, 30, 22, 16, 12, 9, 5), "module_px": (5, 4.5, 4, 3.6, 3.3, 3, 2.7, 2.3)},
    "moire": {"moire": (0.12, 0.22, 0.32, 0.42, 0.52, 0.64, 0.8, 1)},
    "flicker": {"flicker": (0.3, 0.5, 0.65, 0.78, 0.87, 0.93, 0.97, 0.995)},
    "bloom": {"bloom": (0.4, 0.9, 1.6, 2.4, 3.3, 4.4, 6, 9)},
    "occlusion": {"cover": (0.004, 0.012, 0.025, 0.04, 0.06, 0.09, 0.14, 0.25)},
    "inverted": {"module_px": (6, 4.6, 3.8, 3.2, 2.8, 2.4, 2, 1.4)},
    "curved": {"bend": (0.2, 0.4, 0.6, 0.78, 0.95, 1.1, 1.3, 1.7)},
    "mixed": {},
}
SCENARIOS = tuple(HARDER)
ON_SCREENS = ("moire", "bloom", "inverted")


def course(count: int) -> Iterator[tuple[str, int, int]]:
    """Scenario, severity and a running number of each of `count` frames.

    Five is prime to eight: within eight turns every scenario meets every severity, and a short run meets them all.
    """
    for index in range(count):
        turn, nth = divmod(index, len(SCENARIOS))
        yield SCENARIOS[nth], (nth * 3 + turn * 5) % SEVERITIES, nth + turn + turn // SEVERITIES


def shots(count: int, seed: int) -> Iterator[Shot]:
    """`count` frames with a code along `course`; each depends on the seed and its place only."""
    for index, (scenario, severity, nth) in enumerate(course(count)):
        yield shot(scenario, severity, Random(f"{seed} {index}"), nth)


def empties(count: int, seed: int) -> Iterator[Shot]:
    """`count` frames without a code, through every kind; the scenario is the name of the kind."""
    kinds = tuple(frame_scenes.EMPTY.items())
    for index in range(count):
        name, draw = kinds[index % len(kinds)]
        chance = Random(f"empty {seed} {index}")
        picture = draw(chance)
        quality = chance.randrange(70, 94)
        yield Shot(name, 0, frame_harms.sensed(picture, 1.0, chance.uniform(1.5, 5), quality, chance), None)


def shot(scenario: str, severity: int, chance: Random, nth: int) -> Shot:
    """One frame; `nth` picks among the things on which the scenario is met."""
    thing, code = _thing(scenario, nth, chance)
    plan = _plan(scenario, severity, chance)
    frame, quad = frame_views.composed(thing, code, plan, chance)
    return Shot(
        scenario, severity, frame_views.taken(frame, quad, plan, chance), unicodedata.normalize("NFC", code.text)
    )


def _thing(scenario: str, nth: int, chance: Random) -> tuple[frame_things.Thing, frame_codes.Code]:
    variant = chance.randrange(frame_things.VARIANTS)
    kind = nth % 3
    if scenario in ON_SCREENS:
        kind = 1
    elif scenario == "curved":
        kind = 2
    if kind == 0:
        return frame_things.card(variant), frame_codes.on_card(chance)
    if kind == 1:
        return frame_things.phone(variant), frame_codes.on_phone(chance)
    flat = frame_things.sheet if chance.random() < 0.5 else frame_things.slip
    return flat(variant), frame_codes.on_paper(chance)


def _plan(scenario: str, severity: int, chance: Random) -> frame_views.Plan:
    mild = frame_views.Plan(
        module_px=chance.uniform(3.9, 5.5),
        tilt=chance.uniform(0, 12),
        turn=chance.uniform(-12, 12),
        blur=chance.uniform(0.1, 0.28),
        lens=chance.uniform(0.75, 1.15),
        noise=chance.uniform(1.5, 4),
        quality=chance.randrange(78, 94),
        light=chance.uniform(0.8, 1.05),
        sharpening=chance.choice((0.0, 0.0, 0.4, 0.8)),
    )
    if scenario == "mixed":
        return _mixed(mild, severity, chance)
    changed = {name: steps[severity] * chance.uniform(0.93, 1.07) for name, steps in HARDER[scenario].items()}
    if scenario == "rotation":
        changed["turn"] = chance.uniform(0, 360)
    if scenario == "bloom" and chance.random() < 0.4:
        changed = {"dimness": 1 - 0.55 * 0.62**severity}
    quality = {"quality": int(changed.pop("quality"))} if "quality" in changed else {}
    return replace(mild, **changed, **quality, inverted=scenario == "inverted")  # type: ignore[arg-type]


def _mixed(mild: frame_views.Plan, severity: int, chance: Random) -> frame_views.Plan:
    """Kiosk-like: everything at once, each a little; what is worst differs from frame to frame."""
    bad = [severity / 7 * chance.uniform(0.2, 1) for _ in range(8)]
    return replace(
        mild,
        module_px=5.2 - 3.2 * bad[0],
        tilt=mild.tilt + 38 * bad[1],
        turn=chance.uniform(-40, 40),
        blur=mild.blur + 0.55 * bad[2],
        motion=1.1 * bad[3],
        noise=mild.noise + 22 * bad[4],
        glare=0.05 * bad[5] if chance.random() < 0.4 else 0,
        shadow=0.7 * bad[6] if chance.random() < 0.3 else 0,
        light=mild.light * (1 - 0.7 * bad[7]),
        quality=int(mild.quality - 45 * bad[5]),
    )
