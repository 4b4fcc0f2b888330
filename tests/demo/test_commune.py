from collections import Counter
from datetime import date, time

from kiosk import protocols
from kiosk.demo import commune
from kiosk.documents import roster_sheet
from kiosk.rules import person, roster
from kiosk.rules.words import Sex

ON = date(2021, 11, 20)
PEOPLE = commune.invent(300, ON)


def test_the_same_seed_invents_the_same_people_on_any_day():
    def identities(people):
        return [one.identity for one in people]

    assert identities(commune.invent(300, date(2026, 3, 1))) == identities(PEOPLE)
    assert identities(commune.invent(300, ON, seed=2)) != identities(PEOPLE)


def test_numbers_agree_with_sex_and_birth_and_belong_to_one_person():
    everybody = [one.identity for one in PEOPLE + commune.strangers(20)]
    assert len({identity.number for identity in everybody}) == 320
    for identity in everybody:
        assert person.require_number(identity.number) == identity.number
        century = int(identity.number[3])
        assert (19 + century // 2) * 100 + int(identity.number[4:6]) == identity.born_year == identity.born_on.year
        assert (century % 2 == 1) == (identity.sex is Sex.FEMALE)
        assert identity.old_number == "" or len(identity.old_number) == 9


def test_names_are_names_and_some_fill_every_line():
    names = [one.identity.name for one in PEOPLE]
    for name in names:
        assert person.require_name(name) == name
    assert max(len(name) for name in names) == 60
    assert any("'" in name for name in names)
    assert len(set(names)) > 200


def test_everybody_is_grown_up_and_many_are_old():
    ages = [(ON - one.identity.born_on).days / 365.25 for one in PEOPLE]
    assert min(ages) >= 18
    assert max(ages) <= 90
    assert sum(age > 50 for age in ages) > 130
    assert all(one.issued_on <= ON for one in PEOPLE)


def test_slots_are_half_hours_of_the_day_evenly_filled():
    filled = Counter(one.slot for one in PEOPLE)
    assert list(filled) == commune.slots()
    assert commune.slots()[0] == (time(7, 30), time(8, 0))
    assert commune.slots()[6:8] == [(time(10, 30), time(11, 0)), (time(13, 30), time(14, 0))]
    assert commune.slots()[-1][1] == time(16, 30)
    assert set(filled.values()) <= {23, 24}


def test_the_written_list_reads_back_as_it_was_invented(tmp_path):
    path = tmp_path / "list.csv"
    commune.write_roster(PEOPLE, ON, path)
    rows = list(roster_sheet.read(path.read_bytes(), protocols.roster()).rows)
    assert len(rows) == 300
    for (_, cells), one in zip(rows, PEOPLE, strict=True):
        planned = roster.read_row(cells, ON, None, protocols.catalogues()).planned
        assert planned.on == ON
        assert planned.slot == one.slot
        assert planned.group == one.group
        identity = planned.identity
        assert (identity.name, identity.number, identity.born_on, identity.sex, identity.address) == (
            one.identity.name, one.identity.number, one.identity.born_on, one.identity.sex, one.identity.address,
        )  # fmt: skip


def test_strangers_are_on_no_list():
    on_list = {one.identity.number for one in PEOPLE}
    for stranger in commune.strangers(50, seed=2):
        assert stranger.slot is None
        assert stranger.identity.number not in on_list
