"""What an entry says of a row of approvals: steps write it, `verify_ledger` compares it with the row."""

from typing import Any

from approvals.models import (
    Acceptance,
    Deployment,
    EvidenceLink,
    Pack,
    Release,
    Waiver,
    WaiverDecision,
    WaiverEnd,
)
from evidence.canonical import utc_text
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


def of_release(release: Release) -> Facts:
    """What a release is about; its state and its dates are told by the entries that move it."""
    return {
        "human_id": release.human_id,
        "title": release.title,
        "intended_use": release.intended_use,
        "out_of_scope": release.out_of_scope,
        "tier": str(release.tier),
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


def of_link(link: EvidenceLink) -> Facts:
    """One thing a release rests on, by its id and that of its row."""
    target = link.run_id or link.rollback_id or link.signal_id or link.dataset_id
    return {"link": str(link.pk), "slot": str(link.slot), "row": str(target)}


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


def of_waiver_end(end: WaiverEnd) -> Facts:
    """How and when a waiver ended, and by whom, if not by the clock."""
    return {
        "end": str(end.kind),
        "ended_at": time(end.ended_at),
        "ended_by": end.by.username if end.by else None,
    }
