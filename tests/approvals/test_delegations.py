"""Delegations: who may give and take one, what it is good for, and how it ends."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from benchseal.verify import Verdict
from django.db import IntegrityError, connection, transaction

from approvals import candidates, decision_view, decisions, delegations, emergency, pack_requests, separation
from approvals.assessment import assess
from approvals.errors import (
    DelegationClosed,
    DelegationInvalid,
    DelegationNotYours,
    SessionRequired,
    SigningRefused,
    StageClosed,
)
from approvals.models import Delegation, Release, ReleaseRevision, Signature
from approvals.queue import queue_of
from approvals.states import Action
from evidence import clock
from evidence.models import LedgerEntry
from registry import history, runs
from registry.access import grants
from registry.access.principals import Principal
from registry.errors import FieldsInvalid, NotFound, PermissionMissing
from registry.models import Run, User
from tests.approvals.deputising import REASON, accepted, given, intend, sign_for, wish
from tests.approvals.packed import printed, record_of, report_of, sealed, unpacked
from tests.releases import MODERATE, approved, draft, link_all, reread, sign, signed, submitted, typed
from tests.world import World

CRITICAL: Final = MODERATE | {"reach": "rights_or_safety", "domain": "health"}


def code_of(refused: pytest.ExceptionInfo[Any]) -> str:
    return str(refused.value.extra["reason_code"])


# Making one


Case = Callable[[World], Any]

REFUSED: Final[dict[str, tuple[str, Case]]] = {
    "31 days": ("delegation_too_long", lambda w: given(w, "maren", "dora", "3", days=31)),
    "ends before it starts": ("delegation_term", lambda w: given(w, "maren", "dora", "3", days=-1)),
    "begins in the past": (
        "delegation_term",
        lambda w: given(w, "maren", "dora", "3", starts_at=clock.now() - timedelta(days=1)),
    ),
    "to oneself": ("delegation_to_oneself", lambda w: given(w, "maren", "maren", "3")),
    "a role one does not hold": ("role_missing", lambda w: given(w, "maren", "dora", "5")),
    "a stage nobody knows": ("delegation_stage_unknown", lambda w: given(w, "maren", "dora", "9")),
    "to an auditor": ("delegate_unfit", lambda w: given(w, "maren", "audra", "3")),
    "to an administrator": ("delegate_unfit", lambda w: given(w, "maren", "adam", "3")),
    "to a stranger": ("delegate_unfit", lambda w: given(w, "maren", "mallory", "3")),
    "to somebody without a role": ("delegate_unfit", lambda w: given(w, "maren", "gus", "3")),
    "what was delegated": (
        "delegation_of_delegation",
        lambda w: (accepted(w, "maren", "dora", "3"), given(w, "dora", "olu", "3")),
    ),
    "the same again": (
        "delegation_exists",
        lambda w: (given(w, "maren", "dora", "3"), given(w, "maren", "dora", "3")),
    ),
    "stage 5 of a critical release": (
        "delegation_critical",
        lambda w: given(w, "ruth", "dora", "5", release=draft(w, answers=CRITICAL)),
    ),
    "for a release that the delegate opened": (
        "conflict_uploader",
        lambda w: given(w, "ruth", "ines", "5", release=draft(w)),
    ),
    "for a release that the delegate owns": (
        "conflict_owner",
        lambda w: given(w, "maren", "tobias", "3", release=draft(w)),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_delegated_is_refused_by_its_code(world: World, case: str) -> None:
    code, act = REFUSED[case]
    before = Delegation.objects.count()
    with pytest.raises(DelegationInvalid) as refused:
        act(world)
    assert code_of(refused) == code
    assert Delegation.objects.count() - before == (1 if "again" in case or "was delegated" in case else 0)


def test_thirty_days_are_allowed_and_a_later_term_beside_an_earlier_one(world: World) -> None:
    first = given(world, "maren", "dora", "3", days=30)
    given(world, "maren", "dora", "3", starts_at=first.ends_at, days=30)
    given(world, "maren", "olu", "3")
    assert Delegation.objects.count() == 3


def test_a_delegation_has_a_reason(world: World) -> None:
    with pytest.raises(FieldsInvalid):
        given(world, "maren", "dora", "3", reason="On leave.")


def test_a_service_account_takes_none(world: World) -> None:
    robot = User.objects.create_user(
        username="robot", printed_name="Robot", kind="service", answerable=world.cast["ines"]
    )
    world.cast.people["robot"] = robot
    world.cast.give("robot", "submitter")
    with pytest.raises(DelegationInvalid) as refused:
        given(world, "maren", "robot", "3")
    assert code_of(refused) == "delegate_unfit"


def test_whose_account_waits_for_a_confirmation_delegates_nothing(world: World) -> None:
    world.cast["maren"].recoveries.create(cause="password_reset", requested_at=clock.now(), reason="Mail")
    with pytest.raises(DelegationInvalid) as refused:
        given(world, "maren", "dora", "3")
    assert code_of(refused) == "recovery_unconfirmed"


def test_no_token_delegates_answers_or_ends(world: World) -> None:
    one = given(world, "maren", "dora", "3")
    token = _token(world)
    acts: list[Callable[[Principal], Any]] = [
        lambda who: delegations.delegate(world.project, wish(world, "dora", "4b"), principal=who),
        lambda who: delegations.accept(one, principal=who),
        lambda who: delegations.decline(one, reason=REASON, principal=who),
        lambda who: delegations.end(one, reason=REASON, principal=who),
    ]
    for act in acts:
        with pytest.raises(SessionRequired):
            act(token)


def _token(world: World) -> Principal:
    world.cast.token("ines")
    ines = world.cast["ines"]
    return Principal(user=ines, token=ines.tokens.latest("created_at"))


# Answering and ending one


def test_nobody_but_the_delegate_answers(world: World) -> None:
    one = given(world, "maren", "dora", "3")
    for account in ("maren", "olu", "ruth"):
        with pytest.raises(DelegationNotYours):
            delegations.accept(one, principal=world.cast.principal(account))
        with pytest.raises(DelegationNotYours):
            delegations.decline(one, reason=REASON, principal=world.cast.principal(account))
    with pytest.raises(PermissionMissing):
        delegations.accept(one, principal=world.cast.principal("adam"))
    with pytest.raises(NotFound):
        delegations.accept(one, principal=world.cast.principal("mallory"))


@pytest.mark.parametrize(
    ("account", "ending"), [("maren", "revoked"), ("adam", "ended"), ("dora", ""), ("ruth", "")]
)
def test_the_delegator_revokes_and_an_administrator_ends(world: World, account: str, ending: str) -> None:
    one = accepted(world, "maren", "dora", "3")
    who = world.cast.principal(account)
    if not ending:
        with pytest.raises(DelegationNotYours):
            delegations.end(one, reason=REASON, principal=who)
        return
    assert delegations.end(one, reason=REASON, principal=who).ending == ending
    dora = world.cast.principal("dora")
    acts: list[Callable[[], Delegation]] = [
        lambda: delegations.end(one, reason=REASON, principal=who),
        lambda: delegations.accept(one, principal=dora),
        lambda: delegations.decline(one, reason=REASON, principal=dora),
    ]
    for again in acts:
        with pytest.raises(DelegationClosed) as refused:
            again()
        assert code_of(refused) == "delegation_ended"


def test_a_delegation_is_accepted_once_and_not_after_its_term(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = given(world, "maren", "dora", "3")
    dora = world.cast.principal("dora")
    delegations.accept(one, principal=dora)
    with pytest.raises(DelegationClosed) as refused:
        delegations.accept(one, principal=dora)
    assert code_of(refused) == "delegation_accepted"
    late = clock.now() + timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: late)
    with pytest.raises(DelegationClosed) as over:
        delegations.accept(one, principal=dora)
    assert code_of(over) == "delegation_over"


def test_every_act_is_an_entry_and_the_log_knows_every_column(world: World) -> None:
    one = accepted(world, "maren", "dora", "3")
    delegations.end(one, reason=REASON, principal=world.cast.principal("maren"))
    delegations.decline(
        given(world, "maren", "dora", "3"), reason=REASON, principal=world.cast.principal("dora")
    )
    told = LedgerEntry.objects.filter(subject=f"delegation:{one.pk}").order_by("pk")
    assert list(told.values_list("kind", flat=True)) == [
        "delegation.made",
        "delegation.accepted",
        "delegation.revoked",
    ]
    assert list(history.faults()) == []


# Signing under one


@pytest.fixture
def waiting(world: World) -> Release:
    """A moderate release at stage 3."""
    release = submitted(world)
    return signed(world, release, "1", "2")


def test_a_delegate_signs_for_the_delegator_and_both_are_named(world: World, waiting: Release) -> None:
    one = accepted(world, "maren", "dora", "3")
    signature = sign_for(world, waiting, one)
    maren = {"id": str(world.cast["maren"].pk), "printed_name": "Maren Example"}
    said = json.loads(b64decode(json.loads(bytes(signature.statement.envelope))["payload"]))["predicate"]
    assert (said["for"], said["signer"]["printed_name"], said["role"]) == (
        maren,
        "Dora Example",
        "validator",
    )
    assert signature.names == "Dora Example for Maren Example"
    assert waiting.revisions.get().stages.get(code="3").state == "signed"
    assert list(history.faults()) == []


def test_the_view_names_for_whom_only_under_a_delegation(world: World, waiting: Release) -> None:
    one = accepted(world, "maren", "dora", "3")
    dora, maren = world.cast.principal("dora"), world.cast.principal("maren")
    own = decision_view.show(waiting, "3", action="sign", principal=maren)
    delegated = decision_view.show(waiting, "3", action="sign", principal=dora, delegation=str(one.pk))
    assert "for" not in own.body
    assert delegated.body["for"]["printed_name"] == "Maren Example"
    assert delegated.refusal is None
    undelegated = decision_view.show(waiting, "3", action="sign", principal=dora)
    assert undelegated.refusal
    assert undelegated.refusal.code == "role_missing"


def refused_of(world: World, release: Release, one: Delegation) -> str:
    """The code by which the delegate's view refuses."""
    view = decision_view.show(
        reread(release),
        one.stage,
        action="sign",
        principal=world.cast.principal(one.delegate.username),
        delegation=str(one.pk),
    )
    return view.refusal.code if view.refusal else ""


