"""What benchmarks measure inside a process of the installation, beside the orders of the flow tests."""

from __future__ import annotations

import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from django.conf import settings

from approvals import dossier, linking, pack_requests, releases
from approvals.models import Pack, Release
from evidence import jobs, ledger
from evidence.models import Job
from evidence.rendering import render_pdf
from registry import intake
from registry.models import Submission
from tests import releases as made
from tests import world as worlds
from tests.benchmarks import log_orders, trail_orders
from tests.flows.orders import ORDERS, TIERS, new_place, order, world

__all__ = ["ORDERS", "log_orders", "trail_orders"]

T = TypeVar("T")


@order
def release_with_runs(runs: int) -> str:
    """A submitted release that rests on this many private runs."""
    release = made.draft(world(), answers=TIERS["low"], deployment=new_place())
    made.link_all(world(), release)
    for number in range(1, runs):
        run = worlds.admit_run(world(), k=352 - number % 9)
        linking.link(release, run, slot="private_evaluation", principal=world().engineer)
    releases.submit(release, principal=world().engineer)
    return str(release.pk)


@order
def time_pack(release: str) -> dict[str, float]:
    """Seconds to build and issue one pack and to render its document alone; peaks of memory in KiB.

    The peak of the renderer is that of the largest child so far: measure small packs first.
    """
    row = Release.objects.select_related("project").get(pk=release)
    ruth = world().cast.principal("ruth")
    pack = pack_requests.request_pack(row, include_private=False, principal=ruth)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    with jobs.taken(str(pack.job_id)) as lease:
        assert lease is not None
        dossier.seal_pack(lease)
    seconds = time.perf_counter() - began
    pack.refresh_from_db()
    assert pack.blob is not None, pack.job
    return {
        "seconds": seconds,
        "render": _render_alone(pack),
        "pages": float(pack.pages or 0),
        "bytes": float(pack.blob.size),
        "renderer": float(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss),
        "grew": float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before),
    }


@order
def time_ledger(submissions: int, prefix: str) -> dict[str, float]:
    """Milliseconds of one received submission, and of the ledger entry in it, medians."""
    content = worlds.content(world())
    whole: list[float] = []
    entries: list[float] = []
    with mock.patch("registry.intake.ledger.append", timed(ledger.append, entries)):
        for number in range(submissions):
            body = json.dumps(content | {"external_id": f"{prefix}-{number}"}).encode()
            began = time.perf_counter()
            intake.receive(project=world().project, body=body, principal=world().engineer)
            whole.append(time.perf_counter() - began)
    return {"whole": statistics.median(whole) * 1000, "entry": statistics.median(entries) * 1000}


def timed(step: Callable[..., T], seconds: list[float]) -> Callable[..., T]:
    """The step, which notes how long each call takes."""

    def noting(*arguments: Any, **named: Any) -> T:
        began = time.perf_counter()
        result = step(*arguments, **named)
        seconds.append(time.perf_counter() - began)
        return result

    return noting


@order
def undecided() -> int:
    """How many submissions no worker has decided."""
    return Submission.objects.filter(decided_at__isnull=True).count()


def _render_alone(pack: Pack) -> float:
    assert pack.job is not None
    content = dossier.content_of(pack, _Silent(pack.job))  # type: ignore[arg-type]  # reason: only progress is asked of it
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as name:
        began = time.perf_counter()
        render_pdf(
            content.html,
            attachments={"record.json": content.record},
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            identifier=str(pack.pk),
            working_in=Path(name),
        )
        return time.perf_counter() - began


class _Silent:
    """A lease of which only the job is needed."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def progress(self, done: int, total: int, text: str) -> None:
        """Nobody waits."""
