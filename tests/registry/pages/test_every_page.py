"""Each page renders for who may see it, in our frame; a stranger gets 404, nobody signed in the login."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from evidence.actors import SYSTEM
from evidence.models import LedgerEntry
from registry.access import recoveries
from registry.models import RoleGrant, Run
from registry.presentation.catalogue_kinds import KINDS
from tests.registry.pages.conftest import SignIn
from tests.world import World


def pages_of(world: World, run: Run) -> dict[str, str]:
    """Page → account that may open it, for every page below the project."""
    key = world.project.key
    entry = LedgerEntry.objects.filter(subject=f"run:{run.pk}").get()
    grant = RoleGrant.objects.filter(project=world.project, user=world.cast["tobias"]).get()
    recovery = recoveries.after_recovery_code(world.cast["tobias"], actor=SYSTEM)
    model = ["models", world.model.pk]
    found = {
        reverse("project", args=[key]): "audra",
        reverse("catalogue", args=[key]): "audra",
        reverse("catalogue_record", args=[key, *model]): "audra",
        reverse("catalogue_revise", args=[key, *model]): "ines",
        reverse("catalogue_withdraw", args=[key, *model]): "ines",
        reverse("catalogue_record", args=[key, "datasets", world.private_dataset.pk]): "audra",
        reverse("catalogue_record", args=[key, "criteria", world.criteria.pk]): "audra",
        reverse("catalogue_revise", args=[key, "criteria", world.criteria.pk]): "ines",
        reverse("submission_list", args=[key]): "audra",
        reverse("submission", args=[key, run.submission_id]): "audra",
        reverse("submission_progress", args=[key, run.submission_id]): "audra",
        reverse("project_runs", args=[key]): "audra",
        reverse("run", args=[key, run.human_id]): "audra",
        reverse("run_void", args=[key, run.human_id]): "ines",
        reverse("run_file", args=[key, run.human_id, 0]): "audra",
        reverse("run_file", args=[key, run.human_id, 1]): "audra",
        reverse("project_ledger", args=[key]): "audra",
        reverse("ledger_entry", args=[entry.pk]): "audra",
        reverse("ledger_proof", args=[entry.pk]): "audra",
        reverse("people", args=[key]): "audra",
        reverse("grant_give", args=[key]): "adam",
        reverse("grant_end", args=[key, grant.pk]): "adam",
        reverse("deactivate", args=[key, grant.user_id]): "adam",
        reverse("recovery_take", args=[key, grant.user_id]): "adam",
        reverse("recovery_confirm", args=[key, recovery.pk]): "adam",
        reverse("invite", args=[key]): "adam",
        reverse("token_list", args=[key]): "ines",
        reverse("token_new", args=[key]): "ines",
        reverse("service_new", args=[key]): "ines",
    }
    for kind in KINDS:
        found[reverse("catalogue_kind", args=[key, kind.key])] = "audra"
        found[reverse("catalogue_new", args=[key, kind.key])] = "ines"
    return found


def assert_is_ours(html: str) -> None:
    assert "Times are UTC, from the server" in html
    assert not re.findall(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))", html)
    assert not re.findall(r"\sstyle=|<style|\son\w+=", html)
    assert not re.search(r"\b(?:please|sorry|success|oops)\b", re.sub(r"<[^>]+>", "", html), re.IGNORECASE)
    assert "Invalid" not in html
    title = re.search(r"<title>(.*?)</title>", html)
    assert title is not None
    assert len(title[1]) > len(" · Benchseal")
    assert html.count("<h1") == 1


def test_every_page_renders_for_who_may_see_it(world: World, run: Run, signed_in: SignIn) -> None:
    for url, account in pages_of(world, run).items():
        response = signed_in(account).get(url)
        assert response.status_code == 200, url
        if response["Content-Type"].startswith("text/html") and "progress" not in url:
            html = response.content.decode()
            assert_is_ours(html)
            assert 'aria-label="Breadcrumb"' in html, url


@pytest.mark.parametrize("account", ["mallory", "sue"])
def test_a_stranger_gets_the_same_404_everywhere(
    world: World, run: Run, signed_in: SignIn, account: str
) -> None:
    client = signed_in(account)
    for url in pages_of(world, run):
        assert client.get(url).status_code == 404, url


def test_without_a_session_every_page_leads_to_the_login(world: World, run: Run) -> None:
    for url in [*pages_of(world, run), *map(reverse, ("project_list", "run_list", "ledger", "account_page"))]:
        response = Client().get(url)
        assert response.status_code == 302, url
        assert response["Location"].startswith(reverse("account_login")), url


def test_a_page_that_writes_is_refused_without_the_role(world: World, run: Run, signed_in: SignIn) -> None:
    client = signed_in("audra")
    for url, account in pages_of(world, run).items():
        if account in ("ines", "adam") and not url.endswith("tokens/"):
            assert client.get(url).status_code == 403, url


def test_a_refused_page_says_who_carries_the_permission(world: World, signed_in: SignIn) -> None:
    html = signed_in("audra").get(reverse("grant_give", args=[world.project.key])).content.decode()
    assert "Carried by: <b>Administrator</b>." in html
    assert "Ask an administrator of the project for one of these roles." in html


def test_a_page_of_a_project_is_in_the_place_of_projects(world: World, run: Run, signed_in: SignIn) -> None:
    here = '<a href="/projects/" aria-current="page">Projects</a>'
    client, key = signed_in("adam"), world.project.key
    for url in (
        "/projects/",
        *(reverse(name, args=[key]) for name in ("project", "catalogue", "people", "invite")),
    ):
        assert here in client.get(url).content.decode(), url
    html = client.get(reverse("project_runs", args=[key])).content.decode()
    assert here not in html
    assert '<a href="/runs/" aria-current="page">Runs</a>' in html


@pytest.mark.parametrize("name", ["project_list", "run_list", "ledger", "account_page"])
@pytest.mark.parametrize("account", ["audra", "mallory", "sue", "gus"])
def test_a_page_over_all_projects_renders_for_everybody(
    world: World, run: Run, signed_in: SignIn, name: str, account: str
) -> None:
    html = signed_in(account).get(reverse(name)).content.decode()
    assert_is_ours(html)
    assert (run.human_id in html) == (account == "audra" and name in ("run_list", "ledger"))


def test_the_start_page_leads_on(signed_in: SignIn, db: None) -> None:
    assert Client().get("/")["Location"] == reverse("account_login")
    assert signed_in("ines").get("/").status_code == 302


@pytest.mark.django_db
def test_the_keys_are_public() -> None:
    html = Client().get(reverse("keys")).content.decode()
    assert_is_ours(html)
    assert "Fingerprint to compare" in html
