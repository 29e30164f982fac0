"""Who calls and which release an address means; it never answers for a project the caller cannot see."""

from rest_framework.request import Request

from approvals.acting import require_session
from approvals.models import Release
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.models import Project
from registry.querysets import InProjectQuerySet


def person_in_session(request: Request) -> Principal:
    """The caller as a person in a session; raises `SessionRequired` for a token, before all else."""
    principal = principal_of(request)
    require_session(principal)
    return principal


def releases_of(project: Project) -> InProjectQuerySet[Release]:
    """Releases of a project with what a list shows."""
    return Release.objects.filter(project=project).select_related(
        "project", "deployment", "model_version__model", "policy", "criteria", "owner", "opened_by"
    )


def release_for(principal: Principal, project: str, reference: str, permission: Permission) -> Release:
    """One release by UUID or human id, for a caller who has the permission on its project."""
    found = policy.project_for(principal, project, permission)
    return policy.find(releases_of(found), reference)
