"""Evidence that changes: a stale step signs nothing and shows why, signatures that stopped stay visible."""

import pytest

from approvals.models import Release, Signature
from approvals.states import State
from registry import runs
from registry.models import Run
from tests.approvals.pages.conftest import Hall
from tests.releases import reread, sign, submitted
from tests.world import World, revise

pytestmark = pytest.mark.django_db
REASON = "The guideline was a draft; the notes are scored again."


@pytest.fixture
def release(world: World) -> Release:
    release = submitted(world)
    sign(world, release, "1")
    return reread(release)


def void(world: World, release: Release) -> Run:
    run = Run.objects.get(links__release=release)
    runs.void(run, reason=REASON, principal=world.cast.principal("tobias"))
    return run


def test_a_step_opened_before_a_change_signs_nothing_and_shows_the_diff(
    hall: Hall, world: World, release: Release
) -> None:
    step = hall.open_sign("tobias", release, "Sign stage 2")
    run = void(world, release)
    answer = hall.send("tobias", step)
    assert answer.status in (403, 409)
    assert not Signature.objects.filter(signer=world.cast["tobias"]).exists()
    assert 'name="password"' not in answer.html
    page = hall.get("ines", f"/releases/{release.human_id}/stages/1/sign?view=old&revision=1")
    assert page.status == 409
    assert "The evidence changed while you read" in page.text
    assert run.human_id in page.text
    assert f"void: {REASON}" in page.text
    assert 'name="password"' not in page.html


def test_a_view_of_nobody_is_out_of_date_and_offers_no_form(hall: Hall, release: Release) -> None:
    page = hall.get("tobias", f"/releases/{release.human_id}/stages/2/sign")
    assert page.status == 409
    assert "What you read is out of date" in page.text
    assert "<form" not in page.html.partition("<main")[2]


def test_a_changed_dataset_is_shown_field_by_field(hall: Hall, world: World, release: Release) -> None:
    step = hall.open_sign("tobias", release, "Sign stage 2")
    revise(world, world.private_dataset, relevance="Notes of closed claims only.")
    hall.send("tobias", step)
    diff = hall.get("tobias", f"/releases/{release.human_id}/diff/?from=1&to=2")
    assert "revision 1" in diff.text
    assert "The notes that the model summarises in production." in diff.text
    assert "Notes of closed claims only." in diff.text


def test_a_signature_that_stopped_keeps_its_place_its_words_and_its_diff(
    hall: Hall, world: World, release: Release
) -> None:
    run = void(world, release)
    page = hall.get("ines", f"/releases/{release.human_id}/")
    assert "In review, revision 2" in page.text
    assert "1 Submitter, revision 1" in page.text
    assert "Stopped counting" in page.text
    assert "I produced or collected this evidence" in page.text
    assert run.human_id in page.text
    assert 'class="is-voided" id="stopped"' in page.html
    assert "Since you signed revision 1" in page.text


def test_a_revision_page_keeps_what_was_frozen(hall: Hall, world: World, release: Release) -> None:
    void(world, release)
    page = hall.get("audra", f"/releases/{release.human_id}/revisions/1/")
    assert page.status == 200
    assert "352/400 = 88.0%" in page.text
    assert "Benchseal default" in page.text
    assert hall.get("audra", f"/releases/{release.human_id}/revisions/3/").status == 404


def test_changes_are_requested_made_and_resubmitted(hall: Hall, world: World, release: Release) -> None:
    at = f"/releases/{release.human_id}/"
    short = hall.post("maren", f"{at}request-changes/", {"reason": "No.", "items": ""})
    assert short.status == 422
    assert "20 characters or more" in short.text
    hall.post(
        "maren",
        f"{at}request-changes/",
        {"reason": "The scope says nothing about minors.", "items": "Name minors\nSay who reads it"},
    )
    back = hall.get("ines", at)
    assert "Changes requested" in back.text
    assert "Name minors" in back.text
    assert "The scope says nothing about minors." in hall.get("ines", "/queue/").text
    hall.post("ines", f"{at}change/", form_of(release, out_of_scope="Claims of minors."))
    assert "Revision 2 is frozen" in hall.post("ines", f"{at}submit/").text
    assert "Claims of minors." in hall.get("maren", f"{at}diff/?from=1&to=2").text


