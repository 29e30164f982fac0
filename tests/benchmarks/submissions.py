"""How long a submission takes through the real server, for 1, 4 and 8 clients; how fast runs are admitted."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Final

from tests.benchmarks.ground import Ground, fresh
from tests.benchmarks.reporting import milliseconds, percentile, report
from tests.flows.processes import Server, wait_for

CLIENTS: Final = (1, 4, 8)
EACH: Final = 240
PATH: Final = "/api/v1/projects/HARBOR/submissions"


def main() -> None:
    """Post documents whose files are there, without a worker; then let one worker read them all."""
    with fresh() as ground:
        server = ground.installation.server()
        headers = {"Authorization": f"Bearer {ground.child.ask('token', account='ines')}"}
        content = ground.child.ask("submission_content", items=400)
        post_some(server, headers, content, names=[f"warm-{number}" for number in range(40)])
        rows = [measured(server, headers, content, clients) for clients in CLIENTS]
        admitted = admission(ground)
    report(
        "submissions", "Submissions received: POST, 2 x 4 threads, token, SQLite with synchronous=FULL", rows
    )
    report("admissions", "Runs admitted by one worker of 2 threads, 400 items each", [admitted])


def admission(ground: Ground) -> Mapping[str, float]:
    """Start a worker and wait until every submission is decided."""
    waiting = ground.child.ask("undecided")
    began = time.perf_counter()
    ground.installation.worker()
    wait_for(lambda: ground.child.ask("undecided") < waiting, seconds=60, every=0.02)
    first = time.perf_counter()
    wait_for(lambda: ground.child.ask("undecided") == 0, seconds=600, every=0.2)
    seconds = time.perf_counter() - first
    return {
        "runs": waiting,
        "s to the first": round(first - began, 1),
        "runs per second": round((waiting - 1) / seconds, 1),
    }


def measured(
    server: Server, headers: dict[str, str], content: dict[str, Any], clients: int
) -> Mapping[str, float]:
    """One line of the table: `EACH` requests, shared by the clients."""
    share = EACH // clients
    names = [[f"{clients}-{client}-{number}" for number in range(share)] for client in range(clients)]
    used, began = server.processor_seconds(), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        found = list(pool.map(lambda mine: post_some(server, headers, content, names=mine), names))
    seconds = time.perf_counter() - began
    used = server.processor_seconds() - used
    times = [taken for some in found for taken in some]
    return {
        "clients": clients,
        "requests": len(times),
        "p50 ms": milliseconds(percentile(times, 50)),
        "p95 ms": milliseconds(percentile(times, 95)),
        "per second": round(len(times) / seconds, 1),
        "server processor ms each": milliseconds(used / len(times)),
    }


def post_some(
    server: Server, headers: dict[str, str], content: dict[str, Any], *, names: list[str]
) -> list[float]:
    """Post one document for each external id on one connection; seconds of each."""
    times = []
    with closing(server.connection()) as connection:
        for name in names:
            body = json.dumps(content | {"external_id": name}).encode()
            began = time.perf_counter()
            status = _post(connection, headers, body)
            times.append(time.perf_counter() - began)
            assert status == http.client.ACCEPTED, status
    return times


def _post(connection: http.client.HTTPConnection, headers: dict[str, str], body: bytes) -> int:
    connection.request("POST", PATH, body=body, headers={**headers, "Content-Type": "application/json"})
    with connection.getresponse() as response:
        response.read()
        return response.status


if __name__ == "__main__":
    main()
