"""What a signer is shown, as a record: recomputed under the lock, it must equal what was on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from approvals import (
    candidates,
    conditions,
    deputies,
    manifest,
    open_questions,
    policy,
    separation,
    standing,
)
from approvals.assessment import Assessment, assess
from approvals.candidates import Candidate
from approvals.deputies import StandIn
from approvals.gate import Gate, GateState
from approvals.holding import current_revision
from approvals.models import Release, ReleaseRevision, Signature, Stage
from approvals.models.releases import Purpose
from approvals.models.signatures import StageState
from approvals.policy import StageRule
from approvals.separation import Refusal
from approvals.states import State
from evidence import records
from evidence.digests import digest_of
from evidence.names import record_type
from registry.access.principals import Principal
from registry.errors import NotFound

NEAR = Decimal("0.02")
"""A criterion that holds by less than this share of its limit is one of the worst facts."""


@dataclass(frozen=True)
class DecisionView:
    """One person's view of one stage: the record, whether it can be signed, and everything behind it."""

    body: dict[str, Any]
    stage: Stage
    revision: ReleaseRevision
    found: Assessment
    refusal: Refusal | None
    changed: list[dict[str, Any]]
    person: Candidate
    stand_in: StandIn | None = None
    """For whom it would be signed; None where the person signs as himself."""

    @property
    def digest(self) -> str:
        """What the posted digest must equal."""
        return digest_of(self.body)


def show(
    release: Release, stage_code: str, *, action: str, principal: Principal, delegation: str = ""
) -> DecisionView:
    """Compose the view of a stage for this person as the evidence stands now.

    `delegation` names for whom it is signed; without it, the person signs as himself.
    """
    revision = current_revision(release)
    stage = revision.stages.filter(code=stage_code).first() if revision else None
    if revision is None or stage is None:
        raise NotFound(f"{release.human_id} has no stage {stage_code} in this revision")
    stage.revision = revision
    found = assess(release)
    person = candidates.candidate(principal.user, release)
    rule = rule_of(release, stage.code)
    stand_in = deputies.chosen(person, rule, release, delegation) if delegation else None
    signed = records.load(revision.manifest_id)
    changed = manifest.diff(signed, found.manifest.body)
    return DecisionView(
        body={
            **_body(revision, stage, found, action=action, principal=principal),
            **({"for": stand_in.named} if stand_in is not None else {}),
        },
        stage=stage,
        revision=revision,
        found=found,
        refusal=_refusal(stage, found, person, stand_in, action=action),
        changed=changed,
        person=person,
        stand_in=stand_in,
    )


def _refusal(
    stage: Stage, found: Assessment, person: Candidate, stand_in: StandIn | None, *, action: str
) -> Refusal | None:
    """The first thing in the way of this person signing this stage now, for somebody or not."""
    release = found.facts.release
    if stand_in is not None and stand_in.against is not None:
        return stand_in.against
    deputyship = stand_in.deputyship if stand_in else None
    against = separation.refusal(person, rule_of(release, stage.code), found.duties, deputyship)
    if against is not None:
        return against
    unsettled = standing.refusal(standing.of(person.user), release)
    if unsettled is not None:
        return unsettled
    if not stage.revision.takes_signatures(release.state):
        state = State(release.state).label.lower()
        return Refusal("stage_not_open", f"{release.human_id} is {state}; no stage of it is signed now.")
    taken = Signature.objects.filter(Q(signer=person.user) | Q(on_behalf_of=person.user), stage=stage).first()
    if taken is not None:
        by = "You" if taken.signer_id == person.user.pk else taken.printed_name
        for_you = " for you" if taken.on_behalf_of_id == person.user.pk else ""
        return Refusal("signed_already", f"{by} signed this stage{for_you} already.")
    if stage.state != StageState.OPEN:
        return Refusal("stage_not_open", waiting_sentence(stage))
    if _is_over(release, found):
        return Refusal(
            "approval_expired",
            f"The approval ended on {release.valid_until:%d %b %Y, %H:%M} UTC; open a new release.",
        )
    return open_questions.against(stage, open_questions.of_release(release), action=action)


def _is_over(release: Release, found: Assessment) -> bool:
    """Whether an approval waited too long for its release; what went live is not bound by it any more."""
    waits = release.state in (State.APPROVED, State.APPROVED_CONDITIONAL)
    return waits and release.valid_until is not None and found.facts.moment >= release.valid_until


def waiting_sentence(stage: Stage) -> str:
    """Names the stage in the way, or says what this stage is."""
    if stage.state == StageState.PENDING:
        earlier = stage.revision.stages.filter(order__lt=stage.order).exclude(state=StageState.SIGNED).first()
        if earlier is not None:
            return f"Waiting for stage {earlier.code} {earlier.name}."
        return "The stage is not open yet."
    return f"The stage is {StageState(stage.state).label.lower()}."


def rule_of(release: Release, code: str) -> StageRule:
    """The rule of a stage code under the policy of the release."""
    return policy.rules_of(release.policy).stage(code)


def worst(gates: list[Gate]) -> list[dict[str, str]]:
    """Up to three facts most against a release: failures, flags, then criteria near their limit."""
    bad = [gate for gate in gates if gate.state in (GateState.FAIL, GateState.WAIVED, GateState.FLAG)]
    near = [gate for gate in gates if gate.state == GateState.PASS and _is_near(gate)]
    return [
        {"code": gate.code, "name": gate.name, "state": str(gate.state), "reason": gate.reason}
        for gate in (bad + near)[:3]
    ]


def _is_near(gate: Gate) -> bool:
    verdict = gate.verdict
    if verdict is None or verdict.margin is None:
        return False
    return verdict.margin <= abs(verdict.threshold) * NEAR


def _body(
    revision: ReleaseRevision, stage: Stage, found: Assessment, *, action: str, principal: Principal
) -> dict[str, Any]:
    return {
        "type": record_type("decision-view"),
        "manifest": found.manifest.digest,
        "revision": revision.number,
        "stage": stage.code,
        "role": stage.role,
        "signer": str(principal.user.pk),
        "action": action,
        "meaning": {"id": stage.meaning_id, "version": stage.meaning_version, "text": stage.meaning},
        "gates": [gate.as_dict() for gate in found.gates],
        "flags": sorted(gate.code for gate in found.gates if gate.state == GateState.FLAG),
        "worst": worst(found.gates),
        "lower_signatures": _lower(revision, stage),
        **_conditions(revision, stage, found),
        **_procedure(revision),
    }


def _conditions(revision: ReleaseRevision, stage: Stage, found: Assessment) -> dict[str, Any]:
    """What signers of lower stages ask for, where they do."""
    rows = conditions.shown(revision, stage, found.facts.moment)
    return {"conditions": rows} if rows else {}


def _procedure(revision: ReleaseRevision) -> dict[str, Any]:
    """Why the revision is signed in another way than the usual review; nothing for that one."""
    if revision.purpose == Purpose.REVIEW:
        return {}
    named = {"purpose": str(revision.purpose), "cause": revision.cause}
    return {"procedure": {**named, "incident": revision.incident or None, "hours": revision.hours}}


def _lower(revision: ReleaseRevision, stage: Stage) -> list[str]:
    # Signatures of the same or a parallel stage are no part: two people sign them at once.
    statements = Signature.objects.filter(
        stage__revision=revision, stage__order__lt=stage.order, end__isnull=True
    ).values_list("statement_id", flat=True)
    return sorted(statements)
