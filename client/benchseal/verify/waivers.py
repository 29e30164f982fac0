"""What was set aside: each decision on a waiver was signed over the record of that waiver."""

from collections.abc import Iterator, Mapping
from typing import Final

from benchseal.verify.canonical import Json, Object, inner, objects, text
from benchseal.verify.dsse import Statement
from benchseal.verify.pack import NAMESPACE, RECORD, Pack
from benchseal.verify.report import Check, Flaw, Item

WAIVER_DECISION: Final = f"{NAMESPACE}/waiver-decision/v1"
PLAIN: Final = ("action", "role", "comment", "signed_at")

WAIVERS = Check(
    "waivers",
    "waivers",
    "The installation authenticated the named person, who decided this on the record of the waiver.",
    "The pack does not prove who set this gate aside, or that anybody did.",
)


def check(pack: Pack, statements: Mapping[str, Statement], logged: set[Json]) -> Iterator[Item]:
    """Every waiver of the record against its own record and its statement, and nothing waived beside it.

    A record without ``waivers`` tells of none, so no statement may speak of one.
    """
    rows = objects(pack.record, "waivers", RECORD) if "waivers" in pack.record else []
    approved: set[Json] = set()
    for row in rows:
        named = WAIVERS.named(str(row.get("human_id"))[:100])
        try:
            _check_record(pack, row)
            if row.get("decision") is None:
                yield named.ok("It was asked for and not decided.")
                continue
            decision = inner(row, "decision", RECORD)
            _check_decision(row, decision, statements, logged)
            approved |= {row.get("record")} if decision.get("action") == "approve" else set()
            yield named.ok(f"{decision.get('action')}, signed at {decision.get('signed_at')}.")
        except Flaw as flaw:
            yield named.bad(str(flaw))
    yield from _unlisted(pack, statements, {_statement_of(row) for row in rows})
    yield from _unsigned(pack, approved)


def _statement_of(row: Object) -> Json:
    decision = row.get("decision")
    return decision.get("statement") if isinstance(decision, dict) else None


def _check_record(pack: Pack, row: Object) -> None:
    """What the record prints of a waiver is what the waiver's own record says."""
    path = pack.record_of(text(row, "record", RECORD))
    body = pack.json(path)
    covers = inner(body, "covers", path)
    for key, value in {
        "human_id": body.get("human_id"),
        "gate": covers.get("gate"),
        "criterion": covers.get("criterion"),
        "starts_at": body.get("starts_at"),
        "expires_at": body.get("expires_at"),
    }.items():
        if row.get(key) != value:
            raise Flaw(f"{RECORD} states another {key} than the record of the waiver.")
    release = inner(covers, "release", path)
    if release.get("id") != inner(pack.record, "release", RECORD).get("id"):
        raise Flaw("The waiver is for another release.")


def _check_decision(
    row: Object, said: Object, statements: Mapping[str, Statement], logged: set[Json]
) -> None:
    digest = text(said, "statement", RECORD)
    statement = statements.get(digest)
    if statement is None or statement.predicate_type != WAIVER_DECISION:
        raise Flaw(f"The statement {digest[:71]} of this decision is not in the pack or does not hold.")
    record, predicate = text(row, "record", RECORD), statement.predicate
    if list(statement.subjects.values()) != [record.removeprefix("sha256:")]:
        raise Flaw(f"The statement was signed over another record than {RECORD} says.")
    stated = {key: predicate.get(key) for key in PLAIN} | {
        "signer": inner(predicate, "signer", digest).get("id"),
        "printed_name": inner(predicate, "signer", digest).get("printed_name"),
        "meaning": inner(predicate, "meaning", digest).get("text"),
    }
    for key, value in stated.items():
        if not isinstance(value, str) or said.get(key) != value:
            raise Flaw(f"{RECORD} states another {key} than the statement.")
    if (predicate.get("waiver"), predicate.get("record")) != (row.get("human_id"), record):
        raise Flaw("The statement names another waiver.")
    if digest not in logged:
        raise Flaw(f"No log entry of the pack names the statement {digest}.")


def _unlisted(pack: Pack, statements: Mapping[str, Statement], listed: set[Json]) -> Iterator[Item]:
    for digest, statement in statements.items():
        if statement.predicate_type == WAIVER_DECISION and digest not in listed and not pack.is_period:
            yield WAIVERS.named(digest).bad(f"{RECORD} does not list this statement among its waivers.")


def _unsigned(pack: Pack, approved: set[Json]) -> Iterator[Item]:
    """What a revision names as set aside, somebody approved."""
    for revision in pack.rows("revisions"):
        try:
            path = pack.record_of(text(revision, "manifest", RECORD))
            sections = inner(pack.json(path), "sections", path)
            for entry in objects(sections, "waivers", path) if "waivers" in sections else []:
                if entry.get("digest") not in approved:
                    yield WAIVERS.named(str(entry.get("id"))[:100]).bad(
                        f"Revision {revision.get('number')} rests on this waiver, which nobody approved."
                    )
        except Flaw as flaw:
            yield WAIVERS.bad(str(flaw))
