"""Who reads a page, from the session; the one place where a page learns it."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from evidence.actors import Channel
from registry.access.authentication import session_of
from registry.access.principals import Principal
from registry.errors import NotFound
from registry.models import User


def principal_of(request: HttpRequest) -> Principal:
    """The signed-in person on the UI channel; raises `NotFound` where a view forgot to ask for a login."""
    user: object = request.user
    if isinstance(user, SimpleLazyObject):
        user = user._wrapped if bool(user) else None
    if not isinstance(user, User):
        raise NotFound("Nobody is signed in")
    return Principal(
        user=user,
        channel=Channel.UI,
        request_id=getattr(request, "request_id", ""),
        session=session_of(request.session.session_key),
    )
