"""Every no of the tables, the stock and what is to be put right, as it stands on a real page in both languages.

Which codes there are is read off the source. A code that no scene here brings to a page is missing, or dead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from kiosk import clock, protocols, wording
from kiosk.actions import follow_up, identity, injection, scanning, screening, standby, vials
from kiosk.rules.codes import pack
from kiosk.rules.words import FollowUpKind, Role, VisitState
from kiosk.store import clinic_days, doses, follow_ups, lots, people, stations, visits
from kiosk.store import vials as opened_vials
from kiosk.store.columns import record
from kiosk.store.database import writing
from kiosk.store.stock_moves import STORE
from tests.actions.test_family import born, child
from tests.actions.test_standby import listed
from tests.cast import (
    CARD,
    Players,
    called,
    dose_of,
    dosed,
    identified,
    key,
    lot_received,
    now,
    receive,
    screened,
    vial_opened,
)
from tests.conftest import STAFF
from tests.house.test_refusals import RAISED
from tests.house.test_words import CATALOGUES
from tests.web.conftest import Hands
from tests.web.test_vials import GTIN

ACTS = (
    "injection", "voiding", "telling", "identity", "second_source", "follow_up", "consent", "screening", "vials",
    "stock", "packs", "standby", "earlier", "correcting",
)  # fmt: skip
RULES = ("stock", "dose", "identity", "consent", "screening", "schedule", "vaccines", "standby")
SOURCES = {f"actions/{name}.py" for name in ACTS} | {f"rules/{name}.py" for name in RULES}
# Raised by what these call: a number that is learned, a phone and a name that are typed, a PIN that is tried.
BESIDES = {"number_odd", "number_zero_lost", "name_odd", "sign_in_wrong"}
DUE = {one.code for one in RAISED if one.where.split(":")[0] in SOURCES} - {""} | BESIDES

NURSE, DOCTOR, LEAD, VOLUNTEER = Role.VACCINATOR, Role.SCREENER, Role.SITE_LEAD, Role.VOLUNTEER
TABLE, EXAMINES, NEXT_YEAR = "/table/injection-1", "/table/screening-1", f"31/12/{now().on.year + 1}"
HEALTHY = {"temperature": "36,8", "none": "yes", "conclusion": "cleared"}
SAID = {"spoken": ["name", "birth"]}
OTHER_SEX = CARD.replace("Nữ", "Nam")
BOTH = {"override_reason": "list_misspelt", "override_note": "đã xem giấy", "second": "S01",
        "second_pin": STAFF[DOCTOR][2]}  # fmt: skip
SIGNED = {"guardian": "typed", "guardian_name": "Lò Văn Pành", "guardian_phone": "0987654321", "consent": "seen"}
GIVEN = {"vial_id": "", "dose_number": "1", "arm": "left"}
# code, who presses, where, and with which fields
Asked = tuple[str, Role, str, dict[str, Any]]


@dataclass
class Stage:
    """Where a scene plays: the cast, and one browser for each role."""

    players: Players
    monkeypatch: pytest.MonkeyPatch
    day: str

    def at_table(self, *, sure: bool = True) -> str:
        """Hường is cleared and sits at the injection table; `sure`: she has said who she is. The visit."""
        receive(self.players, self.players.huong)
        screened(self.players)
        return identified(self.players.vaccinator) if sure else called(self.players.vaccinator)

    def told(self, vaccine: str, days: int) -> str:
        """As `at_table`; the doctor was told of a dose so many days ago."""
        receive(self.players, self.players.huong)
        visit, at = called(self.players.screener), f"{now().on - timedelta(days=days):%d/%m/%Y}"
        measured, earlier = {"temperature": "36,8"}, [(vaccine, at)]
        screening.conclude(self.players.screener, now(), key(), visit, [], True, measured, earlier, "cleared", "")
        return identified(self.players.vaccinator)

    def held(self, text: str, symbology: str = "QRCode") -> None:
        """Something is held to the table's camera."""
        id = key()
        scanning.scan_code(self.players.table_camera, now(), id, id, text.encode(), symbology)

    def numberless(self) -> None:
        """Nobody knows Hường's number."""
        with writing():
            people.get(self.players.huong).number = None


