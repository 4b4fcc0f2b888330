"""Invented facts for every slip: an ordinary one, and one with the longest that a line must hold. Nobody is real."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kiosk import protocols, wording
from kiosk.demo import commune, papers
from kiosk.rules import slips
from kiosk.rules.codes import badge, ticket, vial
from kiosk.rules.person import Identity
from kiosk.rules.waiting import Band
from kiosk.rules.words import Conclusion, Role, Sex

TOKEN = "23456789AB"
# How phones reach the box: as short as such an address gets, and a long one.
ADDRESS, LONG_ADDRESS = "http://10.42.0.1", "https://diem-tiem-luu-dong-thon-tuong-tuong.local:8443"
WIDTHS = (384, 512, 576)
ON = date(2021, 11, 20)
NOON = datetime(2021, 11, 20, 8, 42, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
# What a name may be besides three common words; the first is the longest that the list takes.
NAMES = (
    "Công Tằng Tôn Nữ Huyền Thương Nguyệt Quỳnh Diễm Phượng Xuyến",
    "Ơi",
    "H'Nhiêr Êban",
    "Rơ Châm H\u02bcYéo",
    "Y Krông-Êban Ađrơng",
    "Nguyễn-Trần Ẵm Ễnh Ổi Ựa",
    "NGHIÊNGNGHIÊNGTHƯỢNGTHƯỢNGQUỲNHQUỲNHKHƯƠNGKHƯƠNG",
)
_LONG_SITE = "Điểm tiêm chủng lưu động Nhà văn hóa thôn Tưởng Tượng Thượng, xã Thử Nghiệm, huyện Bịa Đặt"
_LONG_ADDRESS = (
    "Số 1234 ngách 56 ngõ 789 (số cũ) đường Nguyễn Thị Giả Định kéo dài, Tổ dân phố Tưởng Tượng Thượng, Khu tái định "
    "cư Không Đâu Vào Đâu, Phường Thử Nghiệm Hạ, Thành phố Bịa Đặt, Tỉnh Không Có Trên Bản Đồ"
)


@dataclass(frozen=True)
class Cast:
    """The facts that all samples share. Vietnamese where `language` is vi."""

    language: str
    site: str
    label: str
    person: Identity
    doses: int

    def say(self, code: str, **facts: object) -> str:
        """In the slip's language."""
        return wording.say(code, self.language, **facts)

    def other(self, code: str, **facts: object) -> str:
        """In the other one."""
        return wording.say(code, "en" if self.language == "vi" else "vi", **facts)


def cast(language: str, *, longest: bool = False, name: str = "") -> Cast:
    """Who the sample is about. `longest`: names, numbers, addresses as long as they get; `name` instead of theirs."""
    person = Identity(
        name="Nguyễn Thị Hường", born_year=1958, born_on=date(1958, 5, 12), sex=Sex.FEMALE, number="015158990187",
        address="Bản Thí Dụ, Xã Thử Nghiệm, Huyện Bịa Đặt, Tỉnh Không Có",
    )  # fmt: skip
    if longest:
        person = replace(person, name=NAMES[0], address=_LONG_ADDRESS)
    return Cast(
        language, _LONG_SITE if longest else "Điểm tiêm Trường THCS Thử Nghiệm", "U 1204" if longest else "A 047",
        replace(person, name=name) if name else person, 7 if longest else 2,
    )  # fmt: skip


def sample(kind: str, who: Cast) -> tuple[slips.Block, ...]:
    """The slip of this kind about `who`. Raises KeyError for a kind that is not in `KINDS`."""
    return KINDS[kind](who)


def _ticket(who: Cast) -> tuple[slips.Block, ...]:
    lane = protocols.lanes().lanes[0 if who.doses > 2 else -1]
    facts = slips.TicketFacts(
        site=who.site, label=who.label, zone="A", ahead=who.doses * 17, address="bác", name=who.person.name,
        sex=who.person.sex, born_year=who.person.born_year, printed=NOON,
        payload=ticket.write(TOKEN, LONG_ADDRESS if who.doses > 2 else ADDRESS), distance_m=protocols.distance_m(),
        spot=None if who.doses > 2 else 12, wait=Band(45, 75, True) if who.doses > 2 else Band(15, 25, True),
        rule=f"{lane.letter} · {lane.rule(who.language)}",
    )  # fmt: skip
    return slips.queue_ticket(facts, who.say, who.other)


