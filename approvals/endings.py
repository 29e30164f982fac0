"""End signatures: they stay stored and valid, and stop counting, visibly, with what differs now."""

from __future__ import annotations

from datetime import datetime

from approvals import manifest
from approvals.events import ApprovalEvent
from approvals.holding import tell
from approvals.manifest import Manifest
from approvals.models import ReleaseRevision, Signature, SignatureEnd
from approvals.models.signatures import StageState
from evidence import clock, ledger, records
from evidence.actors import Actor
from evidence.canonical import utc_text
from registry.containers import container_of


def end_signatures(revision: ReleaseRevision, now: Manifest, *, reason: str, actor: Actor) -> int:
    """End every standing signature of a revision and close its stages; return how many ended."""
    moment = clock.now()
    diff = manifest.diff(records.load(revision.manifest_id), now.body)
    standing = list(
        Signature.objects.filter(stage__revision=revision, end__isnull=True).select_related("stage")
    )
    for signature in standing:
        SignatureEnd.objects.create(
            signature=signature, ended_at=moment, reason=reason, manifest_digest=now.digest, diff=diff
        )
        note = ledger.Note(
            reason=reason,
            old={"manifest": revision.manifest_id, "stage": signature.stage.code},
            new={"manifest": now.digest, "diff": diff, "ended_at": utc_text(moment)},
            statement=signature.statement_id,
        )
        ledger.append(
            ApprovalEvent.SIGNATURE_STOPPED,
            f"release:{revision.release_id}",
            actor=actor,
            container=container_of(revision.release.project_id),
            note=note,
        )
    _end_stages(revision, moment, reason=reason, actor=actor)
    return len(standing)


def _end_stages(revision: ReleaseRevision, moment: datetime, *, reason: str, actor: Actor) -> None:
    rows = revision.stages.filter(state__in=[StageState.SIGNED, StageState.OPEN, StageState.DECLINED])
    codes = sorted(rows.values_list("code", flat=True))
    if not codes:
        return
    rows.update(state=StageState.INVALIDATED, closed_at=moment)
    new = {"revision": revision.number, "stages": codes, "closed_at": utc_text(moment)}
    tell(ApprovalEvent.STAGES_ENDED, revision.release, actor, reason=reason, new=new)
