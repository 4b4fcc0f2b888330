"""What the sentences of the letters come to: tables that a doctor can check, read by `test_schedule.py`.

A history is written `product days-ago`, oldest first: `"az 56"`. Products: az, pf, mo, vc, hv, sp, ab, ja; `??` is a
COVID-19 vaccine that is not on our list, `flu` one against another disease.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from kiosk import protocols
from kiosk.rules import schedule
from kiosk.rules.schedule import Answer, PastDose, Who
from kiosk.rules.vaccines import OTHER, UNKNOWN

VACCINES = protocols.vaccines()
PRODUCTS = {
    "az": "astrazeneca", "pf": "pfizer", "mo": "moderna", "vc": "vero_cell", "hv": "hayat_vax", "sp": "sputnik_v",
    "ab": "abdala", "ja": "janssen", "??": UNKNOWN, "flu": OTHER,
}  # fmt: skip
SUMMER, AUTUMN, WINTER = date(2021, 8, 15), date(2021, 11, 20), date(2022, 1, 20)
SPRING, LATER = date(2022, 4, 20), date(2022, 7, 20)


def day(text: str) -> date:
    """`26/7/2021`."""
    of_month, month, year = text.split("/")
    return date(int(year), int(month), int(of_month))


def ask(
    give: str, history: str = "", on: date = AUTUMN, born: str = "12/5/1958", codes: tuple[str, ...] = ()
) -> Answer:
    """`born`: a date, a year, or "" where nothing is known."""
    parts = history.replace(",", " ").split()
    past = [
        PastDose(PRODUCTS[product], on - timedelta(days=int(days)))
        for product, days in zip(parts[::2], parts[1::2], strict=True)
    ]
    born_on = day(born) if "/" in born else None
    who = Who(born_on, born_on.year if born_on else int(born) if born else None, frozenset(codes))
    return schedule.may_give(VACCINES, PRODUCTS.get(give, give), past, who, on)


class Row(NamedTuple):
    """What is given to whom after what, and what comes out: the verdict and its reasons' codes, or `allow`."""

    rule: str
    give: str
    history: str
    on: date
    expected: str
    number: str = "1/2 basic"
    born: str = "12/5/1958"
    codes: tuple[str, ...] = ()


SECOND, THIRD = "2/2 basic", "3/2 booster"
ADDED, FOURTH = "3/2 additional", "4/2 booster"
TOO_SOON, TOO_SMALL, NOT_YET = "refuse too_soon", "refuse nobody_so_young", "refuse not_foreseen"
MIXED, MIXED_SOON, UNLISTED = "warn other_product", "refuse too_soon other_product", "refuse unlisted_mix"
FOR_WHOM, WHOM_SOON = "warn extra_for_whom", "refuse too_soon extra_for_whom"
EIGHTEEN = "warn extra_age_uncertain"
WEAK, ILL = ("immunosuppressed",), ("recovered",)
AZ_20_9 = "CV 7820/BYT-DP, 20/9/2021: localities may shorten AstraZeneca, to the manufacturer's 4 weeks"

