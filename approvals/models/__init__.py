"""Tables of approvals, split by concern."""

from approvals.models.decisions import Decision
from approvals.models.packs import Pack
from approvals.models.policies import Policy
from approvals.models.releases import Deployment, EvidenceLink, Release, ReleaseRevision, ReviewNote
from approvals.models.signatures import Signature, SignatureEnd, SigningChallenge, SigningFailure, Stage

__all__ = [
    "Decision",
    "Deployment",
    "EvidenceLink",
    "Pack",
    "Policy",
    "Release",
    "ReleaseRevision",
    "ReviewNote",
    "Signature",
    "SignatureEnd",
    "SigningChallenge",
    "SigningFailure",
    "Stage",
]
