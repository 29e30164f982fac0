"""Roles of the signoff workflow and the permissions each one carries (pure data)."""

from enum import StrEnum
from typing import Final

from django.db.models import TextChoices


class Permission(StrEnum):
    """What a role allows on a project; the same words are the scopes of API tokens."""

    PROJECT_READ = "project:read"
    ARTIFACT_UPLOAD = "artifact:upload"
    ARTIFACT_READ = "artifact:read"
    RUN_SUBMIT = "run:submit"
    RUN_VOID = "run:void"
    SIGNAL_REPORT = "signal:report"
    CATALOGUE_WRITE = "catalogue:write"
    RELEASE_WRITE = "release:write"
    RELEASE_SUBMIT = "release:submit"
    RELEASE_SIGN = "release:sign"
    RELEASE_REJECT = "release:reject"
    RELEASE_WITHDRAW = "release:withdraw"
    RELEASE_RELEASE = "release:release"
    RELEASE_EMERGENCY = "release:emergency"
    RELEASE_REINSTATE = "release:reinstate"
    TIER_LOWER = "tier:lower"
    WAIVER_REQUEST = "waiver:request"
    WAIVER_CLOSE = "waiver:close"
    WAIVER_DECIDE = "waiver:decide"
    POLICY_WRITE = "policy:write"
    POLICY_PUBLISH = "policy:publish"
    PACK_SEAL = "pack:seal"
    PACK_READ = "pack:read"
    PACK_INCLUDE_PRIVATE = "pack:include_private"
    AUDIT_READ = "audit:read"
    GRANT_MANAGE = "grant:manage"
    TOKEN_ISSUE = "token:issue"  # noqa: S105  # reason: the name of a permission, no secret


SIGNING: Final = frozenset(
    {
        Permission.RELEASE_SIGN,
        Permission.RELEASE_REJECT,
        Permission.RELEASE_RELEASE,
        Permission.RELEASE_EMERGENCY,
        Permission.RELEASE_REINSTATE,
        Permission.TIER_LOWER,
        Permission.WAIVER_CLOSE,
        Permission.WAIVER_DECIDE,
        Permission.POLICY_WRITE,
        Permission.POLICY_PUBLISH,
    }
)
"""Permissions that no token can carry: a person signs in a session, or nobody does."""

TOKEN_SCOPES: Final = tuple(
    p for p in Permission if p not in SIGNING | {Permission.GRANT_MANAGE, Permission.TOKEN_ISSUE}
)


class Role(TextChoices):
    """Roles granted on a project, with start and end."""

    SUBMITTER = "submitter", "Submitter"
    MODEL_OWNER = "model_owner", "Model owner"
    VALIDATOR = "validator", "Independent validator"
    DOMAIN_REVIEWER = "domain_reviewer", "Domain reviewer"
    SECURITY_REVIEWER = "security_reviewer", "Security reviewer"
    PRIVACY_REVIEWER = "privacy_reviewer", "Privacy reviewer"
    FINOPS_REVIEWER = "finops_reviewer", "FinOps reviewer"
    COMPLIANCE_REVIEWER = "compliance_reviewer", "Compliance reviewer"
    RELEASE_MANAGER = "release_manager", "Release manager"
    AUDITOR = "auditor", "Auditor"
    ADMIN = "admin", "Administrator"


_P = Permission
_READ = frozenset({_P.PROJECT_READ, _P.PACK_READ, _P.AUDIT_READ, _P.ARTIFACT_READ})
_REVIEW = _READ | {_P.RELEASE_SIGN, _P.PACK_SEAL}

ROLE_PERMISSIONS: Final[dict[str, frozenset[Permission]]] = {
    Role.SUBMITTER: _READ
    | {
        _P.ARTIFACT_UPLOAD,
        _P.RUN_SUBMIT,
        _P.RUN_VOID,
        _P.SIGNAL_REPORT,
        _P.CATALOGUE_WRITE,
        _P.RELEASE_WRITE,
        _P.RELEASE_SUBMIT,
        _P.RELEASE_SIGN,
        _P.RELEASE_WITHDRAW,
        _P.WAIVER_REQUEST,
        _P.WAIVER_CLOSE,
        _P.PACK_SEAL,
        _P.TOKEN_ISSUE,
    },
    Role.MODEL_OWNER: _REVIEW
    | {
        _P.CATALOGUE_WRITE,
        _P.RELEASE_WRITE,
        _P.RELEASE_WITHDRAW,
        _P.RUN_VOID,
        _P.RELEASE_REINSTATE,
        _P.WAIVER_REQUEST,
        _P.WAIVER_CLOSE,
        _P.PACK_INCLUDE_PRIVATE,
        _P.TOKEN_ISSUE,
    },
    Role.VALIDATOR: _REVIEW | {_P.RELEASE_REJECT},
    Role.DOMAIN_REVIEWER: _REVIEW | {_P.RELEASE_REJECT},
    Role.SECURITY_REVIEWER: _REVIEW | {_P.RELEASE_REJECT},
    Role.PRIVACY_REVIEWER: _REVIEW | {_P.RELEASE_REJECT},
    Role.FINOPS_REVIEWER: _REVIEW | {_P.RELEASE_REJECT},
    Role.COMPLIANCE_REVIEWER: _REVIEW
    | {
        _P.RELEASE_REJECT,
        _P.RELEASE_EMERGENCY,
        _P.RELEASE_REINSTATE,
        _P.TIER_LOWER,
        _P.WAIVER_CLOSE,
        _P.WAIVER_DECIDE,
        _P.POLICY_WRITE,
        _P.POLICY_PUBLISH,
        _P.PACK_INCLUDE_PRIVATE,
    },
    Role.RELEASE_MANAGER: _REVIEW | {_P.RELEASE_RELEASE, _P.RELEASE_EMERGENCY, _P.CATALOGUE_WRITE},
    Role.AUDITOR: _READ,
    Role.ADMIN: frozenset({_P.PROJECT_READ, _P.AUDIT_READ, _P.GRANT_MANAGE, _P.TOKEN_ISSUE}),
}


def role_words(role: str) -> str:
    """`compliance reviewer`; acronyms and names keep their capitals."""
    label = str(Role(role).label)
    return label if label[:2].isupper() or label.startswith("FinOps") else label[:1].lower() + label[1:]


def holders(permission: Permission) -> str:
    """`submitter and model owner`: the roles that carry a permission, in words."""
    words = [role_words(role) for role in roles_with(permission)]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def roles_with(permission: Permission) -> tuple[str, ...]:
    """Roles that carry a permission, in the order of `Role`."""
    return tuple(role for role in Role.values if permission in ROLE_PERMISSIONS[role])
