"""Local login: sign-up is closed, people come by invitation, and a mail address is not changed here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from evidence import ledger
from evidence.actors import Actor, Channel
from registry.access import recoveries
from registry.events import RegistryEvent
from registry.models.access import User
from registry.models.factors import RecoveryCause


def closed(request: HttpRequest, **_: str) -> HttpResponse:
    """Addresses of the login library that would let a session change how its owner is recognised."""
    raise Http404


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]  # reason: allauth ships no types
    """Nobody makes an account for himself; a new password is told; a pipeline never logs in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        if not user.is_person:
            return self._refused(request, user)
        answer: HttpResponse | None = super().pre_login(request, user, **options)
        return answer

    def set_password(self, user: User, password: str) -> None:
        """Called when a person changes the password, or sets one by a link sent by mail."""
        by_mail = not context.request.user.is_authenticated
        actor = Actor(
            id=str(user.pk),
            name=user.printed_name,
            channel=Channel.UI,
            request_id=getattr(context.request, "request_id", ""),
        )
        with transaction.atomic():
            super().set_password(user, password)
            note = ledger.Note(new={"by": "link sent by mail" if by_mail else "old password"})
            ledger.append(
                RegistryEvent.PASSWORD_CHANGED,
                f"user:{user.pk}",
                actor=actor,
                container=ledger.OF_THE_INSTALLATION,
                note=note,
            )
            if by_mail:
                recoveries.after_reset(user, cause=RecoveryCause.PASSWORD_RESET, actor=actor)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Under the public address, whatever host the request came by."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.PUBLIC_URL.rstrip("/") + path.replace("UID-KEY", key)

    def _refused(self, request: HttpRequest, user: User) -> HttpResponse:
        answer: HttpResponse = self.respond_user_inactive(request, user)
        return answer
