"""A finding of a box as sentences: the same on the page, in the terminal and in the bundle."""

from __future__ import annotations

from kiosk import wording
from kiosk.rules.box import Finding


def words(finding: Finding, language: str) -> tuple[str, str]:
    """The sentence, and what to do ("" where nothing is)."""
    facts = dict(finding.facts) | {name: wording.say(code, language) for name, code in finding.coded.items()}
    do = f"{finding.code}.do"
    says = wording.say(finding.code, language, **facts)
    return says, wording.say(do, language, **facts) if wording.knows(do, language) else ""
