"""Pages of delegations: ask, accept, sign for somebody with both names in sight, decline, end."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.models import Delegation, Signature
from evidence import clock
from tests.approvals.deputising import REASON, accepted, given
from tests.approvals.pages.conftest import Hall
from tests.releases import sign, submitted
from tests.world import World

OWN = "/account/delegations/"
HERE = "/projects/HARBOR/delegations/"


def test_from_the_form_to_the_signature(hall: Hall, world: World) -> None:
    release = submitted(world)
    sign(world, release, "1")
    sign(world, release, "2")
    form = hall.get("maren", f"{HERE}new/")
    assert "3 Validator, independent validator" in form.text
    assert "5 Compliance" not in form.text
    day = (clock.now() + timedelta(days=7)).date().isoformat()
    fields = {"stage": "3", "delegate": str(world.cast["dora"].pk), "ends_on": day, "reason": REASON}
    assert "Dora Example is asked." in hall.post("maren", f"{HERE}new/", fields).text

    one = Delegation.objects.get()
    page = hall.get("dora", OWN)
    assert "Waits for acceptance" in page.text
    assert "You may sign stage 3 for Maren Example." in hall.post("dora", f"{HERE}{one.pk}/accept/").text

    queue = hall.get("dora", "/queue/")
    assert "You sign for Maren Example , by delegation" in queue.text
    decision = hall.get("dora", queue.link("Read and sign"))
    assert "Dora Example for Maren Example, independent validator, stage 3 Validator" in decision.text
    step = hall.get("dora", decision.link("Sign stage 3"))
    assert "Dora Example for Maren Example , independent validator" in step.text
    done = hall.send("dora", step, **{"for": step.hidden("for")})
    assert "You signed stage 3." in done.text
    assert "Dora Example for Maren Example" in done.text
    assert Signature.objects.get(stage__code="3").on_behalf_of == world.cast["maren"]
    assert (
        "Dora Example signed this stage for you." in hall.get("maren", f"/releases/{release.human_id}/").text
    )


def test_who_has_both_chooses_for_whom(hall: Hall, world: World) -> None:
    release = submitted(world)
    sign(world, release, "1")
    sign(world, release, "2")
    world.cast.give("olu", "validator")
    accepted(world, "maren", "olu", "3")
    page = hall.get("olu", f"/releases/{release.human_id}/")
    assert "Olu Example, independent validator, stage 3" in page.text
    other = hall.get("olu", page.link("Stage 3 Validator, for Maren Example").partition("#")[0])
    assert "Olu Example for Maren Example, independent validator, stage 3" in other.text
    assert other.link("Stage 3 Validator, as yourself")


def test_a_form_that_is_refused_keeps_what_was_typed_and_says_why(hall: Hall, world: World) -> None:
    day = (clock.now() + timedelta(days=40)).date().isoformat()
    fields = {"stage": "3", "delegate": str(world.cast["dora"].pk), "ends_on": day, "reason": REASON}
    refused = hall.post("maren", f"{HERE}new/", fields)
    assert refused.status == 422
    assert "A delegation lasts 30 days at most" in refused.text
    assert REASON in refused.text
    unknown = hall.post("maren", f"{HERE}new/", fields | {"release": "HARBOR-REL-2026-9999"})
    assert "No release of this project is called HARBOR-REL-2026-9999." in unknown.text


def test_a_delegation_is_declined_revoked_and_ended_with_a_reason(hall: Hall, world: World) -> None:
    for account, act, ending in (
        ("dora", "decline", "declined"),
        ("maren", "end", "revoked"),
        ("adam", "end", "ended"),
    ):
        one = given(world, "maren", "dora", "3")
        assert hall.post(account, f"{HERE}{one.pk}/{act}/", {"reason": "short"}).status == 422
        hall.post(account, f"{HERE}{one.pk}/{act}/", {"reason": REASON})
        one.refresh_from_db()
        assert (one.ending, one.end_reason) == (ending, REASON)


def test_a_reader_sees_all_of_a_project_and_a_stranger_nothing(hall: Hall, world: World) -> None:
    one = given(world, "maren", "dora", "3")
    page = hall.get("audra", HERE)
    assert "Dora Example for Maren Example" in page.text
    assert "End it" not in page.text
    assert "End it" in hall.get("adam", HERE).text
    for account in ("mallory", "sue", "gus"):
        assert hall.get(account, HERE).status == 404
        assert hall.post(account, f"{HERE}{one.pk}/accept/").status == 404
        assert hall.get(account, f"{HERE}{one.pk}/end/").status == 404


def test_lists_take_a_fixed_number_of_queries(hall: Hall, world: World) -> None:
    accepted(world, "maren", "dora", "3")

    def count(url: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert hall.get("dora", url).status == 200
        return len(asked)

    count(OWN)  # the first page of a session stores the session
    before = {url: count(url) for url in (OWN, HERE)}
    for code, by in (("2", "tobias"), ("4b", "olu"), ("5", "ruth")):
        accepted(world, by, "dora", code)
    assert {url: count(url) for url in (OWN, HERE)} == before
    assert max(before.values()) <= 8
