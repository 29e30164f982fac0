"""Whole addresses of this installation, for links that leave the page."""

from django.conf import settings
from django.urls import reverse


def absolute(name: str, *arguments: str) -> str:
    """The address of a page under the public address, whatever host the request came by."""
    return settings.PUBLIC_URL.rstrip("/") + reverse(name, args=arguments)
