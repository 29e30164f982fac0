"""Approve or reject a waiver: a signature on exactly the record that was shown, one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from approvals import (
    acting,
    credentials,
    policy,
    series,
    standing,
    waiver_separation,
    waiver_states,
    waivers,
    waiving,
)
from approvals.assessment import assess
from approvals.consequences import recheck
from approvals.credentials import Proof
from approvals.demands import Credentials
from approvals.errors import ViewChanged, WaiverBudgetSpent
from approvals.events import ApprovalEvent
from approvals.holding import lock
from approvals.ledger_facts import of_waiver_decision
from approvals.models import Release, SigningChallenge, Waiver, WaiverDecision
from approvals.models.waivers import EndKind, WaiverVerdict
from approvals.separation import Refusal
from approvals.signing import refuse_person, require_reason
from approvals.waiver_states import WaiverAction
from evidence import clock, statements
from evidence.attesting import attest
from evidence.canonical import utc_text
from evidence.names import predicate_type
from registry.access.principals import Principal
from registry.access.roles import Permission, Role
from registry.models import Project

MEANINGS: Final = {WaiverVerdict.APPROVE: "waiver", WaiverVerdict.REJECT: "waiver_rejection"}
EVENTS: Final = {
    WaiverVerdict.APPROVE: ApprovalEvent.WAIVER_APPROVED,
    WaiverVerdict.REJECT: ApprovalEvent.WAIVER_REJECTED,
}


@dataclass(frozen=True)
class Ruling:
    """What a person wants to sign: yes or no, the record on the screen and the dialog's challenge."""

    action: WaiverVerdict
    record_digest: str
    challenge_id: str
    comment: str = ""


def open_dialog(waiver: Waiver, action: WaiverVerdict, *, principal: Principal) -> SigningChallenge:
    """A challenge for exactly this person, decision and record; raises what stands against it."""
    acting.require_person(Permission.WAIVER_DECIDE, waiver.project, principal)
    credentials.refuse_locked(principal)
    refuse_person(refusal_of(waiver, principal=principal))
    waiver_states.after(waiver, WaiverAction(action), clock.now())
    return challenge_for(waiver, action, principal=principal)


def challenge_for(waiver: Waiver, action: WaiverVerdict, *, principal: Principal) -> SigningChallenge:
    """A challenge; the decision itself asks again whether this person may."""
    return credentials.issue_challenge(
        waiver.release,
        stage_code=waiver_separation.RULE.code,
        action=action,
        view_digest=waiver.record_id,
        principal=principal,
    )


def refusal_of(waiver: Waiver, *, principal: Principal) -> Refusal | None:
    """What stands against this person deciding: the rules of separation, then what is unsettled."""
    user, release = principal.user, waiver.release
    against = waiver_separation.refusal(user, waiver, assess(release).duties)
    return against or standing.refusal(standing.of(user), release)


def meaning_of(release: Release, action: WaiverVerdict) -> tuple[int, str]:
    """Version and text of what a decision says, under the policy of the release."""
    return policy.meaning_of(release.policy, MEANINGS[action])


def decide(waiver: Waiver, ruling: Ruling, *, typed: Credentials, principal: Principal) -> WaiverDecision:
    """Sign the decision; an approval ends what it renews, and signatures given without it stop counting."""
    acting.require_person(Permission.WAIVER_DECIDE, waiver.project, principal)
    if ruling.action == WaiverVerdict.REJECT:
        require_reason(ruling.comment)
    challenge = ruling.challenge_id
    proof = credentials.check(typed, release=waiver.release, challenge_id=challenge, principal=principal)
    with transaction.atomic():
        # The project first: two approvals in two releases share its budget.
        Project.objects.select_for_update().get(pk=waiver.project_id)
        release = lock(waiver.release)
        waiver = _open(waivers.reread(waiver), ruling, principal=principal)
        decision = _write(waiver, ruling, proof, principal=principal)
        if ruling.action == WaiverVerdict.APPROVE:
            _end_renewed(waiver, principal=principal)
            recheck(release, reason=f"{waiver} was approved", actor=principal.actor)
    return decision


