"""Versions of a policy: drafted, proposed, published by another person, and frozen for releases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from approvals import policies, policy_drafts, policy_publication, releases
from approvals.assessment import assess
from approvals.demands import Credentials
from approvals.errors import (
    ChallengeSpent,
    CredentialsIncomplete,
    CredentialsRefused,
    PolicyBelowFloor,
    PolicyDraftClosed,
    PolicyOutdated,
    PolicyUnchanged,
    SessionRequired,
    SigningRefused,
    ViewChanged,
)
from approvals.events import ApprovalEvent
from approvals.models import Policy, PolicyDraft, PolicyHand, PolicyPublication
from approvals.models.policy_drafts import HandPart
from approvals.policy_drafts import Edit
from approvals.policy_publication import Consent
from evidence import clock, records
from evidence.errors import BenchsealError
from evidence.ids import uuid7
from evidence.models import LedgerEntry
from registry import history
from registry.access.principals import Principal
from registry.access.roles import Role
from registry.errors import FieldsInvalid, NotFound, PermissionMissing
from registry.models import ApiToken
from tests.cast import PASSWORD, ROLES
from tests.codes import enrol
from tests.database_owner import owner_of_the_database
from tests.policies import REASON, STRICTER, consent, drafted, proposed, published
from tests.releases import draft as release_draft
from tests.releases import reread, submitted, typed
from tests.world import World

Step = Callable[[PolicyDraft, Principal], object]
STEPS: dict[str, Step] = {
    "begin": lambda draft, who: policy_drafts.begin(draft.project, principal=who),
    "change": lambda draft, who: policy_drafts.change(draft, Edit(STRICTER), principal=who),
    "propose": lambda draft, who: policy_drafts.propose(draft, reason=REASON, principal=who),
    "send_back": lambda draft, who: policy_drafts.send_back(draft, reason=REASON, principal=who),
    "discard": lambda draft, who: policy_drafts.discard(draft, reason=REASON, principal=who),
    "dialog": lambda draft, who: policy_publication.open_dialog(draft, principal=who),
    "publish": lambda draft, who: policy_publication.publish(
        draft, Consent(str(draft.proposal_id), str(draft.pk)), typed=typed("gus"), principal=who
    ),
}


def listed(error: BenchsealError, name: str) -> Any:
    """What a refusal lists."""
    return error.extra[name]


OTHERS = sorted(set(ROLES) - {"ruth"})


@pytest.mark.parametrize("account", OTHERS)
def test_no_other_role_has_a_part_in_it(world: World, account: str) -> None:
    draft = drafted(world)
    for step in STEPS.values():
        with pytest.raises(PermissionMissing):
            step(draft, world.cast.principal(account))


@pytest.mark.parametrize("step", STEPS)
def test_to_a_stranger_there_is_no_such_project(world: World, step: str) -> None:
    draft = drafted(world)
    with pytest.raises(NotFound):
        STEPS[step](draft, world.cast.principal("mallory"))


@pytest.mark.parametrize("step", STEPS)
def test_no_token_takes_a_step(world: World, step: str) -> None:
    draft = drafted(world)
    world.cast.give("ruth", Role.MODEL_OWNER)
    world.cast.token("ruth", "project:read")
    with pytest.raises(SessionRequired):
        STEPS[step](draft, Principal(user=world.cast["ruth"], token=ApiToken.objects.get()))


def test_a_version_is_put_into_force_by_a_second_person(world: World) -> None:
    before = release_draft(world)
    made = published(world, proposed(world), comment="Read with the validators.")
    version = policies.newest(world.project)
    assert version == made.policy
    assert (version.revision, version.supersedes) == (2, before.policy)
    assert version.tiers["moderate"]["minimum_private_items"] == 150
    assert version.responsible_persons == sorted(str(world.cast[name].pk) for name in ("ruth", "gus"))
    assert (made.proposer, made.publisher) == (world.cast["ruth"], world.cast["gus"])
    assert made.methods == ["account-and-password", "totp"]
    assert list(history.faults()) == []


def test_a_release_keeps_its_version_and_a_new_one_gets_the_newest(world: World) -> None:
    release = submitted(world)
    signed = assess(release).manifest.digest
    made = published(world, proposed(world))
    assert reread(release).policy.revision == 1
    assert assess(reread(release)).manifest.digest == signed
    newer = release_draft(world, deployment=release.deployment)
    assert newer.policy == made.policy
    assert assess(newer).facts.tier_rules["minimum_private_items"] == 150


def test_a_release_cannot_be_submitted_with_fewer_items_than_its_version_asks_for(world: World) -> None:
    published(world, proposed(world, {"moderate": {"minimum_private_items": 401}}))
    release = release_draft(world)
    assert release.policy.tiers["moderate"]["minimum_private_items"] == 401
    with pytest.raises(Exception, match="gate"):
        releases.submit(release, principal=world.engineer)


def test_each_writer_is_refused_as_publisher(world: World) -> None:
    world.cast.give("gus", Role.COMPLIANCE_REVIEWER)
    draft = drafted(world)
    policy_drafts.change(
        draft, Edit({"low": {"minimum_private_items": 9}}), principal=world.cast.principal("gus")
    )
    draft = policy_drafts.propose(draft, reason=REASON, principal=world.cast.principal("ruth"))
    for account in ("ruth", "gus"):
        enrol(world.cast[account])
        with pytest.raises(SigningRefused) as refused:
            published(world, draft, by=account)
        assert refused.value.extra["reason_code"] == "conflict_policy_writer"
    assert not PolicyPublication.objects.exists()


def test_the_database_holds_that_no_writer_publishes(world: World) -> None:
    draft = proposed(world)
    with pytest.raises(IntegrityError, match=r"policyhand|one_part_for_each_person"), transaction.atomic():
        PolicyHand.objects.create(
            draft=draft, person=world.cast["ruth"], part=HandPart.PUBLISHED, at=clock.now()
        )
    with pytest.raises(IntegrityError, match="policy_draft_published_by_another"), transaction.atomic():
        PolicyDraft.objects.filter(pk=draft.pk).update(
            state="published", closed_by=world.cast["ruth"], closed_at=clock.now()
        )


def test_a_publisher_without_a_second_factor_is_told_first(world: World) -> None:
    draft = policy_drafts.propose(drafted(world), reason=REASON, principal=world.cast.principal("ruth"))
    world.cast.give("gus", Role.COMPLIANCE_REVIEWER)
    with pytest.raises(SigningRefused) as refused:
        consent(world, draft)
    assert refused.value.extra["reason_code"] == "factor_missing"


def test_wrong_or_missing_credentials_publish_nothing_and_are_told(world: World) -> None:
    draft = proposed(world)
    given = consent(world, draft)
    gus = world.cast.principal("gus")
    with pytest.raises(CredentialsRefused):
        policy_publication.publish(draft, given, typed=typed("gus", "wrong"), principal=gus)
    missing = Credentials("gus", PASSWORD)
    with pytest.raises(CredentialsIncomplete):
        policy_publication.publish(draft, given, typed=missing, principal=gus)
    entry = LedgerEntry.objects.get(kind=ApprovalEvent.SIGNING_REFUSED)
    assert entry.subject == f"policy-draft:{draft.pk}"
    assert policies.newest(world.project).revision == 1  # type: ignore[union-attr]  # reason: it is there


def test_a_challenge_counts_once_and_for_what_was_shown(world: World) -> None:
    draft = proposed(world)
    given = consent(world, draft)
    ruth, gus = world.cast.principal("ruth"), world.cast.principal("gus")
    other = Consent("sha256:" + "0" * 64, given.challenge_id)
    with pytest.raises(ChallengeSpent):
        policy_publication.publish(draft, other, typed=typed("gus"), principal=gus)
    policy_drafts.send_back(draft, reason=REASON, principal=ruth)
    policy_drafts.change(draft, Edit({"low": {"due_days": 4}}), principal=ruth)
    policy_drafts.propose(draft, reason=REASON, principal=ruth)
    with pytest.raises(ViewChanged):
        policy_publication.publish(draft, given, typed=typed("gus"), principal=gus)


def test_of_two_drafts_of_one_version_the_second_is_refused_with_what_changed(world: World) -> None:
    first, second = proposed(world), drafted(world, {"low": {"due_days": 3}})
    second = policy_drafts.propose(second, reason=REASON, principal=world.cast.principal("ruth"))
    late = consent(world, second)
    third = drafted(world, {"low": {"due_days": 2}})
    published(world, first)
    with pytest.raises(PolicyOutdated) as refused:
        policy_publication.publish(second, late, typed=typed("gus"), principal=world.cast.principal("gus"))
    said = [one["text"] for one in listed(refused.value, "changes")]
    assert said == ["Moderate, items of a private set at least: 100 → 150"]
    with pytest.raises(PolicyOutdated):
        policy_drafts.propose(third, reason=REASON, principal=world.cast.principal("ruth"))


def test_a_draft_is_published_once(world: World) -> None:
    draft = proposed(world)
    late = consent(world, draft)
    published(world, draft)
    with pytest.raises(PolicyDraftClosed):
        policy_publication.publish(draft, late, typed=typed("gus"), principal=world.cast.principal("gus"))
    again = Policy.objects.get(revision=2)
    again.pk, again.revision = uuid7(), 3
    with pytest.raises(IntegrityError, match="supersedes"), transaction.atomic():
        again.save(force_insert=True)


def test_what_is_below_the_floor_is_named_at_once_and_not_proposed(world: World) -> None:
    weak = {"high": {"second_factor": False, "due_days": 9}, "moderate": {"minimum_private_items": 50}}
    draft = drafted(world, weak)
    with pytest.raises(PolicyBelowFloor) as refused:
        policy_drafts.propose(draft, reason=REASON, principal=world.cast.principal("ruth"))
    assert {one["pointer"] for one in listed(refused.value, "violations")} == {
        "/tiers/high/second_factor",
        "/tiers/high/due_days",
        "/tiers/moderate/minimum_private_items",
    }


@pytest.mark.parametrize(
    "edit",
    [
        Edit({"low": {"due_days": "many"}}),
        Edit({"huge": {}}),
        Edit(orders={"3": 77}),
        Edit({"low": {"a": 1}}),
    ],
)
def test_what_cannot_be_read_is_not_kept(world: World, edit: Edit) -> None:
    with pytest.raises(PolicyBelowFloor):
        policy_drafts.change(drafted(world), edit, principal=world.cast.principal("ruth"))


def test_a_draft_that_changes_nothing_is_not_proposed(world: World) -> None:
    with pytest.raises(PolicyUnchanged):
        policy_drafts.propose(drafted(world, {}), reason=REASON, principal=world.cast.principal("ruth"))


def test_a_reason_is_twenty_characters(world: World) -> None:
    with pytest.raises(FieldsInvalid):
        policy_drafts.propose(drafted(world), reason="short", principal=world.cast.principal("ruth"))


@pytest.mark.parametrize("step", ["change", "propose", "send_back", "discard", "dialog"])
def test_a_discarded_draft_takes_no_step(world: World, step: str) -> None:
    ruth = world.cast.principal("ruth")
    draft = policy_drafts.discard(proposed(world), reason=REASON, principal=ruth)
    with pytest.raises(PolicyDraftClosed):
        STEPS[step](draft, ruth)
    assert list(history.faults()) == []


def test_a_proposal_says_what_changes_why_and_who_wrote_it(world: World) -> None:
    said: Any = records.load(str(proposed(world).proposal_id))
    assert said["changes"] == ["Moderate, items of a private set at least: 100 → 150"]
    assert said["reason"] == REASON
    assert [one["account"] for one in said["written_by"]] == ["ruth"]


CHANGED = {
    "UPDATE approvals_policydraft SET state = 'proposed', closed_at = NULL, closed_by_id = NULL": "state is",
    "UPDATE approvals_policydraft SET tiers = '{}'": "content is",
    "UPDATE approvals_policydraft SET reason = 'other'": 'reason is "other"',
    "DELETE FROM approvals_policyhand WHERE part = 'wrote'": "hands is",
    "UPDATE approvals_policypublication SET printed_name = 'Somebody'": 'printed_name is "Somebody"',
    "UPDATE approvals_policypublication SET comment = 'other'": 'comment is "other"',
    "UPDATE approvals_policypublication SET methods = '[]'": "methods is []",
    "UPDATE approvals_policypublication SET signed_at = '2020-01-01 00:00:00'": "signed_at is",
    "UPDATE approvals_policy SET tiers = '{}' WHERE revision = 2": "tiers is",
}


def test_what_is_changed_behind_the_log_is_named(world: World) -> None:
    published(world, proposed(world))
    unseen = []
    for sql, fault in CHANGED.items():
        with owner_of_the_database() as cursor:
            cursor.execute(sql)
            if not any(fault in f"{one.where}: {one.what}" for one in history.faults()):
                unseen.append(sql)
    assert unseen == []