Scene = Callable[[Stage], Iterator[Asked]]
SCENES: dict[Scene, tuple[str, ...]] = {}


def shows(*codes: str) -> Callable[[Scene], Scene]:
    """The scene brings these refusals to a page."""

    def keep(scene: Scene) -> Scene:
        SCENES[scene] = codes
        return scene

    return keep


def dose(visit: str) -> str:
    """Where the dose form of this visit goes."""
    return f"{TABLE}/visit/{visit}/dose"


@shows("identity_missing", "visit_moved_on", "dose_already_given")
def before_and_after(stage: Stage) -> Iterator[Asked]:
    visit, vial = stage.at_table(sure=False), vial_opened(stage.players.vaccinator)
    yield "identity_missing", NURSE, dose(visit), GIVEN
    yield "visit_moved_on", NURSE, f"{TABLE}/visit/{visit}/receive", {}
    identity.confirm_spoken(stage.players.vaccinator, now(), key(), visit, ["name", "birth"])
    injection.give_dose(stage.players.vaccinator, now(), key(), visit, vial, 1, "left")
    yield "dose_already_given", NURSE, dose(visit), GIVEN


@shows("not_cleared")
def unseen_by_a_doctor(stage: Stage) -> Iterator[Asked]:
    visit = receive(stage.players, stage.players.huong)
    vial_opened(stage.players.vaccinator)
    with writing():
        row = visits.get(visit)
        row.state, row.step, row.station = VisitState.AT_TABLE, "injection", "injection-1"
    yield "not_cleared", NURSE, dose(visit), GIVEN


@shows("vial_missing", "arm_missing", "vial_empty", "vial_expired", "lot_expired", "dose_changed", "clock_untrusted",
       "room_missing", "recovered")  # fmt: skip
def nothing_to_give_from(stage: Stage) -> Iterator[Asked]:
    visit = stage.at_table()
    yield "vial_missing", NURSE, dose(visit), GIVEN
    vial = vial_opened(stage.players.vaccinator)
    yield "arm_missing", NURSE, dose(visit), GIVEN | {"arm": ""}
    yield "dose_changed", NURSE, dose(visit), GIVEN | {"vial_id": key()}
    this = GIVEN | {"vial_id": vial}
    row, last = opened_vials.get(vial), now(300).at
    for facts, code in (({"wasted": 10}, "vial_empty"), ({"wasted": 0, "use_by": now(-1).at}, "vial_expired")):
        with writing():
            for name, worth in facts.items():
                setattr(opened_vials.get(vial), name, worth)
        yield code, NURSE, dose(visit), this
    with writing():
        row = opened_vials.get(vial)
        row.use_by, row.lot.expires_on = last, now().on - timedelta(days=1)
    yield "lot_expired", NURSE, dose(visit), this
    with writing():
        opened_vials.get(vial).lot.expires_on = now().on + timedelta(days=30)
        stations.get("observation-1").steps = []
    yield "room_missing", NURSE, dose(visit), this
    with stage.monkeypatch.context() as patch:
        patch.setattr(clock, "BUILT_AT", now().at + timedelta(days=1))
        yield "clock_untrusted", NURSE, dose(visit), this
    follow_up.mark_recovered(stage.players.screener, now(), key(), stage.players.huong, visit)
    yield "recovered", NURSE, dose(visit), this


@shows("nobody_on_duty")
def nobody_answers(stage: Stage) -> Iterator[Asked]:
    visit = stage.at_table()
    vial_opened(stage.players.vaccinator)
    yield "nobody_on_duty", VOLUNTEER, dose(visit), GIVEN
    yield "nobody_on_duty", VOLUNTEER, f"{TABLE}/vial", {"lot": lot_received(stage.players.lead, "pfizer", "PF01")}


