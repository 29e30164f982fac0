"""Every API endpoint for every role, taken from the URL resolver: a new endpoint fails until it is listed.

The table says which permission an endpoint asks for. Who carries it gets past the door (whatever an
empty body then means); who does not gets 403; no grant on the project gives 404; nobody signed in 401.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any, Final
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from approvals import pack_requests
from approvals.models import Condition, Pack, Release
from evidence import clock, vault
from evidence.digests import sha256_bytes
from evidence.models import LedgerEntry
from registry.access import grants, tokens
from registry.access.principals import Principal
from registry.access.roles import ROLE_PERMISSIONS, SIGNING, TOKEN_SCOPES, Permission, Role
from registry.models import Artifact
from tests.approvals.deputising import given
from tests.cast import ROLES, Cast
from tests.challenges import asked as ask
from tests.conditions import sign_with, terms
from tests.releases import sign, submitted
from tests.waivers import another, asked
from tests.world import World, admit_run

P = Permission
SESSION_ONLY: Final = "a person's session, never a token"


@dataclass(frozen=True)
class Door:
    """What an endpoint asks for: a permission on the project, `None` for any signed-in account."""

    permission: Permission | None
    is_public: bool = False
    session_only: bool = False
    in_project: bool = True


READ, WRITE = Door(P.PROJECT_READ), Door(P.CATALOGUE_WRITE)
ANYBODY_IN = Door(None, in_project=False)
PUBLIC = Door(None, is_public=True, in_project=False)
SIGN = Door(P.RELEASE_SIGN, session_only=True)

KINDS: Final = (
    "model-version",
    "dataset-version",
    "benchmark-version",
    "metric",
    "criteria-set",
    "rollback-artifact",
    "signal",
)

DOORS: Final[dict[tuple[str, str], Door]] = {
    ("api-me", "get"): ANYBODY_IN,
    ("api-queue", "get"): ANYBODY_IN,
    ("api-accountability", "get"): Door(None, session_only=True, in_project=False),
    ("api-accountability", "post"): Door(None, session_only=True, in_project=False),
    ("api-delegations", "get"): ANYBODY_IN,
    ("api-delegation-list", "get"): READ,
    ("api-delegation-list", "post"): SIGN,
    ("api-delegation-accept", "post"): SIGN,
    ("api-delegation-decline", "post"): Door(P.PROJECT_READ, session_only=True),
    ("api-delegation-end", "post"): Door(P.PROJECT_READ, session_only=True),
    ("api-grants", "get"): ANYBODY_IN,
    ("api-tokens", "get"): ANYBODY_IN,
    ("api-tokens", "post"): ANYBODY_IN,
    ("api-token-revoke", "post"): Door(P.GRANT_MANAGE),
    ("api-job", "get"): READ,
    ("api-checkpoint", "get"): ANYBODY_IN,
    ("api-consistency", "get"): ANYBODY_IN,
    ("api-verifications", "get"): ANYBODY_IN,
    ("api-verifications", "post"): Door(P.GRANT_MANAGE, in_project=False),
    ("api-entry-proof", "get"): Door(P.AUDIT_READ),
    ("api-ledger-list", "get"): Door(P.AUDIT_READ),
    ("api-ledger-export", "get"): Door(P.AUDIT_READ),
    ("api-project-list", "get"): ANYBODY_IN,
    ("api-project", "get"): READ,
    ("api-artifact", "get"): Door(P.ARTIFACT_READ),
    ("api-artifact", "head"): Door(P.ARTIFACT_READ),
    ("api-artifact", "put"): Door(P.ARTIFACT_UPLOAD),
    ("api-submission-list", "get"): READ,
    ("api-submission-list", "post"): Door(P.RUN_SUBMIT),
    ("api-submission", "get"): READ,
    ("api-run-list", "get"): READ,
    ("api-run", "get"): READ,
    ("api-readings", "post"): Door(P.SIGNAL_REPORT),
    ("api-run-void", "post"): Door(P.RUN_VOID),
    ("api-project-grants", "get"): Door(P.AUDIT_READ),
    ("api-project-grants", "post"): Door(P.GRANT_MANAGE),
    ("api-grant-revoke", "post"): Door(P.GRANT_MANAGE),
    ("api-invitations", "get"): Door(P.GRANT_MANAGE),
    ("api-invitations", "post"): Door(P.GRANT_MANAGE),
    ("api-service-accounts", "post"): Door(P.TOKEN_ISSUE),
    **{(f"api-{family}-list", "get"): READ for family in ("model", "dataset", "benchmark")},
    **{(f"api-{family}-list", "post"): WRITE for family in ("model", "dataset", "benchmark")},
    **{(f"api-{family}", "get"): READ for family in ("model", "dataset", "benchmark")},
    **{(f"api-{kind}-list", "get"): READ for kind in KINDS},
    **{(f"api-{kind}-list", "post"): WRITE for kind in KINDS},
    **{(f"api-{kind}", "get"): READ for kind in KINDS},
    **{(f"api-{kind}-revisions", "get"): READ for kind in KINDS},
    **{(f"api-{kind}-revisions", "post"): WRITE for kind in KINDS},
    **{(f"api-{kind}-withdraw", "post"): WRITE for kind in KINDS},
    ("api-metric-versions", "get"): READ,
    ("api-metric-versions", "post"): WRITE,
    ("api-deployment-list", "get"): READ,
    ("api-deployment-list", "post"): Door(P.RELEASE_WRITE),
    ("api-release-list", "get"): READ,
    ("api-release-list", "post"): Door(P.RELEASE_WRITE),
    ("api-release", "get"): READ,
    ("api-release", "patch"): Door(P.RELEASE_WRITE),
    ("api-link-list", "get"): READ,
    ("api-link-list", "post"): Door(P.RELEASE_WRITE),
    ("api-link-remove", "post"): Door(P.RELEASE_WRITE),
    ("api-challenge-list", "get"): READ,
    ("api-challenge-list", "post"): SIGN,
    ("api-challenge-answers", "post"): Door(P.RELEASE_WRITE, session_only=True),
    ("api-challenge-questions", "post"): SIGN,
    ("api-challenge-close", "post"): SIGN,
    ("api-gates", "get"): READ,
    ("api-release-submit", "post"): Door(P.RELEASE_SUBMIT),
    ("api-release-resubmit", "post"): Door(P.RELEASE_SUBMIT),
    ("api-release-withdraw", "post"): Door(P.RELEASE_WITHDRAW),
    ("api-stages", "get"): READ,
    ("api-stage-view", "get"): READ,
    ("api-stage-view", "post"): SIGN,
    ("api-stage-signatures", "post"): SIGN,
    ("api-stage-decline", "post"): SIGN,
    ("api-request-changes", "post"): SIGN,
    ("api-release-suspend", "post"): SIGN,
    ("api-release-tier", "post"): SIGN,
    ("api-release-emergency", "post"): Door(P.RELEASE_EMERGENCY, session_only=True),
    ("api-release-reinstatement", "post"): Door(P.RELEASE_REINSTATE, session_only=True),
    ("api-review-afterwards", "post"): Door(P.RELEASE_SUBMIT),
    ("api-release-reject", "post"): Door(P.RELEASE_REJECT, session_only=True),
    ("api-release-release", "post"): Door(P.RELEASE_RELEASE, session_only=True),
    ("api-revision", "get"): READ,
    ("api-release-waivers", "post"): Door(P.WAIVER_REQUEST),
    ("api-condition-list", "get"): READ,
    ("api-condition-met", "post"): SIGN,
    ("api-condition-lifted", "post"): SIGN,
    ("api-waiver-list", "get"): READ,
    ("api-waiver", "get"): READ,
    ("api-waiver-renewals", "post"): Door(P.WAIVER_REQUEST),
    ("api-waiver-dialog", "post"): Door(P.WAIVER_DECIDE, session_only=True),
    ("api-waiver-decision", "post"): Door(P.WAIVER_DECIDE, session_only=True),
    ("api-waiver-close", "post"): Door(P.WAIVER_CLOSE, session_only=True),
    ("api-release-packs", "get"): Door(P.PACK_READ),
    ("api-release-packs", "post"): Door(P.PACK_SEAL),
    ("api-pack-list", "get"): Door(P.PACK_READ),
    ("api-pack-list", "post"): Door(P.PACK_SEAL),
    ("api-pack", "get"): Door(P.PACK_READ),
    ("api-pack-download", "get"): Door(P.PACK_READ),
    ("api-pack-download", "head"): Door(P.PACK_READ),
    ("api-pack-verify", "post"): ANYBODY_IN,
    ("api-health", "get"): PUBLIC,
    ("api-schema", "get"): PUBLIC,
    ("api-docs", "get"): PUBLIC,
    ("published-keys", "get"): PUBLIC,
    ("schemas", "get"): PUBLIC,
    ("schema", "get"): PUBLIC,
}

PUBLIC_NAMES: Final = {name for (name, _), door in DOORS.items() if door.is_public}


@dataclass
class Ground:
    """One of everything, so that every address exists."""

    world: World
    release: Release
    arguments: dict[str, Any] = field(default_factory=dict)

    def address(self, name: str) -> str:
        pattern = next(p for p in api_patterns() if p.name == name)
        wanted = pattern.pattern.converters.keys()
        values = {**self.arguments, **self.arguments.get(f"for {name}", {})}
        return reverse(name, kwargs={key: values[key] for key in wanted})


def api_patterns() -> Iterator[URLPattern]:
    """Patterns of the REST interface."""
    yield from (p for p in _walk(get_resolver()) if p.name and p.name.startswith("api-"))


def _walk(resolver: URLResolver) -> Iterator[URLPattern]:
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from _walk(part)
        else:
            yield part


def endpoints() -> set[tuple[str, str]]:
    """(name, method) of everything the resolver serves under the API."""
    found = set()
    for pattern in api_patterns():
        view = getattr(pattern.callback, "cls", None)
        methods = ("get", "post", "put", "patch", "delete", "head")
        found |= {(str(pattern.name), method) for method in methods if hasattr(view, method)}
    return found


def test_every_endpoint_is_listed_and_nothing_else() -> None:
    listed = {key for key in DOORS if key[0] not in PUBLIC_NAMES}
    served = {key for key in endpoints() if key[0] not in PUBLIC_NAMES}
    assert served - listed == set()
    assert listed - served == set()


@pytest.fixture
def ground(world: World) -> Ground:
    cast = world.cast
    release = submitted(world)
    run = admit_run(world)
    pack = pack_requests.request_pack(release, include_private=False, principal=cast.principal("ruth"))
    issue(pack)
    issued = tokens.issue(
        project=world.project,
        user=cast["adam"],
        name="CI",
        scopes=["project:read"],
        expires_at=clock.now() + timedelta(days=1),
        principal=cast.principal("adam"),
    )
    families: dict[str, Any] = {
        "model": (world.model.model.name, world.model.version),
        "dataset": (world.private_dataset.dataset.name, world.private_dataset.version),
        "benchmark": (world.private_benchmark.benchmark.name, world.private_benchmark.version),
    }
    singles: dict[str, Any] = {
        "metric": world.metrics["latency"],
        "criteria-set": world.criteria,
        "rollback-artifact": world.rollback,
        "signal": world.signal,
    }
    arguments: dict[str, Any] = {
        "project": "HARBOR",
        "token": issued.token.pk,
        "job": run.submission.job_id,
        "entry": LedgerEntry.objects.filter(subject=f"release:{release.pk}").first().pk,  # type: ignore[union-attr]
        "digest": Artifact.objects.filter(project=world.project).first().blob_id,  # type: ignore[union-attr]
        "stage": "1",
        "number": 1,
        "link": release.links.first().pk,  # type: ignore[union-attr]
        "delegation": given(world, "maren", "dora", "3").pk,
        "grant": cast["olu"].grants.first().pk,  # type: ignore[union-attr]
        "reference": release.human_id,
        "for api-submission": {"reference": str(run.submission_id)},
        "for api-run": {"reference": run.human_id},
        "for api-run-void": {"reference": run.human_id},
        "for api-readings": {"reference": world.signal.name},
        "for api-pack": {"reference": pack.human_id},
        "for api-pack-download": {"reference": pack.human_id},
    }
    ask(world, release, by="maren")
    waiver = asked(world, another(world, release))
    for suffix in ("", "-renewals", "-dialog", "-decision", "-close"):
        arguments[f"for api-waiver{suffix}"] = {"reference": waiver.human_id}
    condition = _condition(world, release)
    for suffix in ("-met", "-lifted"):
        arguments[f"for api-condition{suffix}"] = {
            "reference": condition.signature.release.human_id,
            "condition": condition.pk,
        }
    for kind, (name, version) in families.items():
        arguments[f"for api-{kind}"] = {"reference": name}
        for suffix in ("-list", "", "-revisions", "-withdraw"):
            arguments[f"for api-{kind}-version{suffix}"] = {"family": name, "reference": version}
    for kind, row in singles.items():
        for suffix in ("", "-revisions", "-withdraw", "-versions"):
            arguments[f"for api-{kind}{suffix}"] = {"reference": row.name}
    return Ground(world=world, release=release, arguments=arguments)


def issue(pack: Pack) -> None:
    """Give the pack bytes; what they are does not matter for who may have them."""
    body = b"bytes of a pack"
    with vault.staged(BytesIO(body), expected_digest=sha256_bytes(body), expected_size=len(body)) as file:
        vault.move_in(file)
        pack.blob = vault.register(file)
    pack.issued_at = clock.now()
    pack.save()


def _condition(world: World, release: Release) -> Condition:
    """What Maren asked of Tobias when she signed another release."""
    other = submitted(world, deployment=release.deployment)
    for stage in ("1", "2"):
        sign(world, other, stage)
    return sign_with(world, other, "3", terms(world)).conditions.get()


def status(client: Client, ground: Ground, key: tuple[str, str], **headers: str) -> int:
    """The status of one request with an empty body, everything it did undone."""
    name, method = key
    point = transaction.savepoint()
    body: dict[str, Any] = (
        {} if method in ("get", "head") else {"data": "{}", "content_type": "application/json"}
    )
    answer = getattr(client, method)(ground.address(name), **body, headers=headers)
    # Read to its end, a stream is closed by the test client without closing the connection, too.
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    transaction.savepoint_rollback(point)
    past = (b'"signing_refused"', b'"delegation_not_yours"')
    if answer.status_code == 403 and any(code in content for code in past):
        return 409  # past the door: the role signs, but not this stage, or not for these people
    return int(answer.status_code)


def client_of(cast: Cast, account: str) -> Client:
    client = Client()
    client.force_login(cast[account])
    return client


@pytest.mark.django_db
def test_every_role_gets_exactly_what_it_carries(ground: Ground) -> None:
    wrong = []
    for account, role in ROLES.items():
        client = client_of(ground.world.cast, account)
        for key, door in DOORS.items():
            if door.is_public:
                continue
            got = status(client, ground, key)
            allowed = door.permission is None or door.permission in ROLE_PERMISSIONS[role]
            if allowed == (got in (401, 403, 404)) or got >= 500:
                wrong.append(
                    f"{role} {key[1]} {key[0]}: {got}, {'allowed' if allowed else 'refused'} expected"
                )
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
@pytest.mark.parametrize("account", ["mallory", "sue", "gus"])
def test_a_stranger_cannot_tell_it_exists(ground: Ground, account: str) -> None:
    """Mallory administers another project, Sue is a superuser, Gus has an account and nothing else."""
    client = client_of(ground.world.cast, account)
    got = {key: status(client, ground, key) for key, door in DOORS.items() if door.in_project}
    assert {key: code for key, code in got.items() if code != 404} == {}


@pytest.mark.django_db
def test_nobody_signed_in_is_asked_to_sign_in(ground: Ground) -> None:
    got = {key: status(Client(), ground, key) for key, door in DOORS.items() if not door.is_public}
    assert {key: code for key, code in got.items() if code != 401} == {}


@pytest.mark.django_db
def test_an_expired_grant_is_no_grant(ground: Ground) -> None:
    cast = ground.world.cast
    past = clock.now() - timedelta(days=1)
    cast["ines"].grants.update(valid_from=past - timedelta(days=1), valid_to=past)
    client = client_of(cast, "ines")
    got = {key: status(client, ground, key) for key, door in DOORS.items() if door.in_project}
    assert {key: code for key, code in got.items() if code != 404} == {}


@pytest.mark.django_db
def test_a_superuser_with_a_grant_has_that_role_and_nothing_more(ground: Ground) -> None:
    cast = ground.world.cast
    grants.write(
        project=ground.world.project,
        user=cast["sue"],
        role=Role.AUDITOR,
        reason="Test",
        granted_by=Principal(user=cast["adam"]),
    )
    client = client_of(cast, "sue")
    signing = [key for key, door in DOORS.items() if door.permission in SIGNING]
    assert {status(client, ground, key) for key in signing} == {403}


@pytest.mark.django_db
def test_no_token_signs_whatever_its_scopes(ground: Ground) -> None:
    cast = ground.world.cast
    for account in ("ines", "ruth", "pia"):
        user = cast[account]
        token = _token(ground, account, list(TOKEN_SCOPES))
        wrong = {
            key: got
            for key, door in DOORS.items()
            if door.session_only
            and (got := status(Client(), ground, key, authorization=f"Bearer {token}")) != 403
        }
        assert wrong == {}, user.username


@pytest.mark.django_db
def test_a_token_without_the_scope_is_refused(ground: Ground) -> None:
    token = _token(ground, "ines", ["audit:read"])
    wrong = {}
    for key, door in DOORS.items():
        if door.permission in (None, P.AUDIT_READ) or not door.in_project:
            continue
        got = status(Client(), ground, key, authorization=f"Bearer {token}")
        if got != 403:
            wrong[key] = got
    assert wrong == {}


@pytest.mark.django_db
def test_a_token_of_another_project_sees_nothing_here(ground: Ground) -> None:
    cast = ground.world.cast
    grants.write(
        project=cast.elsewhere,
        user=cast["ines"],
        role=Role.SUBMITTER,
        reason="Test",
        granted_by=Principal(user=cast["adam"]),
    )
    issued = tokens.issue(
        project=cast.elsewhere,
        user=cast["ines"],
        name="elsewhere",
        scopes=[str(scope) for scope in TOKEN_SCOPES],
        expires_at=clock.now() + timedelta(days=1),
        principal=cast.principal("ines"),
    )
    headers = {"authorization": f"Bearer {issued.text}"}
    got = {
        key: status(Client(), ground, key, **headers)
        for key, door in DOORS.items()
        if door.in_project and not door.session_only
    }
    assert {key: code for key, code in got.items() if code != 404} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["expired", "revoked", "unknown", "deactivated"])
def test_a_dead_token_is_nobody(ground: Ground, how: str) -> None:
    text = _token(ground, "ines", list(TOKEN_SCOPES))
    token = ground.world.cast["ines"].tokens.latest("created_at")
    if how == "expired":
        token.expires_at = clock.now() - timedelta(seconds=1)
    elif how == "revoked":
        token.revoked_at = clock.now()
    elif how == "unknown":
        text = f"bs_{uuid4().hex[:12]}_{text.rpartition('_')[2]}"
    else:
        type(token.user).objects.filter(pk=token.user_id).update(is_active=False)
    token.save()
    got = {
        key: status(Client(), ground, key, authorization=f"Bearer {text}")
        for key, door in DOORS.items()
        if not door.is_public
    }
    assert {key: code for key, code in got.items() if code != 401} == {}


def test_roles_that_review_never_send_and_roles_that_administer_never_sign() -> None:
    for role in Role.values:
        carried = ROLE_PERMISSIONS[role]
        if role in (Role.ADMIN, Role.AUDITOR):
            assert not carried & SIGNING
            assert not carried & {P.CATALOGUE_WRITE, P.RUN_SUBMIT, P.RELEASE_WRITE}
        if role != Role.ADMIN:
            assert P.GRANT_MANAGE not in carried
        if role != Role.SUBMITTER:
            assert P.RUN_SUBMIT not in carried
    assert not set(TOKEN_SCOPES) & SIGNING


def _token(ground: Ground, account: str, scopes: list[Any]) -> str:
    cast = ground.world.cast
    wanted = [str(scope) for scope in scopes]
    if P.TOKEN_ISSUE not in ROLE_PERMISSIONS[ROLES[account]]:
        grants.write(
            project=ground.world.project,
            user=cast[account],
            role=Role.MODEL_OWNER,
            reason="Test",
            granted_by=Principal(user=cast["adam"]),
        )
    issued = tokens.issue(
        project=ground.world.project,
        user=cast[account],
        name="test",
        scopes=wanted,
        expires_at=clock.now() + timedelta(days=1),
        principal=cast.principal(account),
    )
    return issued.text
