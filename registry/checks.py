"""System checks: an unsafe or missing setting is an error with an id and a hint."""

from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from evidence import publishing, revocation_lists
from evidence.errors import KeyMissing
from registry import working_days

SHORTEST_TOKEN: Final = 32


@register(Tags.security)
def secret_key(**_: Any) -> list[CheckMessage]:
    """registry.E001: a secret key is set."""
    if settings.SECRET_KEY.startswith("unset-"):
        return [
            Error(
                "SECRET_KEY is not set.",
                hint="`make run` writes one below the data folder; production sets the variable.",
                id="registry.E001",
            )
        ]
    return []


@register(Tags.security)
def time_authority(**_: Any) -> list[CheckMessage]:
    """registry.E008: the time authority is one that can be asked."""
    if not settings.TSA_URL or _is_web_address(settings.TSA_URL):
        return []
    return [
        Error(
            "TSA_URL is not an address with http or https and a host.",
            hint="Set the address of an RFC 3161 authority, or nothing for self-issued time.",
            id="registry.E008",
        )
    ]


@register(Tags.security)
def time_chain(**_: Any) -> list[CheckMessage]:
    """registry.E011: packs can carry the certificates that their time tokens are checked with."""
    if not settings.TSA_URL:
        return []
    try:
        revocation_lists.outside_chain()
        revocation_lists.outside_lists()
    except KeyMissing as fault:
        return [Error(fault.detail, hint=fault.next_step, id="registry.E011")]
    return []


@register(Tags.security)
def checkpoint_targets(**_: Any) -> list[CheckMessage]:
    """registry.E009: each target of checkpoints is a folder or an address, and no two share a name."""
    found = publishing.targets()
    names = [target.name for target in found]
    return [
        Error(
            f"CHECKPOINT_TARGETS: {target.name} {what}.",
            hint="List absolute folders and http or https addresses, separated by commas, each once.",
            id="registry.E009",
        )
        for target in found
        for what in _flaws(target, names)
    ]


@register
def working_days_known(**_: Any) -> list[CheckMessage]:
    """registry.E012: due dates can be counted."""
    try:
        working_days.calendar()
    except (ValueError, KeyError) as error:
        return [
            Error(
                f"WORKING_ZONE or HOLIDAYS: {error}.",
                hint="Set a zone such as Europe/Berlin, and days as YYYY-MM-DD, separated by commas.",
                id="registry.E012",
            )
        ]
    return []


@register(Tags.security)
def metrics_token(**_: Any) -> list[CheckMessage]:
    """registry.E010: the token of the figures cannot be guessed."""
    if not settings.METRICS_TOKEN or len(settings.METRICS_TOKEN) >= SHORTEST_TOKEN:
        return []
    return [
        Error(
            f"METRICS_TOKEN has fewer than {SHORTEST_TOKEN} characters.",
            hint="Set a random one, for example from `openssl rand -hex 32`, or none to close `/metrics`.",
            id="registry.E010",
        )
    ]


@register(Tags.security, deploy=True)
def profile_is_production(**_: Any) -> list[CheckMessage]:
    """registry.E002 to E007: what production refuses."""
    found: list[CheckMessage] = []
    if not settings.IS_PRODUCTION:
        found.append(Error("BENCHSEAL_PROFILE is not production.", id="registry.E002"))
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        found.append(Error("Production runs on PostgreSQL.", hint="Set DATABASE_URL.", id="registry.E003"))
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        found.append(
            Error(
                "Production needs a broker.",
                hint="Set CELERY_BROKER_URL to Redis or RabbitMQ.",
                id="registry.E004",
            )
        )
    found += _leaks()
    if not settings.TSA_URL:
        found.append(
            checks.Warning(
                "Time stamps are self-issued; packs say so.",
                hint="Set TSA_URL to an RFC 3161 authority.",
                id="registry.W001",
            )
        )
    return found


def _flaws(target: publishing.Target, names: list[str]) -> list[str]:
    found = []
    if not target.is_folder and not _is_web_address(target.address):
        found.append("is neither an absolute folder nor an address with http or https and a host")
    if names.count(target.name) > 1:
        found.append("stands there more than once, or differs in its query alone")
    return found


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        # The port is parsed when it is read, and only then a wrong one is an error.
        return address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:
        return False


def _leaks() -> list[CheckMessage]:
    """Settings that are handy on a desk, and in production hand secrets to strangers."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(
            Error("DEBUG shows settings and data to everybody.", hint="Unset DEBUG.", id="registry.E005")
        )
    if any(host.strip() in ("*", ".") for host in settings.ALLOWED_HOSTS):
        found.append(
            Error(
                "ALLOWED_HOSTS answers every host name.",
                hint="List the names of this installation.",
                id="registry.E006",
            )
        )
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        found.append(
            Error(
                "Mail is written to the log; a link for a new password is as good as the password.",
                hint="Set EMAIL_URL.",
                id="registry.E007",
            )
        )
    return found
