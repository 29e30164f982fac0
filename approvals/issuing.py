"""The bytes of a pack become what everybody downloads, or its failure becomes readable; both are told."""

from __future__ import annotations

from django.db import transaction

from approvals.events import ApprovalEvent
from approvals.ledger_facts import of_issue
from approvals.models import Pack
from evidence import clock, jobs, ledger, vault
from evidence.errors import BenchsealError
from evidence.jobs import Lease
from evidence.models import Checkpoint
from evidence.packs import BuiltPack
from registry.containers import container_of
from registry.events import RegistryEvent


def newest_checkpoint() -> Checkpoint:
    """The head of the log; a pack is sealed under the newest one."""
    return Checkpoint.objects.order_by("-size")[0]


def superseded(pack: Pack) -> Pack | None:
    """The newest issued pack of the same thing before this one."""
    earlier = pack.alike().filter(version__lt=pack.version, issued_at__isnull=False)
    return earlier.order_by("-version").first()


def issue(pack: Pack, built: BuiltPack, lease: Lease) -> None:
    """Keep the ZIP, its row and its entry together, and end the job with them."""
    staged = vault.put_file(built.zip_path, built.zip_digest, built.zip_size)
    actor = jobs.actor_of(lease.job)
    earlier = superseded(pack)
    with transaction.atomic():
        pack.blob = vault.register(staged)
        pack.issued_at = clock.now()
        pack.record_digest, pack.pdf_digest, pack.pages = built.record_digest, built.pdf_digest, built.pages
        pack.supersedes = earlier
        pack.checkpoint_size = newest_checkpoint().size
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
                subject_of(pack),
                actor=actor,
                container=container_of(pack.project_id),
                note=note,
            )
        lease.finish({"pack": pack.human_id, "zip": built.zip_digest})


def fail(pack: Pack, error: BenchsealError, lease: Lease) -> None:
    """Write down why no pack was issued, where who asked reads it."""
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


def subject_of(pack: Pack) -> str:
    """What a pack is about, as entries of the ledger name it."""
    if pack.release_id is not None:
        return f"release:{pack.release_id}"
    return f"run:{pack.run_id}" if pack.run_id is not None else f"project:{pack.project_id}"
