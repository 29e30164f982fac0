"""Step 9: a pack that was asked for is composed from stored records, built, sealed and issued, once."""

from __future__ import annotations

import shutil
from typing import Any
from uuid import UUID

from django.conf import settings

from approvals import document, issuing, period_snapshot, record_parts, run_snapshot, snapshot
from approvals.annexes import annexes_of
from approvals.document_sections.papers import Papers
from approvals.models import Pack, PackScope
from approvals.pack_files import PackFiles
from approvals.period_trail import trail_of
from evidence import clock, document_levels, jobs, packs, records
from evidence.canonical import base64_text, utc_text
from evidence.errors import BenchsealError
from evidence.jobs import Lease
from evidence.models import Checkpoint, Job
from evidence.names import SOFTWARE, record_type
from evidence.packs import PackContent
from evidence.signing import KeyUse, active_key
from evidence.storage_room import room
from evidence.timestamps import time_authority


def seal_pack(lease: Lease) -> None:
    """Build and issue the pack of a job; a failure is told and stays readable on the job."""
    pack = Pack.objects.select_related("project__organisation", "requested_by").get(
        pk=lease.job.params["pack"]
    )
    staging = settings.STAGING_DIR / f"pack-{pack.pk}-{lease.token}"
    _clear_earlier(pack)
    try:
        with room():
            built = packs.build(content_of(pack, lease), staging, progress=lease.progress)
            issuing.issue(pack, built, lease)
    except jobs.LeaseLost:
        raise
    except BenchsealError as error:
        issuing.fail(pack, error, lease)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _clear_earlier(pack: Pack) -> None:
    """A killed attempt cleans up nothing. One that only lost its lease fails on it, and issues nothing."""
    for left in settings.STAGING_DIR.glob(f"pack-{pack.pk}-*"):
        shutil.rmtree(left, ignore_errors=True)


def content_of(pack: Pack, lease: Lease) -> PackContent:
    """Everything that goes in. A restart continues from the stored `record.json`."""
    lease.progress(0, 1, "Reading the record")
    record_digest = _record_digest(pack, lease)
    record = records.load(record_digest)
    checkpoint = issuing.newest_checkpoint()
    about = _pack_json(pack, record_digest, checkpoint)
    bodies = record_parts.bodies_of(record)
    return PackContent(
        human_id=pack.human_id,
        record=records.load_bytes(record_digest),
        pack=about,
        files=PackFiles(record, checkpoint, annexes_of(Papers(record, about, bodies)), trail_of(pack)),
        html=document.html_of(record, about, bodies, verify_url=f"{settings.PUBLIC_URL}/verify/"),
        reason=f"Sealed by the operator of this installation: {settings.OPERATOR}",
    )


def _record_digest(pack: Pack, lease: Lease) -> str:
    job = lease.job
    stored: str | None = Job.objects.values_list("params__record", flat=True).get(pk=job.pk)
    if stored:
        return stored
    digest = records.store(_record_of(pack, lease))
    Job.objects.filter(pk=job.pk).update(params={**job.params, "record": digest})
    return digest


def _record_of(pack: Pack, lease: Lease) -> dict[str, Any]:
    request = lease.job.params.get("request", "")
    match PackScope(pack.scope):
        case PackScope.RELEASE:
            assert pack.release_id is not None  # pack_names_what_its_scope_asks
            return snapshot.record_of(pack.release_id, include_private=pack.include_private)
        case PackScope.RUN:
            return run_snapshot.run_record(pack)
        case PackScope.SAMPLE:
            return run_snapshot.sample_record(pack, UUID(request))
        case PackScope.PERIOD:
            return period_snapshot.period_record(
                pack, UUID(request), lambda n: lease.progress(0, 1, f"Reading the record, {n} entries")
            )


def _pack_json(pack: Pack, record_digest: str, checkpoint: Checkpoint) -> dict[str, Any]:
    earlier = issuing.superseded(pack)
    signed = document_levels.level_at(clock.now())
    return {
        "type": record_type("pack"),
        "id": str(pack.pk),
        "human_id": pack.human_id,
        "version": pack.version,
        "scope": str(pack.scope),
        "record": record_digest,
        "made_at": utc_text(clock.now()),
        "made_by": pack.requested_by.printed_name,
        "supersedes": earlier.blob_id if earlier else None,
        "checkpoint": {
            "origin": settings.LOG_ORIGIN,
            "size": checkpoint.size,
            "root": base64_text(bytes(checkpoint.root)),
        },
        "software": SOFTWARE,
        "keys": {
            str(use): str(active_key(use)["key_id"])
            for use in (KeyUse.PACK, KeyUse.ATTEST, KeyUse.LOG, KeyUse.TSA)
        },
        "time_authority": time_authority(),
        "document_signature": {"level": signed.level, "reason": signed.reason},
    }
