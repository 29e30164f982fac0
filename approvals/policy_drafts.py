"""Draft the next version of a project's policy, propose it, send it back, discard it.

A draft counts for no release. What it may say is `policy_floor`'s answer; who publishes it is
`policy_publication`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from approvals import acting, policies, policy_diff, policy_floor
from approvals.default_policy import DEFAULT_STAGES
from approvals.errors import PolicyBelowFloor, PolicyDraftClosed, PolicyOutdated, PolicyUnchanged
from approvals.events import ApprovalEvent
from approvals.ledger_facts import Facts, of_policy_draft
from approvals.models import Policy, PolicyDraft, PolicyHand
from approvals.models.policy_drafts import WAITING, DraftState, HandPart
from approvals.policy_diff import Change
from approvals.policy_fields import complete, orders_of, recorded
from approvals.policy_floor import Violation
from approvals.signing import require_reason
from evidence import clock, ledger, records
from evidence.canonical import utc_text
from evidence.names import record_type
from registry import record_bodies
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.models import Project


@dataclass(frozen=True)
class Edit:
    """What a person changes: tier → field → value, and stage → place in the order."""

    tiers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    orders: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def begin(project: Project, *, principal: Principal) -> PolicyDraft:
    """A draft that says what the policy in force says; who begins it is its first writer."""
    acting.require_person(Permission.POLICY_WRITE, project, principal)
    base = policies.current(project, principal=principal)
    moment = clock.now()
    draft = PolicyDraft.objects.create(
        project=project,
        base=base,
        tiers={tier: complete(rules) for tier, rules in base.tiers.items()},
        stages=stages_of(base),
        begun_at=moment,
        begun_by=principal.user,
    )
    _write_hand(draft, principal)
    tell(ApprovalEvent.POLICY_DRAFTED, draft, principal)
    return draft


@transaction.atomic
def change(draft: PolicyDraft, edit: Edit, *, principal: Principal) -> PolicyDraft:
    """Change an open draft; it may stand below the floor while it is written, but says what can be read."""
    draft = _held(draft, DraftState.OPEN, principal=principal)
    tiers = {**draft.tiers}
    for tier, rules in edit.tiers.items():
        tiers[tier] = {**draft.tiers.get(tier, {}), **rules}
    orders = {**orders_of(draft.stages), **edit.orders}
    refuse([one for one in policy_floor.violations(tiers, orders) if one.code == "malformed"])
    old = of_policy_draft(draft)
    draft.tiers = {tier: complete(rules) for tier, rules in tiers.items()}
    draft.stages = [{**stage, "order": orders[stage["code"]]} for stage in draft.stages]
    draft.save(update_fields=["tiers", "stages"])
    _write_hand(draft, principal)
    tell(ApprovalEvent.POLICY_DRAFT_CHANGED, draft, principal, old=old)
    return draft


@transaction.atomic
def propose(draft: PolicyDraft, *, reason: str, principal: Principal) -> PolicyDraft:
    """Freeze a draft for publication; everything that stands below the floor is named at once."""
    draft = _held(draft, DraftState.OPEN, principal=principal, reason=reason)
    refuse_outdated(draft)
    refuse(violations_of(draft))
    if not changes_of(draft):
        raise PolicyUnchanged(
            "The draft says what the policy in force says",
            next_step="Change something, or discard the draft.",
        )
    old = of_policy_draft(draft)
    _write_hand(draft, principal)
    draft.state = DraftState.PROPOSED
    draft.proposed_at, draft.proposed_by, draft.reason = clock.now(), principal.user, reason.strip()
    draft.proposal_id = records.store(_proposal(draft))
    draft.save(update_fields=["state", "proposed_at", "proposed_by", "reason", "proposal"])
    tell(ApprovalEvent.POLICY_PROPOSED, draft, principal, reason=draft.reason, old=old)
    return draft


@transaction.atomic
def send_back(draft: PolicyDraft, *, reason: str, principal: Principal) -> PolicyDraft:
    """Open a proposal for changes again; what was proposed stays stored as a record."""
    draft = _held(draft, DraftState.PROPOSED, principal=principal, reason=reason)
    old = of_policy_draft(draft)
    draft.state = DraftState.OPEN
    draft.proposed_at = draft.proposed_by = draft.proposal = None
    draft.reason = ""
    draft.save(update_fields=["state", "proposed_at", "proposed_by", "reason", "proposal"])
    tell(ApprovalEvent.POLICY_SENT_BACK, draft, principal, reason=reason, old=old)
    return draft


@transaction.atomic
def discard(draft: PolicyDraft, *, reason: str, principal: Principal) -> PolicyDraft:
    """End a draft that will not be published; it stays readable."""
    draft = _held(draft, *WAITING, principal=principal, reason=reason)
    old = of_policy_draft(draft)
    draft.state = DraftState.DISCARDED
    draft.closed_at, draft.closed_by, draft.close_reason = clock.now(), principal.user, reason.strip()
    draft.save(update_fields=["state", "closed_at", "closed_by", "close_reason"])
    tell(ApprovalEvent.POLICY_DISCARDED, draft, principal, reason=draft.close_reason, old=old)
    return draft


def violations_of(draft: PolicyDraft) -> tuple[Violation, ...]:
    """What stands against publishing it."""
    return policy_floor.violations(draft.tiers, orders_of(draft.stages))


def changes_of(draft: PolicyDraft) -> tuple[Change, ...]:
    """How it differs from the version it was begun from."""
    return policy_diff.changes(draft.base.tiers, stages_of(draft.base), draft.tiers, draft.stages)


def changes_between(old: Policy, new: Policy) -> tuple[Change, ...]:
    """How two versions differ."""
    return policy_diff.changes(old.tiers, stages_of(old), new.tiers, stages_of(new))


def stages_of(policy: Policy) -> list[dict[str, Any]]:
    """The stages of a version; one recorded before stages were data has the shipped ones."""
    return list(policy.stages or DEFAULT_STAGES)


def refuse(found: list[Violation] | tuple[Violation, ...]) -> None:
    """`PolicyBelowFloor` with every violation, if there is one."""
    if found:
        raise PolicyBelowFloor(
            f"{len(found)} values stand against it; nothing was stored"
            if len(found) > 1
            else f"{found[0].place}: {found[0].detail} Nothing was stored",
            next_step="Correct each one that is listed.",
            violations=[one.as_dict() for one in found],
        )


def refuse_outdated(draft: PolicyDraft) -> None:
    """`PolicyOutdated` with what changed, where another version came into force since the draft was begun."""
    newest = policies.newest(draft.project)
    if newest is None or newest.pk == draft.base_id:
        return
    raise PolicyOutdated(
        f"It was begun from version {draft.base.revision}; version {newest.revision} is in force now",
        next_step="Discard this draft, and begin one from the version in force.",
        version=newest.revision,
        changes=[one.as_dict() for one in changes_between(draft.base, newest)],
    )


def lock(draft: PolicyDraft) -> PolicyDraft:
    """The draft as the database has it, held."""
    rows = PolicyDraft.objects.select_for_update(of=("self",))
    return rows.select_related("project", "base", "begun_by", "proposed_by", "closed_by").get(pk=draft.pk)


def require_state(draft: PolicyDraft, *states: DraftState) -> None:
    """`PolicyDraftClosed` in any other state."""
    if draft.state not in states:
        raise PolicyDraftClosed(
            f"The draft is {DraftState(draft.state).label.lower()}",
            next_step="Begin another one, or read what became of it.",
            state=draft.state,
        )


def tell(
    event: ApprovalEvent,
    draft: PolicyDraft,
    principal: Principal,
    *,
    reason: str = "",
    old: Facts | None = None,
    more: Facts | None = None,
    statement: str | None = None,
) -> None:
    """The entry of a step, in its transaction; `more` is told beside the draft."""
    ledger.append(
        event,
        f"policy-draft:{draft.pk}",
        actor=principal.actor,
        container=container_of(draft.project_id),
        note=ledger.Note(
            reason=reason,
            old=old or {},
            new={**of_policy_draft(draft), **(more or {})},
            record=draft.proposal_id,
            statement=statement,
        ),
    )


def _held(
    draft: PolicyDraft, *states: DraftState, principal: Principal, reason: str | None = None
) -> PolicyDraft:
    """The draft under its lock for a writer's step: permission, the reason where one is asked, the state."""
    acting.require_person(Permission.POLICY_WRITE, draft.project, principal)
    if reason is not None:
        require_reason(reason)
    draft = lock(draft)
    require_state(draft, *states)
    return draft


def _write_hand(draft: PolicyDraft, principal: Principal) -> None:
    if not draft.hands.filter(person=principal.user).exists():
        PolicyHand.objects.create(draft=draft, person=principal.user, part=HandPart.WROTE, at=clock.now())


def _proposal(draft: PolicyDraft) -> dict[str, Any]:
    assert draft.proposed_by is not None
    assert draft.proposed_at is not None
    writers = PolicyHand.objects.filter(draft=draft).select_related("person").order_by("pk")
    return {
        "type": record_type("policy-proposal"),
        "id": str(draft.pk),
        "project": draft.project.key,
        "revision": draft.base.revision + 1,
        "supersedes": draft.base.record_id,
        "tiers": {tier: recorded(rules) for tier, rules in draft.tiers.items()},
        "stages": draft.stages,
        "changes": [str(one) for one in changes_of(draft)],
        "reason": draft.reason,
        "written_by": [record_bodies.person(hand.person) for hand in writers],
        "proposed_by": record_bodies.person(draft.proposed_by),
        "proposed_at": utc_text(draft.proposed_at),
    }
