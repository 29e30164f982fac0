"""Diffs, reports, tiers, buttons and queue rows: what stored facts say, in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from approvals.presentation import diffs
from approvals.presentation.actions import StageRefusal, offers
from approvals.presentation.diffs import Names, RunName
from approvals.presentation.labels import listed
from approvals.presentation.tiers import explain
from approvals.presentation.timeline import Entry, timeline
from approvals.presentation.verification import report_rows
from approvals.states import Action
from registry.access.roles import ROLE_PERMISSIONS, Role, role_words
from registry.models import User

OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def change(section: str, key: str, signed: str | None, now: str | None, slot: str = "x") -> dict[str, Any]:
    return {"section": section, "slot": slot, "id": key, "signed": signed, "now": now}


def test_a_run_that_fell_is_named_with_what_became_of_it() -> None:
    names = Names(runs={"1": RunName("HARBOR-RUN-2026-0001", "void: wrong file")})
    row = diffs.rows([change("evidence", "1", OLD, None, "private_evaluation")], names)[0]
    assert (row.what, row.signed, row.now) == (
        "HARBOR-RUN-2026-0001",
        "private evaluation",
        "void: wrong file",
    )
    assert row.signed_digest == OLD


def test_a_run_that_cannot_be_named_is_still_shown() -> None:
    assert diffs.rows([change("evidence", "1", None, NEW)], Names())[0].what == "Run 1"


def test_a_changed_record_is_shown_field_by_field_without_what_always_differs() -> None:
    signed = {"type": "t", "id": "1", "revision": 1, "created_at": "x", "relevance": "Notes", "split": "test"}
    now = {**signed, "id": "2", "revision": 2, "created_at": "y", "relevance": "Letters"}
    names = Names(records={OLD: signed, NEW: now})
    rows = diffs.rows([change("datasets", "notes/1", OLD, NEW, "dataset")], names)
    assert [(row.what, row.signed, row.now) for row in rows] == [
        ("Dataset notes/1", "revision 1", "revision 2"),
        ("Relevance", "Notes", "Letters"),
    ]


def test_criteria_are_compared_as_rules_and_long_values_say_their_length() -> None:
    rule = {"metric": "pass rate", "statistic": "point", "operator": ">=", "threshold": "0.8", "slice": "es"}
    assert diffs.value_words([rule]) == "pass rate, es: Measured value at least 0.8"
    assert diffs.value_words("x" * 400).endswith("(400 characters)")
    assert diffs.value_words(None) == "nothing"


def report(verdict: str, *states: str) -> dict[str, Any]:
    items = [
        {
            "section": "bag",
            "name": f"data/{n}",
            "state": state,
            "reason": f"data/{n} was read",
            "meaning": "M",
        }
        for n, state in enumerate(states)
    ]
    return {"verdict": verdict, "items": items, "pack": {"human_id": "P", "made_at": "2026-11-22T09:05:42Z"}}


@pytest.mark.parametrize(
    ("verdict", "kind", "heading"),
    [
        ("genuine", "pass", "Intact, and issued by HarborSure"),
        ("broken", "fail", "Not intact. Do not rely on this copy."),
        ("origin_not_proved", "flag", "Intact; who issued it is not proved"),
    ],
)
def test_each_verdict_has_its_words(verdict: str, kind: str, heading: str) -> None:
    rows = report_rows(report(verdict, "ok"), operator="HarborSure")
    assert (rows.kind, rows.heading) == (kind, heading)
    assert ("Made", "22 Nov 2026, 09:05:42 UTC") in rows.said


def test_a_check_shows_its_worst_item_and_names_every_fault_up_to_five() -> None:
    rows = report_rows(report("broken", "ok", *["bad"] * 7), operator="x")
    section = rows.sections[0]
    assert (section.kind, section.word, section.name) == ("fail", "Differs", "1 Bag")
    assert section.found[0] == "1 of 8 hold"
    assert section.found[-1] == "and 2 more"
    assert rows.counts == "8 items: 1 hold, 7 differ"
    assert len(rows.items) == 8


def test_a_tier_is_explained_by_the_answers_that_lead_to_it() -> None:
    found = explain({"reach": "rights_or_safety", "domain": "health"})
    assert found.label == "Critical"
    assert found.reasons[-1] == "Health decisions that reach rights or safety of persons: Critical."
    assert [stage.quorum for stage in found.stages if stage.words.startswith("5")] == ["2 of 3"]
    assert explain({}).label == "Low"


def test_buttons_follow_the_table_and_say_what_is_in_the_way() -> None:
    reviewer = ROLE_PERMISSIONS[Role.COMPLIANCE_REVIEWER]
    urls = dict.fromkeys(Action, "/x")
    shown = offers(
        "in_review", reviewer, urls, user=User(), against=StageRefusal("Waiting for stage 4a Domain.")
    )
    said = {offer.action: offer.refusal for offer in shown}
    assert said == {
        "decline": "Waiting for stage 4a Domain.",
        "request_changes": "",
        "reject": "Waiting for stage 4a Domain.",
        "withdraw": "Only submitter and model owner can withdraw it.",
        "declare_emergency": "",
    }
    live = offers("released", reviewer, urls, user=User(), against=None)
    assert [offer.action for offer in live] == ["suspend"]
    validator = ROLE_PERMISSIONS[Role.VALIDATOR]
    assert "declare_emergency" not in {
        offer.action for offer in offers("in_review", validator, urls, user=User(), against=None)
    }
    auditor = ROLE_PERMISSIONS[Role.AUDITOR]
    assert offers("in_review", auditor, urls, user=User(), against=None) == ()
    powerful = offers("in_review", validator, urls, user=User(is_superuser=True), against=None)
    assert {offer.refusal for offer in powerful if offer.action != "withdraw"} == {
        "This account administers the whole installation, so it takes no part in a review."
    }


def test_words_are_joined_and_roles_keep_their_names() -> None:
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"
    assert listed([]) == ""
    assert role_words("finops_reviewer") == "FinOps reviewer"
    assert role_words("compliance_reviewer") == "compliance reviewer"


def test_a_moment_in_an_entry_is_said_as_people_read_it() -> None:
    new = {"revision": 1, "valid_until": "2027-02-20T09:28:05.219514Z"}
    at = datetime(2026, 11, 22, 9, 28, tzinfo=UTC)
    entry = Entry("release.approved", at, "cli", {"actor_name": "Ruth Adeyemi", "new": new}, 130)
    (line,) = timeline([entry])
    assert line.detail == "revision 1, valid until 20 Feb 2027, 09:28 UTC"
    assert line.who == "Ruth Adeyemi, by command line · ledger entry 130"


def test_a_timeline_says_what_people_look_for_and_leaves_digests_to_the_entry() -> None:
    at = datetime(2026, 11, 22, 9, 28, tzinfo=UTC)
    link = {"link": "01a2", "slot": "monitoring", "row": "01a3", "target": "refusals"}
    opened = {"human_id": "HARBOR-REL-2026-0003", "tier": "high", "policy_record": f"sha256:{'7' * 64}"}
    told: list[tuple[str, dict[str, Any]]] = [
        ("evidence.linked", {"new": link}),
        ("evidence.unlinked", {"old": link, "reason": "Wrong window"}),
        ("release.opened", {"new": opened}),
    ]
    lines = timeline(Entry(kind, at, "cli", payload, 1) for kind, payload in told)
    assert [line.detail for line in lines] == [
        "refusals, as monitoring",
        "refusals, as monitoring",
        "HARBOR-REL-2026-0003, tier high",
    ]
