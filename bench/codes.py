"""How long the slowest code takes to be understood, and whether any bytes or text raise anything at all.

Whole, damaged and hostile codes of every kind, from a seed: what `rules/codes` reads of a camera and of a keyboard
scanner. Whole ones must be told apart and come back with what was written; nothing may raise. The time is the
thread's own, so that a busy machine does not count.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import cbor2

from bench.report import Figure, Target, finish
from kiosk.rules import codes
from kiosk.rules.codes import badge, mrz, pack, ticket, vial
from kiosk.rules.person import name_key
from kiosk.rules.words import CodeKind
from kiosk.upstream.simulator_certificate import base45

OWN = ("https://diem-tiem.local",)
TARGETS = (
    Target("inputs that raised", "<=", 0),
    Target("whole codes not understood", "<=", 0),
    # A frame is due every 33 ms at a table; what nobody made by accident may cost one and a half.
    Target("slowest input, ms", "<=", 50),
)
NAMES = ("Nguyễn Thị Thử", "Sùng A Bịa", "Ksor H'Ví", "Đặng Văn Dụ", "Y Ê-Ban Mẫu", "Lò Thị Ướm")
PLACES = ("Thôn 1, Ngọc Bịa, Kon Thử", "Tổ 4, phường Hồng Mẫu, , Yên Ví", "", "Ấp Dụ, xã Thử – Bịa")
SIGNS = "0123456789|<>-*:;/\\()^ \t\r\n\x00\x1d\ufeffaAzZđĐữẠ̣́«？😀\ud800"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def wrapped(message: bytes) -> str:
    """Any bytes as a code that begins like a certificate."""
    return "HC1:" + base45(zlib.compress(message))


def certificate(content: Any, issuer: str = "VN", key_id: bytes = b"12345678", signature: bytes = bytes(64)) -> str:
    """A certificate of the European form whose signature nobody made."""
    claims = {1: issuer, 4: 1700000000, 6: 1640000000, -260: {1: content}}
    protected = cbor2.dumps({1: -7, 4: key_id})
    return wrapped(cbor2.dumps(cbor2.CBORTag(18, [protected, {}, cbor2.dumps(claims), signature])))


def certified(name: str, birth: str, doses: int = 1) -> dict[str, Any]:
    """What stands in such a certificate."""
    family, _, given = name.partition(" ")
    entry = {
        "tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 1, "sd": 2,
        "dt": "2021-09-01", "co": "VN", "is": "Ministry of Health", "ci": "URN:UVCI:01:VN:THU0000000001#A",
    }  # fmt: skip
    plain = {"fnt": name_key(family).replace(" ", "<"), "gnt": name_key(given).replace(" ", "<")}
    doses_given = [entry | {"dn": n + 1} for n in range(doses)]
    return {"ver": "1.3.0", "nam": {"fn": family, "gn": given} | plain, "dob": birth, "v": doses_given}


def mrz_lines(number: str, born: date, sex: str, name: str) -> str:
    """The back of a national card, its check digits right."""
    first = f"IDVNM{number[3:]}{mrz.check_digit(number[3:])}{number}<<{mrz.check_digit(number + '<<')}"
    birth, expiry = f"{born:%y%m%d}", "350101"
    second = f"{birth}{mrz.check_digit(birth)}{sex}{expiry}{mrz.check_digit(expiry)}VNM{'<' * 11}"
    check = mrz.check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    family, _, given = name_key(name).partition(" ")
    return "\n".join((first, second + check, f"{family}<<{given.replace(' ', '<')}".ljust(30, "<")[:30]))


def samples(chance: random.Random) -> dict[CodeKind, str]:
    """One whole code of every kind that has a form, of invented people."""
    name, place = chance.choice(NAMES), chance.choice(PLACES)
    born, issued = (date(1930, 1, 1) + timedelta(chance.randrange(days)) for days in (25000, 33000))
    female = chance.random() < 0.5
    century = (0 if born.year < 2000 else 2) + female
    number = f"0{chance.randrange(1, 97):02}{century}{born:%y}{chance.randrange(10**6):06}"
    old = chance.choice(("", f"{chance.randrange(10**9):09}"))
    token = "".join(chance.choice(ticket.ALPHABET) for _ in range(ticket.LENGTH))
    card = f"{number}|{old}|{name}|{born:%d%m%Y}|{'Nữ' if female else 'Nam'}|{place}|{issued:%d%m%Y}"
    gtin = f"{chance.randrange(10**13):013}"
    insured = f"GD4{chance.randrange(10**12):012}|{name.encode().hex()}|{born:%d/%m/%Y}|{2 if female else 1}"
    return {
        CodeKind.TICKET: chance.choice((ticket.write(token), f"{OWN[0]}/t/{token}")),
        CodeKind.BADGE: badge.write(f"NV{chance.randrange(1000)}"),
        CodeKind.VIAL_LABEL: vial.write(token),
        CodeKind.CERTIFICATE: certificate(certified(name, born.isoformat(), chance.randrange(4))),
        CodeKind.NATIONAL_QR: (
            f"{chance.choice((number, '******' + number[6:]))}|{name_key(name)}|{born}|0|162900000000000001"
            f"|<{2 if female else 1}<GD4010000000000<0900000000"
        ),
        CodeKind.NATIONAL_CARD: card + chance.choice(("", "||||")),
        CodeKind.INSURANCE_CARD: f"{insured}|{place.encode().hex()}|62 - 001|01/01/2021|31/12/2025|-|$",
        CodeKind.MRZ: mrz_lines(number, born, "F" if female else "M", name),
        CodeKind.PACK: pack.write(gtin + pack.check_digit(gtin), "THU-01", date(2026, 5, 31), "S1"),
        CodeKind.LINK: f"https://noi-nao.example/{token}?d=1",
    }


def damaged(chance: random.Random, code: str) -> bytes | str:
    """The code with a few signs lost, doubled, swapped or strange; sometimes cut short, sometimes as bytes."""
    signs = list(code)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(signs) + 1)
        match chance.randrange(6):
            case 0:
                signs[at : at + 1] = []
            case 1:
                signs[at:at] = chance.choice(SIGNS)
            case 2:
                signs[at : at + 1] = chance.choice(SIGNS)
            case 3:
                signs = signs[:at] or signs
            case 4:
                signs[at:at] = signs[at : at + chance.randrange(1, 40)]
            case _:
                signs[at : at + 2] = reversed(signs[at : at + 2])
    text = "".join(signs)
    match chance.randrange(4):
        case 0:
            return text
        case 1:
            return text.encode("utf-16", "surrogatepass")
        case _:
            data = bytearray(text.encode("utf-8", "surrogatepass"))
            if data and chance.random() < 0.3:
                data[chance.randrange(len(data))] = chance.randrange(256)
            return bytes(data)


def hostile(chance: random.Random, size: int) -> Iterator[tuple[str, bytes | str]]:
    """What somebody might write on purpose: long, nested, swollen."""
    card = "001190123456"
    yield "noise", chance.randbytes(size)
    yield "noise", "".join(chance.choice(SIGNS) for _ in range(size))
    yield "marks", "a" + "".join(chance.choice("\u0323\u0302\u031b\u0306\u0309") for _ in range(size - 1))
    yield "marks", f"{card}||" + "".join(chance.choice("\u05b0\u05bc\u0651\u064e\u3099") for _ in range(size - 14))
    yield "marks", (f"{card}|" + "e\u0323\u0302" * size)[:size]
    yield "separators", (f"{card}" + "|" * size)[:size]
    yield "separators", f"{card}||{'a ' * (size // 3)}|01011990|{'N' + '?' * (size // 4)}b||"[:size]
    yield "spaces", ("I" + " " * size)[:size]
    yield "spaces", f"IDVNM{' ' * (size // 2)}090123456"[:size]
    yield "fields", ("(10)" * size)[:size]
    yield "fields", ("\x1d10" + "\x1dA" * size)[:size]
    yield "hexadecimal", f"0123456789|{'c3' * (size // 2 - 20)}|01/01/1990|1||"[:size]
    yield "addresses", ("http://" + "@:" * size)[:size]
    yield "addresses", ("https://" + "a" * size)[:size]
    yield "base45", ("HC1:" + ":" * size)[:size]
    yield "base45", "HC1:" + "".join(chance.choice(_ALPHABET) for _ in range(size - 4))
    yield "bombs", wrapped(bytes(1000 * size))[:size]
    yield "bombs", wrapped(b"\x81" * size)
    yield "bombs", wrapped(cbor2.dumps(cbor2.CBORTag(18, [b"", {}, cbor2.dumps(_nest(9)), b""])))
    # Tags that a willing library turns into regular expressions and numbers of a million digits.
    for tag in ("d82366282a2b2b2b29", "c5821b00ffffffffffffff01", "c4821b7fffffffffffffff01", "d81c81d81d00"):
        yield "tags", wrapped(bytes.fromhex(tag))


def _nest(depth: int) -> Any:
    return {-260: _nest(depth - 1), 1: [depth] * 40} if depth else {"fn": "x" * 40}


@dataclass
class Tally:
    """What happened to the inputs of one kind."""

    inputs: int = 0
    raised: int = 0
    missed: int = 0
    times: array[int] = field(default_factory=lambda: array("q"))
    slowest: tuple[int, int] = (0, 0)

    def meet(self, read: Callable[..., codes.Parsed], code: bytes | str, expected: CodeKind | None = None) -> None:
        """One input; `expected`: what it is when it is whole."""
        begun = time.thread_time_ns()
        try:
            kind = read(code, OWN).kind
        except Exception:
            self.raised += 1
            kind = None
        took = time.thread_time_ns() - begun
        self.inputs += 1
        self.missed += expected is not None and kind is not expected
        self.times.append(took)
        self.slowest = max(self.slowest, (took, len(code)))

    def line(self, name: str) -> str:
        """For a person: inputs, median, p99 and slowest in µs, and how big the slowest was. Never its text."""
        times = sorted(self.times)
        shown = [times[len(times) // 2], times[int(len(times) * 0.99)], times[-1]]
        us = "".join(f"{took / 1000:>11,.0f}" for took in shown)
        return f"  {name:<16}{self.inputs:>9,}{us}   {self.slowest[1]:,} signs"


def measure(seconds: float, seed: int) -> tuple[dict[str, Tally], float]:
    """Every kind in turn until the time is over, one round at least; (kind to tally, inputs a second)."""
    chance = random.Random(seed)
    tallies: dict[str, Tally] = {}
    begun = time.thread_time()
    n = 0
    while n == 0 or time.thread_time() - begun < seconds:
        n += 1
        for kind, code in samples(chance).items():
            tally = tallies.setdefault(kind, Tally())
            whole = chance.choice((code, code.encode(), "\ufeff" + code + "\r\n", f"{code}\t".encode()))
            tally.meet(codes.read, whole, kind)
            tally.meet(codes.read_keyed, code, kind)
            for _ in range(8):
                tally.meet(chance.choice((codes.read, codes.read_keyed)), damaged(chance, code))
        if n % 50 == 1:
            for name, hostile_code in hostile(chance, chance.choice((80, 700, 4290))):
                for read in (codes.read, codes.read_keyed):
                    tallies.setdefault(name, Tally()).meet(read, hostile_code)
    inputs = sum(tally.inputs for tally in tallies.values())
    return tallies, inputs / (time.thread_time() - begun)


def main() -> None:
    """Measures, tells, ends with 1 when anything raised or a whole code was not understood."""
    options = argparse.ArgumentParser(prog="bench.codes", description=__doc__.split("\n")[0])
    options.add_argument("--seconds", type=float, default=60, help="CPU time to spend (default 60)")
    options.add_argument("--seed", type=int, default=1, help="another seed, other inputs")
    chosen = options.parse_args()
    tallies, speed = measure(chosen.seconds, chosen.seed)
    print(f"  {'kind':<16}{'inputs':>9}{'median µs':>11}{'p99 µs':>11}{'slowest':>11}   slowest's size")
    for name, tally in tallies.items():
        print(tally.line(name))
    slowest = max(tallies, key=lambda name: tallies[name].slowest)
    print(f"  the slowest of all is of the kind {slowest}")
    figures: dict[str, Figure] = {
        "inputs": sum(tally.inputs for tally in tallies.values()),
        "inputs a second": round(speed),
        "median, µs": round(statistics.median(took for tally in tallies.values() for took in tally.times) / 1000, 1),
        "slowest input, ms": round(tallies[slowest].slowest[0] / 1e6, 2),
        "slowest input, signs": tallies[slowest].slowest[1],
        "inputs that raised": sum(tally.raised for tally in tallies.values()),
        "whole codes not understood": sum(tally.missed for tally in tallies.values()),
    }
    wrong = figures["inputs that raised"] or figures["whole codes not understood"]
    finish("codes", figures, TARGETS, bool(wrong))


if __name__ == "__main__":
    main()
