"""Fresh credentials in the sign request, bound to one decision view by a single-use challenge.

allauth's "recently authenticated" is never asked: it is true for accounts without a password and
good for anything for minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils.crypto import salted_hmac

from approvals import lock_alerts, series
from approvals.demands import Credentials, Demand, demand
from approvals.errors import ChallengeSpent, CredentialsIncomplete, CredentialsRefused, SigningLocked
from approvals.events import ApprovalEvent
from approvals.models import Release, SigningChallenge, SigningFailure, SigningSeries
from evidence import clock, ledger
from evidence.canonical import utc_text
from registry.access import factors, passkeys
from registry.access.principals import Principal
from registry.containers import container_of
from registry.models import Project, User

CHALLENGE_LIVES: Final = timedelta(minutes=2)
LOCK_AFTER: Final = 3
LOCK_WINDOW: Final = timedelta(minutes=15)
COMPONENT_WORDS: Final = {
    "account": "your account name",
    "password": "your password",
    "second_factor": "a code of your authenticator or a passkey",
}


@dataclass(frozen=True)
class About:
    """What is signed: its project, its ledger subject, and its name in a mail."""

    project: Project
    subject: str
    name: str


@dataclass(frozen=True)
class Proof:
    """What was checked, as the signature statement writes it; `begun` is the series it goes on with."""

    methods: list[dict[str, str]]
    with_factor: bool = False
    begun: SigningSeries | None = None


def issue_challenge(
    release: Release | None, *, stage_code: str, action: str, view_digest: str, principal: Principal
) -> SigningChallenge:
    """A challenge for exactly this person, stage, action and view; without release, for a policy."""
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


def passkey_options(challenge: SigningChallenge, user: User) -> dict[str, Any]:
    """What the browser asks a passkey of this person to sign: it is good for this dialog alone."""
    return passkeys.options(user, passkey_challenge(challenge))


def passkey_challenge(challenge: SigningChallenge) -> bytes:
    """Bytes that follow from the dialog's challenge and the view it is for, and that nobody can compute."""
    bound = (challenge.pk, challenge.user_id, challenge.release_id, challenge.stage_code, challenge.action)
    text = "|".join((*map(str, bound), challenge.view_digest))
    return salted_hmac("approvals.credentials.passkey", text, algorithm="sha256").digest()


def check(given: Credentials, *, release: Release, challenge_id: str, principal: Principal) -> Proof:
    """Check every component that was sent; a failure is stored and told before the error leaves.

    Runs before the signing transaction: hashing a password takes longer than a lock should.
    """
    return check_for(
        given,
        about=About(release.project, f"release:{release.pk}", release.human_id),
        asked=demand(release, principal),
        challenge_id=challenge_id,
        principal=principal,
    )


def check_for(
    given: Credentials, *, about: About, asked: Demand, challenge_id: str, principal: Principal
) -> Proof:
    """The same for anything that is signed."""
    if missing := asked.missing(given):
        raise CredentialsIncomplete(
            f"This signature needs {_listed(missing)}; nothing was signed",
            next_step="Send all of it in one request.",
            missing=list(missing),
        )
    attempt = _begin_attempt(principal)
    methods = _methods(given, challenge_id, principal)
    if methods is None:
        _tell_failure(about, principal)
        raise CredentialsRefused(
            f"{_tried(given)} is wrong; nothing was signed",
            next_step="Type all of it again; a code counts once. Three failures lock signing for 15 minutes.",
        )
    attempt.delete()
    return _proof(methods, given, asked)


def _methods(given: Credentials, challenge_id: str, principal: Principal) -> list[dict[str, str]] | None:
    """The methods by which each component proved right, in order; None when one did not.

    Each one is checked whatever the others gave, so that the time tells nothing.
    """
    user = principal.user
    moment = utc_text(clock.now())
    found: list[tuple[str, bool]] = []
    if given.account or given.password:
        right_password = not given.password or check_password(given.password, user.password)
        right_name = not given.account or given.account == user.username
        found.append((_typed_method(given), right_name and right_password))
    if given.passkey is not None:
        found.append(("passkey", _passkey_proves(given, challenge_id, user)))
    step = factors.right_step(user, given.code) if given.code else None
    if given.code:
        found.append(("totp", step is not None))
    if not all(right for _, right in found):
        return None
    if step is not None and not factors.use_up(user, step):
        return None
    return [{"method": method, "at": moment} for method, _ in found if method]


def _typed_method(given: Credentials) -> str:
    """An account name alone proves nothing and is no method."""
    if not given.password:
        return ""
    return "account-and-password" if given.account else "password"


def _passkey_proves(given: Credentials, challenge_id: str, user: User) -> bool:
    challenge = SigningChallenge.objects.filter(pk=challenge_id, user=user).first()
    return (
        challenge is not None
        and given.passkey is not None
        and passkeys.proves(user, passkey_challenge(challenge), given.passkey)
    )


def _proof(methods: list[dict[str, str]], given: Credentials, asked: Demand) -> Proof:
    """All components begin a series; fewer name the series, and its first signature, that they go on with."""
    begun = None if asked.begins_anew(given) else asked.series
    if begun is not None:
        first = {"method": "series", "at": utc_text(begun.first.signed_at), "signature": str(begun.first_id)}
        methods = [first, *methods]
    return Proof(methods=methods, with_factor=given.has_factor, begun=begun)


def _tried(given: Credentials) -> str:
    """What may be wrong, never which of it."""
    sent = {
        "the account name": given.account,
        "the password": given.password,
        "the code": given.code,
        "the passkey's answer": given.passkey is not None,
    }
    words = " or ".join(word for word, is_sent in sent.items() if is_sent)
    return words[:1].upper() + words[1:]


def _listed(missing: tuple[str, ...]) -> str:
    return " and ".join(COMPONENT_WORDS[name] for name in missing)


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
    release: Release | None,
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
def _tell_failure(about: About, principal: Principal) -> None:
    since = clock.now() - LOCK_WINDOW
    locked = SigningFailure.objects.filter(user=principal.user, at__gt=since).count() >= LOCK_AFTER
    event = ApprovalEvent.SIGNING_LOCKED if locked else ApprovalEvent.SIGNING_REFUSED
    series.end(principal)
    ledger.append(
        event,
        about.subject,
        actor=principal.actor,
        container=container_of(about.project.pk),
        note=ledger.Note(reason="credentials_refused"),
    )
    if locked:
        lock_alerts.ask(about.project, about.subject, about.name, principal)
