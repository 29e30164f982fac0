"""Sections that pages of the registry include, and releases at the end of their way."""

import pytest
from django.template import Context, Template

from approvals import decisions, linking
from tests.approvals.pages.conftest import Hall
from tests.releases import approved, draft, go_live, link_all, released, submitted
from tests.world import World, admit_run

pytestmark = pytest.mark.django_db


def rendered(source: str, **context: object) -> str:
    return Template("{% load approvals %}" + source).render(Context(context))


def test_a_project_shows_its_releases_or_the_way_to_the_first(world: World) -> None:
    source = "{% project_releases project %}"
    assert "No release has been opened." in rendered(source, project=world.project)
    release = draft(world)
    shown = rendered(source, project=world.project)
    assert release.title in shown
    assert f"/releases/{release.human_id}/" in shown
    assert release.title not in rendered(source, project=world.cast.elsewhere)


def test_a_run_shows_the_releases_that_rest_on_it_and_those_that_did(world: World) -> None:
    run = admit_run(world)
    source = "{% run_approvals run %}"
    assert "No release links this run." in rendered(source, run=run)
    release = draft(world)
    link_all(world, release, run)
    assert "Private evaluation, by Ines Example" in rendered(source, run=run)
    linking.unlink(release.links.get(run=run), principal=world.engineer, reason="Another one is better")
    assert "Unlinked" in rendered(source, run=run)


def test_a_draft_that_was_withdrawn_can_still_be_read(hall: Hall, world: World) -> None:
    release = draft(world)
    reason = "The vendor retired this version."
    decisions.withdraw(release, reason=reason, principal=world.engineer)
    page = hall.get("audra", f"/releases/{release.human_id}/")
    assert page.status == 200
    assert "Withdrawn, revision 1" in page.text
    assert reason in page.text
    assert "Nobody has signed." in page.text


def test_a_live_release_names_when_it_is_reviewed_and_offers_no_signature(hall: Hall, world: World) -> None:
    release = approved(world)
    ready = hall.get("pia", f"/releases/{release.human_id}/")
    assert "Approved, valid until" in ready.text
    assert "Sign stage 6 and release" in ready.text
    go_live(world, release)
    live = hall.get("pia", f"/releases/{release.human_id}/")
    assert "Next review" in live.text
    assert "Sign stage" not in live.text
    assert "You signed stage 6 Release manager," in live.text
    dora = hall.get("dora", f"/releases/{release.human_id}/")
    assert "Nothing is left to sign: the release is released." in dora.text


def test_a_live_release_is_superseded_by_the_next_one_of_its_deployment(hall: Hall, world: World) -> None:
    first = released(world)
    second = approved(world, deployment=first.deployment)
    hall.sign("pia", second, "6")
    assert "Superseded, revision 1" in hall.get("audra", f"/releases/{first.human_id}/").text
    assert "Released" in hall.get("audra", "/releases/?state=released").text
    assert first.title in hall.get("audra", "/releases/?state=superseded").text


def test_the_form_of_a_release_explains_the_tier_and_marks_what_is_missing(hall: Hall, world: World) -> None:
    form = hall.get("ines", "/releases/new/?project=HARBOR")
    assert "This project has no deployment yet." in form.text
    assert "Tier Low" in form.text
    answers = "reach=rights_or_safety&domain=health&personal_data=on"
    part = hall.get("ines", f"/releases/tier/?project=HARBOR&{answers}")
    assert "Tier Critical" in part.text
    wrong = hall.post("ines", "/releases/new/?project=HARBOR", {"title": ""})
    assert wrong.status == 422
    assert "This field is required." in wrong.text
    refused = hall.get("audra", "/releases/new/?project=HARBOR")
    assert refused.status == 403
    assert hall.get("mallory", "/releases/new/?project=HARBOR").status == 404


def test_a_deployment_twice_is_refused_in_its_form(hall: Hall, world: World) -> None:
    data = {"name": "claims-assistant", "environment": "production"}
    hall.post("ines", "/deployments/new/?project=HARBOR", data)
    again = hall.post("ines", "/deployments/new/?project=HARBOR", data)
    assert again.status == 422
    assert "exists already" in again.text
    wrong = hall.post("ines", "/deployments/new/?project=HARBOR", data | {"name": "Claims Assistant"})
    assert "Small letters, digits and hyphens" in wrong.text


def test_a_submitted_release_cannot_be_changed_and_its_form_says_why(hall: Hall, world: World) -> None:
    release = submitted(world)
    answer = hall.post(
        "ines",
        f"/releases/{release.human_id}/change/",
        {"title": "Other", "intended_use": "Other", "reach": "customers", "domain": "none"},
    )
    assert answer.status == 422
    assert "is frozen" in answer.text
