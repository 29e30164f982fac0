"""How long a pack takes, against the time that rendering its document takes alone."""

from __future__ import annotations

import statistics
from typing import Final

from tests.benchmarks.ground import fresh
from tests.benchmarks.reporting import report

RUNS: Final = (1, 10, 100, 1000)
ROUNDS: Final = 3
MANY: Final = 100
"""From here on one round is measured."""


def main() -> None:
    """Packs of one release each, built in one process."""
    rows = []
    with fresh() as ground:
        for runs in RUNS:
            release = ground.child.ask("release_with_runs", runs=runs)
            found = [
                ground.child.ask("time_pack", release=release) for _ in range(ROUNDS if runs < MANY else 1)
            ]
            seconds = statistics.median(one["seconds"] for one in found)
            render = statistics.median(one["render"] for one in found)
            rows.append(
                {
                    "runs": runs,
                    "pages": round(found[-1]["pages"]),
                    "kB": round(found[-1]["bytes"] / 1000),
                    "pack s": round(seconds, 2),
                    "rendering s": round(render, 2),
                    "all else s": round(seconds - render, 2),
                    "pack / rendering": round(seconds / render, 2),
                    "rendering ms a page": round(1000 * render / found[-1]["pages"]),
                    "renderer MiB": round(max(one["renderer"] for one in found) / 1024),
                    "worker grew by MiB": round(max(one["grew"] for one in found) / 1024),
                }
            )
    report("packs", "Packs: read, render, sign, stamp, seal, zip, issue; rendering alone beside it", rows)


if __name__ == "__main__":
    main()