def _reprint(who: Cast) -> tuple[slips.Block, ...]:
    return slips.as_reprint(_ticket(who), who.say("slip.reprint", copy=2))


def _comeback(who: Cast) -> tuple[slips.Block, ...]:
    facts = slips.ComebackFacts(
        site=who.site, on=ON, slot_from=time(13, 30), slot_until=time(14, 0), name=who.person.name,
        sex=who.person.sex, born_year=who.person.born_year, address="bác", printed=NOON,
    )  # fmt: skip
    return slips.comeback_ticket(facts, who.say, who.other)


def _dose(who: Cast) -> tuple[slips.Block, ...]:
    given = NOON - timedelta(minutes=37)
    facts = slips.DoseFacts(
        site=who.site, site_code="15158A", label=who.label, name=who.person.name, sex=who.person.sex,
        born="12/05/1958", number=who.person.number, vaccine=_vaccine("pfizer"), lot="FF1234", dose_number=1,
        given=given, observed_until=given + timedelta(minutes=30), next_from=date(2021, 12, 11),
        receipt="Immunization/9f1c2e7a-5b4d-4d1e-9a55-0c6f3e2b1a77" if who.doses > 2 else "", printed=NOON,
    )  # fmt: skip
    return slips.provisional_slip(facts, who.say, who.other)


