"""Second factors are added and removed with an entry, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from evidence.actors import Actor, Channel
from registry.access import factors
from registry.events import RegistryEvent
from registry.models import User

View = Callable[..., HttpResponseBase]


def told(view: View) -> View:
    """A view of the login library that may change the factors of who is logged in."""

    @login_required
    @wraps(view)
    def telling(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        with transaction.atomic():
            user = User.objects.select_for_update().get(username=request.user.get_username())
            before = _factors(user)
            response = view(request, **arguments)
            if isinstance(response, HttpResponse) and hasattr(response, "render"):
                response.render()  # what it asks the database for belongs to this transaction
            _tell(user, before, _factors(user), getattr(request, "request_id", ""))
        return response

    return telling


def _factors(user: User) -> dict[int, str]:
    return dict(Authenticator.objects.filter(user=user).values_list("pk", "type"))


def _tell(user: User, before: dict[int, str], after: dict[int, str], request_id: str) -> None:
    actor = Actor(id=str(user.pk), name=user.printed_name, channel=Channel.UI, request_id=request_id)
    changes = [(RegistryEvent.FACTOR_REMOVED, kind) for pk, kind in before.items() if pk not in after]
    changes += [(RegistryEvent.FACTOR_ADDED, kind) for pk, kind in after.items() if pk not in before]
    for event, kind in changes:
        factors.tell(event, user, kind, actor=actor)
