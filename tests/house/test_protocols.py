"""What a ministry may change carries where it comes from and since when it is valid."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from kiosk import protocols

FILES = sorted(Path(protocols.__file__).parent.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_protocol_names_version_source_and_day(path: Path) -> None:
    protocol = tomllib.loads(path.read_text(encoding="utf-8"))
    assert protocol["version"]
    assert len(protocol["source"]) > 15
    assert isinstance(protocol["valid_from"], date)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_protocol_is_loaded_by_somebody(path: Path) -> None:
    assert f'_read("{path.stem}")' in Path(protocols.__file__).read_text(encoding="utf-8")


def test_codes_are_given_once_and_everything_has_two_languages() -> None:
    form = protocols.declaration()
    codes = [group.code for group in form.groups]
    assert len(codes) == len(set(codes))
    for group in form.groups:
        items = [item.code for item in group.items]
        assert len(items) == len(set(items)) > 0
        for words in (group.question, *group.items):
            assert words.vi.strip()
            assert words.en.strip()
            assert words.vi != words.en


def test_the_distance_is_that_of_the_directive() -> None:
    assert protocols.distance_m() == 2