@shows("dose_reason_missing", "dose_note_missing", "doctor_missing", "accept_not_yours", "sign_in_wrong")
def too_soon(stage: Stage) -> Iterator[Asked]:
    visit, vial = stage.told("astrazeneca", 14), vial_opened(stage.players.vaccinator)
    this, why = GIVEN | {"vial_id": vial, "dose_number": "2"}, {"accept_reason": "explained"}
    yield "dose_reason_missing", NURSE, dose(visit), this
    yield "dose_note_missing", NURSE, dose(visit), this | {"accept_reason": "other"}
    yield "doctor_missing", NURSE, dose(visit), this | why
    mine = {"doctor": "V01", "doctor_pin": STAFF[VOLUNTEER][2]}
    yield "accept_not_yours", NURSE, dose(visit), this | why | mine
    yield "sign_in_wrong", NURSE, dose(visit), this | why | {"doctor": "S01", "doctor_pin": "0000"}


@shows("dose_refused")
def the_same_day(stage: Stage) -> Iterator[Asked]:
    visit, vial = stage.told("astrazeneca", 60), vial_opened(stage.players.vaccinator)
    with writing():
        said = doses.EarlierDose(person_id=stage.players.huong, vaccine="astrazeneca", given_on=now().on, at=now().at)
        record(said, now())
    yield "dose_refused", NURSE, dose(visit), GIVEN | {"vial_id": vial, "dose_number": "3"}


@shows("dose_as_it_was", "dose_number_odd", "vial_odd", "vaccinator_odd", "vial_holds_none", "dose_void",
       "void_only_lead", "dose_reason_missing", "dose_note_missing", "arm_missing")  # fmt: skip
def putting_right(stage: Stage) -> Iterator[Asked]:
    given = doses.get(dose_of(dosed(stage.players, stage.players.huong)))
    right = {"vial_id": given.vial_id, "dose_number": "1", "arm": "left", "vaccinator": given.vaccinator,
             "reason": "mistyped", "note": ""}  # fmt: skip
    one, visit = f"{TABLE}/doses/{given.id}", given.visit_id
    empty = vial_opened(stage.players.other_vaccinator, "pfizer", "PF01")
    with writing():
        row, most = opened_vials.get(empty), protocols.stock().most_extra
        row.extra, row.given = most, row.doses + most
    for code, wrong in (
        ("dose_as_it_was", {}), ("arm_missing", {"arm": ""}), ("dose_number_odd", {"dose_number": "x"}),
        ("vial_odd", {"vial_id": key()}), ("vaccinator_odd", {"vaccinator": key()}),
        ("vial_holds_none", {"vial_id": empty}), ("dose_reason_missing", {"reason": ""}),
        ("dose_note_missing", {"reason": "other"}),
    ):  # fmt: skip
        yield code, NURSE, f"{one}/correct", right | wrong
    yield "dose_reason_missing", NURSE, f"{one}/void", {"reason": "", "note": ""}
    with writing():
        visits.get(visit).state = VisitState.LEFT
    yield "void_only_lead", NURSE, f"{one}/void", {"reason": "twice"}
    with writing():
        row = doses.get(given.id)
        row.voided_at, row.voided_by, row.void_reason = now().at, stage.players.lead.id, "twice"
    yield "dose_void", LEAD, f"/doses/{given.id}/void", {"reason": "twice"}


@shows("spoken_missing", "nothing_to_confirm", "nothing_to_override", "number_missing", "number_paper_missing",
       "number_odd", "number_zero_lost", "number_of_another", "number_on_other_row", "number_unlikely")  # fmt: skip