INTERVALS = (
    Row("AstraZeneca: 8 to 12 weeks (QĐ 3588)", "az", "az 55", SUMMER, TOO_SOON, SECOND),
    Row("AstraZeneca: 8 weeks are enough", "az", "az 56", SUMMER, "allow", SECOND),
    Row("AstraZeneca: after 12 weeks it goes on, nothing restarts", "az", "az 85", SUMMER, "allow", SECOND),
    Row("the day before " + AZ_20_9, "az", "az 28", day("19/9/2021"), TOO_SOON, SECOND),
    Row(AZ_20_9, "az", "az 28", day("20/9/2021"), "warn early", SECOND),
    Row(AZ_20_9, "az", "az 27", day("20/9/2021"), TOO_SOON, SECOND),
    Row(AZ_20_9, "az", "az 55", AUTUMN, "warn early", SECOND),
    Row(AZ_20_9, "az", "az 56", AUTUMN, "allow", SECOND),
    Row("Pfizer: 3 weeks", "pf", "pf 20", AUTUMN, TOO_SOON, SECOND),
    Row("Pfizer: 3 weeks", "pf", "pf 21", AUTUMN, "allow", SECOND),
    Row("Pfizer: 3 weeks", "pf", "pf 22", AUTUMN, "allow", SECOND),
    Row("Moderna: 4 weeks", "mo", "mo 27", AUTUMN, TOO_SOON, SECOND),
    Row("Moderna: 4 weeks", "mo", "mo 28", AUTUMN, "allow", SECOND),
    Row("Vero Cell: 3 to 4 weeks", "vc", "vc 20", AUTUMN, TOO_SOON, SECOND),
    Row("Vero Cell: 3 to 4 weeks", "vc", "vc 21", AUTUMN, "allow", SECOND),
    Row("Hayat-Vax: not established, as Vero Cell", "hv", "hv 20", AUTUMN, TOO_SOON, SECOND),
    Row("Hayat-Vax: not established, as Vero Cell", "hv", "hv 21", AUTUMN, "allow", SECOND),
    Row("Sputnik V: 3 weeks", "sp", "sp 20", AUTUMN, TOO_SOON, SECOND),
    Row("Sputnik V: 3 weeks", "sp", "sp 21", AUTUMN, "allow", SECOND),
    Row("Abdala: three doses, 14 days", "ab", "ab 13", AUTUMN, TOO_SOON, "2/3 basic"),
    Row("Abdala: three doses, 14 days", "ab", "ab 14", AUTUMN, "allow", "2/3 basic"),
    Row("Abdala: the third is a basic one too", "ab", "ab 28, ab 14", AUTUMN, "allow", "3/3 basic"),
    Row("Abdala: the third is a basic one too", "ab", "ab 27, ab 13", AUTUMN, TOO_SOON, "3/3 basic"),
    Row("Janssen: one dose", "ja", "", AUTUMN, "allow", "1/1 basic"),
    Row("Janssen: one dose, a second one is a booster", "ja", "ja 60", AUTUMN, NOT_YET, "2/1 booster"),
    Row("a missed second dose does not restart the series", "az", "az 280", AUTUMN, "allow", SECOND),
    Row("never two on one day", "pf", "pf 0", AUTUMN, "refuse same_day", SECOND),
    Row("never two on one day, of any product", "pf", "az 0", AUTUMN, "refuse same_day other_product", SECOND),
    Row("14 days apart from another vaccine", "pf", "flu 13", AUTUMN, "refuse other_vaccine"),
    Row("14 days apart from another vaccine", "pf", "flu 14", AUTUMN, "allow"),
    Row("another vaccine on the same day", "pf", "flu 0", AUTUMN, "refuse other_vaccine"),
    Row("another vaccine is no dose of the series", "pf", "flu 40, pf 21", AUTUMN, "allow", SECOND),
)  # fmt: skip

