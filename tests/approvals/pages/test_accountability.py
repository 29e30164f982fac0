"""The accountability statement is accepted on its page, once, before the first signature."""

from __future__ import annotations

import pytest
from django.test import Client

from approvals import accountability
from evidence.actors import SYSTEM
from registry.access import people
from registry.models import User
from tests.cast import Cast

pytestmark = pytest.mark.django_db

PAGE = "/account/accountability/"


@pytest.fixture
def newcomer(cast: Cast) -> User:
    return people.make_person(
        account="vera",
        printed_name="Vera Lund",
        email="vera@example.org",
        password="a quiet morning by the harbour",  # reason: of the test
        actor=SYSTEM,
    )


def test_a_newcomer_accepts_it_and_goes_on_where_they_were(newcomer: User) -> None:
    client = Client()
    client.force_login(newcomer, backend="django.contrib.auth.backends.ModelBackend")
    assert accountability.TEXT in client.get(PAGE).content.decode()
    answer = client.post(PAGE, {"version": accountability.VERSION, "next": "/queue/"})
    assert answer.headers["Location"] == "/queue/"
    assert accountability.accepted(newcomer) is not None


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", ""])
def test_it_never_leads_out_of_the_site(newcomer: User, elsewhere: str) -> None:
    client = Client()
    client.force_login(newcomer, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(PAGE, {"version": accountability.VERSION, "next": elsewhere})
    assert answer.headers["Location"] == "/account/"
