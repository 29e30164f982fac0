"""Local login: sign-up is closed, people come by invitation."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]  # reason: allauth ships no types
    """Nobody makes an account for himself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