def who_are_you(stage: Stage) -> Iterator[Asked]:
    here = f"{TABLE}/visit/{stage.at_table(sure=False)}/identity"
    yield "spoken_missing", NURSE, f"{here}/spoken", {"spoken": ["name"]}
    yield "nothing_to_confirm", NURSE, f"{here}/alike", {}
    yield "nothing_to_override", NURSE, f"{here}/override", BOTH
    stage.numberless()
    yield "number_missing", NURSE, f"{here}/spoken", SAID
    for code, number, paper in (
        ("number_paper_missing", "015158004187", ""), ("number_odd", "1234", "notice"),
        ("number_zero_lost", "15158004187", "notice"), ("number_of_another", "015090001234", "notice"),
        ("number_unlikely", "015058004187", "notice"),
    ):  # fmt: skip
        yield code, NURSE, f"{here}/spoken", SAID | {"number": number, "paper": paper}
    with writing():
        people.add(replace(people.get(stage.players.huong).identity, number="015158004188"))
    yield "number_on_other_row", NURSE, f"{here}/spoken", SAID | {"number": "015158004188", "paper": "notice"}


@shows("card_differs", "override_reason_missing", "override_note_missing", "second_missing", "second_same",
       "second_may_not", "sign_in_wrong")  # fmt: skip
def another_card(stage: Stage) -> Iterator[Asked]:
    here = f"{TABLE}/visit/{stage.at_table(sure=False)}/identity"
    stage.held(OTHER_SEX)
    yield "card_differs", NURSE, f"{here}/spoken", SAID
    for code, wrong in (
        ("override_reason_missing", {"override_reason": ""}),
        ("override_note_missing", {"override_reason": "other", "override_note": ""}),
        ("second_missing", {"second": ""}), ("second_same", {"second": "N01", "second_pin": STAFF[NURSE][2]}),
        ("second_may_not", {"second": "V01", "second_pin": STAFF[VOLUNTEER][2]}),
        ("sign_in_wrong", {"second_pin": "0000"}),
    ):  # fmt: skip
        yield code, NURSE, f"{here}/override", BOTH | wrong


@shows("unmark_reason_missing")
def recovered_after_all(stage: Stage) -> Iterator[Asked]:
    visit = receive(stage.players, stage.players.huong)
    called(stage.players.screener)
    follow_up.mark_recovered(stage.players.screener, now(), key(), stage.players.huong, visit)
    here = f"{EXAMINES}/visit/{visit}/identity"
    yield "unmark_reason_missing", DOCTOR, f"{here}/not-recovered", {"unmark_reason": " "}


@shows("closing_note_missing", "number_paper_missing", "follow_up_closed", "recovered_here")
def still_to_be_put_right(stage: Stage) -> Iterator[Asked]:
    dung = stage.players.dung
    with writing():
        id = follow_up.note(stage.players.volunteer, now(), dung, None, FollowUpKind.NO_NUMBER, "card_lost").id
    one = f"/follow-up/{id}"
    yield "", VOLUNTEER, f"{one}/open", {}
    yield "closing_note_missing", VOLUNTEER, f"{one}/close", {"note": " "}
    yield "number_paper_missing", VOLUNTEER, f"{one}/close", {"number": "015047000321"}
    follow_up.close(stage.players.volunteer, now(), key(), id, "đã xem")
    yield "follow_up_closed", VOLUNTEER, f"{one}/close", {"note": "x"}
    visit = receive(stage.players, dung)
    follow_up.mark_recovered(stage.players.screener, now(), key(), dung, visit)
    marked = follow_ups.find_open(dung, FollowUpKind.RECOVERED)
    assert marked
    yield "", LEAD, f"/follow-up/{marked.id}/open", {}
    yield "recovered_here", LEAD, f"/follow-up/{marked.id}/close", {"note": "đã báo trạm"}


@shows("consent_missing", "guardian_missing", "name_odd", "guardian_child", "guardian_two", "guardian_minor",
       "phone_odd", "consent_contradicts", "screening_changed", "birth_known")  # fmt: skip