def _ended(world: World, one: Delegation) -> None:
    delegations.end(one, reason=REASON, principal=world.cast.principal("maren"))


def _declined(world: World, one: Delegation) -> None:
    delegations.decline(one, reason=REASON, principal=world.cast.principal("dora"))


def _role_ended(world: World, one: Delegation) -> None:
    grant = world.cast["maren"].grants.get()
    grants.revoke(grant, reason="She moved to another team.", principal=world.cast.principal("adam"))


def _role_given_again(world: World, one: Delegation) -> None:
    _role_ended(world, one)
    world.cast.give("maren", "validator")


def _account_closed(world: World, one: Delegation) -> None:
    User.objects.filter(pk=world.cast["maren"].pk).update(is_active=False)


def _over(world: World, one: Delegation) -> None:
    now = clock.now()
    Delegation.objects.update(starts_at=now - timedelta(days=3), ends_at=now - timedelta(seconds=1))


def _not_begun(world: World, one: Delegation) -> None:
    Delegation.objects.update(starts_at=clock.now() + timedelta(days=1))


def _other_stage(world: World, one: Delegation) -> None:
    Delegation.objects.update(stage="4a")


LAPSED: Final = {
    "delegation_ended": (_ended, _declined),
    "delegation_role_ended": (_role_ended, _role_given_again, _account_closed),
    "delegation_over": (_over,),
    "delegation_not_begun": (_not_begun,),
}


