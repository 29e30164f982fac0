"""Forms store through the real steps, refuse at the field that is wrong, and lose nothing that was typed."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from evidence import clock
from registry.models import (
    ApiToken,
    CriteriaSet,
    Invitation,
    ModelVersion,
    RoleGrant,
    RollbackArtifact,
    Run,
    User,
)
from tests.cast import PASSWORD
from tests.registry.pages.conftest import SignIn
from tests.world import World

REASON = "A reason that is long enough to be kept."
DIGEST = "sha256:" + "a" * 64


def far() -> str:
    return (clock.now() + timedelta(days=30)).date().isoformat()


def in_words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def rollback(**changes: str) -> dict[str, str]:
    given = {
        "name": "argo-l-2026-01",
        "kind": "container_image",
        "location": "registry.example/argo",
        "digest": DIGEST,
        "restores": "Argo-L 2026-01",
        "procedure": "Apply it.\nThen test.",
    }
    return given | changes


def test_a_record_is_made_and_shown(world: World, signed_in: SignIn) -> None:
    url = reverse("catalogue_new", args=["HARBOR", "rollbacks"])
    response = signed_in("ines").post(url, rollback(), follow=True)
    made = RollbackArtifact.objects.get(name="argo-l-2026-01")
    assert made.channel == "ui"
    assert "argo-l-2026-01, revision 1, is recorded." in response.content.decode()


def test_a_wrong_field_is_named_and_nothing_typed_is_lost(world: World, signed_in: SignIn) -> None:
    url = reverse("catalogue_new", args=["HARBOR", "rollbacks"])
    response = signed_in("ines").post(url, rollback(digest="abc", restores="What I typed"))
    html = response.content.decode()
    assert response.status_code == 422
    assert "A digest is sha256:" in html
    assert 'value="What I typed"' in html
    assert "Then test." in html
    assert not RollbackArtifact.objects.filter(name="argo-l-2026-01").exists()


def test_a_rule_between_fields_is_told(world: World, signed_in: SignIn) -> None:
    url = reverse("catalogue_new", args=["HARBOR", "rollbacks"])
    response = signed_in("ines").post(url, rollback(last_tested_at="2026-01-02T10:00"))
    assert "tested_by is required with last_tested_at." in response.content.decode()


def test_a_name_that_is_taken_says_what_to_do(world: World, signed_in: SignIn) -> None:
    url = reverse("catalogue_new", args=["HARBOR", "rollbacks"])
    html = signed_in("ines").post(url, rollback(name=world.rollback.name)).content.decode()
    assert "is recorded already" in html
    assert "new revision" in html


def test_a_model_version_brings_its_family(world: World, signed_in: SignIn) -> None:
    given = {
        "model": "Brig-M",
        "version": "2026-05",
        "supplier": "Brig",
        "provider_snapshot": "brig/m@1",
        "aliases": "brig/m\nbrig-m",
        "licence": "Commercial",
        "modality": "text",
    }
    signed_in("ines").post(reverse("catalogue_new", args=["HARBOR", "models"]), given)
    made = ModelVersion.objects.get(model__name="Brig-M")
    assert made.aliases == ["brig/m", "brig-m"]
    assert made.model.supplier == "Brig"


def test_a_family_name_that_cannot_be_one_is_told_at_its_field(world: World, signed_in: SignIn) -> None:
    given = {"model": "<b>", "version": "1", "supplier": "Brig", "provider_snapshot": "brig/m@1"}
    given |= {"licence": "Commercial", "modality": "text"}
    html = signed_in("ines").post(reverse("catalogue_new", args=["HARBOR", "models"]), given).content.decode()
    assert 'id="id_model_error"' in html
    assert "A name has up to 100 letters" in html


def test_a_revision_shows_what_changed(world: World, signed_in: SignIn) -> None:
    client, old = signed_in("ines"), world.signal
    url = reverse("catalogue_revise", args=["HARBOR", "signals", old.pk])
    page = client.get(url).content.decode()
    assert 'name="name"' not in page
    given = {
        name: getattr(old, name) for name in ("metric", "statistic", "unit", "source", "direction", "action")
    }
    given |= {"threshold": "0.03", "window_minutes": "30", "owner": str(old.owner_id), "reason": REASON}
    response = client.post(url, given, follow=True)
    words = in_words(response.content.decode())
    assert "refusals, revision 2, is recorded." in words
    assert "Limit 0.05 0.03" in words


def test_criteria_are_rows_and_errors_stand_at_their_field(world: World, signed_in: SignIn) -> None:
    url = reverse("catalogue_new", args=["HARBOR", "criteria"])
    rows = {
        "criteria-TOTAL_FORMS": "2",
        "criteria-INITIAL_FORMS": "0",
        "criteria-0-metric": "pass rate",
        "criteria-0-statistic": "wilson_lower",
        "criteria-0-operator": ">=",
        "criteria-0-threshold": "0.9",
        "criteria-0-severity": "block",
        "criteria-1-operator": ">=",
        "criteria-1-severity": "block",
    }
    client = signed_in("ines")
    client.post(url, {"name": "Stricter", **rows})
    stored = CriteriaSet.objects.get(name="Stricter")
    assert [one["threshold"] for one in stored.criteria] == ["0.9"]
    refused = client.post(url, {"name": "Vague", **rows, "criteria-0-statistic": "average"})
    assert "Name the statistic" in refused.content.decode()
    assert not CriteriaSet.objects.filter(name="Vague").exists()


def test_a_withdrawn_record_offers_nothing_more(world: World, signed_in: SignIn) -> None:
    client = signed_in("ines")
    at = ["HARBOR", "signals", world.signal.pk]
    assert (
        "at least 10"
        in client.post(reverse("catalogue_withdraw", args=at), {"reason": "no"}).content.decode()
    )
    html = client.post(
        reverse("catalogue_withdraw", args=at), {"reason": REASON}, follow=True
    ).content.decode()
    assert "Withdrawn" in html
    assert REASON in html
    assert "Record a new revision" not in html


def test_a_run_is_voided_with_a_reason(world: World, run: Run, signed_in: SignIn) -> None:
    url = reverse("run_void", args=["HARBOR", run.human_id])
    client = signed_in("ines")
    short = client.post(url, {"reason": "Too short."})
    assert "20 to 500 characters" in short.content.decode()
    html = client.post(url, {"reason": REASON}, follow=True).content.decode()
    assert "Voided" in html
    assert REASON in html


def test_a_disabled_action_says_why_and_who_can_help(world: World, run: Run, signed_in: SignIn) -> None:
    html = signed_in("audra").get(reverse("run", args=["HARBOR", run.human_id])).content.decode()
    assert 'aria-disabled="true"' in html
    assert "Ines Example or Tobias Example can do it." in html


def test_a_role_is_given_ended_and_kept_as_history(world: World, signed_in: SignIn) -> None:
    client, people = signed_in("adam"), reverse("people", args=["HARBOR"])
    url = reverse("grant_give", args=["HARBOR"])
    given = {"account": "gus", "role": "auditor", "ends_on": far(), "reason": REASON}
    html = client.post(url, given, follow=True).content.decode()
    assert "Gus Example holds the role auditor." in html
    grant = RoleGrant.objects.get(user=world.cast["gus"])
    assert grant.valid_to is not None
    client.post(reverse("grant_end", args=["HARBOR", grant.pk]), {"reason": "The audit is over now."})
    assert "The audit is over now." in client.get(people).content.decode()


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("adam", "Nobody grants a role to himself"),
        ("nobody", "Nobody here has this account name"),
        ("audra", "holds this role at that time already"),
    ],
)
def test_a_role_that_no_rule_allows_is_refused(
    world: World, signed_in: SignIn, account: str, words: str
) -> None:
    url = reverse("grant_give", args=["HARBOR"])
    response = signed_in("adam").post(url, {"account": account, "role": "auditor", "reason": REASON})
    assert response.status_code == 422
    assert words in response.content.decode()


def test_an_invited_person_makes_an_account_and_logs_in(world: World, signed_in: SignIn) -> None:
    given = {
        "printed_name": "Dr Kwame Osei",
        "email": "k@example.org",
        "role": "domain_reviewer",
        "reason": REASON,
    }
    html = signed_in("adam").post(reverse("invite", args=["HARBOR"]), given).content.decode()
    link = re.search(r"<pre[^>]*>(http[^<]+)</pre>", html)
    assert link is not None
    path, visitor = urlsplit(link[1]).path, Client()
    page = visitor.get(path)
    assert page["Referrer-Policy"] == "strict-origin"
    assert "Adam Example invites you to Claims models" in in_words(page.content.decode())
    wrong = visitor.post(path, {"account": "kwame", "password": PASSWORD, "repeated": "another one, long"})
    assert "The two passwords differ." in wrong.content.decode()
    weak = visitor.post(path, {"account": "kwame", "password": "password1234", "repeated": "password1234"})
    assert weak.status_code == 422
    taken = visitor.post(path, {"account": "ines", "password": PASSWORD, "repeated": PASSWORD})
    assert "is taken" in taken.content.decode()
    assert (
        visitor.post(path, {"account": "kwame", "password": PASSWORD, "repeated": PASSWORD}).status_code
        == 302
    )
    assert User.objects.get(username="kwame").printed_name == "Dr Kwame Osei"
    assert visitor.get(path).status_code == 410
    assert Invitation.objects.get().accepted_at is not None


def test_an_account_is_closed_with_a_reason(world: World, signed_in: SignIn) -> None:
    url = reverse("deactivate", args=["HARBOR", world.cast["fay"].pk])
    client = signed_in("fay")
    signed_in("adam").post(url, {"reason": "Fay left the company."})
    assert client.get(reverse("account_page")).status_code == 302


def test_a_token_is_shown_once_and_revoked(world: World, signed_in: SignIn) -> None:
    client = signed_in("ines")
    given = {"user": world.cast["ines"].pk, "name": "ci", "scopes": ["project:read"], "ends_on": far()}
    html = client.post(reverse("token_new", args=["HARBOR"]), given).content.decode()
    text = re.search(r"bs_[0-9a-f]{12}_[\w-]+", html)
    assert text is not None
    token = ApiToken.objects.get(name="ci")
    listed = client.get(reverse("token_list", args=["HARBOR"])).content.decode()
    assert text[0] not in listed
    client.post(reverse("token_revoke", args=["HARBOR", token.pk]))
    assert "Revoked" in client.get(reverse("token_list", args=["HARBOR"])).content.decode()


def test_a_token_without_scope_or_past_its_day_is_refused(world: World, signed_in: SignIn) -> None:
    given = {"user": world.cast["ines"].pk, "name": "ci", "ends_on": "2020-01-01"}
    html = signed_in("ines").post(reverse("token_new", args=["HARBOR"]), given).content.decode()
    assert "This day is over" in html
    assert not ApiToken.objects.filter(name="ci").exists()


def test_a_token_of_somebody_else_is_neither_shown_nor_revoked(world: World, signed_in: SignIn) -> None:
    world.cast.token("ines")
    token = ApiToken.objects.get()
    client = signed_in("tobias")
    assert "bs_" + token.public_id not in client.get(reverse("token_list", args=["HARBOR"])).content.decode()
    assert client.post(reverse("token_revoke", args=["HARBOR", token.pk])).status_code == 404
    assert (
        "bs_" + token.public_id
        in signed_in("adam").get(reverse("token_list", args=["HARBOR"])).content.decode()
    )


def test_a_service_account_waits_for_its_role(world: World, signed_in: SignIn) -> None:
    client = signed_in("ines")
    given = {"account": "ci-claims", "printed_name": "CI of claims models"}
    html = client.post(reverse("service_new", args=["HARBOR"]), given, follow=True).content.decode()
    assert "No role here yet" in html
    assert User.objects.get(username="ci-claims").answerable == world.cast["ines"]


def test_the_catalogue_is_written_by_nobody_without_the_role(world: World, signed_in: SignIn) -> None:
    url = reverse("catalogue_new", args=["HARBOR", "rollbacks"])
    assert signed_in("maren").post(url, rollback()).status_code == 403
    assert not RollbackArtifact.objects.filter(name="argo-l-2026-01").exists()
