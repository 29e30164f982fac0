"""Where a release rests on a run, the pages of run and project say so, with its state and its address."""

from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from registry import trail
from registry.trail import Wanted
from tests.registry.pages.conftest import SignIn
from tests.releases import draft, submitted
from tests.world import World


def test_a_run_names_the_release_that_cites_it(world: World, signed_in: SignIn) -> None:
    release = submitted(world)
    run = world.project.runs.order_by("pk").first()
    assert run is not None
    html = signed_in("audra").get(reverse("run", args=["HARBOR", run.human_id])).content.decode()
    assert "No release cites it" not in html
    assert f'Linked to <a href="{reverse("release", args=[release.human_id])}">' in html
    assert "Releases that rest on this run" in html


def test_a_project_shows_its_releases_and_its_ledger_their_entries(world: World, signed_in: SignIn) -> None:
    release = draft(world)
    client = signed_in("audra")
    assert release.human_id in client.get(reverse("project", args=["HARBOR"])).content.decode()
    kinds = client.get(reverse("ledger"), {"subject": f"release:{release.pk}"}).content.decode()
    assert "Release" in kinds
    about = Wanted(subject=f"release:{release.pk}")
    assert trail.newest([world.project.pk], about, before=None, most=9)
    assert not trail.newest([world.cast.elsewhere.pk], about, before=None, most=9)


def test_the_ledger_calls_a_release_by_its_human_id(world: World, signed_in: SignIn) -> None:
    release = submitted(world)
    html = signed_in("audra").get(reverse("ledger"), {"kind": "stage.opened"}).content.decode()
    assert release.human_id in html
    assert f"release:{release.pk}" not in html


def test_the_reference_of_components_is_shown_to_developers_alone(settings: Settings, db: None) -> None:
    assert not settings.DEBUG
    assert Client().get("/components/").status_code == 404