AGES = (
    Row("AstraZeneca: from 18 years, on the birthday", "az", "", AUTUMN, "allow", born="20/11/2003"),
    Row("AstraZeneca: from 18 years, the day before", "az", "", AUTUMN, "refuse too_young", born="21/11/2003"),
    Row("Moderna: 12 to 17 years are not established", "mo", "", AUTUMN, "refuse too_young", born="1/1/2006"),
    Row("Pfizer: 12 to 17 years since CV 8688, 14/10/2021", "pf", "", day("14/10/2021"), "allow", born="14/10/2009"),
    Row("Pfizer: the day before CV 8688", "pf", "", day("13/10/2021"), TOO_SMALL, born="1/1/2009"),
    Row("Pfizer: grown-ups before CV 8688", "pf", "", SUMMER, "allow"),
    Row("nobody below 12 years in 2021", "pf", "", AUTUMN, TOO_SMALL, born="21/11/2009"),
    Row("an infant (Quốc Oai, 11/2021)", "pf", "", AUTUMN, TOO_SMALL, born="1/7/2021"),
    Row("5 to under 12 years since CV 1535", "pf", "", day("28/3/2022"), "refuse child_form", born="28/3/2017"),
    Row("5 to under 12 years, the day before CV 1535", "pf", "", day("27/3/2022"), TOO_SMALL, born="1/1/2015"),
    Row("5 to under 12 years: not yet 5", "pf", "", day("28/3/2022"), TOO_SMALL, born="29/3/2017"),
    Row("5 to under 12 years: Moderna from 6", "mo", "", SPRING, "refuse child_form", born="20/4/2016"),
    Row("5 to under 12 years: Moderna from 6", "mo", "", SPRING, "refuse too_young", born="21/4/2016"),
    Row("5 to under 12 years: no other product", "vc", "", SPRING, "refuse too_young", born="1/1/2014"),
    Row("the twelfth birthday is old enough for the usual form", "pf", "", SPRING, "allow", born="20/4/2010"),
    Row("Abdala: from 19 years", "ab", "", AUTUMN, "refuse too_young", "1/3 basic", "21/11/2002"),
    Row("Abdala: from 19 years", "ab", "", AUTUMN, "allow", "1/3 basic", "20/11/2002"),
    Row("Abdala: to 65 years", "ab", "", AUTUMN, "allow", "1/3 basic", "21/11/1955"),
    Row("Abdala: to 65 years", "ab", "", AUTUMN, "refuse too_old", "1/3 basic", "20/11/1955"),
    Row("Hayat-Vax, Janssen: adults by default", "ja", "", AUTUMN, "refuse too_young", "1/1 basic", "1/1/2004"),
    Row("born on 29 February: of age on 1 March", "mo", "", day("28/2/2022"), "refuse too_young", born="29/2/2004"),
    Row("born on 29 February: of age on 1 March", "mo", "", day("1/3/2022"), "allow", born="29/2/2004"),
    Row("only the year is known: surely of age", "mo", "", AUTUMN, "allow", born="2002"),
    Row("only the year is known: perhaps", "mo", "", AUTUMN, "warn age_uncertain", born="2003"),
    Row("only the year is known: surely not", "mo", "", AUTUMN, "refuse too_young", born="2004"),
    Row("only the year is known: perhaps too old", "ab", "", AUTUMN, "warn age_uncertain", "1/3 basic", "1955"),
    Row("only the year is known: surely too old", "ab", "", AUTUMN, "refuse too_old", "1/3 basic", "1954"),
    Row("only the year is known: perhaps 12", "pf", "", AUTUMN, "warn age_uncertain", born="2009"),
    Row("nothing is known of the birth", "pf", "", AUTUMN, "warn birth_unknown", born=""),
    Row("Abdala: licensed on 17/9/2021", "ab", "", day("17/9/2021"), "allow", "1/3 basic"),
    Row("Abdala: the day before its licence", "ab", "", day("16/9/2021"), "refuse not_in_use", "1/3 basic"),
    Row("Sputnik V: not for the pregnant", "sp", "", AUTUMN, "refuse not_for", codes=("pregnant_13",)),
    Row("Sputnik V: not for the pregnant, as a list says", "sp", "", AUTUMN, "refuse not_for", codes=("pregnant",)),
    Row("the others leave that to the screening form", "pf", "", AUTUMN, "allow", codes=("pregnant_13",)),
)  # fmt: skip

