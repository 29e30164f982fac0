"""Step 9: a pack is asked for, composed from stored records, built, sealed and issued, once."""

from __future__ import annotations

import shutil
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from approvals import document, numbers, releases, snapshot
from approvals.annexes import annexes_of
from approvals.document_sections.papers import Papers
from approvals.events import ApprovalEvent
from approvals.ledger_facts import of_issue
from approvals.models import Pack, Release
from approvals.pack_files import PackFiles
from evidence import clock, jobs, ledger, packs, records, vault
from evidence.canonical import base64_text, utc_text
from evidence.errors import BenchsealError
from evidence.jobs import Lease
from evidence.models import Checkpoint, Job
from evidence.names import SOFTWARE, record_type
from evidence.packs import BuiltPack, PackContent
from evidence.signing import KeyUse, active_key
from evidence.timestamps import time_authority
from registry.access import policy as access
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.errors import Conflict
from registry.events import RegistryEvent

TASK: Final = "approvals.seal_pack"


@transaction.atomic
def request_pack(release: Release, *, include_private: bool, principal: Principal) -> Pack:
    """Write down that a pack is wanted; the worker builds it. Private files need their own permission."""
    access.require(principal, Permission.PACK_SEAL, release.project)
    if include_private:
        access.require(principal, Permission.PACK_INCLUDE_PRIVATE, release.project)
    # The project row before the release, as an admitted correction locks them.
    human_id = numbers.next_pack_id(release.project)
    release = releases.lock(release)
    if releases.current_revision(release) is None:
        raise Conflict("A draft has nothing to pack yet", next_step="Submit the release first.")
    earlier = Pack.objects.filter(release=release).order_by("-version").first()
    pack = Pack.objects.create(
        human_id=human_id,
        project=release.project,
        release=release,
        version=earlier.version + 1 if earlier else 1,
        include_private=include_private,
        requested_at=clock.now(),
        requested_by=principal.user,
    )
    pack.job = jobs.enqueue(
        TASK, subject=f"pack:{pack.pk}", params={"pack": str(pack.pk)}, actor=principal.actor
    )
    pack.save(update_fields=["job"])
    note = ledger.Note(new={"pack": pack.human_id, "include_private": include_private})
    ledger.append(
        ApprovalEvent.PACK_REQUESTED,
        f"release:{release.pk}",
        actor=principal.actor,
        container=container_of(release.project_id),
        note=note,
    )
    return pack


def seal_pack(lease: Lease) -> None:
    """Build and issue the pack of a job; a failure is told and stays readable on the job."""
    pack = Pack.objects.select_related("release", "project", "requested_by").get(pk=lease.job.params["pack"])
    staging = settings.STAGING_DIR / f"pack-{pack.pk}-{lease.token}"
    _clear_earlier(pack)
    try:
        built = packs.build(content_of(pack, lease), staging, progress=lease.progress)
        _issue(pack, built, lease)
    except jobs.LeaseLost:
        raise
    except BenchsealError as error:
        _fail(pack, error, lease)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _clear_earlier(pack: Pack) -> None:
    """A killed attempt cleans up nothing. One that only lost its lease fails on it, and issues nothing."""
    for left in settings.STAGING_DIR.glob(f"pack-{pack.pk}-*"):
        shutil.rmtree(left, ignore_errors=True)


def content_of(pack: Pack, lease: Lease) -> PackContent:
    """Everything that goes in. A restart continues from the stored `record.json`."""
    lease.progress(0, 1, "Reading the record")
    record_digest = _record_digest(pack, lease.job)
    record = records.load(record_digest)
    checkpoint = _checkpoint()
    about = _pack_json(pack, record_digest, checkpoint)
    bodies = snapshot.bodies_of(record)
    return PackContent(
        human_id=pack.human_id,
        record=records.load_bytes(record_digest),
        pack=about,
        files=PackFiles(record, checkpoint, annexes_of(Papers(record, about, bodies))),
        html=document.html_of(record, about, bodies, verify_url=f"{settings.PUBLIC_URL}/verify/"),
        reason=f"Sealed by the operator of this installation: {settings.OPERATOR}",
    )


def _record_digest(pack: Pack, job: Job) -> str:
    stored: str | None = Job.objects.values_list("params__record", flat=True).get(pk=job.pk)
    if stored:
        return stored
    digest = records.store(snapshot.record_of(pack.release_id, include_private=pack.include_private))
    Job.objects.filter(pk=job.pk).update(params={**job.params, "record": digest})
    return digest


def _checkpoint() -> Checkpoint:
    return Checkpoint.objects.order_by("-size")[0]


def _pack_json(pack: Pack, record_digest: str, checkpoint: Checkpoint) -> dict[str, Any]:
    earlier = _superseded(pack)
    return {
        "type": record_type("pack"),
        "id": str(pack.pk),
        "human_id": pack.human_id,
        "version": pack.version,
        "scope": "release",
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
    }


def _superseded(pack: Pack) -> Pack | None:
    return (
        Pack.objects.filter(release=pack.release_id, version__lt=pack.version, issued_at__isnull=False)
        .order_by("-version")
        .first()
    )


def _issue(pack: Pack, built: BuiltPack, lease: Lease) -> None:
    staged = vault.put_file(built.zip_path, built.zip_digest, built.zip_size)
    actor = jobs.actor_of(lease.job)
    earlier = _superseded(pack)
    with transaction.atomic():
        pack.blob = vault.register(staged)
        pack.issued_at = clock.now()
        pack.record_digest, pack.pdf_digest, pack.pages = built.record_digest, built.pdf_digest, built.pages
        pack.supersedes = earlier
        pack.checkpoint_size = _checkpoint().size
        pack.save()
        new = {**of_issue(pack), "size": built.zip_size}
        note = ledger.Note(new=new, record=built.record_digest)
        ledger.append(
            ApprovalEvent.PACK_SEALED,
            f"pack:{pack.pk}",
            actor=actor,
            container=container_of(pack.project_id),
            note=note,
        )
        if pack.include_private:
            note = ledger.Note(reason=f"Per-item files in {pack.human_id}")
            ledger.append(
                RegistryEvent.PRIVATE_DATA_READ,
                f"release:{pack.release_id}",
                actor=actor,
                container=container_of(pack.project_id),
                note=note,
            )
        lease.finish({"pack": pack.human_id, "zip": built.zip_digest})


def _fail(pack: Pack, error: BenchsealError, lease: Lease) -> None:
    facts = {
        "code": error.code,
        "title": error.title,
        "detail": error.detail,
        "next_step": error.next_step or "",
    }
    with transaction.atomic():
        note = ledger.Note(reason=error.code, new=facts)
        ledger.append(
            ApprovalEvent.PACK_FAILED,
            f"pack:{pack.pk}",
            actor=jobs.actor_of(lease.job),
            container=container_of(pack.project_id),
            note=note,
        )
        lease.fail(facts)
