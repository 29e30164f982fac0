"""What an entry says of a row of approvals: steps write it, `verify_ledger` compares it with the row."""

from collections.abc import Sequence
from typing import Any

from approvals.models import (
    Acceptance,
    Challenge,
    ChallengeClosing,
    ChallengeReply,
    Condition,
    ConditionEvent,
    Decision,
    Delegation,
    Deployment,
    EvidenceLink,
    Pack,
    PolicyDraft,
    PolicyPublication,
    Release,
    ReleaseRevision,
    Stage,
    Waiver,
    WaiverDecision,
    WaiverEnd,
)
from evidence.canonical import utc_text
from evidence.digests import digest_of
from registry.ledger_facts import time

Facts = dict[str, Any]


def of_deployment(deployment: Deployment) -> Facts:
    """Where a model runs."""
    return {"name": str(deployment), "description": deployment.description}


def of_acceptance(acceptance: Acceptance) -> Facts:
    """Which version of the accountability statement a person accepted, in which words."""
    return {
        "version": acceptance.version,
        "text": acceptance.text,
        "accepted_at": utc_text(acceptance.accepted_at),
    }


def of_delegation(delegation: Delegation) -> Facts:
    """Who signs what for whom, from when to when, and what became of it."""
    return {
        "delegator": delegation.delegator.username,
        "delegate": delegation.delegate.username,
        "stage": delegation.stage,
        "role": str(delegation.role),
        "release": delegation.release.human_id if delegation.release else None,
        "starts_at": utc_text(delegation.starts_at),
        "ends_at": utc_text(delegation.ends_at),
        "accepted_at": time(delegation.accepted_at),
        "ended_at": time(delegation.ended_at),
        "ended_by": delegation.ended_by.username if delegation.ended_by else None,
        "ending": str(delegation.ending),
    }


def of_release(release: Release) -> Facts:
    """What a release is about; its state and its dates are told by the entries that move it."""
    return {
        "human_id": release.human_id,
        "title": release.title,
        "intended_use": release.intended_use,
        "out_of_scope": release.out_of_scope,
        "tier": str(release.tier),
        "tier_set": str(release.tier_set),
        "answers": release.tier_answers,
        "owner_account": release.owner.username if release.owner else None,
        "criteria_record": release.criteria.record_id if release.criteria else None,
        "optional": release.optional_stages,
        "model_record": release.model_version.record_id,
        "policy_record": release.policy.record_id,
        "persons": release.responsible_persons,
    }


def of_dates(release: Release) -> Facts:
    """When an approval began and ends, and when a release went live."""
    return {
        "approved_at": time(release.approved_at),
        "valid_until": time(release.valid_until),
        "review_at": time(release.review_at),
        "released_at": time(release.released_at),
        "emergency_ends_at": time(release.emergency_ends_at),
        "afterwards_due_at": time(release.afterwards_due_at),
    }


def of_revision(revision: ReleaseRevision, stages: Sequence[Stage]) -> Facts:
    """A frozen revision beside its manifest: its purpose, its gates by digest, its stages as they began."""
    return {
        "revision": revision.number,
        "purpose": str(revision.purpose),
        "incident": revision.incident,
        "hours": revision.hours,
        "submitted_at": utc_text(revision.submitted_at),
        "submitted_by": revision.submitted_by.username,
        "gates": digest_of(revision.gates),
        "stages": [of_stage(stage) for stage in stages],
    }


def of_stage(stage: Stage) -> Facts:
    """What a stage asks for; its state is told by the entries that move it."""
    return {
        "code": stage.code,
        "role": str(stage.role),
        "order": stage.order,
        "quorum": stage.quorum,
        "eligible": stage.eligible,
        "reason": stage.reason,
        "meaning": [stage.meaning_id, stage.meaning_version, stage.meaning],
    }


def of_opening(stage: Stage) -> Facts:
    """When a stage was opened and is due."""
    return {"opened_at": time(stage.opened_at), "due_at": time(stage.due_at)}


def of_outcome(release: Release, decision: Decision) -> Facts:
    """What the signatures of a revision led to; the statement that attests it is the entry's."""
    return {
        "state": str(release.state),
        "revision": decision.revision.number,
        **of_dates(release),
        "attested": decision.action,
        "summary": decision.summary_id,
    }


def of_link(link: EvidenceLink) -> Facts:
    """One thing a release rests on, by its id and that of its row, and who put it in and took it out when."""
    target = link.run_id or link.rollback_id or link.signal_id or link.dataset_id
    return {
        "link": str(link.pk),
        "slot": str(link.slot),
        "row": str(target),
        "linked_at": utc_text(link.linked_at),
        "linked_by": link.linked_by.username,
        "unlinked_at": time(link.unlinked_at),
        "unlinked_by": link.unlinked_by.username if link.unlinked_by else None,
    }


