"""The strict parser: what it keeps, what it refuses, and where it points."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.formats.strict_json import JsonRefused, NonFinite, Number, parse, parse_lines

MIB = 1024 * 1024


def refused(data: bytes, **options: int) -> JsonRefused:
    with pytest.raises(JsonRefused) as caught:
        parse(data, max_bytes=options.get("max_bytes", 20 * MIB))
    return caught.value


def test_numbers_keep_the_text_of_their_source() -> None:
    value = parse(b'{"a": 0.30000000000000004, "b": 1e5, "c": 12345678901234567890}', max_bytes=99)

    assert value == {
        "a": Number("0.30000000000000004"),
        "b": Number("1e5"),
        "c": Number("12345678901234567890"),
    }


def test_integer_and_decimal_are_read_from_the_lexeme() -> None:
    assert Number("42").integer() == 42
    assert Number("4.0").integer() is None
    assert Number("12345678901234567890").integer() is None
    assert str(Number("0.10").decimal()) == "0.10"
    assert Number("1e999999999").decimal() is None


def test_bare_constants_become_typed_states_where_allowed() -> None:
    value = parse(b"[NaN, Infinity, -Infinity]", max_bytes=99, non_finite="state")

    assert value == [NonFinite("nan"), NonFinite("inf"), NonFinite("-inf")]


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b"", "json_truncated", 1, 1),
        (b'{"a": 1', "json_truncated", 1, 8),
        (b'{"a": "b', "json_truncated", 1, 7),
        (b'{"a": tru', "json_truncated", 1, 7),
        (b'{"a": 0.', "json_truncated", 1, 8),
        (b'{"a":\n 1,, "b": 2}', "json_syntax", 2, 4),
        (b'{"a": 01}', "json_syntax", 1, 8),
        (b"[1] [2]", "json_syntax", 1, 5),
        (b'["a\nb"]', "json_syntax", 1, 4),
        (b'{"x": "NaN",\n"a": NaN}', "json_non_finite", 2, 6),
        (b"[-Infinity]", "json_non_finite", 1, 2),
        (b'{"a": 1,\n "b": {"c": [1], "c": 2}}', "json_duplicate_key", 2, 18),
        (b'{"a": 1, "\\u0061": 2}', "json_duplicate_key", 1, 10),
        (b'{"a": "\xff"}', "json_not_utf8", 1, 8),
        (b"\xef\xbb\xbf{}", "json_not_utf8", 1, 1),
        (b'"\xed\xa0\x80"', "json_not_utf8", 1, 2),
        (b'["\\ud83d\\ude00", "\\ud83d"]', "json_not_utf8", 1, 19),
        (b'["\\ude00"]', "json_not_utf8", 1, 3),
        (b'{"\\ud800": 1}', "json_not_utf8", 1, 3),
        (b"[" * 65 + b"]" * 65, "json_too_deep", 1, 65),
    ],
)
def test_refusals_name_rule_line_and_column(data: bytes, code: str, line: int, column: int) -> None:
    error = refused(data)

    assert (error.code, error.line, error.column) == (code, line, column)


def test_escaped_backslash_before_u_is_not_a_surrogate() -> None:
    assert parse(b'["\\\\ud800", "\\ud83d\\ude00"]', max_bytes=99) == ["\\ud800", "\U0001f600"]


def test_depth_limit_is_inclusive() -> None:
    assert parse(b"[" * 64 + b"]" * 64, max_bytes=999) is not None


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    assert parse(json.dumps("[" * 500).encode(), max_bytes=999) == "[" * 500


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[" * (10 * MIB), "json_too_deep"),
        (b'{"a":' * (2 * MIB), "json_too_deep"),
        (b'"' + b'\\"' * (5 * MIB), "json_truncated"),
        (b"[" + b"," * (10 * MIB), "json_too_large"),
    ],
)
def test_hostile_megabytes_are_refused_before_anything_is_built(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_size_is_checked_before_anything_is_read() -> None:
    assert refused(b"[" * 100, max_bytes=99).code == "json_too_large"


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    with contextlib.suppress(JsonRefused):
        parse(data, max_bytes=1000, non_finite="state")


@given(st.text(alphabet='{}[]:,"\\ud8dcE0123456789.-+eNaInfitytruflsn \n', max_size=80))
def test_any_json_like_text_is_parsed_or_refused(text: str) -> None:
    try:
        value = parse(text.encode(), max_bytes=1000)
    except JsonRefused:
        return
    json.loads(text)
    assert not isinstance(value, NonFinite)


json_values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@given(json_values)
def test_valid_json_is_returned_as_it_is(value: object) -> None:
    try:
        data = json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    assert parse(data, max_bytes=100_000) == value


def test_lines_are_numbered_and_blank_lines_skipped() -> None:
    stream = io.BytesIO(b'{"a": 1}\n\n{"a": 2}')

    assert list(parse_lines(stream)) == [(1, {"a": Number("1")}), (3, {"a": Number("2")})]


def test_a_refused_line_is_named_by_its_number_in_the_stream() -> None:
    with pytest.raises(JsonRefused) as caught:
        list(parse_lines(io.BytesIO(b'{"a": 1}\n{"a": \n')))

    assert (caught.value.code, caught.value.line) == ("json_truncated", 2)


def test_a_line_longer_than_the_bound_is_refused() -> None:
    with pytest.raises(JsonRefused) as caught:
        list(parse_lines(io.BytesIO(b'"' + b"a" * 100 + b'"\n'), max_line_bytes=50))

    assert caught.value.code == "json_too_large"
