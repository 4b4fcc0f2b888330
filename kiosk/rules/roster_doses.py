"""The doses that a list says were given before: a history that cannot be true is not taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kiosk.rules import person
from kiosk.rules.roster_cells import Reason, read_text, squeezed


@dataclass(frozen=True)
class PastShot:
    """A dose that the list says was given before: a vaccine's code, the day, lot and place as written."""

    vaccine: str
    on: date
    lot: str = ""
    place: str = ""


def read_doses(
    cells: Mapping[str, str], today: date, born_on: date | None, born_year: int | None,
    vaccines: Mapping[str, str], found: list[Reason],
) -> tuple[PastShot, ...]:  # fmt: skip
    """The doses that the list says were given. What cannot be true stops the row: the next dose hangs on it."""
    born = born_on or (date(born_year, 1, 1) if born_year else None)
    read = [_read_dose(cells, n, today, born, vaccines, found) for n in (1, 2)]
    first, second = read
    if second and not first and not any(reason.column.endswith("_1") and reason.stops for reason in found):
        found.append(Reason("date_1", "dose_one_missing", stops=True))
    if first and second and first.on >= second.on:
        found.append(Reason("date_2", "dose_order", stops=True))
    return tuple(dose for dose in read if dose)


def _read_dose(
    cells: Mapping[str, str], n: int, today: date, born: date | None, vaccines: Mapping[str, str], found: list[Reason]
) -> PastShot | None:
    named = {part: cells.get(f"{part}_{n}", "").strip() for part in ("vaccine", "date", "lot", "place")}
    if not any(named.values()):
        return None
    vaccine, on = read_vaccine(named["vaccine"], vaccines), person.read_date(named["date"].split(" ")[0])
    wrong = [
        ("vaccine", "vaccine_missing" if not named["vaccine"] else "vaccine_unknown", not vaccine),
        ("date", "dose_date", on is None),
        ("date", "dose_future", on is not None and on > today),
        ("date", "dose_before_birth", on is not None and born is not None and on < born),
    ]
    found.extend(Reason(f"{column}_{n}", code, {"n": n}, stops=True) for column, code, is_so in wrong if is_so)
    lot = read_text(cells, f"lot_{n}", 20, found)
    place = read_text(cells, f"place_{n}", 120, found)
    return PastShot(vaccine, on, lot, place) if vaccine and on else None


def read_vaccine(text: str, vaccines: Mapping[str, str]) -> str:
    """A vaccine's code, however it is spelled; "" where the text names none, or several."""
    name = squeezed(text)
    if name in vaccines:
        return vaccines[name]
    named = {code for word, code in vaccines.items() if len(word) >= 5 and word in name}
    return named.pop() if len(named) == 1 else ""
