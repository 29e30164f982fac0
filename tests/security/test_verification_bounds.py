"""Nobody fills the disk by sending packs to be checked."""

import pytest
from django.test import Client

from approvals.api.pack_uploads import LARGEST, LARGEST_OF_STRANGERS
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def announce(client: Client, size: int) -> int:
    """The status of a form that says it is so large; its body is not sent."""
    answer = client.post(
        "/verify/", data=b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(size)
    )
    return int(answer.status_code)


def test_a_stranger_sends_a_small_pack_at_most() -> None:
    assert announce(Client(), LARGEST_OF_STRANGERS + 1) == 413


def test_who_is_signed_in_sends_a_large_one(cast: Cast) -> None:
    client = Client()
    client.force_login(cast["audra"])
    assert announce(client, LARGEST_OF_STRANGERS + 1) != 413
    assert announce(client, LARGEST + 1) == 413
