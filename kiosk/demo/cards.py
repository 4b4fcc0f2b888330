"""What people hold in front of the camera: invented national cards, phones, and things that are neither.

Nothing here can be taken for a document: no emblem, no motto, and every picture says in red that it is a sample.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from kiosk.demo import papers, pen
from kiosk.demo.commune import Invented, sex_word, strangers
from kiosk.rules.codes import badge, pack
from kiosk.rules.words import Sex

CARD = (1280, 807)  # 85.6 × 53.98 mm (Thông tư 06/2021/TT-BCA), 15 pixels to the millimetre
PHONE = (640, 1180)
CODE_SIDE = 330
PORTRAIT = (56, 316, 326, 676)
TEAL = (18, 92, 96)
SOFT = (84, 98, 104)
BLUE = (28, 76, 140)
PACK = pack.write("08412345000010", "BIA0001", date(2031, 12, 31))  # not later than ten years: no box lasts longer
LOCATION = "https://diem-tiem.example/dia-diem/xa-thu-nghiem"


def card_text(invented: Invented) -> str:
    """The seven fields of the code on the national card of 2021 (see `rules/codes/cccd`)."""
    identity = invented.identity
    return "|".join(
        (
            identity.number,
            identity.old_number,
            identity.name,
            f"{identity.born_on:%d%m%Y}",
            sex_word(identity.sex),
            identity.address,
            f"{invented.issued_on:%d%m%Y}",
        )
    )


def national_card(invented: Invented) -> Image.Image:
    """Its front, 1280×807 pixels with round corners."""
    card = _ground().copy()
    _portrait(card, invented)
    draw = ImageDraw.Draw(card)
    identity = invented.identity
    draw.text((364, 268), "Số:", font=pen.font(28), fill=SOFT)
    draw.text((424, 248), identity.number, font=pen.font(50, "Bold"), fill=pen.RED)
    y = _fact(draw, 330, "Họ và tên", identity.name, "Bold", 38)
    draw.text((364, y), "Ngày sinh", font=pen.font(24), fill=SOFT)
    draw.text((500, y - 4), f"{identity.born_on:%d/%m/%Y}", font=pen.font(30, "SemiBold"), fill=pen.INK)
    draw.text((730, y), "Giới tính", font=pen.font(24), fill=SOFT)
    draw.text((850, y - 4), sex_word(identity.sex), font=pen.font(30, "SemiBold"), fill=pen.INK)
    _fact(draw, y + 52, "Nơi thường trú", identity.address, "SemiBold", 30)
    draw.text((56, 688), f"Ngày cấp: {invented.issued_on:%d/%m/%Y}", font=pen.font(24), fill=SOFT)
    _code(card, card_text(invented))
    return pen.rounded(card, 44)


def phone_screen(payload: str) -> Image.Image:
    """A phone that shows a code, 640×1180 pixels."""
    phone = Image.new("RGB", PHONE, (28, 32, 38))
    draw = ImageDraw.Draw(phone)
    draw.rounded_rectangle((22, 22, 617, 1157), 56, fill=(244, 248, 251))
    draw.rounded_rectangle((250, 40, 390, 66), 13, fill=(28, 32, 38))
    _centred(draw, 104, "Mã của tôi", pen.font(46, "Bold"), pen.INK)
    _centred(draw, 170, "Đưa mã này vào khung", pen.font(28), SOFT)
    draw.rounded_rectangle((48, 236, 591, 800), 28, fill=(255, 255, 255))
    code = pen.code(payload, 530)
    phone.paste(code, (320 - code.width // 2, 518 - code.height // 2))
    short = payload if len(payload) <= 24 else payload[:22] + "…"
    _centred(draw, 826, short, pen.font(30, "SemiBold"), pen.INK)
    draw.rounded_rectangle((80, 930, 559, 1030), 24, fill=(253, 234, 234))
    _centred(draw, 950, "MẪU – MÃ BỊA", pen.font(44, "Bold"), pen.RED)
    draw.rounded_rectangle((220, 1112, 420, 1122), 5, fill=(120, 130, 138))
    return pen.rounded(phone, 76)


def insurance_card(invented: Invented) -> Image.Image:
    """A health-insurance card, 1280×807 pixels: no portrait, and a dense code: its name is in hexadecimal."""
    card = pen.paper(CARD, (236, 244, 250), (250, 250, 246))
    draw = ImageDraw.Draw(card)
    identity = invented.identity
    draw.text((56, 52), pen.SAMPLE, font=pen.font(56, "Bold"), fill=pen.RED)
    draw.text((56, 130), "THẺ BẢO HIỂM Y TẾ ĐỂ TẬP", font=pen.font(42, "Bold"), fill=BLUE)
    draw.text((56, 190), "Không phải giấy tờ · Người này không có thật", font=pen.font(25), fill=SOFT)
    facts = (("Họ và tên", identity.name), ("Ngày sinh", f"{identity.born_on:%d/%m/%Y}"),
             ("Giới tính", sex_word(identity.sex)), ("Địa chỉ", identity.address))  # fmt: skip
    y = 270
    for title, words in facts:
        draw.text((56, y), title, font=pen.font(24), fill=SOFT)
        for line in pen.wrapped(words, 660, pen.font(32, "SemiBold")):
            y += 34
            draw.text((56, y), line, font=pen.font(32, "SemiBold"), fill=pen.INK)
        y += 62
    code = pen.code(papers.insurance(invented), 500)
    card.paste(code, (CARD[0] - 40 - code.width, 200))
    return pen.rounded(card, 44)


def certificate(invented: Invented) -> Image.Image:
    """A printed vaccination certificate: a sheet with a large code, 1280×807 pixels."""
    sheet = Image.new("RGB", CARD, (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    draw.text((60, 60), "GIẤY CHỨNG NHẬN TIÊM", font=pen.font(48, "Bold"), fill=pen.INK)
    draw.text((60, 124), "để tập · chữ ký không có thật", font=pen.font(30), fill=SOFT)
    draw.text((60, 240), invented.identity.name, font=pen.font(40, "Bold"), fill=pen.INK)
    draw.text((60, 300), f"{invented.identity.born_on:%d/%m/%Y}", font=pen.font(32, "SemiBold"), fill=pen.INK)
    draw.text((60, 640), pen.SAMPLE, font=pen.font(56, "Bold"), fill=pen.RED)
    code = pen.code(papers.certificate(invented), 600)
    sheet.paste(code, (CARD[0] - 60 - code.width, 110))
    return pen.rounded(sheet, 12)


# What somebody may hold up, by the name of the choice on the desk.
PAPERS: dict[str, Callable[[Invented], Image.Image]] = {
    "national_card": national_card,
    "personal_qr": lambda one: phone_screen(papers.personal_qr(one)),
    "masked_qr": lambda one: phone_screen(papers.personal_qr(one, masked=True)),
    "insurance": insurance_card,
    "certificate": certificate,
}


def odd_codes() -> dict[str, Image.Image]:
    """By name: `location` (a poster's address), `damaged` (a code that nobody can read), `blank` (no code at all),
    `badge` (a member of staff's), `pack` (a box of vaccine).
    """
    return {
        "location": _poster(),
        "damaged": _scratched(strangers(1, seed=9)[0]),
        "blank": _blank(),
        "badge": _plate("THẺ NHÂN VIÊN", "Tình nguyện viên", badge.write("TN1")),
        "pack": _plate("HỘP VẮC XIN", "Lô BIA0001", PACK),
    }


@cache
def _ground() -> Image.Image:
    """What all cards have in common; copy it before drawing."""
    card = pen.paper(CARD, (232, 243, 240), (246, 238, 222))
    draw = ImageDraw.Draw(card)
    draw.ellipse((64, 50, 216, 202), outline=TEAL, width=5, fill=(238, 246, 243))
    draw.text((140, 126), "BỊA", font=pen.font(54, "Bold"), fill=TEAL, anchor="mm")
    draw.text((560, 74), pen.SAMPLE, font=pen.font(56, "Bold"), fill=pen.RED, anchor="mm")
    draw.text((560, 142), "THẺ CĂN CƯỚC ĐỂ TẬP", font=pen.font(42, "Bold"), fill=TEAL, anchor="mm")
    draw.text((560, 194), "Không phải giấy tờ · Người này không có thật", font=pen.font(25), fill=SOFT, anchor="mm")
    pen.stamp(card, pen.SAMPLE, 128, (760, 520), 30)
    draw.rectangle((0, 738, CARD[0], CARD[1]), fill=pen.RED)
    band = f"{pen.SAMPLE}   ·   CHỈ DÙNG ĐỂ TẬP   ·   {pen.SAMPLE}"
    draw.text((640, 770), band, font=pen.font(34, "Bold"), fill=(255, 255, 255), anchor="mm")
    return card


def _fact(draw: ImageDraw.ImageDraw, y: int, title: str, words: str, weight: str, size: int) -> int:
    draw.text((364, y), title, font=pen.font(24), fill=SOFT)
    face = pen.font(size, weight)
    # Beside the code there is room for 520 pixels; below it, for the rest of the card.
    width = 520 if y < 36 + CODE_SIDE - 20 else 860
    y += 32
    for line in pen.wrapped(words, width, face):
        draw.text((364, y), line, font=face, fill=pen.INK)
        y += round(size * 1.32)
    return y + 14


def _portrait(card: Image.Image, invented: Invented) -> None:
    """A silhouette: shoulders, head, hair that greys with the years."""
    x0, y0, x1, y1 = PORTRAIT
    woman = invented.identity.sex is Sex.FEMALE
    old = invented.issued_on.year - (invented.identity.born_year or 0) > 62
    chance = Random(invented.identity.number)
    hair = (166, 172, 176) if old else (62, 58, 60)
    shirt = chance.choice(((88, 118, 150), (120, 142, 118), (150, 118, 124), (108, 110, 132), (142, 130, 104)))
    face = (204, 178, 158)
    picture = Image.new("RGB", ((x1 - x0) * 2, (y1 - y0) * 2), (214, 228, 234))
    draw = ImageDraw.Draw(picture)
    if woman:
        draw.rounded_rectangle((132, 118, 408, 470), 136, fill=hair)
    draw.ellipse((30, 470, 510, 960), fill=shirt)
    draw.rounded_rectangle((220, 380, 320, 530), 48, fill=tuple(c - 18 for c in face))
    draw.ellipse((158, 138, 382, 440), fill=face)
    draw.pieslice((148, 112, 392, 400), 180, 360, fill=hair)
    small = picture.filter(ImageFilter.GaussianBlur(3)).resize((x1 - x0, y1 - y0), Image.Resampling.LANCZOS)
    pen.stamp(small, "BỊA", 84, (135, 292), 150)
    card.paste(small, (x0, y0))
    ImageDraw.Draw(card).rectangle((x0, y0, x1, y1), outline=TEAL, width=3)


def _code(card: Image.Image, payload: str) -> tuple[int, int, int, int]:
    code = pen.code(payload, CODE_SIDE)
    x, y = CARD[0] - 40 - code.width, 34
    card.paste(code, (x, y))
    return x, y, x + code.width, y + code.height


def _scratched(invented: Invented) -> Image.Image:
    """The card of somebody who kept it with the keys: two of the code's corners are gone."""
    card = national_card(invented).convert("RGB")
    draw = ImageDraw.Draw(card)
    chance = Random(4)
    x0, y0 = CARD[0] - 40 - CODE_SIDE, 34
    for _ in range(46):
        x, y = x0 + chance.randrange(CODE_SIDE), y0 + chance.randrange(-30, CODE_SIDE)
        run, shade = chance.randrange(60, 190), chance.randrange(206, 246)
        colour = (shade, shade, shade - 8)
        draw.line((x, y, x - run, y + run * 0.7), fill=colour, width=chance.randrange(5, 15))
    for x, y in ((x0 + 34, y0 + 40), (x0 + 250, y0 + 70)):
        draw.ellipse((x, y, x + 84, y + 66), fill=(226, 226, 214))
    return pen.rounded(card, 44)


def _blank() -> Image.Image:
    card = pen.paper(CARD, (238, 241, 243), (228, 232, 236))
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 96, CARD[0], 236), fill=(70, 78, 86))
    draw.text((640, 480), "Thẻ không có mã", font=pen.font(64, "SemiBold"), fill=(120, 130, 138), anchor="mm")
    draw.text((640, 570), "MẪU – BỊA", font=pen.font(44, "Bold"), fill=pen.RED, anchor="mm")
    return pen.rounded(card, 44)


