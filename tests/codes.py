"""Authenticators of the cast, and codes of them that count."""

from __future__ import annotations

from typing import Final

from evidence import clock
from evidence.actors import SYSTEM
from registry.access import factors, totp
from registry.models import TotpUse, User

SECRET: Final = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the one of RFC 6238, in base32


def enrol(user: User, secret: str = SECRET) -> None:
    """Set up an authenticator for somebody who has none."""
    if not factors.held(user).totp:
        factors.add_totp(user, secret, actor=SYSTEM)


def code_of(user: User) -> str:
    """A code that counts now; empty for a person without an authenticator.

    Tests sign faster than an authenticator makes codes: where all of the window counted, they count again.
    """
    found = factors.next_code(user)
    if found is None:
        return ""
    code, step = found
    if step > totp.step_of(clock.now()) + totp.WINDOW[-1]:
        TotpUse.objects.filter(user=user).delete()
        return code_of(user)
    return code


def wrong_code() -> str:
    """Six digits that no step of the window gives."""
    right = {totp.code_at(SECRET, totp.step_of(clock.now()) + offset) for offset in range(-2, 4)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in right)
