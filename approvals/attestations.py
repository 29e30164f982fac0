"""Attest that a revision was approved or released: our own predicate, and a Verification Summary beside it.

The summary is SLSA's VSA v1; what it means lies in our own predicate and in the policy record.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from approvals import conditions
from approvals.models import Decision, Release, ReleaseRevision, Signature
from approvals.states import Action
from evidence import clock
from evidence.attesting import attest
from evidence.canonical import utc_text
from evidence.names import predicate_type
from evidence.statements import statement

VSA: Final = "https://slsa.dev/verification_summary/v1"
LEVELS: Final = {
    Action.APPROVE: "BENCHSEAL_APPROVED",
    Action.APPROVE_CONDITIONALLY: "BENCHSEAL_APPROVED_CONDITIONALLY",
    Action.RELEASE: "BENCHSEAL_RELEASED",
    Action.RELEASE_IN_EMERGENCY: "BENCHSEAL_RELEASED_IN_EMERGENCY",
    Action.REVIEW_AFTERWARDS: "BENCHSEAL_RELEASED",
    Action.REINSTATE: "BENCHSEAL_RELEASED",
}


def attest_decision(release: Release, revision: ReleaseRevision, action: Action) -> Decision:
    """Both statements and their row; the caller holds the lock and has moved the state."""
    moment = utc_text(clock.now())
    own = statement(
        [(release.human_id, revision.manifest_id)],
        predicate_type("decision"),
        _predicate(release, revision, action, moment),
    )
    model = release.model_version
    summary = statement([(str(model), model.record_id)], VSA, _summary(release, revision, action, moment))
    return Decision.objects.create(
        revision=revision,
        action=action,
        statement=attest(own, revision.manifest_id),
        summary=attest(summary, model.record_id),
        made_at=clock.now(),
    )


def _predicate(release: Release, revision: ReleaseRevision, action: Action, moment: str) -> dict[str, Any]:
    return {
        "action": str(action),
        "release": release.human_id,
        "revision": revision.number,
        "deployment": release.deployment.name,
        "environment": release.deployment.environment,
        "tier": release.tier,
        "policy": release.policy.record_id,
        "signatures": _signatures(revision),
        "valid_until": _ends(release, action),
        "review_at": utc_text(release.review_at) if release.review_at else None,
        **_conditions(release),
        "decided_at": moment,
    }


def _conditions(release: Release) -> dict[str, Any]:
    """Those that bind and are not settled, each under the statement of the signature that set it."""
    open_ones = conditions.unsettled(release)
    rows = [{"signature": one.signature.statement_id, **conditions.as_stated(one)} for one in open_ones]
    return {"conditions": rows} if rows else {}


def _ends(release: Release, action: Action) -> str | None:
    ends = release.emergency_ends_at if action == Action.RELEASE_IN_EMERGENCY else release.valid_until
    return utc_text(ends) if ends else None


def _summary(release: Release, revision: ReleaseRevision, action: Action, moment: str) -> dict[str, Any]:
    policy = release.policy.record_id
    inputs = [
        {
            "uri": f"{predicate_type('approval')}#{digest}",
            "digest": {"sha256": digest.removeprefix("sha256:")},
        }
        for digest in _signatures(revision)
    ]
    return {
        "verifier": {"id": f"{settings.PUBLIC_URL}/.well-known/benchseal-keys.json"},
        "timeVerified": moment,
        "resourceUri": f"{release.deployment.name}/{release.deployment.environment}",
        "policy": {
            "uri": f"{predicate_type('policy')}#{policy}",
            "digest": {"sha256": policy.removeprefix("sha256:")},
        },
        "inputAttestations": inputs,
        "verificationResult": "PASSED",
        "verifiedLevels": [LEVELS[action]],
    }


def _signatures(revision: ReleaseRevision) -> list[str]:
    counting = Signature.objects.filter(stage__revision=revision, end__isnull=True)
    return sorted(counting.values_list("statement_id", flat=True))
