"""Builder and verifier share no code; on canonical JSON and on paths in the log they say the same."""

import json
from contextlib import suppress
from typing import Any

import pytest
from benchseal.verify import audit, canonical
from benchseal.verify.report import Flaw
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evidence import merkle
from evidence.canonical import MAX_DEPTH, MAX_INTEGER, jcs, parse_record
from evidence.errors import NotCanonical

ASCII = st.text(st.characters(max_codepoint=127), max_size=5)
SCALARS = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(max_size=8)
VALUES = st.recursive(SCALARS, lambda part: st.lists(part) | st.dictionaries(ASCII, part), max_leaves=10)
RECORDS = st.dictionaries(ASCII, VALUES, max_size=5)
LOOSE = st.recursive(
    SCALARS | st.integers() | st.floats(),
    lambda part: st.lists(part) | st.dictionaries(st.text(max_size=3), part),
    max_leaves=6,
)
SPELLINGS = st.builds(
    lambda value, ascii_only, spaced, in_order: json.dumps(
        value,
        ensure_ascii=ascii_only,
        separators=(", ", ": ") if spaced else (",", ":"),
        sort_keys=in_order,
    ).encode("utf-8", "surrogatepass"),
    st.dictionaries(st.text(max_size=3), LOOSE, max_size=3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
few = settings(max_examples=50)


def read_by_both(data: bytes) -> tuple[object, object]:
    """What builder and verifier read; None where they refuse."""
    built: object = None
    verified: object = None
    with suppress(NotCanonical):
        built = parse_record(data)
    with suppress(Flaw):
        verified = canonical.parse(data, "it")
    return built, verified


def nested(containers: int) -> bytes:
    return b'{"a":' + b"[" * (containers - 1) + b"]" * (containers - 1) + b"}"


@few
@given(RECORDS)
def test_what_is_built_is_read_and_written_again_unchanged(record: dict[str, Any]) -> None:
    data = jcs(record)
    assert canonical.parse(data, "it") == record
    assert canonical.canonical(canonical.parse(data, "it")) == data
    assert canonical.canonical(dict(reversed(record.items()))) == data


@few
@given(SPELLINGS | st.binary(max_size=20))
@example(b'{"a":1,"a":1}')
@example(b'{"a":1,"a":2}')
@example(b'{"a":-0}')
@example(b'{"a":1e2}')
@example(b'{"a":9007199254740992}')
@example(b'{"a":"\\ud800"}')
@example(b'{"\xc3\xa9":1}')
@example(b'{"a":"\xc3\xa9"}')
@example(b"\xef\xbb\xbf{}")
@example(b"{}\n")
@example(b"[]")
@example(nested(MAX_DEPTH))
@example(nested(MAX_DEPTH + 1))
@example(nested(100_000))
def test_both_read_and_refuse_the_same_bytes(data: bytes) -> None:
    built, verified = read_by_both(data)
    assert built == verified


def test_each_of_the_limits_is_reached() -> None:
    """The examples above lie on both sides of the line, so that they can disagree at all."""
    assert read_by_both(nested(MAX_DEPTH))[1] is not None
    assert read_by_both(nested(MAX_DEPTH + 1)) == (None, None)
    assert read_by_both(b'{"a":1,"a":1}') == (None, None)


def path_in(size: int, index: int) -> tuple[bytes, list[bytes], bytes]:
    """Leaf hash, path and root of a log of this size."""
    hashes = [merkle.leaf_hash(b"%d" % number) for number in range(size)]
    path = merkle.inclusion_path(
        index, size, lambda level, at: merkle.root_of(hashes[at << level : (at + 1) << level])
    )
    return hashes[index], path, merkle.root_of(hashes)


@few
@given(st.integers(1, 70), st.data())
def test_both_follow_a_path_to_the_same_root(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, path, root = path_in(size, index)
    assert merkle.verify_inclusion(leaf, index, size, path, root)
    assert audit.root_from(leaf, index, size, path) == root


@few
@given(st.integers(1, 70), st.data())
def test_both_refuse_the_same_wrong_paths(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, path, root = path_in(size, index)
    claimed_size = data.draw(st.integers(0, 80))
    claimed_index = data.draw(st.integers(-1, 80))
    spoilt = data.draw(st.sampled_from([path, path[1:], path[::-1], [*path, root]]))
    by_builder = merkle.verify_inclusion(leaf, claimed_index, claimed_size, spoilt, root)
    assert (audit.root_from(leaf, claimed_index, claimed_size, spoilt) == root) == by_builder


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0)])
def test_neither_finds_a_place_outside_the_log(index: int, size: int) -> None:
    assert audit.root_from(bytes(32), index, size, []) is None
    assert not merkle.verify_inclusion(bytes(32), index, size, [], bytes(32))
