"""New means to sign by other hands: by mail, by an administrator, by a recovery code; and who confirms."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from evidence import clock
from evidence.actors import SYSTEM
from evidence.models import LedgerEntry
from registry.access import factors, grants, people, recoveries, totp
from registry.access.roles import Role
from registry.errors import NotFound, PermissionMissing, RecoveryRefused
from registry.models import Recovery, RecoveryCause
from tests.cast import PASSWORD, Cast
from tests.codes import SECRET, code_of, enrol
from tests.registry.pages.conftest import SignIn, signed_in

__all__ = ["signed_in"]
REASON = "The phone was lost on the train."
SEEN = "I met her at her desk and saw her badge."
NEW = "another battery staple horse"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """The login library counts attempts and codes in its cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def taken(cast: Cast) -> Recovery:
    """Adam took Maren's authenticator away; Gus is a second administrator."""
    enrol(cast["maren"])
    administer(cast, "gus")
    return recoveries.remove_factors(
        cast["maren"], project=cast.project, reason=REASON, principal=cast.principal("adam")
    )


def administer(cast: Cast, account: str) -> None:
    """One more administrator of HARBOR."""
    grants.write(
        project=cast.project,
        user=cast[account],
        role=Role.ADMIN,
        reason="Test",
        granted_by=cast.principal("adam"),
    )


def confirm(cast: Cast, recovery: Recovery, by: str) -> Recovery:
    """Somebody says that it is Maren."""
    return recoveries.confirm(recovery, project=cast.project, reason=SEEN, principal=cast.principal(by))


def test_a_second_administrator_confirms_what_the_first_one_took(cast: Cast, taken: Recovery) -> None:
    assert not factors.held(cast["maren"]).any
    assert recoveries.unconfirmed(cast["maren"]) == taken
    confirmed = confirm(cast, taken, "gus")
    assert (confirmed.confirmed_by, confirmed.confirm_reason) == (cast["gus"], SEEN)
    assert recoveries.unconfirmed(cast["maren"]) is None
    told = LedgerEntry.objects.filter(subject=f"user:{cast['maren'].pk}", kind__startswith="user.recovery")
    assert list(told.order_by("pk").values_list("kind", flat=True)) == [
        "user.recovery_requested",
        "user.recovery_confirmed",
    ]


def test_who_took_it_does_not_confirm(cast: Cast, taken: Recovery) -> None:
    with pytest.raises(RecoveryRefused, match="second administrator"):
        confirm(cast, taken, "adam")


def test_the_person_does_not_confirm_as_administrator(cast: Cast, taken: Recovery) -> None:
    administer(cast, "maren")
    with pytest.raises(RecoveryRefused, match="second administrator"):
        confirm(cast, taken, "maren")


def test_nobody_confirms_twice(cast: Cast, taken: Recovery) -> None:
    confirm(cast, taken, "gus")
    with pytest.raises(RecoveryRefused, match="confirmed already"):
        confirm(cast, taken, "gus")


def test_a_member_without_the_role_confirms_and_takes_nothing(cast: Cast, taken: Recovery) -> None:
    with pytest.raises(PermissionMissing):
        confirm(cast, taken, "ruth")
    with pytest.raises(PermissionMissing):
        recoveries.remove_factors(
            cast["maren"], project=cast.project, reason=REASON, principal=cast.principal("ruth")
        )


def test_mallory_confirms_nobody_by_a_project_of_her_own(cast: Cast, taken: Recovery) -> None:
    with pytest.raises(NotFound):
        recoveries.confirm(taken, project=cast.elsewhere, reason=SEEN, principal=cast.principal("mallory"))
    with pytest.raises(NotFound):
        confirm(cast, taken, "mallory")


def test_nobody_takes_his_own_factor_this_way_nor_one_that_is_not_there(cast: Cast) -> None:
    enrol(cast["adam"])
    for account, words in (("adam", "his own account"), ("ruth", "no second factor")):
        with pytest.raises(RecoveryRefused, match=words):
            recoveries.remove_factors(
                cast[account], project=cast.project, reason=REASON, principal=cast.principal("adam")
            )
    assert not Recovery.objects.exists()


