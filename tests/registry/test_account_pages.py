"""Every page around logging in is ours: one frame, no inline script, plain words."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from registry.models import User

PASSWORD = "correct horse battery staple"
PUBLIC = (
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_signup",
    "account_inactive",
    "account_reset_password_from_key_done",
)
KNOWN = (
    "account_logout",
    "account_change_password",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
)


@pytest.fixture(autouse=True)
def _static_folder(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def member(client: Client, db: None) -> Client:
    user = User.objects.create_user("cam", password=PASSWORD, printed_name="Cam Whitfield")
    client.force_login(user)
    return client


def assert_is_ours(html: str) -> None:
    assert "Times are UTC, from the server" in html
    assert "benchseal/css/benchseal" in html
    assert not re.findall(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))", html)
    assert not re.findall(r"\sstyle=|<style", html)
    assert not re.search(r"\b(?:please|sorry|successfully)\b|Sign In", html)


@pytest.mark.django_db
@pytest.mark.parametrize("name", PUBLIC)
def test_a_page_before_login_is_ours(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert_is_ours(response.content.decode())


@pytest.mark.parametrize("name", KNOWN)
def test_a_page_of_the_account_is_ours(member: Client, name: str) -> None:
    url = reverse(name)
    member.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": url})
    response = member.get(url)
    assert response.status_code == 200
    html = response.content.decode()
    assert_is_ours(html)
    assert "Cam Whitfield" in html


@pytest.mark.django_db
def test_a_used_link_for_a_new_password_says_what_to_do(client: Client) -> None:
    url = reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "x"})
    html = client.get(url).content.decode()
    assert "No password was changed." in html
    assert_is_ours(html)


@pytest.mark.django_db
def test_a_wrong_password_names_the_way_on_and_stores_nothing(client: Client) -> None:
    response = client.post(reverse("account_login"), {"login": "nobody", "password": "wrong"})
    html = response.content.decode()
    assert response.status_code == 200
    assert 'role="alert"' in html
    assert_is_ours(html)


@pytest.mark.django_db
def test_an_address_that_is_not_there_answers_in_our_frame(client: Client) -> None:
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert_is_ours(response.content.decode())
