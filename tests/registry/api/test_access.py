"""Who gets in, who is told what, and how grants, tokens and invitations are given."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from rest_framework.test import APIClient

from evidence import clock
from evidence.canonical import utc_text
from evidence.models import LedgerEntry
from registry.access import grants, tokens
from registry.models import ApiToken, Invitation, Project, RoleGrant, User
from tests.cast import PASSWORD, Cast
from tests.registry.api.bodies import METRIC, P
from tests.registry.api.conftest import As, pointers, problem

V1 = "/api/v1"
Tokens = Callable[..., APIClient]
LISTS = [
    f"{P}/{name}"
    for name in (
        "submissions",
        "runs",
        "models",
        "datasets",
        "benchmarks",
        "metrics",
        "criteria-sets",
        "rollback-artifacts",
        "signals",
        "grants",
    )
]


def test_without_a_grant_a_project_does_not_exist(signed_in: As) -> None:
    for where in [P, *LISTS, f"{P}/invitations", f"{P}/artifacts/sha256:{'0' * 64}"]:
        unknown = where.replace("HARBOR", "NOWHERE")
        for account in ("mallory", "sue", "gus"):
            client = signed_in(account)
            foreign, missing = client.get(where), client.get(unknown)
            problem(foreign, 404, "not_found")
            assert foreign.json().keys() == missing.json().keys()
            assert foreign.json()["detail"] == missing.json()["detail"].replace("NOWHERE", "HARBOR")


def test_nobody_signed_in_is_401_with_a_challenge(cast: Cast) -> None:
    for where in [P, *LISTS, f"{V1}/me", f"{V1}/projects", f"{V1}/ledger/checkpoint"]:
        response = APIClient().get(where)
        problem(response, 401, "not_authenticated")
        assert response["WWW-Authenticate"] == 'Bearer realm="benchseal"'


def test_lists_take_at_most_eight_queries(signed_in: As) -> None:
    for where in LISTS:
        client = signed_in("ines")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(where).status_code == 200
        assert len(queries) <= 8


def test_a_grant_that_ended_lets_nobody_in(cast: Cast, signed_in: As, with_token: Tokens) -> None:
    session, token = signed_in("ines"), with_token("ines")
    assert session.get(P).status_code == token.get(P).status_code == 200
    RoleGrant.objects.filter(user=cast["ines"]).update(valid_to=clock.now())
    problem(session.get(P), 404, "not_found")
    problem(token.get(P), 404, "not_found")
    assert session.get(f"{V1}/projects").json()["items"] == []
    assert session.get(f"{V1}/grants").json()["items"] == []


def test_a_grant_in_the_future_lets_nobody_in_yet(cast: Cast, signed_in: As) -> None:
    RoleGrant.objects.filter(user=cast["ines"]).update(valid_from=clock.now() + timedelta(hours=1))
    problem(signed_in("ines").get(P), 404, "not_found")


def test_a_former_administrator_gives_no_roles(cast: Cast, signed_in: As) -> None:
    adam = signed_in("adam")
    body = {"user": "gus", "role": "auditor", "reason": "Yearly audit of claims"}
    RoleGrant.objects.filter(user=cast["adam"], project=cast.project).update(valid_to=clock.now())
    problem(adam.post(f"{P}/grants", body, format="json"), 404, "not_found")
    grants.write(
        project=cast.project, user=cast["adam"], role="auditor", reason="x", granted_by=cast.principal("ruth")
    )
    refused = problem(adam.post(f"{P}/grants", body, format="json"), 403, "permission_missing")
    assert refused["permission"] == "grant:manage"
    assert refused["roles"] == ["Administrator"]


@pytest.mark.parametrize("change", ["revoked", "expired", "inactive", "wrong secret", "other scheme", "junk"])
def test_a_token_that_cannot_be_used_is_401(cast: Cast, change: str) -> None:
    text = cast.token("ines")
    match change:
        case "revoked":
            tokens.revoke(ApiToken.objects.get(), principal=cast.principal("ines"))
        case "expired":
            ApiToken.objects.update(expires_at=clock.now())
        case "inactive":
            User.objects.filter(username="ines").update(is_active=False)
        case "wrong secret":
            text = text[:-1] + ("a" if text[-1] != "a" else "b")
        case "junk":
            text = "bs__\xff"
    client = APIClient()
    scheme = "Basic" if change == "other scheme" else "Bearer"
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {text}")
    response = client.get(P)
    assert response.status_code == 401
    assert response["WWW-Authenticate"]
    assert response.json()["code"] in {"token_invalid", "not_authenticated"}


def test_a_token_works_on_its_project_and_in_its_scopes_alone(cast: Cast, with_token: Tokens) -> None:
    reader = with_token("adam", "project:read")
    assert [item["key"] for item in reader.get(f"{V1}/projects").json()["items"]] == ["HARBOR"]
    problem(reader.get(f"{V1}/projects/ELSEWHERE"), 404, "not_found")
    assert problem(reader.get(f"{P}/grants"), 403, "scope_missing")["scope"] == "audit:read"
    me = reader.get(f"{V1}/me").json()
    assert me["token"]["scopes"] == ["project:read"]
    assert me["projects"] == [{"project": "HARBOR", "roles": ["admin"], "permissions": ["project:read"]}]
    assert {item["project"] for item in reader.get(f"{V1}/grants").json()["items"]} == {"HARBOR"}


def test_a_session_writes_with_its_form_secret_alone(cast: Cast) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.login(username="ines", password=PASSWORD)
    problem(client.post(f"{P}/metrics", METRIC, format="json"), 403, "csrf_failed")


def test_me_says_what_i_may_do(signed_in: As) -> None:
    me = signed_in("audra").get(f"{V1}/me").json()
    assert me["account"] == "audra"
    assert me["kind"] == "person"
    assert me["token"] is None
    assert me["projects"][0]["roles"] == ["auditor"]
    assert "artifact:upload" not in me["projects"][0]["permissions"]


def test_a_role_is_given_shown_and_ended(cast: Cast, signed_in: As) -> None:
    adam, gus = signed_in("adam"), signed_in("gus")
    ends = utc_text(clock.now() + timedelta(days=30))
    body = {"user": "gus", "role": "auditor", "reason": "Yearly audit of claims", "ends_at": ends}
    given = adam.post(f"{P}/grants", body, format="json")
    assert given.status_code == 201, given.content
    assert given.json()["valid_to"] == ends
    assert given.json()["granted_by"] == "adam"
    assert gus.get(P).status_code == 200
    assert gus.get(f"{V1}/grants").json()["items"] == [given.json()]
    problem(adam.post(f"{P}/grants", body, format="json"), 422, "grant_refused")

    where = f"{P}/grants/{given.json()['id']}/revoke"
    assert pointers(problem(adam.post(where, {}, format="json"), 422, "fields_invalid")) == ["/reason"]
    ended = adam.post(where, {"reason": "The audit is over"}, format="json")
    assert ended.status_code == 200
    assert ended.json()["revoked_by"] == "adam"
    problem(gus.get(P), 404, "not_found")
    problem(adam.post(where, {"reason": "The audit is over"}, format="json"), 422, "grant_refused")
    listed = adam.get(f"{P}/grants?limit=200").json()["items"]
    assert ended.json() in listed


def test_a_grant_that_cannot_be_is_refused(signed_in: As) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"user": "adam"}, "grant_refused"),
        ({"user": "nobody"}, "fields_invalid"),
        ({"user": "a\x00b"}, "fields_invalid"),
        ({"role": "king"}, "fields_invalid"),
        ({"reason": "short"}, "fields_invalid"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "grant_refused"),
        ({"ends_at": "0001-01-01T00:00:00+23:59"}, "fields_invalid"),
        ({"starts_at": "soon"}, "fields_invalid"),
        ({"until": "2030-01-01"}, "fields_invalid"),
    ]
    for changes, code in cases:
        before = RoleGrant.objects.count()
        body = {"user": "gus", "role": "auditor", "reason": "Yearly audit of claims", **changes}
        problem(signed_in("adam").post(f"{P}/grants", body, format="json"), 422, code)
        assert RoleGrant.objects.count() == before


def test_a_grant_of_another_project_is_not_found(cast: Cast, signed_in: As) -> None:
    other = RoleGrant.objects.filter(project=cast.elsewhere).first()
    assert other is not None
    where = f"{P}/grants/{other.pk}/revoke"
    problem(signed_in("adam").post(where, {"reason": "Not mine to end"}, format="json"), 404, "not_found")


def test_a_token_is_shown_once_and_ended(cast: Cast, signed_in: As) -> None:
    ines = signed_in("ines")
    body = {
        "project": "HARBOR",
        "name": "CI",
        "scopes": ["project:read"],
        "expires_at": utc_text(clock.now() + timedelta(days=30)),
    }
    issued = ines.post(f"{V1}/tokens", body, format="json", headers={"Idempotency-Key": "k"})
    again = ines.post(f"{V1}/tokens", body, format="json", headers={"Idempotency-Key": "k"})
    assert issued.status_code == again.status_code == 201
    assert issued.json()["text"] != again.json()["text"]
    assert issued["Cache-Control"] == "no-store"
    text, shown = issued.json()["text"], issued.json()["token"]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert client.get(P).status_code == 200
    assert text.partition("_")[2].partition("_")[2] not in ines.get(f"{V1}/tokens").content.decode()

    where = f"{V1}/tokens/{shown['id']}/revoke"
    problem(signed_in("mallory").post(where), 404, "not_found")
    problem(signed_in("maren").post(where), 403, "permission_missing")
    assert ines.post(where).json()["revoked_at"]
    problem(client.get(P), 401, "token_invalid")


def test_a_token_that_cannot_be_is_refused(signed_in: As) -> None:
    cases: list[dict[str, Any]] = [
        {"scopes": []},
        {"scopes": ["release:sign"]},
        {"scopes": ["grant:manage"]},
        {"scopes": "project:read"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "9999-12-31T23:59:59Z"},
        {"user": "tobias"},
        {"user": "nobody"},
    ]
    for changes in cases:
        body = {
            "project": "HARBOR",
            "name": "CI",
            "scopes": ["project:read"],
            "expires_at": utc_text(clock.now() + timedelta(days=30)),
            **changes,
        }
        response = signed_in("ines").post(f"{V1}/tokens", body, format="json")
        [pointer] = {
            error["pointer"].split("/")[1] for error in problem(response, 422, "fields_invalid")["errors"]
        }
        assert pointer in changes
        assert ApiToken.objects.count() == 0


def test_tokens_are_not_issued_by_tokens_or_reviewers(signed_in: As, with_token: Tokens) -> None:
    body = {
        "project": "HARBOR",
        "name": "CI",
        "scopes": ["project:read"],
        "expires_at": utc_text(clock.now() + timedelta(days=1)),
    }
    problem(with_token("ines").post(f"{V1}/tokens", body, format="json"), 403, "scope_missing")
    problem(signed_in("audra").post(f"{V1}/tokens", body, format="json"), 403, "permission_missing")
    problem(signed_in("mallory").post(f"{V1}/tokens", body, format="json"), 404, "not_found")


def test_a_service_account_gets_a_token_from_who_answers_for_it(cast: Cast, signed_in: As) -> None:
    ines, body = signed_in("ines"), {"account": "ci-harbor", "printed_name": "CI of HARBOR"}
    made = ines.post(f"{P}/service-accounts", body, format="json")
    assert made.status_code == 201, made.content
    assert made.json()["answerable"] == "ines"
    again = problem(ines.post(f"{P}/service-accounts", body, format="json"), 422, "fields_invalid")
    assert pointers(again) == ["/account"]
    problem(
        ines.post(f"{P}/service-accounts", {**body, "account": "Bad Name"}, format="json"),
        422,
        "fields_invalid",
    )
    given = {"user": "ci-harbor", "role": "submitter", "reason": "Nightly evaluations"}
    assert signed_in("adam").post(f"{P}/grants", given, format="json").status_code == 201
    reviewer = {**given, "role": "validator"}
    problem(signed_in("adam").post(f"{P}/grants", reviewer, format="json"), 422, "grant_refused")
    token = {
        "project": "HARBOR",
        "name": "CI",
        "user": "ci-harbor",
        "scopes": ["project:read"],
        "expires_at": utc_text(clock.now() + timedelta(days=1)),
    }
    issued = ines.post(f"{V1}/tokens", token, format="json")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.json()['text']}")
    assert client.get(f"{V1}/me").json()["kind"] == "service"


def test_an_invitation_shows_its_secret_once(signed_in: As) -> None:
    adam = signed_in("adam")
    body = {
        "email": "eve@example.org",
        "printed_name": "Eve Example",
        "role": "auditor",
        "reason": "Yearly audit of claims",
    }
    sent = adam.post(f"{P}/invitations", body, format="json", headers={"Idempotency-Key": "i"})
    assert sent.status_code == 201, sent.content
    secret = sent.json()["secret"]
    listed = adam.get(f"{P}/invitations")
    assert listed.json()["items"] == [sent.json()["invitation"]]
    assert secret not in listed.content.decode()
    assert Invitation.objects.get().secret_hash not in listed.content.decode()
    bad = {**body, "email": "no address", "role": "king"}
    assert pointers(problem(adam.post(f"{P}/invitations", bad, format="json"), 422, "fields_invalid")) == [
        "/email",
        "/role",
    ]
    problem(signed_in("ines").get(f"{P}/invitations"), 403, "permission_missing")


def test_a_project_is_read_by_key_and_id(cast: Cast, signed_in: As) -> None:
    ines = signed_in("ines")
    body = ines.get(P).json()
    assert body["organisation"] == "HarborSure Insurance"
    assert ines.get(f"{V1}/projects/{cast.project.pk}").json() == body
    assert ines.get(f"{V1}/projects").json()["items"] == [body]
    problem(ines.post(f"{V1}/projects", {}, format="json"), 405, "method_not_allowed")


@pytest.mark.parametrize("projects", [1, 25])
def test_the_list_of_projects_takes_few_queries(cast: Cast, signed_in: As, projects: int) -> None:
    for number in range(projects - 1):
        made = Project.objects.create(
            organisation=cast.project.organisation, key=f"P{number}", name="More", created_at=clock.now()
        )
        grants.write(
            project=made, user=cast["ines"], role="auditor", reason="x", granted_by=cast.principal("adam")
        )
    client = signed_in("ines")
    for where in (f"{V1}/projects", f"{V1}/grants", f"{V1}/me"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(where).status_code == 200
        assert len(queries) <= 8


def test_every_address_refuses_a_visitor(cast: Cast) -> None:
    client = APIClient()
    values = {"project": "HARBOR", "reference": "x", "family": "x", "digest": "sha256:" + "0" * 64}
    for pattern, route in _routes(get_resolver().url_patterns):
        if route.startswith("api/v1/") and pattern.lookup_str.startswith("registry."):
            for name, text in values.items():
                route = route.replace(f"<ref:{name}>", text)  # noqa: PLW2901  # reason: filled in step by step
            where = "/" + _with_ids(route)
            assert client.get(where).status_code in (401, 405), where
            assert client.post(where, {}, format="json").status_code in (401, 405), where


def test_who_changed_what_is_in_the_ledger(cast: Cast, signed_in: As) -> None:
    made = signed_in("ines").post(f"{P}/metrics", METRIC, format="json")
    entry = LedgerEntry.objects.get(kind="catalogue.recorded")
    assert entry.actor_id == str(cast["ines"].pk)
    assert entry.channel == "api"
    assert made["X-Request-ID"].encode() in bytes(entry.payload.body)


def _routes(patterns: Any, before: str = "") -> list[tuple[URLPattern, str]]:
    found: list[tuple[URLPattern, str]] = []
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            found.append((pattern, route))
    return found


def _with_ids(route: str) -> str:
    for name in ("token", "job", "entry", "grant"):
        route = route.replace(f"<uuid:{name}>", "7b6b1b0e-0000-7000-8000-000000000000")
    return route
