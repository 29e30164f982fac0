"""How a request proves who sends it: a session (with CSRF) or an API token."""

import hashlib
import hmac
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import SimpleLazyObject
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from evidence import clock
from evidence.actors import Channel
from registry.access.principals import Principal
from registry.models.access import ApiToken, RoleGrant, User, UserKind

PREFIX = "bs_"
USED_AT_MOST_EVERY = timedelta(minutes=1)


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session; answers 401 with a challenge when nobody is signed in."""

    def authenticate_header(self, request: Request) -> str:
        return 'Session realm="benchseal"'


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer bs_<id>_<secret>`; unknown, expired and revoked give the same 401."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = _find(value.strip())
        if token is None:
            raise AuthenticationFailed("The token is unknown, expired or revoked.", code="token_invalid")
        _note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="benchseal"'


def principal_of(request: Request) -> Principal:
    """The caller of an API request."""
    token = request.auth if isinstance(request.auth, ApiToken) else None
    return Principal(
        user=_user(request.user),
        token=token,
        channel=Channel.API,
        request_id=getattr(request, "request_id", ""),
        session="" if token is not None else session_of(request.session.session_key),
    )


def session_of(key: str | None) -> str:
    """The name of a session among its own acts: nobody can resume it from there."""
    return secret_hash(key) if key else ""


def secret_hash(secret: str) -> str:
    """What is stored of a 256-bit random secret: it needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _user(user: object) -> User:
    if isinstance(user, SimpleLazyObject):
        user = user._wrapped
    if not isinstance(user, User):
        raise AuthenticationFailed("Nobody is signed in.", code="not_authenticated")
    return user


def _find(value: str) -> ApiToken | None:
    public_id, _, secret = value.removeprefix(PREFIX).partition("_")
    moment = clock.now()
    token = (
        ApiToken.objects.select_related("user", "issued_by")
        .filter(_someone_answers(), revoked_at__isnull=True, public_id=public_id, expires_at__gt=moment)
        .first()
    )
    stored = token.secret_hash if token else secret_hash("")
    matches = hmac.compare_digest(stored, secret_hash(secret))
    return token if token and matches and value.startswith(PREFIX) else None


def _someone_answers() -> Q:
    """The account is open; a pipeline's token ends with the account or the last role of who issued it."""
    held = RoleGrant.objects.in_force().filter(user=OuterRef("issued_by"), project=OuterRef("project"))
    own = Q(user__kind=UserKind.PERSON)
    return Q(own | Q(Exists(held)), user__is_active=True, issued_by__is_active=True)


def _note_use(token: ApiToken) -> None:
    moment = clock.now()
    if token.last_used_at is None or moment - token.last_used_at > USED_AT_MOST_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=moment)
