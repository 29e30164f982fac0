"""Waivers of a pack that was sealed with the right key and is untrue inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evidence.canonical import Json
from evidence.names import record_type
from tests.client import made_pack
from tests.client.conftest import Build
from tests.client.made_pack import MADE_AT, RELEASE, Draft, Object
from tests.client.test_untrue_packs import only

HUMAN_ID = "HARBOR-REL-2026-0001-W1"
ENDS = "2026-12-22T07:00:00.000000Z"
Spoil = Callable[[Object, Object], object]


def draft(spoil: Spoil | None = None, **predicate: Json) -> Draft:
    """The made pack with an approved waiver; `spoil` changes its row and the decision in it."""
    made = made_pack.draft()
    release: Json = {"id": RELEASE, "human_id": "HARBOR-REL-2026-0001"}
    covers: Json = {"release": release, "gate": "GATE_MONITORING", "criterion": None}
    body: Object = {
        "type": record_type("waiver"),
        "human_id": HUMAN_ID,
        "covers": covers,
        "starts_at": None,
        "expires_at": ENDS,
    }
    record = made.add_record(body)
    said: Object = {"action": "approve", "role": "compliance_reviewer", "comment": "", "signed_at": MADE_AT}
    statement, path = made.add_statement(
        record,
        "waiver-decision",
        {
            **said,
            "signer": {"id": "7", "printed_name": "Ada Ó Briain"},
            "meaning": {"id": "waiver", "version": 1, "text": "I accept it."},
            "waiver": HUMAN_ID,
            "record": record,
            **predicate,
        },
    )
    decision: Object = {
        **said,
        "statement": statement,
        "envelope": path,
        "signer": "7",
        "printed_name": "Ada Ó Briain",
        "meaning": "I accept it.",
    }
    row: Object = {
        "human_id": HUMAN_ID,
        "record": record,
        "gate": "GATE_MONITORING",
        "criterion": None,
        "starts_at": None,
        "expires_at": ENDS,
        "decision": decision,
    }
    if spoil is not None:
        spoil(row, decision)
    made.record["waivers"] = [row]
    made.record["files"] = [made_pack.listed(file) for file in made.files]
    return made


def test_a_true_waiver_is_no_fault(faults: Build) -> None:
    assert faults(made_pack.content(draft())) == ()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda row, _: row.update(expires_at=MADE_AT), "another expires_at than the record"),
        (lambda row, _: row.update(gate="GATE_ROLLBACK"), "another gate than the record"),
        (lambda _, decision: decision.update(printed_name="Noor"), "another printed_name than the statement"),
        (lambda _, decision: decision.update(action="reject"), "another action than the statement"),
        (lambda _, decision: decision.update(comment="Until May."), "another comment than the statement"),
        (lambda row, _: row.update(decision=None), "does not list this statement among its waivers"),
    ],
)
def test_what_the_record_says_of_it_is_what_was_signed(
    faults: Build,
    spoil: Spoil,
    said: str,
) -> None:
    assert said in only(faults(made_pack.content(draft(spoil))))


def test_a_statement_about_another_waiver_approves_nothing(faults: Build) -> None:
    made = draft(waiver="HARBOR-REL-2026-0001-W2")
    assert "names another waiver" in only(faults(made_pack.content(made)))


def test_a_waiver_of_another_release_is_none(faults: Build) -> None:
    made = draft()
    other: Any = made.record["release"]
    made.record["release"] = {**other, "id": "0193a5f0-0000-7000-8000-0000000000ff"}
    assert any("another release" in item.reason for item in faults(made_pack.content(made)))


def test_a_revision_rests_on_no_waiver_that_nobody_approved(faults: Build) -> None:
    made = made_pack.draft(waived=True)
    assert any("which nobody approved" in item.reason for item in faults(made_pack.content(made)))
