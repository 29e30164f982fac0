"""End signatures: they stay stored and valid, and stop counting, visibly, with what differs now."""

from __future__ import annotations

from approvals import manifest
from approvals.events import ApprovalEvent
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
    revision.stages.filter(state__in=[StageState.SIGNED, StageState.OPEN, StageState.DECLINED]).update(
        state=StageState.INVALIDATED, closed_at=moment
    )
    return len(standing)
