"""The second factors of a person: an authenticator whose codes count once, and passkeys.

Recovery codes are none: they log in and never sign. The rows are those of the login library.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.db import models, transaction

from evidence import clock, ledger
from evidence.actors import Actor
from registry.access import totp
from registry.events import RegistryEvent
from registry.models.access import User
from registry.models.factors import TotpUse

TOTP: Final = Authenticator.Type.TOTP
PASSKEY: Final = Authenticator.Type.WEBAUTHN


@dataclass(frozen=True)
class Factors:
    """Which second factors a person has."""

    totp: bool = False
    passkeys: int = 0

    @property
    def any(self) -> bool:
        """Whether there is one that signs."""
        return self.totp or self.passkeys > 0


def held(user: User) -> Factors:
    """The factors of a person that sign."""
    kinds = list(of_user(user.pk).values_list("type", flat=True))
    return Factors(totp=TOTP in kinds, passkeys=kinds.count(PASSKEY))


def holders(users: Iterable[UUID]) -> frozenset[UUID]:
    """Who of these has a second factor."""
    rows = Authenticator.objects.filter(user_id__in=set(users), type__in=(TOTP, PASSKEY))
    return frozenset(rows.values_list("user_id", flat=True))


def right_step(user: User, code: str) -> int | None:
    """The time step of a right code that did not count yet; None for any other text."""
    secret = secret_of(user)
    if secret is None:
        return None
    step = totp.matching_step(secret, code, clock.now())
    used = last_step(user)
    return None if step is None or (used is not None and step <= used) else step


@transaction.atomic
def use_up(user: User, step: int) -> bool:
    """Let the code of a step count now; False when somebody let it count a moment before."""
    User.objects.select_for_update().get(pk=user.pk)
    used = last_step(user)
    if used is not None and step <= used:
        return False
    TotpUse.objects.update_or_create(user=user, defaults={"step": step})
    return True


def spend(user: User, code: str) -> bool:
    """Let a right code count now; False for a wrong one and for one that counted before."""
    step = right_step(user, code)
    return step is not None and use_up(user, step)


def last_step(user: User) -> int | None:
    """The last step of which a code counted."""
    return TotpUse.objects.filter(user=user).values_list("step", flat=True).first()


def next_code(user: User) -> tuple[str, int] | None:
    """The code that counts next and its step, for people of the demonstration, who have no device."""
    secret = secret_of(user)
    if secret is None:
        return None
    step = max(totp.step_of(clock.now()), (last_step(user) or 0) + 1)
    return totp.code_at(secret, step), step


def secret_of(user: User) -> str | None:
    """The secret of a person's authenticator; nothing shows it but the notes of the demonstration."""
    row = of_user(user.pk).filter(type=TOTP).first()
    return None if row is None else str(decrypt(row.data["secret"]))


@transaction.atomic
def add_totp(user: User, secret: str, *, actor: Actor) -> Authenticator:
    """Set up an authenticator for a person who has none, without a page."""
    made = Authenticator.objects.create(user=user, type=TOTP, data={"secret": encrypt(secret)})
    tell(RegistryEvent.FACTOR_ADDED, user, TOTP, actor=actor)
    return made


@transaction.atomic
def remove_all(user: User, *, actor: Actor) -> list[str]:
    """Take every factor and the recovery codes away; the kinds that were taken."""
    rows = Authenticator.objects.select_for_update().filter(user_id=user.pk).order_by("pk")
    kinds = list(rows.values_list("type", flat=True))
    Authenticator.objects.filter(user_id=user.pk).delete()
    for kind in kinds:
        tell(RegistryEvent.FACTOR_REMOVED, user, kind, actor=actor)
    return kinds


def tell(event: RegistryEvent, user: User, kind: str, *, actor: Actor) -> None:
    """The entry of one factor that came or went; never its secret."""
    ledger.append(
        event,
        f"user:{user.pk}",
        actor=actor,
        container=ledger.OF_THE_INSTALLATION,
        note=ledger.Note(new={"factor": str(kind)}),
    )


def of_user(pk: UUID | models.OuterRef) -> models.QuerySet[Authenticator]:
    """The rows of a person's factors that sign."""
    rows: models.QuerySet[Authenticator] = Authenticator.objects.filter(user_id=pk)
    return rows.filter(type__in=(TOTP, PASSKEY))
