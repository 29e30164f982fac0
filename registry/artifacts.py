"""Give a project the artifact it sent, find it again, and note who read private data.

Never answers from bytes that another project sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from evidence import clock, ledger, vault
from evidence.digests import parse_digest
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.errors import NotFound
from registry.events import RegistryEvent
from registry.ledger_facts import of_artifact
from registry.models import Artifact, DatasetVersion, Project
from registry.models.catalogue import Exposure, PrivacyClass

WITHHELD = ~Q(exposure=Exposure.PUBLISHED) | Q(
    privacy_class__in=[PrivacyClass.PERSONAL, PrivacyClass.SPECIAL]
)


@dataclass(frozen=True)
class Kept:
    """The project's artifact, and whether this upload made it the project's."""

    artifact: Artifact
    created: bool


@transaction.atomic
def keep(project: Project, staged: vault.Staged, *, media_type: str, principal: Principal) -> Kept:
    """Make the moved-in bytes the project's own; a repeat changes nothing."""
    policy.require(principal, Permission.ARTIFACT_UPLOAD, project)
    artifact, created = Artifact.objects.select_related("blob").get_or_create(
        project=project,
        blob=vault.register(staged),
        defaults={
            "media_type": media_type,
            "uploaded_by": principal.user,
            "responsible_persons": principal.persons,
            "uploaded_at": clock.now(),
        },
    )
    if created:
        ledger.append(
            RegistryEvent.ARTIFACT_STORED,
            f"artifact:{artifact.pk}",
            actor=principal.actor,
            container=container_of(project.pk),
            note=ledger.Note(new=of_artifact(artifact)),
        )
    return Kept(artifact=artifact, created=created)


def find(project: Project, digest: str) -> Artifact:
    """The project's artifact of this digest; raises `NotFound`, also for another project's bytes."""
    found = (
        Artifact.objects.filter(project=project, blob_id=f"sha256:{parse_digest(digest)}")
        .select_related("blob")
        .first()
    )
    if found is None:
        raise NotFound(f"No artifact {digest} here")
    return found


def note_reading(artifact: Artifact, *, principal: Principal) -> None:
    """One entry for each data set, not public or personal, that the bytes belong to (R-023)."""
    versions = _private_data(artifact)
    if not versions:  # no write lock for what is public
        return
    with transaction.atomic():
        for version in versions:
            ledger.append(
                RegistryEvent.PRIVATE_DATA_READ,
                f"{DatasetVersion.RECORD_TYPE}:{version.pk}",
                actor=principal.actor,
                container=container_of(version.project_id),
                note=ledger.Note(new={"artifact": artifact.blob_id, "dataset": str(version)}),
            )


def _private_data(artifact: Artifact) -> Sequence[DatasetVersion]:
    belongs = Q(runs__files__artifact=artifact) | Q(
        project=artifact.project_id, content_digest=artifact.blob_id, superseded_by__isnull=True
    )
    found = DatasetVersion.objects.filter(belongs, WITHHELD).select_related("dataset")
    return list(found.distinct().order_by("pk"))
