import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.canonical import (
    MAX_DEPTH,
    MAX_INTEGER,
    as_set,
    from_base64,
    jcs,
    parse_canonical,
    parse_record,
    state_value,
    utc_text,
)
from evidence.digests import digest_of, parse_digest, sha256_bytes
from evidence.errors import DigestMismatch, NotCanonical

ASCII = st.text(st.characters(min_codepoint=0, max_codepoint=127))
SCALARS = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text()
VALUES = st.recursive(SCALARS, lambda part: st.lists(part) | st.dictionaries(ASCII, part), max_leaves=20)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert jcs({"b": [1, True, None], "a": {"z": "", "A": -7}}) == (
        b'{"a":{"A":-7,"z":""},"b":[1,true,null]}'
    )


def test_strings_are_escaped_as_rfc_8785_section_3_2_2_2_says() -> None:
    assert jcs('€$\x0f\nA\'B"\\\\"/') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()


def test_strings_are_kept_as_given_and_never_normalised() -> None:
    assert jcs("e\u0301") != jcs("\u00e9")


@given(VALUES)
def test_canonical_bytes_give_the_value_back(value: Any) -> None:
    assert parse_canonical(jcs(value)) == value


@given(st.dictionaries(ASCII, SCALARS))
def test_order_of_insertion_is_no_part_of_the_form(value: dict[str, Any]) -> None:
    assert jcs(dict(reversed(value.items()))) == jcs(value)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        float("inf"),
        Decimal(1),
        b"bytes",
        {1, 2},
        object(),
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        {"é": 1},
        {1: 1},
        {None: 1},
        "\ud800",
        datetime(2026, 11, 22, tzinfo=UTC),
    ],
)
def test_what_the_profile_leaves_out_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        jcs({"a": [value]})


def test_a_refusal_points_at_the_field() -> None:
    with pytest.raises(NotCanonical) as refusal:
        jcs({"metrics": [{"a/b~c": 0.5}]})
    assert refusal.value.pointer == "/metrics/0/a~1b~0c"


def test_integers_at_the_limits_are_taken() -> None:
    assert jcs([MAX_INTEGER, -MAX_INTEGER]) == b"[9007199254740991,-9007199254740991]"


def test_the_deepest_allowed_nesting_is_taken_and_one_more_refused() -> None:
    assert parse_canonical(jcs(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(NotCanonical):
        jcs(nested(MAX_DEPTH + 1))


def test_hostile_nesting_is_refused_and_exhausts_nothing() -> None:
    for depth in (MAX_DEPTH + 1, 1_000, 200_000):
        with pytest.raises(NotCanonical):
            parse_canonical(b"[" * depth + b"]" * depth)
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(NotCanonical):
        jcs(circle)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b"1.0",
        b"1e2",
        b"-0",
        b"NaN",
        b"-Infinity",
        b"9007199254740992",
        b"9" * 5000,
        b'"\\u0041"',
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf1",
        b"1\n",
        b"1 2",
    ],
)
def test_bytes_in_any_other_form_are_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        parse_canonical(data)


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    try:
        value = parse_canonical(data)
    except NotCanonical:
        return
    assert jcs(value) == data


@given(VALUES)
def test_other_spellings_of_a_value_are_refused(value: Any) -> None:
    spaced = json.dumps(value, indent=1).encode()
    if spaced != jcs(value):
        with pytest.raises(NotCanonical):
            parse_canonical(spaced)


def test_a_record_is_an_object() -> None:
    assert parse_record(b'{"a":1}') == {"a": 1}
    with pytest.raises(NotCanonical):
        parse_record(b"[1]")


def test_times_are_written_in_utc_with_microseconds() -> None:
    moment = datetime(2026, 11, 22, 8, 0, tzinfo=timezone(timedelta(hours=1)))
    assert utc_text(moment) == "2026-11-22T07:00:00.000000Z"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(NotCanonical):
        utc_text(datetime(2026, 11, 22))  # noqa: DTZ001  # reason: this is what is refused


@given(st.lists(VALUES), st.randoms())
def test_a_set_has_one_order_and_no_member_twice(members: list[Any], chance: Any) -> None:
    shuffled = members + members[:2]
    chance.shuffle(shuffled)
    ordered = as_set(shuffled)
    assert ordered == as_set(members)
    assert [jcs(member) for member in ordered] == sorted({jcs(member) for member in members})


def test_a_number_that_is_none_is_a_state() -> None:
    assert jcs(state_value("-inf")) == b'{"state":"-inf"}'


@pytest.mark.parametrize("text", ["QQ", "QR==", "Q Q==", "QQ==\n", "QQ-_", "é"])
def test_base64_has_one_spelling(text: str) -> None:
    assert from_base64("QQ==") == b"A"
    with pytest.raises(NotCanonical):
        from_base64(text)


def test_digests_are_sha256_of_the_bytes() -> None:
    empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256_bytes(b"") == empty
    assert digest_of({"b": 1, "a": 2}) == sha256_bytes(b'{"a":2,"b":1}')
    assert parse_digest(empty) == empty.removeprefix("sha256:")


@pytest.mark.parametrize("text", ["", "sha256:", "sha256:" + "A" * 64, "a" * 64, "sha256:" + "a" * 64 + "\n"])
def test_a_text_that_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(DigestMismatch):
        parse_digest(text)
