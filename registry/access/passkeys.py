"""Passkeys: what a browser is asked to prove, and whether it did (W3C Web Authentication, level 2).

The challenge is the caller's: who signs binds it to what was shown. User verification is required,
so that a passkey is something its owner has and knows or is.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final

from allauth.mfa.models import Authenticator
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    UserVerificationRequirement,
)

from registry.access.factors import PASSKEY
from registry.access.second_factor import relying_party
from registry.models.access import User

REQUIRED: Final = UserVerificationRequirement.REQUIRED
NO_ASSERTION: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, struct.error)
"""What reading something else as an assertion ends with, and each check of one that does not hold."""


def options(user: User, challenge: bytes) -> dict[str, Any]:
    """What `navigator.credentials.get()` is called with, as JSON; bytes are base64url."""
    asked, _ = _server().authenticate_begin(
        credentials=_credentials(user), user_verification=REQUIRED, challenge=challenge
    )
    return dict(asked)


def proves(user: User, challenge: bytes, assertion: Mapping[str, Any]) -> bool:
    """Whether a passkey of this person signed this challenge here, and its user was verified."""
    state = {"challenge": websafe_encode(challenge), "user_verification": REQUIRED}
    try:
        _server().authenticate_complete(state, _credentials(user), assertion)
    except NO_ASSERTION:
        return False
    return True


def _server() -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(**relying_party()))


def _credentials(user: User) -> list[AttestedCredentialData]:
    rows = Authenticator.objects.filter(user_id=user.pk, type=PASSKEY)
    found = [row.wrap().authenticator_data.credential_data for row in rows]
    return [one for one in found if one is not None]
