"""Signing series (21 CFR 11.200(a)(1)(i)): after a first signature with all components, one is enough.

A series ends with the session, after ten minutes without a signature, and with a failed attempt.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from approvals.models import Signature, SigningSeries
from evidence import clock
from registry.access.principals import Principal

IDLE: Final = timedelta(minutes=10)


def running(principal: Principal, *, with_factor: bool) -> SigningSeries | None:
    """The person's series in this very session; begun without a second factor, it never goes on with one."""
    if not principal.session:
        return None
    rows = SigningSeries.objects.filter(
        user=principal.user, session=principal.session, last_at__gte=clock.now() - IDLE
    ).select_related("first")
    return (rows.filter(with_factor=True) if with_factor else rows).first()


def carry_on(
    signature: Signature, *, begun: SigningSeries | None, with_factor: bool, principal: Principal
) -> None:
    """Begin a series with this signature, or go on with the one it belongs to; in its transaction."""
    if begun is not None:
        go_on(begun, signature.signed_at)
    elif principal.session:
        SigningSeries.objects.update_or_create(
            user=principal.user,
            defaults={
                "session": principal.session,
                "first": signature,
                "with_factor": with_factor,
                "last_at": signature.signed_at,
            },
        )


def go_on(begun: SigningSeries, at: datetime) -> None:
    """Something was signed in the series; a decision on a waiver goes on with one, too, and begins none."""
    SigningSeries.objects.filter(pk=begun.pk).update(last_at=at)


def end(principal: Principal) -> None:
    """All components again."""
    SigningSeries.objects.filter(user=principal.user).delete()