@pytest.mark.parametrize(
    ("constraint", "confirmed_by", "has_time"),
    [
        ("recovery_not_confirmed_by_oneself", "maren", True),
        ("recovery_confirmed_by_a_second_person", "adam", True),
        ("recovery_confirmed_by_somebody_at_a_time", "gus", False),
    ],
)
def test_the_database_refuses_it_too(
    cast: Cast, taken: Recovery, constraint: str, confirmed_by: str, has_time: bool
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Recovery.objects.filter(pk=taken.pk).update(
            confirmed_by=cast[confirmed_by], confirmed_at=clock.now() if has_time else None
        )


def test_a_password_set_by_mail_waits_for_an_administrator(cast: Cast) -> None:
    visitor = Client()
    visitor.post(reverse("account_reset_password"), {"email": "maren@example.org"})
    (link,) = re.findall(r"https?://[^/]+(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    form = visitor.get(link, follow=True)
    visitor.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    found = recoveries.unconfirmed(cast["maren"])
    assert found is not None
    assert (found.cause, found.requested_by) == (RecoveryCause.PASSWORD_RESET, None)
    confirm(cast, found, "adam")
    assert recoveries.unconfirmed(cast["maren"]) is None


def test_who_asks_for_somebodys_new_password_bars_nobody_from_a_factor(cast: Cast, signed_in: SignIn) -> None:
    Client().post(reverse("account_reset_password"), {"email": "maren@example.org"})
    EmailAddress.objects.get_or_create(user=cast["maren"], email="maren@example.org")
    maren = signed_in("maren")
    maren.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": "/"})
    for name in ("mfa_activate_totp", "mfa_add_webauthn"):
        assert maren.get(reverse(name)).status_code == 200


def test_a_password_set_on_the_server_waits_too(cast: Cast) -> None:
    people.set_password(cast["maren"], NEW, actor=SYSTEM)
    found = recoveries.unconfirmed(cast["maren"])
    assert found is not None
    assert found.cause == RecoveryCause.PASSWORD_SET


def test_a_password_changed_with_the_old_one_does_not(cast: Cast, signed_in: SignIn) -> None:
    body = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert signed_in("maren").post(reverse("account_change_password"), body).status_code == 302
    assert not Recovery.objects.exists()


def logged_in(account: str, code: str) -> Client:
    """Somebody who passed both steps of logging in, and confirmed it again."""
    client = Client()
    client.post(reverse("account_login"), {"login": account, "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": code})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": "/"})
    return client


def add_authenticator(client: Client) -> int:
    """Take the old authenticator off, and set a new one up by its page."""
    client.post(reverse("mfa_deactivate_totp"))
    page = client.get(reverse("mfa_activate_totp"))
    found = re.search(r'id="authenticator_secret"[^>]* value="(\w+)"', page.content.decode())
    assert found is not None
    code = totp.code_at(found[1], totp.step_of(clock.now()) + 1)
    return client.post(reverse("mfa_activate_totp"), {"code": code}).status_code


def test_an_authenticator_set_up_after_a_recovery_code_waits(cast: Cast) -> None:
    enrol(cast["maren"])
    row = Authenticator.objects.create(
        user=cast["maren"],
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": "a seed of a test", "used_mask": 0},
    )
    assert add_authenticator(logged_in("maren", row.wrap().get_unused_codes()[0])) == 302
    found = recoveries.unconfirmed(cast["maren"])
    assert found is not None
    assert found.cause == RecoveryCause.RECOVERY_CODE
    told = LedgerEntry.objects.filter(subject=f"user:{cast['maren'].pk}")
    assert told.filter(kind="user.recovery_code_used").count() == 1


def test_one_set_up_after_a_code_of_the_old_one_does_not(cast: Cast) -> None:
    enrol(cast["maren"])
    assert add_authenticator(logged_in("maren", code_of(cast["maren"]))) == 302
    assert factors.secret_of(cast["maren"]) not in (None, SECRET)
    assert not Recovery.objects.exists()


def test_a_code_does_not_log_in_twice(cast: Cast) -> None:
    enrol(cast["maren"])
    code = code_of(cast["maren"])
    for answer in (302, 200):
        client = Client()
        client.post(reverse("account_login"), {"login": "maren", "password": PASSWORD})
        assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == answer


def test_administrators_take_and_confirm_on_the_page_of_people(cast: Cast, signed_in: SignIn) -> None:
    enrol(cast["maren"])
    administer(cast, "gus")
    adam, gus, key = signed_in("adam"), signed_in("gus"), cast.project.key
    people = reverse("people", args=[key])
    take = reverse("recovery_take", args=[key, cast["maren"].pk])
    assert take in adam.get(people).content.decode()
    assert adam.post(take, {"reason": REASON}).status_code == 302
    recovery = Recovery.objects.get()
    confirm_url = reverse("recovery_confirm", args=[key, recovery.pk])
    said = adam.get(people).content.decode()
    assert "Another administrator confirms it" in said
    assert confirm_url not in said
    assert "second administrator" in adam.post(confirm_url, {"reason": SEEN}).content.decode()
    assert confirm_url in gus.get(people).content.decode()
    assert gus.post(confirm_url, {"reason": SEEN}).status_code == 302
    assert recoveries.unconfirmed(cast["maren"]) is None
    assert "Accounts to confirm" not in gus.get(people).content.decode()


def test_who_administers_nothing_sees_neither_page(cast: Cast, taken: Recovery, signed_in: SignIn) -> None:
    key = cast.project.key
    pages = (
        reverse("recovery_take", args=[key, cast["ines"].pk]),
        reverse("recovery_confirm", args=[key, taken.pk]),
    )
    for account, status in (("ruth", 403), ("mallory", 404)):
        assert [signed_in(account).get(page).status_code for page in pages] == [status, status]
    assert "Accounts to confirm" not in signed_in("ruth").get(reverse("people", args=[key])).content.decode()


def test_the_person_reads_on_the_account_page_what_is_missing(
    cast: Cast, taken: Recovery, signed_in: SignIn
) -> None:
    said = signed_in("maren").get(reverse("account_page")).content.decode()
    assert "second factor removed by an administrator" in said
    assert "You have no second factor." in said