def _poster() -> Image.Image:
    poster = Image.new("RGB", CARD, (255, 255, 255))
    draw = ImageDraw.Draw(poster)
    draw.rectangle((0, 0, CARD[0], 150), fill=TEAL)
    draw.text((640, 74), "MÃ ĐỊA ĐIỂM – XÃ THỬ NGHIỆM", font=pen.font(58, "Bold"), fill=(255, 255, 255), anchor="mm")
    code = pen.code(LOCATION, 560)
    poster.paste(code, (70, 170))
    for y, words in ((300, "Quét mã này"), (370, "khi vào nơi"), (440, "công cộng")):
        draw.text((700, y), words, font=pen.font(52, "SemiBold"), fill=pen.INK)
    draw.text((700, 600), "MẪU – BỊA", font=pen.font(44, "Bold"), fill=pen.RED)
    return pen.rounded(poster, 20)


def _plate(title: str, words: str, payload: str) -> Image.Image:
    plate = pen.paper(CARD, (246, 244, 236), (238, 240, 244))
    draw = ImageDraw.Draw(plate)
    draw.text((70, 250), title, font=pen.font(62, "Bold"), fill=TEAL)
    draw.text((70, 350), words, font=pen.font(44, "SemiBold"), fill=pen.INK)
    draw.text((70, 600), "MẪU – BỊA", font=pen.font(44, "Bold"), fill=pen.RED)
    code = pen.code(payload, 520)
    plate.paste(code, (CARD[0] - 70 - code.width, 140))
    return pen.rounded(plate, 44)


def _centred(
    draw: ImageDraw.ImageDraw, y: int, words: str, face: ImageFont.FreeTypeFont, colour: tuple[int, int, int]
) -> None:
    draw.text((PHONE[0] // 2, y), words, font=face, fill=colour, anchor="ma")