@pytest.mark.parametrize("code", LAPSED)
def test_what_lapsed_between_dialog_and_signature_signs_nothing(
    world: World, waiting: Release, code: str
) -> None:
    for lapse in LAPSED[code]:
        point = transaction.savepoint()
        one = accepted(world, "maren", "dora", "3")
        shown = intend(world, waiting, one)
        lapse(world, one)
        with pytest.raises(SigningRefused) as refused:
            sign_for(world, waiting, one, shown)
        assert code_of(refused) == code, lapse
        transaction.savepoint_rollback(point)
    assert not Signature.objects.filter(stage__code="3").exists()


def test_a_delegation_counts_from_its_acceptance(world: World, waiting: Release) -> None:
    one = given(world, "maren", "dora", "3")
    assert refused_of(world, waiting, one) == "delegation_not_accepted"
    delegations.accept(one, principal=world.cast.principal("dora"))
    assert refused_of(world, waiting, one) == ""


def test_a_delegation_is_good_for_its_stage_and_its_release_alone(world: World, waiting: Release) -> None:
    other = draft(world, deployment=waiting.deployment)
    elsewhere = accepted(world, "maren", "dora", "3", release=other)
    assert refused_of(world, waiting, elsewhere) == "delegation_elsewhere"
    here = accepted(world, "maren", "dora", "3", release=waiting)
    assert refused_of(world, waiting, here) == ""
    with pytest.raises(NotFound):
        decision_view.show(
            waiting, "3", action="sign", principal=world.cast.principal("olu"), delegation=str(here.pk)
        )
    with pytest.raises(NotFound):
        decision_view.show(
            waiting, "3", action="sign", principal=world.cast.principal("olu"), delegation="no id"
        )


