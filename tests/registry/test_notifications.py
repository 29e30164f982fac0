"""A fact is told to a person once, with its transaction, and mailed once to who may read the project."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import transaction
from pytest_django import Settings

from evidence import clock
from evidence.actors import SYSTEM
from registry import notification_mails, notifying
from registry.access import grants
from registry.models import Notification, RoleGrant
from registry.notifying import Notice
from tests.cast import Cast

NOTICE = Notice("made", "made:1", "Something happened", "Something happened here.", "/releases/X/")


def tell(cast: Cast, *accounts: str, by: str = "") -> None:
    actor = cast.principal(by).actor if by else SYSTEM
    people = {cast[account]: "because the test says so" for account in accounts}
    notifying.notify(people, NOTICE, cast.project, actor=actor)


def test_a_fact_is_told_and_mailed_once_and_never_to_who_did_it(cast: Cast) -> None:
    for _ in range(2):
        tell(cast, "maren", "ruth", by="ruth")
        notification_mails.send_due()
    (one,) = mail.outbox
    assert one.to == ["maren@example.org"]
    assert "http://localhost:8000/releases/X/" in one.body
    assert "You get this mail because the test says so." in one.body


def test_what_is_rolled_back_tells_nothing(cast: Cast) -> None:
    with transaction.atomic():
        tell(cast, "maren")
        transaction.set_rollback(True)
    assert not Notification.objects.exists()


def test_two_workers_that_read_the_same_row_send_one_mail(cast: Cast) -> None:
    tell(cast, "maren")
    left, right = (Notification.objects.get() for _ in range(2))
    assert [notification_mails._send(left), notification_mails._send(right)] == [True, False]
    assert len(mail.outbox) == 1


def test_who_lost_the_last_role_is_not_told_by_mail(cast: Cast) -> None:
    tell(cast, "maren")
    grant = RoleGrant.objects.get(user=cast["maren"], project=cast.project)
    grants.revoke(grant, reason="Left the project", principal=cast.principal("adam"))
    assert notification_mails.send_due() == 0
    assert mail.outbox == []
    assert Notification.objects.get().mail_at is None


def test_a_mail_that_fails_is_tried_again_later(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(cast, "maren")
    usual = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "no.such.Backend"
    assert notification_mails.send_due() == 0
    settings.EMAIL_BACKEND = usual
    assert notification_mails.send_due() == 0, "not at once"
    later = clock.now() + notification_mails.CLAIM
    monkeypatch.setattr(clock, "now", lambda: later)
    assert notification_mails.send_due() == 1
    assert Notification.objects.get().mailed_at == later