def a_child(stage: Stage) -> Iterator[Asked]:
    an = child("Lò Thị An", born(12), stage.players.huong)
    here = f"{EXAMINES}/visit/{receive(stage.players, an)}/screening"
    called(stage.players.screener)
    for code, said in (
        ("consent_missing", {}), ("guardian_missing", {"consent": "seen"}),
        ("guardian_missing", SIGNED | {"guardian_name": " "}), ("name_odd", SIGNED | {"guardian_name": "Lò 2"}),
        ("guardian_child", SIGNED | {"guardian_name": "Lò Thị An"}),
        ("guardian_two", SIGNED | {"guardian": stage.players.huong}), ("phone_odd", SIGNED | {"guardian_phone": "911"}),
        ("consent_contradicts", SIGNED | {"conclusion": "declined"}),
        ("screening_changed", SIGNED | {"version": "QĐ 4355/QĐ-BYT"}),
    ):  # fmt: skip
        yield code, DOCTOR, here, HEALTHY | said
    yield "birth_known", DOCTOR, f"{here}/birth", {"birth": "01/01/2009"}
    with writing():
        people.get(stage.players.huong).born_on, people.get(stage.players.huong).born_year = born(16), born(16).year
    yield "guardian_minor", DOCTOR, here, HEALTHY | {"guardian": stage.players.huong, "consent": "seen"}


@shows("consent_missing", "already_consented")
def at_the_needle(stage: Stage) -> Iterator[Asked]:
    visit = stage.at_table()
    yield "already_consented", NURSE, f"{TABLE}/visit/{visit}/consent", SIGNED
    vial_opened(stage.players.vaccinator)
    with writing():
        people.get(stage.players.huong).born_on, people.get(stage.players.huong).born_year = born(17), born(17).year
    yield "consent_missing", NURSE, f"{TABLE}/visit/{visit}/consent", {}
    yield "consent_missing", NURSE, dose(visit), GIVEN


@shows("conclusion_missing", "answer_missing", "answer_contradicts", "vital_missing", "vital_odd", "conclusion_milder",
       "earlier_odd", "already_screened")  # fmt: skip
def the_doctors_form(stage: Stage) -> Iterator[Asked]:
    visit = receive(stage.players, stage.players.huong)
    here = f"{EXAMINES}/visit/{visit}/screening"
    called(stage.players.screener)
    earlier = {"earlier-vaccine-1": "pfizer", "earlier-on-1": f"{now().on:%d/%m/%Y}"}
    for code, wrong in (
        ("conclusion_missing", {"conclusion": ""}), ("vital_missing", {"temperature": ""}),
        ("vital_odd", {"temperature": "99"}), ("conclusion_milder", {"temperature": "38,9"}), ("earlier_odd", earlier),
        ("answer_contradicts", {"items": "fever"}),
    ):  # fmt: skip
        yield code, DOCTOR, here, HEALTHY | wrong
    yield "answer_missing", DOCTOR, here, {"temperature": "36,8", "conclusion": "cleared"}
    row = screening.screenings.Screening(
        visit_id=visit, version="QĐ 4355/QĐ-BYT", ticked=[], vitals={}, suggested="cleared", conclusion="cleared",
        note="", at=now().at, entered_by=stage.players.screener.id, screener=stage.players.screener.id,
    )  # fmt: skip
    with writing():
        record(row, now())
    yield "already_screened", DOCTOR, here, HEALTHY


@shows("birth_whole", "birth_other_year")
def only_the_year(stage: Stage) -> Iterator[Asked]:
    one = child("Lò Văn Năm", born(18), stage.players.huong)
    with writing():
        people.get(one).born_on = None
    here = f"{EXAMINES}/visit/{receive(stage.players, one)}/screening/birth"
    called(stage.players.screener)
    yield "birth_whole", DOCTOR, here, {"birth": str(born(18).year)}
    yield "birth_other_year", DOCTOR, here, {"birth": "01/01/1990"}