# The conflicts of both


def _was_admin(world: World, release: Release, account: str) -> None:
    grant = world.cast.give(account, "admin")
    grants.revoke(grant, reason="It was given by mistake.", principal=world.cast.principal("adam"))


def _sent(world: World, release: Release, account: str) -> None:
    Run.objects.filter(links__release=release).update(responsible_persons=[str(world.cast[account].pk)])


def _owns(world: World, release: Release, account: str) -> None:
    Release.objects.filter(pk=release.pk).update(owner=world.cast[account])


def _edited(world: World, release: Release, account: str) -> None:
    type(world.criteria).objects.update(responsible_persons=[str(world.cast[account].pk)])


def _submitted(world: World, release: Release, account: str) -> None:
    ReleaseRevision.objects.filter(release=release).update(submitted_by=world.cast[account])


def _is_superuser(world: World, release: Release, account: str) -> None:
    User.objects.filter(pk=world.cast[account].pk).update(is_superuser=True)
    world.cast[account].refresh_from_db()


CONFLICTS: Final = {
    "conflict_admin": _was_admin,
    "conflict_uploader": _sent,
    "conflict_owner": _owns,
    "conflict_editor": _edited,
    "conflict_superuser": _is_superuser,
}


@pytest.mark.parametrize("who", ["maren", "dora"])
@pytest.mark.parametrize("code", CONFLICTS)
def test_each_conflict_of_either_person_stands_against_the_delegate(
    world: World, waiting: Release, code: str, who: str
) -> None:
    one = accepted(world, "maren", "dora", "3")
    CONFLICTS[code](world, waiting, who)
    assert refused_of(world, waiting, one) == code
    sentence = decision_view.show(
        reread(waiting),
        "3",
        action="sign",
        principal=world.cast.principal("dora"),
        delegation=str(one.pk),
    ).refusal
    assert sentence
    assert ("Maren Example" in sentence.sentence) is (who == "maren")


@pytest.mark.parametrize("who", ["maren", "dora"])
def test_who_submitted_a_revision_is_a_sender_also_through_a_delegate(
    world: World, waiting: Release, who: str
) -> None:
    one = accepted(world, "maren", "dora", "3")
    _submitted(world, waiting, who)
    assert refused_of(world, waiting, one) == "conflict_uploader"


