"""Where the installation is and who asks: from the environment, with no project assumed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


class NotConfigured(Exception):
    """A variable of the environment is missing or cannot be used; the text names it and what to do."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Address of the installation without a final slash, and the token; the token is never shown."""

    url: str
    token: str = field(repr=False)


def connection(environment: Mapping[str, str]) -> Connection:
    """From BENCHSEAL_URL and BENCHSEAL_TOKEN; raises ``NotConfigured``."""
    url = _needed(environment, "BENCHSEAL_URL", "the address of the installation").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise NotConfigured("BENCHSEAL_URL is not an address like https://benchseal.example.")
    token = _needed(environment, "BENCHSEAL_TOKEN", "a token from the page of your account")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise NotConfigured("BENCHSEAL_TOKEN holds characters no token has; copy it again.")
    return Connection(url, token)


def project(environment: Mapping[str, str], given: str | None) -> str:
    """The project named on the command line, else in BENCHSEAL_PROJECT; raises ``NotConfigured``."""
    return given or _needed(environment, "BENCHSEAL_PROJECT", "the key of the project, or give --project")


def _needed(environment: Mapping[str, str], name: str, what: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise NotConfigured(f"{name} is not set: {what}.")
    return value
