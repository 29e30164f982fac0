"""Publish a proposed policy: a second person's signature on exactly the proposal that was shown.

The new version holds for releases opened from then on; a release keeps the one it was opened with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction

from approvals import acting, credentials, policy, policy_drafts, series, standing
from approvals.credentials import About, Proof
from approvals.demands import Credentials, Demand, demand_of
from approvals.errors import PolicyDraftClosed, ViewChanged
from approvals.events import ApprovalEvent
from approvals.ledger_facts import of_policy_draft, of_policy_publication
from approvals.models import Policy, PolicyDraft, PolicyHand, PolicyPublication, SigningChallenge
from approvals.models.policy_drafts import DraftState, HandPart
from approvals.policy_fields import recorded
from approvals.separation import Refusal
from approvals.signing import refuse_person
from evidence import clock, statements
from evidence.attesting import attest
from evidence.canonical import utc_text
from evidence.names import predicate_type
from registry import catalogue, record_bodies
from registry.access.principals import Principal
from registry.access.roles import Permission, Role
from registry.models import Project

MEANING: Final = "policy"
PLACE: Final = {"stage_code": "P", "action": "publish"}
"""Stands in a challenge where a release has its stage."""


@dataclass(frozen=True)
class Consent:
    """What a person wants to sign: the proposal on the screen and the dialog's challenge."""

    proposal: str
    challenge_id: str
    comment: str = ""


def open_dialog(draft: PolicyDraft, *, principal: Principal) -> SigningChallenge:
    """A challenge for exactly this person and proposal; raises what stands against it."""
    acting.require_person(Permission.POLICY_PUBLISH, draft.project, principal)
    credentials.refuse_locked(principal)
    policy_drafts.require_state(draft, DraftState.PROPOSED)
    policy_drafts.refuse_outdated(draft)
    refuse_person(refusal_of(draft, principal=principal))
    return challenge_for(draft, principal=principal)


def challenge_for(draft: PolicyDraft, *, principal: Principal) -> SigningChallenge:
    """A challenge; the publication itself asks again whether this person may."""
    return credentials.issue_challenge(None, view_digest=str(draft.proposal_id), principal=principal, **PLACE)


def demanded(principal: Principal) -> Demand:
    """Always a second factor: a policy rules the releases that ask for one."""
    return demand_of(True, principal)


def refusal_of(draft: PolicyDraft, *, principal: Principal) -> Refusal | None:
    """What stands against this person publishing: a part in the draft, then what is unsettled."""
    if draft.hands.filter(person=principal.user, part=HandPart.WROTE).exists():
        return Refusal(
            "conflict_policy_writer",
            "You wrote a part of this draft, or proposed it; another person publishes it.",
            next_step="Ask another compliance reviewer of the project",
        )
    return standing.refusal_beside_releases(standing.of(principal.user))


def meaning_of(base: Policy) -> tuple[int, str]:
    """Version and text of what a publication says, under the policy that was in force."""
    return policy.meaning_of(base, MEANING)


def publish(
    draft: PolicyDraft, consent: Consent, *, typed: Credentials, principal: Principal
) -> PolicyPublication:
    """Sign the proposal and put it into force, in one transaction."""
    acting.require_person(Permission.POLICY_PUBLISH, draft.project, principal)
    about = About(draft.project, f"policy-draft:{draft.pk}", str(draft))
    proof = credentials.check_for(
        typed,
        about=about,
        asked=demanded(principal),
        challenge_id=consent.challenge_id,
        principal=principal,
    )
    with transaction.atomic():
        # The project first: of two drafts of one version, the second finds the first published.
        Project.objects.select_for_update().get(pk=draft.project_id)
        draft = _open(policy_drafts.lock(draft), consent, principal=principal)
        try:
            return _write(draft, consent, proof, principal=principal)
        except IntegrityError as error:
            raise PolicyDraftClosed(
                "The draft was published already, or by one of its writers", state=draft.state
            ) from error


