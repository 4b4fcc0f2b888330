"""Names for people who do not exist: common ones, those of the hills, and a few that fill every line."""

from __future__ import annotations

from random import Random

from kiosk.rules.words import Sex

FAMILY = (
    "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Lê", "Phạm", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ",
    "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Đào", "Đoàn", "Trịnh", "Mai", "Tô", "Hà", "Lưu", "Tạ",
)  # fmt: skip
MIDDLE = {
    Sex.MALE: ("Văn", "Văn", "Văn", "Đức", "Hữu", "Quang", "Công", "Minh", "Đình", "Xuân", "Bá", "Ngọc", "Thế"),
    Sex.FEMALE: ("Thị", "Thị", "Thị", "Thị Thu", "Thị Hồng", "Thị Kim", "Ngọc", "Thanh", "Thị Mỹ", "Bích", "Thị Ánh"),
}
GIVEN = {
    Sex.MALE: (
        "An", "Bình", "Chiến", "Cường", "Dũng", "Đạt", "Đông", "Giáp", "Hải", "Hậu", "Hiếu", "Hùng", "Hưng", "Khánh",
        "Khôi", "Lâm", "Lộc", "Long", "Mạnh", "Nghĩa", "Nhật", "Phúc", "Quyết", "Sơn", "Thắng", "Thịnh", "Thuận",
        "Tiến", "Toản", "Trường", "Tuấn", "Việt", "Vượng", "Vững",
    ),
    Sex.FEMALE: (
        "Ánh", "Bưởi", "Cúc", "Diệu", "Dung", "Đào", "Gấm", "Hạnh", "Hằng", "Hiền", "Hoa", "Huệ", "Hường", "Huyền",
        "Lan", "Liễu", "Loan", "Lụa", "Mận", "Nga", "Ngoãn", "Nguyệt", "Nhàn", "Nhung", "Oanh", "Phượng", "Quyên",
        "Sen", "Thảo", "Thắm", "Thủy", "Tuyết", "Vân", "Xuyến", "Yến",
    ),
}  # fmt: skip
HILLS = {
    Sex.MALE: (
        "Giàng A Páo", "Sùng A Vàng", "Thào Seo Lử", "Lò Văn Ún", "Cầm Văn Pấng", "Nông Văn Slỉnh", "Triệu Tòn Phấu",
        "Bàn Phụ Siểu", "Hờ A Chống", "Y Thịnh Niê", "Y Krông Êban", "Siu Blơm", "Đinh Hmưk", "Ksor Ơi",
        "Lường Văn Xôm",
    ),
    Sex.FEMALE: (
        "Giàng Thị Mỷ", "Vàng Thị Dở", "Sùng Thị Xế", "Lò Thị Ín", "Cầm Thị Phóng", "Nông Thị Pảo", "Triệu Mùi Pham",
        "Bàn Thị Mẩy", "Hờ Thị Chía", "H'Loan Niê", "H'Nhiêr Êban", "Siu H'Blơi", "Rơ Châm H'Yéo", "Kpă H'Phước",
        "Quàng Thị Dọn",
    ),
}  # fmt: skip
LONG = {
    Sex.MALE: (
        "Nguyễn Phước Vĩnh Khương Trường Nghiệp Thượng Hưng Quảng Bửu",
        "Hoàng Phủ Ngọc Thiên Vương Trường Giang Đại Nghĩa",
        "Lê Nguyễn Hoàng Phúc Thượng Khương Duy Nghiêm",
    ),
    Sex.FEMALE: (
        "Công Tằng Tôn Nữ Huyền Thương Nguyệt Quỳnh Diễm Phượng Uyển",
        "Công Huyền Tôn Nữ Thị Ngọc Diễm Quỳnh Hương Giang",
        "Nguyễn Trần Thị Phương Thảo Quỳnh Như Thanh Xuyến",
    ),
}
LONG_EVERY, HILLS_EVERY = 40, 9


def invent(index: int, sex: Sex, chance: Random) -> str:
    """A full name, at most 60 letters; `index` sees to it that every list holds some of each kind."""
    if index % LONG_EVERY == LONG_EVERY // 2:
        return LONG[sex][index // LONG_EVERY % len(LONG[sex])]
    if index % HILLS_EVERY == HILLS_EVERY // 2:
        return chance.choice(HILLS[sex])
    return " ".join((chance.choice(FAMILY), chance.choice(MIDDLE[sex]), chance.choice(GIVEN[sex])))
