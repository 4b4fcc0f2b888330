"""Which lot a table gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kiosk import protocols, wording
from kiosk.actions import lots as acts
from kiosk.actions.duty import take_duty
from kiosk.errors import NotFound, Refusal
from kiosk.rules import codes, slips
from kiosk.rules.moment import Moment
from kiosk.rules.words import SlipKind
from kiosk.store import audit, lots, print_jobs
from kiosk.store.database import db
from tests.cast import Players, done_once, key, local, lot_placed, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")


def text(day: date) -> str:
    """A date as it is typed."""
    return f"{day:%d/%m/%Y}"


def before() -> Moment:
    """Yesterday at this time."""
    return replace(now(-24 * 60), on=now().on - timedelta(days=1))


def test_a_lot_read_off_its_box_stands_at_the_table(players: Players, opened: str) -> None:
    until = now().on + timedelta(days=60)
    facts = ("astrazeneca", " nk 0191 ", text(until))
    id = done_once(acts.add_lot, players.vaccinator, *facts, other=players.screener)
    lot = lots.find_at(opened, "injection-1")
    assert lot
    assert (lot.id, lot.vaccine, lot.number, lot.expires_on) == (id, "astrazeneca", "NK0191", until)
    assert lots.find_at(opened, "injection-2") is None


def test_a_known_lot_is_placed_at_another_table(players: Players, opened: str) -> None:
    id = lot_placed(players.vaccinator)
    assert done_once(acts.place_lot, players.other_vaccinator, id, other=players.screener) == id
    lot = lots.find_at(opened, "injection-2")
    assert lot
    assert lot.id == id


def test_the_newest_lot_of_a_table_counts(players: Players, opened: str) -> None:
    first, second = lot_placed(players.vaccinator), lot_placed(players.vaccinator, "pfizer")
    assert first != second, "the same number of another vaccine is another lot"
    assert lots.find_at(opened, "injection-1").id == second  # type: ignore[union-attr]
    acts.place_lot(players.vaccinator, now(), key(), first)
    assert lots.find_at(opened, "injection-1").id == first  # type: ignore[union-attr]


def test_a_lot_is_one_lot_however_often_it_comes(players: Players, opened: str) -> None:
    id = lot_placed(players.vaccinator)
    assert lot_placed(players.other_vaccinator) == id
    assert acts.receive_lot(players.lead, now(), key(), "astrazeneca", "nk0191", f"12/{now().on.year + 1}") == id
    with pytest.raises(Refusal) as refused:
        acts.add_lot(players.vaccinator, now(), key(), "astrazeneca", "NK0191", f"11/{now().on.year + 1}")
    assert refused.value.code == "lot_expires_otherwise"
    assert refused.value.facts["known"] == f"31/12/{now().on.year + 1}"


@pytest.mark.parametrize(
    ("vaccine", "number", "days", "code"),
    [
        ("aspirin", "NK0191", 60, "vaccine_unknown"),
        ("astrazeneca", "", 60, "lot_odd"),
        ("astrazeneca", "NK 0191?", 60, "lot_odd"),
        ("astrazeneca", "NK0191", -1, "lot_expired"),
        ("astrazeneca", "NK0191", None, "expiry_odd"),
    ],
)
def test_what_is_no_lot_is_not_placed(
    players: Players, opened: str, vaccine: str, number: str, days: int | None, code: str
) -> None:
    expires = "soon" if days is None else text(now().on + timedelta(days=days))
    assert refusal_of(acts.add_lot, players.vaccinator, vaccine, number, expires) == code
    assert lots.list_usable(date.min) == []


def test_the_last_day_of_a_lot_is_a_day_to_use_it(players: Players, opened: str) -> None:
    id = acts.add_lot(players.vaccinator, now(), key(), "moderna", "M1", text(now().on))
    assert [lot.id for lot in lots.list_usable(now().on)] == [id]
    assert lots.list_usable(now().on + timedelta(days=1)) == []


def test_a_lot_that_has_expired_since_is_not_placed_again(players: Players, opened: str) -> None:
    id = acts.receive_lot(players.lead, before(), key(), "moderna", "M1", text(before().on))
    assert refusal_of(acts.place_lot, players.vaccinator, id) == "lot_expired"


def test_nothing_is_placed_without_a_clinic_day_and_nothing_that_is_not_there(players: Players) -> None:
    id = acts.receive_lot(players.lead, now(), key(), "moderna", "M1", text(now().on))
    assert refusal_of(acts.place_lot, players.vaccinator, id) == "no_clinic_day"
    assert refusal_of(acts.add_lot, players.vaccinator, "moderna", "M2", text(now().on)) == "no_clinic_day"
    assert lots.find("moderna", "M2") is None, "one transaction"
    with pytest.raises(NotFound):
        acts.place_lot(players.vaccinator, now(), key(), key())


def test_who_received_and_placed_a_lot_is_in_the_audit(players: Players, opened: str) -> None:
    id = lot_placed(players.vaccinator)
    entries = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.noun_id == id)).all()
    assert [(entry.event, entry.by, entry.station) for entry in entries] == [
        ("lot.received", players.vaccinator.id, "injection-1"),
        ("lot.placed", players.vaccinator.id, "injection-1"),
    ]


def said(job: print_jobs.PrintJob) -> str:
    """Every word of a slip."""
    blocks = slips.from_json(job.blocks)
    lines = [line for block in blocks for line in (block, *getattr(block, "beside", ()))]
    return "\n".join(str(getattr(line, name)) for line in lines for name in ("text", "label", "value")
                     if hasattr(line, name))  # fmt: skip


def token_of(job: print_jobs.PrintJob) -> str:
    """The token in the label's code."""
    code = next(block for block in slips.from_json(job.blocks) if isinstance(block, slips.Code))
    parsed = codes.read(code.payload)
    assert isinstance(parsed, codes.VialLabel)
    return parsed.token