def _open(draft: PolicyDraft, consent: Consent, *, principal: Principal) -> PolicyDraft:
    """Under the lock: challenge spent, person may, proposal as it was shown, base in force, floor held."""
    credentials.spend(
        consent.challenge_id, release=None, view_digest=consent.proposal, principal=principal, **PLACE
    )
    policy_drafts.require_state(draft, DraftState.PROPOSED)
    refuse_person(refusal_of(draft, principal=principal))
    if consent.proposal != draft.proposal_id:
        raise ViewChanged(
            "Another proposal was shown; nothing was published",
            next_step="Read what is proposed now, and open the dialog again.",
            view=draft.proposal_id,
        )
    policy_drafts.refuse_outdated(draft)
    policy_drafts.refuse(policy_drafts.violations_of(draft))
    return draft


def _write(draft: PolicyDraft, consent: Consent, proof: Proof, *, principal: Principal) -> PolicyPublication:
    assert draft.proposed_by is not None
    old = of_policy_draft(draft)
    moment = clock.now()
    PolicyHand.objects.create(draft=draft, person=principal.user, part=HandPart.PUBLISHED, at=moment)
    version = _version(draft, principal)
    statement = statements.statement(
        [(f"{draft.project.key} policy {version.revision}", version.record_id)],
        predicate_type("policy-publication"),
        _predicate(draft, version, consent, proof, signed_at=utc_text(moment), principal=principal),
    )
    draft.state, draft.closed_at, draft.closed_by = DraftState.PUBLISHED, moment, principal.user
    draft.save(update_fields=["state", "closed_at", "closed_by"])
    publication = PolicyPublication.objects.create(
        policy=version,
        draft=draft,
        proposer=draft.proposed_by,
        publisher=principal.user,
        printed_name=principal.user.printed_name,
        role=Role.COMPLIANCE_REVIEWER,
        meaning=meaning_of(draft.base)[1],
        comment=consent.comment,
        statement=attest(statement, version.record_id),
        methods=[method["method"] for method in proof.methods],
        signed_at=moment,
    )
    if proof.begun is not None:
        series.go_on(proof.begun, moment)
    _tell(publication, principal, old)
    return publication


def _version(draft: PolicyDraft, principal: Principal) -> Policy:
    """The next revision of the policy record, with what was proposed."""
    base = draft.base
    writers = draft.hands.values_list("person_id", flat=True)
    row = Policy(
        project=draft.project,
        name=base.name,
        revision=base.revision + 1,
        supersedes=base,
        tiers={tier: recorded(rules) for tier, rules in draft.tiers.items()},
        meanings=policy.meanings_from(base),
        stages=draft.stages,
        procedures=policy.procedures_of(base),
        created_at=clock.now(),
        created_by=principal.user,
        responsible_persons=sorted(map(str, writers)),
        channel=principal.channel.value,
    )
    catalogue.write(row, reason=draft.reason, principal=principal)
    return row


def _predicate(
    draft: PolicyDraft,
    version: Policy,
    consent: Consent,
    proof: Proof,
    *,
    signed_at: str,
    principal: Principal,
) -> dict[str, Any]:
    number, text = meaning_of(draft.base)
    assert draft.proposed_by is not None
    return {
        "signer": {"id": str(principal.user.pk), "printed_name": principal.user.printed_name},
        "role": str(Role.COMPLIANCE_REVIEWER),
        "action": PLACE["action"],
        "meaning": {"id": MEANING, "version": number, "text": text},
        "project": draft.project.key,
        "version": version.revision,
        "record": version.record_id,
        "replaces": draft.base.record_id,
        "proposal": draft.proposal_id,
        "proposed_by": record_bodies.person(draft.proposed_by),
        "comment": consent.comment,
        "authentication": proof.methods,
        "challenge": consent.challenge_id,
        "signed_at": signed_at,
    }


def _tell(publication: PolicyPublication, principal: Principal, old: dict[str, Any]) -> None:
    draft = publication.draft
    policy_drafts.tell(
        ApprovalEvent.POLICY_PUBLISHED,
        draft,
        principal,
        reason=publication.comment,
        old=old,
        more=of_policy_publication(publication),
        statement=publication.statement_id,
    )
