"""Accounts by name, as grants and tokens give them."""

from registry.errors import FieldsInvalid
from registry.models import User


def person_or_service(account: str, pointer: str = "/user") -> User:
    """An active account by its name; raises `FieldsInvalid`."""
    found = User.objects.filter(username=account, is_active=True).first()
    if found is None:
        raise FieldsInvalid(
            "The account is unknown",
            [{"pointer": pointer, "detail": f"No account is called {account}.", "code": "account_unknown"}],
            next_step="Invite the person first, or look up the account name.",
        )
    return found
