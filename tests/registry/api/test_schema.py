"""The OpenAPI document: valid, complete, and what is answered agrees with it."""

import json
import re
from typing import Any

import pytest
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from tests.registry.api.bodies import FAMILIES, NAMED, VERSIONS, P
from tests.registry.api.conftest import As
from tests.registry.api.test_access import _routes
from tests.world import World, admit_run


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    """The document as it is served."""
    GENERATOR_STATS.reset()
    response = APIClient().get("/api/schema/")
    assert response.status_code == 200
    found: dict[str, Any] = json.loads(response.content)
    return found


def test_the_document_is_valid_and_made_without_a_warning(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
    assert not GENERATOR_STATS


def test_every_address_is_in_it(document: dict[str, Any]) -> None:
    served = {
        "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
        for _, route in _routes(get_resolver().url_patterns)
        if route.startswith("api/v1/")
    }
    assert served
    assert served == {path for path in document["paths"] if path.startswith("/api/v1/")}


def test_every_operation_says_what_it_does_and_how_it_refuses(document: dict[str, Any]) -> None:
    seen: set[str] = set()
    for path, item in document["paths"].items():
        for method in {"get", "put", "post", "head", "delete", "patch"} & set(item):
            operation = item[method]
            assert operation["operationId"] not in seen
            seen.add(operation["operationId"])
            assert operation["summary"], path
            answers = operation["responses"]
            refusals = [a for code, a in answers.items() if code.startswith("4")]
            assert refusals, path
            assert all("application/problem+json" in a["content"] for a in refusals), path
            good = [a for code, a in answers.items() if code.startswith("2")]
            assert good, path
            assert method == "head" or all(a.get("content") for a in good), path


def test_answers_agree_with_the_document(document: dict[str, Any], world: World, signed_in: As) -> None:
    run, ines = admit_run(world), signed_in("ines")
    for kind, body in FAMILIES.items():
        _check(document, f"{P}/{kind}", ines.post(f"{P}/{kind}", body, format="json"), "post")
        where = f"{P}/{kind}/{body['name']}/versions"
        _check(document, where, ines.post(where, VERSIONS[kind], format="json"), "post")
        _check(document, where, ines.get(where), "get")
    for kind, body in NAMED.items():
        named = {**body, "name": f"{body['name']} 2"}
        _check(document, f"{P}/{kind}", ines.post(f"{P}/{kind}", named, format="json"), "post")
        _check(document, f"{P}/{kind}", ines.get(f"{P}/{kind}"), "get")
    for where in (f"{P}/runs", f"{P}/runs/{run.human_id}", f"{P}/submissions", P, f"{P}/grants"):
        _check(document, where, ines.get(where), "get")
    for where in ("/api/v1/me", "/api/v1/projects", "/api/v1/grants", "/api/v1/tokens", "/health"):
        _check(document, where, ines.get(where), "get")
    _check(document, f"{P}/runs/nothing", ines.get(f"{P}/runs/nothing"), "get")
    _check(document, f"{P}/metrics", ines.post(f"{P}/metrics", {}, format="json"), "post")


def test_the_documentation_page_runs_within_the_content_policy(db: None) -> None:
    client = APIClient()
    page = client.get("/api/docs/")
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "<script>" not in page.content.decode()
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    script = client.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert b"/api/schema/" in script.content


def _check(document: dict[str, Any], where: str, response: Any, method: str) -> None:
    operation = document["paths"][_path(document, where)][method]
    content = operation["responses"][str(response.status_code)]["content"]
    media_type = response["Content-Type"].partition(";")[0]
    schema = {**content[media_type]["schema"], "components": document["components"]}
    problems = [
        f"{where}: {e.json_path} {e.message}"
        for e in Draft202012Validator(schema).iter_errors(response.json())
    ]
    assert problems == []


def _path(document: dict[str, Any], where: str) -> str:
    fitting: list[str] = [p for p in document["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", p), where)]
    return min(fitting, key=lambda path: path.count("{"))
