"""The European certificate: each of its layers whole, damaged and hostile."""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.codes import certificate, certified, wrapped
from kiosk.rules import codes
from kiosk.rules.codes import Certificate, hcert
from kiosk.rules.codes.hcert import CertifiedDose
from kiosk.rules.words import Confidence
from kiosk.upstream.simulator_certificate import base45

FAST = settings(max_examples=100, deadline=None)
CONTENT = certified("Nguyễn Văn An", "1990-02-01", 2)
CLAIMS = {1: "VN", -260: {1: CONTENT}}


def message(claims: Any = CLAIMS, protected: Any = b"", unprotected: Any = None) -> list[Any]:
    """A COSE_Sign1 without its tag."""
    return [protected, unprotected or {}, cbor2.dumps(claims), bytes(64)]


def test_a_certificate_says_who_got_which_doses() -> None:
    code = codes.read(certificate(CONTENT))
    assert isinstance(code, Certificate)
    assert (code.identity.name, code.identity.born_on, code.identity.number) == ("Nguyễn Văn An", date(1990, 2, 1), "")
    assert [dose.number for dose in code.doses] == [1, 2]
    assert code.doses[0] == CertifiedDose(
        "EU/1/20/1528", "ORG-100030215", 1, 2, date(2021, 9, 1), "VN", "Ministry of Health",
        "URN:UVCI:01:VN:THU0000000001#A",
    )  # fmt: skip
    assert (code.issuer, code.key_id, code.confidence) == ("VN", "MTIzNDU2Nzg=", Confidence.LOW)
    assert code.issued_at == datetime(2021, 12, 20, 11, 33, 20, tzinfo=UTC)
    assert code.expires_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(("birth", "year"), [("1958", 1958), ("1958-05", 1958), ("1958-XX-XX", 1958), ("", None)])
def test_a_birth_date_may_be_a_year(birth: str, year: int | None) -> None:
    code = codes.read(certificate(certified("Lò Thị Thử", birth)))
    assert isinstance(code, Certificate)
    assert (code.identity.born_on, code.identity.born_year) == (None, year)


def test_names_in_another_script_are_taken_from_their_transliteration() -> None:
    names = {"fn": "Иванов", "gn": "Пётр", "fnt": "IVANOV", "gnt": "PETR<A"}
    code = codes.read(certificate(CONTENT | {"nam": names}))
    assert isinstance(code, Certificate)
    assert code.identity.name == "IVANOV PETR A"


@pytest.mark.parametrize("tag", [None, 18, 61, 55799])
def test_the_key_may_be_named_outside_and_the_tag_may_be_missing(tag: int | None) -> None:
    whole: Any = message(unprotected={4: b"key"})
    code = codes.read(wrapped(cbor2.dumps(whole if tag is None else cbor2.CBORTag(tag, whole))))
    assert isinstance(code, Certificate)
    assert (code.key_id, code.issued_at, len(code.doses)) == ("a2V5", None, 2)


def test_a_test_or_recovery_certificate_has_no_doses() -> None:
    content = {key: worth for key, worth in CONTENT.items() if key != "v"} | {"r": [{}]}
    code = codes.read(certificate(content))
    assert isinstance(code, Certificate)
    assert code.doses == ()


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {"nam": "x"},
        {"nam": {}},
        CONTENT | {"v": 5},
        CONTENT | {"nam": {"fn": 7}},
        CONTENT | {"nam": {"fn": "x" * 201}},
    ],
)
def test_a_certificate_of_nobody_is_unknown(content: Any) -> None:
    assert codes.read(certificate(content)) == codes.Unknown()


@pytest.mark.parametrize(
    "odd", [{"dn": "1", "sd": -1}, {"dn": 10**30}, {"mp": 4, "dt": "soon"}, {"is": "\x00", "co": b"VN", "dn": None}]
)
def test_what_is_odd_in_a_dose_is_left_out(odd: dict[str, Any]) -> None:
    code = codes.read(certificate(CONTENT | {"v": [CONTENT["v"][0] | odd, "none"]}))
    assert isinstance(code, Certificate)
    assert len(code.doses) == 1
    assert code.doses[0].number in (0, 1)


@pytest.mark.parametrize(
    "packed",
    [
        b"", b"x", b"\xf6", cbor2.dumps([]), cbor2.dumps([b"", {}, b"\xff", b""]), cbor2.dumps([1, 2, 3, 4]),
        cbor2.dumps(message([1])), cbor2.dumps(message({-260: 1})), cbor2.dumps({}), b"\x81" * 20000, b"\x9f" * 99,
        cbor2.dumps(message())[:-70], bytes.fromhex("d82366282a2b2b2b29"), bytes.fromhex("c5821b00ffffffffffffff01"),
        bytes.fromhex("d81c81d81d00"),
    ],
)  # fmt: skip
def test_what_is_packed_may_be_anything(packed: bytes) -> None:
    assert codes.read(wrapped(packed)) == codes.Unknown()


def test_neither_a_missing_checksum_nor_a_deep_nest_is_forgiven() -> None:
    packed = zlib.compress(cbor2.dumps(message()))
    assert isinstance(codes.read("HC1:" + base45(packed)), Certificate)
    assert codes.read("HC1:" + base45(packed[:-4])) == codes.Unknown()
    nest: Any = []
    for _ in range(20):
        nest = [nest]
    assert codes.read(certificate(CONTENT | {"x": nest})) == codes.Unknown()


def test_a_bomb_is_not_unpacked() -> None:
    bomb = "HC1:" + base45(zlib.compress(cbor2.dumps([*message(), bytes(2_000_000)]), 9))
    assert len(bomb) < codes.LONGEST
    assert codes.read(bomb) == codes.Unknown()


@pytest.mark.parametrize("moment", [float("nan"), float("inf"), -1, 1e300, "now", None, True])
def test_an_odd_moment_is_none(moment: Any) -> None:
    code = codes.read(wrapped(cbor2.dumps(message(CLAIMS | {4: moment}))))
    assert isinstance(code, Certificate)
    assert code.expires_at is None or moment is True


@FAST
@given(st.binary(max_size=60))
def test_base45_comes_back_as_it_was_written(data: bytes) -> None:
    assert hcert.base45(base45(data)) == data


def test_base45_of_the_standard() -> None:
    assert base45(b"Hello!!") == "%69 VD92EX0"
    assert hcert.base45("QED8WEX0") == b"ietf!"
    for odd in ("GGW", "a", "::", ":::", "0", "ab"):
        assert hcert.base45(odd) is None


ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.binary(max_size=5) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([1, 4, -260, "nam", "v", "fn", "dob"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@FAST
@given(ANYTHING)
def test_no_content_raises(content: Any) -> None:
    codes.read(certificate(content))
    codes.read(certificate(CONTENT | {"v": content}))
    codes.read(wrapped(cbor2.dumps(content)))
