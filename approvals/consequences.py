"""What a change of evidence does to signatures (T10): those that no longer fit stop counting, visibly.

Called by `registry.consequences` in the transaction of the change, never by a signal.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Final

from django.db import models
from django.db.models import Q

from approvals import emergency, states
from approvals.assessment import Assessment, assess
from approvals.endings import end_signatures
from approvals.events import ApprovalEvent
from approvals.holding import current_revision, lock, move, tell
from approvals.ledger_facts import of_dates
from approvals.models import Release, ReleaseRevision
from approvals.models.releases import Purpose
from approvals.revisions import Occasion, freeze
from approvals.states import EDITABLE, LIVE, SIGNED_STATES, Action, State
from evidence.actors import Actor
from registry.access.principals import Principal
from registry.models import (
    BenchmarkVersion,
    CriteriaSet,
    DatasetVersion,
    MetricDefinition,
    ModelVersion,
    MonitoringSignal,
    RollbackArtifact,
    Run,
)

WATCHED = sorted(SIGNED_STATES | LIVE)
CONTESTED = sorted(SIGNED_STATES | LIVE | EDITABLE)
"""States to look at under the lock: a draft may be submitted while its evidence is voided."""


def recheck_releases(row: models.Model, *, reason: str, actor: Actor) -> None:
    """Recheck every release that rests on this run or record, in the caller's transaction."""
    affected = Release.objects.filter(state__in=CONTESTED).filter(_relies_on(row)).distinct().order_by("pk")
    for release in affected:
        recheck(release, reason=reason, actor=actor)


def recheck(release: Release, *, reason: str, actor: Actor) -> bool:
    """Compare the manifest as it would be now with the signed one; True when signatures stopped counting."""
    release = lock(release)
    revision = current_revision(release)
    if revision is None or release.state not in WATCHED:
        return False
    found = assess(release)
    if found.manifest.digest == revision.manifest_id:
        return False
    end_signatures(revision, found.manifest, reason=reason, actor=actor)
    if release.state in LIVE:
        _live(release, found, reason=reason, actor=actor)
    else:
        _reopen(release, revision, reason=reason, actor=actor)
    return True


def _reopen(release: Release, before: ReleaseRevision, *, reason: str, actor: Actor) -> None:
    to = states.after(release.state, Action.REOPEN)
    release.revision += 1
    release.approved_at = release.valid_until = release.review_at = None
    responsible = Principal(user=release.opened_by, channel=actor.channel, request_id=actor.request_id)
    new = {"state": str(to), "revision": release.revision, **of_dates(release)}
    tell(ApprovalEvent.RELEASE_REOPENED, release, actor, reason=reason, old={"state": release.state}, new=new)
    freeze(release, assess(release), _again(before, reason), to=to, principal=responsible)


def _again(before: ReleaseRevision, reason: str) -> Occasion:
    """An emergency stays one; its cause is the change that made it be signed again."""
    if before.purpose == Purpose.REVIEW:
        return Occasion(cause=reason)
    return Occasion(
        purpose=Purpose(before.purpose), cause=before.cause, incident=before.incident, hours=before.hours
    )


def _live(release: Release, found: Assessment, *, reason: str, actor: Actor) -> None:
    if release.state == State.SUSPENDED:
        return
    blocking = emergency.against(found) if release.state == State.EMERGENCY_RELEASED else found.blocking
    action = Action.SUSPEND_ON_EVIDENCE if blocking else Action.REVIEW_AGAIN
    event = ApprovalEvent.RELEASE_SUSPENDED if blocking else ApprovalEvent.REVIEW_REQUIRED
    move(release, states.after(release.state, action))
    tell(event, release, actor, reason=reason, new={"gates": [gate.code for gate in blocking]})


def _relies_on(row: models.Model) -> Q:
    path = _PATHS.get(type(row))
    if path is None:
        return Q(pk__in=[])
    prefixes, fields = path
    same = [_same(row, prefix, fields) for prefix in prefixes]
    standing = Q(links__unlinked_at__isnull=True) if prefixes[0].startswith("links") else Q()
    return standing & reduce(or_, same)


def _same(row: models.Model, prefix: str, fields: dict[str, str]) -> Q:
    return Q(**{f"{prefix}{name}": getattr(row, field) for name, field in fields.items()})


_PATHS: Final[dict[type[models.Model], tuple[tuple[str, ...], dict[str, str]]]] = {
    Run: (("links__",), {"run": "pk"}),
    DatasetVersion: (
        ("links__run__dataset_version__", "links__dataset__"),
        {"dataset": "dataset_id", "version": "version"},
    ),
    BenchmarkVersion: (
        ("links__run__benchmark_version__",),
        {"benchmark": "benchmark_id", "version": "version"},
    ),
    ModelVersion: (("model_version__",), {"model": "model_id", "version": "version"}),
    RollbackArtifact: (("links__rollback__",), {"project": "project_id", "name": "name"}),
    MonitoringSignal: (("links__signal__",), {"project": "project_id", "name": "name"}),
    CriteriaSet: (("criteria__",), {"project": "project_id", "name": "name"}),
    MetricDefinition: (("criteria__",), {"project": "project_id"}),
}
"""Which releases rest on a row: lookup prefixes from a release, and the fields that must be the same."""
