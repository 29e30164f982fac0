"""Tell people a fact: rows in the transaction of the change, so that a change rolled back tells nothing.

Mails follow after the commit, by `registry.notification_mails`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidence import clock
from evidence.actors import Actor
from registry.models import Notification, Project, User


@dataclass(frozen=True)
class Notice:
    """What is told: a stable key of the fact, a subject line, a sentence, and the path of its page."""

    kind: str
    key: str
    subject: str
    sentence: str
    path: str


def notify(people: Mapping[User, str], notice: Notice, project: Project, *, actor: Actor) -> None:
    """One row for each person with why that person is told; never the actor, and no fact twice."""
    moment = clock.now()
    rows = [
        Notification(
            person=person,
            project=project,
            kind=notice.kind,
            key=notice.key,
            subject=notice.subject,
            sentence=notice.sentence,
            reason=why,
            path=notice.path,
            created_at=moment,
            mail_at=moment,
        )
        for person, why in people.items()
        if str(person.pk) != actor.id
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
