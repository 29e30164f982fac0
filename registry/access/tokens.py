"""Issue and revoke API tokens: scoped, expiring, hashed, shown once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from evidence import clock, ledger
from registry.access import policy
from registry.access.authentication import PREFIX, secret_hash
from registry.access.principals import Principal
from registry.access.roles import TOKEN_SCOPES, Permission
from registry.containers import container_of
from registry.errors import FieldsInvalid, PermissionMissing
from registry.events import RegistryEvent
from registry.ledger_facts import of_token
from registry.models.access import ApiToken, Project, User

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Issued:
    """A new token; `text` is shown once and stored nowhere."""

    token: ApiToken
    text: str


@transaction.atomic
def issue(
    *,
    project: Project,
    user: User,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime,
    principal: Principal,
) -> Issued:
    """A token of oneself, or of a service account one answers for."""
    policy.require(principal, Permission.TOKEN_ISSUE, project)
    if user.pk != principal.user.pk and user.answerable_id != principal.user.pk:
        raise PermissionMissing("A token is issued for oneself or for a service account one answers for")
    _check(scopes, expires_at)
    secret = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        project=project,
        user=user,
        name=name,
        scopes=sorted(set(scopes)),
        public_id=secrets.token_hex(6),
        secret_hash=secret_hash(secret),
        issued_by=principal.user,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    _tell(RegistryEvent.TOKEN_ISSUED, token, principal)
    return Issued(token=token, text=f"{PREFIX}{token.public_id}_{secret}")


@transaction.atomic
def revoke(token: ApiToken, *, principal: Principal) -> ApiToken:
    """End a token now: by its issuer, its user or an administrator of the project."""
    own = principal.user.pk in (token.issued_by_id, token.user_id)
    policy.require(principal, Permission.PROJECT_READ if own else Permission.GRANT_MANAGE, token.project)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        _tell(RegistryEvent.TOKEN_REVOKED, token, principal)
    return token


def _check(scopes: Sequence[str], expires_at: datetime) -> None:
    errors = []
    if unknown := sorted(set(scopes) - set(TOKEN_SCOPES)):
        errors.append(
            {
                "pointer": "/scopes",
                "detail": f"No token carries {', '.join(unknown)}.",
                "code": "scope_unknown",
            }
        )
    if not scopes:
        errors.append({"pointer": "/scopes", "detail": "Name at least one scope.", "code": "required"})
    if not clock.now() < expires_at <= clock.now() + LONGEST:
        errors.append(
            {"pointer": "/expires_at", "detail": "A token ends within a year.", "code": "expiry_invalid"}
        )
    if errors:
        raise FieldsInvalid("The token was not issued", errors)


def _tell(event: RegistryEvent, token: ApiToken, principal: Principal) -> None:
    note = ledger.Note(new=of_token(token))
    ledger.append(
        event, f"token:{token.pk}", actor=principal.actor, container=container_of(token.project_id), note=note
    )
