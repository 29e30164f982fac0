"""Tell administrators what cannot wait until somebody looks; never raises, never inside a transaction."""

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import QuerySet

from evidence.models import Verification
from registry.access.administrators import administrators
from registry.models import Project, User
from registry.pages.addresses import absolute

logger = logging.getLogger(__name__)


def log_is_faulty(found: Verification) -> None:
    """What a verification found, as a line in the server's log and a mail to each administrator."""
    first = found.faults[0]
    logger.error(
        "Verification %s found %d faults, the first one at %s: %s",
        found.pk,
        found.fault_count,
        first["where"],
        first["what"],
    )
    subject = f"The log {settings.LOG_ORIGIN} did not verify: {found.fault_count} faults"
    _send(subject, _words(found), administrators())


def signing_is_locked(user: User, project: Project, release: str, *, at: datetime) -> None:
    """Failed attempts locked signing for somebody: a mail to each administrator of the project."""
    body = "\n".join(
        [
            f"Signing is locked for {user.printed_name} ({user.username}): the last attempts failed,",
            f"the last one at {at:%Y-%m-%d %H:%M} UTC on {release}. It opens again by itself.",
            "",
            "Ask the person. If it was somebody else, close the account or take its second factor away:",
            absolute("people", project.key),
        ]
    )
    _send(f"Signing is locked for {user.username}", body, administrators(project))


def _words(found: Verification) -> str:
    lines = [f"{fault['where']}: {fault['what']}" for fault in found.faults]
    more = found.fault_count - len(lines)
    return "\n".join(
        [
            f"{found.entries:,} entries were verified at {found.started_at:%Y-%m-%d %H:%M} UTC.",
            "Do not rely on this installation before each fault is explained.",
            "",
            *lines,
            *([f"… and {more} more"] if more > 0 else []),
            "",
            "Keep the database and the server's log as they are; compare both with the last backup, and run",
            "`manage.py verify_ledger --files` with --against for every checkpoint and pack kept elsewhere.",
            "",
            absolute("log"),
        ]
    )


def _send(subject: str, body: str, people: QuerySet[User]) -> None:
    """One mail to each of these people who has an address."""
    addresses = people.exclude(email="").values_list("email", flat=True)
    mails = [EmailMessage(f"[Benchseal] {subject}", body, to=[address]) for address in addresses]
    try:
        get_connection().send_messages(mails)
    except Exception:  # whatever a mail server does, what was found stands
        logger.exception("No mail was sent: %s", subject)
