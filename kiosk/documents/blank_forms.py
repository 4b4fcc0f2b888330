"""The paper pack for a power failure: how to go on by hand, a list, a form for one person, provisional slips."""

from __future__ import annotations

from datetime import date

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, NextPageTemplate, PageBreak, Spacer

from kiosk.documents.sheet import ACROSS, ACROSS_WIDTH, UPRIGHT, WIDTH, Flowable, build, table, words
from kiosk.rules.slips import Say

_STEPS = (
    "document.blank.tell", "document.blank.order", "document.blank.cold", "document.blank.identify",
    "document.blank.earlier", "document.blank.examine", "document.blank.inject", "document.blank.write",
    "document.blank.observe", "document.blank.enter",
)  # fmt: skip
# The three points of the consent form (Phụ lục of QĐ 3588/QĐ-BYT, 26/7/2021), in plain words.
_TOLD = ("document.blank.told_benefit", "document.blank.told_reactions", "document.blank.told_help")
# What is written down of everybody.
_WHO = ("document.blank.number", "slip.name", "slip.born", "slip.sex", "slip.id")
_LABEL = 50 * mm
_ROWS = 14
_DAY = "…… / …… / …………"
_HALVES = (136 * mm, 122 * mm)  # the cut is in the middle of the sheet
_BOX = 4.2 * mm
_GREY = "#666666"
_GRID = ("GRID", (0, 0), (-1, -1), 0.5, _GREY)
_HEAD = ("BACKGROUND", (0, 0), (-1, 0), "#eeeeee")
_FLUSH = ("LEFTPADDING", (0, 0), (0, -1), 0)
_ON_LINE = ("VALIGN", (0, 0), (-1, -1), "BOTTOM")
_LOW = ("BOTTOMPADDING", (0, 0), (-1, -1), 1)


def blank_forms(
    site: str, site_code: str, on: date | None, adults: tuple[str, ...], children: tuple[str, ...], say: Say
) -> bytes:
    """A4 PDF, to be printed before it is needed: page 1 once, the others as often as people are expected.

    `adults`, `children`: the questions of the screening forms in force, worded. `on`: None leaves the date to be
    written.
    """

    day = f"{on:%d/%m/%Y}" if on else _DAY
    head = (words(site, 11, bold=True), words(f"{say('slip.place')}: {site_code} · {say('slip.blank.on')}: {day}"))
    story = [
        *head, *_how(say), NextPageTemplate(ACROSS), PageBreak(),
        *head, *_list(say), NextPageTemplate(UPRIGHT), PageBreak(),
        *head, *_adult(adults, say), PageBreak(),
        *head, *_child(children, say), PageBreak(),
        _slips(site, site_code, say),
    ]  # fmt: skip
    return build(story, say, title=say("document.blank"), foot=f"{site_code} · {say('document.blank')}")


def _how(say: Say) -> list[Flowable]:
    steps = [[words(str(n), 13, bold=True, align="centre"), words(say(step), 11.5)] for n, step in enumerate(_STEPS, 1)]
    return [
        Spacer(0, 5 * mm),
        words(say("document.blank.how"), 16, bold=True),
        words(say("document.blank.before")),
        Spacer(0, 4 * mm),
        table(steps, [12 * mm, WIDTH - 12 * mm], _FLUSH, ("BOTTOMPADDING", (0, 0), (-1, -1), 9)),
        Spacer(0, 4 * mm),
        words(say("document.blank.danger"), 11.5, bold=True),
    ]


def _list(say: Say) -> list[Flowable]:
    """Numbered rows; with the sheet's own number before it, a row's number is nobody else's."""
    columns = (
        (say("document.blank.row"), 9), (say("slip.name"), 52), (say("slip.born"), 22), (say("slip.id"), 32),
        (say("slip.blank.phone"), 25), (say("document.blank.screening"), 24), (say("slip.vaccine"), 26),
        (say("slip.lot"), 24), (say("slip.dose"), 11), (say("slip.given"), 17), (say("document.blank.by"), 0),
    )  # fmt: skip
    widths = [width * mm for _, width in columns]
    widths[-1] = ACROSS_WIDTH - sum(widths)
    rows = [[words(named, 8.5, bold=True) for named, _ in columns]]
    rows += [[words(str(n), 9, align="centre"), *[""] * (len(columns) - 1)] for n in range(1, _ROWS + 1)]
    style = [_GRID, _HEAD, ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 2)]
    style.append(("VALIGN", (0, 0), (-1, -1), "MIDDLE"))
    return [
        Spacer(0, 2 * mm),
        words(f"{say('document.blank.list')} · {say('document.blank.sheet')}: …………", 13, bold=True),
        words(say("document.blank.list.use"), 9),
        Spacer(0, 2 * mm),
        table(rows, widths, *style, rowHeights=[11 * mm] + [9 * mm] * _ROWS),
    ]


def _adult(questions: tuple[str, ...], say: Say) -> list[Flowable]:
    return _person(
        say("document.blank.form"), (*_WHO, "slip.blank.phone", "slip.blank.address"), "slip.blank.vitals", questions,
        _consent("document.blank.agree", "document.blank.decline", "document.blank.signed", say), say,
    )  # fmt: skip


