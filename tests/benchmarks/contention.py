"""Four clients upload and submit while a worker builds a pack, on one SQLite file: nobody is locked out."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import Counter
from contextlib import closing
from typing import Any, Final

from tests.benchmarks.ground import Ground, fresh
from tests.benchmarks.reporting import milliseconds, percentile, report
from tests.benchmarks.submissions import post_some
from tests.flows.processes import Server, wait_for

UPLOADERS: Final = 4
FILE_BYTES: Final = 4 * 1024 * 1024
AT_LEAST_SECONDS: Final = 20.0


def main() -> None:
    """Until the pack is issued, and for twenty seconds at least."""
    statuses: Counter[int] = Counter()
    times: list[float] = []
    with fresh() as ground:
        release = ground.child.ask("release_with_runs", runs=10)
        headers = {"Authorization": f"Bearer {ground.child.ask('token', account='ines')}"}
        content = ground.child.ask("submission_content", items=400)
        server = ground.installation.server()
        ground.installation.worker()
        over = threading.Event()
        threads = [
            threading.Thread(target=send, args=(number, server, headers, content, over, statuses, times))
            for number in range(UPLOADERS)
        ]
        for thread in threads:
            thread.start()
        seconds = pack(ground, release)
        time.sleep(max(0.0, AT_LEAST_SECONDS - seconds))
        over.set()
        for thread in threads:
            thread.join()
        faults = ground.child.ask("faults")
        locked = ground.log.getvalue().count("locked")
    refused = sum(count for status, count in statuses.items() if status not in (200, 201, 202))
    row = {
        "uploads": statuses[201],
        "submissions": statuses[202],
        "other answers": refused,
        "'locked' in the logs": locked,
        "pair p50 ms": milliseconds(percentile(times, 50)),
        "pair p95 ms": milliseconds(percentile(times, 95)),
        "pack s": round(seconds, 1),
        "faults of the log": len(faults),
    }
    report(
        "contention",
        "Four clients, each an upload of 4 MiB and a submission in turn, beside a pack of 10 runs",
        [row],
    )


def pack(ground: Ground, release: str) -> float:
    """Seconds from asking for a pack until it is issued."""
    began = time.perf_counter()
    asked = ground.child.ask("ask_for_pack", release=release)
    wait_for(
        lambda: ground.child.ask("job_facts", job=asked["job"])["state"] == "done", seconds=300, every=0.2
    )
    return time.perf_counter() - began


def send(
    number: int,
    server: Server,
    headers: dict[str, str],
    content: dict[str, Any],
    over: threading.Event,
    statuses: Counter[int],
    times: list[float],
) -> None:
    """Upload a new file and post a submission until it is over."""
    turn = 0
    while not over.is_set():
        body = os.urandom(FILE_BYTES)
        began = time.perf_counter()
        statuses[_put(server, headers, body)] += 1
        try:
            post_some(server, headers, content, names=[f"beside-{number}-{turn}"])
            statuses[202] += 1
        except AssertionError as other:
            statuses[int(str(other))] += 1
        times.append(time.perf_counter() - began)
        turn += 1


def _put(server: Server, headers: dict[str, str], body: bytes) -> int:
    digest = hashlib.sha256(body).hexdigest()
    with closing(server.connection()) as connection:
        connection.request(
            "PUT", f"/api/v1/projects/HARBOR/artifacts/sha256:{digest}", body=body, headers=headers
        )
        with connection.getresponse() as response:
            response.read()
            return response.status


if __name__ == "__main__":
    main()
