"""A whole release through pages: opened, linked, submitted, signed by six people, live."""

import pytest

from approvals.models import Release, Signature, SigningFailure
from approvals.states import State
from tests.approvals.pages.conftest import SIGNERS, Hall
from tests.cast import PASSWORD
from tests.releases import reread, submitted
from tests.world import World, admit_run

pytestmark = pytest.mark.django_db


def words(world: World, **changes: object) -> dict[str, object]:
    return {
        "title": "Argo-L for claims",
        "intended_use": "Summarise claims for adjusters.",
        "out_of_scope": "Decisions on claims.",
        "model_version": str(world.model.pk),
        "owner": str(world.cast["tobias"].pk),
        "criteria": str(world.criteria.pk),
        "reach": "customers",
        "domain": "none",
        **changes,
    }


def test_a_release_goes_live_through_pages_by_seven_people(hall: Hall, world: World) -> None:
    run = admit_run(world)
    made = hall.post(
        "ines", "/deployments/new/?project=HARBOR", {"name": "claims-assistant", "environment": "production"}
    )
    assert "claims-assistant in production is recorded" in made.text
    deployment = world.project.deployments.get()
    draft = hall.post("ines", "/releases/new/?project=HARBOR", words(world, deployment=str(deployment.pk)))
    assert draft.status == 200
    assert "Not yet." in draft.text
    release = Release.objects.get()
    at = f"/releases/{release.human_id}/"
    for slot, target in (
        ("private_evaluation", run.human_id),
        ("rollback", str(world.rollback.pk)),
        ("monitoring", str(world.signal.pk)),
    ):
        assert "is linked" in hall.post("ines", f"{at}link/", {"slot": slot, "target": target}).text
    frozen = hall.post("ines", f"{at}submit/")
    assert "Revision 1 is frozen" in frozen.text
    for code, account in SIGNERS.items():
        done = hall.sign(account, release, code)
        assert done.status == 200
        said = f"{release.human_id} is released." if code == "6" else f"You signed stage {code}."
        assert said in done.text
    assert reread(release).state == State.RELEASED
    assert Signature.objects.filter(release=release).count() == len(SIGNERS)
    live = hall.get("audra", at)
    assert "Released, revision 1" in live.text
    assert "Revision 1: 6 of 6 given" in live.text


def test_a_wrong_password_is_said_in_place_and_nothing_is_signed(hall: Hall, world: World) -> None:
    release = submitted(world)
    answer = hall.sign("ines", release, "1", password="not the password")
    assert answer.status == 403
    assert "The account name or the password is wrong; nothing was signed" in answer.text
    assert not Signature.objects.exists()
    assert "not the password" not in answer.html
    assert SigningFailure.objects.count() == 1
    again = hall.post("ines", f"/releases/{release.human_id}/stages/1/sign", hall.filled("ines", answer))
    assert "You signed stage 1." in again.text


def test_three_wrong_passwords_lock_signing_and_the_page_says_until_when(hall: Hall, world: World) -> None:
    release = submitted(world)
    for _ in range(3):
        hall.sign("ines", release, "1", password="wrong")
    answer = hall.sign("ines", release, "1")
    assert answer.status == 403
    assert "signing opens again at" in answer.text


def test_a_spent_challenge_signs_nothing_and_the_page_holds_a_new_one(hall: Hall, world: World) -> None:
    release = submitted(world)
    step = hall.open_sign("ines", release, "Sign stage 1")
    url = f"/releases/{release.human_id}/stages/1/sign"
    answer = hall.post("ines", url, hall.filled("ines", step, challenge="0" * 8))
    assert answer.status == 409
    assert "Open the sign dialog again" in answer.text
    assert "You signed stage 1." in hall.post("ines", url, hall.filled("ines", answer)).text


def test_empty_credentials_are_marked_at_their_fields(hall: Hall, world: World) -> None:
    release = submitted(world)
    answer = hall.sign("ines", release, "1", account="", password="")
    assert answer.status == 422
    assert "Nothing was signed. 2 fields need a correction." in answer.text
    # Once in the list that is read first, once at the field.
    assert answer.text.count("This field is required.") == 2 * 2
    assert not SigningFailure.objects.exists()


def test_a_signature_twice_is_refused_with_the_reason(hall: Hall, world: World) -> None:
    release = submitted(world)
    step = hall.open_sign("ines", release, "Sign stage 1")
    hall.send("ines", step)
    answer = hall.post("ines", f"/releases/{release.human_id}/stages/1/sign", hall.filled("ines", step))
    assert answer.status == 409
    assert Signature.objects.count() == 1


def test_the_button_is_disabled_with_one_reason_and_who_can_help(hall: Hall, world: World) -> None:
    release = submitted(world)
    page = hall.get("ruth", f"/releases/{release.human_id}/")
    assert 'aria-disabled="true" aria-describedby="why"' in page.html
    assert "Waiting for stage 1 Submitter. Ines Example can sign it" in page.text
    assert PASSWORD not in page.html
