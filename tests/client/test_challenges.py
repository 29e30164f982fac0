"""The challenge log of a record against the log: nothing changed, left out or made up."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from benchseal.verify import challenges
from benchseal.verify.report import Flaw

ASKED_AT, SAID_AT, CLOSED_AT = (f"2026-02-0{day}T08:00:00.000000Z" for day in (1, 2, 3))
ROW: dict[str, Any] = {
    "number": 1,
    "asked_at": ASKED_AT,
    "text": "Why are there no handwritten notes?",
    "replies": [{"number": 1, "kind": "answer", "text": "They are transcribed.", "at": SAID_AT}],
    "closing": {"outcome": "satisfied", "reason": "", "by": "Maren Example", "at": CLOSED_AT},
}
TOLD: dict[str, Any] = {
    "e1": {"new": {"asked_at": ASKED_AT, "wants_evidence": False}, "reason": ROW["text"]},
    "e2": {"new": {"kind": "answer", "record_name": "", "at": SAID_AT}, "reason": "They are transcribed."},
    "e3": {"new": {"outcome": "satisfied", "closed_at": CLOSED_AT}, "reason": ""},
    "e4": {"new": {"state": "approved"}, "reason": ""},
}


class Shown:
    """As much of a pack as the check reads."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = {"scope": "release"} | record


def judged(record: dict[str, Any], told: dict[str, Any] = TOLD) -> list[tuple[str, str]]:
    pack: Any = Shown(record)
    return [(str(item.state), item.reason) for item in challenges.check(pack, told)]


def test_what_was_told_holds() -> None:
    assert judged({"challenges": [ROW]}) == [("ok", "Closed: satisfied.")]


def test_an_open_question_is_open() -> None:
    row = ROW | {"replies": [], "closing": None}
    assert judged({"challenges": [row]}, {"e1": TOLD["e1"]}) == [("ok", "Open.")]


def test_a_record_of_a_version_without_questions_says_nothing() -> None:
    assert judged({}, {"e4": TOLD["e4"]}) == []


def test_packs_of_other_scopes_hold_entries_and_no_threads() -> None:
    assert judged({"scope": "period"}) == []


def unlisted(record: dict[str, Any]) -> None:
    del record["challenges"]


def left_out(record: dict[str, Any]) -> None:
    record["challenges"] = []


def reworded(record: dict[str, Any]) -> None:
    record["challenges"][0]["text"] = "Is all well?"


def unanswered(record: dict[str, Any]) -> None:
    record["challenges"][0]["replies"] = []


def opened_again(record: dict[str, Any]) -> None:
    record["challenges"][0]["closing"] = None


def withdrawn(record: dict[str, Any]) -> None:
    record["challenges"][0]["closing"]["outcome"] = "withdrawn"


@pytest.mark.parametrize("change", [unlisted, left_out, reworded, unanswered, opened_again, withdrawn])
def test_what_the_log_tells_is_not_left_out_or_changed(change: Callable[[dict[str, Any]], None]) -> None:
    record = {"challenges": [copy.deepcopy(ROW)]}
    change(record)
    with pytest.raises(Flaw, match="leaves out or changes a"):
        judged(record)


def test_what_the_log_does_not_tell_is_made_up() -> None:
    made_up = ROW["replies"] + [{"number": 2, "kind": "answer", "text": "All is well.", "at": CLOSED_AT}]
    (item,) = judged({"challenges": [ROW | {"replies": made_up}]})
    assert item == ("bad", "No log entry of the pack tells of this reply (answer) in these words.")
