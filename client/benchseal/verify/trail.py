"""The trail of a period: every line stands in the log, and the record tells nothing else than the lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, zip_longest
from typing import Final

from benchseal.verify.audit import LONGEST_PATH, Head, head_of, root_from
from benchseal.verify.canonical import Object, canonical, digest, inner, parse, text, whole
from benchseal.verify.dsse import from_base64
from benchseal.verify.pack import NAMESPACE, Pack
from benchseal.verify.report import Check, Flaw, Item
from benchseal.verify.trail_sums import SUMS, Stated, Sums, differences

MOST_FAULTS: Final = 20

LINES = Check(
    "trail",
    "entries of the period",
    "Everything the list says happened in the period stands in the log, unchanged, in the log's one order.",
    "Something in the list of the period was changed afterwards or never stood in the log.",
)


@dataclass(frozen=True, slots=True)
class Told:
    """The items, and the times at which the log took the statements that lines name."""

    items: list[Item]
    times: dict[str, str]


def check(pack: Pack) -> Told:
    """Every line and every sum; nothing for a pack of another scope. Lines are not kept."""
    if not pack.is_period:
        return Told([], {})
    sums = Sums()
    try:
        stated, head = Stated(pack), head_of(pack)
        faults = list(islice(_faults(pack, stated, head, sums), MOST_FAULTS))
        wrong = [SUMS.bad(said) for said in differences(pack, stated, sums)]
    except Flaw as flaw:
        return Told([LINES.bad(str(flaw))], {})
    if faults:
        return Told([*faults, SUMS.unchecked("Entries do not hold, so they were not counted.")], {})
    said = f"{sums.entries} entries lead to the head of the log."
    counted = SUMS.faults_or_ok(wrong, f"{sums.entries} entries counted.")
    return Told([LINES.ok(said), *counted], sums.statements)


def _faults(pack: Pack, stated: Stated, head: Head, sums: Sums) -> Iterator[Item]:
    lines, _, proofs = stated.paths
    before = ""
    for number, (line, proof) in enumerate(zip_longest(pack.lines(lines), pack.lines(proofs)), 1):
        name = f"{lines}, line {number}"
        try:
            row = parse(line or b"", name)
            leaf = _entry(row, stated, before, name)
            _lead_to_head(row, parse(proof or b"", f"{proofs}, line {number}"), head, name)
            before = text(leaf, "id", name)
            sums.add(row, leaf, stated)
        except Flaw as flaw:
            yield LINES.named(name).bad(str(flaw))


def _entry(row: Object, stated: Stated, before: str, name: str) -> Object:
    """The leaf of a line, which is of the period, after the line before, and has this payload."""
    leaf = inner(row, "leaf", name)
    if leaf.get("type") != f"{NAMESPACE}/leaf/v1" or row.get("leaf_hash") != _hash(leaf).hex():
        raise Flaw(f"{name} states another leaf hash than its entry has.")
    if leaf.get("payload") != digest(canonical(inner(row, "payload", name))):
        raise Flaw(f"{name}: the payload is not the one the entry names.")
    # Ids begin with their time (RFC 9562, version 7), and canonical times sort as texts.
    if text(leaf, "id", name) <= before:
        raise Flaw(f"{name} is out of order or occurs twice.")
    if not stated.since <= text(leaf, "at", name) < stated.until:
        raise Flaw(f"{name} is of another time than the period.")
    return leaf


def _lead_to_head(row: Object, proof: Object, head: Head, name: str) -> None:
    leaf, index = inner(row, "leaf", name), whole(row, "index", name)
    steps = proof.get("path")
    if (proof.get("entry"), proof.get("index")) != (leaf.get("id"), index) or not isinstance(steps, list):
        raise Flaw(f"{name} has a proof of another entry.")
    path = [from_base64(step if isinstance(step, str) else "", name) for step in steps[:LONGEST_PATH]]
    if root_from(_hash(leaf), index, head.size, path) != head.root:
        raise Flaw(f"{name}: the path does not lead from the entry to the head of the log.")


def _hash(leaf: Object) -> bytes:
    return sha256(b"\x00" + canonical(leaf)).digest()
