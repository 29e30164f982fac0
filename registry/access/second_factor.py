"""How the login library names this installation to authenticators and passkeys."""

from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from registry.models.access import User


def relying_party() -> dict[str, str]:
    """Passkeys are made for the public address, whatever host a request came by."""
    return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": settings.OPERATOR}


class HouseAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # reason: allauth ships no types
    """Account names instead of mail addresses; one relying party, that of the public address."""

    def get_totp_label(self, user: User) -> str:
        return user.username

    def get_totp_issuer(self) -> str:
        return f"Benchseal {relying_party()['id']}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return relying_party()

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, object]:
        return {"id": user.pk.bytes, "name": user.username, "display_name": user.printed_name}

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002  # reason: its name
        return "Passkey"
