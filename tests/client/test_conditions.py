"""Conditions in a record against the signed statement and the log: nothing changed, left out or made up."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from benchseal.verify import conditions
from benchseal.verify.dsse import Statement

STATED: dict[str, Any] = {
    "number": 1,
    "text": "Serve five per cent of the traffic.",
    "measurable_check": "Share of requests, at most 0.05.",
    "owner": {"id": "7", "printed_name": "Tobias Example"},
    "due_at": "2026-03-01T00:00:00.000000Z",
}
MET: dict[str, Any] = {
    "step": "met",
    "finding": "4.8 per cent at most.",
    "by": "Olu Example",
    "at": "2026-02-20T08:00:00.000000Z",
}
DIGEST = f"sha256:{'a' * 64}"


class Shown:
    """As much of a pack as the check reads."""

    def __init__(self, *signatures: dict[str, Any]) -> None:
        self.record = {"signatures": list(signatures)}


def row() -> dict[str, Any]:
    listed = {**copy.deepcopy(STATED), "id": "c1", "outcomes": [dict(MET)]}
    return {"printed_name": "Olu Example", "stage": "4b", "statement": DIGEST, "conditions": [listed]}


def judged(signature: dict[str, Any], *, stated: Any = (STATED,), told: Any = MET) -> list[tuple[str, str]]:
    predicate: dict[str, Any] = {"conditions": list(stated)} if stated else {}
    statement = Statement(DIGEST, "key", "approval", predicate, {})
    new = {told["step"]: {"at": told["at"], "by": "olu"}} if told else {}
    payloads: dict[str, Any] = {"e1": {"new": new, "reason": told["finding"] if told else ""}}
    pack: Any = Shown(signature)
    items = conditions.check(pack, {DIGEST: statement}, payloads)
    return [(str(item.state), item.reason) for item in items]


def test_what_was_signed_and_told_holds() -> None:
    assert judged(row()) == [("ok", f"met at {MET['at']}.")]


def test_an_open_condition_says_when_it_is_due() -> None:
    given = row()
    given["conditions"][0]["outcomes"] = []
    assert judged(given) == [("ok", f"Due {STATED['due_at']}.")]


def test_a_signature_without_conditions_says_nothing() -> None:
    assert judged({**row(), "conditions": []}, stated=()) == []
    assert judged({"statement": DIGEST}, stated=()) == []


def left_out(given: dict[str, Any]) -> None:
    given["conditions"] = []


def never_listed(given: dict[str, Any]) -> None:
    del given["conditions"]


def postponed(given: dict[str, Any]) -> None:
    given["conditions"][0]["due_at"] = "2027-03-01T00:00:00.000000Z"


def given_to_another(given: dict[str, Any]) -> None:
    given["conditions"][0]["owner"]["id"] = "8"


def added(given: dict[str, Any]) -> None:
    given["conditions"].append({**STATED, "number": 2, "id": "c2", "outcomes": []})


@pytest.mark.parametrize("change", [left_out, never_listed, postponed, given_to_another, added])
def test_other_conditions_than_those_signed_are_named(change: Callable[[dict[str, Any]], None]) -> None:
    given = row()
    change(given)
    assert judged(given) == [("bad", "data/record.json states other conditions than the statement.")]


@pytest.mark.parametrize(
    "told", [None, {**MET, "step": "lifted"}, {**MET, "finding": "60 per cent."}, {**MET, "at": "2026"}]
)
def test_what_came_of_it_has_to_be_told_by_the_log(told: Any) -> None:
    (item,) = judged(row(), told=told)
    assert item == ("bad", "No log entry of the pack tells that a condition is met.")
