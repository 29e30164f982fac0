"""What people call things, as entries of the ledger name them."""

from registry import subjects
from registry.models import User


def subject_of(text: str) -> str:
    """The subject of a human id such as `HARBOR-RUN-2026-0012`; what has a colon is a subject already."""
    return subjects.named(text) if text and ":" not in text else text


def actor_of(account: str) -> str:
    """The id of an account; of what is no account (`system`) the text itself."""
    found = User.objects.filter(username=account).values_list("pk", flat=True).first() if account else None
    return str(found) if found else account
