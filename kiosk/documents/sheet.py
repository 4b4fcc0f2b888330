"""What all A4 papers share: the fonts (embedded, so that every reader shows every mark), margins, foot, page numbers.

The same facts give the same bytes: no date of making and no random name is in a file.
"""

from __future__ import annotations

import functools
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import segno
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table
from reportlab.platypus import Flowable as Drawn

from kiosk.rules.slips import Align, Say
from kiosk.rules.spelling import spelled

Flowable = Any  # ReportLab has no types

MARGIN = 16 * mm
TOP, BOTTOM, FOOT = 12 * mm, 20 * mm, 12 * mm
UPRIGHT, ACROSS = "upright", "across"
WIDTH = A4[0] - 2 * MARGIN
ACROSS_WIDTH = A4[1] - 2 * MARGIN
QUIET_MODULES = 4

_FOLDER = Path(__file__).resolve().parent.parent / "static" / "fonts"
_FACE, _BOLD = "BeVietnamPro-Regular", "BeVietnamPro-Bold"
_ALIGN = {"left": TA_LEFT, "centre": TA_CENTER, "right": TA_RIGHT}


def words(text: str, points: float = 10.5, *, bold: bool = False, align: Align | str = "left") -> Flowable:
    """A paragraph that wraps at words; "\\n" ends a line. Letters that the font lacks become "?", never nothing."""
    glyphs = _fonts()
    shown = html.escape(spelled(text, lambda letter: ord(letter) in glyphs, unknown="?"), quote=False).replace(
        "\n", "<br/>"
    )
    return Paragraph(shown, _style(points, bold, align))


@functools.cache
def _style(points: float, bold: bool, align: str) -> ParagraphStyle:
    return ParagraphStyle(
        "words", fontName=_BOLD if bold else _FACE, fontSize=points, leading=points * 1.4, alignment=_ALIGN[align]
    )  # fmt: skip


@functools.cache
def _fonts() -> frozenset[int]:
    """Load the fonts once; the letters that they have."""
    for face in (_FACE, _BOLD):
        pdfmetrics.registerFont(TTFont(face, str(_FOLDER / f"{face}.ttf")))
    return frozenset(pdfmetrics.getFont(_FACE).face.charToGlyph)


def table(rows: Sequence[Sequence[Any]], widths: Sequence[float], *style: tuple[Any, ...], **options: Any) -> Flowable:
    """Rows in columns of `widths` points; it goes on over pages, inside a row too where one alone fills a page."""
    # Cells that hold no words would ask for a font that is not embedded.
    looks = [("FONTNAME", (0, 0), (-1, -1), _FACE), ("VALIGN", (0, 0), (-1, -1), "TOP"), *style]
    return Table(rows, colWidths=widths, style=looks, splitInRow=1, **options)


class _Code(Drawn):  # type: ignore[misc]
    """Black rectangles, no picture: sharp at every size."""

    def __init__(self, payload: str, side: float) -> None:
        super().__init__()
        self.width = self.height = side
        self._rows = segno.make_qr(payload, error="m").matrix

    def draw(self) -> None:
        module = self.height / (len(self._rows) + 2 * QUIET_MODULES)
        ink = self.canv.beginPath()
        for y, row in enumerate(self._rows, 1):
            low = self.height - (y + QUIET_MODULES) * module
            for start, end in _runs(row):
                ink.rect((start + QUIET_MODULES) * module, low, (end - start) * module, module)
        self.canv.drawPath(ink, stroke=0, fill=1)


def code(payload: str, side: float) -> Flowable:
    """A QR code, EC level M, `side` points wide with its four modules of quiet zone."""
    return _Code(payload, side)


def _runs(row: Sequence[int]) -> list[tuple[int, int]]:
    """(first, after the last) of every stretch of black modules: one rectangle each, with no hairlines between."""
    runs: list[tuple[int, int]] = []
    for x, bit in enumerate(row):
        if not bit:
            continue
        if runs and runs[-1][1] == x:
            runs[-1] = (runs[-1][0], x + 1)
        else:
            runs.append((x, x + 1))
    return runs


def build(story: list[Flowable], say: Say, *, title: str, foot: str) -> bytes:
    """The pages of `story`: upright, and lying on their side after `NextPageTemplate(ACROSS)`.

    `title` is shown by readers and is no place for a name. `foot` stands at the left of every page's end.
    """
    file = io.BytesIO()
    shown = title.replace("\u00a0", " ")
    document = BaseDocTemplate(
        file, title=shown, author="Điểm Tiêm", lang=say("document.language"), initialFontName=_FACE, invariant=1
    )
    document.addPageTemplates([_page(UPRIGHT, A4), _page(ACROSS, landscape(A4))])
    document.build(story, canvasmaker=functools.partial(_Numbered, words(foot, 8), say))
    return file.getvalue()


def _page(name: str, size: tuple[float, float]) -> PageTemplate:
    width, height = size
    frame = Frame(
        MARGIN, BOTTOM, width - 2 * MARGIN, height - BOTTOM - TOP,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip
    return PageTemplate(name, [frame], pagesize=size)


class _Numbered(Canvas):  # type: ignore[misc]
    """Keeps its pages until the last is set: only then is it known how many there are."""

    def __init__(self, foot: Flowable, say: Say, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._foot, self._say = foot, say
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for page in self._kept:
            self.__dict__.update(page)
            self._finish()
            super().showPage()
        super().save()

    def _finish(self) -> None:
        self.setFont(_FACE, 8)
        right = self._pagesize[0] - MARGIN
        numbered = self._say("document.page", page=self.getPageNumber(), pages=len(self._kept))
        self.drawRightString(right, FOOT, numbered)
        _, height = self._foot.wrapOn(self, right - MARGIN - 30 * mm, FOOT)
        self._foot.drawOn(self, MARGIN, FOOT + 9 - height)
