"""What the entries of a period amount to, and what the record tells of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from benchseal.verify.canonical import Json, Object, inner, objects, text, whole
from benchseal.verify.pack import RECORD, Pack
from benchseal.verify.report import Check, Flaw

FOLDER: Final = "data/trail/"
STATEMENTS: Final = "data/attestations/"

SUMS = Check(
    "trail",
    "sums of the period",
    "What the record tells of the period is what its entries say, counted again.",
    "The record tells something else of the period than its entries.",
)


class Stated:
    """What the record says of the period."""

    def __init__(self, pack: Pack) -> None:
        period, self.trail = inner(pack.record, "period", RECORD), inner(pack.record, "trail", RECORD)
        self.since, self.until = text(period, "since", RECORD), text(period, "until", RECORD)
        self.paths = [text(self.trail, name, RECORD) for name in ("lines", "table", "proofs")]
        self.routine = set(_texts(self.trail, "routine"))
        self.acts = {text(act, "entry", RECORD): act for act in objects(pack.record, "acts", RECORD)}
        if sorted(pack.below(FOLDER)) != sorted(self.paths):
            raise Flaw(f"{FOLDER} does not hold exactly the files that {RECORD} names.")


@dataclass(slots=True)
class Sums:
    """What the lines that hold amount to; ``acts`` are theirs by entry, in short.

    ``statements`` gives the time of the entry that names one, by digest.
    """

    entries: int = 0
    first: int = -1
    last: int = -1
    kinds: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    statements: dict[str, str] = field(default_factory=dict)
    untold: int = 0
    acts: dict[str, Object] = field(default_factory=dict)

    def add(self, row: Object, leaf: Object, stated: Stated) -> None:
        """One more line that holds."""
        index, payload = whole(row, "index", FOLDER), inner(row, "payload", FOLDER)
        self.first = min(index, self.first) if self.entries else index
        self.last = max(index, self.last)
        self.entries += 1
        for counted, key in ((self.kinds, "kind"), (self.channels, "channel"), (self.people, "actor")):
            counted[text(leaf, key, FOLDER)] += 1
        statement, entry = payload.get("statement"), text(leaf, "id", FOLDER)
        if isinstance(statement, str):
            self.statements[statement] = text(leaf, "at", FOLDER)
        if entry in stated.acts:
            self.acts[entry] = {
                **{key: leaf.get(key) for key in ("at", "kind", "subject", "actor")},
                **{key: payload.get(key) for key in ("actor_name", "reason", "new")},
            }
        elif leaf.get("kind") not in stated.routine:
            self.untold += 1


def differences(pack: Pack, stated: Stated, sums: Sums) -> Iterator[str]:
    """Everything the record, or the folder of statements, says otherwise than the lines."""
    yield from _of_counts(stated.trail, sums)
    yield from _of_acts(stated, sums)
    held = {f"sha256:{path.removeprefix(STATEMENTS)[:64]}" for path in pack.below(STATEMENTS)}
    for statement in sorted(held ^ sums.statements.keys()):
        where = "is in the pack, and no entry names it" if statement in held else "is not in the pack"
        yield f"The statement {statement[:71]} {where}."


def _of_counts(trail: Object, sums: Sums) -> Iterator[str]:
    for key, found in (("entries", sums.entries), ("first", sums.first), ("last", sums.last)):
        if trail.get(key) != found:
            yield f"{RECORD} states {key} {trail.get(key)}; the lines give {found}."
    for name, key, counted in (
        ("kinds", "kind", sums.kinds),
        ("channels", "channel", sums.channels),
        ("people", "id", sums.people),
    ):
        if _counted(trail, name, key) != counted:
            yield f"{RECORD} counts the {name} of the period otherwise than the lines give."


def _of_acts(stated: Stated, sums: Sums) -> Iterator[str]:
    for entry, act in stated.acts.items():
        told = sums.acts.get(entry, {})
        if not told or any(act.get(key) != value for key, value in told.items()):
            yield f"{RECORD} tells the entry {entry[:64]} otherwise than the lines."
    if sums.untold:
        yield f"{RECORD} does not tell {sums.untold} entries of a kind that it tells one by one."


def _texts(holder: Object, key: str) -> list[str]:
    value = holder.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _counted(trail: Object, name: str, key: str) -> dict[str, Json]:
    return {text(row, key, RECORD): row.get("count") for row in objects(trail, name, RECORD)}
