"""Mail what people were told, after the commit; a conditional update claims a row, so two workers send once.

A worker that is killed between the mail server's answer and its own note sends that mail again, under the
same Message-ID.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage

from evidence import clock
from registry.access import policy
from registry.models import Notification

logger = logging.getLogger(__name__)

MOST: Final = 50
"""Mails of one turn: the rest follow in the next."""
CLAIM: Final = timedelta(minutes=10)
"""How long a worker may take for one mail before another one tries."""
MOST_ATTEMPTS: Final = 8


def send_due() -> int:
    """Send each mail that is due; one that fails is tried again later. The number of mails sent."""
    due = Notification.objects.filter(mail_at__lte=clock.now()).select_related("person", "project")
    return sum(_send(row) for row in due.order_by("mail_at", "pk")[:MOST])


def _send(row: Notification) -> bool:
    moment = clock.now()
    if not _claim(row, moment):
        return False
    if not _may_be_told(row):
        _note(row, mail_at=None)
        return False
    try:
        _mail(row).send()
    except Exception:  # whatever a mail server does, the next one is sent
        logger.exception("Notification %s was not mailed", row.pk)
        attempts = row.mail_attempts + 1
        again = moment + timedelta(minutes=2**attempts) if attempts < MOST_ATTEMPTS else None
        _note(row, mail_at=again, mail_attempts=attempts)
        return False
    _note(row, mail_at=None, mailed_at=moment)
    return True


def _claim(row: Notification, moment: datetime) -> bool:
    mine = Notification.objects.filter(pk=row.pk, mail_at=row.mail_at, mailed_at__isnull=True)
    return bool(mine.update(mail_at=moment + CLAIM))


def _note(row: Notification, **values: object) -> None:
    Notification.objects.filter(pk=row.pk).update(**values)


def _may_be_told(row: Notification) -> bool:
    """Asked when the mail leaves: who lost the last role on the project meanwhile is not told."""
    person = row.person
    return person.is_active and bool(person.email) and bool(policy.roles_of(person, row.project))


def _mail(row: Notification) -> EmailMessage:
    lines = [
        row.sentence,
        "",
        settings.PUBLIC_URL.rstrip("/") + row.path,
        "",
        f"You get this mail {row.reason}.",
    ]
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return EmailMessage(
        f"[Benchseal] {row.subject}",
        "\n".join(lines),
        to=[row.person.email],
        headers={"Message-ID": f"<{row.pk}@{host}>"},
    )
