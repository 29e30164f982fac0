"""What signers asked of others: the record prints what was signed, and the log knows what came of it."""

from collections.abc import Iterator, Mapping
from typing import Final

from benchseal.verify.canonical import Object, objects, text
from benchseal.verify.dsse import Statement
from benchseal.verify.pack import RECORD, Pack
from benchseal.verify.report import Check, Flaw, Item

ADDED: Final = frozenset({"id", "outcomes"})
"""Members of the record beside those that were signed."""

CONDITIONS = Check(
    "conditions",
    "conditions",
    "The signer asked for this by a date, and the log tells what came of it.",
    "The pack does not prove what the signer asked for, or what came of it.",
)


def check(pack: Pack, statements: Mapping[str, Statement], payloads: Mapping[str, Object]) -> Iterator[Item]:
    """Every condition of every signature; a record of signatures without ``conditions`` tells of none.

    ``payloads`` are those of the log entries that hold.
    """
    for row in objects(pack.record, "signatures", RECORD) if "signatures" in pack.record else []:
        named = CONDITIONS.named(f"{row.get('printed_name')}, stage {row.get('stage')}"[:200])
        try:
            yield from _of_signature(row, statements, payloads)
        except Flaw as flaw:
            yield named.bad(str(flaw))


def _of_signature(
    row: Object, statements: Mapping[str, Statement], payloads: Mapping[str, Object]
) -> Iterator[Item]:
    statement = statements.get(text(row, "statement", RECORD))
    if statement is None:
        return  # the signature itself is told as a fault
    listed = objects(row, "conditions", RECORD) if "conditions" in row else []
    printed = [{key: value for key, value in one.items() if key not in ADDED} for one in listed]
    if printed != statement.predicate.get("conditions", []):
        raise Flaw(f"{RECORD} states other conditions than the statement.")
    for one in listed:
        named = CONDITIONS.named(f"{row.get('printed_name')}, stage {row.get('stage')}: {one['text']}"[:200])
        yield named.ok(_outcome(one, payloads))


def _outcome(condition: Object, payloads: Mapping[str, Object]) -> str:
    """What came of a condition, once the log tells the same; by when it is due where nothing did yet."""
    outcomes = objects(condition, "outcomes", RECORD)
    for one in outcomes:
        if not any(_tells(payload, one) for payload in payloads.values()):
            raise Flaw(f"No log entry of the pack tells that a condition is {str(one.get('step'))[:20]}.")
    steps = [f"{one['step']} at {one['at']}" for one in outcomes]
    return f"{', then '.join(steps)}." if steps else f"Due {condition['due_at']}."


def _tells(payload: Object, outcome: Object) -> bool:
    new = payload.get("new")
    said = new.get(str(outcome.get("step"))) if isinstance(new, dict) else None
    same_time = isinstance(said, dict) and said.get("at") == outcome.get("at")
    return same_time and payload.get("reason") == outcome.get("finding")
