"""Clients of the cast: signed in by session, or with a token; and bodies of each kind of record."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from registry.conf.exceptions import CONTENT_TYPE
from tests.cast import Cast

As = Callable[[str], APIClient]


@pytest.fixture
def signed_in(cast: Cast) -> As:
    """A client with the session of a person."""

    def make(account: str) -> APIClient:
        client = APIClient()
        client.force_login(cast[account])
        return client

    return make


@pytest.fixture
def with_token(cast: Cast) -> Callable[..., APIClient]:
    """A client with a token of a person."""

    def make(account: str, *scopes: str) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {cast.token(account, *scopes)}")
        return client

    return make


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal, after its shape was checked."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == CONTENT_TYPE
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"].endswith(f"/problem/{code}")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"]
    return body


def pointers(body: dict[str, Any]) -> list[str]:
    """Which fields a problem names."""
    return sorted({error["pointer"] for error in body["errors"]})
