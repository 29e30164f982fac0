"""Time-based codes (RFC 6238: SHA-1, 6 digits, steps of 30 seconds). Pure."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

DIGITS: Final = 6
STEP_SECONDS: Final = 30
WINDOW: Final = (-1, 0, 1)
"""Steps beside the current one: one for the delay of typing (RFC 6238, 5.2), one for a clock ahead (6)."""


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 recommends."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_of(moment: datetime) -> int:
    """The number of the time step of a moment."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The code of a step; `secret` is base32, as authenticators take it."""
    # SHA-1 within HMAC is what RFC 6238 fixes and every authenticator computes.
    generator = HOTP(_key(secret), DIGITS, SHA1(), enforce_key_length=False)  # noqa: S303
    return generator.generate(step).decode()


def matching_step(secret: str, code: str, moment: datetime) -> int | None:
    """The step of the window whose code this is; None for a wrong or an old code."""
    typed = "".join(code.split()).encode()
    found = None
    for offset in WINDOW:
        step = step_of(moment) + offset
        if hmac.compare_digest(code_at(secret, step).encode(), typed):
            found = step
    return found


def _key(secret: str) -> bytes:
    padding = "=" * (-len(secret) % 8)
    return base64.b32decode(secret.upper() + padding)