def test_one_stage_of_a_release_counts_for_both_persons(world: World, waiting: Release) -> None:
    """Dora signs stage 3 for Maren: from then on neither signs another stage."""
    sign_for(world, waiting, accepted(world, "maren", "dora", "3"))
    world.cast.give("maren", "security_reviewer")
    world.cast.give("dora", "security_reviewer")
    for account in ("maren", "dora"):
        view = decision_view.show(
            reread(waiting), "4b", action="sign", principal=world.cast.principal(account)
        )
        assert view.refusal, account
        assert view.refusal.code == "conflict_other_stage", account
    # Nor does anybody for them: Maren's one stage is taken.
    for_maren = accepted(world, "maren", "fay", "4b")
    assert refused_of(world, waiting, for_maren) == "conflict_other_stage"


def test_a_delegate_who_signed_another_stage_cannot(world: World, waiting: Release) -> None:
    one = accepted(world, "maren", "tobias", "3")
    assert refused_of(world, waiting, one) in ("conflict_owner", "conflict_other_stage")
    world.cast.give("tobias", "security_reviewer")
    Release.objects.filter(pk=waiting.pk).update(owner=world.cast["paul"])
    assert refused_of(world, waiting, one) == "conflict_other_stage"


# One signature for two persons


@pytest.fixture
def critical(world: World) -> Release:
    """A critical release at stage 3, which two validators sign: Maren and Olu."""
    world.cast.give("olu", "validator")
    for account in ("olu", "paul"):
        world.cast.give(account, "compliance_reviewer")
    release = submitted(world, answers=CRITICAL)
    return signed(world, release, "1", "2")


def test_two_delegates_of_one_person_count_once(world: World, critical: Release) -> None:
    first = accepted(world, "maren", "dora", "3")
    second = accepted(world, "maren", "fay", "3")
    shown = intend(world, critical, second)
    sign_for(world, critical, first)
    with pytest.raises(StageClosed) as refused:
        sign_for(world, critical, second, shown)
    assert code_of(refused) == "signed_already"
    assert Signature.objects.filter(stage__code="3").count() == 1


def test_delegator_and_delegate_do_not_both_count(world: World, critical: Release) -> None:
    one = accepted(world, "maren", "dora", "3")
    sign(world, critical, "3", by="maren")
    assert refused_of(world, critical, one) == "signed_already"


def test_the_delegator_does_not_sign_what_the_delegate_signed(world: World, critical: Release) -> None:
    sign_for(world, critical, accepted(world, "maren", "dora", "3"))
    view = decision_view.show(reread(critical), "3", action="sign", principal=world.cast.principal("maren"))
    assert view.refusal
    assert (view.refusal.code, view.refusal.sentence) == (
        "signed_already",
        "Dora Example signed this stage for you already.",
    )


def test_who_holds_the_role_signs_as_himself_unless_he_chooses_otherwise(
    world: World, critical: Release
) -> None:
    one = accepted(world, "maren", "olu", "3")
    rule = decision_view.rule_of(critical, "3")
    found = separation.capacity(
        candidates.candidate(world.cast["olu"], critical), rule, assess(critical).duties
    )
    assert found.deputyship is None
    assert found.refusal is None
    assert sign_for(world, critical, one).on_behalf_of == world.cast["maren"]
    with pytest.raises(StageClosed):
        sign(world, critical, "3", by="olu")


def test_a_delegation_makes_nobody_eligible_twice(world: World) -> None:
    release = draft(world, answers=CRITICAL)
    before = separation.eligible(release, assess(release).duties)
    accepted(world, "maren", "dora", "3")
    accepted(world, "olu", "dora", "4b")
    assert separation.eligible(release, assess(release).duties) == before


def test_stage_5_of_a_critical_release_is_signed_by_nobody_for_somebody(
    world: World, critical: Release
) -> None:
    one = accepted(world, "ruth", "pia", "5")
    assert refused_of(world, critical, one) == "delegation_critical"


