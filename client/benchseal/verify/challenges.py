"""The challenge log of the record against the log: nothing said is changed, left out or made up."""

from collections.abc import Iterator, Mapping
from typing import Final

from benchseal.verify.canonical import Object, objects
from benchseal.verify.pack import RECORD, Pack
from benchseal.verify.report import Check, Flaw, Item

Turn = tuple[str, str, str]
"""Which turn it is, when it was taken, and its words."""

CHALLENGES: Final = Check(
    "challenges",
    "challenge log",
    "The log tells of this question, of every reply and of its closing in the same words.",
    "The pack does not prove what reviewers asked, or what was answered.",
)


def check(pack: Pack, payloads: Mapping[str, Object]) -> Iterator[Item]:
    """Every question of the record of a release; one without ``challenges`` tells of none.

    ``payloads`` are those of the log entries that hold.
    """
    if pack.record.get("scope") != "release":
        return  # other scopes hold entries of the log, and no threads
    listed = objects(pack.record, "challenges", RECORD) if "challenges" in pack.record else []
    told = {turn for payload in payloads.values() for turn in _told(payload)}
    shown = {turn for one in listed for turn in _turns(one)}
    if told - shown:
        raise Flaw(f"{RECORD} leaves out or changes a {min(told - shown)[0]} that the log tells of.")
    for one in listed:
        named = CHALLENGES.named(f"Question {one.get('number')}: {one.get('text')}"[:200])
        untold = [turn for turn in _turns(one) if turn not in told]
        if untold:
            yield named.bad(f"No log entry of the pack tells of this {untold[0][0]} in these words.")
        else:
            closing = one.get("closing")
            yield named.ok(f"Closed: {closing['outcome']}." if isinstance(closing, dict) else "Open.")


def _turns(one: Object) -> Iterator[Turn]:
    yield "question", str(one.get("asked_at")), str(one.get("text"))
    for reply in objects(one, "replies", RECORD):
        yield f"reply ({reply.get('kind')})", str(reply.get("at")), str(reply.get("text"))
    closing = one.get("closing")
    if isinstance(closing, dict):
        how = f"closing ({closing.get('outcome')})"
        yield how, str(closing.get("at")), str(closing.get("reason"))


def _told(payload: Object) -> Iterator[Turn]:
    new, words = payload.get("new"), str(payload.get("reason"))
    if not isinstance(new, dict):
        return
    if "wants_evidence" in new and "asked_at" in new:
        yield "question", str(new["asked_at"]), words
    elif "kind" in new and "record_name" in new and "at" in new:
        yield f"reply ({new['kind']})", str(new["at"]), words
    elif "outcome" in new and "closed_at" in new:
        yield f"closing ({new['outcome']})", str(new["closed_at"]), words
