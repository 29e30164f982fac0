"""A migration that rebuilds an insert-only table on SQLite: its triggers go, and are missed or come back."""

from __future__ import annotations

import pytest

from tests.flows.processes import Child

pytestmark = pytest.mark.slow

GONE = {
    f"evidence.E001 Trigger evidence_ledgerentry_no_{verb} of the insert-only table evidence_ledgerentry"
    " is missing or changed."
    for verb in ("delete", "replace", "update")
}


def test_triggers_that_a_rebuilt_table_lost_are_reported(observer: Child) -> None:
    assert observer.ask("protected_tables") > 5
    assert observer.ask("trigger_checks") == []
    observer.ask("rebuild_table", protect=False)
    assert set(observer.ask("trigger_checks")) == GONE
    assert [fault for fault in observer.ask("faults") if "trigger" in fault] == [
        f"table evidence_ledgerentry: trigger evidence_ledgerentry_no_{verb} is missing or changed"
        for verb in ("delete", "replace", "update")
    ]


def test_a_rebuild_that_ends_with_protect_keeps_the_table_insert_only(observer: Child) -> None:
    observer.ask("rebuild_table", protect=True)
    assert observer.ask("trigger_checks") == []
    assert observer.ask("faults") == []
