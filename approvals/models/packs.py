"""Evidence packs: the row says which bytes were issued; the bytes lie in the vault for ever."""

from django.db import models

from approvals.models.releases import Release
from evidence.ids import uuid7
from evidence.models import Blob, Job
from registry.models import Project, User
from registry.querysets import InProjectQuerySet


class Pack(models.Model):
    """A pack asked for and, once its job is done, issued. A new state is a new version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    human_id = models.CharField(max_length=40, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="packs")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="packs")
    version = models.PositiveIntegerField()
    include_private = models.BooleanField(default=False)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    job = models.OneToOneField(Job, null=True, on_delete=models.PROTECT, related_name="pack")
    issued_at = models.DateTimeField(null=True)
    blob = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    record_digest = models.CharField(max_length=71, blank=True)
    pdf_digest = models.CharField(max_length=71, blank=True)
    pages = models.PositiveIntegerField(default=0)
    checkpoint_size = models.BigIntegerField(null=True)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )

    objects = InProjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="pack_by_project")]
        constraints = [
            models.UniqueConstraint(fields=["release", "version"], name="pack_version_once_per_release")
        ]

    def __str__(self) -> str:
        return self.human_id
