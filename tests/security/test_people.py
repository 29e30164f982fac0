"""Who could come in, stay in or throw others out against the rules of invitation, token and account."""

from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from evidence import clock
from evidence.models import Job, LedgerEntry
from registry.access import grants, people, tokens
from registry.access.people import Invited
from registry.access.roles import Permission, Role
from registry.errors import FieldsInvalid, GrantRefused, InvitationInvalid
from registry.models import RoleGrant, User
from tests.cast import PASSWORD, Cast
from tests.world import World, receive

REASON = "Asked for by a test"


def invited(
    cast: Cast, *, by: str = "adam", email: str = "vera@example.org", role: str = "validator"
) -> Invited:
    project = cast.project if by == "adam" else cast.elsewhere
    return people.invite(
        project=project,
        email=email,
        printed_name="Vera Example",
        role=role,
        reason=REASON,
        principal=cast.principal(by),
    )


def accept(link: Invited, account: str = "vera") -> User:
    return people.accept(
        invitation_id=str(link.invitation.pk),
        secret=link.secret,
        account=account,
        password=PASSWORD,
        request_id="test",
    )


def test_an_administrator_does_not_invite_himself(cast: Cast) -> None:
    with pytest.raises(GrantRefused, match="himself"):
        invited(cast, email="Adam@Example.org")


def test_olu_gets_no_second_account(cast: Cast) -> None:
    with pytest.raises(GrantRefused, match="has an account"):
        invited(cast, email="OLU@example.org")


def test_two_open_invitations_make_one_account(cast: Cast) -> None:
    first, second = invited(cast), invited(cast, role="compliance_reviewer")
    accept(first)
    with pytest.raises(GrantRefused, match="has an account"):
        accept(second, "vera-2")


def test_a_link_brought_twice_at_once_makes_one_account(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    link = invited(cast)
    early = people.open_invitation(str(link.invitation.pk), link.secret)
    accept(link)
    # What the second of two requests had read before the first one committed.
    monkeypatch.setattr(people, "open_invitation", lambda *_: early)
    with pytest.raises(InvitationInvalid):
        accept(link, "mallory-2")
    assert not User.objects.filter(username="mallory-2").exists()


def test_a_former_administrator_brings_nobody_in(cast: Cast) -> None:
    link = invited(cast)
    RoleGrant.objects.filter(user=cast["adam"], project=cast.project).update(valid_to=clock.now())
    with pytest.raises(InvitationInvalid):
        accept(link)


def test_an_administrator_whose_account_is_closed_brings_nobody_in(cast: Cast) -> None:
    link = invited(cast)
    User.objects.filter(username="adam").update(is_active=False)
    with pytest.raises(InvitationInvalid):
        accept(link)


def test_mallory_closes_no_account_of_another_project(cast: Cast) -> None:
    mallory, ines = cast.principal("mallory"), cast["ines"]
    grants.give(project=cast.elsewhere, user=ines, role="auditor", reason=REASON, principal=mallory)
    with pytest.raises(GrantRefused, match="do not administer"):
        people.deactivate(ines, reason=REASON, principal=mallory, project=cast.elsewhere)
    ines.refresh_from_db()
    assert ines.is_active


def test_a_role_has_no_past_that_never_was(cast: Cast) -> None:
    with pytest.raises(GrantRefused, match="over"):
        grants.give(
            project=cast.project,
            user=cast["gus"],
            role="validator",
            reason=REASON,
            principal=cast.principal("adam"),
            starts_at=clock.now() - timedelta(days=30),
        )


@pytest.fixture
def pipeline(cast: Cast) -> APIClient:
    """CI of Ines, with a token that Ines issued and therefore knows."""
    service = people.make_service_account(
        account="ci-bot", printed_name="CI", project=cast.project, principal=cast.principal("ines")
    )
    grants.give(
        project=cast.project, user=service, role="submitter", reason=REASON, principal=cast.principal("adam")
    )
    issued = tokens.issue(
        project=cast.project,
        user=service,
        name="CI",
        scopes=[Permission.PROJECT_READ] * 3,
        expires_at=clock.now() + timedelta(days=1),
        principal=cast.principal("ines"),
    )
    assert issued.token.scopes == ["project:read"]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.text}")
    assert client.get("/api/v1/projects/HARBOR").status_code == 200
    return client


def test_a_pipelines_token_ends_with_the_account_of_who_issued_it(cast: Cast, pipeline: APIClient) -> None:
    people.deactivate(cast["ines"], reason=REASON, principal=cast.principal("adam"), project=cast.project)
    assert pipeline.get("/api/v1/projects/HARBOR").status_code == 401


def test_a_pipelines_token_ends_with_the_last_role_of_who_issued_it(cast: Cast, pipeline: APIClient) -> None:
    held = RoleGrant.objects.get(user=cast["ines"])
    grants.revoke(held, reason=REASON, principal=cast.principal("adam"))
    assert pipeline.get("/api/v1/projects/HARBOR").status_code == 401


def test_mallory_learns_no_project_from_the_id_of_a_job(world: World) -> None:
    job = Job.objects.get(subject=f"submission:{receive(world).pk}")
    client = APIClient()
    client.force_login(world.cast["mallory"])
    unknown = client.get(f"/api/v1/jobs/{world.project.pk}").json()
    foreign = client.get(f"/api/v1/jobs/{job.pk}").json()
    assert foreign["detail"] == unknown["detail"].replace(str(world.project.pk), str(job.pk))


def test_mallory_learns_no_project_from_the_id_of_an_entry(world: World) -> None:
    receive(world)
    entry = LedgerEntry.objects.get(kind="submission.received")
    client = Client()
    client.force_login(world.cast["mallory"], backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/ledger/entries/{entry.pk}/")
    assert answer.status_code == 404
    assert "HARBOR" not in answer.content.decode()


HIDDEN = {
    "zero width": "Maren\u200b Example",
    "right to left": "\u202eelpmaxE neraM",
    "isolate": "Maren \u2068Example",
    "line end": "Maren\nExample",
    "soft hyphen": "Mar\u00aden Example",
    "Hangul filler": "Maren\u3164Example",
    "variation selector": "Maren\ufe0f Example",
    "space at the end": "Maren Example ",
    "two spaces": "Maren  Example",
    "no-break space": "Maren\u00a0Example",
    "mathematical letters": "\U0001d40caren Example",
    "full width": "\uff2daren Example",
    "Cyrillic a": "M\u0430ren Example",
    "Greek omicron": "Maren Examp\u03bfle",
    "decomposed": "Zoe\u0308 Example",
}


@pytest.mark.parametrize("name", HIDDEN.values(), ids=HIDDEN)
def test_a_name_that_looks_like_another_is_not_printed(cast: Cast, name: str) -> None:
    with pytest.raises(FieldsInvalid) as refused:
        people.invite(
            project=cast.project,
            email="vera@example.org",
            printed_name=name,
            role=Role.VALIDATOR,
            reason=REASON,
            principal=cast.principal("adam"),
        )
    assert "/printed_name" in str(refused.value.extra["errors"])


@pytest.mark.parametrize(
    "name",
    ["Zoë Müller-Nguyễn", "Анна Петрова", "Ελένη Παππά", "山田 太郎", "فاطمة", "अनिल", "D'Arcy O'Neill"],
)
def test_names_of_the_world_are_printed(cast: Cast, name: str) -> None:
    link = people.invite(
        project=cast.project,
        email="vera@example.org",
        printed_name=name,
        role=Role.VALIDATOR,
        reason=REASON,
        principal=cast.principal("adam"),
    )
    assert accept(link).printed_name == name