MIXES = (
    Row("summer 2021: only AstraZeneca, then Pfizer", "pf", "az 56", SUMMER, MIXED, SECOND),
    Row("summer 2021: after 8 weeks", "pf", "az 55", SUMMER, MIXED_SOON, SECOND),
    Row("summer 2021: Moderna never after AstraZeneca", "mo", "az 56", SUMMER, UNLISTED, SECOND),
    Row("summer 2021: after Pfizer only Pfizer", "mo", "pf 40", SUMMER, UNLISTED, SECOND),
    Row("summer 2021: after Moderna only Moderna", "pf", "mo 40", SUMMER, UNLISTED, SECOND),
    Row("summer 2021: after Vero Cell only Vero Cell", "pf", "vc 40", SUMMER, UNLISTED, SECOND),
    Row("the day before the council of 8/9/2021", "mo", "az 56", day("7/9/2021"), UNLISTED, SECOND),
    Row("8/9/2021: AstraZeneca, then Moderna", "mo", "az 56", day("8/9/2021"), MIXED, SECOND),
    Row("8/9/2021: AstraZeneca, then Pfizer", "pf", "az 56", day("8/9/2021"), MIXED, SECOND),
    Row("8/9/2021: Pfizer, then Moderna", "mo", "pf 21", day("8/9/2021"), MIXED, SECOND),
    Row("8/9/2021: Moderna, then Pfizer", "pf", "mo 28", day("8/9/2021"), MIXED, SECOND),
    Row("8/9/2021: the last product's interval holds", "pf", "mo 27", day("8/9/2021"), MIXED_SOON, SECOND),
    Row("8/9/2021: AstraZeneca after an mRNA dose is not listed", "az", "pf 60", AUTUMN, UNLISTED, SECOND),
    Row("8/9/2021: Vero Cell, then Pfizer is not listed", "pf", "vc 30", AUTUMN, UNLISTED, SECOND),
    Row("a listed mix too early for what is recommended", "pf", "az 30", AUTUMN, "warn early other_product", SECOND),
    Row("Abdala, then Pfizer is not listed", "pf", "ab 30", AUTUMN, UNLISTED, "2/3 basic"),
    Row("children: two of one product", "mo", "pf 30", SPRING, "refuse child_form unlisted_mix", SECOND, "1/1/2013"),
    Row("the last product is not known", "pf", "?? 60", AUTUMN, "refuse last_unknown", SECOND),
)  # fmt: skip

