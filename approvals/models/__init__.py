"""Tables of approvals, split by concern."""

from approvals.models.accountability import Acceptance
from approvals.models.challenges import Challenge, ChallengeClosing, ChallengeReply
from approvals.models.conditions import Condition, ConditionEvent
from approvals.models.decisions import Decision
from approvals.models.delegations import Delegation
from approvals.models.packs import Pack, PackScope
from approvals.models.policies import Policy
from approvals.models.policy_drafts import PolicyDraft, PolicyHand, PolicyPublication
from approvals.models.releases import Deployment, EvidenceLink, Release, ReleaseRevision, ReviewNote
from approvals.models.signatures import (
    Signature,
    SignatureEnd,
    SigningChallenge,
    SigningFailure,
    SigningSeries,
    Stage,
)
from approvals.models.waivers import Waiver, WaiverDecision, WaiverEnd

__all__ = [
    "Acceptance",
    "Challenge",
    "ChallengeClosing",
    "ChallengeReply",
    "Condition",
    "ConditionEvent",
    "Decision",
    "Delegation",
    "Deployment",
    "EvidenceLink",
    "Pack",
    "PackScope",
    "Policy",
    "PolicyDraft",
    "PolicyHand",
    "PolicyPublication",
    "Release",
    "ReleaseRevision",
    "ReviewNote",
    "Signature",
    "SignatureEnd",
    "SigningChallenge",
    "SigningFailure",
    "SigningSeries",
    "Stage",
    "Waiver",
    "WaiverDecision",
    "WaiverEnd",
]
