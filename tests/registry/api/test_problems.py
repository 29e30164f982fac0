"""Every refusal has one shape, and none shows internals."""

from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.test import APIClient

from evidence.errors import BlobMissing
from registry.conf.exceptions import handle, server_error
from tests.registry.api.bodies import METRIC, P
from tests.registry.api.conftest import As, problem


def test_an_address_that_does_not_exist_is_a_problem_too(signed_in: As) -> None:
    for where in [
        "/api/v1/nothing",
        "/api/v1/projects/",
        f"{P}/metrics/a/b/c",
        "/api/v2",
        f"{P}/runs/%00",
        "/api/v1/jobs/7",
    ]:
        body = problem(signed_in("ines").get(where), 404, "not_found")
        assert "/api/schema/" in body["next_step"]


def test_a_page_that_does_not_exist_stays_a_page(db: None) -> None:
    response = APIClient().get("/nothing")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_methods_and_formats_that_are_not_there(signed_in: As) -> None:
    ines = signed_in("ines")
    response = ines.delete(f"{P}/metrics")
    problem(response, 405, "method_not_allowed")
    assert set(response["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}
    problem(ines.post(f"{P}/metrics", "x", content_type="text/plain"), 415, "unsupported_media_type")
    problem(ines.get(f"{P}/metrics", headers={"Accept": "image/png"}), 406, "not_acceptable")
    problem(ines.get(f"{P}/metrics?format=xml"), 406, "not_acceptable")
    problem(ines.get(f"{P}?format=tsv"), 406, "not_acceptable")


def test_json_that_is_none_is_refused(signed_in: As) -> None:
    for body in [
        b"{",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"\xff",
        b"[" * 10000,
        b"",
        b'{"a":1e999999999}',
        b'"\\ud800"',
    ]:
        response = signed_in("ines").post(f"{P}/metrics", body, content_type="application/json")
        assert response.status_code in (400, 422)
        assert response["Content-Type"] == "application/problem+json"


def test_a_body_of_another_shape_is_refused(signed_in: As) -> None:
    cases: list[Any] = [[], 7, "text", None, [[]], {"": {}}, {"name": {"a": []}}, {"name": True}]
    for body in cases:
        response = signed_in("ines").post(f"{P}/metrics", body, format="json")
        assert response.status_code in (400, 422), response.content
        assert response["Content-Type"] == "application/problem+json"


def test_a_body_is_limited(signed_in: As, settings: Any) -> None:
    settings.MAX_DOCUMENT_BYTES = 100
    response = signed_in("ines").post(f"{P}/metrics", METRIC, format="json")
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (IntegrityError("UNIQUE constraint failed: registry_user.username"), 409, "conflict"),
        (DataError("value too long for type character varying"), 422, "value_not_storable"),
        (OperationalError("database is locked at /var/lib"), 503, "database_busy"),
        (BlobMissing("No bytes at /var/lib/x"), 500, "blob_missing"),
        (ZeroDivisionError("secret"), 500, "internal_error"),
    ],
)
def test_what_fails_inside_is_not_shown(error: Exception, status: int, code: str) -> None:
    request = HttpRequest()
    request.request_id = "abc"  # type: ignore[attr-defined]  # reason: the middleware sets it
    response = handle(error, {"request": Request(request), "view": None})
    assert response is not None
    assert response.status_code == status
    assert response.data["code"] == code
    assert response.data["request_id"] == "abc"
    for word in ("UNIQUE", "character varying", "/var/lib", "secret", "ZeroDivision"):
        assert word not in str(response.data)


def test_a_failure_outside_any_view_is_a_problem_on_the_api() -> None:
    request = HttpRequest()
    request.path = "/api/v1/x"
    response = server_error(request)
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
