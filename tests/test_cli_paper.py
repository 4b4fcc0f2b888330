"""`print-sample`: every slip as a picture, every code on it read back by somebody else's decoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from PIL import Image

from kiosk.cli import main
from kiosk.demo import samples
from kiosk.rules import codes
from kiosk.rules.words import CodeKind
from tests.rules.slip_reading import codes as payloads

KINDS = {
    CodeKind.TICKET: ("ticket", "reprint"), CodeKind.BADGE: ("badge",), CodeKind.VIAL_LABEL: ("vial",),
    CodeKind.CERTIFICATE: ("certificate",),
}  # fmt: skip
CODED = [(kind, code) for code, kinds in KINDS.items() for kind in kinds]


def run(folder: Path, *words: str, language: str = "C") -> Result:
    env = {"LANG": language}
    return CliRunner(env=env).invoke(main, ["--folder", str(folder), "print-sample", *words], catch_exceptions=False)


def drawn(folder: Path, kind: str, *words: str) -> Image.Image:
    target = folder / f"{kind}.png"
    result = run(folder, kind, "--to", str(target), *words)
    assert result.exit_code == 0, result.output
    assert str(target) in result.output
    return Image.open(target)


@pytest.mark.parametrize("longest", [False, True])
@pytest.mark.parametrize("width", [384, 576])
@pytest.mark.parametrize("kind", samples.KINDS)
def test_every_slip_is_a_picture_in_black_and_white_of_the_papers_width(
    kind: str, width: int, longest: bool, tmp_path: Path
) -> None:
    words = ("--width", str(width), *(("--longest",) if longest else ()))
    picture = drawn(tmp_path, kind, *words)
    assert picture.mode == "1"
    # The ruled lines of the width test may be longer than the paper: that is their purpose.
    assert picture.width == (max(samples.WIDTHS) if kind == "width" else width)
    black = ~np.asarray(picture)
    assert 0.01 < black.mean() < 0.5
    if kind != "width":
        assert not black[:, :2].any(), "nothing runs over the left edge"
        assert not black[:, -2:].any(), "nothing runs over the right edge"


@pytest.mark.parametrize("longest", [False, True])
@pytest.mark.parametrize("width", [384, 576])
@pytest.mark.parametrize(("kind", "code"), CODED)
def test_every_code_is_read_back_from_the_paper(
    kind: str, code: CodeKind, width: int, longest: bool, tmp_path: Path
) -> None:
    words = ("--width", str(width), *(("--longest",) if longest else ()))
    picture = np.asarray(drawn(tmp_path, kind, *words)).astype(np.uint8) * 255
    read = [each.text for each in zxingcpp.read_barcodes(picture)]
    assert read == payloads(samples.sample(kind, samples.cast("vi", longest=longest)))
    assert codes.read(read[0], [samples.ADDRESS, samples.LONG_ADDRESS]).kind == code


@pytest.mark.parametrize("longest", [False, True])
@pytest.mark.parametrize("width", [384, 576])
def test_a_camera_reads_the_certificate_and_the_pairing_off_the_status_slip(
    width: int, longest: bool, tmp_path: Path
) -> None:
    words = ("--width", str(width), *(("--longest",) if longest else ()))
    picture = np.asarray(drawn(tmp_path, "status", *words)).astype(np.uint8) * 255
    read = {each.text for each in zxingcpp.read_barcodes(picture)}
    assert read == {"http://diem-tiem.local/authority", "https://diem-tiem.local/pair#7KMQ-23XY-PW9T-4HCD"}


@pytest.mark.parametrize("kind", sorted(set(samples.KINDS) - {"status"} - {kind for kind, _ in CODED}))
def test_the_other_slips_carry_no_code(kind: str, tmp_path: Path) -> None:
    picture = np.asarray(drawn(tmp_path, kind)).astype(np.uint8) * 255
    assert zxingcpp.read_barcodes(picture) == []


@pytest.mark.parametrize("name", samples.NAMES)
@pytest.mark.parametrize("width", [384, 576])
def test_the_strangest_names_stay_on_the_paper(name: str, width: int, tmp_path: Path) -> None:
    for kind in ("ticket", "dose", "certificate", "deferral", "badge"):
        black = ~np.asarray(drawn(tmp_path, kind, "--name", name, "--width", str(width)))
        assert not black[:, :2].any()
        assert not black[:, -2:].any()


def test_the_longest_sample_is_as_long_as_names_and_addresses_get() -> None:
    who = samples.cast("vi", longest=True).person
    assert (len(who.name), len(who.address)) == (60, 200)


@pytest.mark.parametrize("width", [384, 576])
def test_a_vial_label_is_short_enough_for_a_vial(width: int, tmp_path: Path) -> None:
    assert drawn(tmp_path, "vial", "--width", str(width)).height <= 45 * 8


@pytest.mark.parametrize("width", ["384", "576"])
def test_the_ruled_lines_are_exactly_as_long_as_they_say(width: str, tmp_path: Path) -> None:
    black = ~np.asarray(drawn(tmp_path, "width", "--width", width))
    # A ruled row is black from the left edge on, without a gap; nothing else on the slip touches that edge.
    ruled = [row for row in black if row[: min(samples.WIDTHS)].all()]
    assert sorted({int(row.sum()) for row in ruled}) == sorted(samples.WIDTHS)


def test_the_two_languages_look_different(tmp_path: Path) -> None:
    one, other = (drawn(tmp_path, "dose", "--language", language).tobytes() for language in ("vi", "en"))
    assert one != other


@pytest.mark.parametrize(
    ("language", "says"), [("vi_VN.UTF-8", "Không có phiếu “hologram”"), ("C", "There is no slip")]
)
def test_an_unknown_slip_is_refused_in_a_sentence_that_names_the_others(
    language: str, says: str, tmp_path: Path
) -> None:
    result = run(tmp_path, "hologram", "--to", str(tmp_path / "x.png"), language=language)
    assert result.exit_code == 1
    assert says in result.output
    assert "certificate" in result.output
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize("width", ["0", "-384", "500", "wide"])
def test_an_unknown_paper_is_refused_in_a_sentence(width: str, tmp_path: Path) -> None:
    result = run(tmp_path, "ticket", "--width", width, "--to", str(tmp_path / "x.png"))
    assert result.exit_code == 1
    assert "58 mm" in result.output
    assert "80 mm" in result.output


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    result = run(tmp_path, "ticket", "--to", str(tmp_path / "nowhere" / "x.png"))
    assert result.exit_code == 1
    assert "cannot be written" in result.output
    assert "Traceback" not in result.output