@shows("lot_unmeasured", "stock_short", "vial_elsewhere", "vial_begun", "vial_closed", "extra_early", "extra_most",
       "vial_short", "waste_reason_missing", "note_missing", "count_odd")  # fmt: skip
def vials_at_a_table(stage: Stage) -> Iterator[Asked]:
    mine, theirs = vial_opened(stage.players.vaccinator), vial_opened(stage.players.other_vaccinator, "pfizer", "PF01")
    with writing():
        old = lots.add(lots.Lot(vaccine="moderna", number="M1", expires_on=now().on, added_at=now().at)).id
    yield "lot_unmeasured", NURSE, f"{TABLE}/vial", {"lot": old}
    few = lot_received(stage.players.lead, "moderna", "MD01", 1)
    vials.open_vial(stage.players.other_vaccinator, now(), key(), few)
    yield "stock_short", NURSE, f"{TABLE}/vial", {"lot": few}
    yield "vial_elsewhere", NURSE, f"{TABLE}/vial/{theirs}/choose", {}
    yield "extra_early", NURSE, f"{TABLE}/vial/{mine}/extra", {}
    waste = f"{TABLE}/vial/{mine}/waste"
    yield "count_odd", NURSE, waste, {"doses": "x", "reason": "broken"}
    yield "vial_short", NURSE, waste, {"doses": "11", "reason": "broken"}
    yield "waste_reason_missing", NURSE, waste, {"doses": "1", "reason": ""}
    yield "note_missing", NURSE, waste, {"doses": "1", "reason": "other"}
    with writing():
        opened_vials.get(mine).wasted = 10
    for _ in range(2):
        vials.draw_extra(stage.players.vaccinator, now(), key(), mine)
        with writing():
            opened_vials.get(mine).wasted += 1
    yield "extra_most", NURSE, f"{TABLE}/vial/{mine}/extra", {}
    yield "vial_begun", NURSE, f"{TABLE}/vial/{mine}/unopen", {}
    vials.close_vial(stage.players.vaccinator, now(), key(), mine)
    yield "vial_closed", NURSE, f"{TABLE}/vial/{mine}/choose", {}


@shows("vaccine_unknown", "lot_odd", "expiry_odd", "lot_expired", "count_odd", "temperature_odd", "temperature_outside",
       "lot_expires_otherwise", "lot_fills_otherwise", "lot_lives_otherwise", "open_life_odd", "place_odd",
       "site_missing", "stock_short", "stock_gone", "waste_reason_missing", "note_missing", "lot_missing",
       "lot_as_it_was", "lot_opened")  # fmt: skip
def the_sites_stock(stage: Stage) -> Iterator[Asked]:
    lot = lot_received(stage.players.lead)
    with writing():
        lots.get(lot).open_minutes = 360
    came = {"vaccine": "astrazeneca", "number": "NK0191", "expires": NEXT_YEAR, "vials": "12", "doses_per_vial": "10"}
    for code, wrong in (
        ("vaccine_unknown", {"vaccine": ""}), ("lot_odd", {"number": "??"}), ("expiry_odd", {"expires": "mai"}),
        ("lot_expired", {"expires": "01/01/2021"}), ("count_odd", {"vials": "0"}),
        ("temperature_odd", {"temperature_end": "ấm"}), ("temperature_outside", {"temperature_end": "15"}),
        ("lot_expires_otherwise", {"expires": f"30/06/{now().on.year + 1}"}),
        ("lot_fills_otherwise", {"doses_per_vial": "6"}), ("lot_lives_otherwise", {"open_hours": "6,5"}),
        ("open_life_odd", {"open_hours": "360"}),
    ):  # fmt: skip
        yield code, LEAD, "/stock/receive", {f"receive-{name}": worth for name, worth in (came | wrong).items()}
    there = {"there": f"{lot}/{STORE}", "vials": "1", "to_place": "injection-1", "other_site": "Kim Đồng",
             "reason": "broken"}  # fmt: skip
    for form, code, wrong in (
        ("transfer", "stock_gone", {"there": ""}), ("transfer", "place_odd", {"to_place": STORE}),
        ("transfer", "stock_short", {"vials": "99"}), ("send", "site_missing", {"other_site": " "}),
        ("waste", "waste_reason_missing", {"reason": ""}), ("waste", "note_missing", {"reason": "other"}),
    ):  # fmt: skip
        yield code, LEAD, f"/stock/{form}", {f"{form}-{name}": worth for name, worth in (there | wrong).items()}
    right = {"put_right-lot": lot, "put_right-note": "x"}
    yield "lot_missing", LEAD, "/stock/put-right", right | {"put_right-lot": ""}
    yield "lot_as_it_was", LEAD, "/stock/put-right", right
    vials.open_vial(stage.players.vaccinator, now(), key(), lot)
    yield "lot_opened", LEAD, "/stock/put-right", right