def _open(waiver: Waiver, ruling: Ruling, *, principal: Principal) -> Waiver:
    """Under the lock: challenge spent, person may, record equal to the one shown, budget not spent."""
    credentials.spend(
        ruling.challenge_id,
        release=waiver.release,
        stage_code=waiver_separation.RULE.code,
        action=ruling.action,
        view_digest=ruling.record_digest,
        principal=principal,
    )
    refuse_person(refusal_of(waiver, principal=principal))
    if ruling.record_digest != waiver.record_id:
        raise ViewChanged(
            "Another record was shown; nothing was signed",
            next_step="Open the dialog of this waiver again.",
            view=waiver.record_id,
        )
    waiver_states.after(waiver, WaiverAction(ruling.action), clock.now())
    if ruling.action == WaiverVerdict.APPROVE:
        _refuse_over_budget(waiver)
    return waiver


def _refuse_over_budget(waiver: Waiver) -> None:
    release = waiver.release
    most = waiving.budget(release.policy.tiers[release.tier])
    others = Waiver.objects.against_budget(clock.now()).filter(project=waiver.project_id)
    if waiver.renewal_of is not None:
        others = others.exclude(pk=waiver.renewal_of.pk)
    names = list(others.values_list("human_id", flat=True)[:most])
    if len(names) >= most:
        raise WaiverBudgetSpent(
            f"{len(names)} waivers of {waiver.project.key} are in force; its policy allows {most}",
            next_step="Close one that is no longer needed, or make a gate pass.",
            waivers=sorted(names),
        )


def _end_renewed(waiver: Waiver, *, principal: Principal) -> None:
    earlier = waiver.renewal_of
    if earlier is not None and earlier.ended is None:
        reason = f"Renewed as {waiver}"
        waivers.end(earlier, EndKind.RENEWED, reason=reason, by=principal.user, actor=principal.actor)


def _write(waiver: Waiver, ruling: Ruling, proof: Proof, *, principal: Principal) -> WaiverDecision:
    moment = clock.now()
    statement = statements.statement(
        [(waiver.human_id, waiver.record_id)],
        predicate_type("waiver-decision"),
        _predicate(waiver, ruling, proof, signed_at=utc_text(moment), principal=principal),
    )
    decision = WaiverDecision.objects.create(
        waiver=waiver,
        action=ruling.action,
        signer=principal.user,
        printed_name=principal.user.printed_name,
        role=Role.COMPLIANCE_REVIEWER,
        meaning=meaning_of(waiver.release, ruling.action)[1],
        comment=ruling.comment,
        statement=attest(statement, waiver.record_id),
        methods=[method["method"] for method in proof.methods],
        signed_at=moment,
    )
    if proof.begun is not None:
        series.go_on(proof.begun, moment)
    waivers.tell(
        EVENTS[ruling.action],
        waiver,
        principal.actor,
        reason=ruling.comment,
        new=of_waiver_decision(decision),
        statement=decision.statement_id,
    )
    return decision


def _predicate(
    waiver: Waiver, ruling: Ruling, proof: Proof, *, signed_at: str, principal: Principal
) -> dict[str, Any]:
    version, text = meaning_of(waiver.release, ruling.action)
    return {
        "signer": {"id": str(principal.user.pk), "printed_name": principal.user.printed_name},
        "role": str(Role.COMPLIANCE_REVIEWER),
        "action": str(ruling.action),
        "meaning": {"id": MEANINGS[ruling.action], "version": version, "text": text},
        "waiver": waiver.human_id,
        "record": waiver.record_id,
        "release": waiver.release.human_id,
        "comment": ruling.comment,
        "authentication": proof.methods,
        "challenge": ruling.challenge_id,
        "signed_at": signed_at,
    }