def test_a_rejection_is_signed_with_its_reason_and_ends_the_release(
    hall: Hall, world: World, release: Release
) -> None:
    sign(world, release, "2")
    step = hall.open_sign("maren", release, "Reject")
    assert hall.send("maren", step, comment="No.").status == 422
    step = hall.open_sign("maren", release, "Reject")
    done = hall.send("maren", step, comment="The private set leaks into training.")
    assert "is rejected" in done.text
    assert reread(release).state == State.REJECTED
    assert "Sign stage" not in hall.get("olu", f"/releases/{release.human_id}/").text


def test_a_declined_stage_is_shown_with_its_reason(hall: Hall, world: World, release: Release) -> None:
    sign(world, release, "2")
    step = hall.open_sign("maren", release, "Decline")
    done = hall.send("maren", step, comment="The private set is too narrow.")
    assert "You declined stage 3." in done.text
    assert "The private set is too narrow." in hall.get("audra", f"/releases/{release.human_id}/").text


def test_a_release_is_withdrawn_with_a_reason(hall: Hall, release: Release) -> None:
    done = hall.post(
        "ines", f"/releases/{release.human_id}/withdraw/", {"reason": "The vendor retired this version."}
    )
    assert "is withdrawn" in done.text
    assert reread(release).state == State.WITHDRAWN


def test_a_slice_without_a_result_is_not_tested_on_the_page(hall: Hall, world: World) -> None:
    rule = {"metric": "pass rate", "statistic": "wilson_lower", "operator": ">=", "threshold": "0.8"}
    asked = [rule, rule | {"slice": "es", "severity": "flag"}]
    world.criteria = revise(world, world.criteria, criteria=asked)
    page = hall.get("audra", f"/releases/{submitted(world).human_id}/")
    assert "Every slice that the criteria name · 1 not tested" in page.text
    assert '<td class="untested">' in page.html
    assert "Pass rate, es was not tested" in page.text


def test_linking_what_does_not_fit_is_said_and_changes_nothing(
    hall: Hall, world: World, release: Release
) -> None:
    at = f"/releases/{release.human_id}/"
    said = hall.post("ines", f"{at}link/", {"slot": "rollback", "target": str(world.rollback.pk)})
    assert "Revision 1 of" in said.text
    assert "is frozen" in said.text
    assert hall.post("ines", f"{at}link/", {"slot": "sidecar", "target": "x"}).status == 404
    assert hall.post("ines", f"{at}link/", {"slot": "rollback", "target": "x"}).status == 404


def test_a_link_is_taken_out_with_a_reason(hall: Hall, world: World, release: Release) -> None:
    at = f"/releases/{release.human_id}/"
    hall.post("maren", f"{at}request-changes/", {"reason": "The way back was never tested.", "items": ""})
    link = release.links.get(slot="rollback")
    assert "say why" in hall.post("ines", f"{at}unlink/", {"link": str(link.pk)}).text
    assert "taken out" in hall.post("ines", f"{at}unlink/", {"link": str(link.pk), "reason": "Too old"}).text
    page = hall.get("ines", at)
    assert "No rollback artifact is linked" in page.text
    assert "Not yet." in page.text
    refused = hall.post("ines", f"{at}submit/")
    assert refused.status == 409
    assert "Nothing was frozen" in refused.text


def form_of(release: Release, **changes: object) -> dict[str, object]:
    return {
        "title": release.title,
        "intended_use": release.intended_use,
        "out_of_scope": release.out_of_scope,
        "owner": str(release.owner_id),
        "criteria": str(release.criteria_id),
        "reach": "customers",
        "domain": "none",
        **changes,
    }
