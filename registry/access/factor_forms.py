"""Forms of the login library with the rules of this house: a code counts once, wherever it is typed."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.db import transaction

from evidence import clock
from evidence.actors import Actor, Channel
from registry.access import factors, recoveries, totp
from registry.events import RegistryEvent
from registry.models.access import User


class _CodeCountsOnce:
    """A code that logged somebody in does not sign, and the other way round; a recovery code is told."""

    user: User
    authenticator: Authenticator

    @transaction.atomic
    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # reason: mixed into allauth's forms
        if self.authenticator.type == Authenticator.Type.RECOVERY_CODES:
            actor = _actor(self.user)
            factors.tell(RegistryEvent.RECOVERY_CODE_USED, self.user, self.authenticator.type, actor=actor)
        elif not factors.spend(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class LoginCodeForm(_CodeCountsOnce, AuthenticateForm):  # type: ignore[misc]  # reason: allauth ships no types
    """The second step of logging in."""


class ConfirmCodeForm(_CodeCountsOnce, ReauthenticateForm):  # type: ignore[misc]  # reason: as above
    """Confirmation before the account changes."""


class AddTotpForm(ActivateTOTPForm):  # type: ignore[misc]  # reason: allauth ships no types
    """A new authenticator; the code that proves it is used up."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        step = totp.matching_step(self.secret, code, clock.now())
        if step is None or not factors.use_up(self.user, step):
            raise get_adapter().validation_error("incorrect_code")
        _ask_for_confirmation(self.user)
        return code


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # reason: allauth ships no types
    """A new passkey."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.errors:
            _ask_for_confirmation(self.user)
        return cleaned


def _ask_for_confirmation(user: User) -> None:
    """A factor set up in a session that a recovery code opened signs only after an administrator looked."""
    records = get_authentication_records(context.request, user)
    if any(record.get("type") == "recovery_codes" for record in records):
        recoveries.after_recovery_code(user, actor=_actor(user))


def _actor(user: User) -> Actor:
    request_id = getattr(context.request, "request_id", "")
    return Actor(id=str(user.pk), name=user.printed_name, channel=Channel.UI, request_id=request_id)
