"""Who gets a slot first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk import protocols
from kiosk.rules.priority import Expected, Special, order

ON = date(2021, 11, 20)
YOUNG = Expected("young", date(1990, 1, 1), 1990, "1", "", 1)


def sorted_ids(*people: Expected, on: date = ON) -> list[str]:
    """In their order."""
    return [one.id for one in order(protocols.priority(), people, on)]


def test_fifty_and_over_come_before_every_group() -> None:
    old = Expected("old", date(1971, 11, 20), 1971, "16", "", 9)
    assert sorted_ids(YOUNG, old) == ["old", "young"]
    assert sorted_ids(YOUNG, old, on=date(2021, 11, 19)) == ["young", "old"]


def test_a_year_alone_counts_from_the_year_in_which_the_age_is_reached() -> None:
    assert sorted_ids(YOUNG, Expected("year", None, 1971, "", "", 9)) == ["year", "young"]
    assert sorted_ids(YOUNG, Expected("year", None, 1972, "", "", 9)) == ["young", "year"]
    assert sorted_ids(YOUNG, Expected("unknown", None, None, "", "", 0)) == ["young", "unknown"]


def test_within_an_age_groups_come_in_their_order_then_the_list() -> None:
    people = [replace(YOUNG, id=f"{group}-{line}", group=group, line=line)
              for group, line in (("", 1), ("10", 2), ("2", 3), ("2", 2), ("9", 1))]  # fmt: skip
    assert sorted_ids(*people) == ["2-2", "2-3", "9-1", "10-2", "-1"]


def test_special_groups_change_nothing_until_a_site_says_so() -> None:
    pregnant = replace(YOUNG, id="pregnant", group="16", special="pregnant", line=2)
    assert sorted_ids(YOUNG, pregnant) == ["young", "pregnant"]
    first = replace(protocols.priority(), specials=(Special("pregnant", "x", "y", "the site", first=True),))
    assert [one.id for one in order(first, [YOUNG, pregnant], ON)] == ["pregnant", "young"]


def test_the_sixteen_groups_are_complete_and_say_what_is_to_be_checked() -> None:
    priority = protocols.priority()
    assert [group.code for group in priority.groups] == [str(code) for code in range(1, 17)]
    assert [group.code for group in priority.groups if group.to_check] == [str(code) for code in range(9, 17)]
    assert priority.first_from == 50
    for word in (*priority.groups, *priority.specials):
        assert word.vi.strip()
        assert word.en.strip()
        assert word.vi != word.en
    for special in priority.specials:
        assert special.source.strip()
        assert len(special.code) <= 20
    assert (priority.group("17"), priority.special("")) == (None, None)
