"""What a code is made of, and how the hub proves that it knows one."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from kiosk.rules import devices

CODE = "7KMQ-23XY-PW9T-4HCD"
PEM = "-----BEGIN CERTIFICATE-----\nAAEC\nAwQ=\n-----END CERTIFICATE-----\n"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)
IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Edg/130"


@pytest.mark.parametrize("typed", [CODE, CODE.lower(), "7kmq23xypw9t4hcd", " 7KMQ 23XY\nPW9T 4HCD ", f"{CODE}-AAAA"])
def test_a_code_is_what_was_printed_however_it_is_typed(typed: str) -> None:
    assert devices.as_printed(typed) == CODE


def test_only_this_box_makes_the_same_code_again() -> None:
    one = devices.derived(b"secret", "code", "lead", "key")
    assert devices.derived(b"secret", "code", "lead", "key") == one == devices.as_printed(one)
    others = [
        (b"other", "code", "lead", "key"),
        (b"secret", "code", "lead", "yek"),
        (b"secret", "screen", "lead", "key"),
    ]
    assert len({one, *(devices.derived(secret, *parts) for secret, *parts in others)}) == 4


def test_the_proof_is_the_one_that_the_decision_describes() -> None:
    nonce, fingerprint = bytes(range(32)), devices.fingerprint(devices.certificate(PEM))
    assert fingerprint == hashlib.sha256(bytes(range(5))).hexdigest()
    key = hashlib.sha256(CODE.encode()).digest()
    expected = hmac.new(key, nonce + bytes.fromhex(fingerprint), "sha256").hexdigest()
    assert devices.proof(devices.key_of(CODE), nonce, fingerprint) == expected
    assert devices.id_of(devices.key_of(CODE)) == hashlib.sha256(key).hexdigest()[:8]


@pytest.mark.parametrize("wrong", ["code", "nonce", "fingerprint", "proof", "odd"])
def test_a_proof_fits_one_code_one_nonce_and_one_authority(wrong: str) -> None:
    key, nonce, print_ = devices.key_of(CODE), b"n" * 32, "ab" * 32
    said = devices.proof(key, nonce, print_)
    assert devices.proves(key, nonce, print_, said)
    changed = {
        "code": (devices.key_of("AAAA-AAAA-AAAA-AAAA"), nonce, print_, said), "nonce": (key, b"m" * 32, print_, said),
        "fingerprint": (key, nonce, "cd" * 32, said), "proof": (key, nonce, print_, "0" * 64),
        "odd": (key, nonce, print_, "Điểm"),
    }  # fmt: skip
    assert not devices.proves(*changed[wrong])


@pytest.mark.parametrize("text", ["", "<html>", "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----", PEM[:40]])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no certificate"):
        devices.certificate(text)


def test_of_several_certificates_the_first_counts() -> None:
    assert devices.certificate("x\n" + PEM + PEM.replace("AAEC", "BBBB")) == bytes(range(5))


def test_the_link_hides_the_code_from_servers_and_the_certificate_is_fetched_in_the_clear() -> None:
    assert devices.link("https://diem-tiem.local/", CODE) == f"https://diem-tiem.local/pair#{CODE}"
    assert devices.link("", CODE) == ""
    assert devices.certificate_address("https://diem-tiem.local:8443") == "http://diem-tiem.local/authority"
    assert devices.certificate_address("http://192.168.1.2:8080") == devices.certificate_address("") == ""


@pytest.mark.parametrize(
    ("agent", "name"),
    [(ANDROID, "Android · Chrome"), (IPAD, "iPad · Safari"), (EDGE, "Windows · Edge"), ("curl/8.5", ""), ("", "")],
)
def test_a_browser_proposes_what_a_person_would_call_it(agent: str, name: str) -> None:
    assert devices.proposed_name(agent) == name


def test_a_name_is_one_line_of_sixty_signs() -> None:
    assert devices.tidy_name("  Máy\n tính\tbảng\x00 ") == "Máy tính bảng"
    assert len(devices.tidy_name("ổ" * 90)) == 60
