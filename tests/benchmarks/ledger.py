"""What the log costs: an entry in its step, sealing, proofs and verification, up to a million entries.

`python -m tests.benchmarks.ledger --entries 50000` builds a smaller log. Other tests beside it make the
times longer, so rates of one process are given by processor time, too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import Any, Final

from tests.benchmarks import trail
from tests.benchmarks.ground import ORDERS, Ground, fresh
from tests.benchmarks.reporting import report

ENTRIES: Final = 1_000_000
TENTHS: Final = 10
SHOWN: Final = (1, 5, 10)
SUBMISSIONS: Final = 300
PROOFS: Final = 200
HASHED: Final = 100_000
MIB: Final = 1024 * 1024

Found = Mapping[str, Any]
Row = dict[str, str | int | float]


def main() -> None:
    """One log that grows by tenths; the trail is read when it is whole."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=ENTRIES, help="how long the log becomes")
    entries = options.parse_known_args()[0].entries
    with fresh() as ground:
        shares = [share(ground, "small", 0)]
        seals, verified = grow(ground, entries)
        shares.append(share(ground, "large", entries))
        made = [proofs(ground, kind) for kind in ("inclusion", "consistency")]
        verified[-1] |= whole_command(ground)
        read = trail.pages(ground)
        exported = trail.exports(ground)
    report("ledger", "A ledger entry as a share of receiving a submission, commit included", shares)
    report("sealing", "Sealing, tenth by tenth of the log, in batches of 1,000", seals)
    report("proofs", "Proofs at the size of the log, each checked; rows are the most that one read", made)
    report("verification", "Recomputing the log, against a bare loop of SHA-256 over its leaves", verified)
    report("trail", "The audit trail through API and page: first page, and one with a tenth before it", read)
    report("export", "The newest entries of the trail as JSON Lines, by the view without a network", exported)


def share(ground: Ground, prefix: str, entries: int) -> Row:
    """Receive submissions in one process: what part of each its entry is."""
    ground.child.ask("time_ledger", submissions=30, prefix=f"{prefix}-warm")
    found = ground.child.ask("time_ledger", submissions=SUBMISSIONS, prefix=prefix)
    return {
        "made entries before": entries,
        "submissions": SUBMISSIONS,
        "received p50 ms": round(found["whole"], 2),
        "entry p50 ms": round(found["entry"], 2),
        "share %": round(100 * found["entry"] / found["whole"], 1),
    }


def grow(ground: Ground, entries: int) -> tuple[list[Row], list[Row]]:
    """Seal tenth by tenth; verify after the first and the last."""
    seals: list[Row] = []
    verified: list[Row] = []
    for tenth in range(1, TENTHS + 1):
        count = entries // TENTHS
        ground.child.ask("insert_entries", first=(tenth - 1) * count, count=count, total=entries)
        found = ground.child.ask("seal_all")
        if tenth in SHOWN:
            seals.append(sealed(tenth, found))
        if tenth in (1, TENTHS):
            verified.append(verification(ground))
    return seals, verified


def sealed(tenth: int, found: Found) -> Row:
    """One line of the table."""
    return {
        "tenth": tenth,
        "entries": found["entries"],
        "entries/s": round(found["entries"] / found["seconds"]),
        "entries/s of processor": round(found["entries"] / found["processor"]),
    }


def proofs(ground: Ground, kind: str) -> Row:
    """Proofs at places chosen by chance."""
    found = ground.child.ask(f"time_{kind}", proofs_made=PROOFS)
    return {
        "proof": kind,
        "leaves": found["leaves"],
        "proofs": found["proofs"],
        "p50 ms": round(found["ms"], 2),
        "rows at most": found["rows"],
    }


def verification(ground: Ground) -> Row:
    """Recompute the log in a new process, then hash leaves in another."""
    found = ground.installation.child(ORDERS).ask("verify_log")
    bare = ground.installation.child(ORDERS).ask("time_hashing", leaves=HASHED)
    rate, bare_rate = found["entries"] / found["processor"], bare["leaves"] / bare["processor"]
    return {
        "entries": found["entries"],
        "faults": found["faults"],
        "entries/s": round(found["entries"] / found["seconds"]),
        "entries/s of processor": round(rate),
        "bare SHA-256/s": round(bare_rate),
        "bare / log": round(bare_rate / rate, 1),
        "grew by MiB": round(found["grew"] / MIB, 1),
        "whole command s": "",
    }


def whole_command(ground: Ground) -> Row:
    """`verify_ledger` as users run it: also records, places of entries and rows against entries."""
    began = time.perf_counter()
    ground.installation.manage("verify_ledger")
    return {"whole command s": round(time.perf_counter() - began, 1)}


if __name__ == "__main__":
    main()
