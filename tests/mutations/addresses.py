"""Every address of the site that takes a form or a body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from registry.access.login import closed

Act = tuple[str, str]
"""Name of an address and method."""

CLOSED: Final[dict[str, str]] = {
    "account_signup": "people come by invitation",
    "account_email": "an address is not changed here",
    "account_email_verification_sent": "an address is not changed here",
    "account_confirm_email": "an address is not changed here",
    "account_set_password": "every person has a password",
    "account_confirm_login_code": "nobody logs in by a code from a mail",
}
"""Addresses of the login library that answer nobody."""

CHANGES_NOTHING: Final[dict[str, str]] = {
    "account_login": "a session begins",
    "account_logout": "a session ends",
    "account_reauthenticate": "a session goes on",
    "account_reset_password": "a link is sent; the new password is told",
    "mfa_authenticate": "a session begins",
    "mfa_reauthenticate": "a session goes on",
    "api-pack-verify": "judges what it is sent and keeps nothing",
    "verify": "judges what it is sent and keeps nothing",
    "pack_verify": "judges a stored pack and keeps nothing",
    "api-stage-view": "opens a sign dialog; the signature is told",
    "api-waiver-dialog": "opens a dialog; the decision is told",
    "api-verifications": "asks for a job; what it found is told",
    "log_verify": "asks for a job; what it found is told",
}
"""Addresses that take a body and change nothing governed; all others must be seen to change something."""

BY_BROWSER: Final[dict[str, str]] = {
    "mfa_add_webauthn": "only a browser makes a passkey",
    "mfa_edit_webauthn": "only a browser makes a passkey",
    "mfa_reauthenticate_webauthn": "only a browser answers with a passkey",
}
"""Addresses that only the tests with a browser bring to succeed."""

UNSAFE: Final = ("post", "put", "patch", "delete")


def acts_of_the_site() -> set[Act]:
    """All of them, by the methods their views have."""
    return set(_acts(get_resolver()))


def unseen(seen: set[Act]) -> list[Act]:
    """Acts that nothing was seen of."""
    return sorted(acts_of_the_site() - seen)


def is_proved(name: str, *, changed: bool) -> bool:
    """Whether a successful act shows what it should: a governed change, unless it makes none."""
    return changed or name in CHANGES_NOTHING


def _acts(resolver: URLResolver) -> Iterator[Act]:
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from _acts(part)
        elif part.callback is not closed and part.name not in CLOSED | BY_BROWSER:
            yield from ((str(part.name), method) for method in _methods(part))


def _methods(pattern: URLPattern) -> tuple[str, ...]:
    view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
    if view is not None:
        # Form views of Django take PUT and DELETE as other words for POST.
        methods = UNSAFE if issubclass(view, APIView) else ("post",)
        return tuple(method for method in methods if hasattr(view, method))
    return _allowed(pattern.callback)


def _allowed(view: object) -> tuple[str, ...]:
    """The methods that a decorator of a plain view lets through; one without a decorator takes them all."""
    while view is not None:
        for cell in getattr(view, "__closure__", None) or ():
            found = cell.cell_contents
            if isinstance(found, list) and found and all(isinstance(word, str) for word in found):
                return tuple(word.lower() for word in found if word.lower() in UNSAFE)
        view = getattr(view, "__wrapped__", None)
    return UNSAFE