def certificate_facts(who: Cast) -> slips.CertificateFacts:
    """What the platform would return: two doses, or seven rows of four vaccines."""
    vaccines = [each.name for each in protocols.vaccines().vaccines[:4]]
    doses = tuple(
        slips.CertifiedDose(
            n + 1,
            ON + timedelta(days=28 * n),
            vaccines[n // 2],
            f"FF{1234 + n}" if n % 3 else "",
            who.site if n else "",
        )
        for n in range(who.doses)
    )
    invented = commune.Invented(who.person, ON, None, "9")
    return slips.CertificateFacts(
        name=who.person.name, born="12/05/1958", number=who.person.number, phone="" if who.doses > 2 else "0900000000",
        address=who.person.address, doses=doses, code=papers.certificate(invented),
        reference="URN:UVCI:01:VN:BIADAT0187#T", issued=NOON, site=who.site, printed=NOON,
    )  # fmt: skip


def _certificate(who: Cast) -> tuple[slips.Block, ...]:
    return slips.certificate(certificate_facts(who), who.say, who.other)


def _deferral(who: Cast) -> tuple[slips.Block, ...]:
    form = protocols.screening_forms().adults
    long = who.doses > 2
    conclusion = Conclusion.REFERRED if long else Conclusion.DEFERRED
    reasons = [item for item in form.items if item.leads_to is conclusion] + list(form.items[6:] if long else ())
    facts = slips.DeferralFacts(
        site=who.site, site_code="15158A", label=who.label, name=who.person.name, sex=who.person.sex,
        born="12/05/1958", number=who.person.number, conclusion=conclusion,
        title=next(each for each in form.outcomes if each.conclusion is conclusion).label(who.language),
        reasons=tuple(item.label(who.language) for item in (reasons if long else reasons[1:2])),
        note="Huyết áp 165/100, đo lại sau 15 phút 160/95" if long else "Sốt 38,2 °C", doctor="Trần Thị Mẫu",
        decided=NOON, come_back_on=None if long else date(2021, 12, 4),
        refer_to="", printed=NOON,
    )  # fmt: skip
    return slips.deferral_slip(facts, who.say, who.other)


def _vial(who: Cast) -> tuple[slips.Block, ...]:
    facts = slips.VialFacts(
        vaccine=_vaccine("vero_cell" if who.doses > 2 else "pfizer"),
        lot="202108B2715-ABCD" if who.doses > 2 else "FF1234",
        expires_on=date(2022, 1, 31), opened=NOON, use_by=None if who.doses > 2 else NOON + timedelta(hours=6),
        station="Bàn tiêm lưu động 12" if who.doses > 2 else "Bàn tiêm 1", payload=vial.write(TOKEN),
    )  # fmt: skip
    return slips.vial_label(facts, who.say)


def closing_facts(who: Cast) -> slips.ClosingFacts:
    """A day's figures; the long one does not balance."""
    rows = (
        (0, "planned", 1240), (0, "arrived", 1204), (1, "present", 0), (0, "screened", 1204), (0, "given", 1187),
        (0, "not_given", 17), (0, "unexplained", 0), (0, "in_observation", 0), (0, "acknowledged", 1180),
        (0, "waiting", 5), (0, "parked", 2), (0, "signed", 7),
    )  # fmt: skip
    return slips.ClosingFacts(
        site=who.site, site_code="15158A", on=ON, half=who.say("lead.half.morning"),
        rows=tuple((depth, who.say(f"report.{code}"), n) for depth, code, n in rows),
        unbalanced=(who.say("report.balance.messages"),) if who.doses > 2 else (),
        audit_head="9b1f04c2d7e35a68" * 4, audit_entries=18423, closed=NOON, closed_by="Trần Thị Mẫu", printed=NOON,
    )  # fmt: skip


def _closing(who: Cast) -> tuple[slips.Block, ...]:
    return slips.closing_slip(closing_facts(who), who.say)


_JOINING = slips.JoiningFacts(
    station="Máy lấy số 2", code="7KMQ-23XY-PW9T-4HCD", link="https://diem-tiem.local/pair#7KMQ-23XY-PW9T-4HCD",
    certificate="http://diem-tiem.local/authority", until=NOON + timedelta(hours=24),
)  # fmt: skip
_LONG_STATION = "Bàn khám sàng lọc số 12, dãy nhà B, phòng thực hành Hóa học"


def _status(who: Cast) -> tuple[slips.Block, ...]:
    facts = slips.StatusFacts(
        site=who.site, box="diem-tiem-01", addresses=("https://diem-tiem.local", "http://192.168.12.34:8080"),
        versions=(("Điểm Tiêm", "0.5.0"), ("Python", "3.11.7")),
        parts=(("kiosk-1", who.say("strip.printer.word.ready")), ("desk-1", who.say("strip.printer.word.paper_out"))),
        joining=_JOINING if who.doses <= 2 else replace(_JOINING, station=_LONG_STATION, until=None), printed=NOON,
    )  # fmt: skip
    return slips.status_slip(facts, who.say)


def _badge(who: Cast) -> tuple[slips.Block, ...]:
    role = who.say(f"station.role.{Role.SITE_LEAD if who.doses > 2 else Role.VACCINATOR}")
    code = "PHUTRACH0123456789XY" if who.doses > 2 else "TIEM01"
    facts = slips.BadgeFacts(site=who.site, name=who.person.name, role=role, badge=code, payload=badge.write(code))
    return slips.badge(facts, who.say)


def _blank(who: Cast) -> tuple[slips.Block, ...]:
    asked = protocols.screening_forms().adults.items
    questions = tuple(item.label(who.language) for item in asked if item.code != "vital_signs")
    facts = slips.BlankFacts(
        site=who.site, site_code="15158A", on=ON if who.doses > 2 else None, questions=questions, printed=NOON
    )
    return slips.blank_form(facts, who.say)


def _width(who: Cast) -> tuple[slips.Block, ...]:
    return slips.width_test(WIDTHS, who.say, who.other)


def _vaccine(code: str) -> str:
    return protocols.vaccines().get(code).name


# As `print-sample` calls them.
KINDS: Mapping[str, Callable[[Cast], tuple[slips.Block, ...]]] = {
    "ticket": _ticket, "comeback": _comeback, "reprint": _reprint, "dose": _dose, "certificate": _certificate,
    "deferral": _deferral, "closing": _closing, "status": _status, "badge": _badge, "vial": _vial, "blank": _blank,
    "width": _width,
}  # fmt: skip