@shows("pack_unknown", "lot_expired", "lot_expires_otherwise")
def packs_that_are_scanned(stage: Stage) -> Iterator[Asked]:
    lot_received(stage.players.lead)
    for code, number, days in (
        ("pack_unknown", "ZZ99", 90), ("lot_expired", "NK0191", -1), ("lot_expires_otherwise", "NK0191", 9),
    ):  # fmt: skip
        stage.held(pack.write(GTIN, number, now().on + timedelta(days=days)), "DataMatrix")
        yield code, NURSE, TABLE, {}


@shows("standby_taken", "standby_here", "standby_unlisted")
def whom_to_call(stage: Stage) -> Iterator[Asked]:
    person = listed()
    standby.call_standby(stage.players.lead, now(), key(), person)
    yield "standby_taken", VOLUNTEER, f"/standby/{person}/call", {}
    receive(stage.players, stage.players.huong)
    yield "standby_here", VOLUNTEER, f"/standby/{stage.players.huong}/call", {}
    yield "standby_unlisted", VOLUNTEER, f"/standby/{stage.players.vang}/call", {}


def words_of(code: str, language: str) -> list[str]:
    """The patterns of a refusal's sentence, one for each form of number: any facts may stand in its gaps."""
    text = CATALOGUES[language][f"refusal.{code}"]
    forms = (text,) if isinstance(text, str) else tuple(text)
    return ["[^{}]{1,60}?".join(re.escape(piece) for piece in re.split(r"\{[^}]*\}", form)) for form in forms]


def read(html: str) -> str:
    """A page's words, without its marks."""
    return " ".join(unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.S)).split())


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_what_is_refused_is_said_in_both_languages(
    scene: Scene, players: Players, opened: str, signed_in: Callable[[Role], Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    hands: dict[Role, Hands] = {}
    seen: set[str] = set()
    for code, role, path, fields in scene(Stage(players, monkeypatch, opened)):
        browser = hands.get(role) or signed_in(role)
        if role not in hands:
            hands[role] = browser
            browser.get("/")
        if not code:
            assert browser.act(path, **fields).status_code == 303
            continue
        seen.add(code)
        if here := re.match(r"/table/[^/]+/visit/[^/]+", path):
            browser.act(f"{here[0]}/look")
        for language in wording.LANGUAGES:
            browser.act("/language", language=language)
            answer = browser.act(path, **fields) if path != TABLE else browser.get(path)
            said = read(answer.text)
            assert answer.status_code == (200 if path == TABLE else 422), (code, said[:3000])
            assert any(re.search(each, said) for each in words_of(code, language)), (code, language, said)
            browser.act("/language", language="vi")
    assert seen == set(SCENES[scene])
    assert clinic_days.find_open(), "nothing else happened"


def test_no_refusal_of_these_acts_is_left_out() -> None:
    shown = {code for codes in SCENES.values() for code in codes}
    assert shown >= DUE, "bring it to a page here, or delete it: nobody can reach it"
    assert len(DUE) > 80, "they are found at all"
