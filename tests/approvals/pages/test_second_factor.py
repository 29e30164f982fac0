"""The sign dialog where a tier asks for a second factor, in a series, and before a first signature."""

import json
import re

from fido2.utils import websafe_decode

from approvals import accountability
from approvals.models import Release, Signature
from approvals.releases import submit
from evidence.actors import SYSTEM
from registry.access import grants, people, recoveries
from registry.access.roles import Role
from registry.models import Run
from tests.approvals.pages.conftest import Hall
from tests.cast import PASSWORD
from tests.codes import wrong_code
from tests.releases import HIGH, draft, link_all, reread, submitted
from tests.soft_passkey import SoftPasskey
from tests.world import World


def another(world: World, release: Release) -> Release:
    """A second release of tier High on the same evidence."""
    second = draft(world, answers=HIGH, deployment=release.deployment)
    link_all(world, second, Run.objects.get())
    submit(second, principal=world.engineer)
    return reread(second)


def test_a_code_is_asked_for_and_signs(hall: Hall, world: World) -> None:
    release = submitted(world, answers=HIGH)
    step = hall.open_sign("ines", release, "Sign stage 1")
    assert "Code of your authenticator" in step.text
    wrong = hall.send("ines", step, code=wrong_code())
    assert "the code is wrong; nothing was signed" in wrong.text
    assert wrong_code() not in wrong.html
    assert PASSWORD not in wrong.html
    again = hall.post("ines", f"/releases/{release.human_id}/stages/1/sign", hall.filled("ines", wrong))
    assert "You signed stage 1." in again.text
    assert Signature.objects.get().methods == ["account-and-password", "totp"]


def test_a_lower_tier_shows_no_field_for_it(hall: Hall, world: World) -> None:
    step = hall.open_sign("ines", submitted(world), "Sign stage 1")
    assert 'name="code"' not in step.html
    assert "data-passkey" not in step.html


def test_in_a_series_the_dialog_asks_for_the_code_alone(hall: Hall, world: World) -> None:
    release = submitted(world, answers=HIGH)
    hall.sign("ines", release, "1")
    step = hall.open_sign("ines", another(world, release), "Sign stage 1")
    assert "You signed in this session" in step.text
    assert 'name="password"' not in step.html
    assert "You signed stage 1." in hall.send("ines", step).text
    assert Signature.objects.latest("signed_at").methods == ["series", "totp"]


def test_a_passkey_is_asked_by_options_in_the_page_and_its_answer_signs(hall: Hall, world: World) -> None:
    release = submitted(world, answers=HIGH)
    passkey = SoftPasskey().belongs_to(world.cast["ines"])
    step = hall.open_sign("ines", release, "Sign stage 1")
    block = re.search(r'<script id="passkey-options" type="application/json">(.*?)</script>', step.html)
    assert block is not None
    challenge = websafe_decode(json.loads(block[1])["publicKey"]["challenge"])
    answer = json.dumps(passkey.assertion(challenge))
    signed = hall.send("ines", step, code="", passkey=answer)
    assert "You signed stage 1." in signed.text
    assert Signature.objects.get().methods == ["account-and-password", "passkey"]


def test_what_is_no_answer_of_a_passkey_signs_nothing(hall: Hall, world: World) -> None:
    release = submitted(world, answers=HIGH)
    SoftPasskey().belongs_to(world.cast["ines"])
    for sent in ("[]", "not json", '{"id": 1}', '"text"'):
        step = hall.open_sign("ines", release, "Sign stage 1")
        hall.send("ines", step, code="", passkey=sent)
    assert not Signature.objects.exists()


def test_without_a_factor_the_dialog_leads_to_where_one_is_set_up(hall: Hall, world: World) -> None:
    release = submitted(world, answers=HIGH)
    grants.write(
        project=world.project,
        user=world.cast["gus"],
        role=Role.SUBMITTER,
        reason="Test",
        granted_by=world.cast.principal("adam"),
    )
    page = hall.get("gus", f"/releases/{release.human_id}/")
    assert "Something is left to do before you sign." in page.text
    assert page.link("Set up a second factor") == "/accounts/2fa/"
    step = hall.get("gus", f"/releases/{release.human_id}/stages/1/sign")
    assert "Tier High asks for a second factor with each signature; you have none." in step.text
    assert step.link("Set up a second factor") == "/accounts/2fa/"
    assert 'name="password"' not in step.html


def test_the_statement_is_read_and_accepted_in_the_dialog_before_the_first_signature(
    hall: Hall, world: World
) -> None:
    release = submitted(world)
    world.cast.people["vera"] = people.make_person(
        account="vera", printed_name="Vera Example", email="vera@example.org", password=PASSWORD, actor=SYSTEM
    )
    grants.write(
        project=world.project,
        user=world.cast["vera"],
        role=Role.SUBMITTER,
        reason="Test",
        granted_by=world.cast.principal("adam"),
    )
    url = f"/releases/{release.human_id}/stages/1/sign"
    step = hall.get("vera", url)
    assert accountability.TEXT in step.text
    back = hall.post("vera", "/account/accountability/", {"version": step.hidden("version"), "next": url})
    assert accountability.accepted(world.cast["vera"]) is not None
    assert back.url == url
    assert "You accepted" in back.text
    assert "You signed stage 1." in hall.sign("vera", release, "1").text


def test_accepting_leads_nowhere_else(hall: Hall, world: World) -> None:
    body = {"version": accountability.VERSION, "next": "https://mallory.example/"}
    assert hall.post("maren", "/account/accountability/", body).url == "/account/"


def test_the_page_says_when_it_was_accepted(hall: Hall, world: World) -> None:
    page = hall.get("maren", "/account/accountability/")
    assert "You accepted version 1" in page.text
    assert "I accept this" not in page.text


def test_who_waits_for_confirmation_reads_whom_to_ask(hall: Hall, world: World) -> None:
    release = submitted(world)
    recoveries.after_recovery_code(world.cast["ines"], actor=SYSTEM)
    for url in (f"/releases/{release.human_id}/", f"/releases/{release.human_id}/stages/1/sign"):
        assert "Ask an administrator of the project to confirm your account" in hall.get("ines", url).text