EXTRAS = (
    Row("the day before CV 10225, 1/12/2021", "az", "az 300, az 270", day("30/11/2021"), NOT_YET, THIRD),
    Row("CV 10225: booster after 6 months", "az", "az 300, az 183", day("1/12/2021"), "allow", THIRD),
    Row("CV 10225: booster, a day too soon", "az", "az 300, az 182", day("1/12/2021"), TOO_SOON, THIRD),
    Row("the day before CV 10722, 17/12/2021", "az", "az 300, az 120", day("16/12/2021"), TOO_SOON, THIRD),
    Row("CV 10722: booster after 3 months", "az", "az 300, az 91", day("17/12/2021"), "allow", THIRD),
    Row("CV 10722: booster, a day too soon", "az", "az 300, az 90", day("17/12/2021"), TOO_SOON, THIRD),
    Row("CV 10225: additional from 28 days, Sinopharm", "vc", "vc 60, vc 28", day("1/12/2021"), "allow", ADDED),
    Row("CV 10225: additional, a day too soon", "vc", "vc 60, vc 27", day("1/12/2021"), TOO_SOON, ADDED),
    Row("CV 10722: additional, Sinopharm", "vc", "vc 60, vc 28", WINTER, "allow", ADDED),
    Row("CV 10722: additional, Sputnik V", "sp", "sp 60, sp 28", WINTER, "allow", ADDED),
    Row("CV 10722: additional, 3 months are the last day", "vc", "vc 120, vc 92", WINTER, "allow", ADDED),
    Row("CV 10722: later it is a booster", "vc", "vc 120, vc 93", WINTER, "allow", THIRD),
    Row("CV 10722: additional, immunosuppressed", "pf", "pf 60, pf 28", WINTER, "allow", ADDED, codes=WEAK),
    Row("CV 10722: additional is not for everybody", "pf", "pf 60, pf 28", WINTER, TOO_SOON, THIRD),
    Row("CV 10722: Hayat-Vax is not named", "hv", "hv 60, hv 28", WINTER, TOO_SOON, THIRD),
    Row("after the additional one the booster: 3 months", "vc", "vc 200, vc 160, vc 91", LATER, "allow", FOURTH),
    Row("after the additional one: a day too soon", "vc", "vc 200, vc 160, vc 90", LATER, TOO_SOON, FOURTH),
    Row("mRNA after all others as third dose", "pf", "vc 60, vc 28", WINTER, MIXED, ADDED),
    Row("mRNA after all others as third dose", "mo", "az 200, az 100", WINTER, MIXED, THIRD),
    Row("mRNA after all others: after Janssen", "pf", "ja 100", WINTER, MIXED, "2/1 booster"),
    Row("Vero Cell after AstraZeneca is not listed", "vc", "az 200, az 100", WINTER, UNLISTED, THIRD),
    Row("AstraZeneca after mRNA: the day before", "az", "pf 200, pf 100", day("25/3/2022"), UNLISTED, THIRD),
    Row("AstraZeneca after mRNA since 26/3/2022", "az", "pf 200, pf 100", day("26/3/2022"), MIXED, THIRD),
    Row("AstraZeneca after mRNA: 3 months", "az", "mo 200, mo 89", SPRING, MIXED_SOON, THIRD),
    Row("second booster, before 24/6/2022", "pf", "pf 370, pf 340, pf 200", day("23/6/2022"), NOT_YET, FOURTH),
    Row("second booster: 4 months, for whom is open", "pf", "pf 400, pf 370, pf 122", LATER, FOR_WHOM, FOURTH),
    Row("second booster: a day too soon", "pf", "pf 400, pf 370, pf 121", LATER, WHOM_SOON, FOURTH),
    Row("a third booster is not foreseen", "pf", "pf 400, pf 370, pf 270, pf 140", LATER, NOT_YET, "5/2 booster"),
    Row("after COVID-19 a booster waits 3 months", "pf", "pf 300, pf 200", LATER, "warn after_covid", THIRD, codes=ILL),
    Row("after COVID-19, before that was said", "pf", "pf 200, pf 100", WINTER, "allow", THIRD, codes=ILL),
    Row("after COVID-19, a basic dose is the form's", "pf", "pf 30", LATER, "allow", SECOND, codes=ILL),
    Row("boosters are from 18 years", "pf", "pf 300, pf 200", LATER, "refuse extra_young", THIRD, "1/1/2007"),
    Row("boosters are from 18 years, on the birthday", "pf", "pf 300, pf 200", LATER, "allow", THIRD, "20/7/2004"),
    Row("boosters are from 18 years, only the year", "pf", "pf 300, pf 200", LATER, EIGHTEEN, THIRD, "2004"),
    Row("after Abdala's three", "ab", "ab 120, ab 106, ab 92", WINTER, "allow", "4/3 booster"),
)  # fmt: skip

ODD = (
    Row("two products of one day are one", "pf", "pf 60, az 60", AUTUMN, "warn two_products other_product", SECOND),
    Row("the same said twice of one day is one dose", "pf", "pf 60, pf 60", AUTUMN, "allow", SECOND),
    Row("a day to come", "pf", "pf -3", AUTUMN, "refuse history_future", SECOND),
    Row("a day to come beside a true one", "pf", "pf 30, pf -3", AUTUMN, "refuse history_future not_foreseen", THIRD),
    Row("more doses than the series", "pf", "pf 80, pf 50", AUTUMN, NOT_YET, THIRD),
    Row("before its licence: abroad, or a wrong day", "pf", "pf 162", AUTUMN, "warn before_licence", SECOND),
    Row("on the day of its licence", "pf", "pf 161", AUTUMN, "allow", SECOND),
    Row("an unknown one that was not the last", "pf", "?? 90, pf 40", AUTUMN, NOT_YET, THIRD),
    Row("an unknown one begins a series as long as this", "ab", "?? 60, ab 14", AUTUMN, "allow", "3/3 basic"),
    Row("no birth date, and too soon: both", "pf", "pf 3", AUTUMN, "refuse too_soon birth_unknown", SECOND, ""),
)  # fmt: skip

TABLES = {"intervals": INTERVALS, "ages": AGES, "mixes": MIXES, "extras": EXTRAS, "odd": ODD}
