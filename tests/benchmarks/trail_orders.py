"""How the audit trail of a large log is read inside a process of the installation, through its views."""

from __future__ import annotations

import os
import statistics
import time
from functools import cache
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evidence.models import LedgerEntry
from registry.access.roles import Permission
from registry.containers import container_of
from tests.flows.orders import order, world
from tests.flows.processes import peak_of

READER = "ines"
"""Who submits reads the trail, too, and may have a token."""


@order
def facts_of_trail(share: float) -> dict[str, Any]:
    """A subject, and id and time of the entry that has this share of the project's entries before it."""
    entries = LedgerEntry.objects.filter(container=container_of(world().project.pk)).order_by("pk")
    count = entries.count()
    found = entries[round(share * count)]
    return {"entries": count, "id": str(found.pk), "at": found.at.isoformat(), "subject": found.subject}


@order
def time_page(path: str, query: dict[str, str], times: int) -> dict[str, float]:
    """Milliseconds of one page (median), and how many queries it takes."""
    _get(path, query)  # signs in and warms up
    with CaptureQueriesContext(connection) as captured:
        _get(path, query)
        queries = len(captured)
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        _get(path, query)
        seconds.append(time.perf_counter() - began)
    return {"ms": statistics.median(seconds) * 1000, "queries": queries}


@order
def time_export(path: str, since: str) -> dict[str, float]:
    """Read an export line by line; ask a new process, since the peak is that of its whole life."""
    _client()
    before = peak_of(os.getpid())
    began, used = time.perf_counter(), time.process_time()
    lines = size = 0
    for line in _get(path, {"since": since}).streaming_content:
        lines += 1
        size += len(line)
    return {
        "lines": lines,
        "bytes": size,
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - used,
        "grew": peak_of(os.getpid()) - before,
    }


@cache
def _client() -> tuple[Client, dict[str, str]]:
    """A reader's browser, and the headers of the reader's token for the API."""
    client = Client()
    client.force_login(world().cast[READER])
    bearer = world().cast.token(READER, Permission.AUDIT_READ)
    return client, {"Authorization": f"Bearer {bearer}"}


def _get(path: str, query: dict[str, str]) -> Any:
    browser, headers = _client()
    is_api = path.startswith("/api/")
    client = Client() if is_api else browser
    answer = client.get(path, query, headers={"Host": "localhost", **(headers if is_api else {})})
    assert answer.status_code == 200, (answer.status_code, path, query)
    return answer
