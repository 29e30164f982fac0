"""The accountability statement: accepted once, in these words, before a person's first signature.

21 CFR 11.10(j): people are held accountable for actions under their electronic signatures.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction

from approvals.errors import SessionRequired, SigningRefused
from approvals.events import ApprovalEvent
from approvals.ledger_facts import of_acceptance
from approvals.models import Acceptance
from evidence import clock, ledger
from registry.access.principals import Principal
from registry.models import User

VERSION: Final = 1
"""A changed text is a new version, which everybody accepts before the next signature."""
TEXT: Final = (
    "I understand that my electronic signature here binds me as my signature by hand does. "
    "I am accountable for everything that is signed with my account. "
    "I keep my password and my second factor to myself, sign only what I have read, "
    "and tell an administrator at once when somebody else may know or hold them."
)


def accepted(user: User) -> Acceptance | None:
    """The person's acceptance of the current version."""
    return Acceptance.objects.filter(user=user, version=VERSION).first()


@transaction.atomic
def accept(*, version: int, principal: Principal) -> Acceptance:
    """Keep that the person accepts the text that was shown; a second time changes nothing."""
    if principal.token is not None or not principal.user.is_person:
        raise SessionRequired(
            "A person accepts the statement in a session", next_step="Sign in with your own account."
        )
    if version != VERSION:
        raise SigningRefused(
            f"Version {version} of the statement is not the one in force, which is {VERSION}",
            next_step="Read the statement again and accept that version.",
            reason_code="accountability_outdated",
        )
    User.objects.select_for_update().get(pk=principal.user.pk)
    return accepted(principal.user) or _accept(principal)


def _accept(principal: Principal) -> Acceptance:
    row = Acceptance.objects.create(user=principal.user, version=VERSION, text=TEXT, accepted_at=clock.now())
    ledger.append(
        ApprovalEvent.ACCOUNTABILITY_ACCEPTED,
        f"user:{principal.user.pk}",
        actor=principal.actor,
        container=ledger.OF_THE_INSTALLATION,
        note=ledger.Note(new=of_acceptance(row)),
    )
    return row
