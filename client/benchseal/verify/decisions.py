"""What the installation decided on the signatures; a decision never rests on one that is not there."""

from collections.abc import Iterator, Mapping
from typing import Final

from benchseal.verify.canonical import Object, objects, text, whole
from benchseal.verify.dsse import Statement
from benchseal.verify.pack import NAMESPACE, RECORD, Pack
from benchseal.verify.report import Check, Flaw, Item

DECISION: Final = f"{NAMESPACE}/decision/v1"

DECISIONS = Check(
    "decisions",
    "decisions",
    "The installation recorded this decision and the signatures it rested on.",
    "The pack does not prove this decision, or the signatures it rested on.",
)


def check(pack: Pack, statements: Mapping[str, Statement]) -> Iterator[Item]:
    """Every decision of the record has its statement, and every such statement its place there.

    A record without ``decisions`` tells of none, so no statement may speak of one.
    """
    listed: set[str] = set()
    rows = objects(pack.record, "decisions", RECORD) if "decisions" in pack.record else []
    for row in rows:
        named = DECISIONS.named(f"{row.get('action')}, revision {row.get('revision')}"[:200])
        try:
            listed.add(text(row, "statement", RECORD))
            _check_decision(pack, row, statements)
            yield named.ok(f"Decided at {text(row, 'made_at', RECORD)}.")
        except Flaw as flaw:
            yield named.bad(str(flaw))
    for digest, statement in statements.items():
        if statement.predicate_type == DECISION and digest not in listed and not pack.is_period:
            yield DECISIONS.named(digest).bad(f"{RECORD} does not list this statement among its decisions.")


def _check_decision(pack: Pack, row: Object, statements: Mapping[str, Statement]) -> None:
    digest = text(row, "statement", RECORD)
    statement = statements.get(digest)
    if statement is None or statement.predicate_type != DECISION:
        raise Flaw(f"The statement {digest[:71]} of this decision is not in the pack or does not hold.")
    predicate = statement.predicate
    for key in ("action", "revision"):
        if row.get(key) != predicate.get(key):
            raise Flaw(f"{RECORD} states another {key} than the statement.")
    if list(statement.subjects.values()) != [_manifest(pack, whole(row, "revision", RECORD))]:
        raise Flaw("The statement speaks of another release manifest than that of its revision.")
    _check_basis(pack, predicate)


def _manifest(pack: Pack, number: int) -> str:
    for row in objects(pack.record, "revisions", RECORD):
        if row.get("number") == number:
            return text(row, "manifest", RECORD).removeprefix("sha256:")
    raise Flaw(f"{RECORD} lists no revision {number}.")


def _check_basis(pack: Pack, predicate: Object) -> None:
    known = {row.get("statement") for row in objects(pack.record, "signatures", RECORD)}
    named = predicate.get("signatures")
    if not isinstance(named, list) or not all(isinstance(one, str) and one in known for one in named):
        raise Flaw(f"The decision rests on a signature that {RECORD} does not list.")
