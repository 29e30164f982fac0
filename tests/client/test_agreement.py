"""Builder and verifier share no code; on canonical JSON and on paths in the log they say the same."""

import json
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from benchseal.verify import audit, canonical, consistency
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


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, int]:
    """An old and a new size."""
    new = draw(st.integers(0, 300))
    return draw(st.integers(0, new)), new


@few
@given(histories())
@example((0, 0))
@example((0, 7))
@example((1, 1))
@example((128, 300))
def test_a_path_between_two_sizes_is_built_here_and_believed_there(sizes: tuple[int, int]) -> None:
    old, new = sizes
    tree, path = _roots(), _path(old, new)
    assert consistency.leads_to_both(old, new, tree[old], tree[new], path)


@few
@given(histories(), st.data())
def test_both_refuse_a_path_that_was_bent(sizes: tuple[int, int], data: st.DataObject) -> None:
    old, new = sizes
    tree, path = _roots(), _path(old, new)
    roots = [tree[old], tree[new]]
    place = data.draw(st.integers(0, len(path) + 1))
    match data.draw(st.sampled_from(["root", "step", "more", "less", "sizes"])):
        case "step" if path:
            path[place % len(path)] = bytes(32)
        case "more":
            path.insert(place, bytes(32))
        case "less" if path:
            del path[place % len(path)]
        case "sizes":
            old, new = old + 1, new + 2
        case _:
            roots[place % 2] = bytes(32)
    believed = merkle.verify_consistency(old, new, roots[0], roots[1], path)
    assert consistency.leads_to_both(old, new, roots[0], roots[1], path) == believed


LEAVES = [merkle.leaf_hash(bytes([place % 256, place // 256])) for place in range(300)]


@cache
def _roots() -> list[bytes]:
    """The root at each size."""
    return [merkle.root_of(LEAVES[:size]) for size in range(301)]


@cache
def _nodes() -> dict[merkle.Node, bytes]:
    return merkle.extend(0, merkle._nothing_stored, LEAVES).nodes


def _path(old: int, new: int) -> list[bytes]:
    return merkle.consistency_path(old, new, lambda level, index: _nodes()[level, index])
