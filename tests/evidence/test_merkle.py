import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import merkle

# The eight leaves and the roots of the reference implementation of RFC 6962.
VECTOR_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
VECTOR_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def split(size: int) -> int:
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(m: int, leaves: Sequence[bytes], complete: bool = True) -> list[bytes]:
    """PROOF and SUBPROOF of RFC 6962, section 2.1.2."""
    if m == len(leaves):
        return [] if complete else [naive_root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*naive_proof(m, leaves[:k], complete), naive_root(leaves[k:])]
    return [*naive_proof(m - k, leaves[k:], False), naive_root(leaves[:k])]


class Store:
    """Complete nodes as a table holds them, with a count of what was read."""

    def __init__(self) -> None:
        self.nodes: dict[merkle.Node, bytes] = {}
        self.read: list[merkle.Node] = []
        self.size = 0

    def fetch(self, level: int, index: int) -> bytes:
        self.read.append((level, index))
        return self.nodes[level, index]

    def append(self, leaves: Sequence[bytes]) -> bytes:
        made = merkle.extend(self.size, self.fetch, [merkle.leaf_hash(leaf) for leaf in leaves])
        assert not made.nodes.keys() & self.nodes.keys()
        self.nodes |= made.nodes
        self.size = made.size
        return made.root


def leaves_of(size: int) -> list[bytes]:
    return [b"leaf %d" % index for index in range(size)]


def stored(size: int) -> Store:
    store = Store()
    store.append(leaves_of(size))
    store.read.clear()
    return store


sizes = st.integers(1, 130)


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_rfc_6962_vectors(size: int) -> None:
    leaves = VECTOR_LEAVES[:size]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    assert merkle.root_of(hashes).hex() == VECTOR_ROOTS[size]
    assert naive_root(leaves).hex() == VECTOR_ROOTS[size]


def test_paths_of_the_rfc_6962_vectors() -> None:
    store = Store()
    store.append(VECTOR_LEAVES)
    assert [step.hex() for step in merkle.inclusion_path(0, 8, store.fetch)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [step.hex() for step in merkle.consistency_path(6, 8, store.fetch)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.lists(st.integers(0, 20), max_size=8))
def test_batches_of_any_size_give_the_root_of_all_leaves(batches: list[int]) -> None:
    store, leaves = Store(), leaves_of(sum(batches))
    done = 0
    for batch in batches:
        root = store.append(leaves[done : done + batch])
        done += batch
        assert root == naive_root(leaves[:done])
    assert sorted(store.nodes) == sorted(
        (level, index) for level in range(9) for index in range(done >> level)
    )


@given(sizes, st.data())
def test_inclusion_paths_are_those_of_rfc_6962_and_verify(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    store, leaves = stored(size), leaves_of(size)
    path = merkle.inclusion_path(index, size, store.fetch)
    assert path == naive_path(index, leaves)
    assert store.read == merkle.needed_for_inclusion(index, size)
    leaf, root = merkle.leaf_hash(leaves[index]), naive_root(leaves)
    assert merkle.verify_inclusion(leaf, index, size, path, root)
    assert merkle.root_at(size, store.fetch) == root


@given(sizes, st.data())
def test_consistency_paths_are_those_of_rfc_6962_and_verify(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    store, leaves = stored(new), leaves_of(new)
    path = merkle.consistency_path(old, new, store.fetch)
    assert path == naive_proof(old, leaves)
    assert store.read == merkle.needed_for_consistency(old, new)
    assert merkle.verify_consistency(old, new, naive_root(leaves[:old]), naive_root(leaves), path)


@given(sizes, st.data())
def test_a_changed_inclusion_proof_does_not_verify(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    store, leaves = stored(size), leaves_of(size)
    path = merkle.inclusion_path(index, size, store.fetch)
    leaf, root = merkle.leaf_hash(leaves[index]), naive_root(leaves)
    other = merkle.leaf_hash(b"other")
    assert not merkle.verify_inclusion(other, index, size, path, root)
    assert not merkle.verify_inclusion(leaf, index, size, path, other)
    assert not merkle.verify_inclusion(leaf, index, size, [*path, other], root)
    assert not merkle.verify_inclusion(leaf, size, size, path, root)
    assert not merkle.verify_inclusion(leaf, -1, size, path, root)
    if path:
        assert not merkle.verify_inclusion(leaf, index, size, path[:-1], root)
        assert not merkle.verify_inclusion(leaf, index ^ 1, size, path, root)


@given(st.integers(2, 130), st.data())
def test_a_rewritten_history_does_not_verify(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    changed = data.draw(st.integers(0, old - 1))
    store, leaves = stored(new), leaves_of(new)
    path = merkle.consistency_path(old, new, store.fetch)
    rewritten = [*leaves[:changed], b"other", *leaves[changed + 1 :]]
    old_root, new_root = naive_root(leaves[:old]), naive_root(leaves)
    other_old, other_new = naive_root(rewritten[:old]), naive_root(rewritten)
    assert not merkle.verify_consistency(old, new, other_old, new_root, path)
    assert not merkle.verify_consistency(old, new, old_root, other_new, path)
    forged = naive_proof(old, rewritten)
    assert not merkle.verify_consistency(old, new, old_root, other_new, forged)
    assert not merkle.verify_consistency(old, new, old_root, new_root, [*path, old_root])
    assert not merkle.verify_consistency(old, new, old_root, new_root, path[:-1])
    assert not merkle.verify_consistency(new, old, new_root, old_root, path)


def test_the_empty_tree_begins_every_tree() -> None:
    store = stored(5)
    root = naive_root(leaves_of(5))
    assert merkle.root_at(0, store.fetch) == merkle.EMPTY_ROOT == naive_root([])
    assert merkle.consistency_path(0, 5, store.fetch) == []
    assert merkle.verify_consistency(0, 5, merkle.EMPTY_ROOT, root, [])
    assert not merkle.verify_consistency(0, 5, root, root, [])


def test_reads_grow_with_the_logarithm_of_the_log() -> None:
    size = 1_000_003
    assert len(merkle.needed_for_extend(size)) <= 20
    assert len(merkle.needed_for_inclusion(size - 2, size)) <= 40
    assert len(merkle.needed_for_inclusion(0, size)) <= 40
    assert len(merkle.needed_for_consistency(777_777, size)) <= 60


def test_extending_reads_the_right_edge_alone() -> None:
    store = stored(1000)
    store.append([b"one more"])
    assert store.read == merkle.needed_for_extend(1000)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_path_for_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="is not in a tree"):
        merkle.needed_for_inclusion(index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_there_is_no_proof_towards_a_smaller_tree(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="does not begin with"):
        merkle.needed_for_consistency(old, new)