def test_the_label_of_an_opened_vial_says_until_when_it_may_be_used(players: Players, opened: str) -> None:
    lot, opens = lot_placed(players.vaccinator), local().replace(hour=9, minute=5)
    job = print_jobs.get(done_once(acts.print_vial, players.vaccinator, lot, opens, "vi", other=players.typist))
    assert (job.station, job.slip, job.label, job.visit_id) == ("kiosk-1", SlipKind.VIAL, "NK0191", None)
    for fact in ("AstraZeneca", "NK0191", "09:05", "15:05"):
        assert fact in said(job)
    assert job.about == token_of(job)
    entry = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.noun_id == job.id)).one()
    assert (entry.event, entry.facts["about"], entry.station) == ("slip.worded", job.about, "injection-1")


def test_each_vial_has_a_label_of_its_own(players: Players, opened: str) -> None:
    lot = lot_placed(players.vaccinator)
    two = [print_jobs.get(acts.print_vial(players.vaccinator, now(), key(), lot, local(), "en")) for _ in range(2)]
    assert token_of(two[0]) != token_of(two[1])
    assert [job.copy for job in two] == [1, 1]


def test_where_no_life_is_established_the_label_leaves_a_line_for_it(players: Players, opened: str) -> None:
    lot = lot_placed(players.vaccinator, "abdala")
    job = print_jobs.get(acts.print_vial(players.vaccinator, now(), key(), lot, local().replace(hour=9), "vi"))
    assert wording.say("slip.vial.write_use_by") in said(job)


def test_an_opened_vial_does_not_outlive_its_lot(players: Players, opened: str) -> None:
    lot = acts.add_lot(players.vaccinator, now(), key(), "moderna", "M1", text(now().on))
    late = local().replace(hour=20, minute=0)
    job = print_jobs.get(acts.print_vial(players.vaccinator, now(), key(), lot, late, "vi"))
    assert "23:59" in said(job)


def test_an_open_life_names_who_says_so() -> None:
    for vaccine in protocols.vaccines().vaccines:
        assert (vaccine.open_hours is None) == (vaccine.open_source == "")
        assert vaccine.open_hours is None or 1 <= vaccine.open_hours <= 12
    lives = {vaccine.code: vaccine.open_hours for vaccine in protocols.vaccines().vaccines if vaccine.open_hours}
    assert lives == {"astrazeneca": 6, "pfizer": 6, "moderna": 6, "janssen": 3}


def test_a_label_is_refused_where_the_lot_is_not(players: Players, opened: str) -> None:
    assert refusal_of(acts.print_vial, players.vaccinator, "no lot", local(), "vi") == "lot_missing"
    first = lot_placed(players.vaccinator)
    second = lot_placed(players.vaccinator, "pfizer")
    assert refusal_of(acts.print_vial, players.vaccinator, first, local(), "vi") == "lot_changed"
    assert refusal_of(acts.print_vial, players.typist, second, local(), "vi") == "nobody_on_duty"
    take_duty(players.typist, now(), key(), "N01", "5538", 5, 5)
    assert acts.print_vial(players.typist, now(), key(), second, local(), "vi")
