"""A world with runs, and a browser-less client for each person of the cast."""

from collections.abc import Callable

import pytest
from django.test import Client

from evidence import sealing
from registry.models import Run
from tests.cast import Cast
from tests.world import World, admit_run

SignIn = Callable[[str], Client]


@pytest.fixture
def run(world: World) -> Run:
    admitted = admit_run(world, k=348)
    sealing.seal()
    return admitted


@pytest.fixture
def signed_in(cast: Cast) -> SignIn:
    def sign_in(account: str) -> Client:
        client = Client()
        client.force_login(cast[account], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
