"""Fresh credentials in the sign request, bound to one decision view by a single-use challenge.

allauth's "recently authenticated" is never asked: it is true for accounts without a password and
good for anything for minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.hashers import check_password
from django.db import transaction

from approvals.errors import ChallengeSpent, CredentialsRefused, SigningLocked
from approvals.events import ApprovalEvent
from approvals.models import Release, SigningChallenge, SigningFailure
from evidence import clock, ledger
from evidence.canonical import utc_text
from registry.access.principals import Principal
from registry.containers import container_of
from registry.models import User

CHALLENGE_LIVES: Final = timedelta(minutes=2)
LOCK_AFTER: Final = 3
LOCK_WINDOW: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Credentials:
    """Both components of 21 CFR 11.200(a)(1), as typed in the sign request."""

    account: str
    password: str


@dataclass(frozen=True)
class Proof:
    """What was checked, as the signature statement writes it."""

    methods: list[dict[str, str]]


def issue_challenge(
    release: Release, *, stage_code: str, action: str, view_digest: str, principal: Principal
) -> SigningChallenge:
    """A challenge for exactly this person, stage, action and view."""
    moment = clock.now()
    return SigningChallenge.objects.create(
        user=principal.user,
        release=release,
        stage_code=stage_code,
        action=action,
        view_digest=view_digest,
        issued_at=moment,
        expires_at=moment + CHALLENGE_LIVES,
    )


def check(credentials: Credentials, *, release: Release, principal: Principal) -> Proof:
    """Check account name and password; a failure is stored and told before the error leaves.

    Runs before the signing transaction: hashing a password takes longer than a lock should.
    """
    attempt = _begin_attempt(principal)
    user = principal.user
    right_name = credentials.account == user.username
    right_password = check_password(credentials.password, user.password)
    if not (right_name and right_password):
        _tell_failure(release, principal)
        raise CredentialsRefused(
            "The account name or the password is wrong; nothing was signed",
            next_step="Type both again. Three failures lock signing for 15 minutes.",
        )
    attempt.delete()
    return Proof(methods=[{"method": "account-and-password", "at": utc_text(clock.now())}])


def refuse_locked(principal: Principal) -> None:
    """`SigningLocked` after three failures within a quarter of an hour."""
    since = clock.now() - LOCK_WINDOW
    failures = list(
        SigningFailure.objects.filter(user=principal.user, at__gt=since)
        .order_by("-at")
        .values_list("at", flat=True)[:LOCK_AFTER]
    )
    if len(failures) >= LOCK_AFTER:
        opens: datetime = failures[-1] + LOCK_WINDOW
        raise SigningLocked(
            f"{LOCK_AFTER} attempts failed; signing opens again at {opens:%d %b %Y, %H:%M} UTC",
            opens_at=utc_text(opens),
        )


def spend(
    challenge_id: str,
    *,
    release: Release,
    stage_code: str,
    action: str,
    view_digest: str,
    principal: Principal,
) -> SigningChallenge:
    """Use the challenge up, inside the signing transaction: it works once, for two minutes, for this view."""
    moment = clock.now()
    used = SigningChallenge.objects.filter(
        pk=challenge_id,
        user=principal.user,
        release=release,
        stage_code=stage_code,
        action=action,
        view_digest=view_digest,
        used_at__isnull=True,
        expires_at__gt=moment,
    ).update(used_at=moment)
    if not used:
        raise ChallengeSpent(
            "The sign dialog is older than two minutes, was used, or belongs to another view",
            next_step="Open the sign dialog again.",
        )
    return SigningChallenge.objects.get(pk=challenge_id)


@transaction.atomic
def _begin_attempt(principal: Principal) -> SigningFailure:
    """A failure until it is proved right: requests sent side by side get three attempts together."""
    User.objects.select_for_update().get(pk=principal.user.pk)
    refuse_locked(principal)
    return SigningFailure.objects.create(user=principal.user, at=clock.now())


@transaction.atomic
def _tell_failure(release: Release, principal: Principal) -> None:
    since = clock.now() - LOCK_WINDOW
    locked = SigningFailure.objects.filter(user=principal.user, at__gt=since).count() >= LOCK_AFTER
    event = ApprovalEvent.SIGNING_LOCKED if locked else ApprovalEvent.SIGNING_REFUSED
    ledger.append(
        event,
        f"release:{release.pk}",
        actor=principal.actor,
        container=container_of(release.project_id),
        note=ledger.Note(reason="credentials_refused"),
    )
