"""A real site in a temporary folder: site.toml, migrated SQLite file, stations, staff, and a list for today.

It is made once and copied for each test. Nobody here is real.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from kiosk import config, importer
from kiosk.actions.staff import add_staff
from kiosk.app import create_app
from kiosk.config import Settings
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import Role
from kiosk.store.database import db
from kiosk.upkeep import setup
from tests import compiled
from tests.clock import CLOCK, SHIFT

SITE = """
[site]
mode = "demo"
name = "Điểm tiêm Trường THCS Nguyễn Thái Học"
code = "YB-01"

[[stations]]
code = "kiosk-1"
kind = "kiosk"
name = { vi = "Máy lấy số 1", en = "Kiosk 1" }

[[stations]]
code = "desk-1"
kind = "desk"
name = { vi = "Bàn tình nguyện viên 1", en = "Volunteer desk 1" }
prints_at = "kiosk-1"

[[stations]]
code = "screening-1"
kind = "screening"
name = { vi = "Bàn khám 1", en = "Screening 1" }

[[stations]]
code = "screening-2"
kind = "screening"
name = { vi = "Bàn khám 2", en = "Screening 2" }

[[stations]]
code = "injection-1"
kind = "injection"
name = { vi = "Bàn tiêm 1", en = "Injection 1" }
prints_at = "kiosk-1"

[[stations]]
code = "injection-2"
kind = "injection"
name = { vi = "Bàn tiêm 2", en = "Injection 2" }
prints_at = "kiosk-1"

[[stations]]
code = "observation-1"
kind = "observation"
name = { vi = "Phòng theo dõi", en = "Observation room" }
prints_at = "kiosk-1"

[[stations]]
code = "finish-1"
kind = "finish"
name = { vi = "Bàn hoàn tất", en = "Finish desk" }
prints_at = "kiosk-1"
"""

# name, badge and PIN by role
STAFF = {
    Role.VOLUNTEER: ("Trần Thị Mai", "V01", "1807"),
    Role.SCREENER: ("Lò Văn Minh", "S01", "2916"),
    Role.SITE_LEAD: ("Hoàng Thị Lan", "L01", "3064"),
    Role.TECHNICIAN: ("Giàng A Chu", "T01", "4275"),
    Role.VACCINATOR: ("Vàng Thị Sua", "N01", "5538"),
    Role.OBSERVER: ("Thào Thị Dế", "OB1", "6649"),
}

PEOPLE = """Họ và tên,Ngày sinh,Giới tính,Số CCCD,Địa chỉ,Ngày tiêm,Khung giờ
Nguyễn Thị Hường,12/05/1958,Nữ,015158004187,"Tổ 4, phường Hồng Hà",{today},07:30-08:00
Sùng A Páo,03/02/1990,Nam,015090001234,Xã Tà Xi Láng,{today},
Lò Văn Dũng,1947,Nam,,Xã Bản Công,{today},
Đặng Thị Vắng,01/01/1970,Nữ,015170009999,Xã Bản Công,01/01/2021,
"""


compiled.once()


def _key() -> str:
    return str(uuid4())


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: the long walks whole."""
    parser.addoption("--long", action="store_true", help="the long walks too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `--long` a long walk is left out; what it meets is met elsewhere, a part at a time."""
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="long: ./dev test --long"))


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Every command of ours narrows the umask of its process, which here is that of all tests."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def ready_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is copied."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "site.toml").write_text(SITE, encoding="utf-8")
    settings = config.load(folder)
    shutil.copyfile(SHIFT, folder / "clock-shift")
    setup.migrate(settings)
    app, now = create_app(settings), CLOCK.now()
    with app.app_context():
        for role, (name, badge, pin) in STAFF.items():
            add_staff(OPERATOR, now, _key(), name, role, badge, pin)
        listed = PEOPLE.format(today=f"{now.on:%d/%m/%Y}").encode()
        importer.bring(OPERATOR, now, _key(), "danh-sach.csv", listed)
        db.session.remove()
        db.engine.dispose()
    return folder


@pytest.fixture
def folder(ready_folder: Path, tmp_path: Path) -> Path:
    """The site's folder of this test alone."""
    return Path(shutil.copytree(ready_folder, tmp_path / "site"))


@pytest.fixture
def settings(folder: Path) -> Settings:
    """The site's settings."""
    return config.load(folder)