def _child(questions: tuple[str, ...], say: Say) -> list[Flowable]:
    """The guardian is called and signs (QĐ 5002/QĐ-BYT and CV 1535/BYT-DP)."""
    asked = (*_WHO, "slip.blank.address", "slip.blank.guardian", "slip.blank.guardian_phone")
    agree, decline = "slip.blank.guardian_agrees", "document.blank.guardian_declines"
    return _person(
        say("document.blank.form.child"), asked, "slip.blank.child_vitals", questions,
        _consent(agree, decline, "document.blank.guardian_signed", say), say,
    )  # fmt: skip


def _person(
    title: str, who: tuple[str, ...], vitals: str, questions: tuple[str, ...], consent: list[Flowable], say: Say
) -> list[Flowable]:
    return [
        Spacer(0, 3 * mm),
        words(title, 14, bold=True, align="centre"),
        Spacer(0, 2 * mm),
        _written(_LABEL, *map(say, who)),
        Spacer(0, 2 * mm),
        _questions(questions, say),
        _written(66 * mm, say(vitals), say("slip.blank.conclusion")),
        Spacer(0, 3 * mm),
        KeepTogether(consent),
    ]


def _written(width: float, *labels: str) -> Flowable:
    """Labels and, `width` points further, the lines to write on, 8 mm apart."""
    rows = [[words(label, 9.5), ""] for label in labels]
    style = [("LINEBELOW", (1, 0), (1, -1), 0.5, _GREY), _ON_LINE, _FLUSH, _LOW]
    return table(rows, [width, WIDTH - width], *style, rowHeights=[8 * mm] * len(rows))


def _box() -> Flowable:
    return table([[""]], [_BOX], ("BOX", (0, 0), (-1, -1), 0.9, "black"), rowHeights=[_BOX])


def _questions(questions: tuple[str, ...], say: Say) -> Flowable:
    """A box for no and one for yes behind every question; a long form goes on over pages."""
    answers = [words(say("slip.blank.no"), 9, bold=True, align="centre")]
    answers.append(words(say("slip.blank.yes"), 9, bold=True, align="centre"))
    rows = [[words(say("document.blank.questions"), 10.5, bold=True), *answers]]
    rows += [[words(f"{n}. {question}", 9.5), _box(), _box()] for n, question in enumerate(questions, 1)]
    style = [_GRID, _HEAD, ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("ALIGN", (1, 0), (-1, -1), "CENTER")]
    return table(rows, [WIDTH - 36 * mm, 18 * mm, 18 * mm], *style, repeatRows=1)


def _consent(agree: str, decline: str, signed_by: str, say: Say) -> list[Flowable]:
    """Being told, then agreeing or not, signed."""
    told = [words(say(point), 9.5) for point in _TOLD]
    choice = table(
        [
            [
                _box(),
                words(say(agree), 10.5, bold=True),
                _box(),
                words(say(decline), 10.5),
            ]
        ],
        [8 * mm, 70 * mm, 8 * mm, WIDTH - 86 * mm],
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        _FLUSH,
    )
    signed = [words(say(signed_by), 9, align="centre"), Spacer(0, 16 * mm)]
    return [*told, choice, table([["", signed]], [WIDTH / 2, WIDTH / 2])]


def _slips(site: str, site_code: str, say: Say) -> Flowable:
    """Two slips a page, to be cut apart: what a person takes home, and what a complaint is checked by."""
    cut = ("LINEBELOW", (0, 0), (0, 0), 0.6, _GREY, None, (3, 3))
    style = [cut, _FLUSH, ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 1), (0, 1), 10 * mm)]
    return table([[_slip(site, site_code, say)] for _ in _HALVES], [WIDTH], *style, rowHeights=_HALVES)


def _slip(site: str, site_code: str, say: Say) -> list[Flowable]:
    half = WIDTH / 2
    labels = [
        (say("document.blank.number"), say("slip.dose")), (say("slip.name"), say("slip.vaccine")),
        (say("slip.born"), say("slip.lot")), (say("slip.sex"), say("slip.blank.given")),
        (say("slip.id"), say("slip.observed")), (say("slip.blank.phone"), say("slip.blank.nurse")),
    ]  # fmt: skip
    rows = [[words(left, 9), "", words(right, 9), ""] for left, right in labels]
    lines = [("LINEBELOW", (column, 0), (column, -1), 0.5, _GREY) for column in (1, 3)]
    widths = [34 * mm, half - 30 * mm, 36 * mm, half - 40 * mm]
    return [
        words(site, 10.5, bold=True),
        words(f"{say('slip.place')}: {site_code}", 9),
        Spacer(0, 4 * mm),
        words(say("slip.provisional"), 14, bold=True, align="centre"),
        words(say("slip.provisional.not"), 9.5, bold=True, align="centre"),
        table(rows, widths, *lines, _ON_LINE, _FLUSH, _LOW, rowHeights=[11 * mm] * len(rows)),
        Spacer(0, 5 * mm),
        words(f"{say('document.blank.again')}: {_DAY}", 10.5, bold=True),
        words(say("slip.check_app").replace("\n", " "), 9),
        words(say("slip.mistakes"), 9),
        words(say("slip.unwell"), 9, bold=True),
    ]
