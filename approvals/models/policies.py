"""Signoff policies as versioned records: stages, order, quorum and minimum evidence a tier."""

from django.db import models

from registry.models.catalogue import NAME, CatalogueRecord


class Policy(CatalogueRecord):
    """One version of the signoff policy; releases freeze the version they use."""

    RECORD_TYPE = "policy"
    IDENTITY = ("name",)
    RECORD_FIELDS = ("name", "tiers", "meanings", "stages", "procedures")
    LATER_FIELDS = frozenset({"stages", "procedures"})

    name = models.CharField(max_length=100, validators=[NAME])
    tiers = models.JSONField(default=dict)
    meanings = models.JSONField(default=dict)
    stages = models.JSONField(null=True)
    procedures = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "revision"], name="policy_revision_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.revision}"
