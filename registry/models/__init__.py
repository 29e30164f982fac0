"""Tables of the registry, split by concern."""

from registry.models.access import (
    ApiToken,
    Invitation,
    Organisation,
    Project,
    ProjectUserObjectPermission,
    RoleGrant,
    User,
)
from registry.models.artifacts import Artifact, IdempotentAnswer
from registry.models.catalogue import (
    Benchmark,
    BenchmarkVersion,
    CatalogueRecord,
    CriteriaSet,
    Dataset,
    DatasetVersion,
    MetricDefinition,
    Model,
    ModelVersion,
)
from registry.models.factors import Recovery, RecoveryCause, TotpUse
from registry.models.notifications import Notification
from registry.models.operations import MonitoringSignal, RollbackArtifact
from registry.models.readings import Reading, ReadingBatch
from registry.models.runs import MetricResult, Run, RunArtifact, Submission

__all__ = [
    "ApiToken",
    "Artifact",
    "Benchmark",
    "BenchmarkVersion",
    "CatalogueRecord",
    "CriteriaSet",
    "Dataset",
    "DatasetVersion",
    "IdempotentAnswer",
    "Invitation",
    "MetricDefinition",
    "MetricResult",
    "Model",
    "ModelVersion",
    "MonitoringSignal",
    "Notification",
    "Organisation",
    "Project",
    "ProjectUserObjectPermission",
    "Reading",
    "ReadingBatch",
    "Recovery",
    "RecoveryCause",
    "RoleGrant",
    "RollbackArtifact",
    "Run",
    "RunArtifact",
    "Submission",
    "TotpUse",
    "User",
]
