"""What stands on a slip, as tests ask for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from kiosk import wording
from kiosk.rules import slips


def speakers(language: str) -> tuple[slips.Say, slips.Say]:
    """`say` and `other` of a slip in this language."""
    return wording.speaker(language), wording.speaker("en" if language == "vi" else "vi")


def paper(blocks: Iterable[slips.Block]) -> str:
    """Everything on it as one text; what a code carries is not among it."""
    return json.dumps([row | {"payload": ""} for row in slips.to_json(blocks)], ensure_ascii=False)


def lines(blocks: Iterable[slips.Block]) -> list[str]:
    """Its lines of text, those beside codes too."""
    found: list[str] = []
    for block in blocks:
        if isinstance(block, slips.Line):
            found.append(block.text)
        elif isinstance(block, slips.Code):
            found += [line.text for line in block.beside]
    return found


def values(blocks: Iterable[slips.Block]) -> list[str]:
    """The values of its labels."""
    return [block.value for block in blocks if isinstance(block, slips.Pair)]


def fields(blocks: Iterable[slips.Block]) -> Mapping[str, str]:
    """Label → value; the last where a label stands more than once."""
    return {block.label: block.value for block in blocks if isinstance(block, slips.Pair)}


def codes(blocks: Iterable[slips.Block]) -> list[str]:
    """What its codes carry."""
    return [block.payload for block in blocks if isinstance(block, slips.Code)]
