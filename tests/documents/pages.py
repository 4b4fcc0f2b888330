"""PDF pages read back: their words, fonts and pictures, by a reader that is not ours."""

import io
import re

from pypdf import PdfReader
from pypdf.generic import ContentStream


def read(body):
    return PdfReader(io.BytesIO(body))


def words_of(body):
    """All words in reading order, one space between, over every page."""
    return plain(" ".join(page.extract_text() for page in read(body).pages))


def plain(text):
    """One ordinary space between two words, however they were held together."""
    return re.sub(r"\s+", " ", text)


def fonts(body):
    """(name, is it embedded) of every font on every page."""
    found = set()
    for page in read(body).pages:
        for font in page["/Resources"]["/Font"].values():
            described = font.get_object()
            found.add((described["/BaseFont"], "/FontFile2" in described.get("/FontDescriptor", {})))
    return found


def places(body):
    """(page, x, y, text) of every piece of text, in points from the lower left corner."""
    found = []
    for number, page in enumerate(read(body).pages):

        def note(text, matrix, of_text, _font, _size, number=number):
            if text.strip():
                x = of_text[4] * matrix[0] + matrix[4]
                found.append((number, x, of_text[5] * matrix[3] + matrix[5], text.strip()))

        page.extract_text(visitor_text=note)
    return found


def blackest(body):
    """The path of most rectangles that is filled in one go: (left, bottom, width, height) in points."""
    paths = [[]]
    for page in read(body).pages:
        at, kept = (0.0, 0.0), []
        for operands, operator in ContentStream(page.get_contents(), None).operations:
            if operator == b"q":
                kept.append(at)
            elif operator == b"Q":
                at = kept.pop()
            elif operator == b"cm":
                assert [float(each) for each in operands[:4]] == [1, 0, 0, 1]
                at = (at[0] + float(operands[4]), at[1] + float(operands[5]))
            elif operator == b"re":
                x, y, width, height = map(float, operands)
                paths[-1].append((at[0] + x, at[1] + y, width, height))
            elif operator[:1] in (b"f", b"S", b"n", b"W"):
                paths.append([])
    return max(paths, key=len)
