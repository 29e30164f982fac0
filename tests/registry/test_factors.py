"""Codes and passkeys: what proves a second factor, what does not, and that a code counts once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evidence import clock
from evidence.actors import SYSTEM
from registry.access import factors, passkeys, totp
from registry.access.factors import Factors
from tests.cast import Cast
from tests.codes import SECRET, code_of, enrol, wrong_code
from tests.soft_passkey import PRESENT, SoftPasskey

CHALLENGE = b"c" * 32


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    step = totp.step_of(datetime.fromtimestamp(seconds, UTC))
    assert totp.code_at(SECRET, step) == code


@pytest.mark.parametrize(("offset", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_window_is_one_step_on_either_side(offset: int, counts: bool) -> None:
    moment = datetime(2026, 11, 27, 12, 0, 15, tzinfo=UTC)
    step = totp.step_of(moment) + offset
    found = totp.matching_step(SECRET, totp.code_at(SECRET, step), moment)
    assert found == (step if counts else None)


def test_a_code_may_be_typed_with_a_space() -> None:
    moment = clock.now()
    code = totp.code_at(SECRET, totp.step_of(moment))
    assert totp.matching_step(SECRET, f"{code[:3]} {code[3:]}", moment) is not None


def test_a_code_counts_once_for_a_person_and_older_ones_not_at_all(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    maren, ruth = cast["maren"], cast["ruth"]
    for user in (maren, ruth):
        enrol(user)
    moment = clock.now()
    before, now = (totp.code_at(SECRET, totp.step_of(moment) + offset) for offset in (-1, 0))
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert factors.spend(maren, now)
    assert not factors.spend(maren, now)
    assert not factors.spend(maren, before)
    assert factors.spend(ruth, before)
    monkeypatch.setattr(clock, "now", lambda: moment + timedelta(seconds=30))
    assert not factors.spend(maren, now)
    assert factors.spend(maren, code_of(maren))


def test_what_is_no_code_never_counts(cast: Cast) -> None:
    enrol(cast["maren"])
    for text in (wrong_code(), "", "12345", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "0" * 200):
        assert factors.right_step(cast["maren"], text) is None
    assert factors.right_step(cast["ruth"], code_of(cast["maren"])) is None


def test_who_has_what(cast: Cast) -> None:
    assert factors.held(cast["maren"]) == Factors(totp=False, passkeys=0)
    enrol(cast["maren"])
    SoftPasskey().belongs_to(cast["maren"])
    assert factors.held(cast["maren"]) == Factors(totp=True, passkeys=1)
    assert factors.remove_all(cast["maren"], actor=SYSTEM) == ["totp", "webauthn"]
    assert not factors.held(cast["maren"]).any


def test_a_passkey_proves_its_owner_here_on_this_challenge(cast: Cast) -> None:
    passkey = SoftPasskey().belongs_to(cast["maren"])
    assert passkeys.proves(cast["maren"], CHALLENGE, passkey.assertion(CHALLENGE))


def test_a_passkey_that_lies_proves_nothing(cast: Cast) -> None:
    maren, passkey = cast["maren"], SoftPasskey().belongs_to(cast["maren"])
    stranger = SoftPasskey().belongs_to(cast["ruth"])
    right = passkey.assertion(CHALLENGE)
    lies: dict[str, Any] = {
        "another challenge": passkey.assertion(b"d" * 32),
        "nobody verified": passkey.assertion(CHALLENGE, flags=PRESENT),
        "nobody there": passkey.assertion(CHALLENGE, flags=0),
        "another origin": passkey.assertion(CHALLENGE, origin="https://mallory.example"),
        "another relying party": passkey.assertion(CHALLENGE, rp="mallory.example"),
        "somebody else's": stranger.assertion(CHALLENGE),
        "a registration": passkey.registration(CHALLENGE),
        "another signature": {**right, "response": {**right["response"], "signature": "AAAA"}},
    }
    assert [name for name, lie in lies.items() if passkeys.proves(maren, CHALLENGE, lie)] == []


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"id": 1},
        {"id": "AA", "rawId": "AA", "type": "public-key", "response": {}},
        {"id": "AA", "rawId": "AA", "type": "public-key", "response": None},
        {"id": "é", "rawId": "é", "type": "public-key", "response": {"clientDataJSON": "é"}},
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"},
        },
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {"clientDataJSON": "W10", "authenticatorData": [1], "signature": {}},
        },
    ],
)
def test_what_is_no_assertion_proves_nothing(cast: Cast, sent: dict[str, Any]) -> None:
    SoftPasskey().belongs_to(cast["maren"])
    assert not passkeys.proves(cast["maren"], CHALLENGE, sent)


def test_a_browser_is_asked_for_this_challenge_these_keys_and_a_verified_user(cast: Cast) -> None:
    passkey = SoftPasskey().belongs_to(cast["maren"])
    asked = passkeys.options(cast["maren"], CHALLENGE)["publicKey"]
    assert asked["userVerification"] == "required"
    assert asked["rpId"] == "localhost"
    assert [one["id"] for one in asked["allowCredentials"]] == [passkey.registration()["id"]]