def of_request(pack: Pack) -> Facts:
    """What was asked for."""
    facts = {"pack": pack.human_id, "include_private": pack.include_private, "scope": str(pack.scope)}
    if pack.sample_size is not None:
        return {**facts, "size": pack.sample_size}
    if pack.period_since is not None and pack.period_until is not None:
        return {**facts, "since": utc_text(pack.period_since), "until": utc_text(pack.period_until)}
    return facts


def of_issue(pack: Pack) -> Facts:
    """Which bytes were issued as a pack."""
    return {
        "pack": pack.human_id,
        "zip": pack.blob_id,
        "pdf": pack.pdf_digest,
        "pages": pack.pages,
        "version": pack.version,
        "include_private": pack.include_private,
        "checkpoint_size": pack.checkpoint_size,
    }


def of_waiver(waiver: Waiver) -> Facts:
    """What was asked to be set aside; the rest is in the record."""
    return {
        "waiver": waiver.human_id,
        "gate": waiver.gate,
        "criterion": waiver.criterion,
        "owner_account": waiver.owner.username,
        "expires_at": time(waiver.expires_at),
        "renewal_of": waiver.renewal_of.human_id if waiver.renewal_of else None,
    }


def of_waiver_decision(decision: WaiverDecision) -> Facts:
    """What was decided, by whom and when, as the signed statement says it."""
    return {
        "decision": str(decision.action),
        "signer_account": decision.signer.username,
        "signed_at": time(decision.signed_at),
    }


def of_policy_draft(draft: PolicyDraft) -> Facts:
    """What a draft says, by digest, where it stands, and who had which part in it."""
    return {
        "base_record": draft.base.record_id,
        "content": digest_of({"tiers": draft.tiers, "stages": draft.stages}),
        "state": str(draft.state),
        "begun_at": utc_text(draft.begun_at),
        "begun_by": draft.begun_by.username,
        "proposed_at": time(draft.proposed_at),
        "proposed_by": draft.proposed_by.username if draft.proposed_by else None,
        "closed_at": time(draft.closed_at),
        "closed_by": draft.closed_by.username if draft.closed_by else None,
        "hands": [[hand.person.username, str(hand.part)] for hand in draft.hands.all()],
    }


def of_policy_publication(publication: PolicyPublication) -> Facts:
    """Which version a draft became, and who signed that."""
    return {
        "policy_record": publication.policy.record_id,
        "proposer_account": publication.proposer.username,
        "publisher_account": publication.publisher.username,
        "signed_at": utc_text(publication.signed_at),
    }


def of_waiver_end(end: WaiverEnd) -> Facts:
    """How and when a waiver ended, and by whom, if not by the clock."""
    return {
        "end": str(end.kind),
        "ended_at": time(end.ended_at),
        "ended_by": end.by.username if end.by else None,
    }


def of_condition(condition: Condition) -> Facts:
    """What a signer asked for, of whom, until when; the same as in the signed statement."""
    return {
        "signature": str(condition.signature_id),
        "number": condition.number,
        "text": condition.text,
        "measurable_check": condition.measurable_check,
        "owner_account": condition.owner.username,
        "due_at": utc_text(condition.due_at),
        "set_at": utc_text(condition.set_at),
    }


def of_condition_event(event: ConditionEvent) -> Facts:
    """What became of a condition, when, and by whose word; its finding is the entry's reason."""
    return {
        event.step: {
            "at": utc_text(event.at),
            "by": event.by.username if event.by else None,
        }
    }


def of_challenge(challenge: Challenge) -> Facts:
    """Who asked in which role, and about what; the words are the entry's reason."""
    return {
        "release": challenge.release.human_id,
        "number": challenge.number,
        "revision": challenge.revision,
        "stage": challenge.stage,
        "role": str(challenge.role),
        "gate": challenge.gate,
        "record": challenge.record_id,
        "record_name": challenge.record_name,
        "wants_evidence": challenge.wants_evidence,
        "asked_by": challenge.asked_by.username,
        "printed_name": challenge.printed_name,
        "delegation": str(challenge.delegation_id) if challenge.delegation_id else None,
        "asked_at": time(challenge.asked_at),
    }


def of_reply(reply: ChallengeReply) -> Facts:
    """Which reply of a thread it is, by whom, and what it names as evidence."""
    return {
        "number": reply.number,
        "kind": str(reply.kind),
        "record": reply.record_id,
        "record_name": reply.record_name,
        "by": reply.by.username,
        "printed_name": reply.printed_name,
        "at": time(reply.at),
    }


def of_challenge_closing(closing: ChallengeClosing) -> Facts:
    """How and when a question was closed, and by whom."""
    return {
        "outcome": str(closing.outcome),
        "closed_at": time(closing.at),
        "closed_by": closing.by.username,
        "closed_name": closing.printed_name,
    }
