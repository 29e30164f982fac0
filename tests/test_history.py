"""No state without its history: a column that is changed behind the log is named, with what the log says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals import decisions, delegations, pack_requests, waivers
from evidence.actors import SYSTEM
from evidence.histories import Told
from evidence.replaying import differences
from registry import catalogue, history, runs
from registry.access import grants, people, recoveries
from registry.histories import people as people_histories
from registry.models import RoleGrant, Run
from tests import challenges
from tests.approvals.deputising import accepted, given, sign_for
from tests.database_owner import owner_of_the_database
from tests.releases import approved, draft, sign, submitted
from tests.waivers import another, asked, decided
from tests.world import World, admit_run, make_rollback

REASON: Final = "The evidence was read again by the team."

CHANGES: Final = {
    "UPDATE registry_run SET status = 'admitted', voided_at = NULL WHERE status = 'void'": (
        'status is "admitted"; the log says "void"'
    ),
    "UPDATE registry_run SET void_reason = 'other' WHERE status = 'void'": 'void_reason is "other"',
    "UPDATE registry_run SET voided_at = '2020-01-01 00:00:00' WHERE status = 'void'": "voided_at is",
    "UPDATE registry_rollbackartifact SET withdrawn_at = NULL": "is_withdrawn is false; the log says true",
    "UPDATE registry_rollbackartifact SET withdraw_reason = ''": 'withdraw_reason is ""',
    "UPDATE registry_criteriaset SET responsible_persons = '[]'": "persons is []",
    "UPDATE registry_criteriaset SET withdrawn_at = '2020-01-01 00:00:00'": "is_withdrawn is true",
    "UPDATE registry_rolegrant SET role = 'admin' WHERE role = 'auditor'": (
        'role is "admin"; the log says "auditor"'
    ),
    "UPDATE registry_rolegrant SET valid_to = NULL": "valid_to is null",
    "UPDATE registry_rolegrant SET valid_from = '2020-01-01 00:00:00'": "valid_from is",
    "UPDATE registry_rolegrant SET granted_by_id = NULL": "granted_by is null",
    "UPDATE registry_rolegrant SET reason = 'other'": 'reason is "other"; the log says "Test cast"',
    "UPDATE registry_rolegrant SET revoke_reason = 'other'": 'revoke_reason is "other"',
    "UPDATE registry_user SET is_active = true": "is_active is true; the log says false",
    "UPDATE registry_user SET printed_name = 'Somebody' WHERE username = 'maren'": (
        'printed_name is "Somebody"; the log says "Maren Example"'
    ),
    "UPDATE registry_recovery SET confirmed_by_id = NULL, confirmed_at = NULL": "recoveries is",
    "UPDATE registry_recovery SET confirm_reason = 'other'": "recoveries is",
    "DELETE FROM registry_recovery": "recoveries is {}",
    "UPDATE approvals_acceptance SET text = 'other'": "accepted is",
    "UPDATE approvals_acceptance SET accepted_at = '2020-01-01 00:00:00'": "accepted is",
    "DELETE FROM approvals_acceptance": "accepted is []",
    "UPDATE registry_user SET is_superuser = true WHERE username = 'maren'": (
        "superuser is true; the log says false"
    ),
    "UPDATE registry_user SET is_staff = true WHERE username = 'maren'": "staff is true; the log says false",
    "UPDATE registry_submission SET state = 'refused'": "is_refused is true; the log says false",
    "UPDATE registry_submission SET external_id = 'other-' || external_id": "external_id is",
    "UPDATE registry_artifact SET responsible_persons = '[]'": "persons is []",
    "UPDATE registry_project SET name = 'Other' WHERE key = 'HARBOR'": 'name is "Other"',
    "UPDATE registry_model SET supplier = 'Other'": 'supplier is "Other"; the log says "Argo"',
    "UPDATE approvals_deployment SET name = 'other'": 'name is "other in production"',
    "UPDATE approvals_release SET state = 'rejected' WHERE state = 'released'": (
        'state is "rejected"; the log says "released"'
    ),
    "UPDATE approvals_release SET state = 'approved' WHERE state = 'withdrawn'": (
        'state is "approved"; the log says "withdrawn"'
    ),
    "UPDATE approvals_release SET state = 'approved' WHERE state = 'draft'": 'the log says "draft"',
    "UPDATE approvals_release SET tier = 'low'": 'tier is "low"; the log says "moderate"',
    "UPDATE approvals_release SET title = 'Other'": 'title is "Other"',
    "UPDATE approvals_release SET owner_id = NULL": 'owner_account is null; the log says "tobias"',
    "UPDATE approvals_release SET criteria_id = NULL": "criteria_record is null",
    "UPDATE approvals_release SET valid_until = NULL WHERE state = 'released'": "valid_until is null",
    "UPDATE approvals_release SET released_at = NULL WHERE state = 'released'": "released_at is null",
    "UPDATE approvals_release SET revision = 7": "revision is 7; the log says 1",
    "UPDATE approvals_release SET responsible_persons = '[]'": "persons is []",
    "UPDATE approvals_signature SET printed_name = 'Somebody'": 'printed_name is "Somebody"',
    "UPDATE approvals_signature SET role = 'auditor'": 'role is "auditor"',
    "UPDATE approvals_signature SET action = 'decline'": 'action is "decline"',
    "UPDATE approvals_signature SET meaning = 'other'": 'meaning is "other"',
    "UPDATE approvals_signature SET comment = 'other'": 'comment is "other"; the log says ""',
    "UPDATE approvals_signature SET manifest_digest = 'other'": 'manifest is "other"',
    "UPDATE approvals_signature SET methods = '[]'": "methods is []",
    "UPDATE approvals_signature SET signed_at = '2020-01-01 00:00:00'": "signed_at is",
    "UPDATE approvals_signature SET on_behalf_name = 'Somebody' WHERE on_behalf_name <> ''": (
        'the log says {"id"'
    ),
    "UPDATE approvals_signature SET delegation_id = (SELECT id FROM approvals_delegation WHERE stage = '3') "
    "WHERE on_behalf_name <> ''": "delegation is",
    "UPDATE approvals_delegation SET stage = '5'": 'stage is "5"',
    "UPDATE approvals_delegation SET role = 'auditor'": 'role is "auditor"',
    "UPDATE approvals_delegation SET ends_at = '2099-01-01 00:00:00'": "ends_at is",
    "UPDATE approvals_delegation SET starts_at = '2020-01-01 00:00:00'": "starts_at is",
    "UPDATE approvals_delegation SET accepted_at = '2020-01-01 00:00:00'": "accepted_at is",
    "UPDATE approvals_delegation SET reason = 'other'": 'reason is "other"',
    "UPDATE approvals_delegation SET end_reason = 'other'": 'end_reason is "other"',
    "UPDATE approvals_delegation SET ended_at = NULL, ended_by_id = NULL, ending = ''": "ended_at is null",
    "UPDATE evidence_statement SET envelope = '{}'": "its statement does not verify",
    "UPDATE approvals_signatureend SET reason = 'other'": 'reason is "other"',
    "UPDATE approvals_signatureend SET ended_at = '2020-01-01 00:00:00'": "ended_at is",
    "UPDATE approvals_signatureend SET diff = '[]'": "diff is []",
    "UPDATE approvals_releaserevision SET gates = '[]'": 'gates is "',
    "UPDATE approvals_releaserevision SET manifest_id = (SELECT digest FROM evidence_record LIMIT 1)": (
        'manifest is "'
    ),
    "UPDATE approvals_releaserevision SET submitted_at = '2020-01-01 00:00:00'": "submitted_at is",
    "UPDATE approvals_releaserevision SET purpose = 'reinstatement'": (
        'purpose is "reinstatement"; the log says "review"'
    ),
    "UPDATE approvals_stage SET state = 'signed' WHERE state = 'pending'": (
        'state is "signed"; the log says "pending"'
    ),
    "UPDATE approvals_stage SET state = 'pending' WHERE state = 'invalidated'": 'the log says "invalidated"',
    "UPDATE approvals_stage SET quorum = 0": "quorum is 0; the log says 1",
    "UPDATE approvals_stage SET role = 'auditor'": 'role is "auditor"; the log says',
    "UPDATE approvals_stage SET opened_at = NULL WHERE state = 'signed'": "opened_at is null",
    "UPDATE approvals_stage SET due_at = '2020-01-01 00:00:00' WHERE due_at IS NOT NULL": "due_at is",
    "UPDATE approvals_stage SET code = '9' WHERE code = '5'": "no entry of the log tells of this row",
    "DELETE FROM approvals_stage WHERE state = 'pending'": "the log tells of it, and it is not there",
    "UPDATE approvals_evidencelink SET slot = 'public_evidence' WHERE slot = 'private_evaluation'": (
        'slot is "public_evidence"; the log says "private_evaluation"'
    ),
    "UPDATE approvals_evidencelink SET unlinked_at = '2020-01-01 00:00:00'": (
        "is_out is true; the log says false"
    ),
    "UPDATE approvals_evidencelink SET linked_by_id = "
    "(SELECT id FROM registry_user WHERE username = 'fay')": 'linked_by is "fay"; the log says "ines"',
    "UPDATE approvals_evidencelink SET linked_at = '2020-01-01 00:00:00'": "linked_at is",
    "DELETE FROM approvals_evidencelink": "the log tells of it, and it is not there",
    "UPDATE approvals_reviewnote SET text = 'other'": "the log tells of no withdraw with the words 'other'",
    "UPDATE approvals_reviewnote SET by_id = (SELECT id FROM registry_user WHERE username = 'fay')": (
        "by who has it"
    ),
    "DELETE FROM approvals_reviewnote": "it is gone",
    "UPDATE approvals_decision SET summary_id = statement_id": "summary is",
    "DELETE FROM approvals_decision": "the log tells of it, and it is not there",
    "UPDATE approvals_waiver SET gate = 'GATE_ROLLBACK'": (
        'gate is "GATE_ROLLBACK"; the log says "GATE_MONITORING"'
    ),
    "UPDATE approvals_waiver SET expires_at = '2031-01-01 00:00:00'": "expires_at is",
    "UPDATE approvals_waiver SET owner_id = (SELECT id FROM registry_user WHERE username = 'fay')": (
        'owner_account is "fay"; the log says "tobias"'
    ),
    "UPDATE approvals_waiver SET responsible_persons = '[]'": "persons is []",
    "UPDATE approvals_waiverdecision SET action = 'reject'": 'decision is "reject"; the log says "approve"',
    "UPDATE approvals_waiverdecision SET printed_name = 'Somebody'": 'printed_name is "Somebody"',
    "UPDATE approvals_waiverdecision SET meaning = 'other'": 'meaning is "other"',
    "UPDATE approvals_waiverdecision SET comment = 'other'": 'comment is "other"; the log says ""',
    "UPDATE approvals_waiverdecision SET signed_at = '2020-01-01 00:00:00'": "signed_at is",
    "UPDATE approvals_waiverend SET kind = 'expired'": 'end is "expired"; the log says "closed"',
    "UPDATE approvals_waiverend SET reason = 'other'": 'end_reason is "other"',
    "DELETE FROM approvals_waiverdecision": 'decision is null; the log says "approve"',
    "DELETE FROM approvals_waiverend": 'end is null; the log says "closed"',
    "DELETE FROM approvals_waiver": "the log tells of this row, and it is not there",
    "UPDATE approvals_challenge SET text = 'other'": 'text is "other"',
    "UPDATE approvals_challenge SET role = 'auditor'": 'role is "auditor"; the log says "validator"',
    "UPDATE approvals_challenge SET wants_evidence = true": "wants_evidence is true; the log says false",
    "UPDATE approvals_challenge SET asked_by_id = (SELECT id FROM registry_user WHERE username = 'fay')": (
        'asked_by is "fay"; the log says "maren"'
    ),
    "UPDATE approvals_challengereply SET text = 'other'": 'text of reply 1 is "other"',
    "UPDATE approvals_challengereply SET record_id = NULL, record_name = ''": "reply 1 is",
    "DELETE FROM approvals_challengereply": "replies is 0; the log says 1",
    "UPDATE approvals_challengeclosing SET outcome = 'withdrawn', reason = 'other'": (
        'outcome is "withdrawn"; the log says "satisfied"'
    ),
    "DELETE FROM approvals_challengeclosing": 'outcome is null; the log says "satisfied"',
    "DELETE FROM approvals_challenge": "the log tells of this row, and it is not there",
    "UPDATE approvals_pack SET include_private = true": "include_private is true; the log says false",
    "UPDATE approvals_pack SET requested_by_id = (SELECT id FROM registry_user WHERE username = 'fay')": (
        "requested_by is"
    ),
    "DELETE FROM approvals_pack": "the log tells of it, and the pack is not there",
    "DELETE FROM approvals_signatureend": "it counts; the log says otherwise",
    "DELETE FROM approvals_signature": "the log tells of it, and it is not there",
    "UPDATE evidence_ledgerentry SET kind = 'other' WHERE kind = 'grant.given'": (
        "no entry of the log tells of this row"
    ),
    "DELETE FROM registry_rolegrant": "the log tells of this row, and it is not there",
}
"""What somebody with all rights on the database does → the fault that must be named."""


@pytest.fixture
def told(world: World) -> World:
    """Releases in four states, a closed waiver, a void run, an ended role, a recovery, a closed account."""
    cast, adam = world.cast, world.cast.principal("adam")
    live = approved(world)
    sign_for(world, live, accepted(world, "pia", "fay", "6"))
    declined = given(world, "maren", "dora", "3")
    delegations.decline(declined, reason=REASON, principal=cast.principal("dora"))
    sign(world, stopped := submitted(world, deployment=live.deployment), "1")
    challenges.settled(world, stopped)
    runs.void(Run.objects.get(links__release=stopped), reason=REASON, principal=world.engineer)
    decisions.withdraw(
        draft(world, deployment=live.deployment), reason=REASON, principal=cast.principal("tobias")
    )
    draft(world, deployment=live.deployment)
    pack_requests.request_pack(live, include_private=False, principal=cast.principal("ruth"))
    waiver = asked(world, another(world, live))
    decided(world, waiver)
    waivers.close(waiver, reason=REASON, principal=cast.principal("ruth"))
    catalogue.withdraw(make_rollback(cast, "older"), reason=REASON, principal=world.engineer)
    grants.revoke(RoleGrant.objects.get(user=cast["fay"]), reason=REASON, principal=adam)
    recovery = recoveries.after_recovery_code(cast["olu"], actor=SYSTEM)
    recoveries.confirm(recovery, project=world.project, reason=REASON, principal=adam)
    people.deactivate(cast["dora"], reason=REASON, principal=adam, project=world.project)
    return world


def test_each_changed_column_is_named_with_what_the_log_says(told: World) -> None:
    assert found() == []
    unseen = []
    for sql, fault in CHANGES.items():
        with owner_of_the_database() as cursor:
            cursor.execute(sql)
            if not any(fault in line for line in lines()):
                unseen.append(f"{sql}: {found()[:3]}")
    assert unseen == []


def test_an_entry_that_says_less_leaves_the_rest_uncompared(world: World) -> None:
    earlier = Told("user.made", "operator", "cli", "", {}, {"account": "maren"}, None, None)
    (accounts, *_) = people_histories.histories()
    said = accounts.replay([earlier])
    assert list(differences("user", accounts.state(world.cast["maren"]), said)) == []


def test_queries_grow_with_batches_and_not_with_rows(world: World) -> None:
    admit_run(world)
    with CaptureQueriesContext(connection) as few:
        found()
    for _ in range(3):
        admit_run(world)
    with CaptureQueriesContext(connection) as more:
        found()
    assert len(more) == len(few)


def found() -> list[str]:
    """What the comparison says now."""
    return list(lines())


def lines() -> Iterator[str]:
    """The same, one after the other."""
    return (f"{fault.where}: {fault.what}" for fault in history.faults())
