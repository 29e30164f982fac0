"""What share of a submission its ledger entry takes, without HTTP."""

from __future__ import annotations

from typing import Final

from tests.benchmarks.ground import fresh
from tests.benchmarks.reporting import report

SUBMISSIONS: Final = 300


def main() -> None:
    """Receive submissions in one process."""
    with fresh() as ground:
        ground.child.ask("time_ledger", submissions=30, prefix="warm")
        found = ground.child.ask("time_ledger", submissions=SUBMISSIONS, prefix="measured")
    row = {
        "submissions": SUBMISSIONS,
        "received p50 ms": round(found["whole"], 2),
        "entry p50 ms": round(found["entry"], 2),
        "share %": round(100 * found["entry"] / found["whole"], 1),
    }
    report("ledger", "A ledger entry as a share of receiving a submission, commit included", [row])


if __name__ == "__main__":
    main()