def test_the_database_counts_nobody_twice_in_a_stage(world: World, critical: Release) -> None:
    """Two delegates who got past every check at the same moment: the second row does not exist."""
    signature = sign_for(world, critical, accepted(world, "maren", "dora", "3"))
    second = accepted(world, "maren", "fay", "3")
    values = {f.attname: getattr(signature, f.attname) for f in Signature._meta.concrete_fields}
    values |= {"id": second.pk, "signer_id": second.delegate_id, "delegation_id": second.pk}
    run = next(iter(Run.objects.all()))
    twice = pytest.raises(IntegrityError, match=_named("signature_once_for_a_person_and_stage"))
    with twice, transaction.atomic():
        Signature(**values | {"statement_id": run.statement_id}).save(force_insert=True)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"on_behalf_name": ""}, "signature_for_another_by_delegation"),
        ({"on_behalf_of_id": None}, "signature_for_another_by_delegation"),
        ({"delegation_id": None}, "signature_for_another_by_delegation"),
        ({"on_behalf_of_id": "signer_id"}, "signature_for_another_by_delegation"),
    ],
)
def test_a_signature_for_somebody_names_delegation_and_person(
    world: World, waiting: Release, changes: dict[str, Any], name: str
) -> None:
    signature = sign_for(world, waiting, accepted(world, "maren", "dora", "3"))
    values = {f.attname: getattr(signature, f.attname) for f in Signature._meta.concrete_fields}
    values |= {key: values.get(value, value) for key, value in changes.items()}
    values |= {"stage_id": waiting.revisions.get().stages.get(code="4b").pk, "id": waiting.pk}
    values["statement_id"] = Run.objects.all()[0].statement_id
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Signature(**values).save(force_insert=True)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"delegate_id": "delegator_id"}, "delegation_not_to_oneself"),
        ({"ends_at": "starts_at"}, "delegation_ends_after_start"),
        ({"ending": "revoked"}, "delegation_ended_by_somebody"),
        ({}, "delegation_once_from_a_start"),
        ({"release_id": "release"}, ""),
    ],
)
def test_the_database_keeps_what_a_delegation_is(world: World, changes: dict[str, Any], name: str) -> None:
    one = given(world, "maren", "dora", "3")
    release = draft(world)
    values = {f.attname: getattr(one, f.attname) for f in Delegation._meta.concrete_fields}
    known = values | {"release": release.pk}
    values |= {key: known.get(value, value) for key, value in changes.items()} | {"id": release.pk}
    if not name:
        Delegation(**values).save(force_insert=True)
        values["id"], name = world.model.pk, "delegation_of_release_once_from_a_start"
    with pytest.raises(IntegrityError, match=_named(name)), transaction.atomic():
        Delegation(**values).save(force_insert=True)


def _named(constraint: str) -> str:
    """What the database says of a unique constraint: its name, or on SQLite its columns."""
    if connection.vendor == "postgresql" or "once" not in constraint:
        return constraint
    return "UNIQUE|key exists"


# Other acts, other stages


def test_a_delegate_declines_rejects_and_releases_for_the_delegator(world: World) -> None:
    release = approved(world)
    one = accepted(world, "pia", "dora", "6")
    signature = sign_for(world, release, one)
    assert reread(release).state == "released"
    assert signature.names == "Dora Example for Pia Example"


def test_a_delegate_rejects_with_the_right_of_the_delegated_role(world: World, waiting: Release) -> None:
    one = accepted(world, "maren", "ines", "3")
    assert refused_of(world, waiting, one) == "conflict_uploader"
    one = accepted(world, "maren", "fay", "3")
    intent = intend(world, waiting, one, action=Action.REJECT, comment="The private set leaks into training.")
    decisions.reject(waiting, intent, typed=typed("fay"), principal=world.cast.principal("fay"))
    assert reread(waiting).state == "rejected"


def test_a_role_that_does_not_reject_delegates_no_rejection(world: World) -> None:
    release = submitted(world)
    sign(world, release, "1")
    one = accepted(world, "tobias", "fay", "2")
    intent = intend(world, release, one, action=Action.REJECT, comment="The private set leaks into training.")
    with pytest.raises(PermissionMissing):
        decisions.reject(release, intent, typed=typed("fay"), principal=world.cast.principal("fay"))


