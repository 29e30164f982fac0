"""Accounts, roles, invitations and tokens as the log tells of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from evidence.histories import Told
from evidence.replaying import History, latest
from registry.access.policy import has_superuser_flag
from registry.events import RegistryEvent as Event
from registry.ledger_facts import of_account, of_grant, of_invitation, of_recovery, of_token
from registry.models import ApiToken, Invitation, Recovery, RoleGrant, User

RECOVERED: Final = frozenset({Event.RECOVERY_REQUESTED, Event.RECOVERY_CONFIRMED})


def histories() -> Iterator[History]:
    """Who there is, what they may do and how they came."""
    yield History(
        word="user",
        rows=User.objects.select_related("answerable").prefetch_related(
            "recoveries__requested_by", "recoveries__confirmed_by"
        ),
        begins=frozenset({Event.USER_MADE}),
        changes=frozenset({Event.USER_DEACTIVATED, *RECOVERED}),
        state=_account_state,
        replay=_account,
    )
    yield History(
        word="grant",
        rows=RoleGrant.objects.select_related("project", "user", "granted_by", "revoked_by"),
        begins=frozenset({Event.GRANT_GIVEN}),
        changes=frozenset({Event.GRANT_REVOKED}),
        state=_grant_state,
        replay=_grant,
    )
    yield History(
        word="invitation",
        rows=Invitation.objects.select_related("project", "invited_by", "accepted_by"),
        begins=frozenset({Event.INVITATION_SENT}),
        changes=frozenset({Event.INVITATION_ACCEPTED}),
        state=of_invitation,
    )
    yield History(
        word="token",
        rows=ApiToken.objects.select_related("user", "issued_by"),
        begins=frozenset({Event.TOKEN_ISSUED}),
        changes=frozenset({Event.TOKEN_REVOKED}),
        state=_token_state,
        replay=_token,
    )


def _account_state(user: User) -> dict[str, Any]:
    recoveries = {str(row.pk): _recovery_state(row) for row in user.recoveries.all()}
    powers = {"superuser": has_superuser_flag(user), "staff": user.is_staff}
    return {**of_account(user), **powers, "recoveries": recoveries}


def _recovery_state(row: Recovery) -> dict[str, Any]:
    return {**of_recovery(row), "reason": row.reason, "confirm_reason": row.confirm_reason}


def _account(told: Sequence[Told]) -> dict[str, Any]:
    closed = any(entry.kind == Event.USER_DEACTIVATED for entry in told)
    said = latest([entry for entry in told if entry.kind not in RECOVERED])
    recoveries = _recoveries([entry for entry in told if entry.kind in RECOVERED])
    # No step gives Django's powers: whoever has them became so behind the log.
    return {"superuser": False, "staff": False, **said, "is_active": not closed, **recoveries}


def _recoveries(told: Sequence[Told]) -> dict[str, Any]:
    if not all("recovery" in entry.new for entry in told):  # an erased entry leaves them uncompared
        return {}
    found: dict[str, dict[str, Any]] = {}
    for entry in told:
        row = found.setdefault(entry.new["recovery"], {"reason": "", "confirm_reason": ""})
        name = "reason" if entry.kind == Event.RECOVERY_REQUESTED else "confirm_reason"
        row |= {**entry.new, name: entry.reason or ""}
    return {"recoveries": found}


def _grant_state(grant: RoleGrant) -> dict[str, Any]:
    return {**of_grant(grant), "reason": grant.reason, "revoke_reason": grant.revoke_reason}


def _grant(told: Sequence[Told]) -> dict[str, Any]:
    reasons = {"revoke_reason": ""}
    for entry in told:
        if entry.reason is not None:
            name = "reason" if entry.kind == Event.GRANT_GIVEN else "revoke_reason"
            reasons[name] = entry.reason
    return {**latest(told), **reasons}


def _token_state(token: ApiToken) -> dict[str, Any]:
    return {**of_token(token), "is_revoked": token.revoked_at is not None}


def _token(told: Sequence[Told]) -> dict[str, Any]:
    return {**latest(told), "is_revoked": any(entry.kind == Event.TOKEN_REVOKED for entry in told)}