def test_a_view_shown_for_one_person_is_not_signed_for_another(world: World, critical: Release) -> None:
    for_maren, for_olu = accepted(world, "maren", "dora", "3"), accepted(world, "olu", "dora", "3")
    shown = intend(world, critical, for_maren)
    with pytest.raises(Exception, match="Nothing was signed"):
        sign_for(world, critical, for_olu, replace(shown, delegation=str(for_olu.pk)))


def test_signatures_for_somebody_end_like_any_other(world: World, waiting: Release) -> None:
    signature = sign_for(world, waiting, accepted(world, "maren", "dora", "3"))
    runs.void(Run.objects.get(links__release=waiting), reason=REASON, principal=world.engineer)
    signature.refresh_from_db()
    assert not signature.counts
    assert list(history.faults()) == []


# The queue


def test_the_queue_says_for_whom_and_what_one_may_not_sign(world: World, waiting: Release) -> None:
    one = accepted(world, "maren", "dora", "3")
    (item,) = queue_of(world.cast["dora"]).waiting_for_me
    assert (item.stage and item.stage.code, item.delegation, item.may_sign) == ("3", one, True)
    _owns(world, waiting, "dora")
    (item,) = queue_of(world.cast["dora"]).waiting_for_me
    assert item.refusal
    assert item.refusal.code == "conflict_owner"
    (own,) = queue_of(world.cast["maren"]).waiting_for_me
    assert own.delegation is None
    _owns(world, waiting, "tobias")
    sign_for(world, waiting, one)
    assert queue_of(world.cast["dora"]).waiting_for_me == []
    assert queue_of(world.cast["maren"]).waiting_for_me == []


def test_a_later_stage_that_was_delegated_is_in_the_queue(world: World, waiting: Release) -> None:
    accepted(world, "ruth", "fay", "5")
    (item,) = queue_of(world.cast["fay"]).later
    assert item.stage
    assert (item.stage.code, item.waits_for) == ("5", "Waiting for stage 3 Validator.")
    assert item.delegation is not None


def test_an_emergency_is_signed_by_a_deputy_and_never_twice_by_one(world: World) -> None:
    link_all(world, release := draft(world))
    for_ruth, for_pia = accepted(world, "ruth", "fay", "E2"), accepted(world, "pia", "fay", "E1")
    emergency.declare(
        release,
        incident="INC-7",
        cause="The old version ended without notice.",
        hours=24,
        principal=world.cast.principal("pia"),
    )
    sign_for(world, release, for_ruth)
    assert refused_of(world, release, for_pia) == "conflict_other_stage"
    sign(world, release, "E1", by="pia")
    assert reread(release).state == "emergency_released"


# In the pack


@pytest.mark.thorough
def test_a_pack_names_both_persons_and_proves_the_delegation(
    world: World, waiting: Release, tmp_path: Path, key_folder: Path
) -> None:
    one = accepted(world, "maren", "dora", "3")
    ended = accepted(world, "olu", "dora", "4b")
    delegations.end(ended, reason=REASON, principal=world.cast.principal("olu"))
    sign_for(world, waiting, one)
    asked = pack_requests.request_pack(waiting, include_private=False, principal=world.cast.principal("ruth"))
    pack = sealed(asked)
    record = record_of(pack)
    (given,) = [row for row in record["signatures"] if row["for"]]
    assert given["for"] == {"id": str(world.cast["maren"].pk), "printed_name": "Maren Example"}
    assert given["delegation"] == str(one.pk)
    assert [row["id"] for row in record["access"]["delegations"]] == [str(one.pk)]
    assert {"delegation.made", "delegation.accepted"} <= {event["kind"] for event in record["events"]}
    report = report_of(pack, key_folder)
    assert report.verdict == Verdict.GENUINE
    assert any("Dora Example for Maren Example" in item.name for item in report.items)
    words = printed(unpacked(pack, tmp_path) / "audit-package.pdf")
    assert "Dora Example for Maren Example" in words
    assert "Who could sign for whom" in words
